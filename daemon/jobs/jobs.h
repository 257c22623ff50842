/** All jobs: which one is prepared next, what a disc's fate means for its job, and what people order.
 *  Loop thread only. */
#ifndef DW_DAEMON_JOBS_JOBS_H
#define DW_DAEMON_JOBS_JOBS_H
#include <jansson.h>
#include "daemon/core.h"
#include "daemon/jobs/forbidden.h"
#include "daemon/jobs/job.h"
#include "daemon/jobs/robots.h"

typedef struct dw_jobs dw_jobs;
DW_MUST_CHECK dw_status dw_jobs_new(const struct dw_core *core, dw_jobs **out, struct dw_error *err);
void dw_jobs_free(dw_jobs *jobs);
/** After a start: what was being prepared is queued again, discs are what robot/disc.h says of a restart.
 *  Nothing is spawned yet. */
DW_MUST_CHECK dw_status dw_jobs_recover(dw_jobs *jobs, struct dw_error *err);
/** Start the robots and the first jobs. */
void dw_jobs_start(dw_jobs *jobs);

DW_MUST_CHECK dw_status dw_jobs_order(dw_jobs *jobs, const struct dw_order *order, int64_t *out_job,
                                      struct dw_error *err);
/** Queued, failed and held jobs are cancelled at once; an active one when its discs have left the robot. */
DW_MUST_CHECK dw_status dw_jobs_cancel(dw_jobs *jobs, int64_t job, struct dw_error *err);
/** A failed or held job: burn what is missing, or prepare it anew when it has no volumes. */
DW_MUST_CHECK dw_status dw_jobs_retry(dw_jobs *jobs, int64_t job, struct dw_error *err);
/** A person's answer for a job that is held because its profile forbids objects; it is prepared anew. */
DW_MUST_CHECK dw_status dw_jobs_resolve(dw_jobs *jobs, int64_t job,
                                        const struct dw_forbidden_answer *answer,
                                        struct dw_error *err);
/** More discs of the same volumes, the same bytes. */
DW_MUST_CHECK dw_status dw_jobs_copy(dw_jobs *jobs, int64_t job, int64_t copies,
                                     struct dw_error *err);
/** The disc of what came after the discs of a job were begun (daemon/jobs/supplement.h). */
DW_MUST_CHECK dw_status dw_jobs_supplement(dw_jobs *jobs, int64_t job, const char *by,
                                           int64_t *out_job, struct dw_error *err);
/** A job that a rule holds may be made. DW_ERR_CONFLICT: it waits for nobody. */
DW_MUST_CHECK dw_status dw_jobs_release(dw_jobs *jobs, int64_t job, const char *by,
                                        struct dw_error *err);
/** A study is complete: what becomes of it by itself (daemon/jobs/automatic.h). */
void dw_jobs_on_complete(dw_jobs *jobs, int64_t study);
/** Something of the study was stored. Where it is held now its active jobs are held too: what is not burning yet is
 *  not burned. */
void dw_jobs_on_held(dw_jobs *jobs, int64_t study);

dw_robots *dw_jobs_robots(dw_jobs *jobs);
/** "jobs", "robots", "discs" and "tasks" of daemon/snapshot.h into doc. */
void dw_jobs_describe(const dw_jobs *jobs, json_t *doc);

#endif
