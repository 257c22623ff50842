/** Label templates: what they may hold, how values get in, how text is made to fit. */
#include "test.h"

#include <math.h>

#include "base/file.h"
#include "layout/label/placeholder.h"
#include "layout/label/template.h"
#include "layout/label/textfit.h"

static const struct dw_ring ring = {60, 11, 59};
#define SVG(inner) "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 120 120'>" inner "</svg>"

static dw_status fill(const char *svg, const struct dw_label_value *values, size_t count,
                      struct dw_buf *out, struct dw_error *err)
{
    char folder[64], path[128];
    dw_template *tpl = NULL;
    snprintf(path, sizeof path, "%s/label.svg", test_folder(folder));
    CHECK_OK(dw_file_save(NULL, path, svg, strlen(svg), err), *err);
    dw_status st = dw_template_open(path, &tpl, err);
    if (st == DW_OK)
        st = dw_template_fill(tpl, values, count, &ring, out, err);
    dw_template_free(tpl);
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
    return st;
}

static void expect_refusal(const char *svg, dw_status st, const char *part)
{
    struct dw_buf out = {0};
    struct dw_error err = {0};
    CHECK_INT(fill(svg, NULL, 0, &out, &err), st);
    CHECK_HAS(err.text, part);
    dw_buf_done(&out);
}

static void an_unknown_placeholder_is_named(void)
{
    expect_refusal(SVG("<text x='60' y='30' font-size='4'>{{PATIENT_NAM}}</text>"), DW_ERR_INVALID,
                   "'{{PATIENT_NAM}}'");
    expect_refusal(SVG("<rect data-code128='{{JOBB}}' x='35' y='95' width='50' height='8'/>"),
                   DW_ERR_INVALID, "'{{JOBB}}'");
    expect_refusal(SVG("<g data-if='SEX ACCESION'/>"), DW_ERR_INVALID, "'ACCESION'");
    expect_refusal(SVG("<text x='60' y='30' font-size='4'>{{SEX</text>"), DW_ERR_INVALID,
                   "no '}}'");
}

static void a_placeholder_works_only_where_it_can_be_made_to_fit(void)
{
    expect_refusal(SVG("<a href='{{SEX}}'/>"), DW_ERR_INVALID, "attribute 'href'");
    expect_refusal(
        SVG("<g transform='rotate(9)'><text x='60' y='30' font-size='4'>{{SEX}}</text></g>"),
        DW_ERR_INVALID, "transform");
    expect_refusal(SVG("<text x='60' y='30'>{{SEX}}</text>"), DW_ERR_INVALID, "font-size");
}

static void what_is_not_a_120_mm_svg_is_refused(void)
{
    expect_refusal("%PDF-1.4 no picture of ours", DW_ERR_CORRUPT, "not SVG");
    expect_refusal("", DW_ERR_CORRUPT, "not SVG");
    expect_refusal("<html/>", DW_ERR_CORRUPT, "not SVG");
    expect_refusal("<svg viewBox='0 0 100 100'/>", DW_ERR_INVALID, "viewBox");
    expect_refusal("<svg/>", DW_ERR_INVALID, "viewBox");
}

static void values_never_become_markup(void)
{
    static const struct dw_label_value values[] = {
        {"PATIENT_NAME", "</text><image href=\"file:///etc/passwd\"/>&\x01{{SEX}}"}, {"SEX", "F"}};
    struct dw_buf out = {0};
    struct dw_error err = {0};
    CHECK_OK(fill(SVG("<text x='60' y='30' font-size='4' text-anchor='middle' "
                      "fill='red'>{{PATIENT_NAME}}</text>"),
                  values, 2, &out, &err),
             err);
    CHECK(!strstr(out.data, "image") && !strstr(out.data, "passwd") && !strstr(out.data, "{{"));
    CHECK_HAS(out.data, "<path");
    CHECK_HAS(out.data, "fill=\"red\"");
    dw_buf_done(&out);
}

static void expand(const char *pattern, const char *name, const char *value, bool kept,
                   const char *want)
{
    struct dw_label_value values[] = {{name, value}};
    struct dw_buf out = {0};
    dw_buf_add_text(&out, "");
    CHECK_INT(dw_placeholder_expand(pattern, values, 1, &out), kept);
    if (kept)
        CHECK_STR(out.data, want);
    dw_buf_done(&out);
}

static void values_are_made_one_clean_line(void)
{
    expand("Born {{BIRTH_DATE}}", "BIRTH_DATE", "1966-03-17", true, "Born 1966-03-17");
    expand("  a\n  {{SEX}} b ", "SEX", " \tF\r\n", true, "a F b");
    expand("{{SEX}}", "SEX", "x\x01y\x7fz\xc2\x85q", true, "x y z q");
    expand("{{SEX}}", "SEX", "a\xff\xc3", true, "a\xef\xbf\xbd\xef\xbf\xbd");
    expand("{{SEX}}", "SEX",
           "a\xe2\x80\xae"
           "b",
           true, "a b"); /* turns the rest of the line around */
    expand("{{SEX}}{{SEX}}", "SEX", "F", true, "FF");
    expand("Born {{BIRTH_DATE}}", "BIRTH_DATE", "", false, NULL);
    expand("Born {{BIRTH_DATE}}", "BIRTH_DATE", NULL, false, NULL);
    expand("Born {{BIRTH_DATE}}", "SEX", "F", false, NULL);
    expand("{{DISC_N}} of {{DISC_OF}}", "DISC_N", "1", true, "1 of");
    expand("no value", "SEX", "F", true, "no value");
}

static void what_has_no_value_leaves_no_words_behind(void)
{
    struct dw_buf out = {0};
    struct dw_error err = {0};
    static const struct dw_label_value values[] = {{"SEX", "F"}};
    CHECK_OK(
        fill(SVG("<g data-if='ACCESSION JOB'><rect id='gone' width='1' height='1'/></g>"
                 "<g data-if='ACCESSION SEX'><rect id='kept' width='1' height='1'/></g>"
                 "<text id='born' x='60' y='30' font-size='4'>Born {{BIRTH_DATE}}</text>"
                 "<rect id='code' data-code128='{{JOB}}' x='35' y='95' width='50' height='8'/>"),
             values, 1, &out, &err),
        err);
    CHECK(!strstr(out.data, "gone") && !strstr(out.data, "born") && !strstr(out.data, "code"));
    CHECK_HAS(out.data, "kept");
    dw_buf_done(&out);
}

static void a_value_nobody_knows_is_refused_without_being_shown(void)
{
    struct dw_buf out = {0};
    struct dw_error err = {0};
    struct dw_label_value values[] = {{"PATIENT", "Secret"}};
    CHECK_INT(fill(SVG(""), values, 1, &out, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "'PATIENT'");
    CHECK(!strstr(err.text, "Secret"));
    char *longer = malloc(DW_LABEL_VALUE_MAX + 2);
    memset(longer, 'x', DW_LABEL_VALUE_MAX + 1);
    longer[DW_LABEL_VALUE_MAX + 1] = 0;
    values[0] = (struct dw_label_value){"PATIENT_NAME", longer};
    CHECK_INT(fill(SVG(""), values, 1, &out, &err), DW_ERR_LIMIT);
    free(longer);
    dw_buf_done(&out);
}

static void a_barcode_outside_the_ring_is_refused(void)
{
    struct dw_buf out = {0};
    struct dw_error err = {0};
    static const struct dw_label_value values[] = {{"JOB", "000042"}};
    CHECK_INT(fill(SVG("<rect data-code128='{{JOB}}' x='35' y='56' width='50' height='8'/>"),
                   values, 1, &out, &err),
              DW_ERR_INVALID);
    CHECK_HAS(err.text, "barcode");
    CHECK_INT(fill(SVG("<rect data-code128='{{JOB}}' x='2' y='105' width='50' height='8'/>"),
                   values, 1, &out, &err),
              DW_ERR_INVALID);
    dw_buf_done(&out);
}

static void properties_are_found_in_attributes_style_and_parents(void)
{
    struct dw_buf a = {0}, b = {0}, c = {0};
    struct dw_error err = {0};
    static const struct dw_label_value values[] = {{"SEX", "Female"}};
    CHECK_OK(fill(SVG("<text x='60' y='30' font-size='4' font-weight='700' "
                      "text-anchor='end'>{{SEX}}</text>"),
                  values, 1, &a, &err),
             err);
    CHECK_OK(fill(SVG("<text x='60' y='30' style='font-size: "
                      "4px;font-weight:bold;text-anchor:end'>{{SEX}}</text>"),
                  values, 1, &b, &err),
             err);
    CHECK_OK(fill(SVG("<g font-size='4' text-anchor='end'><g font-weight='700'><text x='60' "
                      "y='30'><tspan>{{SEX}}</tspan>"
                      "</text></g></g>"),
                  values, 1, &c, &err),
             err);
    const char *path = strstr(a.data, " d=\"");
    CHECK(path != NULL);
    char data[256] = "";
    if (path)
        snprintf(data, sizeof data, "%s", path);
    data[200] = 0;
    CHECK_HAS(b.data, data);
    CHECK_HAS(c.data, data);
    dw_buf_done(&a);
    dw_buf_done(&b);
    dw_buf_done(&c);
}

/* --- fitting --- */

/* Every point of the outlines; control points may lie a hair outside of the curve they shape. */
static void check_inside(const char *data, double left, double right)
{
    size_t points = 0;
    for (const char *p = data; *p;) {
        char *end;
        double x = strtod(p, &end);
        if (end == p) {
            p++;
            continue;
        }
        double y = strtod(end, &end);
        double r = hypot(x - 60, y - 60);
        CHECK(r > ring.inner_r - 0.2 && r < ring.outer_r + 0.2);
        CHECK(x > left - 0.2 && x < right + 0.2);
        p = end;
        points++;
    }
    CHECK(points > 10);
}

static const char *const names[] = {
    "Li, Bo",
    "Müller-Lüdenscheidt, Anna Maria",
    "Wolfeschlegelsteinhausenbergerdorff-Müller-Lüdenscheidt, Maximiliane Wilhelmine Alexandrina "
    "Charlotte",
    "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
    "XXXXXXXXXXXXXXXXXXXXXXXXX",
    "山田, 花子 (やまだ はなこ)",
    "عبد الرحمن محمد عبد الله الحسيني بن عبد العزيز آل سعود الكبير",
    "สมชาย ใจดี",
    "Nguyễn Thị Phương Thảo Ậ̃",
};

static void no_name_leaves_the_ring_or_the_width(void)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(names); i++)
        for (double y = 12; y < 118; y += 7.7) {
            struct dw_buf out = {0};
            struct dw_error err = {0};
            double x = y > 40 && y < 75 ? 20 : 60;
            struct dw_textfit fit = {.text = names[i],
                                     .family = "sans-serif",
                                     .weight = 700,
                                     .anchor = DW_ANCHOR_MIDDLE,
                                     .x = x,
                                     .y = y,
                                     .size = 7,
                                     .width = 60,
                                     .height = 12,
                                     .ring = &ring};
            CHECK_OK(dw_textfit_path(&fit, &out, &err), err);
            check_inside(out.data ? out.data : "", x - 30, x + 30);
            dw_buf_done(&out);
        }
}

static void anchors_hold_their_side(void)
{
    struct dw_textfit fit = {.text = names[1],
                             .family = "sans-serif",
                             .weight = 400,
                             .anchor = DW_ANCHOR_START,
                             .x = 74,
                             .y = 60,
                             .size = 5,
                             .height = 15,
                             .ring = &ring};
    struct dw_buf out = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_textfit_path(&fit, &out, &err), err);
    check_inside(out.data, 74, 119);
    dw_buf_reset(&out);
    fit.anchor = DW_ANCHOR_END;
    fit.x = 46;
    CHECK_OK(dw_textfit_path(&fit, &out, &err), err);
    check_inside(out.data, 1, 46);
    dw_buf_done(&out);
}

static void the_longest_value_fits_and_an_impossible_place_is_one_sentence(void)
{
    char text[DW_LABEL_VALUE_MAX + 1];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 9 == 8 ? ' ' : 'm';
    text[sizeof text - 1] = 0;
    struct dw_textfit fit = {.text = text,
                             .family = "sans-serif",
                             .weight = 400,
                             .anchor = DW_ANCHOR_MIDDLE,
                             .x = 60,
                             .y = 29,
                             .size = 6.6,
                             .height = 12,
                             .ring = &ring};
    struct dw_buf out = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_textfit_path(&fit, &out, &err), err);
    check_inside(out.data, 0, 120);
    dw_buf_reset(&out);
    fit.y = 60; /* in the hole */
    CHECK_INT(dw_textfit_path(&fit, &out, &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "1024 characters do not fit at 60.0, 60.0 mm");
    CHECK_INT(out.size, 0);
    dw_buf_done(&out);
}

static void a_value_without_room_is_named_by_its_placeholder_and_not_shown(void)
{
    struct dw_buf out = {0};
    struct dw_error err = {0};
    static const struct dw_label_value values[] = {
        {"PATIENT_ID", "0815-SECRET-0815-SECRET-0815-SECRET"}};
    CHECK_INT(fill(SVG("<text x='60' y='30' font-size='4' data-width='2'>ID {{PATIENT_ID}}</text>"),
                   values, 1, &out, &err),
              DW_ERR_LIMIT);
    CHECK_HAS(err.text, "'ID {{PATIENT_ID}}'");
    CHECK(!strstr(err.text, "0815"));
    dw_buf_done(&out);
}

static void the_ring_knows_its_chords(void)
{
    double left, right;
    CHECK(dw_ring_span(&ring, 60, 5, 10, &left, &right));
    CHECK(fabs(right - left - 2 * sqrt(59.0 * 59 - 55 * 55)) < 1e-9);
    CHECK(dw_ring_span(&ring, 20, 55, 65, &left, &right));
    CHECK(fabs(right - 49) < 1e-9);
    CHECK(dw_ring_span(&ring, 100, 55, 65, &left, &right));
    CHECK(fabs(left - 71) < 1e-9);
    CHECK(!dw_ring_span(&ring, 60, 55, 65, &left, &right)); /* the hole */
    CHECK(!dw_ring_span(&ring, 60, 0, 0.5, &left, &right)); /* beyond the rim */
    CHECK(dw_ring_holds(&ring, 10, 55, 40, 65));
    CHECK(!dw_ring_holds(&ring, 10, 55, 50, 65));
}

TESTS(TEST(an_unknown_placeholder_is_named),
      TEST(a_placeholder_works_only_where_it_can_be_made_to_fit),
      TEST(what_is_not_a_120_mm_svg_is_refused), TEST(values_never_become_markup),
      TEST(values_are_made_one_clean_line), TEST(what_has_no_value_leaves_no_words_behind),
      TEST(a_value_nobody_knows_is_refused_without_being_shown),
      TEST(a_barcode_outside_the_ring_is_refused),
      TEST(properties_are_found_in_attributes_style_and_parents),
      TEST(no_name_leaves_the_ring_or_the_width), TEST(anchors_hold_their_side),
      TEST(the_longest_value_fits_and_an_impossible_place_is_one_sentence),
      TEST(a_value_without_room_is_named_by_its_placeholder_and_not_shown),
      TEST(the_ring_knows_its_chords))
