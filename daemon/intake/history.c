#include "daemon/intake/history.h"

#include "daemon/audit.h"

#define AT_ONCE 16

/* A job of several studies is known as long as one of them is. */
static dw_status forget_jobs(const struct dw_core *core, int64_t study, struct dw_error *err)
{
    return dw_sql_exec(core->sql, err,
                       "UPDATE job SET patient_id = '', issuer = '', patient_name = '', birth_date = '' WHERE id"
                       " IN (SELECT job FROM job_study WHERE study = ?) AND NOT EXISTS (SELECT 1 FROM job_study y"
                       " JOIN study s ON s.id = y.study WHERE y.job = job.id AND NOT s.forgotten)",
                       "i", study);
}

/* The row stays: what points to it would have to be looked for in every object. Its UID is free for who sends the
 * study again. */
static dw_status forget(const struct dw_core *core, int64_t study, struct dw_error *err)
{
    dw_status st = dw_sql_exec(core->sql, err,
                               "DELETE FROM object WHERE state = 'purged' AND study_uid ="
                               " (SELECT study_uid FROM study WHERE id = ?)",
                               "i", study);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE study SET forgotten = 1, study_uid = 'forgotten.' || id, patient_id = '',"
                         " issuer = '', patient_name = '', birth_date = '', sex = '', study_date = '',"
                         " study_time = '', study_id = '', accession = '', description = '', institution = '',"
                         " referring = '', modalities = '', called = '', calling = '', reason = ''"
                         " WHERE id = ?",
                         "i", study);
    return st == DW_OK ? forget_jobs(core, study, err) : st;
}

static dw_status forget_some(const struct dw_core *core, int64_t before_s, size_t *count, struct dw_error *err)
{
    struct dw_rows rows;
    int64_t ids[AT_ONCE];
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT id FROM study WHERE state = 'purged' AND NOT forgotten AND"
                                " purged_at < ? LIMIT ?",
                                "ii", before_s, (int64_t)AT_ONCE);
    if (st != DW_OK)
        return st;
    for (*count = 0; *count < AT_ONCE && dw_rows_next(&rows); ++*count)
        ids[*count] = dw_rows_int(&rows, 0);
    st = dw_rows_done(&rows, err);
    for (size_t i = 0; i < *count && st == DW_OK; i++)
        st = forget(core, ids[i], err);
    return st;
}

dw_status dw_history_forget(const struct dw_core *core, int64_t before_s, bool *out_more, struct dw_error *err)
{
    size_t count = 0;
    dw_status st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    st = forget_some(core, before_s, &count, err);
    if (st == DW_OK) /* ids are given in the order of time */
        st = dw_sql_exec(core->sql, err,
                         "DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, at FROM audit ORDER BY id"
                         " LIMIT 1000) WHERE at < ?)",
                         "i", before_s);
    bool more = st == DW_OK && (count == AT_ONCE || dw_sql_changes(core->sql) == 1000);
    st = dw_sql_end(core->sql, st, err);
    *out_more = st == DW_OK && more;
    return st;
}

dw_status dw_history_bound(const struct dw_core *core, struct dw_error *err)
{
    dw_status st = dw_sql_exec(core->sql, err, "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?",
                               "i", (int64_t)DW_HISTORY_AUDIT_MAX);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "DELETE FROM audit WHERE door = '" DW_AUDIT_VISIT "' AND id <= (SELECT id FROM audit"
                         " WHERE door = '" DW_AUDIT_VISIT "' ORDER BY id DESC LIMIT 1 OFFSET ?)",
                         "i", (int64_t)DW_HISTORY_VISITS_MAX);
    return st;
}
