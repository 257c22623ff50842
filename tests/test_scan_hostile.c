/* What comes from outside and means harm, or is simply broken: a clear sentence, never more. */
#include "base/limits.h"
#include "dicom_sample.h"

static void check_refused(struct bytes *b, dw_status want, const char *sentence)
{
    struct dw_object object;
    struct dw_error err = {0};
    CHECK_INT(scan_bytes(b, NULL, &object, NULL, &err), want);
    CHECK_HAS(err.text, sentence);
}

static void what_is_not_dicom_is_refused_with_a_sentence(void)
{
    static const char *const others[] = {
        "",    "\xFF\xD8\xFF\xE0\0\x10JFIF", "%PDF-1.4\n%....", "MZ\x90\0\3\0\0\0\4\0\0\0", "hello",
        "\x08"};
    for (size_t i = 0; i < DW_ARRAY_LEN(others); i++) {
        struct bytes b;
        bytes_start(&b);
        dw_buf_add(&b.out, others[i], strlen(others[i]));
        check_refused(&b, DW_ERR_CORRUPT, "not a DICOM file: ");
    }
}

static void an_object_that_cannot_be_filed_says_what_is_missing(void)
{
    static const struct {
        uint32_t tag;
        const char *sentence;
    } needed[] = {{0x00080016, "no SOP Class UID"},
                  {0x00080018, "no SOP Instance UID"},
                  {0x0020000D, "no Study Instance UID"},
                  {0x0020000E, "no Series Instance UID"}};
    for (size_t left_out = 0; left_out < DW_ARRAY_LEN(needed); left_out++) {
        struct bytes b;
        start_part10(&b);
        for (size_t i = 0; i < DW_ARRAY_LEN(needed); i++)
            bytes_text(&b, needed[i].tag, "UI", i == left_out ? "" : "2.25.1");
        check_refused(&b, DW_ERR_CORRUPT, needed[left_out].sentence);
    }
}

static void an_unknown_transfer_syntax_is_unsupported(void)
{
    struct bytes b;
    bytes_start(&b);
    bytes_meta(&b, "1.2.3.4");
    bytes_object(&b);
    check_refused(&b, DW_ERR_UNSUPPORTED, "1.2.3.4");
    bytes_start(&b);
    bytes_meta(&b, "<script>");
    bytes_object(&b);
    check_refused(&b, DW_ERR_UNSUPPORTED, "(not a UID)");
}

static void identity_that_does_not_fit_is_refused_not_cut(void)
{
    char text[400];
    struct bytes b;
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    start_part10(&b);
    bytes_text(&b, 0x00100020, "LO", text);
    bytes_object(&b);
    check_refused(&b, DW_ERR_LIMIT, "Patient ID is 399 bytes long");
    text[65] = '\0';
    start_part10(&b);
    bytes_text(&b, 0x0020000D, "UI", text);
    bytes_object(&b);
    check_refused(&b, DW_ERR_CORRUPT, "Study Instance UID is longer than 64");
    start_part10(&b);
    bytes_text(&b, 0x0020000E, "UI", "2.25.\n1");
    bytes_object(&b);
    check_refused(&b, DW_ERR_CORRUPT, "Series Instance UID has a character");
}

static void a_file_cut_anywhere_in_a_value_or_head_is_called_truncated(void)
{
    struct bytes b;
    start_part10(&b);
    bytes_object(&b);
    size_t boundaries = 0;
    for (size_t size = 1; size < b.out.size; size++) {
        struct dw_error err = {0};
        int fd = bytes_file(b.out.data, size);
        dw_status st = dw_scan_fd(fd, NULL, NULL, NULL, &err);
        close(fd);
        boundaries += st == DW_OK;
        CHECK(st == DW_OK || st == DW_ERR_CORRUPT);
        CHECK(st == DW_OK || strstr(err.text, "truncated") || strstr(err.text, "not a DICOM file"));
    }
    CHECK(boundaries < 60); /* between two elements, or within zeros, nothing is missing to see */
    dw_buf_done(&b.out);
}

static void lengths_beyond_the_end_are_refused_without_reading(void)
{
    struct bytes b;
    start_part10(&b);
    bytes_head(&b, 0x00091001, "OB", 0xFFFFFFFE);
    check_refused(&b, DW_ERR_CORRUPT,
                  "(0009,1001): truncated: 4294967294 bytes wanted, 0 are left");
    start_part10(&b);
    bytes_head(&b, 0x00081140, "SQ", 0x7FFFFFFF);
    bytes_item(&b);
    check_refused(&b, DW_ERR_CORRUPT, "(0008,1140): truncated");
    start_part10(&b);
    bytes_head(&b, 0x00100010, "LO", 0xFFFF);
    check_refused(&b, DW_ERR_CORRUPT, "(0010,0010): truncated");
    start_part10(&b);
    bytes_head(&b, 0x00081140, "SQ", 0xFFFFFFFF);
    check_refused(&b, DW_ERR_CORRUPT, "truncated: the file ends inside sequence (0008,1140)");
}

static void nonsense_in_the_structure_is_refused(void)
{
    struct bytes b;
    start_part10(&b);
    bytes_head(&b, 0x00081140, "SQ", 0xFFFFFFFF);
    bytes_text(&b, 0x00081155, "UI", "2.25.1");
    check_refused(&b, DW_ERR_CORRUPT, "(0008,1155) is where an item should be");
    start_part10(&b);
    bytes_head(&b, 0x00081155, "UT", 0xFFFFFFFF);
    bytes_item(&b);
    check_refused(&b, DW_ERR_CORRUPT, "undefined length");
    start_part10(&b);
    bytes_head(&b, 0xFFFEE000, "", 4);
    dw_buf_add(&b.out, "abcd", 4);
    check_refused(&b, DW_ERR_CORRUPT, "an item outside of a sequence");
}

static void nesting_is_limited(void)
{
    for (int undefined = 0; undefined < 2; undefined++)
        for (unsigned depth = DW_SCAN_DEPTH_MAX; depth <= DW_SCAN_DEPTH_MAX + 1; depth++) {
            struct bytes b;
            struct dw_error err = {0};
            start_part10(&b);
            b.undefined_lengths = undefined;
            for (unsigned i = 0; i < depth; i++) {
                bytes_sequence(&b, 0x00081140);
                bytes_item(&b);
            }
            for (unsigned i = 0; i < depth; i++) {
                bytes_item_end(&b);
                bytes_sequence_end(&b);
            }
            int fd = bytes_file(b.out.data, b.out.size);
            bool fine = depth == DW_SCAN_DEPTH_MAX;
            CHECK_INT(dw_scan_fd(fd, NULL, NULL, NULL, &err), fine ? DW_OK : DW_ERR_LIMIT);
            CHECK(fine || strstr(err.text, "deeper than 64 levels"));
            close(fd);
            dw_buf_done(&b.out);
        }
}

static void endless_items_fragments_and_elements_are_limited(void)
{
    for (int kind = 0; kind < 3; kind++) {
        struct bytes b;
        start_part10(&b);
        if (kind < 2)
            bytes_head(&b, kind ? 0x7FE00010 : 0x00081111, kind ? "OB" : "SQ", 0xFFFFFFFF);
        uint8_t item[8] = {0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0},
                element[8] = {9, 0, 1, 16, 'L', 'O', 0, 0};
        for (int i = 0; i <= DW_SCAN_ELEMENTS_MAX; i++)
            dw_buf_add(&b.out, kind == 2 ? element : item, 8);
        check_refused(&b, DW_ERR_LIMIT, "more than 4000000 elements");
    }
}

/* Blocks that deflate independently: one after the other they inflate to any length. */
static void a_deflated_data_set_may_not_grow_without_end(void)
{
#ifdef __SANITIZE_ADDRESS__
    return; /* four gigabytes through the checked memcpy of zlib take half a minute */
#endif
    static uint8_t zeros[1 << 20], packed[1 << 16];
    struct bytes b;
    z_stream z = {0};
    bytes_start(&b);
    bytes_meta(&b, DW_TS_DEFLATED);
    struct bytes head;
    bytes_start(&head);
    bytes_head(&head, 0x00091001, "OB", 0xFFFFFFFE);
    CHECK_INT(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    for (int i = 0; i < 2; i++) {
        z.next_in = i ? zeros : (uint8_t *)head.out.data;
        z.avail_in = i ? sizeof zeros : (unsigned)head.out.size;
        z.next_out = packed;
        z.avail_out = sizeof packed;
        CHECK_INT(deflate(&z, Z_FULL_FLUSH), Z_OK);
        for (int k = 0; k < (i ? 4097 : 1); k++)
            dw_buf_add(&b.out, packed, sizeof packed - z.avail_out);
    }
    deflateEnd(&z);
    dw_buf_done(&head.out);
    check_refused(&b, DW_ERR_LIMIT, "grows beyond 4294967296 bytes");
}

static void a_damaged_deflated_data_set_is_refused(void)
{
    struct bytes b;
    put_variant(&b, &variants[6], true);
    b.out.size -= 20;
    check_refused(&b, DW_ERR_CORRUPT, "truncated: the deflated data set has no end");
    put_variant(&b, &variants[6], true);
    size_t start = 132 + 26 + 8 + 22;
    memset(b.out.data + start, 0xFF, 30);
    check_refused(&b, DW_ERR_CORRUPT, "the deflated data set is damaged");
}

static void any_flipped_bytes_end_in_a_status(void)
{
    uint32_t seed = 12345;
    for (int round = 0; round < 5000; round++) {
        struct bytes b;
        struct dw_object object;
        struct dw_buf record = {0};
        struct dw_error err = {0};
        put_variant(&b, &variants[round % DW_ARRAY_LEN(variants)], round % 4 != 0);
        for (int i = 0; i < 1 + round % 7; i++) {
            seed = seed * 1664525 + 1013904223;
            size_t at = (seed >> 8) % b.out.size;
            b.out.data[at] =
                (char)(round & 1 ? seed >> 24 : (uint32_t)b.out.data[at] ^ 1U << (seed & 7));
        }
        dw_status st = scan_bytes(&b, NULL, &object, &record, &err);
        CHECK((st == DW_OK) == (err.text[0] == '\0'));
        if (st == DW_OK) {
            json_t *json = dw_object_to_json(&object);
            char *text = json_dumps(json, 0);
            CHECK(text != NULL);
            free(text);
            json_decref(json);
        }
        dw_buf_done(&record);
    }
}

static void a_path_that_is_no_file_is_an_error(void)
{
    struct dw_object object;
    struct dw_error err = {0};
    CHECK_INT(dw_scan_object_path("/nonexistent/file", NULL, &object, NULL, &err),
              DW_ERR_NOT_FOUND);
    CHECK_INT(dw_scan_object_path("/tmp", NULL, &object, NULL, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "not a regular file");
}

TESTS(TEST(what_is_not_dicom_is_refused_with_a_sentence),
      TEST(an_object_that_cannot_be_filed_says_what_is_missing),
      TEST(an_unknown_transfer_syntax_is_unsupported),
      TEST(identity_that_does_not_fit_is_refused_not_cut),
      TEST(a_file_cut_anywhere_in_a_value_or_head_is_called_truncated),
      TEST(lengths_beyond_the_end_are_refused_without_reading),
      TEST(nonsense_in_the_structure_is_refused), TEST(nesting_is_limited),
      TEST(endless_items_fragments_and_elements_are_limited),
      TEST(a_deflated_data_set_may_not_grow_without_end),
      TEST(a_damaged_deflated_data_set_is_refused), TEST(any_flipped_bytes_end_in_a_status),
      TEST(a_path_that_is_no_file_is_an_error))
