#include "dicom/object.h"
#include "base/text.h"
#include "test.h"

static struct dw_object full_object(void)
{
    struct dw_object o;
    dw_object_init(&o);
    snprintf(o.patient_name, sizeof o.patient_name, "Müster^Änne=山田");
    snprintf(o.patient_id, sizeof o.patient_id, "P-1");
    snprintf(o.study_uid, sizeof o.study_uid, "2.25.1");
    snprintf(o.charset, sizeof o.charset, "\\ISO 2022 IR 87");
    o.series_number = -3;
    o.instance_number = 0;
    o.rows = 512;
    o.columns = 4294967295U;
    o.frames = 60;
    o.bits_stored = 12;
    snprintf(o.photometric, sizeof o.photometric, "MONOCHROME2");
    o.has_pixels = true;
    o.dataset_offset = 400;
    o.size_bytes = 5ULL << 32;
    return o;
}

static void an_object_survives_the_way_through_json(void)
{
    struct dw_object in = full_object(), out;
    struct dw_error err = {0};
    json_t *json = dw_object_to_json(&in);
    memset(&out, 0x55, sizeof out);
    CHECK_OK(dw_object_from_json(json, &out, &err), err);
    CHECK_STR(out.patient_name, in.patient_name);
    CHECK_STR(out.charset, in.charset);
    CHECK_STR(out.sop_class, "");
    CHECK_INT(out.series_number, -3);
    CHECK_INT(out.instance_number, 0);
    CHECK_INT(out.columns, 4294967295U);
    CHECK_INT(out.frames, 60);
    CHECK_INT(out.bits_stored, 12);
    CHECK_STR(out.photometric, "MONOCHROME2");
    CHECK(out.has_pixels && !out.has_meta);
    CHECK_INT(out.size_bytes, 5LL << 32);
    json_decref(json);
}

static void an_empty_object_is_almost_empty_json(void)
{
    struct dw_object in, out;
    struct dw_error err = {0};
    dw_object_init(&in);
    json_t *json = dw_object_to_json(&in);
    CHECK_INT(json_object_size(json), 1); /* frames */
    json_object_clear(json);
    CHECK_OK(dw_object_from_json(json, &out, &err), err);
    CHECK_INT(out.frames, 1);
    CHECK(out.series_number == INT64_MIN && out.instance_number == INT64_MIN);
    json_decref(json);
}

static void bytes_that_are_not_utf8_do_not_reach_json(void)
{
    struct dw_object in = full_object();
    memcpy(in.patient_id, "A\xFF\xC0z", 5);
    memset(in.study_description, 'x', sizeof in.study_description); /* no zero at the end */
    json_t *json = dw_object_to_json(&in);
    CHECK_STR(json_string_value(json_object_get(json, "patient_id")), "A??z");
    char *text = json_dumps(json, JSON_COMPACT);
    CHECK(text && dw_text_is_utf8(text, strlen(text)));
    free(text);
    json_decref(json);
}

static void check_refused(const char *text, const char *member)
{
    struct dw_object out = full_object();
    struct dw_error err = {0};
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    CHECK(json != NULL);
    CHECK_INT(dw_object_from_json(json, &out, &err), DW_ERR_CORRUPT);
    CHECK_HAS(err.text, member);
    CHECK_STR(out.patient_id, "P-1"); /* untouched */
    json_decref(json);
}

static void members_of_the_wrong_kind_are_refused(void)
{
    check_refused("[]", "not a JSON object");
    check_refused("{\"patient_id\": 1}", "patient_id");
    check_refused("{\"rows\": \"1\"}", "rows");
    check_refused("{\"rows\": -1}", "rows");
    check_refused("{\"rows\": 4294967296}", "rows");
    check_refused("{\"size_bytes\": -1}", "size_bytes");
    check_refused("{\"has_meta\": 1}", "has_meta");
    check_refused("{\"series_number\": 1.5}", "series_number");
    check_refused("{\"patient_id\": \"a\\u0000b\"}", "patient_id");
    check_refused("{\"sex\": \"12345678901234567890123456789012\"}", "sex");
}

static void unknown_members_are_ignored(void)
{
    struct dw_object out;
    struct dw_error err = {0};
    json_t *json = json_loads("{\"shoe_size\": 42, \"sex\": \"F\"}", 0, NULL);
    CHECK_OK(dw_object_from_json(json, &out, &err), err);
    CHECK_STR(out.sex, "F");
    json_decref(json);
}

TESTS(TEST(an_object_survives_the_way_through_json), TEST(an_empty_object_is_almost_empty_json),
      TEST(bytes_that_are_not_utf8_do_not_reach_json), TEST(members_of_the_wrong_kind_are_refused),
      TEST(unknown_members_are_ignored))
