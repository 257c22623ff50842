/* What the profiles for modalities ask of images (PS3.11 A.3.4, B.3.4, C.3, E.2, N.3): a disc of theirs raises
 * nothing, named or not, and each demand that an image breaks is named with its file. */
#include <stdlib.h>
#include "test.h"
#include "check/report.h"
#include "judge_bytes.h"
#include "judge_set.h"

#define CLASS(suffix) "1.2.840.10008.5.1.4.1.1." suffix
#define XA CLASS("12.1")
#define SC CLASS("7")
#define CT CLASS("2")
#define US CLASS("6.1")
#define VIDEO CLASS("77.1.1.1")
#define E "1.2.840.10008.1.2.1"
#define RLE "1.2.840.10008.1.2.5"
#define J(number) "1.2.840.10008.1.2.4." #number

struct picture {
    const char *sop_class, *syntax, *photometric;
    uint16_t edge, allocated, stored;
    uint16_t samples, frames;
    unsigned regions; /* 0: none; 1: calibrated; 2: one of two without units */
};

static void put_regions(struct dw_buf *out, unsigned regions)
{
    put_sequence(out, 0x00186011);
    for (unsigned i = 0; i < regions; i++) {
        put_mark(out, ITEM, UINT32_MAX);
        if (i == 0)
            put_number(out, 0x00186024, "US", 3);
        put_number(out, 0x00186026, "US", 3);
        put(out, 0x0018602C, "FD", "\0\0\0\0\0\0\xF0\x3F", 8);
        put(out, 0x0018602E, "FD", "\0\0\0\0\0\0\xF0\x3F", 8);
        put_mark(out, ITEM_END, 0);
    }
    put_mark(out, SEQUENCE_END, 0);
}

/* As many as rows and columns ask for, or, where the transfer syntax compresses, something in a fragment. */
static void put_pixels(const struct picture *p, struct dw_buf *out)
{
    size_t size = (size_t)p->edge * p->edge * p->samples * p->allocated / 8 * (p->frames ? p->frames : 1);
    static const uint8_t undefined[] = {0xE0, 0x7F, 0x10, 0, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF};
    if (strcmp(p->syntax, E) == 0) {
        uint8_t *pixels = calloc(1, size);
        put(out, 0x7FE00010, "OB", pixels, size);
        free(pixels);
        return;
    }
    dw_buf_add(out, undefined, sizeof undefined);
    put_mark(out, ITEM, 0);
    put_mark(out, ITEM, 2);
    dw_buf_add(out, "\0\0", 2);
    put_mark(out, SEQUENCE_END, 0);
}

static void make_object(const struct picture *p, struct dw_buf *out)
{
    char frames[8];
    snprintf(frames, sizeof frames, "%u", p->frames);
    put_meta_of(out, p->sop_class, "2.25.3", p->syntax);
    put_text(out, 0x00080008, "CS", "ORIGINAL\\PRIMARY");
    put_text(out, 0x00080016, "UI", p->sop_class);
    put_text(out, 0x00080018, "UI", "2.25.3");
    put_text(out, 0x00100020, "LO", "LARGE1");
    if (p->regions)
        put_regions(out, p->regions);
    put_text(out, 0x0020000D, "UI", "2.25.1");
    put_text(out, 0x0020000E, "UI", "2.25.2");
    put_number(out, 0x00280002, "US", p->samples);
    put_text(out, 0x00280004, "CS", p->photometric);
    if (p->frames)
        put_text(out, 0x00280008, "IS", frames);
    put_number(out, 0x00280010, "US", p->edge);
    put_number(out, 0x00280011, "US", p->edge);
    put_number(out, 0x00280100, "US", p->allocated);
    put_number(out, 0x00280101, "US", p->stored);
    put_pixels(p, out);
}

/* 128 x 128 of 8 bits. */
static void put_icon(struct dw_buf *out)
{
    uint8_t pixels[128 * 128] = {0};
    put_sequence(out, 0x00880200);
    put_mark(out, ITEM, UINT32_MAX);
    put_number(out, 0x00280002, "US", 1);
    put_text(out, 0x00280004, "CS", "MONOCHROME2");
    put_number(out, 0x00280010, "US", 128);
    put_number(out, 0x00280011, "US", 128);
    put_number(out, 0x00280100, "US", 8);
    put_number(out, 0x00280101, "US", 8);
    put_number(out, 0x00280102, "US", 7);
    put_number(out, 0x00280103, "US", 0);
    put(out, 0x7FE00010, "OB", pixels, sizeof pixels);
    put_mark(out, ITEM_END, 0);
    put_mark(out, SEQUENCE_END, 0);
}

static void make_directory(const struct picture *p, struct dw_buf *out)
{
    char frames[8];
    snprintf(frames, sizeof frames, "%u", p->frames);
    put_directory_head(out);
    put_upper_records_of(out, out->size, true);
    put_mark(out, ITEM, UINT32_MAX);
    put_links(out, 0, 0, "IMAGE");
    put_text(out, 0x00041500, "CS", "DICOM\\A");
    put_text(out, 0x00041510, "UI", p->sop_class);
    put_text(out, 0x00041511, "UI", "2.25.3");
    put_text(out, 0x00041512, "UI", p->syntax);
    put_text(out, 0x00080008, "CS", "ORIGINAL\\PRIMARY");
    put_text(out, 0x00200013, "IS", "1");
    if (p->frames)
        put_text(out, 0x00280008, "IS", frames);
    put_number(out, 0x00280010, "US", p->edge);
    put_number(out, 0x00280011, "US", p->edge);
    put_text(out, 0x00500004, "CS", "");
    put_icon(out);
    put_mark(out, ITEM_END, 0);
    put_mark(out, SEQUENCE_END, 0);
}

static void judge(const struct picture *p, const char *profile, struct dw_check_result *result)
{
    struct dw_check_opts opts = {.profile = profile};
    struct dw_buf directory = {0}, object = {0};
    struct file_set set = {0};
    struct dw_error err = {0};
    make_directory(p, &directory);
    make_object(p, &object);
    set_put(&set, "/DICOMDIR", directory.data, directory.size);
    set_put(&set, "/DICOM/A", object.data, object.size);
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    set_done(&set);
    dw_buf_done(&directory);
    dw_buf_done(&object);
}

static const struct {
    const char *profile;
    struct picture picture;
} discs[] = {
    {"STD-GEN-CD", {CT, E, "MONOCHROME2", 512, 16, 12, 1, 0, 0}},
    {"STD-GEN-DVD-JPEG", {CT, J(50), "YBR_FULL_422", 512, 8, 8, 3, 0, 0}},
    {"STD-GEN-DVD-J2K", {CT, J(90), "MONOCHROME2", 512, 16, 12, 1, 0, 0}},
    {"STD-DVD-MPEG2-MPML", {VIDEO, J(100), "YBR_PARTIAL_420", 512, 8, 8, 3, 50, 0}},
    {"STD-GEN-BD-MPEG2-MPHL", {VIDEO, J(101), "YBR_PARTIAL_420", 512, 8, 8, 3, 1, 0}},
    {"STD-GEN-BD-MPEG4-HPLV41", {VIDEO, J(102), "YBR_PARTIAL_420", 512, 8, 8, 3, 1, 0}},
    {"STD-GEN-BD-MPEG4-HPLV41BD", {VIDEO, J(103), "YBR_PARTIAL_420", 512, 8, 8, 3, 1, 0}},
    {"STD-GEN-BD-MPEG4-HPLV42-2D", {VIDEO, J(104), "YBR_PARTIAL_420", 512, 8, 8, 3, 50, 0}},
    {"STD-GEN-BD-MPEG4-HPLV42-3D", {VIDEO, J(105), "YBR_PARTIAL_420", 512, 8, 8, 3, 50, 0}},
    {"STD-GEN-BD-MPEG4-SHPLV42", {VIDEO, J(106), "YBR_PARTIAL_420", 512, 8, 8, 3, 50, 0}},
    {"STD-US-ID-SF-CDR", {US, RLE, "RGB", 600, 8, 8, 3, 0, 0}},
    {"STD-US-ID-MF-CDR", {CLASS("3.1"), RLE, "YBR_FULL", 600, 8, 8, 3, 9, 1}},
};

/* Without a name the table's first is taken that fits; these are the first. */
static void a_disc_that_names_no_profile_is_judged_by_the_least_that_fits(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    char codes[512];
    for (size_t i = 0; i < DW_ARRAY_LEN(discs); i++) {
        judge(&discs[i].picture, discs[i].profile, result);
        CHECK_STR(set_codes(result, codes), "");
        judge(&discs[i].picture, NULL, result);
        CHECK_STR(set_codes(result, codes), "");
        CHECK_STR(result->profile, discs[i].profile);
        CHECK(result->profile_inferred && result->conforms);
    }
    free(result);
}

static void a_record_of_other_rows_than_its_image_is_told(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    struct dw_buf directory = {0}, object = {0};
    struct file_set set = {0};
    struct dw_error err = {0};
    char codes[512];
    make_directory(&discs[0].picture, &directory);
    make_object(&discs[0].picture, &object);
    set_put(&set, "/DICOMDIR", directory.data, directory.size);
    set_put(&set, "/DICOM/A", object.data, object.size);
    set_number(set_find(&set, "/DICOMDIR"), 0x00280010, 0, 100);
    CHECK_OK(set_judge(&set, &opts, result, &err), err);
    CHECK_STR(set_codes(result, codes), "FILE-KEY");
    CHECK(set_has(result, "FILE-KEY", "(0028,0010) of IMAGE"));
    set_done(&set);
    dw_buf_done(&directory);
    dw_buf_done(&object);
    free(result);
}

static void what_fits_nowhere_is_judged_by_the_nearest_and_the_note_names_it(void)
{
    static const struct picture odd = {VIDEO, "1.2.840.10008.1.2.4.107", "YBR_PARTIAL_420", 512, 8, 8, 3, 50, 0};
    struct dw_check_result *result = calloc(1, sizeof *result);
    char codes[512];
    judge(&odd, NULL, result);
    CHECK_STR(set_codes(result, codes), "FILE-PROFILE");
    CHECK(set_has(result, "PROFILE-INFERRED", "STD-GEN-CD is the nearest; 1 objects or records break it, such as /DICOM/A"));
    json_t *head = json_object();
    struct dw_buf text = {0};
    dw_check_report_json(result, head);
    dw_check_report_text(head, "a disc", &text);
    CHECK_HAS((const char *)text.data, "STD-GEN-CD is the nearest; 1 objects or records break it, such as /DICOM/A\n");
    json_decref(head);
    dw_buf_done(&text);
    free(result);
}

static const struct {
    const char *what, *profile;
    struct picture picture;
    const char *code, *place;
} defects[] = {
    {"an angiogram that is too large", "STD-XABC-CD", {XA, J(70), "MONOCHROME2", 513, 8, 8, 1, 0, 0}, "FILE-PROFILE-IMAGE", "more than 512"},
    {"an angiogram of 12 bits", "STD-XABC-CD", {XA, J(70), "MONOCHROME2", 512, 16, 12, 1, 0, 0}, "FILE-PROFILE-IMAGE", "not of 8 bits"},
    {"a negative angiogram", "STD-XABC-CD", {XA, J(70), "MONOCHROME1", 512, 8, 8, 1, 0, 0}, "FILE-PROFILE-IMAGE", "not MONOCHROME2"},
    {"a large angiogram that is too large", "STD-XA1K-CD", {XA, J(70), "MONOCHROME2", 1025, 16, 12, 1, 0, 0}, "FILE-PROFILE-IMAGE", "more than 1024"},
    {"an angiogram of 16 bits", "STD-XA1K-DVD", {XA, J(70), "MONOCHROME2", 512, 16, 16, 1, 0, 0}, "FILE-PROFILE-IMAGE", "8, 10 or 12 bits"},
    {"a capture in colour beside angiograms", "STD-XA1K-CD", {SC, E, "RGB", 512, 8, 8, 3, 0, 0}, "FILE-PROFILE-IMAGE", "not MONOCHROME2"},
    {"a capture of 16 bits beside angiograms", "STD-XA1K-CD", {SC, E, "MONOCHROME2", 512, 16, 16, 1, 0, 0}, "FILE-PROFILE-IMAGE", "not of 8 bits"},
    {"colour and syntax that do not go together", "STD-US-ID-SF-CDR", {US, J(50), "RGB", 600, 8, 8, 3, 0, 0}, "FILE-PROFILE-IMAGE", "do not go together"},
    {"an interpretation that ultrasound has not", "STD-US-ID-MF-DVD", {US, E, "MONOCHROME1", 600, 8, 8, 1, 0, 0}, "FILE-PROFILE-IMAGE", "do not go together"},
    {"ultrasound without regions", "STD-US-SC-SF-CDR", {US, E, "RGB", 600, 8, 8, 3, 0, 0}, "FILE-PROFILE-IMAGE", "calibrated region"},
    {"a region without units", "STD-US-SC-MF-DVD", {US, E, "RGB", 600, 8, 8, 3, 0, 2}, "FILE-PROFILE-IMAGE", "calibrated region"},
    {"video of one frame", "STD-GEN-BD-MPEG4-HPLV42-2D", {VIDEO, J(104), "YBR_PARTIAL_420", 512, 8, 8, 3, 1, 0}, "FILE-PROFILE-IMAGE", "one frame"},
    {"a class that ultrasound has not", "STD-US-ID-SF-CDR", {CT, E, "MONOCHROME2", 512, 16, 12, 1, 0, 0}, "FILE-PROFILE-CLASS", "/DICOM/A"},
};

static void each_demand_that_an_image_breaks_is_named_with_its_file(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    char codes[512];
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        int before = test_failures;
        judge(&defects[i].picture, defects[i].profile, result);
        CHECK_STR(set_codes(result, codes), defects[i].code);
        CHECK(set_has(result, defects[i].code, defects[i].place) && set_has(result, defects[i].code, "/DICOM/A"));
        if (test_failures != before)
            fprintf(stderr, "  ... with '%s'\n", defects[i].what);
    }
    free(result);
}

TESTS(TEST(a_disc_that_names_no_profile_is_judged_by_the_least_that_fits),
      TEST(a_record_of_other_rows_than_its_image_is_told), TEST(what_fits_nowhere_is_judged_by_the_nearest_and_the_note_names_it),
      TEST(each_demand_that_an_image_breaks_is_named_with_its_file))
