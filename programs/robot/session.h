/** One robot's conversation with the daemon: docs/messages.md, "discwright-robot NAME and
 * discwrightd". */
#ifndef DW_PROGRAMS_ROBOT_SESSION_H
#define DW_PROGRAMS_ROBOT_SESSION_H
#include "base/channel.h"
#include "base/clock.h"
#include "base/log.h"

struct dw_session_opts {
    dw_channel *channel; /**< borrowed */
    const char *name;    /**< of the robot */
    struct dw_clock clock;
    const struct dw_log *log;
};
/** From `config` to the end of the channel, which is DW_OK. Stops its workers and the arm before it
 *  returns; finishes nothing. */
DW_MUST_CHECK dw_status dw_session_run(const struct dw_session_opts *opts, struct dw_error *err);

#endif
