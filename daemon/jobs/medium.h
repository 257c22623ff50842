/** Which blank a job's discs are burned on, and under which profile: as ordered, or for `auto` the smallest set
 *  of discs among what lies in its robot's bins. Loop thread only. */
#ifndef DW_DAEMON_JOBS_MEDIUM_H
#define DW_DAEMON_JOBS_MEDIUM_H
#include "daemon/core.h"
#include "daemon/jobs/job.h"
#include "daemon/jobs/robots.h"

struct dw_medium_choice {
    char media[8];    /**< a blank of burn/image/blank.h, or "auto" */
    char profile[64]; /**< "": with "auto", that of the medium */
};
/** Words of an order or answer. media "": `otherwise`, or where the profile is for another kind of medium, any
 *  blank of that kind. DW_ERR_INVALID: no such medium, or no such profile for it. */
DW_MUST_CHECK dw_status dw_medium_read(const char *media, const char *profile, const char *otherwise,
                                       struct dw_medium_choice *out, struct dw_error *err);
/** Settle media, profile and compress of a job that is about to be prepared, from what was asked. What is in
 *  the bins is asked of the job's robot; of one that does not answer, what its bins are for. */
DW_MUST_CHECK dw_status dw_medium_decide(const struct dw_core *core, const dw_robots *robots,
                                         int64_t job, struct dw_error *err);

#endif
