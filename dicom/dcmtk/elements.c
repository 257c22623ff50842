#include "dicom/dcmtk/elements.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dicom/record.h"

#define BYTES_MAX (256 * 1024 * 1024) /* one value */
#define TEXT_MAX 8192

struct element {
    uint32_t tag;
    char vr[2];
    struct dw_buf value;
};
struct dw_elements {
    struct element *list;
    size_t count, cap;
    bool failed;
};

dw_elements *dw_elements_new(void)
{
    dw_elements *set = calloc(1, sizeof *set);
    if (!set)
        abort(); /* a few bytes at the start of a generator: nothing could go on */
    return set;
}

void dw_elements_free(dw_elements *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++)
        dw_buf_done(&set->list[i].value);
    free(set->list);
    free(set);
}

static struct element *find(dw_elements *set, uint32_t tag)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].tag == tag)
            return &set->list[i];
    return NULL;
}

static struct element *add(dw_elements *set, uint32_t tag, const char vr[2])
{
    struct element *at = find(set, tag);
    if (!at && set->count == set->cap) {
        size_t cap = set->cap ? set->cap * 2 : 64;
        struct element *more = realloc(set->list, cap * sizeof *more);
        if (!more) {
            set->failed = true;
            return NULL;
        }
        set->list = more;
        set->cap = cap;
    }
    if (!at) {
        at = &set->list[set->count++];
        memset(at, 0, sizeof *at);
        dw_buf_init(&at->value, BYTES_MAX);
    }
    at->tag = tag;
    memcpy(at->vr, vr, 2);
    return at;
}

void dw_elements_bytes(dw_elements *set, uint32_t tag, const char vr[2], const void *data,
                       size_t size)
{
    struct element *at = add(set, tag, vr);
    if (!at)
        return;
    dw_buf_reset(&at->value);
    dw_buf_add(&at->value, data, size);
}

void dw_elements_text(dw_elements *set, uint32_t tag, const char vr[2], const char *text)
{
    dw_elements_bytes(set, tag, vr, text, strlen(text));
}

void dw_elements_textf(dw_elements *set, uint32_t tag, const char vr[2], const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof text)
        set->failed = true;
    else
        dw_elements_bytes(set, tag, vr, text, (size_t)n);
}

void dw_elements_u16(dw_elements *set, uint32_t tag, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    dw_elements_bytes(set, tag, "US", bytes, sizeof bytes);
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void dw_elements_u32(dw_elements *set, uint32_t tag, uint32_t value)
{
    uint8_t bytes[4];
    put_u32(bytes, value);
    dw_elements_bytes(set, tag, "UL", bytes, sizeof bytes);
}

void dw_elements_tag(dw_elements *set, uint32_t tag, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 16), (uint8_t)(value >> 24), (uint8_t)value,
                        (uint8_t)(value >> 8)};
    dw_elements_bytes(set, tag, "AT", bytes, sizeof bytes);
}

void dw_elements_item(dw_elements *set, uint32_t tag, dw_elements *item)
{
    struct element *at = add(set, tag, "SQ");
    if (!at || !item) {
        dw_elements_free(item);
        return;
    }
    struct dw_buf inner;
    uint8_t head[8] = {0xFE, 0xFF, 0x00, 0xE0};
    dw_buf_init(&inner, BYTES_MAX);
    if (dw_elements_write(item, &inner, NULL) != DW_OK)
        set->failed = true;
    put_u32(head + 4, (uint32_t)inner.size);
    dw_buf_add(&at->value, head, sizeof head);
    dw_buf_add(&at->value, inner.data, inner.size);
    dw_buf_done(&inner);
    dw_elements_free(item);
}

void dw_elements_code(dw_elements *set, uint32_t tag, const char *value, const char *scheme,
                      const char *meaning)
{
    dw_elements *item = dw_elements_new();
    dw_elements_text(item, 0x00080100, "SH", value);
    dw_elements_text(item, 0x00080102, "SH", scheme);
    dw_elements_text(item, 0x00080104, "LO", meaning);
    dw_elements_item(set, tag, item);
}

static int by_tag(const void *a, const void *b)
{
    uint32_t x = ((const struct element *)a)->tag, y = ((const struct element *)b)->tag;
    return x < y ? -1 : x > y;
}

dw_status dw_elements_write(dw_elements *set, struct dw_buf *out, struct dw_error *err)
{
    if (set->count)
        qsort(set->list, set->count, sizeof *set->list, by_tag);
    for (size_t i = 0; i < set->count; i++) {
        const struct element *at = &set->list[i];
        if (at->value.failed)
            set->failed = true;
        dw_key_add(out, at->tag, at->vr, at->value.data, at->value.size);
    }
    if (set->failed || out->failed)
        return dw_error_set(err, DW_ERR_INTERNAL, "data set too large or out of memory");
    return DW_OK;
}
