#include "daemon/intake/conflict.h"

#include "base/text.h"
#include "daemon/intake/object.h"
#include "daemon/intake/study.h"

#define AT_ONCE 256

dw_status dw_conflict_add(const struct dw_core *core, const struct dw_conflict *conflict,
                          struct dw_error *err)
{
    dw_status st = DW_OK;
    for (size_t i = 0; i < DW_IDENTITY_FIELDS && st == DW_OK; i++) {
        if (!dw_identity_differs(conflict->locked, conflict->other, i))
            continue;
        st = dw_sql_exec(core->sql, err,
                         "INSERT INTO conflict(number, field, study, locked, other, calling, at)"
                         " VALUES(?, ?, ?, ?, ?, ?, ?)",
                         "itittti", conflict->number, dw_identity_fields[i].key, conflict->study,
                         dw_identity_value(conflict->locked, i),
                         dw_identity_value(conflict->other, i),
                         conflict->calling ? conflict->calling : "", dw_core_now_s(core));
    }
    return st;
}

static dw_status refuse(int64_t number, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CONFLICT,
                        "object %lld cannot be accepted: its header names another patient, and a disc "
                        "with it would be rejected; correct it at its source and send it again",
                        (long long)number);
}

static dw_status check_open(const struct dw_core *core, int64_t study, int64_t number,
                            struct dw_error *err)
{
    int64_t open = 0, gated = 0;
    dw_status st = dw_sql_int(core->sql, 0, &open, err,
                              "SELECT count(*) FROM conflict WHERE number = ? AND study = ? AND"
                              " answer <> 'accepted'",
                              "ii", number, study);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &gated, err,
                        "SELECT count(*) FROM conflict WHERE number = ? AND NOT " DW_CONFLICT_UNGATED,
                        "i", number);
    if (st == DW_OK && open == 0)
        st = dw_error_set(err, DW_ERR_CONFLICT, "nothing is asked about object %lld of study %lld",
                          (long long)number, (long long)study);
    return st == DW_OK && gated > 0 ? refuse(number, err) : st;
}

struct quarantined {
    struct dw_object object;
    struct dw_identity locked, here;
    uint64_t size_bytes;
    char called[DW_AET_MAX + 1], calling[DW_AET_MAX + 1];
};

static dw_status read_object(const struct dw_core *core, int64_t number, struct quarantined *out,
                             struct dw_error *err)
{
    struct dw_rows rows;
    bool found = false;
    dw_status read = DW_OK;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT detail, size_bytes, called, calling FROM object WHERE"
                                " number = ? AND state = 'quarantined'",
                                "i", number);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        found = true;
        out->size_bytes = (uint64_t)dw_rows_int(&rows, 1);
        dw_text_cut(out->called, sizeof out->called, dw_rows_text(&rows, 2));
        dw_text_cut(out->calling, sizeof out->calling, dw_rows_text(&rows, 3));
        read = dw_object_detail_read(dw_rows_text(&rows, 0), &out->object, err);
    }
    st = dw_rows_done(&rows, read == DW_OK ? err : NULL);
    if (st == DW_OK && read == DW_OK && !found)
        return dw_error_set(err, DW_ERR_CONFLICT, "object %lld is not quarantined",
                            (long long)number);
    return read != DW_OK ? read : st;
}

/* The lock may know more by now than when the object came. */
static dw_status check_lock(const struct dw_core *core, int64_t study, int64_t number,
                            struct quarantined *in, struct dw_error *err)
{
    dw_identity_of(&in->object, &in->here);
    dw_status st = dw_study_identity(core, study, &in->locked, err);
    for (size_t i = 0; i < DW_IDENTITY_FIELDS && st == DW_OK; i++)
        if (dw_identity_fields[i].gated && dw_identity_differs(&in->locked, &in->here, i))
            st = refuse(number, err);
    return st;
}

dw_status dw_conflict_accept(const struct dw_core *core, int64_t study, int64_t number,
                             struct dw_error *err)
{
    struct quarantined in = {.size_bytes = 0};
    dw_status st = check_open(core, study, number, err);
    if (st == DW_OK)
        st = read_object(core, number, &in, err);
    if (st == DW_OK)
        st = check_lock(core, study, number, &in, err);
    if (st != DW_OK)
        return st;
    const struct dw_sender from = {.called = in.called, .calling = in.calling};
    st = dw_sql_exec(core->sql, err,
                     "UPDATE object SET state = 'received', reason = '', study = ?1,"
                     " arrival = (SELECT arrivals + 1 FROM study WHERE id = ?1) WHERE number = ?2",
                     "ii", study, number);
    if (st == DW_ERR_CONFLICT)
        return dw_error_set(err, st, "object %lld cannot be accepted: its SOP instance is in the "
                                     "study already",
                            (long long)number);
    if (st == DW_OK)
        st = dw_study_lock_rest(core, study, &in.locked, &in.here, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "UPDATE conflict SET answer = 'accepted' WHERE number = ?",
                         "i", number);
    return st == DW_OK ? dw_study_add(core, study, &in.object, &from, in.size_bytes, err) : st;
}

static dw_status find_acceptable(const struct dw_core *core, int64_t study, int64_t after, int64_t *out,
                                 size_t *count, struct dw_error *err)
{
    struct dw_rows rows;
    *count = 0;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT number FROM conflict WHERE study = ? AND number > ? AND"
                                " answer = '' GROUP BY number HAVING min(" DW_CONFLICT_UNGATED ")"
                                " ORDER BY number",
                                "ii", study, after);
    if (st != DW_OK)
        return st;
    while (*count < AT_ONCE && dw_rows_next(&rows))
        out[(*count)++] = dw_rows_int(&rows, 0);
    return dw_rows_done(&rows, err);
}

dw_status dw_conflict_accept_all(const struct dw_core *core, int64_t study, int64_t *out_count,
                                 struct dw_error *err)
{
    int64_t numbers[AT_ONCE], after = 0;
    size_t count = AT_ONCE;
    dw_status st = DW_OK;
    *out_count = 0;
    while (st == DW_OK && count == AT_ONCE) {
        st = find_acceptable(core, study, after, numbers, &count, err);
        for (size_t i = 0; i < count && st == DW_OK; i++) {
            after = numbers[i];
            st = dw_conflict_accept(core, study, after, err);
            *out_count += st == DW_OK;
            if (st == DW_ERR_CONFLICT) /* its instance is here by now, or its patient is not this one */
                st = DW_OK;
        }
    }
    return st;
}

dw_status dw_conflict_leave_out(const struct dw_core *core, int64_t study, int64_t *out_count,
                                struct dw_error *err)
{
    dw_status st = dw_sql_int(core->sql, 0, out_count, err,
                              "SELECT count(DISTINCT number) FROM conflict WHERE study = ? AND"
                              " answer = ''",
                              "i", study);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE conflict SET answer = 'left out' WHERE study = ? AND answer = ''",
                         "i", study);
    return st;
}
