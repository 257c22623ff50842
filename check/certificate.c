#include <stdio.h>
#include <string.h>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/channel.h"
#include "check/certificate.h"
#include "check/report.h"

#define PAGE_WIDTH 595.276 /* A4 in points */
#define PAGE_HEIGHT 841.89
#define MARGIN 56.0
#define INNER (PAGE_WIDTH - 2 * MARGIN)
#define KEY_WIDTH 112.0
#define FINDINGS_SHOWN 10
#define FOOT (PAGE_HEIGHT - MARGIN - 24)
#define FINDINGS_END (FOOT - 60) /* below it none begins: three lines and the line for the rest fit */
#define VALUE_MAX 160 /* bytes of one line */

#ifdef __SANITIZE_ADDRESS__
/* Fontconfig keeps the fonts it has read until the process ends; that is not a leak of ours. Weak: labels say
 * the same, and one program draws both. */
__attribute__((weak)) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif

struct page {
    cairo_t *cr;
    double y; /* the next line begins here */
};
struct style {
    double size;
    bool bold;
    double red, green, blue;
};
static const struct style title = {20, true, 0, 0, 0}, heading = {11.5, true, 0, 0, 0},
                          key = {8.6, false, .35, .35, .35}, value = {8.6, false, 0, 0, 0},
                          small = {8, false, .35, .35, .35}, verdict = {15, true, 1, 1, 1};

static cairo_status_t append(void *closure, const unsigned char *data, unsigned int length)
{
    struct dw_buf *out = closure;
    dw_buf_add(out, data, length);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

/* The text is plain ASCII: what came from a disc goes through here. Returns its height in points. */
static double draw(const struct page *page, const struct style *style, double x, double width,
                   const char *text)
{
    char plain[2 * VALUE_MAX];
    int height = 0;
    dw_text_cut(plain, sizeof plain, text);
    for (char *p = plain; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F)
            *p = '?';
    PangoLayout *layout = pango_cairo_create_layout(page->cr);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF); /* else widths are whole points */
    pango_cairo_context_set_font_options(pango_layout_get_context(layout), options);
    cairo_font_options_destroy(options);
    PangoFontDescription *font = pango_font_description_from_string("DejaVu Sans, Sans");
    pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout, plain, -1);
    cairo_set_source_rgb(page->cr, style->red, style->green, style->blue);
    cairo_move_to(page->cr, x, page->y);
    pango_cairo_show_layout(page->cr, layout);
    pango_layout_get_size(layout, NULL, &height);
    pango_font_description_free(font);
    g_object_unref(layout);
    return (double)height / PANGO_SCALE;
}

static void add_row(struct page *page, const char *name, const char *text)
{
    double a = draw(page, &key, MARGIN, KEY_WIDTH, name);
    double b = draw(page, &value, MARGIN + KEY_WIDTH, INNER - KEY_WIDTH, text);
    page->y += (a > b ? a : b) + 5;
}

static void add_heading(struct page *page, const char *text)
{
    page->y += 10;
    page->y += draw(page, &heading, MARGIN, INNER, text) + 3;
    cairo_set_source_rgb(page->cr, .75, .75, .75);
    cairo_set_line_width(page->cr, .6);
    cairo_move_to(page->cr, MARGIN, page->y);
    cairo_line_to(page->cr, MARGIN + INNER, page->y);
    cairo_stroke(page->cr);
    page->y += 6;
}

static void add_verdict(struct page *page, const json_t *head)
{
    bool conforms = json_is_true(json_object_get(head, "conforms"));
    char text[VALUE_MAX];
    snprintf(text, sizeof text, "%s %.40s", conforms ? "Conforms to" : "Does not conform to",
             dw_json_text(head, "profile"));
    if (conforms)
        cairo_set_source_rgb(page->cr, .1, .45, .2);
    else
        cairo_set_source_rgb(page->cr, .7, .1, .1);
    cairo_rectangle(page->cr, MARGIN, page->y, INNER, 40);
    cairo_fill(page->cr);
    page->y += 10;
    draw(page, &verdict, MARGIN + 12, INNER - 24, text);
    page->y += 40;
}

static const char *kind_text(const json_t *head)
{
    const char *kind = dw_json_text(head, "source_kind");
    return strcmp(kind, "folder") == 0  ? "the files of a folder: no volume structures were judged"
           : strcmp(kind, "drive") == 0 ? "a disc in a drive"
                                        : "a disc image";
}

static void add_subject(struct page *page, const json_t *head)
{
    char size[VALUE_MAX];
    const char *label = dw_json_text(head, "label"), *uid = dw_json_text(head, "fileset_uid"),
               *sha = dw_json_text(head, "sha256");
    snprintf(size, sizeof size, "%lld bytes", (long long)dw_json_int(head, "size_bytes", 0));
    add_heading(page, "What was judged");
    add_row(page, "Kind", kind_text(head));
    add_row(page, "Volume label",
            json_is_true(json_object_get(head, "label_withheld"))
                ? "not shown: it repeats a part of the patient's name or ID, or may do so"
            : label[0] ? label
                       : "none");
    add_row(page, "File-set UID", uid[0] ? uid : "none that can be read");
    add_row(page, "Size", size);
    add_row(page, "SHA-256", sha[0] ? sha : "only computed for image files");
}

static void add_judgement(struct page *page, const json_t *head, const char *judged_at)
{
    char text[VALUE_MAX];
    add_heading(page, "How it was judged");
    snprintf(text, sizeof text, "%.40s, %s", dw_json_text(head, "profile"),
             json_is_true(json_object_get(head, "profile_inferred"))
                 ? "the least demanding that fits (none was named)"
                 : "as named");
    add_row(page, "Profile", text);
    add_row(page, "Patient and instances",
            json_is_true(json_object_get(head, "expected")) ? "compared with those of the job"
                                                            : "not compared with a job");
    if (json_is_true(json_object_get(head, "nonconformant")))
        add_row(page, "Declaration", "the disc calls itself non-conformant: faults against its profile are warnings");
    add_row(page, "When", judged_at);
    add_row(page, "By", "discwright " DW_VERSION);
    snprintf(text, sizeof text, "%lld files, %lld of them DICOM, %lld directory records",
             (long long)dw_json_int(head, "files", 0), (long long)dw_json_int(head, "dicom_files", 0),
             (long long)dw_json_int(head, "records", 0));
    add_row(page, "Read", text);
    snprintf(text, sizeof text, "%lld errors, %lld warnings", (long long)dw_json_int(head, "errors", 0),
             (long long)dw_json_int(head, "warnings", 0));
    add_row(page, "Found", text);
}

static json_int_t count_of(const json_t *head, enum dw_code code)
{
    return json_integer_value(json_object_get(json_object_get(head, "counts"), dw_code_info(code)->code));
}

static void add_finding(struct page *page, const json_t *head, enum dw_code code)
{
    const struct dw_code_info *info = dw_code_info(code);
    char text[2 * VALUE_MAX];
    snprintf(text, sizeof text, "%s: %s%s%s%s, %lld time%s",
             dw_severity_name(dw_check_report_severity(head, code)), info->sentence,
             info->clause[0] ? " (" : "", info->clause, info->clause[0] ? ")" : "",
             (long long)count_of(head, code), count_of(head, code) == 1 ? "" : "s");
    add_row(page, info->code, text);
}

/* Errors first, and no more than the page holds. */
static void add_findings(struct page *page, const json_t *head)
{
    int shown = 0, total = 0;
    char text[VALUE_MAX];
    for (int severity = DW_SEV_ERROR; severity >= DW_SEV_WARNING; severity--)
        for (int i = 0; i < DW_CODE_COUNT; i++) {
            if (count_of(head, (enum dw_code)i) == 0 ||
                dw_check_report_severity(head, (enum dw_code)i) != (enum dw_severity)severity)
                continue;
            if (total++ == 0)
                add_heading(page, "Findings");
            if (shown < FINDINGS_SHOWN && page->y < FINDINGS_END) {
                add_finding(page, head, (enum dw_code)i);
                shown++;
            }
        }
    if (total > shown) {
        snprintf(text, sizeof text, "and %d more kinds of findings: the report of discwright check names all",
                 total - shown);
        page->y += draw(page, &small, MARGIN, INNER, text);
    }
}

static void add_page(cairo_t *cr, const json_t *head, const char *judged_at)
{
    struct page page = {cr, MARGIN};
    page.y += draw(&page, &title, MARGIN, INNER, "Check of a patient disc") + 14;
    add_verdict(&page, head);
    add_subject(&page, head);
    add_judgement(&page, head, judged_at);
    add_findings(&page, head);
    page.y = FOOT;
    draw(&page, &small, MARGIN, INNER,
         "This page names no patient and no file. It says whether the medium keeps to DICOM PS3.10, PS3.11 and "
         "PS3.12 and to IHE PDI, not whether its images are fit for a diagnosis. "
         "discwright check --explain CODE says more about a finding.");
}

dw_status dw_certificate_draw(const json_t *head, const char *judged_at, struct dw_buf *out,
                              struct dw_error *err)
{
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(append, out, PAGE_WIDTH, PAGE_HEIGHT);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, "Check of a patient disc");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "discwright " DW_VERSION);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, judged_at);
    cairo_t *cr = cairo_create(surface);
    add_page(cr, head, judged_at);
    cairo_show_page(cr);
    cairo_status_t drawn = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    if (drawn == CAIRO_STATUS_SUCCESS)
        drawn = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (drawn != CAIRO_STATUS_SUCCESS)
        return dw_error_set(err, DW_ERR_INTERNAL, "draw the certificate: %s", cairo_status_to_string(drawn));
    return dw_buf_check(out, "the certificate", err);
}
