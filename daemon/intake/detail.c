#include "daemon/intake/detail.h"

#include <stddef.h>
#include <string.h>
#include "base/text.h"

#define TEXT(member) {#member, offsetof(struct dw_object, member), sizeof((struct dw_object *)0)->member}
static const struct {
    const char *name;
    size_t offset, size;
} texts[] = {
    TEXT(patient_name), TEXT(patient_id), TEXT(issuer), TEXT(birth_date), TEXT(sex),
    TEXT(study_uid), TEXT(study_date), TEXT(study_time), TEXT(study_id), TEXT(accession),
    TEXT(study_description), TEXT(institution), TEXT(referring_physician), TEXT(series_uid),
    TEXT(modality), TEXT(series_description), TEXT(sop_class), TEXT(sop_instance),
    TEXT(transfer_syntax), TEXT(charset),
};
#undef TEXT

static dw_status number(const json_t *json, const char *name, int64_t min, int64_t max,
                        int64_t fallback, int64_t *out, struct dw_error *err)
{
    const json_t *value = json_object_get(json, name);
    *out = fallback;
    if (!value || json_is_null(value))
        return DW_OK;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max)
        return dw_error_set(err, DW_ERR_CORRUPT, "object: '%s' is no number of its range", name);
    *out = json_integer_value(value);
    return DW_OK;
}

static dw_status read_texts(const json_t *json, struct dw_object *out, struct dw_error *err)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++) {
        const json_t *value = json_object_get(json, texts[i].name);
        char *at = (char *)out + texts[i].offset;
        if (!value || json_is_null(value))
            continue;
        if (!json_is_string(value))
            return dw_error_set(err, DW_ERR_CORRUPT, "object: '%s' is no text", texts[i].name);
        if (!dw_text_copy(at, texts[i].size, json_string_value(value)))
            return dw_error_set(err, DW_ERR_LIMIT, "object: '%s' is too long", texts[i].name);
    }
    return DW_OK;
}

dw_status dw_detail_read(const json_t *json, struct dw_object *out, struct dw_error *err)
{
    struct {
        const char *name;
        uint32_t *at;
        int64_t fallback;
    } counts[] = {
        {"rows", &out->rows, 0},
        {"columns", &out->columns, 0},
        {"frames", &out->frames, 1},
        {"bits_allocated", &out->bits_allocated, 0},
        {"samples_per_pixel", &out->samples_per_pixel, 0},
    };
    int64_t value = 0;

    memset(out, 0, sizeof *out);
    if (!json_is_object(json))
        return dw_error_set(err, DW_ERR_CORRUPT, "object: not described");
    dw_status st = read_texts(json, out, err);
    for (size_t i = 0; i < DW_ARRAY_LEN(counts) && st == DW_OK; i++) {
        st = number(json, counts[i].name, 0, UINT32_MAX, counts[i].fallback, &value, err);
        *counts[i].at = (uint32_t)value;
    }
    if (st == DW_OK)
        st = number(json, "series_number", INT64_MIN, INT64_MAX, INT64_MIN, &out->series_number, err);
    if (st == DW_OK)
        st = number(json, "instance_number", INT64_MIN, INT64_MAX, INT64_MIN, &out->instance_number,
                    err);
    if (st == DW_OK)
        st = number(json, "dataset_offset", 0, INT64_MAX, 0, &value, err);
    out->dataset_offset = (uint64_t)value;
    if (st == DW_OK)
        st = number(json, "size_bytes", 0, INT64_MAX, 0, &value, err);
    out->size_bytes = (uint64_t)value;
    out->has_pixels = json_is_true(json_object_get(json, "has_pixels"));
    out->has_meta = json_is_true(json_object_get(json, "has_meta"));
    return st;
}

dw_status dw_detail_parse(const char *text, struct dw_object *out, struct dw_error *err)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    dw_status st = dw_detail_read(json, out, err);
    json_decref(json);
    return st;
}
