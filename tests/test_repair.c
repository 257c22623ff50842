#include "dicom/uid.h"
#include "fileset_fixture.h"
#include "layout/fileset/report.h"
#include "layout/fileset/repair.h"
#include "test.h"

#define XA_CLASS "1.2.840.10008.5.1.4.1.1.12.1"

static dw_catalog *new_catalog(const char *profile, enum dw_forbidden forbidden)
{
    dw_catalog *catalog = NULL;
    struct dw_error err = {0};
    struct dw_catalog_opts opts = {.profile = dw_profile_find(profile), .forbidden = forbidden};
    CHECK_OK(dw_catalog_new(&opts, &catalog, &err), err);
    return catalog;
}

static void key_text(const void *part, size_t size, uint32_t tag, char out[128])
{
    struct dw_key key;
    out[0] = '\0';
    CHECK(dw_keys_find(part, size, tag, &key));
    if (dw_keys_find(part, size, tag, &key))
        snprintf(out, 128, "%.*s", (int)key.length, (const char *)key.value);
}

static struct dw_object without(unsigned lack)
{
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    if (lack & 1)
        o.patient_id[0] = '\0';
    if (lack & 2)
        o.study_date[0] = '\0';
    if (lack & 4)
        o.study_time[0] = '\0';
    if (lack & 8)
        o.study_id[0] = '\0';
    if (lack & 16)
        o.series_number = INT64_MIN;
    if (lack & 32)
        o.instance_number = INT64_MIN;
    return o;
}

static void check_filled(const dw_catalog *catalog, unsigned lack)
{
    const struct dw_entry *entry = &catalog->entries[0];
    const struct dw_keys *patient = &dw_entry_patient(catalog, entry)->keys;
    const struct dw_keys *study = &dw_entry_study(catalog, entry)->keys;
    const struct dw_keys *series = &dw_entry_series(catalog, entry)->keys;
    char text[128];
    key_text(patient->data.data, patient->data.size, 0x00100020, text);
    CHECK_INT(strncmp(text, "NOID", 4) == 0, lack & 1 ? 1 : 0);
    key_text(study->data.data, study->data.size, 0x00080020, text);
    CHECK_STR(text, lack & 2 ? "20260102" : "20260101");
    key_text(study->data.data, study->data.size, 0x00080030, text);
    CHECK_STR(text, lack & 4 ? "000000" : "101500");
    key_text(study->data.data, study->data.size, 0x00200010, text);
    CHECK(lack & 8 ? strncmp(text, "1", 1) == 0 : strncmp(text, "ST1", 3) == 0);
    key_text(series->data.data, series->data.size, 0x00200011, text);
    CHECK(text[0] == '1');
    key_text(entry->keys, entry->keys_size, 0x00200013, text);
    CHECK(text[0] == '1');
}

/* All combinations of the six keys that objects may lack and a directory may not. */
static void every_combination_of_missing_keys_is_filled_and_told(void)
{
    for (unsigned lack = 0; lack < 64; lack++) {
        dw_catalog *catalog = new_catalog("STD-GEN-CD", DW_FORBIDDEN_HOLD);
        struct dw_object o = without(lack);
        struct dw_error err = {0};
        struct dw_volumes volumes = {0};
        struct dw_volume_opts opts = {.media = DW_MEDIA_CD, .made_at_s = 1767312000};
        CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
        CHECK_OK(dw_catalog_arrange(catalog, opts.made_at_s, &err), err);
        CHECK_INT(catalog->order_count, 1);
        check_filled(catalog, lack);
        CHECK_OK(dw_volumes_plan(catalog, &opts, &volumes, &err), err);
        json_t *repairs = dw_report_repairs(&volumes.rows[0]);
        CHECK_INT(json_array_size(repairs), __builtin_popcount(lack));
        json_decref(repairs);
        dw_volumes_done(&volumes);
        dw_catalog_free(catalog);
    }
}

static void invented_ids_of_two_patients_never_meet(void)
{
    dw_catalog *catalog = new_catalog("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    struct dw_error err = {0};
    char first[128], text[128];
    struct dw_object o = fixture_object("", 1, 1, 1);
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    const struct dw_keys *keys = &catalog->patients[0].keys;
    key_text(keys->data.data, keys->data.size, 0x00100020, first);
    dw_catalog_free(catalog);

    catalog = new_catalog("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    o = fixture_object("A1", 2, 1, 1); /* a person who really has the ID that the first would get */
    snprintf(o.patient_id, sizeof o.patient_id, "%s", first);
    CHECK_OK(fixture_add(catalog, 2, &o, &err), err);
    o = fixture_object("", 3, 1, 1);
    CHECK_OK(fixture_add(catalog, 3, &o, &err), err);
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    CHECK_INT(catalog->patient_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        keys = &catalog->patients[i].keys;
        key_text(keys->data.data, keys->data.size, 0x00100020, text);
        CHECK_INT(strcmp(text, first) == 0, i == 1);
    }
    dw_catalog_free(catalog);
}

static void equal_numbers_stay_and_are_told(void)
{
    dw_catalog *catalog = new_catalog("STD-GEN-CD", DW_FORBIDDEN_HOLD);
    struct dw_error err = {0};
    struct dw_volumes volumes = {0};
    struct dw_volume_opts opts = {.media = DW_MEDIA_CD, .made_at_s = 1767225600};
    char text[128];
    for (unsigned i = 1; i <= 4; i++) {
        struct dw_object o = fixture_object("A1", 1, i == 4 ? 2 : 1, i);
        o.instance_number = 7;
        o.series_number = 3;
        CHECK_OK(fixture_add(catalog, i, &o, &err), err);
    }
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    for (uint32_t i = 0; i < 4; i++) {
        key_text(catalog->entries[i].keys, catalog->entries[i].keys_size, 0x00200013, text);
        CHECK_STR(text, "7 ");
    }
    CHECK_OK(dw_volumes_plan(catalog, &opts, &volumes, &err), err);
    json_t *repairs = dw_report_repairs(&volumes.rows[0]);
    CHECK_INT(json_array_size(repairs), 2);
    CHECK_STR(json_string_value(json_array_get(repairs, 0)),
              "ST000001/SE000001: 2 objects have the Instance Number (0020,0013) of another one of the "
              "series; they were left as they are");
    CHECK_HAS(json_string_value(json_array_get(repairs, 1)),
              "ST000001/SE000002: another series of the study has the same Series Number");
    json_decref(repairs);
    dw_volumes_done(&volumes);
    dw_catalog_free(catalog);
}

static void an_illegal_uid_is_told_and_not_called_missing(void)
{
    char text[200];
    bool seen = false;
    for (size_t rule = 0; rule < dw_repair_rule_count(); rule++) {
        dw_repair_describe(rule, 2, text, sizeof text);
        if (strstr(text, "illegal UID"))
            CHECK_STR(text, "2 objects have an illegal UID (PS3.5 9.1); they were left as they are");
        seen = seen || strstr(text, "illegal UID");
    }
    CHECK(seen);
}

static struct dw_object angiogram(void)
{
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    snprintf(o.sop_class, sizeof o.sop_class, XA_CLASS);
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, JPEG_LOSSLESS);
    o.bits_stored = 8;
    return o;
}

static void an_angiography_profile_has_no_place_for_images_without_icons(void)
{
    dw_catalog *catalog = new_catalog("STD-XA1K-CD", DW_FORBIDDEN_HOLD);
    struct dw_object o = angiogram();
    struct dw_error err = {0};
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    CHECK_INT(catalog->entries[0].state, DW_ENTRY_READY);
    CHECK_INT(dw_catalog_arrange(catalog, 0, &err), DW_ERR_UNSUPPORTED);
    CHECK_HAS(catalog->entries[0].reason, "icon");
    dw_catalog_free(catalog);
}

static void keys_of_type_2_that_nobody_knows_are_there_and_empty(void)
{
    static const uint32_t of_series[] = {0x00080080, 0x00080081, 0x00081050};
    dw_catalog *catalog = new_catalog("STD-XA1K-CD", DW_FORBIDDEN_HOLD);
    struct dw_object o = angiogram();
    struct dw_error err = {0};
    struct dw_key key;
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    catalog->entries[0].icon_edge = 128;
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    CHECK_INT(catalog->order_count, 1);
    const struct dw_keys *patient = &catalog->patients[0].keys, *series = &catalog->series[0].keys;
    CHECK(dw_keys_find(patient->data.data, patient->data.size, 0x00100030, &key));
    CHECK_INT(key.length, 0);
    CHECK(dw_keys_find(patient->data.data, patient->data.size, 0x00100040, &key));
    for (size_t i = 0; i < DW_ARRAY_LEN(of_series); i++)
        CHECK(dw_keys_find(series->data.data, series->data.size, of_series[i], &key));
    CHECK(dw_keys_find(catalog->entries[0].keys, catalog->entries[0].keys_size, 0x00500004, &key));
    CHECK_INT(key.length, 0); /* Calibration Image */
    CHECK_INT(catalog->entries[0].repaired, 0);
    dw_catalog_free(catalog);

    catalog = new_catalog("STD-XABC-CD", DW_FORBIDDEN_LEAVE_OFF); /* Image Type is type 1 there */
    CHECK_OK(fixture_add(catalog, 1, &o, &err), err);
    catalog->entries[0].icon_edge = 128;
    CHECK_OK(dw_catalog_arrange(catalog, 0, &err), err);
    CHECK_INT(catalog->order_count, 0);
    CHECK_STR(catalog->entries[0].reason, "the object has no Image Type (0008,0008)");
    dw_catalog_free(catalog);
}

TESTS(TEST(every_combination_of_missing_keys_is_filled_and_told),
      TEST(invented_ids_of_two_patients_never_meet), TEST(equal_numbers_stay_and_are_told),
      TEST(an_illegal_uid_is_told_and_not_called_missing),
      TEST(an_angiography_profile_has_no_place_for_images_without_icons),
      TEST(keys_of_type_2_that_nobody_knows_are_there_and_empty))
