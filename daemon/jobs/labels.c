#include "daemon/jobs/labels.h"

#include <string.h>

#include "base/text.h"
#include "dicom/person.h"

#define VALUE_MAX 1000 /* bytes; layout/label takes 1024 */

/* "a, b", each text once, cut rather than refused: people read it. */
struct words {
    char text[VALUE_MAX];
};

static void add_word(struct words *words, const char *word)
{
    char longer[VALUE_MAX + DW_TEXT_MAX + 8];
    size_t n = strlen(word);
    if (n == 0)
        return;
    for (const char *at = words->text; (at = strstr(at, word)) != NULL; at += n) {
        bool begins = at == words->text || (at >= words->text + 2 && at[-2] == ',');
        if (begins && (at[n] == '\0' || at[n] == ','))
            return;
    }
    if (dw_text_format(longer, sizeof longer, "%s%s%s", words->text, *words->text ? ", " : "", word))
        dw_text_cut(words->text, sizeof words->text, longer);
}

struct content {
    struct words dates, descriptions, modalities, accessions, referring;
    char sex[DW_CODE_MAX], institution[DW_TEXT_MAX];
};

static void add_study(const struct dw_rows *rows, struct content *content)
{
    char shown[DW_TEXT_MAX], list[DW_TEXT_MAX];

    dw_date_display(dw_rows_text(rows, 0), shown, sizeof shown);
    add_word(&content->dates, shown);
    add_word(&content->descriptions, dw_rows_text(rows, 1));
    dw_text_cut(list, sizeof list, dw_rows_text(rows, 2));
    for (char *p = list; *p;) {
        char *end = p + strcspn(p, "\\");
        char *next = *end ? end + 1 : end;
        *end = '\0';
        add_word(&content->modalities, p);
        p = next;
    }
    add_word(&content->accessions, dw_rows_text(rows, 3));
    dw_person_display(dw_rows_text(rows, 4), shown, sizeof shown);
    add_word(&content->referring, shown);
    if (!content->sex[0])
        dw_text_cut(content->sex, sizeof content->sex, dw_rows_text(rows, 5));
    if (!content->institution[0])
        dw_text_cut(content->institution, sizeof content->institution, dw_rows_text(rows, 6));
}

static dw_status read_studies(const struct dw_core *core, int64_t volume, struct content *content,
                              struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(
        core->sql, &rows, err,
        "SELECT study_date, description, modalities, accession, referring, sex, institution"
        " FROM study WHERE id IN (SELECT DISTINCT o.study FROM volume_object v JOIN object o"
        " ON o.number = v.number WHERE v.volume = ?) ORDER BY study_date, id",
        "i", volume);
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows))
        add_study(&rows, content);
    return dw_rows_done(&rows, err);
}

static void set(json_t *values, const char *name, const char *text)
{
    json_t *value = json_string(text);
    json_object_set_new(values, name, value ? value : json_string(""));
}

static void set_number(json_t *values, const char *name, int64_t number)
{
    char text[24];
    set(values, name, dw_text_format(text, sizeof text, "%lld", (long long)number) ? text : "");
}

dw_status dw_labels_values(const struct dw_core *core, const struct dw_job *job,
                           const struct dw_volume_row *volume, json_t **out, struct dw_error *err)
{
    struct content content = {0};
    char shown[DW_TEXT_MAX], created[32];
    dw_status st = read_studies(core, volume->id, &content, err);
    if (st != DW_OK)
        return st;

    const char *institution = core->config->jobs.institution;
    json_t *values = json_object();
    dw_person_display(job->identity.patient_name, shown, sizeof shown);
    set(values, "PATIENT_NAME", shown);
    set(values, "PATIENT_ID", job->identity.patient_id);
    dw_date_display(job->identity.birth_date, shown, sizeof shown);
    set(values, "BIRTH_DATE", shown);
    set(values, "SEX", content.sex);
    set(values, "INSTITUTION", *institution ? institution : content.institution);
    set(values, "CONTACT", core->config->jobs.contact);
    set(values, "STUDY_DATES", content.dates.text);
    set(values, "STUDY_DESCRIPTIONS", content.descriptions.text);
    set(values, "MODALITIES", content.modalities.text);
    set(values, "ACCESSION", content.accessions.text);
    set(values, "REFERRING", content.referring.text);
    set_number(values, "DISC_N", volume->n);
    set_number(values, "DISC_OF", volume->of);
    set_number(values, "JOB", job->id);
    dw_time_iso8601(job->made_at * 1000000, created, sizeof created);
    created[strcspn(created, "T")] = '\0';
    set(values, "CREATED", created);
    set(values, "CONTENT", job->viewer ? "DICOM PLUS WEB" : "DICOM ONLY");
    set(values, "FILESET_ID", volume->fileset_id);
    if (!job->supplement_of ||
        !dw_text_format(shown, sizeof shown, "SUPPLEMENT TO %lld", (long long)job->supplement_of))
        shown[0] = '\0';
    set(values, "SUPPLEMENT", shown);
    set(values, "NONCONFORMANT", job->nonconformant ? "NOT DICOM CONFORMANT" : "");
    *out = values;
    return DW_OK;
}
