#include "layout/label/textfit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pango/pangocairo.h>

#define EM 100.0    /* text is measured once at this size, in pixels, and scaled */
#define LEADING 1.2 /* line to line, in sizes */
#define ASCENT 0.85 /* a guess for placing lines; the outlines themselves are checked at the end   \
                     */
#define DESCENT 0.25
#define MIDDLE 0.35           /* middle of a line above its base line */
#define ONE_LINE_DOWN_TO 0.72 /* rather one line a little smaller than two */
#define BREAK_WORDS_BELOW                                                                          \
    0.4 /* only very long words are broken, and only when the text is small already */
#define LINES_MAX 12
#define SAFETY 1.01 /* pieces measured apart against the line they make */

#ifdef __SANITIZE_ADDRESS__
/* Fontconfig keeps the fonts it has read until the process ends; that is not a leak of ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif

struct unit { /* what stays together on a line */
    size_t start, length;
    double width, full; /* in sizes; full: with the space behind it */
};
struct units {
    struct unit *list;
    size_t count;
};
struct line {
    size_t start, length; /* without spaces at the end */
    double baseline;
};
struct fitter {
    const struct dw_textfit *fit;
    PangoLayout *layout;
    struct units words, letters;
    struct line lines[LINES_MAX];
};

static double measure(PangoLayout *layout, const char *text, size_t length)
{
    PangoRectangle logical;
    pango_layout_set_text(layout, text, (int)length);
    pango_layout_get_extents(layout, NULL, &logical);
    return (double)logical.width / PANGO_SCALE / EM;
}

static size_t without_spaces(const char *text, size_t length)
{
    while (length && text[length - 1] == ' ')
        length--;
    return length;
}

/* Cut the text where a line may end; letters: anywhere between two of them. */
static bool units_make(PangoLayout *layout, const char *text, bool letters, struct units *out)
{
    size_t size = strlen(text), chars = (size_t)g_utf8_strlen(text, -1), start = 0, at = 0;
    PangoLogAttr *attrs = NULL;
    int attr_count = 0;
    out->list = calloc(chars + 1, sizeof *out->list);
    if (!out->list)
        return false;
    pango_layout_set_text(layout, text, -1);
    pango_layout_get_log_attrs(layout, &attrs, &attr_count);
    for (int i = 1; i < attr_count && at < size; i++) {
        at = (size_t)(g_utf8_next_char(text + at) - text);
        bool ends = at >= size || (letters ? attrs[i].is_cursor_position : attrs[i].is_line_break);
        if (ends) {
            out->list[out->count++] = (struct unit){.start = start, .length = at - start};
            start = at;
        }
    }
    g_free(attrs);
    for (size_t i = 0; i < out->count; i++) {
        struct unit *unit = &out->list[i];
        const char *piece = text + unit->start;
        unit->full = measure(layout, piece, unit->length);
        unit->width = measure(layout, piece, without_spaces(piece, unit->length));
    }
    return true;
}

static double line_width(const struct dw_textfit *fit, double baseline, double size)
{
    double left, right, room;
    if (!dw_ring_span(fit->ring, fit->x, baseline - ASCENT * size, baseline + DESCENT * size, &left,
                      &right))
        return 0;
    if (fit->anchor == DW_ANCHOR_START)
        room = right - fit->x;
    else if (fit->anchor == DW_ANCHOR_END)
        room = fit->x - left;
    else
        room = 2 * fmin(fit->x - left, right - fit->x);
    return fit->width > 0 ? fmin(room, fit->width) : room;
}

/* Fill `count` lines from the top; true when the whole text is in them. narrow < 1 evens the lines
 * out. */
static bool fill(struct fitter *f, const struct units *units, double size, int count, double narrow)
{
    const struct dw_textfit *fit = f->fit;
    double middle = fit->y - MIDDLE * fit->size;
    size_t next = 0;
    for (int i = 0; i < count; i++) {
        double baseline =
            count == 1 ? fit->y : middle + MIDDLE * size + (i - (count - 1) / 2.0) * LEADING * size;
        double room = line_width(fit, baseline, size) * narrow / size / SAFETY, used = 0;
        size_t first = next;
        while (next < units->count && used + units->list[next].width <= room)
            used += units->list[next++].full;
        if (next == first)
            return false;
        size_t start = units->list[first].start;
        size_t end = units->list[next - 1].start + units->list[next - 1].length;
        f->lines[i] =
            (struct line){start, without_spaces(fit->text + start, end - start), baseline};
        if (next == units->count)
            return i == count - 1;
    }
    return false;
}

static double line_left(const struct dw_textfit *fit, double width)
{
    return fit->anchor == DW_ANCHOR_START ? fit->x
           : fit->anchor == DW_ANCHOR_END ? fit->x - width
                                          : fit->x - width / 2;
}

/* Where the ink really lies: Arabic, Thai or a wide font may be taller than the guess. */
static bool ink_is_inside(struct fitter *f, double size, int count)
{
    const struct dw_textfit *fit = f->fit;
    for (int i = 0; i < count; i++) {
        const struct line *line = &f->lines[i];
        PangoRectangle ink, logical;
        pango_layout_set_text(f->layout, fit->text + line->start, (int)line->length);
        pango_layout_line_get_extents(pango_layout_get_line_readonly(f->layout, 0), &ink, &logical);
        double scale = size / EM / PANGO_SCALE;
        double left = line_left(fit, logical.width * scale);
        if (fit->width > 0 && logical.width * scale > fit->width)
            return false;
        if (ink.width &&
            !dw_ring_holds(fit->ring, left + ink.x * scale, line->baseline + ink.y * scale,
                           left + (ink.x + ink.width) * scale,
                           line->baseline + (ink.y + ink.height) * scale))
            return false;
    }
    return true;
}

static bool try_size(struct fitter *f, double size, int count)
{
    static const double evenness[] = {0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1};
    bool small = size < BREAK_WORDS_BELOW * f->fit->size;
    for (int broken = 0; broken <= small; broken++) {
        const struct units *units = broken ? &f->letters : &f->words;
        if (!fill(f, units, size, count, 1))
            continue;
        for (size_t i = count == 1 ? DW_ARRAY_LEN(evenness) - 1 : 0; i < DW_ARRAY_LEN(evenness);
             i++)
            if (fill(f, units, size, count, evenness[i]) && ink_is_inside(f, size, count))
                return true;
    }
    return false;
}

static bool find_size(struct fitter *f, double *out_size, int *out_count)
{
    const struct dw_textfit *fit = f->fit;
    double room = fit->height > 0 ? fit->height : LEADING * fit->size;
    for (double size = fit->size; size >= ONE_LINE_DOWN_TO * fit->size; size *= 0.98)
        if (try_size(f, size, 1)) {
            *out_size = size;
            *out_count = 1;
            return true;
        }
    for (double size = fit->size; size >= DW_TEXTFIT_SIZE_MIN; size *= 0.98)
        for (int count = 1; count <= LINES_MAX && count * LEADING * size <= room + 1e-6; count++)
            if (try_size(f, size, count)) {
                *out_size = size;
                *out_count = count;
                return true;
            }
    return false;
}

static void add_path(struct dw_buf *out, const cairo_path_t *path, double left, double baseline,
                     double scale)
{
    static const struct {
        char letter;
        int points;
    } kinds[] = {[CAIRO_PATH_MOVE_TO] = {'M', 1},
                 [CAIRO_PATH_LINE_TO] = {'L', 1},
                 [CAIRO_PATH_CURVE_TO] = {'C', 3},
                 [CAIRO_PATH_CLOSE_PATH] = {'Z', 0}};
    for (int i = 0; i < path->num_data; i += path->data[i].header.length) {
        const cairo_path_data_t *data = &path->data[i];
        dw_buf_addf(out, "%c", kinds[data->header.type].letter);
        for (int k = 1; k <= kinds[data->header.type].points; k++)
            dw_buf_addf(out, "%.4f %.4f ", left + data[k].point.x * scale,
                        baseline + data[k].point.y * scale);
    }
}

static void draw(struct fitter *f, double size, int count, struct dw_buf *out)
{
    /* Without borders: cairo leaves out glyphs that lie far outside a surface, even from a path. */
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, NULL);
    cairo_t *cr = cairo_create(surface);
    for (int i = 0; i < count; i++) {
        const struct line *line = &f->lines[i];
        PangoRectangle logical;
        pango_layout_set_text(f->layout, f->fit->text + line->start, (int)line->length);
        PangoLayoutLine *shaped = pango_layout_get_line_readonly(f->layout, 0);
        pango_layout_line_get_extents(shaped, NULL, &logical);
        cairo_new_path(cr);
        cairo_move_to(cr, 0, 0);
        pango_cairo_layout_line_path(cr, shaped);
        cairo_path_t *path = cairo_copy_path(cr);
        add_path(out, path, line_left(f->fit, logical.width / (double)PANGO_SCALE * size / EM),
                 line->baseline, size / EM);
        cairo_path_destroy(path);
    }
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
}

static PangoLayout *layout_new(const struct dw_textfit *fit)
{
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options,
                                      CAIRO_HINT_STYLE_NONE); /* or widths would not scale */
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    pango_context_set_round_glyph_positions(context, FALSE);
    cairo_font_options_destroy(options);

    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, fit->family);
    pango_font_description_set_weight(font, (PangoWeight)fit->weight);
    pango_font_description_set_style(font, fit->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    pango_font_description_set_absolute_size(font, EM * PANGO_SCALE);
    PangoLayout *layout = pango_layout_new(context);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_font_description_free(font);
    g_object_unref(context);
    return layout;
}

dw_status dw_textfit_path(const struct dw_textfit *fit, struct dw_buf *out, struct dw_error *err)
{
    struct fitter f = {.fit = fit, .layout = layout_new(fit)};
    dw_status st = DW_OK;
    double size;
    int count;
    if (!units_make(f.layout, fit->text, false, &f.words) ||
        !units_make(f.layout, fit->text, true, &f.letters)) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a text");
        goto out;
    }
    if (!find_size(&f, &size, &count)) {
        st = dw_error_set(err, DW_ERR_LIMIT,
                          "%zu characters do not fit at %.1f, %.1f mm of the template",
                          f.letters.count, fit->x, fit->y);
        goto out;
    }
    draw(&f, size, count, out);
    st = dw_buf_check(out, "text outlines", err);
out:
    free(f.words.list);
    free(f.letters.list);
    g_object_unref(f.layout);
    return st;
}
