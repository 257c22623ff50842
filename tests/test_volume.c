#include <sys/stat.h>

#include "base/file.h"
#include "fileset_fixture.h"
#include "layout/fileset/volume.h"
#include "test.h"

static dw_catalog *catalog_of(const char *const *patients, size_t count, unsigned each)
{
    dw_catalog *catalog = NULL;
    struct dw_error err = {0};
    struct dw_catalog_opts opts = {.profile = dw_profile_of_media(DW_MEDIA_CD)};
    CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
    for (size_t p = 0; p < count; p++)
        for (unsigned i = 1; i <= each; i++) {
            struct dw_object o = fixture_object(patients[p], (unsigned)p + 1, 1, i);
            CHECK_OK(fixture_add(catalog, catalog->entry_count + 1, &o, &err), err);
        }
    return catalog;
}
#define PATIENTS(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static struct dw_volume_opts opts_of(uint64_t capacity)
{
    return (struct dw_volume_opts){.media = DW_MEDIA_CD, .capacity_bytes = capacity,
                                   .made_at_s = 1767225600, .seed = {7}};
}

static dw_status plan(dw_catalog *catalog, const struct dw_volume_opts *opts,
                      struct dw_volumes *volumes, struct dw_error *err)
{
    dw_status st = dw_catalog_arrange(catalog, opts->made_at_s, err);
    return st != DW_OK ? st : dw_volumes_plan(catalog, opts, volumes, err);
}

static void no_disc_holds_two_patients(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1", "B2", "C3"), 4);
    struct dw_volume_opts opts = opts_of(0);
    struct dw_volumes volumes = {0};
    struct dw_error err = {0};
    CHECK_OK(plan(catalog, &opts, &volumes, &err), err);
    CHECK_INT(volumes.count, 3);
    for (size_t v = 0; v < volumes.count; v++) {
        CHECK_INT(volumes.rows[v].of, 1);
        CHECK_INT(volumes.rows[v].slice.count, 4);
        for (uint32_t i = 0; i < volumes.rows[v].slice.count; i++)
            CHECK_INT(dw_entry_patient_index(catalog, dw_slice_entry(&volumes.rows[v].slice, i)),
                      volumes.rows[v].patient);
    }
    dw_volumes_done(&volumes);
    opts.one_patient = true;
    CHECK_INT(dw_volumes_plan(catalog, &opts, &volumes, &err), DW_ERR_CONFLICT);
    CHECK_HAS(err.text, "more than one patient");
    dw_catalog_free(catalog);
}

static void one_id_of_two_issuers_is_two_patients(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 1);
    struct dw_object o = fixture_object("A1", 2, 1, 9);
    struct dw_error err = {0};
    snprintf(o.issuer, sizeof o.issuer, "ELSEWHERE");
    CHECK_OK(fixture_add(catalog, 9, &o, &err), err);
    CHECK_INT(catalog->patient_count, 2);
    dw_catalog_free(catalog);
}

static void what_an_object_leaves_open_is_no_second_patient(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 1);
    struct dw_error err = {0};
    struct dw_object o = fixture_object("A1", 2, 1, 9);
    snprintf(o.issuer, sizeof o.issuer, "ELSEWHERE");
    CHECK_OK(fixture_add(catalog, 9, &o, &err), err);
    o = fixture_object("A1", 2, 1, 10); /* of the same study, without the issuer */
    CHECK_OK(fixture_add(catalog, 10, &o, &err), err);
    CHECK_INT(catalog->patient_count, 2);
    CHECK_INT(dw_entry_patient_index(catalog, &catalog->entries[2]),
              dw_entry_patient_index(catalog, &catalog->entries[1]));
    dw_catalog_free(catalog);

    catalog = catalog_of(PATIENTS("A1"), 1);
    catalog->opts.one_patient = true; /* an order whose studies were locked to one person */
    o = fixture_object("A1", 2, 1, 9);
    snprintf(o.issuer, sizeof o.issuer, "ELSEWHERE");
    CHECK_OK(fixture_add(catalog, 9, &o, &err), err);
    CHECK_INT(catalog->patient_count, 1);
    o = fixture_object("A1", 2, 1, 10);
    snprintf(o.issuer, sizeof o.issuer, "THIRD PLACE"); /* but a contradiction is one */
    CHECK_OK(fixture_add(catalog, 10, &o, &err), err);
    CHECK_INT(catalog->patient_count, 2);
    dw_catalog_free(catalog);
}

static void one_id_under_two_names_or_birth_dates_is_two_patients(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 1);
    struct dw_error err = {0};
    struct dw_object o = fixture_object("A1", 2, 1, 9);
    snprintf(o.patient_name, sizeof o.patient_name, "test^a1^"); /* the same name, written otherwise */
    snprintf(o.birth_date, sizeof o.birth_date, "19500101");
    CHECK_OK(fixture_add(catalog, 9, &o, &err), err);
    o = fixture_object("A1", 3, 1, 10);
    o.patient_name[0] = '\0'; /* says nothing, contradicts nothing */
    CHECK_OK(fixture_add(catalog, 10, &o, &err), err);
    CHECK_INT(catalog->patient_count, 1);
    o = fixture_object("A1", 4, 1, 11);
    snprintf(o.patient_name, sizeof o.patient_name, "Other^Person");
    CHECK_OK(fixture_add(catalog, 11, &o, &err), err);
    CHECK_INT(catalog->patient_count, 2);
    o = fixture_object("A1", 5, 1, 12);
    snprintf(o.birth_date, sizeof o.birth_date, "19700101");
    CHECK_OK(fixture_add(catalog, 12, &o, &err), err);
    CHECK_INT(catalog->patient_count, 3);
    o = fixture_object("A1", 6, 1, 13); /* again of the second */
    snprintf(o.patient_name, sizeof o.patient_name, "Other^Person");
    CHECK_OK(fixture_add(catalog, 13, &o, &err), err);
    CHECK_INT(catalog->patient_count, 3);
    CHECK_INT(dw_entry_patient_index(catalog, &catalog->entries[5]), 1);
    dw_catalog_free(catalog);
}

static void without_an_id_two_studies_are_two_patients_unless_name_and_birth_date_agree(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 1);
    struct dw_error err = {0};
    for (unsigned i = 2; i <= 5; i++) {
        struct dw_object o = fixture_object("", i, 1, 1);
        if (i >= 4)
            snprintf(o.birth_date, sizeof o.birth_date, "19660317");
        CHECK_OK(fixture_add(catalog, i, &o, &err), err);
    }
    CHECK_INT(catalog->patient_count, 4); /* A1, two of unknown people, one of name and date */
    dw_catalog_free(catalog);
}

static void without_an_id_two_names_in_one_study_are_two_patients(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 1);
    struct dw_error err = {0};
    for (unsigned i = 1; i <= 4; i++) {
        struct dw_object o = fixture_object("", 2, 1, i);
        snprintf(o.patient_name, sizeof o.patient_name, i % 2 ? "One^Person" : "Other^Person");
        CHECK_OK(fixture_add(catalog, i + 1, &o, &err), err);
    }
    CHECK_INT(catalog->patient_count, 3); /* A1 and the two */
    CHECK_INT(dw_entry_patient_index(catalog, &catalog->entries[1]), 1);
    CHECK_INT(dw_entry_patient_index(catalog, &catalog->entries[2]), 2);
    CHECK_INT(dw_entry_patient_index(catalog, &catalog->entries[3]), 1);
    CHECK_INT(dw_entry_patient_index(catalog, &catalog->entries[4]), 2);
    dw_catalog_free(catalog);
}

static void a_study_too_large_for_one_disc_goes_on_several_that_fit(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 400);
    struct dw_volume_opts opts = opts_of(2000000);
    struct dw_volumes volumes = {0};
    struct dw_error err = {0};
    char dir[64];
    uint32_t objects = 0;
    test_folder(dir);
    CHECK_OK(plan(catalog, &opts, &volumes, &err), err);
    CHECK(volumes.count >= 3);
    for (size_t v = 0; v < volumes.count; v++) {
        dw_tree *tree = NULL;
        dw_plan *disc = NULL;
        objects += volumes.rows[v].slice.count;
        CHECK_INT(volumes.rows[v].n, v + 1);
        CHECK_INT(volumes.rows[v].of, volumes.count);
        CHECK_OK(dw_volume_make_tree(&volumes.rows[v], &opts, dir, NULL, 0, &tree, &err), err);
        CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, opts.capacity_bytes, &disc, &err), err);
        dw_plan_free(disc);
        dw_tree_free(tree);
    }
    CHECK_INT(objects, 400);
    dw_volumes_done(&volumes);
    dw_catalog_free(catalog);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void an_object_larger_than_the_medium_is_left_off_and_named(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 3);
    struct dw_object o = fixture_object("A1", 1, 1, 99);
    struct dw_volume_opts opts = opts_of(2000000);
    struct dw_volumes volumes = {0};
    struct dw_error err = {0};
    o.size_bytes = 3000000;
    CHECK_OK(fixture_add(catalog, 99, &o, &err), err);
    o = fixture_object("A1", 1, 1, 98);
    o.size_bytes = 1999000; /* fits, but not with a directory beside it */
    CHECK_OK(fixture_add(catalog, 98, &o, &err), err);
    CHECK_OK(plan(catalog, &opts, &volumes, &err), err);
    CHECK_INT(volumes.count, 1);
    CHECK_INT(volumes.rows[0].slice.count, 3);
    CHECK_STR(catalog->entries[3].reason, "it is larger than the medium");
    CHECK_STR(catalog->entries[4].reason, "it is larger than the medium");
    dw_volumes_done(&volumes);
    dw_catalog_free(catalog);
}

static void the_same_seed_gives_the_same_names_and_another_gives_others(void)
{
    struct dw_volumes a = {0}, b = {0}, c = {0};
    struct dw_volume_opts opts = opts_of(0);
    struct dw_error err = {0};
    dw_catalog *catalog = catalog_of(PATIENTS("A1", "B2"), 2);
    CHECK_OK(plan(catalog, &opts, &a, &err), err);
    CHECK_OK(plan(catalog, &opts, &b, &err), err);
    opts.seed[0] = 8;
    CHECK_OK(plan(catalog, &opts, &c, &err), err);
    CHECK_STR(a.rows[1].fileset_uid, b.rows[1].fileset_uid);
    CHECK_STR(a.rows[1].fileset_id, b.rows[1].fileset_id);
    CHECK(strcmp(a.rows[0].fileset_uid, a.rows[1].fileset_uid) != 0);
    CHECK(strcmp(a.rows[0].fileset_uid, c.rows[0].fileset_uid) != 0);
    CHECK(dw_uid_is_valid(a.rows[0].fileset_uid));
    CHECK_INT(strlen(a.rows[0].fileset_id), 16);
    dw_volumes_done(&a);
    dw_volumes_done(&b);
    dw_volumes_done(&c);
    dw_catalog_free(catalog);
}

static void the_directory_lies_first_and_the_manifest_last(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 3);
    struct dw_volume_opts opts = opts_of(0);
    struct dw_volumes volumes = {0};
    struct dw_error err = {0};
    struct dw_tree_file file;
    struct dw_volume_file extra = {"/nowhere/index", "/INDEX.HTM", 5, NULL};
    char dir[64];
    dw_tree *tree = NULL;
    test_folder(dir);
    CHECK_OK(plan(catalog, &opts, &volumes, &err), err);
    CHECK_OK(dw_volume_make_tree(&volumes.rows[0], &opts, dir, &extra, 1, &tree, &err), err);
    size_t count = dw_tree_file_count(tree);
    CHECK_INT(count, 6);
    dw_tree_file(tree, 0, &file);
    CHECK_STR(file.disc_path, "/DICOMDIR");
    dw_tree_file(tree, 1, &file);
    CHECK_STR(file.disc_path, "/INDEX.HTM");
    dw_tree_file(tree, 2, &file);
    CHECK_STR(file.disc_path, "/DICOM/ST000001/SE000001/IM000001");
    dw_tree_file(tree, count - 1, &file);
    CHECK_STR(file.disc_path, "/MANIFEST.TXT");
    dw_tree_free(tree);
    dw_volumes_done(&volumes);
    dw_catalog_free(catalog);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void what_must_be_converted_first_is_not_forgotten(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 1);
    struct dw_object o = fixture_object("A1", 1, 1, 2);
    struct dw_error err = {0};
    struct dw_buf record = {0};
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, JPEG_LOSSLESS);
    CHECK_OK(fixture_add(catalog, 2, &o, &err), err);
    CHECK_INT(catalog->pending, 1);
    CHECK_INT(dw_catalog_arrange(catalog, 0, &err), DW_ERR_CONFLICT);
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, DW_TS_EXPLICIT_LE);
    o.size_bytes = 12345;
    fixture_record(&o, "", &record);
    struct dw_objects_row row = {.number = 2, .path = "/derived/2", .object = &o,
                                 .record = record.data, .record_size = record.size};
    CHECK_OK(dw_catalog_replace(catalog, 1, &row, &err), err);
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    CHECK_INT(catalog->order_count, 2);
    CHECK_STR(catalog->entries[1].path, "/derived/2");
    CHECK_INT(catalog->entries[1].size_bytes, 12345);
    dw_buf_done(&record);
    dw_catalog_free(catalog);
}

static void a_dvd_needs_no_converting_of_jpeg(void)
{
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 1);
    struct dw_object o = fixture_object("A1", 1, 1, 2);
    struct dw_error err = {0};
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, JPEG_LOSSLESS);
    CHECK_OK(fixture_add(catalog, 2, &o, &err), err);
    CHECK_OK(dw_catalog_set_profile(catalog, dw_profile_of_media(DW_MEDIA_DVD), &err), err);
    CHECK_INT(catalog->pending, 0);
    dw_catalog_free(catalog);
}

static void save_text(const char *dir, const char *name, const char *text, char *path, size_t size)
{
    struct dw_error err = {0};
    snprintf(path, size, "%s/%s", dir, name);
    CHECK_OK(dw_file_save(NULL, path, text, strlen(text), &err), err);
}

static void the_same_object_twice_is_taken_once_and_a_different_one_lies_apart(void)
{
    char dir[64], a[96], b[96], c[96];
    dw_catalog *catalog = catalog_of(PATIENTS("A1"), 0);
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    struct dw_buf record = {0};
    struct dw_error err = {0};
    test_folder(dir);
    save_text(dir, "a", "first", a, sizeof a);
    save_text(dir, "b", "first", b, sizeof b);
    save_text(dir, "c", "other", c, sizeof c);
    o.size_bytes = 5;
    fixture_record(&o, "", &record);
    const char *paths[] = {a, b, c};
    for (unsigned i = 0; i < 3; i++) {
        struct dw_objects_row row = {.number = i + 1, .path = paths[i], .object = &o,
                                     .record = record.data, .record_size = record.size};
        CHECK_OK(dw_catalog_add(catalog, &row, &err), err);
    }
    CHECK_INT(catalog->duplicates, 1);
    CHECK_INT(catalog->entry_count, 2);
    CHECK_INT(catalog->entries[1].number, 3);
    CHECK_INT(catalog->entries[1].state, DW_ENTRY_READY);
    CHECK_INT(catalog->entries[1].layer, 1);
    dw_buf_done(&record);
    dw_catalog_free(catalog);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

TESTS(TEST(no_disc_holds_two_patients), TEST(one_id_of_two_issuers_is_two_patients),
      TEST(what_an_object_leaves_open_is_no_second_patient),
      TEST(one_id_under_two_names_or_birth_dates_is_two_patients),
      TEST(without_an_id_two_studies_are_two_patients_unless_name_and_birth_date_agree),
      TEST(without_an_id_two_names_in_one_study_are_two_patients),
      TEST(a_study_too_large_for_one_disc_goes_on_several_that_fit),
      TEST(an_object_larger_than_the_medium_is_left_off_and_named),
      TEST(the_same_seed_gives_the_same_names_and_another_gives_others),
      TEST(the_directory_lies_first_and_the_manifest_last),
      TEST(what_must_be_converted_first_is_not_forgotten), TEST(a_dvd_needs_no_converting_of_jpeg),
      TEST(the_same_object_twice_is_taken_once_and_a_different_one_lies_apart))
