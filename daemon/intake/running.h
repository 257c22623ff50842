/** Time in which the appliance ran. Retention counts only that: neither a clock that is set ahead nor a long time
 *  without power ends a time of grace, or makes every study old, at once. Loop thread only. */
#ifndef DW_DAEMON_INTAKE_RUNNING_H
#define DW_DAEMON_INTAKE_RUNNING_H
#include "daemon/core.h"

struct dw_running { /* plain data */
    int64_t offset_us; /**< as dw_clock_step_s() has it */
    int64_t noted_s;   /**< when it was last stored that we run; 0: not yet, this time */
};
void dw_running_init(struct dw_running *running, const struct dw_core *core);
/** Move on what retention counts from by what has passed without us, or was jumped over, since the last call. */
DW_MUST_CHECK dw_status dw_running_look(struct dw_running *running, const struct dw_core *core,
                                        struct dw_error *err);

#endif
