/** What the profile of a job wants of its objects, before a catalog is made: which of them are converted to
 *  what. The catalog of the plan task judges by the same table. Loop thread only. */
#ifndef DW_DAEMON_JOBS_JUDGE_H
#define DW_DAEMON_JOBS_JUDGE_H
#include "daemon/jobs/job.h"
#include "dicom/object.h"
#include "layout/fileset/profile.h"

struct dw_job_judge { /* borrows the job */
    const struct dw_core *core;
    const struct dw_profile *profile;
    struct dw_judge_opts opts;
    bool needs_detail; /**< class and transfer syntax alone do not decide */
};
DW_MUST_CHECK dw_status dw_job_judge_init(const struct dw_core *core, const struct dw_job *job,
                                          struct dw_job_judge *out, struct dw_error *err);

enum dw_derived { DW_DERIVED_NONE, DW_DERIVED_READY, DW_DERIVED_FAILED };
struct dw_conversion {
    const char *target;     /**< transfer syntax UID, constant text; NULL: it stays as received */
    enum dw_derived state;
};
/** What becomes of one object. One that could not be compressed goes without, as in the catalog. */
DW_MUST_CHECK dw_status dw_job_judge_object(const struct dw_job_judge *judge, int64_t number,
                                            const struct dw_object *object,
                                            struct dw_conversion *out, struct dw_error *err);

#endif
