#include "base/file.h"
#include "fileset_fixture.h"
#include "layout/fileset/report.h"
#include "layout/fileset/volume.h"
#include "test.h"

#define MPEG4 "1.2.840.10008.1.2.4.102"
#define J2K "1.2.840.10008.1.2.4.90"

static dw_catalog *catalog_of(const char *profile, enum dw_forbidden forbidden)
{
    dw_catalog *catalog = NULL;
    struct dw_error err = {0};
    struct dw_catalog_opts opts = {.profile = dw_profile_find(profile), .forbidden = forbidden};
    CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
    return catalog;
}

static void add(dw_catalog *catalog, unsigned study, unsigned instance, const char *syntax)
{
    struct dw_object o = fixture_object("A1", study, 1, instance);
    struct dw_error err = {0};
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, "%s", syntax);
    o.bits_allocated = o.bits_stored = 8;
    o.samples_per_pixel = 1;
    CHECK_OK(fixture_add(catalog, catalog->entry_count + 1, &o, &err), err);
}

static void a_forbidden_object_holds_everything_until_somebody_decides(void)
{
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    struct dw_error err = {0};
    add(catalog, 1, 1, DW_TS_EXPLICIT_LE);
    add(catalog, 1, 2, MPEG4);
    CHECK_INT(catalog->forbidden, 1);
    CHECK_INT(catalog->entries[1].state, DW_ENTRY_FORBIDDEN);
    CHECK_INT(dw_catalog_arrange(catalog, 0, &err), DW_ERR_UNSUPPORTED);
    CHECK_STR(err.text, "1 object has no place in STD-GEN-CD");
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    uint64_t takers = dw_catalog_takers(catalog);
    for (size_t i = 0; i < count; i++)
        CHECK_INT(takers >> i & 1, strcmp(table[i].name, "STD-GEN-BD-MPEG4-HPLV41") == 0);
    json_t *list = dw_report_forbidden(catalog);
    CHECK_INT(json_array_size(list), 1);
    json_decref(list);
    CHECK_OK(dw_catalog_set_profile(catalog, dw_profile_find("STD-GEN-BD-MPEG4-HPLV41"), &err), err);
    CHECK_INT(catalog->forbidden, 0);
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    CHECK_INT(catalog->order_count, 2);
    dw_catalog_free(catalog);
}

static void left_off_it_is_named_and_the_rest_goes(void)
{
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_LEAVE_OFF);
    struct dw_error err = {0};
    add(catalog, 1, 1, DW_TS_EXPLICIT_LE);
    add(catalog, 1, 2, MPEG4);
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    CHECK_INT(catalog->order_count, 1);
    CHECK_HAS(catalog->entries[1].reason, "MPEG-4");
    CHECK_STR(dw_catalog_claim(catalog), "STD-GEN-CD");
    dw_catalog_free(catalog);
}

static void as_it_is_it_goes_and_the_disc_claims_nothing(void)
{
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_AS_IS);
    struct dw_error err = {0};
    struct dw_object bare = fixture_object("A1", 1, 1, 3);
    add(catalog, 1, 1, DW_TS_EXPLICIT_LE);
    CHECK_STR(dw_catalog_claim(catalog), "STD-GEN-CD");
    add(catalog, 1, 2, MPEG4);
    snprintf(bare.transfer_syntax, sizeof bare.transfer_syntax, MPEG4);
    bare.has_meta = false; /* no DICOM file: as it is it cannot be on a disc */
    CHECK_OK(fixture_add(catalog, 3, &bare, &err), err);
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    CHECK_INT(catalog->order_count, 2);
    CHECK(catalog->entries[1].as_is);
    CHECK_INT(catalog->entries[2].state, DW_ENTRY_LEFT_OFF);
    CHECK(catalog->nonconformant);
    CHECK_STR(dw_catalog_claim(catalog), "");
    dw_catalog_free(catalog);
}

static void what_could_not_be_converted_is_forbidden_too(void)
{
    for (int policy = DW_FORBIDDEN_HOLD; policy <= DW_FORBIDDEN_AS_IS; policy++) {
        static const int states[] = {DW_ENTRY_FORBIDDEN, DW_ENTRY_LEFT_OFF, DW_ENTRY_READY};
        dw_catalog *catalog = catalog_of("STD-GEN-CD", (enum dw_forbidden)policy);
        struct dw_error err = {0};
        add(catalog, 1, 1, JPEG_LOSSLESS);
        CHECK_STR(catalog->entries[0].target, DW_TS_EXPLICIT_LE);
        CHECK_OK(dw_catalog_convert_failed(catalog, 0, "the third frame is damaged", &err), err);
        CHECK_INT(catalog->pending, 0);
        CHECK_INT(catalog->entries[0].state, states[policy]);
        CHECK_STR(catalog->entries[0].reason, "the third frame is damaged");
        uint64_t takers = dw_catalog_takers(catalog); /* who takes JPEG as it is still would */
        CHECK_INT(takers & 1, 0);
        CHECK_INT(takers >> 1 & 1, 1);
        CHECK_INT(dw_catalog_convert_failed(catalog, 0, "twice", &err), DW_ERR_CONFLICT);
        dw_catalog_free(catalog);
    }
}

static void what_cannot_be_compressed_goes_without(void)
{
    dw_catalog *catalog = NULL;
    struct dw_error err = {0};
    struct dw_catalog_opts opts = {.profile = dw_profile_find("STD-GEN-DVD-J2K"), .compress = J2K};
    CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
    add(catalog, 1, 1, DW_TS_EXPLICIT_LE);
    add(catalog, 1, 2, DW_TS_IMPLICIT_LE);
    CHECK_INT(catalog->pending, 2);
    CHECK_STR(catalog->entries[1].target, J2K);
    CHECK_OK(dw_catalog_convert_failed(catalog, 0, "odd", &err), err);
    CHECK_INT(catalog->entries[0].state, DW_ENTRY_READY);
    CHECK_OK(dw_catalog_convert_failed(catalog, 1, "odd", &err), err);
    CHECK_INT(catalog->entries[1].state, DW_ENTRY_PENDING);
    CHECK_STR(catalog->entries[1].target, DW_TS_EXPLICIT_LE);
    dw_catalog_free(catalog);
}

static void the_newest_study_comes_first_and_one_without_a_date_last(void)
{
    static const char *const dates[] = {"20240105", "", "20260301", "20260301"};
    static const char *const times[] = {"0900", "0900", "0800", "1700"};
    static const unsigned order[] = {4, 3, 1, 2};
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    struct dw_error err = {0};
    for (unsigned i = 0; i < 4; i++) {
        struct dw_object o = fixture_object("A1", i + 1, 1, 1);
        snprintf(o.study_date, sizeof o.study_date, "%s", dates[i]);
        snprintf(o.study_time, sizeof o.study_time, "%s", times[i]);
        CHECK_OK(fixture_add(catalog, i + 1, &o, &err), err);
    }
    CHECK_OK(dw_catalog_arrange(catalog, 1767225600, &err), err);
    for (unsigned i = 0; i < 4; i++)
        CHECK_INT(catalog->entries[catalog->order[i]].number, order[i]);
    dw_catalog_free(catalog);
}

/* Three contents under one UID, two of one patient's and one of another's, and one of them twice. */
static void different_content_under_one_uid_lies_on_discs_of_its_own(void)
{
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    struct dw_volumes volumes = {0};
    struct dw_volume_opts opts = {.media = DW_MEDIA_CD, .made_at_s = 1767225600};
    struct dw_error err = {0};
    struct dw_buf text = {0};
    for (unsigned i = 1; i <= 4; i++) {
        struct dw_object o = fixture_object(i == 4 ? "B2" : "A1", 1, 1, 1);
        o.size_bytes = 9000 + i; /* paths that cannot be read: size alone tells them apart */
        CHECK_OK(fixture_add(catalog, i, &o, &err), err);
    }
    CHECK_OK(dw_catalog_arrange(catalog, opts.made_at_s, &err), err);
    CHECK_OK(dw_volumes_plan(catalog, &opts, &volumes, &err), err);
    CHECK_INT(volumes.count, 4);
    for (size_t i = 0; i < volumes.count; i++) {
        CHECK_INT(volumes.rows[i].slice.count, 1);
        CHECK_INT(volumes.rows[i].of, i < 3 ? 3 : 1);
    }
    CHECK(strcmp(volumes.rows[0].fileset_uid, volumes.rows[1].fileset_uid) != 0);
    json_t *report = dw_report_json(&volumes.rows[1]);
    json_t *apart = json_object_get(report, "kept_apart");
    CHECK_INT(json_array_size(apart), 2);
    CHECK_INT(json_integer_value(json_object_get(json_array_get(apart, 1), "other")), 3);
    CHECK_INT(json_integer_value(json_object_get(json_array_get(apart, 1), "disc")), 3);
    json_decref(report);
    CHECK_OK(dw_report_text(&volumes.rows[0], &text, &err), err);
    CHECK_HAS(text.data, "Disc 1 of 3\r\n");
    CHECK_HAS(text.data, "also kept apart on disc 2 of 3");
    CHECK_OK(dw_report_text(&volumes.rows[3], &text, &err), err);
    CHECK_INT(text.size, 0); /* the other patient's disc knows nothing of it */
    dw_buf_done(&text);
    dw_volumes_done(&volumes);
    dw_catalog_free(catalog);
}

/* A modality that gives all its images one UID must not cost the others theirs. */
static void more_contents_under_one_uid_than_discs_are_left_off_and_named(void)
{
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    struct dw_error err = {0};
    for (unsigned i = 1; i <= DW_LAYERS_MAX + 4; i++) {
        struct dw_object o = fixture_object(i == 20 ? "B2" : "A1", 1, 1, 1);
        o.size_bytes = 9000 + i;
        CHECK_OK(fixture_add(catalog, i, &o, &err), err);
    }
    CHECK_OK(dw_catalog_set_profile(catalog, dw_profile_find("STD-GEN-CD"), &err), err);
    for (unsigned i = 0; i < catalog->entry_count; i++) {
        bool crowded = i >= DW_LAYERS_MAX && i != 19;
        CHECK_INT(catalog->entries[i].state, crowded ? DW_ENTRY_LEFT_OFF : DW_ENTRY_READY);
        if (crowded)
            CHECK_HAS(catalog->entries[i].reason, "SOP Instance UID");
    }
    CHECK_INT(catalog->entries[19].layer, 0); /* another patient's */
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    CHECK_INT(catalog->order_count, DW_LAYERS_MAX + 1);
    dw_catalog_free(catalog);
}

static const char *choose(const dw_catalog *catalog, const char *const *names, size_t count)
{
    const struct dw_blank *blanks[8] = {NULL}, *chosen = NULL;
    struct dw_error err = {0};
    for (size_t i = 0; i < count; i++)
        blanks[i] = dw_blank_find(names[i]);
    CHECK_OK(dw_volumes_choose(catalog, blanks, count, 0, &chosen, &err), err);
    return chosen ? chosen->name : NULL;
}
#define ALL (const char *const[]){"bd-100", "cd", "dvd-dl", "bd", "dvd"}, 5
#define SMALL (const char *const[]){"dvd", "cd"}, 2

static void add_large(dw_catalog *catalog, unsigned count, uint64_t megabytes)
{
    struct dw_error err = {0};
    for (unsigned i = 0; i < count; i++) {
        struct dw_object o = fixture_object("A1", 1, 1, i + 1);
        o.size_bytes = megabytes * 1000000;
        CHECK_OK(fixture_add(catalog, i + 1, &o, &err), err);
    }
}

static void the_smallest_blank_that_needs_the_fewest_discs_is_chosen(void)
{
    static const struct {
        unsigned count;
        uint64_t megabytes;
        const char *chosen;
    } cases[] = {{3, 200, "cd"},     {5, 200, "dvd"},      {30, 200, "dvd-dl"},
                 {100, 200, "bd"}, {3, 11000, "bd-100"}, {30, 20000, "bd-100"}};
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_LEAVE_OFF);
        add_large(catalog, cases[i].count, cases[i].megabytes);
        CHECK_STR(choose(catalog, ALL), cases[i].chosen);
        dw_catalog_free(catalog);
    }
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_LEAVE_OFF);
    add_large(catalog, 60, 100); /* 9 CDs, or 2 DVDs */
    struct dw_volumes_need need = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_volumes_count(catalog, dw_blank_find("cd"), 0, &need, &err), err);
    CHECK_INT(need.discs, 9);
    CHECK_OK(dw_volumes_count(catalog, dw_blank_find("dvd"), 0, &need, &err), err);
    CHECK_INT(need.discs, 2);
    CHECK_STR(choose(catalog, SMALL), "dvd");
    dw_catalog_free(catalog);
}

static void what_will_be_decoded_counts_as_large_as_it_then_is(void)
{
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_LEAVE_OFF);
    struct dw_error err = {0};
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, JPEG_LOSSLESS);
    o.rows = o.columns = 4000;
    o.bits_allocated = 16;
    o.samples_per_pixel = 1;
    o.frames = 30; /* 960 MB decoded, 300 MB as it came */
    o.size_bytes = 300000000;
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    CHECK_STR(choose(catalog, SMALL), "dvd");
    struct dw_volumes_need need = {0};
    CHECK_OK(dw_volumes_count(catalog, dw_blank_find("cd"), 0, &need, &err), err);
    CHECK(need.discs == UINT32_MAX); /* one object is on one disc or on none */
    dw_catalog_free(catalog);
}

static void a_blank_whose_profile_takes_everything_wins(void)
{
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_LEAVE_OFF);
    struct dw_error err = {0};
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, MPEG4);
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    struct dw_volumes_need need = {0};
    CHECK_OK(dw_volumes_count(catalog, dw_blank_find("cd"), 0, &need, &err), err);
    CHECK_INT(need.forbidden, 1);
    dw_catalog_free(catalog);

    catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_LEAVE_OFF);
    add(catalog, 1, 1, JPEG_LOSSLESS);
    CHECK_OK(dw_catalog_convert_failed(catalog, 0, "damaged", &err), err);
    CHECK_STR(choose(catalog, SMALL), "dvd"); /* which takes it without converting */
    dw_catalog_free(catalog);
}

static void adding_the_same_in_another_order_makes_the_same_reading_order(void)
{
    dw_catalog *a = catalog_of("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    dw_catalog *b = catalog_of("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    struct dw_error err = {0};
    for (unsigned i = 0; i < 40; i++) {
        struct dw_object o = fixture_object("A1", 1 + i % 3, 1 + i % 4, i / 2);
        CHECK_OK(fixture_add(a, i + 1, &o, &err), err);
        unsigned j = 39 - i;
        o = fixture_object("A1", 1 + j % 3, 1 + j % 4, j / 2);
        CHECK_OK(fixture_add(b, j + 1, &o, &err), err);
    }
    CHECK_OK(dw_catalog_arrange(a, 0, &err), err);
    CHECK_OK(dw_catalog_arrange(b, 0, &err), err);
    CHECK_INT(a->order_count, b->order_count);
    for (uint32_t i = 0; i < a->order_count && i < b->order_count; i++)
        CHECK_STR(a->entries[a->order[i]].sop_instance, b->entries[b->order[i]].sop_instance);
    dw_catalog_free(a);
    dw_catalog_free(b);
}

/* The same image came twice, compressed in two ways: decoded it is one. */
static void add_compressed(dw_catalog *catalog, uint64_t size, uint8_t decoded)
{
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    struct dw_buf record = {0};
    struct dw_error err = {0};
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, "%s", J2K);
    o.size_bytes = size; /* other bytes than the one before */
    CHECK_OK(fixture_add(catalog, catalog->entry_count + 1, &o, &err), err);
    uint32_t i = catalog->entry_count - 1;
    CHECK_INT(catalog->entries[i].state, DW_ENTRY_PENDING);
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, "%s", DW_TS_EXPLICIT_LE);
    o.size_bytes = 9000;
    fixture_record(&o, "", &record);
    struct dw_objects_row row = {.number = i + 1, .path = "/nowhere/derived", .object = &o,
                                 .record = record.data, .record_size = record.size,
                                 .has_sha256 = true, .sha256 = {decoded}};
    CHECK_OK(dw_catalog_replace(catalog, i, &row, &err), err);
    dw_buf_done(&record);
}

static void what_converting_made_the_same_is_on_the_disc_once(void)
{
    dw_catalog *catalog = catalog_of("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    struct dw_error err = {0};
    add_compressed(catalog, 1001, 7);
    add_compressed(catalog, 1002, 7);
    add_compressed(catalog, 1003, 8);
    add_compressed(catalog, 1004, 8);
    CHECK_INT(catalog->entries[3].layer, 3);
    for (int again = 0; again < 2; again++) {
        CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
        CHECK_INT(catalog->order_count, 2);
        CHECK_INT(catalog->duplicates, 2);
        CHECK_INT(catalog->entries[1].state, DW_ENTRY_DUPLICATE);
        CHECK_INT(catalog->entries[2].layer, 1);
        CHECK_INT(catalog->entries[3].state, DW_ENTRY_DUPLICATE);
    }
    dw_catalog_free(catalog);
}

TESTS(TEST(a_forbidden_object_holds_everything_until_somebody_decides),
      TEST(left_off_it_is_named_and_the_rest_goes),
      TEST(as_it_is_it_goes_and_the_disc_claims_nothing),
      TEST(what_could_not_be_converted_is_forbidden_too),
      TEST(what_cannot_be_compressed_goes_without),
      TEST(the_newest_study_comes_first_and_one_without_a_date_last),
      TEST(different_content_under_one_uid_lies_on_discs_of_its_own),
      TEST(more_contents_under_one_uid_than_discs_are_left_off_and_named),
      TEST(what_converting_made_the_same_is_on_the_disc_once),
      TEST(the_smallest_blank_that_needs_the_fewest_discs_is_chosen),
      TEST(what_will_be_decoded_counts_as_large_as_it_then_is),
      TEST(a_blank_whose_profile_takes_everything_wins),
      TEST(adding_the_same_in_another_order_makes_the_same_reading_order))
