/** Cutting a row of things over several discs of one capacity. Knows neither DICOM nor discs: things have
 *  borders between them, and a cut is better at a border that matters more. */
#ifndef DW_LAYOUT_FILESET_SPLIT_H
#define DW_LAYOUT_FILESET_SPLIT_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

enum dw_border { DW_BORDER_INSTANCE, DW_BORDER_SERIES, DW_BORDER_STUDY };

struct dw_split {
    uint32_t count;
    /** What lies before thing i: the border that a cut there would follow. */
    enum dw_border (*border)(void *ctx, uint32_t i);
    /** Bytes of a disc that holds things [first, end): never falls when end grows or first falls. */
    uint64_t (*cost)(void *ctx, uint32_t first, uint32_t end);
    void *ctx;
    uint64_t capacity_bytes;
    uint32_t discs_max;
};
/** The fewest discs that keep the order, and among those cuts at study borders, then series borders,
 *  as far as they cost no disc more. out_ends[0 .. *out_discs) are the ends of the parts; it has room for
 *  discs_max. DW_ERR_LIMIT: one thing alone is too large (*out_too_large says which, else UINT32_MAX), or
 *  more than discs_max would be needed. */
DW_MUST_CHECK dw_status dw_split(const struct dw_split *split, uint32_t *out_ends,
                                 uint32_t *out_discs, uint32_t *out_too_large,
                                 struct dw_error *err);

#endif
