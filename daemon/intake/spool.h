/** STATE/spool/<N / 1000>/<N>: numbers that are never used twice, and the agreement of files and rows. */
#ifndef DW_DAEMON_INTAKE_SPOOL_H
#define DW_DAEMON_INTAKE_SPOOL_H
#include "daemon/core.h"

#define DW_SPOOL_GRANT 64 /* numbers that one association gets at a time */

/** Path of object `number`. */
DW_MUST_CHECK dw_status dw_spool_path(const struct dw_core *core, int64_t number, char *out,
                                      size_t size, struct dw_error *err);
/** Take `count` numbers for ever, inside the caller's transaction: what is not committed was not taken. */
DW_MUST_CHECK dw_status dw_spool_take(const struct dw_core *core, int64_t count, int64_t *out_first,
                                      struct dw_error *err);
/** Size of the file that a child says is there. DW_ERR_GONE: it is not. */
DW_MUST_CHECK dw_status dw_spool_size(const struct dw_core *core, int64_t number, uint64_t *out,
                                      struct dw_error *err);
/** The file of `fresh` becomes that of `number`, durably: the same bytes have come for an object whose own file is
 *  gone or cut. */
DW_MUST_CHECK dw_status dw_spool_put_back(const struct dw_core *core, int64_t fresh, int64_t number,
                                          struct dw_error *err);
void dw_spool_remove(const struct dw_core *core, int64_t number); /**< a missing file is fine */
/** Free bytes where the spool lies, as an unprivileged user sees them; -1 when it cannot be told. */
int64_t dw_spool_free_bytes(const struct dw_core *core);

struct dw_sweep {
    uint64_t files, swept, missing; /**< seen; removed because no row knows them; rows without a file */
};
/** At start, before anything is received: a file without a row never was answered with Success and goes; a
 *  row without a file is an alarm (a fault of the robot named "", key "spool.missing"). DW_ERR_CONFLICT: a
 *  file has a number that was never given away, so the database is not the one these objects were answered
 *  under; nothing is removed. */
DW_MUST_CHECK dw_status dw_spool_sweep(const struct dw_core *core, struct dw_sweep *out,
                                       struct dw_error *err);

#endif
