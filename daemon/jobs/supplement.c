#include "daemon/jobs/supplement.h"

#include "daemon/intake/study.h"

static dw_status load_first(const struct dw_core *core, int64_t id, struct dw_job *out,
                            struct dw_error *err)
{
    dw_status st = dw_job_load(core, id, out, err);
    if (st == DW_OK && out->supplement_of)
        st = dw_job_load(core, out->supplement_of, out, err);
    if (st == DW_OK && out->state != DW_JOB_ACTIVE && out->state != DW_JOB_DONE)
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "job %lld is %s: what has arrived since will be on its own disc",
                          (long long)out->id, dw_job_state_name(out->state));
    return st;
}

/* One after the other: only a supplement whose discs are begun says what it holds. */
static dw_status check_no_other(const struct dw_core *core, int64_t first, struct dw_error *err)
{
    int64_t other = 0;
    dw_status st = dw_sql_int(core->sql, 0, &other, err,
                              "SELECT id FROM job WHERE supplement_of = ? AND state NOT IN"
                              " ('active', 'done', 'cancelled')",
                              "i", first);
    if (st == DW_OK && other)
        st = dw_error_set(err, DW_ERR_CONFLICT, "job %lld is the supplement of job %lld already",
                          (long long)other, (long long)first);
    return st;
}

static dw_status find_late(const struct dw_core *core, int64_t first, struct dw_order *order,
                           struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT js.study FROM job_study js JOIN study s ON s.id = js.study"
                                " WHERE js.job = ?1 AND s.arrivals > " DW_COVERED("?1", "js.study")
                                " ORDER BY js.study",
                                "i", first);
    if (st != DW_OK)
        return st;
    while (order->study_count < DW_JOB_STUDIES_MAX && dw_rows_next(&rows))
        order->studies[order->study_count++] = dw_rows_int(&rows, 0);
    st = dw_rows_done(&rows, err);
    if (st == DW_OK && order->study_count == 0)
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "nothing has arrived since the discs of job %lld were begun",
                          (long long)first);
    return st;
}

/* The discs of one family are of one patient, also when the study was released for another one since. */
static dw_status check_patient(const struct dw_core *core, const struct dw_job *first,
                               const struct dw_order *order, struct dw_error *err)
{
    struct dw_identity here;
    dw_status st = DW_OK;
    for (size_t i = 0; i < order->study_count && st == DW_OK; i++) {
        st = dw_study_identity(core, order->studies[i], &here, err);
        const char *difference =
            st == DW_OK ? dw_identity_difference(&first->identity, &here) : NULL;
        if (difference)
            st = dw_error_set(err, DW_ERR_CONFLICT,
                              "study %lld is of another patient than job %lld (%s differs)",
                              (long long)order->studies[i], (long long)first->id, difference);
    }
    return st;
}

dw_status dw_supplement_order(const struct dw_core *core, int64_t job, const char *by,
                              const struct dw_decision *rule, int64_t *out_id, struct dw_error *err)
{
    struct dw_job first;
    dw_status st = load_first(core, job, &first, err);
    if (st != DW_OK)
        return st;
    struct dw_order order = {.copies = first.copies,
                             .viewer = first.viewer ? DW_VIEWER_YES : DW_VIEWER_NO,
                             .priority = first.priority,
                             .rule = rule ? rule->rule : "",
                             .waits = rule && rule->action == DW_ACTION_HOLD,
                             .supplement_of = first.id,
                             .media = first.asked_media,
                             .profile = first.asked_profile,
                             .template = first.template,
                             .robot = first.robot,
                             .made_by = by};
    st = check_no_other(core, first.id, err);
    if (st == DW_OK)
        st = find_late(core, first.id, &order, err);
    if (st == DW_OK)
        st = check_patient(core, &first, &order, err);
    if (st == DW_OK)
        st = dw_job_order(core, &order, out_id, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE job SET recipient = (SELECT recipient FROM job WHERE id = ?)"
                         " WHERE id = ?",
                         "ii", first.id, *out_id);
    return st;
}

dw_status dw_supplement_missing(const struct dw_core *core, int64_t job, int64_t *out,
                                struct dw_error *err)
{
    return dw_sql_int(core->sql, 0, out, err,
                      "WITH first(id) AS (SELECT iif(supplement_of = 0, id, supplement_of) FROM job"
                      " WHERE id = ?) SELECT sum(s.arrivals - iif((SELECT state FROM job WHERE id ="
                      " first.id) <> 'done', 0, coalesce((SELECT max(x.to_arrival) FROM job_study x"
                      " JOIN job k ON k.id = x.job WHERE x.study = js.study AND k.state = 'done' AND"
                      " (k.id = first.id OR k.supplement_of = first.id)), 0))) FROM first, job_study js JOIN study s ON s.id = js.study"
                      " WHERE js.job = first.id",
                      "i", job);
}
