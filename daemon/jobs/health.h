/** How drives and media did: good and bad discs of each, and what rests until a person has
 * acknowledged it. Rows that a robot is told of when it starts, so that a restart forgives nothing.
 */
#ifndef DW_DAEMON_JOBS_HEALTH_H
#define DW_DAEMON_JOBS_HEALTH_H
#include <jansson.h>
#include "daemon/core.h"
#include "robot/disc.h"

/** What an `event` of a robot tells of drive, medium and robot. In the transaction that stores it.
 */
DW_MUST_CHECK dw_status dw_health_count(const struct dw_core *core, const char *robot,
                                        const json_t *event, enum dw_disc_event on,
                                        struct dw_error *err);
/** A fault is over that a person had to acknowledge: counted anew. Other keys change nothing. */
DW_MUST_CHECK dw_status dw_health_cleared(const struct dw_core *core, const char *robot,
                                          const char *key, struct dw_error *err);
/** The `health` message for a robot that said hello. *out: free with json_decref(). */
DW_MUST_CHECK dw_status dw_health_message(const struct dw_core *core, const char *robot,
                                          const json_t *hello, json_t **out, struct dw_error *err);

#endif
