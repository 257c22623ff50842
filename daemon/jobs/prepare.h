/** One job on its way from queued to volumes: convert what the profile does not allow, draw icons and
 *  previews, list the objects, plan, draw the labels. One work task at a time; what can be wrong with one object is noted
 *  and the rest goes on. Loop thread only. */
#ifndef DW_DAEMON_JOBS_PREPARE_H
#define DW_DAEMON_JOBS_PREPARE_H
#include <jansson.h>
#include "daemon/core.h"
#include "daemon/jobs/robots.h"
#include "daemon/jobs/work.h"

typedef struct dw_prepare dw_prepare;
enum dw_prepare_end {
    DW_PREPARE_READY,  /**< the volumes' rows are stored as planned and their labels are drawn */
    DW_PREPARE_HELD,   /**< objects are forbidden: a person is asked (daemon/jobs/forbidden.h), err says what */
    DW_PREPARE_FAILED, /**< err says why */
};
/** Once, last. The prepare frees itself. */
typedef void dw_prepare_end_fn(void *ctx, int64_t job, enum dw_prepare_end how,
                               const struct dw_error *err);
/** The job is `preparing` already; what an earlier attempt left is cleared first. robots: what is loaded is
 *  asked for a medium `auto`, and nothing else. */
DW_MUST_CHECK dw_status dw_prepare_start(const struct dw_core *core, dw_work *work,
                                         const dw_robots *robots, int64_t job,
                                         dw_prepare_end_fn *on_end, void *ctx, dw_prepare **out,
                                         struct dw_error *err);
void dw_prepare_stop(dw_prepare *prepare); /**< frees it; on_end is not called; NULL is fine */
int64_t dw_prepare_job(const dw_prepare *prepare);
json_t *dw_prepare_describe(const dw_prepare *prepare); /**< {"stage", "done", "total"} */

#endif
