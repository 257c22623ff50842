#include "check/space.h"
#include <stdlib.h>
#include <string.h>

#define STREAMS 4 /* entries, directories and data of a volume grow side by side */

void dw_space_done(struct dw_space *space)
{
    dw_spill_drop(space->spill, space->runs);
    *space = (struct dw_space){.spill = space->spill};
}

dw_status dw_space_own(struct dw_space *space, uint64_t lba, uint64_t blocks, struct dw_error *err)
{
    if (lba >= UINT32_MAX || blocks == 0)
        return DW_OK;
    uint32_t first = (uint32_t)lba;
    uint32_t length = blocks < UINT32_MAX - first ? (uint32_t)blocks : UINT32_MAX - first;
    for (size_t i = space->count; i > 0 && space->count - i < STREAMS; i--) {
        struct dw_space_run *run = &space->runs[i - 1];
        if (first == run->lba + run->blocks) {
            run->blocks += length;
            return DW_OK;
        }
    }
    if (space->count == space->cap) {
        size_t cap = space->cap ? space->cap * 2 : 256;
        struct dw_space_run *runs =
            dw_spill_grow(space->spill, space->runs, space->cap * sizeof *runs, cap * sizeof *runs);
        if (!runs)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        space->runs = runs;
        space->cap = cap;
    }
    space->runs[space->count++] = (struct dw_space_run){first, length};
    return DW_OK;
}

static int by_block(const void *a, const void *b, void *ctx)
{
    (void)ctx;
    const struct dw_space_run *x = a, *y = b;
    return x->lba < y->lba ? -1 : x->lba > y->lba;
}

dw_status dw_space_sort(struct dw_space *space, struct dw_error *err)
{
    if (space->sorted)
        return DW_OK;
    space->sorted = true;
    return dw_spill_sort(space->spill, space->runs, space->count, sizeof *space->runs, by_block, NULL, err);
}

bool dw_space_gap(struct dw_space *space, uint32_t from, uint32_t end, struct dw_space_run *out)
{
    while (space->at < space->count && space->runs[space->at].lba <= from) {
        const struct dw_space_run *run = &space->runs[space->at];
        if (run->lba + run->blocks > end)
            return false; /* it goes on where the next call begins */
        if (run->lba + run->blocks > from)
            from = run->lba + run->blocks;
        space->at++;
        dw_spill_rest(space->spill);
    }
    uint32_t stop = space->at < space->count ? space->runs[space->at].lba : end;
    stop = stop < end ? stop : end;
    *out = (struct dw_space_run){from, stop > from ? stop - from : 0};
    return from < stop;
}
