#include "dicom/object.h"
#include <stddef.h>
#include <string.h>
#include "base/text.h"

#define MEMBER(name, type)                                                                         \
    {                                                                                              \
#name, DW_MEMBER_##type, offsetof(struct dw_object, name),                                 \
            sizeof(((struct dw_object *)0)->name)                                                  \
    }
/* The names travel between processes and are stored: never rename one. */
static const struct dw_object_member members[] = {
    MEMBER(patient_name, TEXT),
    MEMBER(patient_id, TEXT),
    MEMBER(issuer, TEXT),
    MEMBER(birth_date, TEXT),
    MEMBER(sex, TEXT),
    MEMBER(study_uid, TEXT),
    MEMBER(study_date, TEXT),
    MEMBER(study_time, TEXT),
    MEMBER(study_id, TEXT),
    MEMBER(accession, TEXT),
    MEMBER(study_description, TEXT),
    MEMBER(institution, TEXT),
    MEMBER(referring_physician, TEXT),
    MEMBER(series_uid, TEXT),
    MEMBER(modality, TEXT),
    MEMBER(series_description, TEXT),
    MEMBER(body_part, TEXT),
    MEMBER(station, TEXT),
    MEMBER(series_number, NUMBER),
    MEMBER(sop_class, TEXT),
    MEMBER(sop_instance, TEXT),
    MEMBER(transfer_syntax, TEXT),
    MEMBER(charset, TEXT),
    MEMBER(instance_number, NUMBER),
    MEMBER(rows, COUNT32),
    MEMBER(columns, COUNT32),
    MEMBER(frames, COUNT32),
    MEMBER(bits_allocated, COUNT32),
    MEMBER(bits_stored, COUNT32),
    MEMBER(samples_per_pixel, COUNT32),
    MEMBER(photometric, TEXT),
    MEMBER(has_us_regions, FLAG),
    MEMBER(has_pixels, FLAG),
    MEMBER(has_meta, FLAG),
    MEMBER(dataset_offset, COUNT64),
    MEMBER(size_bytes, COUNT64),
};

const struct dw_object_member *dw_object_members(size_t *out_count)
{
    *out_count = DW_ARRAY_LEN(members);
    return members;
}

void dw_object_init(struct dw_object *object)
{
    memset(object, 0, sizeof *object);
    object->frames = 1;
    object->series_number = INT64_MIN;
    object->instance_number = INT64_MIN;
}

/* null: empty, leave it out. */
static json_t *text_to_json(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    if (length == 0)
        return json_null();
    if (dw_text_is_utf8(text, length))
        return json_stringn_nocheck(text, length);
    char plain[DW_TEXT_MAX];
    for (size_t i = 0; i < length; i++)
        plain[i] = (text[i] & 0x80) ? '?' : text[i];
    return json_stringn_nocheck(plain, length);
}

/* null: nothing worth a member; NULL: no memory, and an object without the name of its patient would be another one. */
static json_t *member_to_json(const struct dw_object_member *m, const void *at)
{
    int64_t number = 0;
    uint32_t count32 = 0;
    uint64_t count64 = 0;
    switch (m->type) {
    case DW_MEMBER_TEXT:
        return text_to_json(at, m->size);
    case DW_MEMBER_NUMBER:
        memcpy(&number, at, sizeof number);
        return number == INT64_MIN ? json_null() : json_integer(number);
    case DW_MEMBER_COUNT32:
        memcpy(&count32, at, sizeof count32);
        return count32 == 0 ? json_null() : json_integer(count32);
    case DW_MEMBER_COUNT64:
        memcpy(&count64, at, sizeof count64);
        return count64 == 0 || count64 > INT64_MAX ? json_null() : json_integer((json_int_t)count64);
    case DW_MEMBER_FLAG:
        return *(const bool *)at ? json_true() : json_null();
    }
    return NULL;
}

json_t *dw_object_to_json(const struct dw_object *object)
{
    json_t *json = json_object();
    for (size_t i = 0; json && i < DW_ARRAY_LEN(members); i++) {
        json_t *value = member_to_json(&members[i], (const char *)object + members[i].offset);
        if (json_is_null(value))
            continue;
        if (json_object_set_new_nocheck(json, members[i].name, value) != 0) {
            json_decref(json);
            json = NULL;
        }
    }
    return json;
}

static bool member_from_json(const struct dw_object_member *m, const json_t *value, void *at)
{
    if (m->type == DW_MEMBER_TEXT) {
        size_t length = json_string_length(value);
        if (!json_is_string(value) || length >= m->size ||
            strlen(json_string_value(value)) != length)
            return false;
        memcpy(at, json_string_value(value), length + 1);
        return true;
    }
    if (m->type == DW_MEMBER_FLAG) {
        *(bool *)at = json_is_true(value);
        return json_is_boolean(value);
    }
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || (m->type != DW_MEMBER_NUMBER && number < 0) ||
        (m->type == DW_MEMBER_COUNT32 && number > UINT32_MAX))
        return false;
    uint32_t count32 = (uint32_t)number;
    uint64_t count64 = (uint64_t)number;
    int64_t plain = number;
    memcpy(at,
           m->type == DW_MEMBER_COUNT32   ? (void *)&count32
           : m->type == DW_MEMBER_COUNT64 ? (void *)&count64
                                : &plain,
           m->size);
    return true;
}

dw_status dw_object_from_json(const json_t *json, struct dw_object *out, struct dw_error *err)
{
    struct dw_object object;
    dw_object_init(&object);
    if (!json_is_object(json))
        return dw_error_set(err, DW_ERR_CORRUPT, "object: not a JSON object");
    for (size_t i = 0; i < DW_ARRAY_LEN(members); i++) {
        const json_t *value = json_object_get(json, members[i].name);
        if (value && !member_from_json(&members[i], value, (char *)&object + members[i].offset))
            return dw_error_set(err, DW_ERR_CORRUPT, "object: bad member '%s'", members[i].name);
    }
    *out = object;
    return DW_OK;
}
