#include "dicom/scan.h"
#include "base/limits.h"
#include "dicom/record.h"
#include "dicom/uid.h"
#include "dicom_sample.h"
#include "test.h"

static void check_identity(const struct dw_object *o)
{
    CHECK_STR(o->patient_name, "Müller^Anna");
    CHECK_STR(o->patient_id, "P-1");
    CHECK_STR(o->issuer, "ISSUER");
    CHECK_STR(o->birth_date, "19660317");
    CHECK_STR(o->sex, "F");
    CHECK_STR(o->study_uid, "2.25.101");
    CHECK_STR(o->series_uid, "2.25.102");
    CHECK_STR(o->study_description, "Thorax");
    CHECK_STR(o->institution, "Klinik Süd");
    CHECK_STR(o->accession, "ACC-1");
    CHECK_STR(o->modality, "CT");
    CHECK_STR(o->sop_class, CT);
    CHECK_STR(o->sop_instance, "2.25.1001");
    CHECK_STR(o->charset, "ISO_IR 100");
    CHECK_INT(o->series_number, 3);
    CHECK_INT(o->instance_number, 12);
    CHECK_INT(o->rows, 300);
    CHECK_INT(o->columns, 200);
    CHECK_INT(o->bits_allocated, 16);
    CHECK_INT(o->samples_per_pixel, 1);
    CHECK_INT(o->frames, 1);
    CHECK(o->has_pixels);
}

static void every_transfer_encoding_gives_the_same_identity_and_the_same_record(void)
{
    struct dw_buf first = {0};
    for (size_t i = 0; i < DW_ARRAY_LEN(variants); i++) {
        struct bytes b;
        struct dw_object object;
        struct dw_buf record = {0};
        struct dw_error err = {0};
        put_variant(&b, &variants[i], true);
        uint64_t size = b.out.size;
        CHECK_OK(scan_bytes(&b, NULL, &object, &record, &err), err);
        check_identity(&object);
        CHECK_STR(object.transfer_syntax, variants[i].syntax);
        CHECK(object.has_meta);
        CHECK_INT(object.size_bytes, size);
        CHECK_INT(object.dataset_offset,
                  132 + 12 + 14 + 8 + (strlen(variants[i].syntax) + 1) / 2 * 2);
        if (i == 0)
            dw_buf_add(&first, record.data, record.size);
        CHECK_INT(record.size, first.size);
        CHECK(record.size == first.size && memcmp(record.data, first.data, first.size) == 0);
        dw_buf_done(&record);
    }
    dw_buf_done(&first);
}

static void a_bare_data_set_is_read_in_the_syntax_it_came_in(void)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(variants); i++) {
        struct bytes b;
        struct dw_object object;
        struct dw_error err = {0};
        struct dw_scan_opts opts = {.transfer_syntax = variants[i].syntax};
        put_variant(&b, &variants[i], false);
        CHECK_OK(scan_bytes(&b, &opts, &object, NULL, &err), err);
        check_identity(&object);
        CHECK_STR(object.transfer_syntax, variants[i].syntax);
        CHECK(!object.has_meta);
        CHECK_INT(object.dataset_offset, 0);
    }
}

static void a_bare_data_set_is_guessed_when_nobody_says(void)
{
    for (size_t i = 0; i < 6; i++) {
        struct bytes b;
        struct dw_object object;
        struct dw_error err = {0};
        put_variant(&b, &variants[i], false);
        CHECK_OK(scan_bytes(&b, NULL, &object, NULL, &err), err);
        check_identity(&object);
        CHECK_STR(object.transfer_syntax, variants[i].syntax);
    }
}

static void data_that_is_not_in_the_declared_syntax_is_read_and_named(void)
{
    static const char *const lies[][2] = {{DW_TS_EXPLICIT_LE, DW_TS_IMPLICIT_LE},
                                          {DW_TS_IMPLICIT_LE, DW_TS_EXPLICIT_LE}};
    for (size_t i = 0; i < 2; i++) {
        struct bytes b;
        struct dw_object object;
        struct dw_error err = {0};
        bytes_start(&b);
        b.implicit = i == 0;
        bytes_meta(&b, lies[i][0]);
        bytes_object(&b);
        CHECK_OK(scan_bytes(&b, NULL, &object, NULL, &err), err);
        check_identity(&object);
        CHECK_STR(object.transfer_syntax, lies[i][1]);
    }
}

static void a_meta_header_may_be_incomplete(void)
{
    struct dw_object object;
    struct dw_error err = {0};
    struct bytes b, whole;
    bytes_start(&b);
    bytes_meta(&b, NULL); /* no transfer syntax */
    bytes_object(&b);
    CHECK_OK(scan_bytes(&b, NULL, &object, NULL, &err), err);
    check_identity(&object);
    CHECK(object.has_meta);

    bytes_start(&whole);
    bytes_meta(&whole, DW_TS_EXPLICIT_LE);
    bytes_object(&whole);
    bytes_start(&b); /* no preamble */
    dw_buf_add(&b.out, whole.out.data + 132, whole.out.size - 132);
    CHECK_OK(scan_bytes(&b, NULL, &object, NULL, &err), err);
    check_identity(&object);
    CHECK(!object.has_meta);
    bytes_start(&b); /* no group length */
    dw_buf_add(&b.out, whole.out.data, 132);
    dw_buf_add(&b.out, whole.out.data + 144, whole.out.size - 144);
    CHECK_OK(scan_bytes(&b, NULL, &object, NULL, &err), err);
    check_identity(&object);
    CHECK(object.has_meta);
    whole.out.data[140] = 99; /* wrong group length */
    CHECK_OK(scan_bytes(&whole, NULL, &object, NULL, &err), err);
    check_identity(&object);
}

static void what_vendors_write_is_tolerated(void)
{
    static const char zeros[100];
    struct bytes b;
    struct dw_object object;
    struct dw_error err = {0};
    start_part10(&b);
    bytes_text(&b, 0x00200999, "CS", "OUT OF ORDER");
    b.implicit = true; /* one implicit element among explicit ones */
    bytes_text(&b, 0x00091001, "UN", "abc ");
    b.implicit = false;
    bytes_head(&b, 0x00091002, "UN",
               0xFFFFFFFF); /* unknown sequence: implicit inside, PS3.5 6.2.2 */
    b.implicit = b.undefined_lengths = true;
    bytes_item(&b);
    bytes_text(&b, 0x00080016, "UI", "9.9.9");
    bytes_item_end(&b);
    bytes_head(&b, 0xFFFEE0DD, "", 6); /* delimiters have no length */
    b.implicit = b.undefined_lengths = false;
    bytes_head(&b, 0x00091003, "??", 4); /* no VR at all, 16 bit length */
    dw_buf_add(&b.out, "\xFF\xFF\xFF\xFF", 4);
    bytes_head(&b, 0x00091004, "LO", 3); /* odd length */
    dw_buf_add(&b.out, "odd", 3);
    bytes_object(&b);
    bytes_text(&b, 0x00081030, "LO", "Abdomen"); /* a second one does not count */
    bytes_head(&b, 0xFFFCFFFC, "OB", 6);
    dw_buf_add(&b.out, "\0\0\0\0\0\0", 6);
    dw_buf_add(&b.out, zeros, sizeof zeros);
    CHECK_OK(scan_bytes(&b, NULL, &object, NULL, &err), err);
    check_identity(&object);
}

static void encapsulated_pixel_data_is_passed_over_by_its_fragments(void)
{
    struct bytes b;
    struct dw_object object;
    struct dw_error err = {0};
    static const char fragment[70000];
    for (int complete = 1; complete >= 0; complete--) {
        bytes_start(&b);
        bytes_meta(&b, "1.2.840.10008.1.2.4.70");
        bytes_object(&b);
        b.out.size -= 8 + 12;
        bytes_head(&b, 0x7FE00010, "OB", 0xFFFFFFFF);
        bytes_head(&b, 0xFFFEE000, "", 0);
        for (int i = 0; i < 3; i++) {
            bytes_head(&b, 0xFFFEE000, "", sizeof fragment);
            dw_buf_add(&b.out, fragment, sizeof fragment);
        }
        if (complete) {
            bytes_head(&b, 0xFFFEE0DD, "", 0);
            CHECK_OK(scan_bytes(&b, NULL, &object, NULL, &err), err);
            check_identity(&object);
        } else {
            CHECK_INT(scan_bytes(&b, NULL, &object, NULL, &err), DW_ERR_CORRUPT);
            CHECK_HAS(err.text, "truncated");
        }
    }
}

struct seen {
    char text[2048];
    int stop_after;
};

static dw_status note_element(void *ctx, const struct dw_element *el, struct dw_error *err)
{
    struct seen *seen = ctx;
    size_t used = strlen(seen->text);
    const char *kind = el->is_item_start     ? "["
                       : el->is_item_end     ? "]"
                       : el->is_sequence_end ? "."
                                             : el->vr;
    snprintf(seen->text + used, sizeof seen->text - used, "%u:%04X%04X%s%s ", el->depth, el->group,
             el->element, kind, el->value ? "" : "-");
    if (seen->stop_after && --seen->stop_after == 0)
        return dw_error_set(err, DW_ERR_CANCELLED, "enough");
    return DW_OK;
}

static void elements_come_in_file_order_with_marks_around_items(void)
{
    struct seen seen = {0};
    struct dw_error err = {0};
    for (int undefined = 0; undefined < 2; undefined++) {
        struct bytes b;
        start_part10(&b);
        b.undefined_lengths = undefined;
        bytes_sequence(&b, 0x00081140);
        bytes_item(&b);
        bytes_text(&b, 0x00081155, "UI", "2.25.1");
        bytes_item_end(&b);
        bytes_sequence_end(&b);
        bytes_text(&b, 0x00100020, "LO", "");
        bytes_us(&b, 0x7FE00010, 1);
        int fd = bytes_file(b.out.data, b.out.size);
        seen.text[0] = '\0';
        CHECK_OK(dw_scan_fd(fd, NULL, note_element, &seen, &err), err);
        CHECK_STR(seen.text, "0:00020000UL 0:00020001OB 0:00020010UI 0:00081140SQ- 1:FFFEE000[- "
                             "1:00081155UI 1:FFFEE00D]- 0:FFFEE0DD.- 0:00100020LO 0:7FE00010US- ");
        seen = (struct seen){.stop_after = 2};
        CHECK_INT(dw_scan_fd(fd, NULL, note_element, &seen, &err), DW_ERR_CANCELLED);
        CHECK_STR(err.text, "enough");
        CHECK_STR(seen.text, "0:00020000UL 0:00020001OB ");
        seen.stop_after = 0;
        close(fd);
        dw_buf_done(&b.out);
    }
}

TESTS(TEST(every_transfer_encoding_gives_the_same_identity_and_the_same_record),
      TEST(a_bare_data_set_is_read_in_the_syntax_it_came_in),
      TEST(a_bare_data_set_is_guessed_when_nobody_says),
      TEST(data_that_is_not_in_the_declared_syntax_is_read_and_named),
      TEST(a_meta_header_may_be_incomplete), TEST(what_vendors_write_is_tolerated),
      TEST(encapsulated_pixel_data_is_passed_over_by_its_fragments),
      TEST(elements_come_in_file_order_with_marks_around_items))
