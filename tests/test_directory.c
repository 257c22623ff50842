#include "base/file.h"
#include "fileset_fixture.h"
#include "layout/fileset/directory.h"
#include "layout/fileset/icons.h"
#include "test.h"

static dw_catalog *new_catalog(void)
{
    dw_catalog *catalog = NULL;
    struct dw_error err = {0};
    struct dw_catalog_opts opts = {.profile = dw_profile_of_media(DW_MEDIA_CD)};
    CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
    return catalog;
}

static void add(dw_catalog *catalog, const struct dw_object *o)
{
    struct dw_error err = {0};
    CHECK_OK(fixture_add(catalog, catalog->entry_count + 1, o, &err), err);
}

static void arrange(dw_catalog *catalog)
{
    struct dw_error err = {0};
    CHECK_OK(dw_catalog_arrange(catalog, 1767225600, &err), err); /* 2026-01-01 */
}

/* --- a reader of its own: nothing of the writer --- */

static uint32_t le32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
struct seen {
    const struct dw_buf *file;
    char types[256]; /* first letters in the order of a walk over the offsets */
    unsigned records;
};
static bool find(const struct dw_buf *file, uint32_t item, uint32_t tag, struct dw_key *out)
{
    return dw_keys_find((const uint8_t *)file->data + item + 8, le32(file->data + item + 4), tag, out);
}
static void note(struct seen *seen, char c)
{
    size_t n = strlen(seen->types);
    if (n + 1 < sizeof seen->types)
        seen->types[n] = c;
}
static void walk(struct seen *seen, uint32_t offset)
{
    while (offset) {
        struct dw_key key;
        if (offset + 8 > seen->file->size || le32(seen->file->data + offset) != 0xE000FFFE ||
            seen->records > 200) {
            CHECK(!"an offset points at no item");
            return;
        }
        seen->records++;
        CHECK(find(seen->file, offset, 0x00041430, &key));
        note(seen, (char)key.value[0]);
        CHECK(find(seen->file, offset, 0x00041410, &key) && key.value[0] == 0xFF);
        CHECK(find(seen->file, offset, 0x00041420, &key));
        uint32_t lower = le32((const char *)key.value);
        if (lower) {
            note(seen, '(');
            walk(seen, lower);
            note(seen, ')');
        }
        CHECK(find(seen->file, offset, 0x00041400, &key));
        offset = le32((const char *)key.value);
    }
}

static void save(const dw_catalog *catalog, struct dw_buf *out)
{
    char dir[64], path[96];
    struct dw_error err = {0};
    struct dw_slice slice = {catalog, 0, catalog->order_count};
    struct dw_directory_opts opts = {.fileset_id = "TEST_1", .fileset_uid = "2.25.77"};
    uint64_t size = 0;
    snprintf(path, sizeof path, "%s/DICOMDIR", test_folder(dir));
    CHECK_OK(dw_directory_save(&slice, &opts, path, &size, NULL, &err), err);
    CHECK_OK(dw_file_read_all(path, 1 << 24, out, &err), err);
    CHECK_INT(size, out->size);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

/* (0004,1200) follows the meta header and the File-set ID. */
static uint32_t root_of(const struct dw_buf *file)
{
    static const char head[] = {4, 0, 0, 0x12, 'U', 'L', 4, 0};
    const char *at = memmem(file->data, file->size, head, sizeof head);
    CHECK(at != NULL);
    return at ? le32(at + 8) : 0;
}

static void offsets_link_patient_studies_series_and_images(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_buf file = {0};
    for (unsigned study = 1; study <= 2; study++)
        for (unsigned series = 1; series <= 2; series++)
            for (unsigned i = 1; i <= 3; i++) {
                struct dw_object o = fixture_object("A1", study, series, i);
                add(catalog, &o);
            }
    arrange(catalog);
    save(catalog, &file);
    struct seen seen = {.file = &file};
    walk(&seen, root_of(&file));
    CHECK_STR(seen.types, "P(S(S(III)S(III))S(S(III)S(III)))");
    dw_buf_done(&file);
    dw_catalog_free(catalog);
}

static void the_order_of_arrival_does_not_matter(void)
{
    struct dw_buf one = {0}, other = {0};
    dw_catalog *a = new_catalog(), *b = new_catalog();
    for (unsigned i = 1; i <= 6; i++) {
        struct dw_object o = fixture_object("A1", 1 + i % 2, 1, i);
        add(a, &o);
        o = fixture_object("A1", 1 + (7 - i) % 2, 1, 7 - i);
        add(b, &o);
    }
    arrange(a);
    arrange(b);
    save(a, &one);
    save(b, &other);
    CHECK_INT(one.size, other.size);
    CHECK(one.size == other.size && memcmp(one.data, other.data, one.size) == 0);
    dw_buf_done(&one);
    dw_buf_done(&other);
    dw_catalog_free(a);
    dw_catalog_free(b);
}

/* Everything in the item of a record, by its offset; counts items by their own lengths, not by links. */
static unsigned count_items(const struct dw_buf *file)
{
    unsigned count = 0;
    uint32_t at = root_of(file), end = (uint32_t)file->size;
    while (at + 8 <= end && le32(file->data + at) == 0xE000FFFE) {
        at += 8 + le32(file->data + at + 4);
        count++;
    }
    CHECK_INT(at, end); /* the last item ends with the file */
    return count;
}

static uint32_t first_image(const struct dw_buf *file)
{
    uint32_t at = root_of(file);
    struct dw_key key;
    for (unsigned level = 0; level < 3; level++) {
        CHECK(find(file, at, 0x00041420, &key));
        at = le32((const char *)key.value);
    }
    return at;
}

static void icons_lie_in_their_place_and_offsets_stay_right(void)
{
    char dir[64], path[96];
    static uint8_t grey[128 * 128];
    struct dw_error err = {0};
    dw_catalog *catalog = new_catalog();
    struct dw_buf file = {0};
    for (unsigned i = 1; i <= 3; i++) {
        struct dw_object o = fixture_object("A1", 1, 1, i);
        add(catalog, &o);
    }
    memset(grey, 0x5A, sizeof grey);
    test_folder(dir);
    snprintf(path, sizeof path, "%s/1", dir);
    CHECK_OK(dw_file_save(NULL, path, grey, 64 * 64, &err), err);
    snprintf(path, sizeof path, "%s/3", dir);
    CHECK_OK(dw_file_save(NULL, path, grey, 128 * 128, &err), err);
    CHECK_OK(dw_icons_find(catalog, dir, &err), err);
    arrange(catalog);
    save(catalog, &file);
    struct seen seen = {.file = &file};
    walk(&seen, root_of(&file));
    CHECK_STR(seen.types, "P(S(S(III)))");
    CHECK_INT(count_items(&file), 6);
    struct dw_key key, pixels;
    CHECK(find(&file, first_image(&file), 0x00880200, &key));
    CHECK_STR(key.vr, "SQ");
    CHECK_INT(le32((const char *)key.value + 4) + 8, key.length);
    CHECK(dw_keys_find(key.value + 8, key.length - 8, 0x00280004, &pixels));
    CHECK(memcmp(pixels.value, "MONOCHROME2 ", 12) == 0);
    CHECK(dw_keys_find(key.value + 8, key.length - 8, 0x7FE00010, &pixels));
    CHECK_INT(pixels.length, 4096);
    CHECK(pixels.value[4095] == 0x5A);
    dw_buf_done(&file);
    dw_catalog_free(catalog);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void an_icon_that_is_gone_fails_the_directory(void)
{
    char dir[64], path[96];
    static const uint8_t grey[4096];
    struct dw_error err = {0};
    dw_catalog *catalog = new_catalog();
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    add(catalog, &o);
    test_folder(dir);
    snprintf(path, sizeof path, "%s/1", dir);
    CHECK_OK(dw_file_save(NULL, path, grey, sizeof grey, &err), err);
    CHECK_OK(dw_icons_find(catalog, dir, &err), err);
    arrange(catalog);
    struct dw_slice slice = {catalog, 0, catalog->order_count};
    struct dw_directory_opts opts = {.fileset_id = "", .fileset_uid = "2.25.77"};
    CHECK_INT(remove(path), 0);
    snprintf(path, sizeof path, "%s/DICOMDIR", dir);
    CHECK_INT(dw_directory_save(&slice, &opts, path, NULL, NULL, &err), DW_ERR_NOT_FOUND);
    CHECK(access(path, F_OK) != 0);
    dw_catalog_free(catalog);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void a_private_class_gets_a_private_record_that_says_whose_it_is(void)
{
    dw_catalog *catalog = NULL;
    struct dw_error err = {0};
    struct dw_buf file = {0};
    struct dw_catalog_opts opts = {.profile = dw_profile_of_media(DW_MEDIA_CD),
                                   .allow_private = true,
                                   .augmented = true};
    CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
    for (unsigned i = 1; i <= 2; i++) {
        struct dw_object o = fixture_object("A1", 1, 1, i);
        if (i == 1)
            snprintf(o.sop_class, sizeof o.sop_class, "1.3.12.2.1107.5.9.1");
        add(catalog, &o);
    }
    arrange(catalog);
    save(catalog, &file);
    struct seen seen = {.file = &file};
    struct dw_key key;
    walk(&seen, root_of(&file));
    CHECK_STR(seen.types, "P(S(S(PI)))");
    CHECK_INT(count_items(&file), 5);
    uint32_t at = first_image(&file);
    CHECK(find(&file, at, 0x00041430, &key) && memcmp(key.value, "PRIVATE ", 8) == 0);
    CHECK(find(&file, at, 0x00041432, &key));
    CHECK(key.length == 20 && memcmp(key.value, "1.3.12.2.1107.5.9.1", 20) == 0);
    CHECK(find(&file, at, 0x00041500, &key));
    dw_buf_done(&file);
    dw_catalog_free(catalog);
}

static void save_with(const dw_catalog *catalog, const struct dw_directory_opts *opts, struct dw_buf *out)
{
    char dir[64], path[96];
    struct dw_error err = {0};
    struct dw_slice slice = {catalog, 0, catalog->order_count};
    snprintf(path, sizeof path, "%s/DICOMDIR", test_folder(dir));
    CHECK_OK(dw_directory_save(&slice, opts, path, NULL, NULL, &err), err);
    CHECK_OK(dw_file_read_all(path, 1 << 24, out, &err), err);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void a_descriptor_file_is_named_and_offsets_stay_right(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_buf file = {0};
    struct dw_error err = {0};
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    struct dw_directory_opts opts = {.fileset_id = "TEST_1",
                                     .fileset_uid = "2.25.77",
                                     .descriptor_file_id = "MULTIVOL"};
    add(catalog, &o);
    arrange(catalog);
    save_with(catalog, &opts, &file);
    static const char named[] = {4, 0, 0x41, 0x11, 'C', 'S', 8, 0, 'M', 'U', 'L', 'T', 'I', 'V', 'O', 'L'};
    static const char set[] = {4, 0, 0x42, 0x11, 'C', 'S', 10, 0, 'I', 'S', 'O', '_', 'I', 'R', ' ', '1'};
    CHECK(memmem(file.data, file.size, named, sizeof named) != NULL);
    CHECK(memmem(file.data, file.size, set, sizeof set) == NULL);
    CHECK_INT(count_items(&file), 4);
    opts.charset = "ISO_IR 192";
    save_with(catalog, &opts, &file);
    CHECK(memmem(file.data, file.size, set, sizeof set) != NULL);
    CHECK_INT(count_items(&file), 4);
    struct dw_slice slice = {catalog, 0, catalog->order_count};
    opts.descriptor_file_id = "README.TXT";
    CHECK_INT(dw_directory_save(&slice, &opts, "/nowhere/DICOMDIR", NULL, NULL, &err), DW_ERR_INVALID);
    CHECK_STR(err.text, "'README.TXT' is no File ID");
    dw_buf_done(&file);
    dw_catalog_free(catalog);
}

static void an_empty_patient_id_is_filled_and_told(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    struct dw_key key;
    o.patient_id[0] = '\0';
    o.study_id[0] = o.study_date[0] = o.study_time[0] = '\0';
    o.series_number = o.instance_number = INT64_MIN;
    add(catalog, &o);
    arrange(catalog);
    const struct dw_buf *patient = &catalog->patients[0].keys.data;
    CHECK(dw_keys_find(patient->data, patient->size, 0x00100020, &key));
    CHECK(key.length >= 8 && memcmp(key.value, "NOID", 4) == 0);
    const struct dw_buf *study = &catalog->studies[0].keys.data;
    CHECK(dw_keys_find(study->data, study->size, 0x00080020, &key));
    CHECK(key.length == 8 && memcmp(key.value, "20260101", 8) == 0);
    CHECK(dw_keys_find(catalog->entries[0].keys, catalog->entries[0].keys_size, 0x00200013, &key));
    CHECK(key.length == 2 && key.value[0] == '1');
    CHECK(catalog->patients[0].repaired != 0);
    CHECK(catalog->studies[0].repaired != 0);
    CHECK(catalog->series[0].repaired != 0);
    CHECK(catalog->entries[0].repaired != 0);
    dw_catalog_free(catalog);
}

static dw_status add_with_record(dw_catalog *catalog, const struct dw_object *o, const struct dw_buf *record,
                                 struct dw_error *err)
{
    struct dw_objects_row row = {.number = catalog->entry_count + 1, .path = "/nowhere/1", .object = o,
                                 .record = record->data, .record_size = record->size};
    return dw_catalog_add(catalog, &row, err);
}

static void a_study_without_a_date_gets_the_day_it_was_made_not_that_of_the_disc(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    struct dw_buf record = {0};
    struct dw_error err = {0};
    struct dw_key key;
    o.study_date[0] = '\0';
    fixture_record(&o, "", &record);
    snprintf(o.study_date, sizeof o.study_date, "19931124"); /* as the scanner finds it elsewhere */
    CHECK_OK(add_with_record(catalog, &o, &record, &err), err);
    arrange(catalog);
    const struct dw_buf *study = &catalog->studies[0].keys.data;
    CHECK(dw_keys_find(study->data, study->size, 0x00080020, &key));
    CHECK(key.length == 8 && memcmp(key.value, "19931124", 8) == 0);
    CHECK(catalog->studies[0].repaired != 0);
    dw_buf_done(&record);
    dw_catalog_free(catalog);
}

/* What only an augmented directory has, behind the four parts of a record. */
static void add_further_parts(struct dw_buf *record)
{
    static const struct {
        uint32_t tag;
        char vr[3];
        const char *value;
    } keys[] = {{0x00101000, "LO", "OLD-1"},
                {0x00080090, "PN", "Ref^Doc"},
                {0x0008103E, "LO", "Thorax"},
                {0x00201041, "DS", "1.5"}};
    for (size_t i = 0; i < DW_ARRAY_LEN(keys); i++) {
        struct dw_buf part = {0};
        fixture_text(&part, keys[i].tag, keys[i].vr, keys[i].value);
        fixture_part(record, &part);
        dw_buf_done(&part);
    }
}

static void augmented_keys_are_written_only_when_they_are_asked_for(void)
{
    for (int augmented = 0; augmented < 2; augmented++) {
        dw_catalog *catalog = NULL;
        struct dw_buf record = {0};
        struct dw_error err = {0};
        struct dw_key key;
        struct dw_catalog_opts opts = {.profile = dw_profile_of_media(DW_MEDIA_CD),
                                       .augmented = augmented == 1};
        struct dw_object o = fixture_object("A1", 1, 1, 1);
        CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
        fixture_record(&o, "", &record);
        add_further_parts(&record);
        CHECK_OK(add_with_record(catalog, &o, &record, &err), err);
        arrange(catalog);
        const struct dw_buf *patient = &catalog->patients[0].keys.data;
        const struct dw_buf *study = &catalog->studies[0].keys.data;
        const struct dw_buf *series = &catalog->series[0].keys.data;
        const struct dw_entry *entry = &catalog->entries[0];
        CHECK_INT(dw_keys_find(patient->data, patient->size, 0x00101000, &key), augmented);
        CHECK_INT(dw_keys_find(study->data, study->size, 0x00080090, &key), augmented);
        CHECK_INT(dw_keys_find(series->data, series->size, 0x0008103E, &key), augmented);
        CHECK_INT(dw_keys_find(entry->keys, entry->keys_size, 0x00201041, &key), augmented);
        dw_buf_done(&record);
        dw_catalog_free(catalog);
    }
}

/* Objects of one patient in different character sets: the record becomes UTF-8 and says so, the records below
 * stay as they were. */
static void a_patient_in_two_character_sets_is_written_in_utf8(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_error err = {0};
    struct dw_buf record = {0}, file = {0};
    struct dw_key key;
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    snprintf(o.patient_name, sizeof o.patient_name, "M\xFCller^Anna");
    fixture_record(&o, "ISO_IR 100", &record);
    snprintf(o.patient_name, sizeof o.patient_name, "M\xC3\xBCller^Anna");
    CHECK_OK(add_with_record(catalog, &o, &record, &err), err);
    o = fixture_object("A1", 2, 1, 1);
    snprintf(o.patient_name, sizeof o.patient_name, "M\xC3\xBCller^Anna");
    fixture_record(&o, "ISO_IR 192", &record);
    struct dw_buf more = {0};
    fixture_text(&more, 0x00080005, "CS", "ISO_IR 192");
    fixture_text(&more, 0x00101000, "LO", "\xC3\x84");
    CHECK_OK(add_with_record(catalog, &o, &record, &err), err);
    CHECK_INT(catalog->patient_count, 1);
    CHECK_OK(dw_keys_merge(&catalog->patients[0].keys, more.data, more.size, &err), err);
    arrange(catalog);
    save(catalog, &file);
    CHECK(find(&file, root_of(&file), 0x00080005, &key));
    CHECK(key.length == 10 && memcmp(key.value, "ISO_IR 192", 10) == 0);
    CHECK(find(&file, root_of(&file), 0x00100010, &key));
    CHECK(key.length == 12 && memcmp(key.value, "M\xC3\xBCller^Anna", 12) == 0);
    CHECK(find(&file, root_of(&file), 0x00101000, &key) && memcmp(key.value, "\xC3\x84", 2) == 0);
    dw_buf_done(&more);
    dw_buf_done(&record);
    dw_buf_done(&file);
    dw_catalog_free(catalog);
}

static void invented_numbers_do_not_meet_real_ones(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_key key;
    for (unsigned i = 1; i <= 3; i++) {
        struct dw_object o = fixture_object("A1", 1, 1, i);
        if (i == 1)
            o.instance_number = INT64_MIN;
        add(catalog, &o);
    }
    arrange(catalog);
    const struct dw_entry *last = &catalog->entries[catalog->order[2]];
    CHECK(dw_keys_find(last->keys, last->keys_size, 0x00200013, &key));
    CHECK(key.length == 2 && key.value[0] == '4');
    dw_catalog_free(catalog);
}

static void an_upper_key_that_any_object_has_is_written(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    struct dw_key key;
    add(catalog, &o);
    o = fixture_object("A1", 1, 1, 2);
    snprintf(o.birth_date, sizeof o.birth_date, "19660317");
    add(catalog, &o);
    const struct dw_buf *patient = &catalog->patients[0].keys.data;
    CHECK(dw_keys_find(patient->data, patient->size, 0x00100030, &key));
    CHECK(key.length == 8 && memcmp(key.value, "19660317", 8) == 0);
    dw_catalog_free(catalog);
}

static void a_directory_without_instances_is_not_written(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_slice slice = {catalog, 0, 0};
    struct dw_directory_opts opts = {.fileset_id = "", .fileset_uid = "2.25.77"};
    struct dw_error err = {0};
    CHECK_INT(dw_directory_save(&slice, &opts, "/nowhere/DICOMDIR", NULL, NULL, &err),
              DW_ERR_INVALID);
    dw_catalog_free(catalog);
}

TESTS(TEST(offsets_link_patient_studies_series_and_images),
      TEST(icons_lie_in_their_place_and_offsets_stay_right),
      TEST(a_study_without_a_date_gets_the_day_it_was_made_not_that_of_the_disc),
      TEST(augmented_keys_are_written_only_when_they_are_asked_for),
      TEST(a_patient_in_two_character_sets_is_written_in_utf8),
      TEST(an_icon_that_is_gone_fails_the_directory),
      TEST(a_private_class_gets_a_private_record_that_says_whose_it_is),
      TEST(a_descriptor_file_is_named_and_offsets_stay_right),
      TEST(the_order_of_arrival_does_not_matter), TEST(an_empty_patient_id_is_filled_and_told),
      TEST(invented_numbers_do_not_meet_real_ones), TEST(an_upper_key_that_any_object_has_is_written), TEST(a_directory_without_instances_is_not_written))
