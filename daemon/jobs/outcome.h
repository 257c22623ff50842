/** What a disc's new state means for its job. Always inside the transaction that stores the disc. */
#ifndef DW_DAEMON_JOBS_OUTCOME_H
#define DW_DAEMON_JOBS_OUTCOME_H
#include "daemon/core.h"
#include "robot/disc.h"

/** Delivered: the job may be done. Rejected: another disc is reserved, or after DW_DISC_ATTEMPTS_MAX the job
 *  is held. Abandoned: the job is held, unless it was cancelled. *out_reserved: robots have a new disc. */
DW_MUST_CHECK dw_status dw_outcome_apply(const struct dw_core *core, int64_t disc,
                                         enum dw_disc_state state, bool *out_reserved,
                                         struct dw_error *err);
/** A disc for every (volume, copy) of the job that has none delivered or under way. */
DW_MUST_CHECK dw_status dw_outcome_reserve_missing(const struct dw_core *core, int64_t job,
                                                   int64_t *out_count, struct dw_error *err);
/** Cancelled by a person and no disc left in a robot: the job is cancelled. */
DW_MUST_CHECK dw_status dw_outcome_settle_cancelled(const struct dw_core *core, int64_t job,
                                                    struct dw_error *err);

#endif
