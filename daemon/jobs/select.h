/** Which objects of a job need what before it can be planned, and the object list for the plan task. The
 *  set is frozen at the start (job_study.to_arrival): what arrives later is another job's. */
#ifndef DW_DAEMON_JOBS_SELECT_H
#define DW_DAEMON_JOBS_SELECT_H
#include "daemon/core.h"
#include "daemon/jobs/batch.h"
#include "daemon/jobs/job.h"
#include "daemon/jobs/judge.h"

#define DW_KIND_PREVIEWS "previews" /* derived/previews/<N>-<frame>.jpg; converted: derived/<UID>/<N> */

/** FROM and WHERE of a query over the objects of job ?1. */
#define DW_OBJECTS_OF_JOB                                                                          \
    " FROM object o JOIN job_study js ON js.study = o.study WHERE js.job = ?1 AND"                \
    " o.state = 'received' AND o.arrival > js.from_arrival AND o.arrival <= js.to_arrival"
/** From now on the job is made of what is here. *out_any: whether that is anything at all. */
DW_MUST_CHECK dw_status dw_select_freeze(const struct dw_core *core, int64_t job, bool *out_any,
                                         struct dw_error *err);
/** What the job's profile wants converted and is not yet, to one target at a time; *out_target NULL: nothing.
 *  Ask again when these are done. *out_items: free(). */
DW_MUST_CHECK dw_status dw_select_conversions(const struct dw_job_judge *judge,
                                              const struct dw_job *job, const char **out_target,
                                              struct dw_batch_item **out_items, size_t *out_count,
                                              struct dw_error *err);
/** Images without an icon of that kind yet: "icon-64". */
DW_MUST_CHECK dw_status dw_select_icons(const struct dw_core *core, const struct dw_job *job,
                                        const char *kind,
                                        struct dw_batch_item **out_items, size_t *out_count,
                                        struct dw_error *err);
/** Pictures for the pages: a few of each series, evenly spread, and of a multi-frame object a few frames;
 *  those that are there or have failed before are not made again. *out_items: free(). */
DW_MUST_CHECK dw_status dw_select_previews(const struct dw_core *core, const struct dw_job *job,
                                           struct dw_batch_item **out_items,
                                           size_t *out_count, struct dw_error *err);

/** The object list, some rows at a time: STATE/jobs/<J>/objects. */
typedef struct dw_listing dw_listing;
DW_MUST_CHECK dw_status dw_listing_start(const struct dw_job_judge *judge,
                                         const struct dw_job *job, dw_listing **out,
                                         struct dw_error *err); /**< borrows the judge */
/** A few hundred rows; *out_more false: the list is published. */
DW_MUST_CHECK dw_status dw_listing_step(dw_listing *listing, bool *out_more, struct dw_error *err);
int64_t dw_listing_rows(const dw_listing *listing); /**< written so far */
void dw_listing_free(dw_listing *listing);

/** Objects of the job's studies that a scanner or the identity lock put aside: named as notes. */
DW_MUST_CHECK dw_status dw_select_note_quarantined(const struct dw_core *core, int64_t job,
                                                   struct dw_error *err);

#endif
