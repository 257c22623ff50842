/** What becomes of a study by itself when it is complete: the rule that fits decides, else its AE title, else
 *  [jobs]. */
#ifndef DW_DAEMON_JOBS_AUTOMATIC_H
#define DW_DAEMON_JOBS_AUTOMATIC_H
#include "daemon/core.h"

/** Apply it and store what was decided (study.rule, study.action). A study is ordered by itself once only: for
 *  what comes later a person decides, or the supplement is ordered where the rule says so. *out_ordered: a job
 *  waits to be prepared. Not OK: nothing was decided, ask again later; what speaks against the order itself is
 *  told to people and is a decision. OK without a decision: what came late waits for discs that are being
 *  prepared, ask again later. */
DW_MUST_CHECK dw_status dw_automatic_apply(const struct dw_core *core, int64_t study,
                                           bool *out_ordered, struct dw_error *err);

#endif
