/** The finished picture: ring, sizes, formats, same bytes, and one sentence for everything that is
 * wrong. */
#include "test.h"

#include <math.h>
#include <sys/stat.h>

#include <cairo.h>
#include <jpeglib.h>

#include "base/file.h"
#include "layout/label/label.h"

#define STANDARD DW_SOURCE "/conf/templates/standard.svg"
#define CENTRE (DW_LABEL_PIXELS / 2.0)
#define DOTS_PER_MM (DW_LABEL_PIXELS / DW_LABEL_SIZE_MM)

static size_t sample_values(struct dw_label_value out[32])
{
    size_t count;
    const struct dw_label_name *names = dw_label_names(&count);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct dw_label_value){names[i].name, names[i].sample};
    return count;
}

static dw_status render(const char *template_path, const struct dw_label_opts *opts,
                        const char *folder, const char *name, struct dw_buf *out,
                        struct dw_error *err)
{
    struct dw_label_value values[32];
    size_t count = sample_values(values);
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    dw_status st = dw_label_render(template_path, values, count, opts, path, err);
    if (st == DW_OK)
        st = dw_file_read_all(path, 1 << 26, out, err);
    else
        CHECK(access(path, F_OK) != 0); /* nothing half-written */
    return st;
}

static cairo_surface_t *load(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return cairo_image_surface_create_from_png(path);
}

static void write_template(const char *folder, const char *inner, char *path, size_t size)
{
    struct dw_buf svg = {0};
    struct dw_error err = {0};
    snprintf(path, size, "%s/t.svg", folder);
    dw_buf_addf(
        &svg,
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "
        "viewBox='0 0 120 120'>%s</svg>",
        inner);
    CHECK_OK(dw_file_save(NULL, path, svg.data, svg.size, &err), err);
    dw_buf_done(&svg);
}

/* Pixels with ink nearer to the middle than inner or farther than outer (mm), a pixel of edge
 * allowed. */
static size_t ink_outside(cairo_surface_t *surface, double inner_mm, double outer_mm,
                          size_t *inside)
{
    const unsigned char *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    size_t outside = 0;
    *inside = 0;
    for (int y = 0; y < DW_LABEL_PIXELS; y++)
        for (int x = 0; x < DW_LABEL_PIXELS; x++) {
            const unsigned char *pixel = data + (size_t)y * (size_t)stride + 4 * (size_t)x;
            double r = hypot(x + 0.5 - CENTRE, y + 0.5 - CENTRE);
            if (!(pixel[0] | pixel[1] | pixel[2] | pixel[3]))
                continue;
            if (r < inner_mm / 2 * DOTS_PER_MM - 1 || r > outer_mm / 2 * DOTS_PER_MM + 1)
                outside++;
            else
                ++*inside;
        }
    return outside;
}

static void check_ring(const char *template_path, const struct dw_label_opts *opts, double inner_mm,
                       double outer_mm)
{
    char folder[64];
    struct dw_buf png = {0};
    struct dw_error err = {0};
    test_folder(folder);
    CHECK_OK(render(template_path, opts, folder, "a.png", &png, &err), err);
    cairo_surface_t *surface = load(folder, "a.png");
    CHECK_INT(cairo_image_surface_get_width(surface), 1417);
    CHECK_INT(cairo_image_surface_get_height(surface), 1417);
    size_t inside;
    CHECK_INT(ink_outside(surface, inner_mm, outer_mm, &inside), 0);
    CHECK(inside > 50000);
    cairo_surface_destroy(surface);
    dw_buf_done(&png);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void hole_and_rim_are_empty_whatever_the_template_draws(void)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    const struct dw_label_opts narrow = {.inner_mm = 46, .outer_mm = 116};
    check_ring(STANDARD, NULL, 22, 118);
    check_ring(STANDARD, &narrow, 46, 116);
    test_folder(folder);
    write_template(folder, "<rect width='120' height='120' fill='red'/>", path, sizeof path);
    check_ring(path, NULL, DW_LABEL_INNER_MM, DW_LABEL_OUTER_MM);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void the_standard_label_needs_nothing_within_46_mm(void)
{
    char folder[64];
    struct dw_buf png = {0};
    struct dw_error err = {0};
    test_folder(folder);
    CHECK_OK(render(STANDARD, NULL, folder, "a.png", &png, &err), err);
    cairo_surface_t *surface = load(folder, "a.png");
    size_t inside;
    CHECK_INT(ink_outside(surface, 46, 118, &inside), 0);
    cairo_surface_destroy(surface);
    dw_buf_done(&png);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void the_same_values_make_the_same_bytes(void)
{
    static const char *const endings[] = {"png", "jpg", "pdf"};
    char folder[64], name[16];
    test_folder(folder);
    for (size_t i = 0; i < 3; i++) {
        struct dw_buf a = {0}, b = {0};
        struct dw_error err = {0};
        snprintf(name, sizeof name, "a.%s", endings[i]);
        CHECK_OK(render(STANDARD, NULL, folder, name, &a, &err), err);
        snprintf(name, sizeof name, "b.%s", endings[i]);
        CHECK_OK(render(STANDARD, NULL, folder, name, &b, &err), err);
        CHECK_INT(a.size, b.size);
        CHECK(a.size == b.size && a.data && b.data && memcmp(a.data, b.data, a.size) == 0);
        dw_buf_done(&a);
        dw_buf_done(&b);
    }
    CHECK_INT(dw_file_remove_tree(folder, NULL), DW_OK);
}

static void a_png_says_its_resolution(void)
{
    char folder[64];
    struct dw_buf png = {0};
    struct dw_error err = {0};
    test_folder(folder);
    CHECK_OK(render(STANDARD, NULL, folder, "a.png", &png, &err), err);
    CHECK(png.size > 54 &&
          memcmp(png.data + 37, "pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01", 13) == 0);
    dw_buf_done(&png);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_jpeg_is_what_primera_takes(void)
{
    char folder[64];
    struct dw_buf file = {0};
    struct dw_error err = {0};
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char row[DW_LABEL_PIXELS * 3], *rows[1] = {row};
    test_folder(folder);
    CHECK_OK(render(STANDARD, NULL, folder, "a.JPG", &file, &err), err);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, (unsigned char *)file.data, file.size);
    CHECK_INT(jpeg_read_header(&jpeg, TRUE), JPEG_HEADER_OK);
    CHECK_INT(jpeg.image_width, 1417);
    CHECK_INT(jpeg.image_height, 1417);
    CHECK_INT(jpeg.num_components, 3);
    CHECK_INT(jpeg.X_density, 300);
    jpeg_start_decompress(&jpeg);
    for (unsigned y = 0; y <= 708; y++)
        jpeg_read_scanlines(&jpeg, rows, 1);
    CHECK(row[0] > 250 && row[3 * 708] > 250); /* white corner, white hole */
    jpeg_abort_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
    dw_buf_done(&file);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_pdf_is_one_page_of_120_mm(void)
{
    char folder[64];
    struct dw_buf pdf = {0};
    struct dw_error err = {0};
    test_folder(folder);
    CHECK_OK(render(STANDARD, NULL, folder, "a.pdf", &pdf, &err), err);
    CHECK(pdf.size > 1000 && memcmp(pdf.data, "%PDF-1.", 7) == 0);
    bool size = false;
    for (size_t i = 0; i + 40 < pdf.size; i++)
        size = size || memcmp(pdf.data + i, "340.15", 6) == 0; /* points */
    CHECK(size);
    dw_buf_done(&pdf);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void white_is_painted_only_when_asked_for(void)
{
    const struct dw_label_opts white = {.white = true};
    char folder[64];
    struct dw_buf png = {0};
    struct dw_error err = {0};
    test_folder(folder);
    CHECK_OK(render(STANDARD, &white, folder, "a.png", &png, &err), err);
    cairo_surface_t *surface = load(folder, "a.png");
    const unsigned char *corner = cairo_image_surface_get_data(surface);
    CHECK_INT(corner[0] & corner[1] & corner[2], 255);
    cairo_surface_destroy(surface);
    dw_buf_done(&png);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void nothing_outside_the_template_is_loaded(void)
{
    char folder[64], path[128], inner[512], picture[128];
    struct dw_buf png = {0};
    struct dw_error err = {0};
    test_folder(folder);
    snprintf(picture, sizeof picture, "%s/red.png", folder);
    cairo_surface_t *red = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 50, 50);
    cairo_t *cr = cairo_create(red);
    cairo_set_source_rgb(cr, 1, 0, 0);
    cairo_paint(cr);
    cairo_destroy(cr);
    CHECK_INT(cairo_surface_write_to_png(red, picture), CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(red);
    snprintf(inner, sizeof inner,
             "<image width='120' height='120' xlink:href='file://%s'/>"
             "<image width='120' height='120' href='red.png'/>",
             picture);
    write_template(folder, inner, path, sizeof path);
    CHECK_OK(render(path, NULL, folder, "a.png", &png, &err), err);
    cairo_surface_t *surface = load(folder, "a.png");
    size_t inside;
    CHECK_INT(ink_outside(surface, 22, 118, &inside), 0);
    CHECK_INT(inside, 0);
    cairo_surface_destroy(surface);
    dw_buf_done(&png);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void expect_failure(const char *template_path, const struct dw_label_opts *opts,
                           const char *folder, const char *name, dw_status st, const char *part)
{
    struct dw_buf out = {0};
    struct dw_error err = {0};
    CHECK_INT(render(template_path, opts, folder, name, &out, &err), st);
    CHECK_HAS(err.text, part);
    dw_buf_done(&out);
}

static void everything_that_is_wrong_is_one_sentence(void)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    const struct dw_label_opts tiny = {.inner_mm = 3}, huge = {.outer_mm = 200};
    test_folder(folder);
    expect_failure("/nonexistent/label.svg", NULL, folder, "a.png", DW_ERR_NOT_FOUND,
                   "/nonexistent/label.svg");
    expect_failure(DW_SOURCE "/LICENSE", NULL, folder, "a.png", DW_ERR_CORRUPT, "not SVG");
    expect_failure(STANDARD, NULL, folder, "a.bmp", DW_ERR_INVALID, ".png, .jpg or .pdf");
    expect_failure(STANDARD, NULL, "/nonexistent/folder", "a.png", DW_ERR_NOT_FOUND,
                   "/nonexistent/folder/a.png");
    expect_failure(STANDARD, &tiny, folder, "a.png", DW_ERR_INVALID, "inner diameter 3.0 mm");
    expect_failure(STANDARD, &huge, folder, "a.png", DW_ERR_INVALID, "outer diameter 200.0 mm");
    write_template(folder, "<text x='60' y='20' font-size='4'>{{NOBODY}}</text>", path,
                   sizeof path);
    expect_failure(path, NULL, folder, "a.png", DW_ERR_INVALID, "'{{NOBODY}}'");
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_template_is_found_by_its_name(void)
{
    char path[512] = "";
    struct dw_error err = {0};
    CHECK_OK(dw_label_find_template("standard", path, sizeof path, &err), err);
    CHECK_HAS(path, "standard.svg");
    CHECK_INT(access(path, R_OK), 0);
    CHECK_OK(dw_label_find_template("/some/where.svg", path, sizeof path, &err), err);
    CHECK_STR(path, "/some/where.svg");
    CHECK_INT(dw_label_find_template("fancy", path, sizeof path, &err), DW_ERR_NOT_FOUND);
    CHECK_HAS(err.text, "'fancy'");
}

static void the_help_of_the_command_lists_every_name(void)
{
    size_t count;
    const struct dw_label_name *names = dw_label_names(&count);
    struct dw_buf source = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_file_read_all(DW_SOURCE "/programs/cli/cmd_label.c", 1 << 20, &source, &err), err);
    for (size_t i = 0; i < count; i++)
        CHECK_HAS(source.data, names[i].name);
    dw_buf_done(&source);
}

TESTS(TEST(the_help_of_the_command_lists_every_name),
      TEST(hole_and_rim_are_empty_whatever_the_template_draws),
      TEST(the_standard_label_needs_nothing_within_46_mm),
      TEST(the_same_values_make_the_same_bytes), TEST(a_png_says_its_resolution),
      TEST(a_jpeg_is_what_primera_takes), TEST(a_pdf_is_one_page_of_120_mm),
      TEST(white_is_painted_only_when_asked_for), TEST(nothing_outside_the_template_is_loaded),
      TEST(everything_that_is_wrong_is_one_sentence), TEST(a_template_is_found_by_its_name))
