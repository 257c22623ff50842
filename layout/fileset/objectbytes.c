#include "layout/fileset/objectbytes.h"

#include <string.h>

static void add_number(struct dw_buf *out, uint64_t value, unsigned bytes)
{
    uint8_t raw[8];
    for (unsigned i = 0; i < bytes; i++)
        raw[i] = (uint8_t)(value >> (8 * i));
    dw_buf_add(out, raw, bytes);
}

static void add_text(struct dw_buf *out, const char *text, size_t length)
{
    add_number(out, length, 2);
    size_t at = out->size;
    dw_buf_add(out, text, length);
    dw_buf_add(out, "", 1);
    if (!out->failed && !dw_text_is_utf8(text, length))
        for (size_t i = at; i < at + length; i++)
            if ((unsigned char)out->data[i] >= 0x80)
                out->data[i] = '?';
}

static uint64_t member_value(const struct dw_object *object, const struct dw_object_member *member)
{
    const char *at = (const char *)object + member->offset;
    int64_t number;
    uint32_t count32;
    uint64_t count64;
    bool flag;
    switch (member->type) {
    case DW_MEMBER_NUMBER:
        memcpy(&number, at, sizeof number);
        return (uint64_t)number;
    case DW_MEMBER_COUNT32:
        memcpy(&count32, at, sizeof count32);
        return count32;
    case DW_MEMBER_COUNT64:
        memcpy(&count64, at, sizeof count64);
        return count64;
    default:
        memcpy(&flag, at, sizeof flag);
        return flag;
    }
}

/* A path is any bytes: file names are. */
void dw_objectbytes_add(struct dw_buf *out, const struct dw_objects_row *row)
{
    size_t path_length = strlen(row->path), count;
    const struct dw_object_member *members = dw_object_members(&count);
    add_number(out, row->number, 8);
    add_number(out, row->has_sha256, 1);
    if (row->has_sha256)
        dw_buf_add(out, row->sha256, DW_SHA256_SIZE);
    add_number(out, path_length, 2);
    dw_buf_add(out, row->path, path_length + 1);
    for (size_t i = 0; i < count; i++) {
        const char *at = (const char *)row->object + members[i].offset;
        if (members[i].type == DW_MEMBER_TEXT)
            add_text(out, at, strnlen(at, members[i].size - 1));
        else
            add_number(out, member_value(row->object, &members[i]),
                       (unsigned)members[i].size);
    }
}

struct bytes {
    const uint8_t *data;
    size_t size, at;
};

static bool take(struct bytes *bytes, size_t size, const uint8_t **out)
{
    if (bytes->size - bytes->at < size)
        return false;
    *out = bytes->data + bytes->at;
    bytes->at += size;
    return true;
}

static bool take_number(struct bytes *bytes, size_t size, uint64_t *out)
{
    const uint8_t *raw = NULL;
    if (!take(bytes, size, &raw))
        return false;
    *out = 0;
    for (size_t i = 0; i < size; i++)
        *out |= (uint64_t)raw[i] << (8 * i);
    return true;
}

/* Its zero is there, and no other one. */
static bool take_text(struct bytes *bytes, size_t room, const char **out, size_t *out_length)
{
    const uint8_t *text = NULL;
    uint64_t length;
    if (!take_number(bytes, 2, &length) || length >= room || !take(bytes, length + 1, &text) ||
        memchr(text, '\0', length + 1) != text + length)
        return false;
    *out = (const char *)text;
    *out_length = length;
    return true;
}

static bool read_member(struct bytes *bytes, const struct dw_object_member *member, struct dw_object *object)
{
    char *at = (char *)object + member->offset;
    const char *text = NULL;
    size_t length = 0;
    uint64_t value = 0;
    if (member->type == DW_MEMBER_TEXT) {
        if (!take_text(bytes, member->size, &text, &length) || !dw_text_is_utf8(text, length))
            return false;
        memcpy(at, text, length + 1);
        return true;
    }
    if (!take_number(bytes, member->size, &value) || (member->type == DW_MEMBER_FLAG && value > 1))
        return false;
    uint32_t count32 = (uint32_t)value;
    bool flag = value == 1;
    if (member->type == DW_MEMBER_COUNT32)
        memcpy(at, &count32, sizeof count32);
    else if (member->type == DW_MEMBER_FLAG)
        memcpy(at, &flag, sizeof flag);
    else
        memcpy(at, &value, sizeof value);
    return true;
}

bool dw_objectbytes_read(const uint8_t *data, size_t size, struct dw_objects_row *out,
                         struct dw_object *object)
{
    struct bytes bytes = {data, size, 0};
    const uint8_t *sha256 = NULL;
    uint64_t has_sha256 = 0;
    size_t path_length = 0, count;
    const struct dw_object_member *members = dw_object_members(&count);
    if (!take_number(&bytes, 8, &out->number) || !take_number(&bytes, 1, &has_sha256) ||
        has_sha256 > 1 || (has_sha256 && !take(&bytes, DW_SHA256_SIZE, &sha256)) ||
        !take_text(&bytes, DW_PATH_MAX, &out->path, &path_length) || path_length == 0)
        return false;
    out->has_sha256 = sha256 != NULL;
    if (sha256)
        memcpy(out->sha256, sha256, DW_SHA256_SIZE);
    for (size_t i = 0; i < count; i++)
        if (!read_member(&bytes, &members[i], object))
            return false;
    out->object = object;
    return bytes.at == size;
}
