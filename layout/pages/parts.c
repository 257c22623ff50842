#include "layout/pages/parts.h"

#include <inttypes.h>
#include <string.h>

#include "viewer-payload/payload.h"

static bool there(const char *text)
{
    return text && *text;
}

static void identity_item(struct dw_buf *out, const char *key, const char *text)
{
    if (!there(text))
        return;
    dw_buf_addf(out, "<li><span class=\"k\">%s</span> <span class=\"t\">", key);
    dw_words_html(out, text);
    dw_buf_add_text(out, "</span></li>\n");
}

static void add_identity(struct dw_buf *out, const struct dw_pages_volume *volume)
{
    char born[DW_WORDS_MAX], disc[64];
    dw_words_date(volume->birth_date, born, sizeof born);
    dw_buf_add_text(out, "<ul class=\"id\">\n");
    identity_item(out, "Born", born);
    identity_item(out, "Sex", dw_words_sex(volume->sex));
    identity_item(out, "Patient ID", volume->patient_id);
    identity_item(out, "issued by", there(volume->patient_id) ? volume->issuer : NULL);
    if (volume->of > 1 &&
        dw_text_format(disc, sizeof disc, "%u of %u", volume->n ? volume->n : 1, volume->of))
        identity_item(out, "Disc", disc);
    identity_item(out, "Disc name", volume->fileset_id);
    /* XHTML wants at least one item. */
    dw_buf_add_text(out, "<li><span class=\"k\">Disc made on</span> ");
}

static void add_contact(struct dw_buf *out, const char *contact)
{
    if (!there(contact))
        return;
    char text[1024], *rest = text;
    dw_text_cut(text, sizeof text, contact);
    dw_buf_add_text(out, "<p class=\"t\">Contact: ");
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        dw_buf_add_html(out, line);
        dw_buf_add_text(out, rest ? "<br />\n" : "</p>\n");
    }
}

void dw_parts_init(struct dw_parts *parts, const struct dw_pages_volume *volume)
{
    memset(parts, 0, sizeof *parts);
    dw_words_day_of(volume->made_at_s, parts->created, sizeof parts->created);
    dw_words_person(&parts->patient, volume->patient_name, "a patient without a name");
    if (there(volume->institution))
        dw_words_html(&parts->institution, volume->institution);
    else
        dw_buf_add_text(&parts->institution, "The institution did not give its name");
    add_identity(&parts->identity, volume);
    dw_buf_addf(&parts->identity, "%s</li>\n</ul>\n", parts->created);
    add_contact(&parts->contact, volume->institution_contact);
    dw_words_html(&parts->application,
                  there(volume->application) ? volume->application : "Discwright");
    dw_buf_add_text(&parts->application, " ");
    dw_words_html(&parts->application,
                  there(volume->application_version) ? volume->application_version : DW_VERSION);
}

void dw_parts_done(struct dw_parts *parts)
{
    dw_buf_done(&parts->patient);
    dw_buf_done(&parts->institution);
    dw_buf_done(&parts->identity);
    dw_buf_done(&parts->contact);
    dw_buf_done(&parts->application);
}

void dw_parts_values(const struct dw_parts *parts, struct dw_words_value out[DW_PARTS_COMMON])
{
    const struct dw_words_value values[DW_PARTS_COMMON] = {
        {"PATIENT", parts->patient.data},         {"INSTITUTION", parts->institution.data},
        {"IDENTITY", parts->identity.data},       {"CREATED", parts->created},
        {"APPLICATION", parts->application.data}, {"STYLE", dw_payload_page_css},
        {"SCRIPT", dw_payload_page_js},
    };
    memcpy(out, values, sizeof values);
}

void dw_parts_series_title(struct dw_buf *out, const struct dw_pages_series *series)
{
    if (there(series->description)) {
        dw_words_html(out, series->description);
        return;
    }
    const char *words = dw_words_modality(series->modality);
    dw_words_html(out, words ? words : there(series->modality) ? series->modality : "Series");
    if (series->number != INT64_MIN)
        dw_buf_addf(out, ", series %" PRId64, series->number);
}

/* How often each kind of a series occurs; kinds are the few strings of dw_words_kind(). */
struct tally {
    const char *kind, *sop_class;
    size_t count;
    uint64_t frames;
};
#define TALLIES 16

static size_t count_kinds(const struct dw_pages_series *series, struct tally tallies[TALLIES])
{
    const char *last_class = NULL;
    size_t used = 0, at = 0;
    for (size_t i = 0; i < series->instance_count; i++) {
        const struct dw_pages_instance *instance = &series->instances[i];
        const char *sop_class = instance->sop_class ? instance->sop_class : "";
        if (!last_class ||
            strcmp(last_class, sop_class) != 0) { /* nearly always the same: no look-up */
            const char *kind = dw_words_kind(sop_class, false);
            for (at = 0; at < used && tallies[at].kind != kind;)
                at++;
            if (at == TALLIES)
                at--;
            else if (at == used)
                tallies[used++] = (struct tally){.kind = kind, .sop_class = sop_class};
            last_class = sop_class;
        }
        tallies[at].count++;
        tallies[at].frames += instance->frames > 1 ? instance->frames : 1;
    }
    return used;
}

void dw_parts_series_content(struct dw_buf *out, const struct dw_pages_series *series)
{
    struct tally tallies[TALLIES];
    size_t used = count_kinds(series, tallies);
    for (size_t i = 0; i < used; i++) {
        const struct tally *tally = &tallies[i];
        dw_buf_addf(out, "%s%zu %s", i ? ", " : "", tally->count,
                    dw_words_kind(tally->sop_class, tally->count > 1));
        if (tally->frames > tally->count)
            dw_buf_addf(out, " with %" PRIu64 " frames", tally->frames);
    }
    if (!used)
        dw_buf_add_text(out, "nothing");
}

void dw_parts_study_title(struct dw_buf *out, const struct dw_pages_study *study)
{
    char date[DW_WORDS_MAX], time[16];
    dw_words_date(study->date, date, sizeof date);
    dw_words_time(study->time, time, sizeof time);
    dw_buf_add_html(out, date[0] ? date : "Date not known");
    if (date[0] && time[0])
        dw_buf_addf(out, ", %s", time);
    if (there(study->description)) {
        dw_buf_add_text(out, ": <span class=\"t\">");
        dw_words_html(out, study->description);
        dw_buf_add_text(out, "</span>");
    }
}

static void detail(struct dw_buf *out, bool *first, const char *key, const char *text, bool person)
{
    if (!there(text))
        return;
    dw_buf_addf(out, "%s%s <span class=\"t\">", *first ? "<p class=\"sub\">" : " &#183; ", key);
    if (person)
        dw_words_person(out, text, "not named");
    else
        dw_words_html(out, text);
    dw_buf_add_text(out, "</span>");
    *first = false;
}

void dw_parts_study_details(struct dw_buf *out, const struct dw_pages_volume *volume,
                            const struct dw_pages_study *study)
{
    bool first = true;
    bool elsewhere =
        there(study->institution) &&
        strcmp(study->institution, volume->institution ? volume->institution : "") != 0;
    detail(out, &first, "Made at", elsewhere ? study->institution : NULL, false);
    detail(out, &first, "Referred by", study->referring_physician, true);
    detail(out, &first, "Study ID", study->study_id, false);
    detail(out, &first, "Accession number", study->accession, false);
    if (!first)
        dw_buf_add_text(out, "</p>\n");
}

size_t dw_parts_series_previews(const struct dw_pages_series *series)
{
    size_t count = 0;
    for (size_t i = 0; i < series->instance_count; i++)
        count += series->instances[i].preview_count;
    return count;
}
