/** What was made of received objects, derived/<kind>/<number>, and the rows that say so. Loop thread only. */
#ifndef DW_DAEMON_JOBS_DERIVED_H
#define DW_DAEMON_JOBS_DERIVED_H
#include "daemon/core.h"

/** Before any job runs: a file without a row 'ready' of its number and kind goes. It is half made, or of
 *  another database, whose numbers were other objects: a plan takes pictures by their number. */
DW_MUST_CHECK dw_status dw_derived_sweep(const struct dw_core *core, struct dw_error *err);

/** Every file and row that was made of one object. Inside the caller's transaction; can be done twice. */
DW_MUST_CHECK dw_status dw_derived_remove(const struct dw_core *core, int64_t number,
                                          struct dw_error *err);

#endif
