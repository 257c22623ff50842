/* Reading directories back: made here byte by byte, right ones and wrong ones. */
#include "dicom/dcmtk/dirreader.h"

#include "base/file.h"
#include "dicom/dcmtk/elements.h"
#include "dicom/dcmtk/meta.h"
#include "test.h"

#define DIRECTORY_CLASS "1.2.840.10008.1.3.10"
#define EXPLICIT_LE "1.2.840.10008.1.2.1"
#define RECORDS_MAX 8
#define NOWHERE -1
#define INTO_THE_VOID -2 /* an offset at which no record begins */

struct record { /* links by index into the table */
    const char *type;
    int next, lower;
    const char *file_id;
    uint32_t key;
    const char *key_vr, *key_value;
};

static uint32_t offset_of(const uint32_t *offsets, int link)
{
    return link == NOWHERE ? 0 : link == INTO_THE_VOID ? 7777 : offsets[link];
}

static dw_elements *make_record(const struct record *r, const uint32_t *offsets)
{
    dw_elements *item = dw_elements_new();
    dw_elements_u32(item, 0x00041400, offset_of(offsets, r->next));
    dw_elements_u16(item, 0x00041410, 0xFFFF);
    dw_elements_u32(item, 0x00041420, offset_of(offsets, r->lower));
    dw_elements_text(item, 0x00041430, "CS", r->type);
    if (r->file_id) {
        dw_elements_text(item, 0x00041500, "CS", r->file_id);
        dw_elements_text(item, 0x00041510, "UI", "1.2.840.10008.5.1.4.1.1.2");
        dw_elements_text(item, 0x00041511, "UI", "1.2.3.4.5.6");
        dw_elements_text(item, 0x00041512, "UI", EXPLICIT_LE);
    }
    dw_elements_text(item, 0x00080005, "CS", "ISO_IR 100");
    if (r->key)
        dw_elements_text(item, r->key, r->key_vr, r->key_value);
    return item;
}

/* Two passes: offsets have a fixed width, so the first one finds where each record will lie. */
static void write_directory(const char *path, const struct record *records, size_t count, int first,
                            int last)
{
    uint32_t offsets[RECORDS_MAX] = {0};
    struct dw_error err = {0};
    for (int pass = 0; pass < 2; pass++) {
        struct dw_meta meta = {DIRECTORY_CLASS, "1.2.3.99", EXPLICIT_LE, NULL, NULL, NULL};
        struct dw_buf buf, item;
        dw_elements *set = dw_elements_new();
        dw_buf_init(&buf, 1 << 20);
        dw_buf_init(&item, 1 << 20);
        CHECK_OK(dw_meta_build(&meta, &buf, &err), err);
        dw_elements_text(set, 0x00041130, "CS", "DISC_1");
        dw_elements_u32(set, 0x00041200, offset_of(offsets, first));
        dw_elements_u32(set, 0x00041202, offset_of(offsets, last));
        dw_elements_u16(set, 0x00041212, 0);
        size_t head = buf.size;
        CHECK_OK(dw_elements_write(set, &buf, &err), err);
        size_t at = buf.size + 12; /* behind tag, VR and length of the sequence */
        for (size_t i = 0; i < count; i++) {
            dw_elements *record = make_record(&records[i], offsets);
            dw_buf_reset(&item);
            CHECK_OK(dw_elements_write(record, &item, &err), err);
            offsets[i] = (uint32_t)at;
            at += 8 + item.size;
            dw_elements_item(set, 0x00041220, record);
        }
        if (pass == 1) {
            buf.size = head;
            CHECK_OK(dw_elements_write(set, &buf, &err), err);
            CHECK_OK(dw_file_save(NULL, path, buf.data, buf.size, &err), err);
        }
        dw_buf_done(&buf);
        dw_buf_done(&item);
        dw_elements_free(set);
    }
}

static const struct record good[] = {
    {"PATIENT", 4, 1, NULL, 0x00100010, "PN", "M\xFCller^Eva"}, /* ISO 8859-1 */
    {"STUDY", NOWHERE, 2, NULL, 0x0020000D, "UI", "1.2.3.4"},
    {"SERIES", NOWHERE, 3, NULL, 0x00200011, "IS", "7"},
    {"IMAGE", NOWHERE, NOWHERE, "DICOM\\IM000001", 0x00200013, "IS", "12"},
    {"PATIENT", NOWHERE, NOWHERE, NULL, 0x00100020, "LO", "P-2"},
};

static dw_dirreader *open_directory(const char *folder, const struct record *records, size_t count,
                                    int first, int last)
{
    char path[128];
    struct dw_error err = {0};
    dw_dirreader *reader = NULL;
    snprintf(path, sizeof path, "%s/DICOMDIR", folder);
    write_directory(path, records, count, first, last);
    CHECK_OK(dw_dirreader_open(path, &reader, &err), err);
    return reader;
}

static void done(dw_dirreader *reader, const char *folder)
{
    struct dw_error err = {0};
    dw_dirreader_free(reader);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void records_come_depth_first_with_their_place(void)
{
    char folder[64], text[64];
    dw_dirreader *reader = open_directory(test_folder(folder), good, DW_ARRAY_LEN(good), 0, 4);
    struct dw_dir_head head;
    struct dw_dir_record r;
    dw_dirreader_head(reader, &head);
    CHECK_STR(head.sop_class, DIRECTORY_CLASS);
    CHECK_STR(head.fileset_uid, "1.2.3.99");
    CHECK_STR(head.fileset_id, "DISC_1");
    CHECK_INT(head.records, 5);
    CHECK_INT(head.unreachable + head.bad_links, 0);
    CHECK_INT(head.last_root, head.last_root_found);
    CHECK_INT(head.consistency_flag, 0);
    static const char *const types[] = {"PATIENT", "STUDY", "SERIES", "IMAGE", "PATIENT"};
    static const int depths[] = {0, 1, 2, 3, 0}, parents[] = {-1, 0, 1, 2, -1};
    CHECK_INT(dw_dirreader_count(reader), 5);
    for (size_t i = 0; i < 5; i++) {
        dw_dirreader_record(reader, i, &r);
        CHECK_STR(r.type, types[i]);
        CHECK_INT(r.depth, depths[i]);
        CHECK_INT(r.parent, parents[i]);
        CHECK_INT(r.in_use, 0xFFFF);
        CHECK(r.reachable);
        CHECK_INT(r.has_file, i == 3);
    }
    dw_dirreader_record(reader, 3, &r);
    CHECK_STR(r.file_id, "DICOM\\IM000001");
    CHECK_STR(r.sop_instance, "1.2.3.4.5.6");
    CHECK_STR(r.transfer_syntax, EXPLICIT_LE);
    CHECK(dw_dirreader_get_string(reader, 3, 0x00200013, text, sizeof text));
    CHECK_STR(text, "12");
    done(reader, folder);
}

static void keys_are_utf8_by_the_character_set_of_their_record(void)
{
    char folder[64], text[64];
    const uint8_t *raw = NULL;
    size_t size = 0;
    dw_dirreader *reader = open_directory(test_folder(folder), good, DW_ARRAY_LEN(good), 0, 4);
    CHECK(dw_dirreader_get_string(reader, 0, 0x00100010, text, sizeof text));
    CHECK_STR(text, "Müller^Eva");
    CHECK(dw_dirreader_value(reader, 0, 0x00100010, &raw, &size));
    CHECK(size >= 10 && memcmp(raw, "M\xFCller^Eva", 10) == 0);
    CHECK(!dw_dirreader_get_string(reader, 0, 0x00100020, text, sizeof text));
    CHECK_STR(text, "");
    CHECK_INT(dw_dirreader_sequence_items(reader, 0, 0x00880200), -1);
    CHECK(!dw_dirreader_value(reader, 99, 0x00100010, &raw, &size));
    done(reader, folder);
}

static void a_loop_of_records_ends_and_is_counted(void)
{
    static const struct record loop[] = {
        {"PATIENT", 1, NOWHERE, NULL, 0, NULL, NULL},
        {"PATIENT", 0, 1, NULL, 0, NULL, NULL}, /* back to the first, and below itself */
    };
    char folder[64];
    struct dw_dir_head head;
    dw_dirreader *reader = open_directory(test_folder(folder), loop, 2, 0, 1);
    dw_dirreader_head(reader, &head);
    CHECK_INT(dw_dirreader_count(reader), 2);
    CHECK_INT(head.bad_links, 2);
    CHECK_INT(head.unreachable, 0);
    done(reader, folder);
}

static void a_record_that_nothing_points_to_is_still_told(void)
{
    static const struct record lost[] = {
        {"PATIENT", INTO_THE_VOID, NOWHERE, NULL, 0, NULL, NULL},
        {"IMAGE", NOWHERE, NOWHERE, "LOST", 0, NULL, NULL},
    };
    char folder[64];
    struct dw_dir_head head;
    struct dw_dir_record r;
    dw_dirreader *reader = open_directory(test_folder(folder), lost, 2, 0, 0);
    dw_dirreader_head(reader, &head);
    CHECK_INT(head.unreachable, 1);
    CHECK_INT(head.bad_links, 1);
    dw_dirreader_record(reader, 1, &r);
    CHECK(!r.reachable);
    CHECK_STR(r.file_id, "LOST");
    CHECK_INT(r.parent, -1);
    done(reader, folder);
}

static void an_empty_directory_is_a_directory(void)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    dw_dirreader *reader = NULL;
    struct dw_buf buf;
    struct dw_meta meta = {DIRECTORY_CLASS, "1.2.3.99", EXPLICIT_LE, NULL, NULL, NULL};
    dw_elements *set = dw_elements_new();
    test_folder(folder);
    snprintf(path, sizeof path, "%s/DICOMDIR", folder);
    dw_buf_init(&buf, 65536);
    CHECK_OK(dw_meta_build(&meta, &buf, &err), err);
    dw_elements_u32(set, 0x00041200, 0);
    dw_elements_u32(set, 0x00041202, 0);
    dw_elements_item(set, 0x00041220, NULL);
    CHECK_OK(dw_elements_write(set, &buf, &err), err);
    CHECK_OK(dw_file_save(NULL, path, buf.data, buf.size, &err), err);
    CHECK_OK(dw_dirreader_open(path, &reader, &err), err);
    CHECK_INT(dw_dirreader_count(reader), 0);
    dw_buf_done(&buf);
    dw_elements_free(set);
    done(reader, folder);
}

static void what_is_no_directory_is_refused_with_a_sentence(void)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    dw_dirreader *reader = NULL;
    test_folder(folder);
    snprintf(path, sizeof path, "%s/DICOMDIR", folder);
    CHECK_INT(dw_dirreader_open(path, &reader, &err), DW_ERR_NOT_FOUND);
    CHECK_OK(dw_file_save(NULL, path, "hello, I am a text", 18, &err), err);
    CHECK_INT(dw_dirreader_open(path, &reader, &err), DW_ERR_CORRUPT);
    CHECK(err.text[0] != '\0');
    write_directory(path, good, DW_ARRAY_LEN(good), 0, 4);
    struct dw_buf buf = {0};
    CHECK_OK(dw_file_read_all(path, 1 << 20, &buf, &err), err);
    CHECK_OK(dw_file_save(NULL, path, buf.data, buf.size - 20, &err), err);
    CHECK_INT(dw_dirreader_open(path, &reader, &err), DW_ERR_CORRUPT); /* cut short */
    CHECK(reader == NULL);
    dw_buf_done(&buf);
    done(NULL, folder);
}

TESTS(TEST(records_come_depth_first_with_their_place),
      TEST(keys_are_utf8_by_the_character_set_of_their_record),
      TEST(a_loop_of_records_ends_and_is_counted),
      TEST(a_record_that_nothing_points_to_is_still_told), TEST(an_empty_directory_is_a_directory),
      TEST(what_is_no_directory_is_refused_with_a_sentence))
