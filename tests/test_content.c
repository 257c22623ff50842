#include "base/file.h"
#include "dicom/content.h"
#include "dicom/uid.h"
#include "dicom_bytes.h"
#include "test.h"

#define PIXEL_WORDS 70000 /* larger than the scanner keeps, and no whole number of pieces */

struct variant { /* of one object */
    const char *syntax;
    bool undefined_lengths, group_lengths;
    const char *description;
    uint16_t pixel; /* value of the last one */
};

static void write_object(struct bytes *b, const struct variant *v)
{
    bytes_start(b);
    b->implicit = strcmp(v->syntax, DW_TS_IMPLICIT_LE) == 0;
    b->big_endian = strcmp(v->syntax, DW_TS_EXPLICIT_BE) == 0;
    b->undefined_lengths = v->undefined_lengths;
    bytes_meta(b, v->syntax);
    if (v->group_lengths) {
        bytes_head(b, 0x00080000, "UL", 4);
        bytes_u32(b, 4711);
    }
    bytes_text(b, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2");
    bytes_text(b, 0x00080018, "UI", "1.2.3.4");
    bytes_text(b, 0x0008103E, "LO", v->description ? v->description : "Thorax");
    bytes_sequence(b, 0x00081140);
    for (int i = 0; i < 2; i++) {
        bytes_item(b);
        bytes_text(b, 0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2");
        bytes_item_end(b);
    }
    bytes_sequence_end(b);
    bytes_us(b, 0x00280010, 512);
    bytes_head(b, 0x7FE00010, "OW", 2 * PIXEL_WORDS);
    for (int i = 0; i < PIXEL_WORDS; i++)
        bytes_u16(b, i == PIXEL_WORDS - 1 ? v->pixel : (uint16_t)(i * 7));
    if (v->group_lengths)
        bytes_text(b, 0xFFFCFFFC, "OB", "padding ");
}

static dw_status hash(const struct variant *v, uint8_t out[DW_SHA256_SIZE], struct dw_error *err)
{
    struct bytes b;
    write_object(&b, v);
    int fd = bytes_file(b.out.data, b.out.size);
    dw_status st = dw_content_hash(fd, out, err);
    close(fd);
    dw_buf_done(&b.out);
    return st;
}

static bool same(const struct variant *one, const struct variant *two)
{
    uint8_t a[DW_SHA256_SIZE], b[DW_SHA256_SIZE];
    struct dw_error err = {0};
    CHECK_OK(hash(one, a, &err), err);
    CHECK_OK(hash(two, b, &err), err);
    return memcmp(a, b, sizeof a) == 0;
}

static const struct variant explicit_le = {.syntax = DW_TS_EXPLICIT_LE};

static void the_same_in_another_encoding_has_the_same_hash(void)
{
    CHECK(same(&explicit_le, &explicit_le));
    CHECK(same(&explicit_le, &(struct variant){.syntax = DW_TS_IMPLICIT_LE}));
    CHECK(same(&explicit_le, &(struct variant){.syntax = DW_TS_EXPLICIT_BE}));
    CHECK(same(&explicit_le,
               &(struct variant){.syntax = DW_TS_IMPLICIT_LE, .undefined_lengths = true}));
    CHECK(
        same(&explicit_le, &(struct variant){.syntax = DW_TS_EXPLICIT_LE, .group_lengths = true}));
}

static void one_value_that_differs_is_seen_wherever_it_is(void)
{
    static const char *const syntaxes[] = {DW_TS_EXPLICIT_LE, DW_TS_IMPLICIT_LE, DW_TS_EXPLICIT_BE};
    for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++) {
        CHECK(!same(&explicit_le,
                    &(struct variant){.syntax = syntaxes[i], .description = "Abdomen"}));
        CHECK(!same(&explicit_le,
                    &(struct variant){.syntax = syntaxes[i], .description = "Thorax  "}));
        CHECK(!same(&explicit_le, &(struct variant){.syntax = syntaxes[i], .pixel = 1}));
    }
}

/* Where a value ends and the next element begins is part of what is said. */
static void what_is_nested_otherwise_is_not_the_same(void)
{
    uint8_t hashes[2][DW_SHA256_SIZE];
    for (int flat = 0; flat < 2; flat++) {
        struct bytes b;
        struct dw_error err = {0};
        bytes_start(&b);
        bytes_meta(&b, DW_TS_EXPLICIT_LE);
        bytes_sequence(&b, 0x00081140);
        bytes_item(&b);
        if (flat) {
            bytes_item_end(&b);
            bytes_sequence_end(&b);
        }
        bytes_text(&b, 0x00081150, "UI", "1.2.3.45");
        if (!flat) {
            bytes_item_end(&b);
            bytes_sequence_end(&b);
        }
        int fd = bytes_file(b.out.data, b.out.size);
        CHECK_OK(dw_content_hash(fd, hashes[flat], &err), err);
        close(fd);
        dw_buf_done(&b.out);
    }
    CHECK(memcmp(hashes[0], hashes[1], DW_SHA256_SIZE) != 0);
}

static void check_untold(const char *syntax, bool fragments, bool unknown)
{
    struct bytes b;
    struct dw_error err = {0};
    uint8_t out[DW_SHA256_SIZE];
    bytes_start(&b);
    b.big_endian = strcmp(syntax, DW_TS_EXPLICIT_BE) == 0;
    bytes_meta(&b, syntax);
    bytes_text(&b, 0x00080018, "UI", "1.2.3.4");
    if (unknown)
        bytes_text(&b, 0x00091010, "UN", "ab");
    if (fragments) {
        b.undefined_lengths = true;
        bytes_head(&b, 0x7FE00010, "OB", 0xFFFFFFFF);
        bytes_head(&b, 0xFFFEE000, "", 0);
        bytes_head(&b, 0xFFFEE0DD, "", 0);
    }
    int fd = bytes_file(b.out.data, b.out.size);
    CHECK_INT(dw_content_hash(fd, out, &err), DW_ERR_UNSUPPORTED);
    close(fd);
    dw_buf_done(&b.out);
}

static void of_what_is_compressed_or_unknown_nothing_is_said(void)
{
    check_untold("1.2.840.10008.1.2.4.70", true, false);
    check_untold(DW_TS_EXPLICIT_BE, false, true);
    CHECK(!dw_content_is_same("/nonexistent", "/nonexistent"));
}

/* Derivation Description, Derivation Code Sequence with an item, Photometric Interpretation, Lossy "00"/"01". */
static void save_decoded(const char *path, bool by_coder, const char *photometric, const char *lossy)
{
    struct bytes b;
    struct dw_error err = {0};
    bytes_start(&b);
    bytes_meta(&b, DW_TS_EXPLICIT_LE);
    bytes_text(&b, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2");
    if (by_coder) {
        bytes_text(&b, 0x00082111, "ST", "Lossless JPEG");
        bytes_sequence(&b, 0x00089215);
        bytes_item(&b);
        bytes_text(&b, 0x00080100, "SH", "121327");
        bytes_item_end(&b);
        bytes_sequence_end(&b);
    }
    bytes_text(&b, 0x00100020, "LO", "P-1");
    bytes_text(&b, 0x00280004, "CS", photometric);
    if (lossy)
        bytes_text(&b, 0x00282110, "CS", lossy);
    CHECK_OK(dw_file_save(NULL, path, b.out.data, b.out.size, &err), err);
    dw_buf_done(&b.out);
}

static void of_decoded_objects_only_what_coders_write_is_left_aside(void)
{
    char folder[64], plain[80], other[80];
    test_folder(folder);
    snprintf(plain, sizeof plain, "%s/plain", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    save_decoded(plain, false, "MONOCHROME2", NULL);
    save_decoded(other, true, "MONOCHROME2", "00");
    CHECK(dw_content_is_same_decoded(plain, other));
    CHECK(!dw_content_is_same(plain, other));
    save_decoded(other, true, "MONOCHROME1", "00");
    CHECK(!dw_content_is_same_decoded(plain, other));
    save_decoded(other, true, "MONOCHROME2", "01");
    CHECK(!dw_content_is_same_decoded(plain, other));
    CHECK(dw_file_remove_tree(folder, NULL) == DW_OK);
}

TESTS(TEST(of_decoded_objects_only_what_coders_write_is_left_aside), TEST(the_same_in_another_encoding_has_the_same_hash),
      TEST(one_value_that_differs_is_seen_wherever_it_is),
      TEST(what_is_nested_otherwise_is_not_the_same),
      TEST(of_what_is_compressed_or_unknown_nothing_is_said))
