#include "daemon/jobs/outcome.h"

#include "base/text.h"
#include "daemon/intake/study.h"
#include "daemon/jobs/disc.h"
#include "daemon/jobs/job.h"
#include "daemon/jobs/supplement.h"
#include "robot/faults.h"

static dw_status publish_studies(const struct dw_core *core, int64_t job, struct dw_error *err)
{
    int64_t studies[DW_JOB_STUDIES_MAX], late = 0;
    size_t count = 0;
    struct dw_rows rows;
    dw_status st = dw_supplement_missing(core, job, &late, err);
    /* A study is not published by a disc that lacks its newest objects, whether it still receives or is
     * complete once more. */
    if (st == DW_OK && late > 0)
        dw_core_event(core, ((struct dw_event){.level = DW_LOG_WARNING, .job = job}),
                      "%lld objects arrived after the list of this job was made and are on none of "
                      "its discs",
                      (long long)late);
    if (st != DW_OK || late > 0)
        return st;
    st = dw_sql_query(core->sql, &rows, err,
                      "SELECT id FROM study WHERE state = 'complete' AND id IN (SELECT study FROM"
                      " job_study WHERE job = (SELECT iif(supplement_of = 0, id, supplement_of) FROM"
                      " job WHERE id = ?))",
                      "i", job);
    if (st != DW_OK)
        return st;
    while (count < DW_JOB_STUDIES_MAX && dw_rows_next(&rows))
        studies[count++] = dw_rows_int(&rows, 0);
    st = dw_rows_done(&rows, err);
    for (size_t i = 0; i < count && st == DW_OK; i++)
        st = dw_study_apply(core, studies[i], DW_STUDY_EV_PUBLISHED, NULL, NULL, err);
    return st;
}

static dw_status after_delivery(const struct dw_core *core, const struct dw_job *job,
                                struct dw_error *err)
{
    struct dw_disc_counts counts;
    dw_status st = dw_disc_count(core, job->id, &counts, err);
    if (st != DW_OK || counts.delivered < counts.wanted)
        return st;
    if (job->state != DW_JOB_ACTIVE && job->state != DW_JOB_HELD)
        return DW_OK;
    st = dw_job_apply(core, job->id, DW_JOB_EV_FINISH, NULL, NULL, err);
    return st == DW_OK ? publish_studies(core, job->id, err) : st;
}

static dw_status after_rejection(const struct dw_core *core, const struct dw_job *job,
                                 const struct dw_disc_row *disc, bool *out_reserved,
                                 struct dw_error *err)
{
    int64_t rejected = 0, id;
    char reason[160];
    const struct dw_fault *fault = dw_fault_find(disc->fault);
    if (fault && fault->action == DW_FAULT_HOLD_JOB && job->state == DW_JOB_ACTIVE)
        return dw_job_apply(core, job->id, DW_JOB_EV_HOLD, fault->sentence, NULL, err);
    dw_status st = dw_sql_int(core->sql, 0, &rejected, err,
                              "SELECT count(*) FROM disc WHERE volume = ? AND copy = ? AND"
                              " state = 'rejected'",
                              "ii", disc->volume, disc->copy);
    if (st != DW_OK || job->state != DW_JOB_ACTIVE)
        return st;
    if (rejected % DW_DISC_ATTEMPTS_MAX != 0) {
        st = dw_disc_reserve(core, disc->volume, job->id, disc->copy, disc->robot, &id, err);
        *out_reserved = st == DW_OK;
        return st;
    }
    if (!dw_text_format(reason, sizeof reason,
                        "%d discs in a row were bad for copy %lld: look at discs and drives, then "
                        "retry",
                        DW_DISC_ATTEMPTS_MAX, (long long)disc->copy))
        return dw_error_set(err, DW_ERR_INTERNAL, "a reason does not fit");
    return dw_job_apply(core, job->id, DW_JOB_EV_HOLD, reason, NULL, err);
}

static dw_status after_abandoning(const struct dw_core *core, const struct dw_job *job,
                                  const struct dw_disc_row *disc, struct dw_error *err)
{
    char reason[160];
    const struct dw_fault *fault = dw_fault_find(disc->fault);
    if (job->state != DW_JOB_ACTIVE)
        return DW_OK;
    if (fault && fault->action == DW_FAULT_HOLD_JOB)
        return dw_job_apply(core, job->id, DW_JOB_EV_HOLD, fault->sentence, NULL, err);
    /* Whether the patient has it is not ours to guess: a second disc is made only when asked for. */
    if (!dw_text_format(reason, sizeof reason,
                        "disc %lld was taken out by a person: retry makes another one",
                        (long long)disc->id))
        return dw_error_set(err, DW_ERR_INTERNAL, "a reason does not fit");
    return dw_job_apply(core, job->id, DW_JOB_EV_HOLD, reason, NULL, err);
}

dw_status dw_outcome_settle_cancelled(const struct dw_core *core, int64_t id, struct dw_error *err)
{
    struct dw_job job;
    struct dw_disc_counts counts;
    dw_status st = dw_job_load(core, id, &job, err);
    if (st == DW_OK)
        st = dw_disc_count(core, id, &counts, err);
    if (st != DW_OK || !job.cancel_asked || counts.live > 0 || dw_job_is_final(job.state))
        return st;
    return dw_job_apply(core, id, DW_JOB_EV_CANCEL, "cancelled by a person", NULL, err);
}

dw_status dw_outcome_apply(const struct dw_core *core, int64_t id, enum dw_disc_state state,
                           bool *out_reserved, struct dw_error *err)
{
    struct dw_disc_row disc;
    struct dw_job job;

    *out_reserved = false;
    if (!dw_disc_is_final(state))
        return DW_OK;
    dw_status st = dw_disc_row_load(core, id, &disc, err);
    if (st == DW_OK)
        st = dw_job_load(core, disc.job, &job, err);
    if (st != DW_OK)
        return st;
    if (state == DW_DISC_DELIVERED)
        st = after_delivery(core, &job, err);
    else if (job.cancel_asked)
        st = DW_OK;
    else if (state == DW_DISC_REJECTED)
        st = after_rejection(core, &job, &disc, out_reserved, err);
    else
        st = after_abandoning(core, &job, &disc, err);
    return st == DW_OK && job.cancel_asked ? dw_outcome_settle_cancelled(core, job.id, err) : st;
}

struct pair {
    int64_t volume, copy;
};

dw_status dw_outcome_reserve_missing(const struct dw_core *core, int64_t id, int64_t *out_count,
                                     struct dw_error *err)
{
    /* One round is enough for a job of usual size; the largest takes some more. */
    enum { AT_ONCE = 512 };
    struct pair missing[AT_ONCE];
    size_t count = AT_ONCE;
    struct dw_job job;

    *out_count = 0;
    dw_status st = dw_job_load(core, id, &job, err);
    while (st == DW_OK && count == AT_ONCE) {
        struct dw_rows rows;
        count = 0;
        st = dw_sql_query(core->sql, &rows, err,
                          "WITH RECURSIVE copies(c) AS (SELECT 1 UNION ALL SELECT c + 1 FROM copies"
                          " WHERE c < ?1) SELECT v.id, c FROM copies, volume v WHERE v.job = ?2 AND"
                          " NOT EXISTS (SELECT 1 FROM disc d WHERE d.volume = v.id AND d.copy = c"
                          " AND d.state NOT IN ('rejected', 'abandoned')) ORDER BY c, v.n",
                          "ii", job.copies, id);
        if (st != DW_OK)
            break;
        while (count < AT_ONCE && dw_rows_next(&rows)) {
            missing[count].volume = dw_rows_int(&rows, 0);
            missing[count++].copy = dw_rows_int(&rows, 1);
        }
        st = dw_rows_done(&rows, err);
        for (size_t i = 0; i < count && st == DW_OK; i++) {
            int64_t disc;
            st = dw_disc_reserve(core, missing[i].volume, id, missing[i].copy, job.robot, &disc,
                                 err);
            *out_count += st == DW_OK;
        }
    }
    return st;
}
