/** Tables that may have a million rows, in little memory. As long as they are of a usual size they lie in memory; what
 *  goes beyond lies in unlinked temporary files, which are mapped, and of which only what was touched of late stays in
 *  the process. Files of TMPDIR, /var/tmp or /tmp; where there is no room for them memory has to do.
 *  Use from one thread; others may read what lies in the tables while none of them grows. */
#ifndef DW_BASE_SPILL_H
#define DW_BASE_SPILL_H
#include <stddef.h>
#include "base/error.h"

#define DW_SPILL_RESIDENT_BYTES ((size_t)30 << 20) /* of the process, whatever they belong to */

typedef struct dw_spill dw_spill;
/** memory_bytes: of all tables together that lie in memory, none with more than a third; small ones do not count. */
DW_MUST_CHECK dw_status dw_spill_new(size_t memory_bytes, dw_spill **out, struct dw_error *err);
void dw_spill_free(dw_spill *spill); /**< after dw_spill_drop() of every table */
/** A table of size bytes that begins with the old_size bytes of `table` (NULL and 0: a new one) and goes on with zeros;
 *  `table` is gone then. NULL: there is no memory, and `table` is as it was. spill NULL: it lies in memory. */
void *dw_spill_grow(dw_spill *spill, void *table, size_t old_size, size_t size);
/** A table of zeros that stays in memory whatever its size, because it is looked at all over. It does not grow. */
void *dw_spill_stay(dw_spill *spill, size_t size);
void dw_spill_drop(dw_spill *spill, void *table);
/** To be called for every few rows that are looked at: lets go of what was touched when the process holds too much.
 *  Tables stay where they are. May be called at any time; spill may be NULL. */
void dw_spill_rest(dw_spill *spill);

typedef int dw_spill_compare_fn(const void *a, const void *b, void *ctx);
/** Sorts as qsort_r(3) does, and equal items keep their order. Memory for a million items comes from the spill. */
DW_MUST_CHECK dw_status dw_spill_sort(dw_spill *spill, void *list, size_t count, size_t item, dw_spill_compare_fn *compare,
                                      void *ctx, struct dw_error *err);

#endif
