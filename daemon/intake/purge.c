#include "daemon/intake/purge.h"

#include "daemon/intake/spool.h"
#include "daemon/intake/study.h"
#include "daemon/jobs/derived.h"
#include "daemon/jobs/job.h"

static dw_status begin(const struct dw_core *core, bool *out_own, struct dw_error *err)
{
    *out_own = !dw_sql_in_transaction(core->sql);
    return *out_own ? dw_sql_begin(core->sql, err) : DW_OK;
}

static dw_status end(const struct dw_core *core, bool own, dw_status st, struct dw_error *err)
{
    return own ? dw_sql_end(core->sql, st, err) : st;
}

/* The file first: a row that says 'purged' while the file stays would be swept at the next start at best. */
static dw_status purge_object(const struct dw_core *core, int64_t number, struct dw_error *err)
{
    dw_status st = dw_derived_remove(core, number, err);
    if (st != DW_OK)
        return st;
    dw_spool_remove(core, number);
    return dw_sql_exec(core->sql, err,
                       "UPDATE object SET state = 'purged', reason = '', detail = '', record = NULL"
                       " WHERE number = ?",
                       "i", number);
}

static dw_status purge_rows(const struct dw_core *core, struct dw_rows *rows, size_t *count,
                            struct dw_error *err)
{
    int64_t numbers[DW_PURGE_SLICE];
    *count = 0;
    while (*count < DW_PURGE_SLICE && dw_rows_next(rows))
        numbers[(*count)++] = dw_rows_int(rows, 0);
    dw_status st = dw_rows_done(rows, err);
    for (size_t i = 0; i < *count && st == DW_OK; i++)
        st = purge_object(core, numbers[i], err);
    return st;
}

static dw_status purge_some(const struct dw_core *core, int64_t study, size_t *count,
                            struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT number FROM object WHERE study = ? AND state = 'received'"
                                " LIMIT ?",
                                "ii", study, (int64_t)DW_PURGE_SLICE);
    if (st == DW_OK)
        st = purge_rows(core, &rows, count, err);
    if (st != DW_OK || *count > 0)
        return st;
    st = dw_sql_query(core->sql, &rows, err,
                      "SELECT number FROM object WHERE state = 'quarantined' AND study_uid ="
                      " (SELECT study_uid FROM study WHERE id = ?) LIMIT ?",
                      "ii", study, (int64_t)DW_PURGE_SLICE);
    return st == DW_OK ? purge_rows(core, &rows, count, err) : st;
}

/* A disc of several studies cannot be made again when one of them is gone. */
static dw_status purge_jobs(const struct dw_core *core, int64_t study, struct dw_error *err)
{
    int64_t after = 0;
    dw_status st = DW_OK;
    while (st == DW_OK) {
        int64_t job = 0;
        st = dw_sql_int(core->sql, 0, &job, err,
                        "SELECT min(job) FROM job_study WHERE study = ? AND job > ?", "ii", study,
                        after);
        if (st != DW_OK || job == 0)
            break;
        st = dw_job_purge(core, job, err);
        after = job;
    }
    return st;
}

static dw_status finish(const struct dw_core *core, int64_t study, struct dw_error *err)
{
    dw_status st = purge_jobs(core, study, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "DELETE FROM series WHERE study = ?", "i", study);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "DELETE FROM conflict WHERE study = ?", "i", study);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE study SET objects = 0, size_bytes = 0, deleted_at = 0, purged_at = ?"
                         " WHERE id = ?",
                         "ii", dw_core_now_s(core), study);
    return st == DW_OK ? dw_study_apply(core, study, DW_STUDY_EV_PURGED, NULL, NULL, err) : st;
}

dw_status dw_purge_step(const struct dw_core *core, int64_t study, bool *out_done,
                        struct dw_error *err)
{
    size_t count = 0;
    bool own;
    *out_done = false;
    dw_status st = begin(core, &own, err);
    if (st != DW_OK)
        return st;
    st = purge_some(core, study, &count, err);
    if (st == DW_OK && count == 0)
        st = finish(core, study, err);
    st = end(core, own, st, err);
    *out_done = st == DW_OK && count == 0;
    return st;
}

dw_status dw_purge_before(const struct dw_core *core, const char *study_uid, struct dw_error *err)
{
    int64_t study = 0;
    bool done = false;
    dw_status st = dw_sql_int(core->sql, 0, &study, err,
                              "SELECT id FROM study WHERE study_uid = ? AND state = 'purging'", "t",
                              study_uid);
    while (st == DW_OK && study != 0 && !done)
        st = dw_purge_step(core, study, &done, err);
    return st;
}

dw_status dw_purge_strays(const struct dw_core *core, int64_t before_s, bool *out_more,
                          struct dw_error *err)
{
    struct dw_rows rows;
    size_t count = 0;
    bool own;
    dw_status st = begin(core, &own, err);
    if (st != DW_OK)
        return st;
    st = dw_sql_query(core->sql, &rows, err,
                      "SELECT number FROM object WHERE state = 'quarantined' AND received_at < ? AND"
                      " study_uid NOT IN (SELECT study_uid FROM study) LIMIT ?",
                      "ii", before_s, (int64_t)DW_PURGE_SLICE);
    if (st == DW_OK)
        st = purge_rows(core, &rows, &count, err);
    *out_more = st == DW_OK && count == DW_PURGE_SLICE;
    return end(core, own, st, err);
}
