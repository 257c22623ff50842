#include "layout/label/label.h"

#include <strings.h>
#include <string.h>

#include <cairo-pdf.h>
#include <librsvg/rsvg.h>

#include "base/file.h"
#include "layout/label/raster.h"
#include "layout/label/template.h"

#define OUT_MAX (64u * 1024 * 1024)
#define PDF_POINTS (DW_LABEL_SIZE_MM / 25.4 * 72)

enum kind { KIND_PNG, KIND_JPEG, KIND_PDF };

static bool kind_of(const char *path, enum kind *out)
{
    static const struct {
        const char *ending;
        enum kind kind;
    } kinds[] = {{".png", KIND_PNG}, {".jpg", KIND_JPEG}, {".jpeg", KIND_JPEG}, {".pdf", KIND_PDF}};
    for (size_t i = 0; i < DW_ARRAY_LEN(kinds); i++) {
        size_t length = strlen(path), end = strlen(kinds[i].ending);
        if (length > end && strcasecmp(path + length - end, kinds[i].ending) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

/* Both circles as a path with a hole, in user units of 120 mm. */
static void ring_path(cairo_t *cr, const struct dw_ring *ring)
{
    const double turn = 6.283185307179586;
    cairo_new_path(cr);
    cairo_arc(cr, ring->centre, ring->centre, ring->outer_r, 0, turn);
    cairo_close_path(cr);
    cairo_new_sub_path(cr);
    cairo_arc_negative(cr, ring->centre, ring->centre, ring->inner_r, turn, 0);
    cairo_close_path(cr);
}

/* The SVG into a square of `edge` units, clipped to the ring whatever it draws. */
static dw_status draw(cairo_surface_t *surface, double edge, const struct dw_buf *svg,
                      const struct dw_ring *ring, bool white, struct dw_error *err)
{
    const RsvgRectangle viewport = {0, 0, DW_LABEL_SIZE_MM, DW_LABEL_SIZE_MM};
    GError *problem = NULL;
    dw_status st = DW_OK;
    cairo_t *cr = cairo_create(surface);
    /* From memory and without a base address: nothing beside it can be loaded. */
    RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg->data, svg->size, &problem);
    if (!handle) {
        st = dw_error_set(err, DW_ERR_CORRUPT, "the template is not SVG: %s", problem->message);
        goto out;
    }
    if (white) {
        cairo_set_source_rgb(cr, 1, 1, 1);
        cairo_paint(cr);
    }
    cairo_scale(cr, edge / DW_LABEL_SIZE_MM, edge / DW_LABEL_SIZE_MM);
    ring_path(cr, ring);
    cairo_clip(cr);
    if (!rsvg_handle_render_document(handle, cr, &viewport, &problem))
        st = dw_error_set(err, DW_ERR_CORRUPT, "draw the template: %s", problem->message);
    else if (cairo_status(cr) != CAIRO_STATUS_SUCCESS)
        st = dw_error_set(err, DW_ERR_INTERNAL, "draw the template: %s",
                          cairo_status_to_string(cairo_status(cr)));
out:
    g_clear_error(&problem);
    g_clear_object(&handle);
    cairo_destroy(cr);
    return st;
}

static dw_status make_picture(enum kind kind, const struct dw_buf *svg, const struct dw_ring *ring,
                              bool white, struct dw_buf *out, struct dw_error *err)
{
    cairo_format_t format = kind == KIND_JPEG ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32;
    cairo_surface_t *surface = cairo_image_surface_create(format, DW_LABEL_PIXELS, DW_LABEL_PIXELS);
    dw_status st = draw(surface, DW_LABEL_PIXELS, svg, ring, white || kind == KIND_JPEG, err);
    cairo_surface_flush(surface);
    if (st == DW_OK)
        st = kind == KIND_JPEG ? dw_raster_jpeg(surface, out, err)
                               : dw_raster_png(surface, out, err);
    cairo_surface_destroy(surface);
    return st;
}

static dw_status make_pdf(const struct dw_buf *svg, const struct dw_ring *ring, bool white,
                          struct dw_buf *out, struct dw_error *err)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(dw_raster_append, out, PDF_POINTS, PDF_POINTS);
    /* cairo would write the time of day, and the same label would never be the same bytes. */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, "Disc label");
    dw_status st = draw(surface, PDF_POINTS, svg, ring, white, err);
    cairo_surface_finish(surface);
    if (st == DW_OK && cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
        st = dw_error_set(err, DW_ERR_INTERNAL, "write PDF: %s",
                          cairo_status_to_string(cairo_surface_status(surface)));
    cairo_surface_destroy(surface);
    return st == DW_OK ? dw_buf_check(out, "PDF", err) : st;
}

static dw_status make_ring(const dw_template *tpl, const struct dw_label_opts *opts,
                           struct dw_ring *out, struct dw_error *err)
{
    double inner = opts && opts->inner_mm > 0
                       ? opts->inner_mm
                       : dw_template_number(tpl, "data-inner-mm", DW_LABEL_INNER_MM);
    double outer = opts && opts->outer_mm > 0
                       ? opts->outer_mm
                       : dw_template_number(tpl, "data-outer-mm", DW_LABEL_OUTER_MM);
    if (inner < 15 || inner > 50)
        return dw_error_set(err, DW_ERR_INVALID, "inner diameter %.1f mm is not within 15 to 50",
                            inner);
    if (outer < 70 || outer > 120)
        return dw_error_set(err, DW_ERR_INVALID, "outer diameter %.1f mm is not within 70 to 120",
                            outer);
    *out = (struct dw_ring){DW_LABEL_SIZE_MM / 2, inner / 2, outer / 2};
    return DW_OK;
}

dw_status dw_label_render(const char *template_path, const struct dw_label_value *values,
                          size_t value_count, const struct dw_label_opts *opts,
                          const char *out_path, struct dw_error *err)
{
    enum kind kind;
    struct dw_ring ring;
    struct dw_buf svg = {.max = OUT_MAX}, picture = {.max = OUT_MAX};
    dw_template *tpl = NULL;
    bool white = opts && opts->white;
    if (!kind_of(out_path, &kind))
        return dw_error_set(err, DW_ERR_INVALID, "label '%s' does not end in .png, .jpg or .pdf",
                            out_path);
    dw_status st = dw_template_open(template_path, &tpl, err);
    if (st == DW_OK)
        st = make_ring(tpl, opts, &ring, err);
    if (st == DW_OK)
        st = dw_template_fill(tpl, values, value_count, &ring, &svg, err);
    if (st != DW_OK)
        goto out;
    st = kind == KIND_PDF ? make_pdf(&svg, &ring, white, &picture, err)
                          : make_picture(kind, &svg, &ring, white, &picture, err);
    if (st == DW_OK)
        st = dw_file_save(NULL, out_path, picture.data, picture.size, err);
out:
    dw_template_free(tpl);
    dw_buf_done(&svg);
    dw_buf_done(&picture);
    return st;
}

dw_status dw_label_stock(const char *template_path, char *out, size_t size, struct dw_error *err)
{
    dw_template *tpl = NULL;
    dw_status st = dw_template_open(template_path, &tpl, err);
    if (st == DW_OK)
        st = dw_template_text(tpl, "data-stock", out, size, err);
    dw_template_free(tpl);
    return st;
}
