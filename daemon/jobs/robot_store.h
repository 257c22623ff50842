/** What robots say, as rows: transitions of discs, faults, and the order that a disc row makes. */
#ifndef DW_DAEMON_JOBS_ROBOT_STORE_H
#define DW_DAEMON_JOBS_ROBOT_STORE_H
#include <jansson.h>
#include "daemon/core.h"
#include "daemon/jobs/robots.h"

/** The `disc` message of a row. */
DW_MUST_CHECK dw_status dw_robot_order_new(const struct dw_core *core, int64_t disc, json_t **out,
                                           struct dw_error *err);
/** Store what an `event` asks for and all that follows from it, in one transaction. */
DW_MUST_CHECK dw_status dw_robot_store_event(const struct dw_core *core, const char *robot,
                                             const json_t *event,
                                             dw_robots_disc_fn *on_disc, void *ctx,
                                             enum dw_disc_state *out_state, struct dw_error *err);
/** The same for what a person said of disc `id` while the program of its robot is not running: `event` follows from
 *  `at`, and the program is told `at` when it starts. */
DW_MUST_CHECK dw_status dw_robot_store_answer(const struct dw_core *core, const char *robot, const json_t *event,
                                              const char *at, dw_robots_disc_fn *on_disc, void *ctx,
                                              struct dw_error *err);
/** [{disc, at}]: the answers that the program of this robot has not noted yet. New reference. */
DW_MUST_CHECK dw_status dw_robot_answers_load(const struct dw_core *core, const char *robot, json_t **out,
                                              struct dw_error *err);
/** It has noted those about the discs [7, 8], and goes on with every disc that is not final: what it could not note of
 *  them it asks for anew. */
DW_MUST_CHECK dw_status dw_robot_answers_noted(const struct dw_core *core, const char *robot,
                                               const json_t *discs, struct dw_error *err);
DW_MUST_CHECK dw_status dw_robot_store_fault(const struct dw_core *core, const char *robot,
                                             const json_t *fault, struct dw_error *err);
DW_MUST_CHECK dw_status dw_robot_clear_fault(const struct dw_core *core, const char *robot,
                                             const char *key, struct dw_error *err);
/** A robot that starts reports its faults anew. */
DW_MUST_CHECK dw_status dw_robot_clear_faults(const struct dw_core *core, const char *robot,
                                              struct dw_error *err);

#endif
