#include "dicom/record.h"
#include <assert.h>
#include <string.h>
#include "dicom/vr.h"

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

dw_status dw_record_part(const void *record, size_t record_size, enum dw_record_part part,
                         const uint8_t **out, size_t *out_size, struct dw_error *err)
{
    const uint8_t *at = record;
    size_t left = record_size;
    const uint8_t *found = NULL;
    size_t found_size = 0;
    for (int i = 0; i < DW_PART_ALL; i++) {
        if (i == DW_PART_COUNT && left == 0 && part >= DW_PART_COUNT)
            found = at; /* made before there were augmented keys */
        if (i == DW_PART_COUNT && left == 0)
            break;
        if (left < 4 || u32(at) > left - 4)
            return dw_error_set(err, DW_ERR_CORRUPT, "directory record blob ends in part %d",
                                i + 1);
        size_t size = u32(at);
        if (i == (int)part) {
            found = at + 4;
            found_size = size;
        }
        at += 4 + size;
        left -= 4 + size;
    }
    if (left != 0 || !found)
        return dw_error_set(err, DW_ERR_CORRUPT, "directory record blob has %zu bytes too many",
                            left);
    *out = found;
    *out_size = found_size;
    return DW_OK;
}

/* Two parts of one object: what both have is the same. */
static void join(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                 struct dw_buf *out)
{
    struct dw_key of_a, of_b;
    size_t a_pos = 0, b_pos = 0;
    bool more_a = dw_key_next(a, a_size, &a_pos, &of_a);
    bool more_b = dw_key_next(b, b_size, &b_pos, &of_b);
    while (more_a || more_b) {
        bool take_a = more_a && (!more_b || of_a.tag <= of_b.tag);
        bool both = more_a && more_b && of_a.tag == of_b.tag;
        const struct dw_key *key = take_a ? &of_a : &of_b;
        dw_key_add(out, key->tag, key->vr, key->value, key->length);
        if (take_a)
            more_a = dw_key_next(a, a_size, &a_pos, &of_a);
        if (!take_a || both)
            more_b = dw_key_next(b, b_size, &b_pos, &of_b);
    }
}

dw_status dw_record_keys(const void *record, size_t record_size, enum dw_record_part part,
                         bool augmented, struct dw_buf *joined, const uint8_t **out,
                         size_t *out_size, struct dw_error *err)
{
    const uint8_t *keys = NULL, *more = NULL;
    size_t size = 0, more_size = 0;
    assert(part < DW_PART_COUNT);
    dw_status st = dw_record_part(record, record_size, part, &keys, &size, err);
    if (st == DW_OK && augmented)
        st = dw_record_part(record, record_size,
                            (enum dw_record_part)(DW_PART_MORE_PATIENT + (int)part), &more,
                            &more_size, err);
    if (st != DW_OK)
        return st;
    if (more_size > 0) {
        dw_buf_reset(joined);
        join(keys, size, more, more_size, joined);
        st = dw_buf_check(joined, "directory record keys", err);
        if (st != DW_OK)
            return st;
        keys = (const uint8_t *)joined->data;
        size = joined->size;
    }
    *out = keys;
    *out_size = size;
    return DW_OK;
}

bool dw_key_next(const uint8_t *part, size_t part_size, size_t *pos, struct dw_key *out)
{
    if (*pos > part_size || part_size - *pos < 8)
        return false;
    const uint8_t *at = part + *pos;
    size_t left = part_size - *pos;
    char vr[3] = {(char)at[4], (char)at[5], '\0'};
    unsigned traits = dw_vr_traits(vr);
    size_t head = (traits & DW_VR_LONG) ? 12 : 8;
    if (traits == 0 || left < head)
        return false;
    uint32_t length = head == 12 ? u32(at + 8) : (uint32_t)(at[6] | at[7] << 8);
    if (length > left - head)
        return false;
    out->tag = (uint32_t)(at[0] | at[1] << 8) << 16 | (uint32_t)(at[2] | at[3] << 8);
    memcpy(out->vr, vr, sizeof vr);
    out->value = at + head;
    out->length = length;
    *pos += head + length;
    return true;
}

void dw_key_add(struct dw_buf *out, uint32_t tag, const char vr[2], const void *value,
                size_t length)
{
    unsigned traits = dw_vr_traits(vr);
    /* A value too long for a 16 bit length can only go as UN (PS3.5 6.2.2). */
    if (traits == 0 || (!(traits & DW_VR_LONG) && length > 0xFFFE)) {
        vr = "UN";
        traits = dw_vr_traits(vr);
    }
    size_t padded = length + (length & 1);
    if (padded > 0xFFFFFFFE) {
        out->failed = true;
        return;
    }
    uint8_t head[12] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag,
                        (uint8_t)(tag >> 8),  (uint8_t)vr[0],       (uint8_t)vr[1]};
    size_t head_size = (traits & DW_VR_LONG) ? 12 : 8;
    for (size_t i = 0; i < (head_size == 12 ? 4 : 2); i++)
        head[(head_size == 12 ? 8 : 6) + i] = (uint8_t)(padded >> (8 * i));
    dw_buf_add(out, head, head_size);
    dw_buf_add(out, value, length);
    if (padded != length)
        dw_buf_add(out, (traits & DW_VR_ZERO_PAD) ? "\0" : " ", 1);
}
