#include "layout/fileset/keys.h"

#include <stdlib.h>
#include <string.h>

#include "dicom/charset.h"

#define KEYS_MAX 64 /* of one upper-level record; PS3.3 F.5 and PS3.11 H.3-2 name fewer than 20 */
#define CHARSET_MAX 128
#define UTF8_SET "ISO_IR 192"
#define ESCAPE 0x1B /* ISO 2022 sets hide behind escapes in 7-bit bytes */

struct key_list {
    struct dw_key keys[KEYS_MAX];
    size_t count;
    char charset[CHARSET_MAX];
};

void dw_keys_done(struct dw_keys *keys)
{
    dw_buf_done(&keys->data);
    dw_buf_done(&keys->last);
}

static bool is_text(const char *vr)
{
    static const char vrs[][3] = {"LO", "SH", "PN", "LT", "ST", "UT", "UC"};
    for (size_t i = 0; i < DW_ARRAY_LEN(vrs); i++)
        if (memcmp(vrs[i], vr, 2) == 0)
            return true;
    return false;
}

static bool is_plain(const struct dw_key *key)
{
    if (!is_text(key->vr))
        return true;
    for (uint32_t i = 0; i < key->length; i++)
        if (key->value[i] >= 0x80 || key->value[i] == ESCAPE)
            return false;
    return true;
}

static dw_status read_list(const void *part, size_t size, struct key_list *out,
                           struct dw_error *err)
{
    size_t pos = 0;
    struct dw_key key;
    *out = (struct key_list){0};
    while (dw_key_next(part, size, &pos, &key)) {
        if (key.tag == DW_TAG_CHARSET) {
            uint32_t n = key.length;
            while (n > 0 && (key.value[n - 1] == ' ' || key.value[n - 1] == '\0'))
                n--;
            if (n >= sizeof out->charset)
                return dw_error_set(err, DW_ERR_CORRUPT, "a character set name is too long");
            memcpy(out->charset, key.value, n);
            continue;
        }
        if (out->count == KEYS_MAX)
            return dw_error_set(err, DW_ERR_CORRUPT, "a directory record has more than %d keys",
                                KEYS_MAX);
        out->keys[out->count++] = key;
    }
    if (pos != size)
        return dw_error_set(err, DW_ERR_CORRUPT, "directory record keys are damaged");
    return DW_OK;
}

/* Where tag is or would be inserted. */
static size_t place_of(const struct key_list *list, uint32_t tag)
{
    size_t i = 0;
    while (i < list->count && list->keys[i].tag < tag)
        i++;
    return i;
}

static bool has(const struct key_list *list, size_t i, uint32_t tag)
{
    return i < list->count && list->keys[i].tag == tag;
}

/* What of `more` is new; `from_more` marks keys of `into` that came from it. */
static dw_status take_new(struct key_list *into, const struct key_list *more, bool *from_more,
                          bool *out_changed, struct dw_error *err)
{
    *out_changed = false;
    for (size_t m = 0; m < more->count; m++) {
        const struct dw_key *key = &more->keys[m];
        size_t i = place_of(into, key->tag);
        if (has(into, i, key->tag)) {
            if (into->keys[i].length != 0 || key->length == 0)
                continue;
        } else {
            if (into->count == KEYS_MAX)
                return dw_error_set(err, DW_ERR_CORRUPT,
                                    "a directory record has more than %d keys", KEYS_MAX);
            size_t behind = into->count++ - i;
            memmove(&into->keys[i + 1], &into->keys[i], behind * sizeof into->keys[0]);
            memmove(&from_more[i + 1], &from_more[i], behind * sizeof from_more[0]);
        }
        into->keys[i] = *key;
        from_more[i] = true;
        *out_changed = true;
    }
    return DW_OK;
}

static void add_as_utf8(struct dw_buf *out, const struct dw_key *key, const char *charset)
{
    size_t size = (size_t)key->length * 4 + 1;
    char *text = malloc(size);
    if (!text) {
        out->failed = true;
        return;
    }
    dw_charset_to_utf8(charset, key->value, key->length, memcmp(key->vr, "PN", 2) == 0, text, size);
    dw_key_add(out, key->tag, key->vr, text, strlen(text));
    free(text);
}

/* One record has one character set. Where two sets meet, or none was declared, it is UTF-8. */
static void write_list(const struct key_list *list, const bool *from_more, const char *more_charset,
                       struct dw_buf *out)
{
    bool old_special = false, new_special = false;
    for (size_t i = 0; i < list->count; i++) {
        bool special = !is_plain(&list->keys[i]);
        old_special |= special && !from_more[i];
        new_special |= special && from_more[i];
    }
    const char *charset = new_special ? more_charset : old_special ? list->charset : "";
    bool convert = (old_special || new_special) && charset[0] == '\0';
    if (old_special && new_special && strcmp(list->charset, more_charset) != 0)
        convert = true;
    if (convert)
        charset = UTF8_SET;
    dw_buf_reset(out);
    if (charset[0])
        dw_key_add(out, DW_TAG_CHARSET, "CS", charset, strlen(charset));
    for (size_t i = 0; i < list->count; i++) {
        const struct dw_key *key = &list->keys[i];
        if (convert && !is_plain(key))
            add_as_utf8(out, key, from_more[i] ? more_charset : list->charset);
        else
            dw_key_add(out, key->tag, key->vr, key->value, key->length);
    }
}

dw_status dw_keys_merge(struct dw_keys *keys, const void *part, size_t size, struct dw_error *err)
{
    if (keys->last.size == size && size > 0 && memcmp(keys->last.data, part, size) == 0)
        return DW_OK;
    struct key_list list, more;
    bool from_more[KEYS_MAX + 1] = {false}, changed;
    dw_status st = read_list(keys->data.data, keys->data.size, &list, err);
    if (st == DW_OK)
        st = read_list(part, size, &more, err);
    if (st == DW_OK)
        st = take_new(&list, &more, from_more, &changed, err);
    if (st != DW_OK)
        return st;
    if (changed) {
        struct dw_buf merged = {0};
        write_list(&list, from_more, more.charset, &merged);
        struct dw_buf old = keys->data;
        keys->data = merged;
        dw_buf_done(&old);
    }
    dw_buf_reset(&keys->last);
    dw_buf_add(&keys->last, part, size);
    st = dw_buf_check(&keys->last, "directory record keys", err);
    return st != DW_OK ? st : dw_buf_check(&keys->data, "directory record keys", err);
}

bool dw_keys_find(const void *part, size_t size, uint32_t tag, struct dw_key *out)
{
    size_t pos = 0;
    while (dw_key_next(part, size, &pos, out))
        if (out->tag == tag)
            return true;
    return false;
}

void dw_keys_put(const void *part, size_t size, uint32_t tag, const char vr[2], const char *value,
                 struct dw_buf *out)
{
    size_t pos = 0;
    struct dw_key key;
    bool done = value == NULL;
    dw_buf_reset(out);
    while (dw_key_next(part, size, &pos, &key)) {
        if (!done && key.tag >= tag) {
            dw_key_add(out, tag, vr, value, strlen(value));
            done = true;
        }
        if (key.tag != tag)
            dw_key_add(out, key.tag, key.vr, key.value, key.length);
    }
    if (!done)
        dw_key_add(out, tag, vr, value, strlen(value));
}
