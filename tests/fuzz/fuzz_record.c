/* Fuzz target: any bytes as a record blob, as an older version or a damaged row may hold it. Keys lie inside of their
 * part, and what is taken apart and put together again is the same. */
#include "dicom/record.h"
#include "fuzz.h"

/* Bytes that were understood. */
static size_t walk(const uint8_t *part, size_t size, struct dw_buf *copy)
{
    size_t pos = 0, last = 0;
    struct dw_key key;
    while (dw_key_next(part, size, &pos, &key)) {
        require(pos > last && pos <= size);
        require(key.value >= part + last && key.length <= size && key.value + key.length == part + pos);
        last = pos;
        dw_key_add(copy, key.tag, key.vr, key.value, key.length);
    }
    require(pos == last);
    return pos;
}

static void check_copy(const uint8_t *part, size_t size)
{
    struct dw_buf copy = {0}, again = {0};
    (void)walk(part, size, &copy);
    require(!copy.failed);
    /* written by us: all of it is understood, and it stays as it is */
    require(walk((const uint8_t *)copy.data, copy.size, &again) == copy.size);
    require(copy.size == again.size && (!copy.size || memcmp(copy.data, again.data, copy.size) == 0));
    dw_buf_done(&copy);
    dw_buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *part = NULL;
    size_t part_size = 0, total = 0;
    dw_status first = DW_OK;
    for (int i = 0; i < DW_PART_ALL; i++) {
        struct dw_error err = {0};
        dw_status st = dw_record_part(data, size, (enum dw_record_part)i, &part, &part_size, &err);
        require_told(st, &err);
        require(i == 0 || st == first); /* a blob is one of ours, or none of it is */
        first = st;
        if (st != DW_OK)
            continue;
        require(part >= data && part_size <= size && part + part_size <= data + size);
        total += part_size;
        check_copy(part, part_size);
    }
    require(first != DW_OK || total + 4 * (size_t)DW_PART_COUNT == size || total + 4 * (size_t)DW_PART_ALL == size);
    struct dw_buf joined = {0};
    for (int i = 0; i < DW_PART_COUNT; i++) {
        struct dw_error err = {0};
        dw_status st = dw_record_keys(data, size, (enum dw_record_part)i, true, &joined, &part, &part_size, &err);
        require_told(st, &err);
        require((st == DW_OK) == (first == DW_OK));
        if (st == DW_OK)
            check_copy(part, part_size);
    }
    dw_buf_done(&joined);
    return 0;
}
