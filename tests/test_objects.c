#include "fileset_fixture.h"
#include "layout/fileset/objects.h"
#include "test.h"
#include "base/file.h"

static void write_list(const char *path, unsigned rows, const struct dw_objects_identity *identity)
{
    dw_objects_writer *writer = NULL;
    struct dw_error err = {0};
    struct dw_buf record = {0};
    CHECK_OK(dw_objects_create(path, identity, &writer, &err), err);
    for (unsigned i = 1; i <= rows; i++) {
        struct dw_object o = fixture_object("A1", 1, 1, i);
        fixture_record(&o, "", &record);
        struct dw_objects_row row = {.number = i, .path = "/spool/0/1", .has_sha256 = i % 2 == 0,
                                     .object = &o, .record = record.data,
                                     .record_size = record.size};
        memset(row.sha256, (int)i, sizeof row.sha256);
        CHECK_OK(dw_objects_write(writer, &row, &err), err);
    }
    CHECK_INT(access(path, F_OK), -1); /* not before it is whole */
    CHECK_OK(dw_objects_publish(writer, &err), err);
    dw_objects_writer_free(writer);
    dw_buf_done(&record);
}

static void what_was_written_is_read_again(void)
{
    char dir[64], path[96];
    struct dw_objects_identity id = {.patient_id = "A1", .patient_name = "Müller^Anna"}, got = {0};
    dw_objects_reader *reader = NULL;
    struct dw_error err = {0};
    struct dw_objects_row row;
    bool more = true;
    snprintf(path, sizeof path, "%s/objects", test_folder(dir));
    write_list(path, 3, &id);
    CHECK_OK(dw_objects_open(path, &reader, &err), err);
    CHECK(dw_objects_identity(reader, &got));
    CHECK_STR(got.patient_name, "Müller^Anna");
    for (unsigned i = 1; i <= 3; i++) {
        CHECK_OK(dw_objects_read(reader, &row, &more, &err), err);
        CHECK(more);
        CHECK_INT(row.number, i);
        CHECK_STR(row.path, "/spool/0/1");
        CHECK_INT(row.has_sha256, i % 2 == 0);
        CHECK_INT(row.object->instance_number, i);
        CHECK_INT(row.object->size_bytes, 9000);
        CHECK(row.record_size > 100);
    }
    CHECK_INT(row.sha256[31], 0); /* the third has none */
    CHECK_OK(dw_objects_read(reader, &row, &more, &err), err);
    CHECK(!more);
    dw_objects_reader_free(reader);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void a_list_without_identity_says_so(void)
{
    char dir[64], path[96];
    struct dw_objects_identity got = {0};
    dw_objects_reader *reader = NULL;
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/objects", test_folder(dir));
    write_list(path, 1, NULL);
    CHECK_OK(dw_objects_open(path, &reader, &err), err);
    CHECK(!dw_objects_identity(reader, &got));
    dw_objects_reader_free(reader);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static dw_status read_all(const char *path)
{
    dw_objects_reader *reader = NULL;
    struct dw_objects_row row;
    bool more = true;
    dw_status st = dw_objects_open(path, &reader, NULL);
    while (st == DW_OK && more)
        st = dw_objects_read(reader, &row, &more, NULL);
    dw_objects_reader_free(reader);
    return st;
}

static void a_list_cut_at_any_byte_is_noticed(void)
{
    char dir[64], path[96];
    struct dw_buf whole = {0};
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/objects", test_folder(dir));
    write_list(path, 2, NULL);
    CHECK_OK(dw_file_read_all(path, 1 << 20, &whole, &err), err);
    CHECK_INT(read_all(path), DW_OK);
    for (size_t n = 0; n < whole.size; n += 7) {
        CHECK_OK(dw_file_save(NULL, path, whole.data, n, &err), err);
        CHECK_INT(read_all(path), DW_ERR_CORRUPT);
    }
    dw_buf_done(&whole);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

/* What JSON can say of an object, all of it, and a path that is no UTF-8. */
static void nothing_of_an_object_is_lost_in_a_list(void)
{
    char dir[64], path[96];
    static const char *const texts[] = {
        "patient_name", "patient_id", "issuer", "study_uid", "study_id", "accession",
        "study_description", "institution", "referring_physician", "series_uid",
        "series_description", "sop_class", "sop_instance", "transfer_syntax", "charset",
        "birth_date", "sex", "study_date", "study_time", "modality", "photometric"};
    static const char *const numbers[] = {"series_number", "instance_number", "rows", "columns",
                                          "frames", "bits_allocated", "bits_stored",
                                          "samples_per_pixel", "dataset_offset", "size_bytes"};
    json_t *full = json_object();
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++)
        json_object_set_new(full, texts[i], json_sprintf("\xC3\xA4%zu", i));
    for (size_t i = 0; i < DW_ARRAY_LEN(numbers); i++)
        json_object_set_new(full, numbers[i], json_integer((json_int_t)(1000 + i)));
    json_object_set_new(full, "has_pixels", json_true());
    json_object_set_new(full, "has_meta", json_true());
    struct dw_error err = {0};
    struct dw_object o, empty;
    dw_object_init(&empty);
    CHECK_OK(dw_object_from_json(full, &o, &err), err);
    json_t *said = dw_object_to_json(&o);
    CHECK(json_equal(said, full)); /* or the test no longer knows every member */

    dw_objects_writer *writer = NULL;
    dw_objects_reader *reader = NULL;
    snprintf(path, sizeof path, "%s/objects", test_folder(dir));
    struct dw_objects_row row = {.number = 1ULL << 40, .path = "/spool/\xFF", .object = &o,
                                 .record = "r", .record_size = 1};
    CHECK_OK(dw_objects_create(path, NULL, &writer, &err), err);
    CHECK_OK(dw_objects_write(writer, &row, &err), err);
    row.object = &empty;
    CHECK_OK(dw_objects_write(writer, &row, &err), err);
    CHECK_OK(dw_objects_publish(writer, &err), err);
    dw_objects_writer_free(writer);
    bool more = false;
    CHECK_OK(dw_objects_open(path, &reader, &err), err);
    CHECK_OK(dw_objects_read(reader, &row, &more, &err), err);
    CHECK_INT(row.number, 1LL << 40);
    CHECK_STR(row.path, "/spool/\xFF");
    json_t *got = dw_object_to_json(row.object);
    CHECK(json_equal(got, full));
    CHECK_OK(dw_objects_read(reader, &row, &more, &err), err);
    CHECK_INT(row.object->instance_number, INT64_MIN);
    CHECK_STR(row.object->patient_name, "");
    dw_objects_reader_free(reader);
    json_decref(got);
    json_decref(said);
    json_decref(full);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void a_list_given_up_leaves_nothing(void)
{
    char dir[64], path[96], part[128];
    dw_objects_writer *writer = NULL;
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/objects", test_folder(dir));
    snprintf(part, sizeof part, "%s.part", path);
    CHECK_OK(dw_objects_create(path, NULL, &writer, &err), err);
    CHECK_INT(access(part, F_OK), 0);
    dw_objects_writer_free(writer);
    CHECK_INT(access(part, F_OK), -1);
    CHECK_INT(access(path, F_OK), -1);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

TESTS(TEST(what_was_written_is_read_again), TEST(a_list_without_identity_says_so),
      TEST(a_list_cut_at_any_byte_is_noticed), TEST(a_list_given_up_leaves_nothing),
      TEST(nothing_of_an_object_is_lost_in_a_list))
