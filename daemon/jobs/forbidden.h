/** Objects that a job's profile forbids: nothing is burned, a person is asked, and the answer becomes the
 *  job's own setting. Row kind "forbidden" of job_note names each object and its reason; the column
 *  job.question is, while the job is held for it, the JSON
 *  {"answers": ["leave-off", "profile", "as-is"], "takers": [{"profile", "media"}]}. Loop thread only. */
#ifndef DW_DAEMON_JOBS_FORBIDDEN_H
#define DW_DAEMON_JOBS_FORBIDDEN_H
#include <jansson.h>
#include "daemon/core.h"
#include "daemon/jobs/job.h"

/** Is this result of a plan task such a question, and no failure? */
bool dw_forbidden_is_question(dw_status st, const json_t *result);
/** Store what is asked. err becomes the sentence for people and is no failure; it says what they may answer.
 *  In a transaction of its own. */
DW_MUST_CHECK dw_status dw_forbidden_ask(const struct dw_core *core, const struct dw_job *job,
                                         const json_t *result, struct dw_error *err);

struct dw_forbidden_answer { /* borrowed texts */
    const char *answer;          /**< "leave-off", "as-is", "profile" */
    const char *media, *profile; /**< with "profile": at least one of them; "" */
    const char *by;              /**< "console", "cli": for the log */
};
/** held -> queued. DW_ERR_CONFLICT: the job is not held for that; DW_ERR_DENIED: jobs.nonconformant forbids
 *  as-is; DW_ERR_INVALID: a word of the answer. */
DW_MUST_CHECK dw_status dw_forbidden_resolve(const struct dw_core *core, int64_t job,
                                             const struct dw_forbidden_answer *answer,
                                             struct dw_error *err);

#endif
