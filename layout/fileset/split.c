#include "layout/fileset/split.h"

#include <stdbool.h>

/* The largest end for which [first, end) fits; first when not even one thing does. */
static uint32_t farthest(const struct dw_split *split, uint32_t first)
{
    uint32_t fits = first, beyond = split->count + 1;
    while (beyond - fits > 1) {
        uint32_t middle = fits + (beyond - fits) / 2;
        if (split->cost(split->ctx, first, middle) <= split->capacity_bytes)
            fits = middle;
        else
            beyond = middle;
    }
    return fits;
}

/* Discs that the things from `first` on need when each is filled as far as it goes, which is the fewest
 * there can be; counting stops above `most`. 0: a thing does not fit alone (*out_stuck). */
static uint32_t discs_from(const struct dw_split *split, uint32_t first, uint32_t most,
                           uint32_t *out_stuck)
{
    uint32_t discs = 0;
    while (first < split->count && discs <= most) {
        uint32_t end = farthest(split, first);
        if (end == first) {
            *out_stuck = first;
            return 0;
        }
        first = end;
        discs++;
    }
    return discs;
}

/* The last border of at least this weight in (first, end], where the end of everything is one. */
static uint32_t last_border(const struct dw_split *split, uint32_t first, uint32_t end,
                            enum dw_border border)
{
    for (uint32_t i = end; i > first; i--)
        if (i == split->count || split->border(split->ctx, i) >= border)
            return i;
    return first;
}

static uint32_t best_end(const struct dw_split *split, uint32_t first, uint32_t discs_left)
{
    uint32_t stuck, end = farthest(split, first);
    for (int border = DW_BORDER_STUDY; border > DW_BORDER_INSTANCE; border--) {
        uint32_t cut = last_border(split, first, end, (enum dw_border)border);
        if (cut > first && (cut == split->count ||
                            discs_from(split, cut, discs_left - 1, &stuck) <= discs_left - 1))
            return cut;
    }
    return end;
}

dw_status dw_split(const struct dw_split *split, uint32_t *out_ends, uint32_t *out_discs,
                   uint32_t *out_too_large, struct dw_error *err)
{
    *out_too_large = UINT32_MAX;
    uint32_t discs = discs_from(split, 0, split->discs_max, out_too_large);
    if (split->count > 0 && discs == 0)
        return dw_error_set(err, DW_ERR_LIMIT, "one object alone is larger than the medium");
    if (discs > split->discs_max)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %u discs would be needed",
                            split->discs_max);
    uint32_t first = 0;
    for (uint32_t i = 0; i < discs; i++)
        first = out_ends[i] = best_end(split, first, discs - i);
    *out_discs = discs;
    return DW_OK;
}
