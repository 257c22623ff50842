/** Which discs a robot is told of, and in which order they are wanted. One rule for what is prepared and for what is
 *  burned: an hour of waiting counts as much as one step of urgency, so nobody waits for ever. */
#ifndef DW_DAEMON_JOBS_ROBOT_ORDERS_H
#define DW_DAEMON_JOBS_ROBOT_ORDERS_H
#include <jansson.h>
#include "daemon/core.h"

#define DW_ORDERS_TOLD_USUALLY 500 /* the most urgent live discs are always told; others wait in their rows */
#define DW_ORDERS_TOLD_MAX 1500    /* with what was told before more urgent ones came; a robot keeps 2000 in mind */

/** SQL over a job `j`: two steps for each priority, and one more for a person who waits: what a rule routed at the same
 *  priority comes behind. */
#define DW_JOB_RANK "(2 * j.priority + (j.made_by <> 'rule'))"
/** SQL: the smallest is wanted first. Seconds since 1970, moved back by an hour for each step of rank. */
#define DW_JOB_DUE "(j.made_at - 3600 * " DW_JOB_RANK ")"
/** Each further copy as if it had been ordered five minutes later: one order of fifty lets others pass. */
#define DW_COPY_S 300

/** Live discs of a robot that it should be told of now, at most max, the most urgent first. told: {"7": true}. */
DW_MUST_CHECK dw_status dw_robot_orders_next(const struct dw_core *core, const char *robot,
                                             const json_t *told, int64_t *out, size_t max,
                                             size_t *out_count, struct dw_error *err);
/** priority, band and set_out of a disc into its order. */
DW_MUST_CHECK dw_status dw_robot_orders_rank(const struct dw_core *core, int64_t disc, json_t *order,
                                             struct dw_error *err);

#endif
