#include "layout/pages/parts.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "viewer-payload/payload.h"

/* A disc that somebody ordered although its profile forbids what is on it. */
#define NONCONFORMANT_HTML                                                                         \
    "<strong>This disc does not conform to a DICOM media profile:</strong> some of its objects may not open "  \
    "everywhere. REPORT.TXT names them."
#define NONCONFORMANT_TEXT                                                                         \
    "Profile:      none. This disc does not conform to a DICOM media profile: some\n"              \
    "              of its objects may not open everywhere. REPORT.TXT names them.\n"
/* Whoever reads it must look for the other disc, or believes to have seen everything. */
#define SUPPLEMENT_HTML                                                                            \
    "<strong>This disc is a supplement to the disc of job %" PRId64 ":</strong> it holds only what arrived "     \
    "after that one was begun. Both belong together.\n"
#define SUPPLEMENT_TEXT                                                                            \
    "It is a supplement to the disc of job %" PRId64 " and holds only what arrived after\n"       \
    "that one was begun. Both belong together.\n"
#define PDI_PROFILES "STD-GEN-" /* IHE RAD-47 builds on the general purpose profiles */

static bool there(const char *text)
{
    return text && *text;
}

/* "/VIEWER/START.HTM" as a link of the root page. */
static void add_link(struct dw_buf *out, const char *disc_path)
{
    char lower[DW_WORDS_MAX];
    dw_text_cut(lower, sizeof lower, disc_path[0] == '/' ? disc_path + 1 : disc_path);
    for (char *p = lower; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    dw_buf_add_html(out, lower);
}

static void add_row(struct dw_buf *out, const struct dw_pages_series *series)
{
    const char *words = dw_words_modality(series->modality);
    dw_buf_add_text(out, "<tr><td>");
    if (series->number != INT64_MIN)
        dw_buf_addf(out, "%" PRId64, series->number);
    dw_buf_add_text(out, "</td><td>");
    dw_words_html(out, words ? words : "");
    if (there(series->modality)) {
        dw_buf_add_text(out, words ? " (" : "");
        dw_words_html(out, series->modality);
        dw_buf_add_text(out, words ? ")" : "");
    }
    dw_buf_add_text(out, "</td><td class=\"t\">");
    dw_words_html(out, series->description);
    dw_buf_add_text(out, "</td><td>");
    dw_parts_series_content(out, series);
    dw_buf_add_text(out, "</td></tr>\n");
}

static void add_studies(struct dw_buf *out, const struct dw_pages_volume *volume)
{
    if (!volume->study_count)
        dw_buf_add_text(out, "<p>There are no studies on this disc.</p>\n");
    for (size_t i = 0; i < volume->study_count; i++) {
        const struct dw_pages_study *study = &volume->studies[i];
        dw_buf_add_text(out, "<h3>");
        dw_parts_study_title(out, study);
        dw_buf_add_text(out, "</h3>\n");
        dw_parts_study_details(out, volume, study);
        if (!study->series_count)
            continue;
        dw_buf_add_text(out,
                        "<table>\n<thead><tr><th scope=\"col\" class=\"n\">Series</th>"
                        "<th scope=\"col\" class=\"k\">Kind</th><th scope=\"col\">Description</th>"
                        "<th scope=\"col\" class=\"c\">Contents</th></tr>"
                        "</thead>\n<tbody>\n");
        for (size_t k = 0; k < study->series_count; k++)
            add_row(out, &study->series[k]);
        dw_buf_add_text(out, "</tbody>\n</table>\n");
    }
}

static void add_links(struct dw_buf *out, const struct dw_pages_volume *volume)
{
    if (volume->web_content)
        dw_buf_add_text(
            out,
            "<li><a href=\"ihe_pdi/index.htm\">Pictures to look at in this browser</a></li>\n");
    if (there(volume->viewer_path)) {
        dw_buf_add_text(out, "<li><a href=\"");
        add_link(out, volume->viewer_path);
        dw_buf_add_text(out, "\">Viewer for the full images</a></li>\n");
    }
    dw_buf_add_text(
        out,
        "<li><a href=\"readme.txt\">README.TXT: who made this disc and what is where</a></li>\n");
    if (there(volume->manifest_path)) {
        dw_buf_add_text(out, "<li><a href=\"");
        add_link(out, volume->manifest_path);
        dw_buf_add_text(out, "\">Checksums of all files (SHA-256)</a></li>\n");
    }
}

static void add_look(struct dw_buf *out, const struct dw_pages_volume *volume)
{
    if (volume->web_content)
        dw_buf_add_text(
            out, "<p><a class=\"go\" href=\"ihe_pdi/index.htm\">Look at the pictures</a></p>\n");
    if (there(volume->viewer_path)) {
        dw_buf_add_text(out, "<p><a class=\"go\" href=\"");
        add_link(out, volume->viewer_path);
        dw_buf_add_text(out, "\">Start the viewer on this disc</a></p>\n");
    }
}

void dw_root_index(struct dw_buf *out, const struct dw_pages_volume *volume,
                   const struct dw_parts *parts)
{
    struct dw_buf studies = {0}, links = {0}, look = {0}, profile = {0}, by = {0};
    char disc[640] = "", volumes[80] = "", supplement[240] = "";
    if (volume->of > 1 &&
        !dw_text_format(volumes, sizeof volumes, "It is disc %u of %u: all %u belong together.\n",
                        volume->n ? volume->n : 1, volume->of, volume->of))
        volumes[0] = 0;
    if (volume->supplement_of && !dw_text_format(supplement, sizeof supplement, SUPPLEMENT_HTML,
                                                 volume->supplement_of))
        supplement[0] = 0;
    if (!dw_text_format(disc, sizeof disc, "%s%s%s", volumes, supplement,
                        volume->nonconformant ? NONCONFORMANT_HTML : ""))
        disc[0] = 0;
    studies.max = links.max = look.max = out->max;
    add_studies(&studies, volume);
    add_links(&links, volume);
    add_look(&look, volume);
    if (there(volume->institution)) {
        dw_buf_add_text(&by, " by <span class=\"t\">");
        dw_words_html(&by, volume->institution);
        dw_buf_add_text(&by, "</span>");
    }
    if (there(volume->profile)) {
        dw_buf_add_text(&profile, "The DICOM files follow the media profile ");
        dw_words_html(&profile, volume->profile);
        dw_buf_add_text(&profile, ". ");
    }
    struct dw_words_value values[DW_PARTS_COMMON + 9] = {
        [DW_PARTS_COMMON] = {"DISC_WORDS", disc},
        {"LOOK", look.data},
        {"STUDIES", studies.data},
        {"LINKS", links.data},
        {"PROFILE_WORDS", profile.data},
        {"WEB_WORDS", volume->web_content
                          ? "The pictures shown in the browser are copies of some of "
                            "them and cannot be imported."
                          : ""},
        {"DIAGNOSIS", volume->web_content
                          ? "The pictures shown in this browser are reduced copies and "
                            "not meant for making a diagnosis."
                          : ""},
        {"CONTACT", parts->contact.data},
        {"MADE_BY", by.data},
    };
    dw_parts_values(parts, values);
    dw_words_fill(out, dw_payload_index_htm, values, DW_ARRAY_LEN(values));
    out->failed |= studies.failed | links.failed;
    dw_buf_done(&studies);
    dw_buf_done(&links);
    dw_buf_done(&look);
    dw_buf_done(&profile);
    dw_buf_done(&by);
}

/* --- README.TXT: ASCII, lines that end with CR LF --- */

static void add_ascii(struct dw_buf *out, const char *text)
{
    char cut[DW_WORDS_MAX], plain[2 * DW_WORDS_MAX];
    dw_text_cut(cut, sizeof cut, text);
    dw_words_ascii(cut, plain, sizeof plain);
    dw_buf_add_text(out, plain);
}

static void add_ascii_lines(struct dw_buf *out, const char *first, const char *later,
                            const char *text)
{
    char copy[1024], *rest = copy;
    dw_text_cut(copy, sizeof copy, text);
    for (char *line; (line = strsep(&rest, "\n")) != NULL; first = later) {
        dw_buf_add_text(out, first);
        add_ascii(out, line);
        dw_buf_add_text(out, "\n");
    }
}

static void add_institution(struct dw_buf *out, const char *institution)
{
    char cut[DW_WORDS_MAX], plain[2 * DW_WORDS_MAX];
    dw_text_cut(cut, sizeof cut, there(institution) ? institution : "not given");
    bool whole = dw_words_ascii(cut, plain, sizeof plain);
    dw_buf_add_text(out, plain);
    if (!whole)
        dw_buf_add_text(
            out, "\n              (this text is plain ASCII; INDEX.HTM shows the name in full)");
}

static void add_files(struct dw_buf *out, const struct dw_pages_volume *volume)
{
    if (volume->web_content)
        dw_buf_add_text(out,
                        "IHE_PDI       Folder with pages and JPEG pictures for web browsers\n");
    if (there(volume->manifest_path)) {
        char name[DW_WORDS_MAX];
        dw_text_cut(name, sizeof name, volume->manifest_path + (volume->manifest_path[0] == '/'));
        dw_buf_addf(out, "%-13s Checksums of all files, for \"sha256sum -c\"\n", name);
    }
    if (there(volume->viewer_path)) {
        char folder[DW_WORDS_MAX];
        dw_text_cut(folder, sizeof folder, volume->viewer_path + (volume->viewer_path[0] == '/'));
        folder[strcspn(folder, "/")] = 0;
        dw_buf_addf(out, "%-13s Viewer, see below\n", folder);
    }
}

static void add_viewer(struct dw_buf *out, const struct dw_pages_volume *volume)
{
    if (!there(volume->viewer_path)) {
        dw_buf_add_text(
            out, "There is no program on this disc. INDEX.HTM opens in any web browser: Windows,\n"
                 "macOS, Linux, tablets.\n");
        return;
    }
    add_ascii_lines(out, "Viewer:       ", "              ",
                    there(volume->viewer_about) ? volume->viewer_about
                                                : "shows the images of this disc");
    dw_buf_add_text(out, "To start it:  ");
    add_ascii(out, volume->viewer_path + (volume->viewer_path[0] == '/'));
    dw_buf_add_text(
        out, "\nThe viewer is for looking at the images. It is not a medical device and not meant\n"
             "for making a diagnosis.\n");
}

void dw_root_readme(struct dw_buf *out, const struct dw_pages_volume *volume)
{
    struct dw_buf institution = {0}, contact = {0}, files = {0}, viewer = {0}, profile = {0},
                  made = {0};
    struct dw_buf text = {0};
    char created[64], disc[240] = "", volumes[64] = "", supplement[160] = "";
    dw_words_day_of(volume->made_at_s, created, sizeof created);
    if (volume->of > 1 && !dw_text_format(volumes, sizeof volumes, "It is disc %u of %u.\n",
                                          volume->n ? volume->n : 1, volume->of))
        volumes[0] = 0;
    if (volume->supplement_of && !dw_text_format(supplement, sizeof supplement, SUPPLEMENT_TEXT,
                                                 volume->supplement_of))
        supplement[0] = 0;
    if (!dw_text_format(disc, sizeof disc, "%s%s", volumes, supplement))
        disc[0] = 0;
    add_institution(&institution, volume->institution);
    if (there(volume->institution_contact))
        add_ascii_lines(&contact, "Contact:      ", "              ", volume->institution_contact);
    add_files(&files, volume);
    add_viewer(&viewer, volume);
    add_ascii(&made, there(volume->application) ? volume->application : "Discwright");
    dw_buf_add_text(&made, " ");
    add_ascii(&made, there(volume->application_version) ? volume->application_version : DW_VERSION);
    if (there(volume->profile)) {
        dw_buf_add_text(&profile, "Profile:      ");
        add_ascii(&profile, volume->profile);
        dw_buf_add_text(&profile, " (DICOM PS3.11)\n");
    }
    if (volume->nonconformant)
        dw_buf_add_text(&profile, NONCONFORMANT_TEXT);
    bool pdi = there(volume->profile) &&
               strncmp(volume->profile, PDI_PROFILES, strlen(PDI_PROFILES)) == 0;
    const struct dw_words_value values[] = {
        {"PDI", pdi ? "It follows the IHE profile Portable Data for Imaging (PDI).\n" : ""},
        {"DISC", disc},
        {"INSTITUTION", institution.data},
        {"CONTACT", contact.data},
        {"CREATED", created},
        {"APPLICATION", made.data},
        {"PROFILE", profile.data},
        {"FILES", files.data},
        {"VIEWER", viewer.data},
        {"WEB",
         volume->web_content
             ? "The pictures in IHE_PDI are reduced copies, not meant for making a diagnosis.\n"
             : ""},
    };
    dw_words_fill(&text, dw_payload_readme_txt, values, DW_ARRAY_LEN(values));
    for (const char *p = text.data ? text.data : ""; *p; p++)
        dw_buf_add(out, *p == '\n' ? "\r\n" : p, *p == '\n' ? 2 : 1);
    out->failed |= text.failed;
    dw_buf_done(&institution);
    dw_buf_done(&contact);
    dw_buf_done(&files);
    dw_buf_done(&viewer);
    dw_buf_done(&profile);
    dw_buf_done(&made);
    dw_buf_done(&text);
}
