#include "dicom/dcmtk/palette.h"

#include <stdbool.h>

enum { DISCRETE, LINEAR, INDIRECT }; /* the opcodes, PS3.3 C.7.9.2.2 */

struct expansion {
    const uint16_t *data;
    size_t count;
    uint16_t *out;
    size_t entries, filled;
};

static dw_status broken(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CORRUPT, "segmented palette is broken");
}

static bool put(struct expansion *e, uint16_t value)
{
    if (e->filled == e->entries)
        return false;
    e->out[e->filled++] = value;
    return true;
}

/* From the entry before (which the line does not repeat) to `last` in `length` steps. */
static bool put_line(struct expansion *e, size_t length, uint16_t last)
{
    if (e->filled == 0)
        return false;
    int64_t first = e->out[e->filled - 1];
    for (size_t i = 1; i <= length; i++) {
        int64_t twice = 2 * ((int64_t)last - first) * (int64_t)i;
        int64_t half = twice < 0 ? -(int64_t)length : (int64_t)length;
        if (!put(e, (uint16_t)(first + (twice + half) / (2 * (int64_t)length))))
            return false;
    }
    return true;
}

/* The discrete or linear segment at `at`; 0: broken, else where the next one begins. */
static size_t expand_one(struct expansion *e, size_t at)
{
    if (at + 3 > e->count)
        return 0;
    size_t length = e->data[at + 1];
    if (length == 0) /* every piece gives something, so that this ends */
        return 0;
    if (e->data[at] == LINEAR)
        return put_line(e, length, e->data[at + 2]) ? at + 3 : 0;
    if (e->data[at] != DISCRETE || length > e->count - at - 2)
        return 0;
    for (size_t i = 0; i < length; i++)
        if (!put(e, e->data[at + 2 + i]))
            return 0;
    return at + 2 + length;
}

/* Segments that stand elsewhere, again; their number, then the offset of the first, low word first. */
static bool expand_again(struct expansion *e, size_t at, unsigned width)
{
    size_t low_words = width == 1 ? 4 : 2;
    if (at + 2 + low_words > e->count)
        return false;
    uint64_t offset = 0;
    for (size_t i = low_words; i-- > 0;)
        offset = offset << (8 * width) | e->data[at + 2 + i];
    if (offset % width != 0)
        return false;
    uint64_t from = offset / width;
    for (size_t i = 0; i < e->data[at + 1]; i++) {
        if (from >= at) /* only what has been read; never another indirect one */
            return false;
        from = expand_one(e, (size_t)from);
        if (from == 0)
            return false;
    }
    return true;
}

dw_status dw_palette_expand(const uint16_t *data, size_t count, unsigned width, uint16_t *out,
                            size_t entries, struct dw_error *err)
{
    struct expansion e = {data, count, out, entries, 0};
    size_t at = 0;
    while (e.filled < entries) {
        if (at < count && data[at] == INDIRECT) {
            if (!expand_again(&e, at, width))
                return broken(err);
            at += width == 1 ? 6 : 4;
        } else {
            at = expand_one(&e, at);
            if (at == 0)
                return broken(err);
        }
    }
    return DW_OK;
}
