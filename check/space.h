/** Which blocks of an image belong to something that was read: a descriptor, a folder, a file. A list of runs,
 *  short where files lie one behind the other. */
#ifndef DW_CHECK_SPACE_H
#define DW_CHECK_SPACE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/spill.h"

struct dw_space_run {
    uint32_t lba, blocks;
};
struct dw_space { /* {0}, or .spill set; free: dw_space_done() */
    dw_spill *spill;
    struct dw_space_run *runs;
    size_t count, cap;
    size_t at; /* of dw_space_gap() */
    bool sorted;
};
void dw_space_done(struct dw_space *space);
/** What lies behind block UINT32_MAX is cut off. Not after dw_space_sort(). */
DW_MUST_CHECK dw_status dw_space_own(struct dw_space *space, uint64_t lba, uint64_t blocks,
                                     struct dw_error *err);
/** When all is known; again, it does nothing. */
DW_MUST_CHECK dw_status dw_space_sort(struct dw_space *space, struct dw_error *err);
/** Of a sorted list: the first run from `from` up to `end` that belongs to nothing. false: there is none. `from` never goes back. */
bool dw_space_gap(struct dw_space *space, uint32_t from, uint32_t end, struct dw_space_run *out);

#endif
