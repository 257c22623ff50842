#include "daemon/jobs/job.h"

#include <string.h>

#include "base/text.h"

static dw_status read_row(const struct dw_rows *rows, struct dw_job *out, struct dw_error *err)
{
    int state = dw_job_state_from_name(dw_rows_text(rows, 1));
    *out = (struct dw_job){
        .id = dw_rows_int(rows, 0),
        .copies = dw_rows_int(rows, 2),
        .made_at = dw_rows_int(rows, 3),
        .objects = dw_rows_int(rows, 4),
        .viewer = dw_rows_int(rows, 5) != 0,
        .cancel_asked = dw_rows_int(rows, 6) != 0,
    };
    struct dw_identity *identity = &out->identity;
    dw_text_cut(identity->patient_id, sizeof identity->patient_id, dw_rows_text(rows, 12));
    dw_text_cut(identity->issuer, sizeof identity->issuer, dw_rows_text(rows, 13));
    dw_text_cut(identity->patient_name, sizeof identity->patient_name, dw_rows_text(rows, 14));
    dw_text_cut(identity->birth_date, sizeof identity->birth_date, dw_rows_text(rows, 15));
    int forbidden = dw_forbidden_from_name(dw_rows_text(rows, 18));
    out->nonconformant = dw_rows_int(rows, 20) != 0;
    out->supplement_of = dw_rows_int(rows, 21);
    out->waits = dw_rows_int(rows, 22) != 0;
    int64_t priority = dw_rows_int(rows, 23);
    if (state < 0 || priority < 0 || priority >= DW_PRIORITY_COUNT || forbidden < 0 ||
        !dw_text_copy(out->asked_media, sizeof out->asked_media, dw_rows_text(rows, 16)) ||
        !dw_text_copy(out->asked_profile, sizeof out->asked_profile, dw_rows_text(rows, 17)) ||
        !dw_text_copy(out->compress, sizeof out->compress, dw_rows_text(rows, 19)) ||
        !dw_text_copy(out->media, sizeof out->media, dw_rows_text(rows, 7)) ||
        !dw_text_copy(out->profile, sizeof out->profile, dw_rows_text(rows, 8)) ||
        !dw_text_copy(out->template, sizeof out->template, dw_rows_text(rows, 9)) ||
        !dw_text_copy(out->robot, sizeof out->robot, dw_rows_text(rows, 10)) ||
        !dw_text_copy(out->seed, sizeof out->seed, dw_rows_text(rows, 11)))
        return dw_error_set(err, DW_ERR_CORRUPT, "the row of job %lld makes no sense",
                            (long long)out->id);
    out->state = (enum dw_job_state)state;
    out->forbidden = (enum dw_forbidden)forbidden;
    out->priority = (enum dw_priority)priority;
    return DW_OK;
}

dw_status dw_job_load(const struct dw_core *core, int64_t id, struct dw_job *out,
                      struct dw_error *err)
{
    struct dw_rows rows;
    bool found = false;
    dw_status st = dw_sql_query(
        core->sql, &rows, err,
        "SELECT id, state, copies, made_at, objects, viewer, cancel_asked, media, profile, template,"
        " robot, seed, patient_id, issuer, patient_name, birth_date, asked_media, asked_profile,"
        " forbidden, compress, nonconformant, supplement_of, waits, priority FROM job WHERE id = ?",
        "i", id);
    if (st != DW_OK)
        return st;
    dw_status row = DW_OK;
    if (dw_rows_next(&rows)) {
        found = true;
        row = read_row(&rows, out, err);
    }
    st = dw_rows_done(&rows, row == DW_OK ? err : NULL);
    if (st == DW_OK)
        st = row;
    if (st == DW_OK && !found)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no job %lld", (long long)id);
    return st;
}

dw_status dw_job_apply(const struct dw_core *core, int64_t id, enum dw_job_event on,
                       const char *reason, enum dw_job_state *out_to, struct dw_error *err)
{
    struct dw_job job;
    enum dw_job_state to;
    dw_status st = dw_job_load(core, id, &job, err);
    if (st == DW_OK)
        st = dw_job_next(job.state, on, &to, err);
    if (st != DW_OK)
        return st;
    st = dw_sql_exec(core->sql, err,
                     "UPDATE job SET state = ?, reason = ?, step = '', done_at = ? WHERE id = ?"
                     " AND state = ?",
                     "ttiit", dw_job_state_name(to), reason ? reason : "",
                     dw_job_is_final(to) ? dw_core_now_s(core) : (int64_t)0, id,
                     dw_job_state_name(job.state));
    if (st != DW_OK)
        return st;
    if (dw_sql_changes(core->sql) != 1)
        return dw_error_set(err, DW_ERR_CONFLICT, "job %lld has changed meanwhile", (long long)id);
    bool bad = to == DW_JOB_FAILED || to == DW_JOB_HELD;
    dw_log_write(&core->log, bad ? DW_LOG_ERROR : DW_LOG_INFO, "job=%lld %s -> %s%s%s",
                 (long long)id, dw_job_state_name(job.state), dw_job_state_name(to),
                 reason ? ": " : "", reason ? reason : "");
    dw_core_event(core,
                  ((struct dw_event){.level = bad ? DW_LOG_ERROR : DW_LOG_INFO, .job = id}),
                  "%s -> %s%s%s", dw_job_state_name(job.state), dw_job_state_name(to),
                  reason ? ": " : "", reason ? reason : "");
    dw_core_changed(core);
    if (out_to)
        *out_to = to;
    return DW_OK;
}

dw_status dw_job_check_studies(const struct dw_core *core, int64_t id, struct dw_error *err)
{
    int64_t held = 0, gone = 0;
    dw_status st = dw_sql_int(core->sql, 0, &held, err,
                              "SELECT min(id) FROM study WHERE state = 'held' AND id IN"
                              " (SELECT study FROM job_study WHERE job = ?)",
                              "i", id);
    if (st == DW_OK && held)
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "study %lld is held: a person decides whose it is, then retry",
                          (long long)held);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &gone, err,
                        "SELECT min(id) FROM study WHERE state IN ('deleted', 'purging', 'purged')"
                        " AND id IN (SELECT study FROM job_study WHERE job = ?)",
                        "i", id);
    if (st == DW_OK && gone)
        st = dw_error_set(err, DW_ERR_CONFLICT, "study %lld was deleted", (long long)gone);
    if (st == DW_OK) /* purged, and sent once more since */
        st = dw_sql_int(core->sql, 0, &gone, err,
                        "SELECT count(*) FROM volume WHERE job = ? AND dir = ''", "i", id);
    if (st == DW_OK && gone)
        st = dw_error_set(err, DW_ERR_CONFLICT, "what job %lld put on its discs was purged: order a "
                                                "disc of the study anew",
                          (long long)id);
    return st;
}

dw_status dw_job_set_step(const struct dw_core *core, int64_t id, const char *step,
                          struct dw_error *err)
{
    dw_core_changed(core);
    return dw_sql_exec(core->sql, err, "UPDATE job SET step = ? WHERE id = ?", "ti", step, id);
}

dw_status dw_job_note(const struct dw_core *core, int64_t id, const char *kind, int64_t number,
                      const char *text, struct dw_error *err)
{
    return dw_sql_exec(core->sql, err,
                       "INSERT INTO job_note(job, kind, number, text) VALUES(?, ?, ?, ?)"
                       " ON CONFLICT DO NOTHING",
                       "itit", id, kind, number, text);
}

static dw_status remove_folders(const struct dw_core *core, int64_t id, struct dw_error *err)
{
    struct dw_rows rows;
    char path[DW_PATH_MAX];
    dw_status st =
        dw_sql_query(core->sql, &rows, err, "SELECT dir FROM volume WHERE job = ? AND dir <> ''", "i",
                     id);
    if (st != DW_OK)
        return st;
    dw_status removed = DW_OK;
    while (removed == DW_OK && dw_rows_next(&rows)) {
        removed = dw_core_path(core, path, sizeof path, err, "%s", dw_rows_text(&rows, 0));
        if (removed == DW_OK)
            removed = dw_file_remove_tree(path, err);
    }
    st = dw_rows_done(&rows, removed == DW_OK ? err : NULL);
    return removed != DW_OK ? removed : st;
}

dw_status dw_job_clear(const struct dw_core *core, int64_t id, struct dw_error *err)
{
    int64_t discs = 0;
    dw_status st =
        dw_sql_int(core->sql, 0, &discs, err, "SELECT count(*) FROM disc WHERE job = ?", "i", id);
    if (st != DW_OK)
        return st;
    if (discs > 0)
        return dw_error_set(err, DW_ERR_CONFLICT, "job %lld has discs: its volumes stay",
                            (long long)id);
    st = remove_folders(core, id, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "DELETE FROM volume_object WHERE volume IN"
                         " (SELECT id FROM volume WHERE job = ?)",
                         "i", id);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "DELETE FROM volume WHERE job = ?", "i", id);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "DELETE FROM job_note WHERE job = ?", "i", id);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE job SET question = '', nonconformant = 0, claim = '' WHERE id = ?",
                         "i", id);
    return st;
}

dw_status dw_job_purge(const struct dw_core *core, int64_t id, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    dw_status st = remove_folders(core, id, err);
    if (st == DW_OK)
        st = dw_core_path(core, path, sizeof path, err, "jobs/%lld", (long long)id);
    if (st == DW_OK)
        st = dw_file_remove_tree(path, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "UPDATE volume SET dir = '' WHERE job = ?", "i", id);
    return st;
}
