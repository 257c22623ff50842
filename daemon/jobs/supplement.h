/** Objects that came after the discs of a job were begun, and the disc that is made of them alone. A job, its
 *  supplements and theirs are one family: a supplement is always of the first job. */
#ifndef DW_DAEMON_JOBS_SUPPLEMENT_H
#define DW_DAEMON_JOBS_SUPPLEMENT_H
#include "daemon/core.h"
#include "daemon/jobs/job.h"

/** SQL: the newest arrival of a study that is on a disc of a job's family, or will be. */
#define DW_COVERED(job, study)                                                                     \
    "(SELECT max(x.to_arrival) FROM job_study x JOIN job k ON k.id = x.job WHERE x.study = " study \
    " AND (k.id = " job " OR (k.supplement_of = " job " AND k.state <> 'cancelled')))"
/** SQL: how many objects came after the discs of job j were begun. */
#define DW_LATE                                                                                    \
    "(SELECT coalesce(sum(max(0, s.arrivals - " DW_COVERED("j.id", "js.study") ")), 0)"            \
    " FROM job_study js JOIN study s ON s.id = js.study WHERE js.job = j.id AND"                   \
    " j.supplement_of = 0 AND j.state IN ('active', 'done'))"

/** Order the disc of what came late: same patient, same wishes as the first job. rule: that orders it, "" a
 *  person (by). DW_ERR_CONFLICT: nothing came late, the discs are not begun, a supplement is on its way
 *  already, or what holds for every order (dw_job_order()). */
DW_MUST_CHECK dw_status dw_supplement_order(const struct dw_core *core, int64_t job, const char *by,
                                            const struct dw_decision *rule, int64_t *out_id,
                                            struct dw_error *err);
/** Objects of the first job's studies that are not on finished discs of the family yet. */
DW_MUST_CHECK dw_status dw_supplement_missing(const struct dw_core *core, int64_t job, int64_t *out,
                                              struct dw_error *err);

#endif
