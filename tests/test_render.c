/* Frames as a person would see them. */
#include "dicom/dcmtk/render.h"

#include <stdio.h>
#include <jpeglib.h>

#include "base/file.h"
#include "dicom/dcmtk/elements.h"
#include "dicom/dcmtk/meta.h"
#include "dicom/dcmtk/scale.h"
#include "test.h"

#define SC_CLASS "1.2.840.10008.5.1.4.1.1.7"
#define EXPLICIT_LE "1.2.840.10008.1.2.1"

struct picture { /* what differs between the images of these tests; 0 and NULL are plain */
    unsigned columns, rows, samples, bits;
    const char *photometric, *window_center, *window_width, *frames, *aspect;
    const void *pixels;
    size_t size;
    const uint16_t *segmented, *descriptor; /* of a palette, for each of its colours */
    size_t segmented_size;
};

static const char *make(const char *folder, const struct picture *p, char path[128])
{
    struct dw_error err = {0};
    struct dw_meta meta = {SC_CLASS, "1.2.3.4.5.6", EXPLICIT_LE, NULL, NULL, NULL};
    struct dw_buf buf;
    dw_elements *set = dw_elements_new();
    dw_buf_init(&buf, 1 << 24);
    dw_elements_text(set, 0x00080016, "UI", SC_CLASS);
    dw_elements_text(set, 0x00080018, "UI", "1.2.3.4.5.6");
    dw_elements_text(set, 0x0020000D, "UI", "1.2.3.4");
    dw_elements_text(set, 0x0020000E, "UI", "1.2.3.4.5");
    if (p->pixels) {
        unsigned bits = p->bits ? p->bits : 8, allocated = bits == 1 ? 1 : bits > 8 ? 16 : 8;
        dw_elements_u16(set, 0x00280002, (uint16_t)(p->samples ? p->samples : 1));
        dw_elements_text(set, 0x00280004, "CS", p->photometric ? p->photometric : "MONOCHROME2");
        if (p->samples == 3)
            dw_elements_u16(set, 0x00280006, 0);
        if (p->frames)
            dw_elements_text(set, 0x00280008, "IS", p->frames);
        dw_elements_u16(set, 0x00280010, (uint16_t)p->rows);
        dw_elements_u16(set, 0x00280011, (uint16_t)p->columns);
        if (p->aspect)
            dw_elements_text(set, 0x00280034, "IS", p->aspect);
        dw_elements_u16(set, 0x00280100, (uint16_t)allocated);
        dw_elements_u16(set, 0x00280101, (uint16_t)bits);
        dw_elements_u16(set, 0x00280102, (uint16_t)(bits - 1));
        dw_elements_u16(set, 0x00280103, 0);
        if (p->window_center) {
            dw_elements_text(set, 0x00281050, "DS", p->window_center);
            dw_elements_text(set, 0x00281051, "DS", p->window_width);
        }
        for (uint32_t c = 0; p->segmented && c < 3; c++) {
            dw_elements_bytes(set, 0x00281101 + c, "US", p->descriptor, 6);
            dw_elements_bytes(set, 0x00281221 + c, "OW", p->segmented, p->segmented_size);
        }
        dw_elements_bytes(set, 0x7FE00010, allocated > 8 ? "OW" : "OB", p->pixels, p->size);
    }
    CHECK_OK(dw_meta_build(&meta, &buf, &err), err);
    CHECK_OK(dw_elements_write(set, &buf, &err), err);
    snprintf(path, 128, "%s/picture.dcm", folder);
    CHECK_OK(dw_file_save(NULL, path, buf.data, buf.size, &err), err);
    dw_buf_done(&buf);
    dw_elements_free(set);
    return path;
}

static struct dw_frame render(const struct picture *p, uint32_t frame, unsigned max_edge)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    struct dw_frame out = {0};
    test_folder(folder);
    CHECK_OK(dw_render_frame(make(folder, p, path), frame, max_edge, &out, &err), err);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
    if (!out.data) { /* the test goes on with something to look at */
        out = (struct dw_frame){1, 1, 1, calloc(1, 3)};
    }
    return out;
}

static const uint16_t ramp[4] = {0, 1000, 2000, 4000};

static void the_window_of_the_object_decides_what_is_black_and_white(void)
{
    struct picture p = {.columns = 4, .rows = 1, .bits = 12, .window_center = "1500",
                        .window_width = "1000", .pixels = ramp, .size = sizeof ramp};
    struct dw_frame f = render(&p, 0, 0);
    CHECK_INT(f.width, 4);
    CHECK_INT(f.channels, 1);
    CHECK_INT(f.data[0], 0);
    CHECK(f.data[1] < 3);
    CHECK(f.data[2] > 252);
    CHECK_INT(f.data[3], 255);
    dw_frame_done(&f);
}

static void without_a_window_the_darkest_is_black_and_the_brightest_white(void)
{
    struct picture p = {.columns = 4, .rows = 1, .bits = 12, .pixels = ramp, .size = sizeof ramp};
    struct dw_frame f = render(&p, 0, 0);
    CHECK_INT(f.data[0], 0);
    CHECK(f.data[1] > 60 && f.data[1] < 68);
    CHECK_INT(f.data[3], 255);
    dw_frame_done(&f);
}

static void monochrome1_is_shown_inverted(void)
{
    struct picture p = {.columns = 4, .rows = 1, .bits = 12, .photometric = "MONOCHROME1",
                        .pixels = ramp, .size = sizeof ramp};
    struct dw_frame f = render(&p, 0, 0);
    CHECK_INT(f.data[0], 255);
    CHECK_INT(f.data[3], 0);
    dw_frame_done(&f);
}

static void colours_keep_their_order(void)
{
    static const uint8_t rgb[] = {250, 10, 20, 5, 240, 30};
    struct picture p = {.columns = 2, .rows = 1, .samples = 3, .photometric = "RGB", .pixels = rgb,
                        .size = sizeof rgb};
    struct dw_frame f = render(&p, 0, 0);
    CHECK_INT(f.channels, 3);
    CHECK(memcmp(f.data, rgb, sizeof rgb) == 0);
    dw_frame_done(&f);
}

static void the_frame_that_was_asked_for_is_shown(void)
{
    static const uint8_t frames[] = {0, 0, 9, 9, 255, 255};
    struct picture p = {.columns = 2, .rows = 1, .frames = "3", .window_center = "128",
                        .window_width = "256", .pixels = frames, .size = sizeof frames};
    struct dw_frame f = render(&p, 2, 0);
    CHECK_INT(f.data[0], 255);
    dw_frame_done(&f);
    f = render(&p, 0, 0);
    CHECK_INT(f.data[0], 0);
    dw_frame_done(&f);
}

static void bits_of_a_segmentation_are_unpacked(void)
{
    static const uint8_t bits[] = {0x05, 0x0A}; /* two frames of 4 pixels: 1010 and 0000, 1010... */
    struct picture p = {.columns = 4, .rows = 1, .bits = 1, .frames = "3", .pixels = bits,
                        .size = sizeof bits};
    struct dw_frame f = render(&p, 0, 0);
    CHECK_INT(f.data[0], 255);
    CHECK_INT(f.data[1], 0);
    CHECK_INT(f.data[2], 255);
    dw_frame_done(&f);
    f = render(&p, 2, 0); /* begins in the second byte */
    CHECK_INT(f.data[0], 0);
    CHECK_INT(f.data[1], 255);
    dw_frame_done(&f);
}

static void large_pictures_are_made_smaller_and_small_ones_are_left(void)
{
    static uint8_t grey[200 * 100];
    struct picture p = {.columns = 200, .rows = 100, .window_center = "128", .window_width = "256",
                        .pixels = grey, .size = sizeof grey};
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = i % 2 ? 200 : 100; /* averages to 150 */
    struct dw_frame f = render(&p, 0, 50);
    CHECK_INT(f.width, 50);
    CHECK_INT(f.height, 25);
    CHECK(f.data[600] > 145 && f.data[600] < 155);
    dw_frame_done(&f);
    f = render(&p, 0, 1000);
    CHECK_INT(f.width, 200);
    dw_frame_done(&f);
    p.aspect = "2\\1"; /* pixels twice as high as wide */
    f = render(&p, 0, 0);
    CHECK_INT(f.width, 200);
    CHECK_INT(f.height, 200);
    dw_frame_done(&f);
}

static void what_cannot_be_shown_is_said(void)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    struct dw_frame out = {0};
    struct picture document = {0}, one = {.columns = 4, .rows = 1, .bits = 12, .pixels = ramp,
                                          .size = sizeof ramp};
    test_folder(folder);
    CHECK_INT(dw_render_frame(make(folder, &document, path), 0, 0, &out, &err), DW_ERR_UNSUPPORTED);
    CHECK_INT(dw_render_frame(make(folder, &one, path), 1, 0, &out, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_render_frame("/nonexistent/1", 0, 0, &out, &err), DW_ERR_NOT_FOUND);
    one.rows = 60000;
    one.columns = 60000;
    CHECK(dw_render_frame(make(folder, &one, path), 0, 0, &out, &err) != DW_OK);
    CHECK(out.data == NULL);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void an_icon_is_letterboxed_and_grey(void)
{
    static const uint8_t red_green[] = {255, 0, 0, 0, 255, 0};
    struct dw_frame frame = {2, 1, 3, (uint8_t *)(uintptr_t)red_green};
    static uint8_t icon[64 * 64 + 1];
    struct dw_error err = {0};
    icon[64 * 64] = 0xA5;
    CHECK_OK(dw_frame_to_icon(&frame, 64, icon, &err), err);
    CHECK_INT(icon[64 * 64], 0xA5);
    for (unsigned y = 0; y < 64; y++)
        for (unsigned x = 0; x < 64; x++)
            CHECK_INT(icon[y * 64 + x], y < 16 || y >= 48 ? 0 : x < 32 ? 76 : 150);
}

static void an_icon_of_a_large_picture_is_its_mean(void)
{
    struct dw_frame frame = {100, 400, 1, calloc(100, 400)};
    static uint8_t icon[128 * 128];
    struct dw_error err = {0};
    for (size_t i = 0; i < 100 * 400; i++)
        frame.data[i] = i % 2 ? 201 : 99;
    CHECK_OK(dw_frame_to_icon(&frame, 128, icon, &err), err);
    for (unsigned x = 0; x < 128; x++)
        CHECK(x < 48 || x >= 80 ? icon[64 * 128 + x] == 0
                                : icon[64 * 128 + x] > 130 && icon[64 * 128 + x] < 170);
    dw_frame_done(&frame);
}

static void the_middle_of_many_frames_is_found(void)
{
    static const uint8_t frames[] = {0, 0, 255, 255, 9, 9, 0, 0};
    struct picture p = {.columns = 2, .rows = 1, .frames = "3", .window_center = "128",
                        .window_width = "256", .pixels = frames, .size = 6};
    struct dw_frame f = render(&p, DW_RENDER_MIDDLE, 0);
    CHECK_INT(f.data[0], 255);
    dw_frame_done(&f);
}

static void a_segmented_palette_is_expanded(void)
{
    static const uint8_t indexes[] = {0, 1, 2, 4};
    static const uint16_t pieces[] = {0, 1, 0, 1, 4, 0xFF00}; /* 0, and a line up to 0xFF00 */
    static const uint16_t descriptor[] = {5, 0, 16};
    struct picture p = {.columns = 4, .rows = 1, .photometric = "PALETTE COLOR",
                        .pixels = indexes, .size = sizeof indexes, .segmented = pieces,
                        .segmented_size = sizeof pieces, .descriptor = descriptor};
    struct dw_frame f = render(&p, 0, 0);
    CHECK_INT(f.channels, 3);
    for (unsigned c = 0; c < 3; c++) {
        CHECK_INT(f.data[c], 0);
        CHECK_INT(f.data[3 + c], 0x3F);
        CHECK_INT(f.data[6 + c], 0x7F);
        CHECK_INT(f.data[9 + c], 0xFF);
    }
    dw_frame_done(&f);
}

static void a_frame_is_saved_as_a_jpeg_that_opens(void)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    struct dw_frame frame = {40, 30, 3, calloc(1, 40 * 30 * 3)};
    memset(frame.data, 90, 40 * 30 * 3);
    test_folder(folder);
    snprintf(path, sizeof path, "%s/frame.jpg", folder);
    CHECK_OK(dw_frame_save_jpeg(&frame, path, 85, &err), err);
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr manager;
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    if (file) {
        jpeg.err = jpeg_std_error(&manager);
        jpeg_create_decompress(&jpeg);
        jpeg_stdio_src(&jpeg, file);
        CHECK_INT(jpeg_read_header(&jpeg, TRUE), JPEG_HEADER_OK);
        CHECK_INT(jpeg.image_width, 40);
        CHECK_INT(jpeg.image_height, 30);
        CHECK_INT(jpeg.num_components, 3);
        jpeg_destroy_decompress(&jpeg);
        fclose(file);
    }
    CHECK_INT(dw_frame_save_jpeg(&frame, "/nonexistent/x.jpg", 85, &err), DW_ERR_NOT_FOUND);
    dw_frame_done(&frame);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(the_window_of_the_object_decides_what_is_black_and_white),
      TEST(without_a_window_the_darkest_is_black_and_the_brightest_white),
      TEST(monochrome1_is_shown_inverted), TEST(colours_keep_their_order),
      TEST(the_frame_that_was_asked_for_is_shown), TEST(bits_of_a_segmentation_are_unpacked),
      TEST(large_pictures_are_made_smaller_and_small_ones_are_left),
      TEST(what_cannot_be_shown_is_said), TEST(an_icon_is_letterboxed_and_grey),
      TEST(an_icon_of_a_large_picture_is_its_mean), TEST(the_middle_of_many_frames_is_found),
      TEST(a_segmented_palette_is_expanded), TEST(a_frame_is_saved_as_a_jpeg_that_opens))
