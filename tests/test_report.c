#include "fileset_fixture.h"
#include "layout/fileset/report.h"
#include "test.h"

static struct dw_volume volume_of(dw_catalog *catalog)
{
    struct dw_error err = {0};
    struct dw_volumes volumes = {0};
    struct dw_volume_opts opts = {.media = DW_MEDIA_CD, .made_at_s = 1767225600};
    CHECK_OK(dw_catalog_arrange(catalog, opts.made_at_s, &err), err);
    CHECK_OK(dw_volumes_plan(catalog, &opts, &volumes, &err), err);
    struct dw_volume volume = volumes.rows[0];
    dw_volumes_done(&volumes);
    return volume;
}

static dw_catalog *new_catalog(void)
{
    dw_catalog *catalog = NULL;
    struct dw_error err = {0};
    struct dw_catalog_opts opts = {.profile = dw_profile_of_media(DW_MEDIA_CD)};
    CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
    return catalog;
}

static void a_disc_with_nothing_to_tell_has_no_report(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    struct dw_buf text = {0};
    struct dw_error err = {0};
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    struct dw_volume volume = volume_of(catalog);
    CHECK_OK(dw_report_text(&volume, &text, &err), err);
    CHECK_INT(text.size, 0);
    dw_buf_done(&text);
    dw_catalog_free(catalog);
}

static void repairs_are_counted_for_each_series(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_error err = {0};
    for (unsigned i = 1; i <= 5; i++) {
        struct dw_object o = fixture_object("A1", 1, 1, i);
        o.instance_number = INT64_MIN;
        CHECK_OK(fixture_add(catalog, i, &o, &err), err);
    }
    struct dw_volume volume = volume_of(catalog);
    json_t *repairs = dw_report_repairs(&volume);
    CHECK_INT(json_array_size(repairs), 1);
    const char *text = json_string_value(json_array_get(repairs, 0));
    CHECK_STR(text, "ST000001/SE000001: Instance Number (0020,0013) was missing in 5 objects; the "
                    "directory has the next free number");
    json_decref(repairs);
    dw_catalog_free(catalog);
}

static void what_was_left_off_is_named_with_its_reason_and_never_with_the_patient(void)
{
    dw_catalog *catalog = new_catalog();
    struct dw_object o = fixture_object("SECRETID", 1, 1, 1);
    struct dw_buf text = {0};
    struct dw_error err = {0};
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    o = fixture_object("SECRETID", 1, 1, 2);
    snprintf(o.sop_class, sizeof o.sop_class, "1.2.3.4");
    CHECK_OK(fixture_add(catalog, 2, &o, &err), err);
    struct dw_volume volume = volume_of(catalog);
    json_t *report = dw_report_json(&volume);
    json_t *row = json_array_get(json_object_get(report, "left_off"), 0);
    CHECK_INT(json_integer_value(json_object_get(row, "number")), 2);
    CHECK_HAS(json_string_value(json_object_get(row, "reason")), "SOP class");
    CHECK_INT(json_integer_value(json_object_get(report, "objects")), 1);
    CHECK_OK(dw_report_text(&volume, &text, &err), err);
    CHECK_HAS(text.data, o.sop_instance);
    CHECK_HAS(text.data, "\r\n");
    CHECK(strstr(text.data, "SECRETID") == NULL);
    CHECK_HAS(text.data, "Disc 1 of 1\r\n");
    CHECK(text.size <= dw_report_fixed_bytes_max(catalog, 0) + dw_report_range_bytes_max(1, 1));
    json_decref(report);
    dw_buf_done(&text);
    dw_catalog_free(catalog);
}

static void an_image_without_rows_stays_on_a_cd_and_has_no_place_on_a_dvd(void)
{
    for (int dvd = 0; dvd < 2; dvd++) {
        dw_catalog *catalog = new_catalog();
        struct dw_error err = {0};
        struct dw_object o = fixture_object("A1", 1, 1, 1);
        o.rows = o.columns = 0;
        CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
        if (dvd)
            CHECK_OK(dw_catalog_set_profile(catalog, dw_profile_of_media(DW_MEDIA_DVD), &err), err);
        CHECK_INT(dw_catalog_arrange(catalog, 0, &err), dvd ? DW_ERR_UNSUPPORTED : DW_OK);
        CHECK_INT(catalog->order_count, !dvd);
        if (dvd)
            CHECK_HAS(catalog->entries[0].reason, "Rows (0028,0010)");
        dw_catalog_free(catalog);
    }
}

/* Whatever the site answers, no record has a key that the object has no value for. */
static void an_image_without_rows_is_held_left_off_or_goes_as_it_is(void)
{
    for (int answer = DW_FORBIDDEN_HOLD; answer <= DW_FORBIDDEN_AS_IS; answer++) {
        dw_catalog *catalog = NULL;
        struct dw_error err = {0};
        struct dw_key key;
        struct dw_catalog_opts opts = {.profile = dw_profile_find("STD-GEN-DVD-JPEG"),
                                       .forbidden = (enum dw_forbidden)answer};
        struct dw_object o = fixture_object("A1", 1, 1, 1);
        CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
        CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
        o = fixture_object("A1", 1, 1, 2);
        o.rows = o.columns = 0;
        CHECK_OK(fixture_add(catalog, 2, &o, &err), err);
        const struct dw_entry *entry = &catalog->entries[1];
        bool hold = answer == DW_FORBIDDEN_HOLD, as_is = answer == DW_FORBIDDEN_AS_IS;
        CHECK_INT(catalog->forbidden, hold);
        CHECK_INT(entry->state, hold ? DW_ENTRY_FORBIDDEN : as_is ? DW_ENTRY_READY : DW_ENTRY_LEFT_OFF);
        CHECK_HAS(entry->reason, "STD-GEN-CD and STD-GEN-BD take it");
        CHECK_STR(dw_catalog_claim(catalog), as_is ? "" : "STD-GEN-DVD-JPEG");
        CHECK_INT(dw_catalog_arrange(catalog, 0, &err), hold ? DW_ERR_UNSUPPORTED : DW_OK);
        CHECK_INT(catalog->order_count, hold ? 0 : as_is ? 2 : 1);
        CHECK(!as_is || !dw_keys_find(entry->keys, entry->keys_size, 0x00280010, &key));
        dw_catalog_free(catalog);
    }
}

TESTS(TEST(a_disc_with_nothing_to_tell_has_no_report), TEST(repairs_are_counted_for_each_series),
      TEST(what_was_left_off_is_named_with_its_reason_and_never_with_the_patient),
      TEST(an_image_without_rows_stays_on_a_cd_and_has_no_place_on_a_dvd),
      TEST(an_image_without_rows_is_held_left_off_or_goes_as_it_is))
