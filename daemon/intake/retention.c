#include "daemon/intake/retention.h"

#include <stdlib.h>

#include "base/text.h"
#include "daemon/audit.h"
#include "daemon/intake/history.h"
#include "daemon/intake/purge.h"
#include "daemon/intake/running.h"
#include "daemon/intake/spool.h"
#include "daemon/intake/study.h"

#define AT_ONCE 64  /* studies deleted in one round */
#define SLICE_MS 5  /* between two slices: receiving comes first */
#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)

/* SQL, of study s: no job that is not over, and no disc that is still somewhere. */
#define NO_OPEN_JOB                                                                                \
    " NOT EXISTS (SELECT 1 FROM job_study y JOIN job j ON j.id = y.job WHERE y.study = s.id AND"    \
    " (j.state NOT IN ('done', 'cancelled') OR EXISTS (SELECT 1 FROM disc d WHERE d.job = j.id AND" \
    " d.state NOT IN ('delivered', 'rejected', 'abandoned'))))"
/* A complete study of which no rule has decided yet is not finished. */
#define FINISHED                                                                                   \
    " (s.state = 'published' OR (s.state = 'complete' AND s.action <> '')) AND s.pinned = 0 AND" NO_OPEN_JOB
/* From when its age counts: the last object, the last disc, or when a person took it back. */
#define AGE_FROM                                                                                   \
    " max(s.last_at, s.kept_from, coalesce((SELECT max(j.done_at) FROM job_study y JOIN job j ON"   \
    " j.id = y.job WHERE y.study = s.id), 0))"

struct dw_retention {
    const struct dw_core *core;
    uint64_t timer;
    struct dw_running running;
};

dw_status dw_retention_new(const struct dw_core *core, dw_retention **out, struct dw_error *err)
{
    dw_retention *retention = calloc(1, sizeof *retention);
    if (!retention)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    retention->core = core;
    dw_running_init(&retention->running, core);
    *out = retention;
    return DW_OK;
}

void dw_retention_free(dw_retention *retention)
{
    if (!retention)
        return;
    dw_loop_cancel(retention->core->loop, retention->timer);
    free(retention);
}

/* --- one study --- */

static dw_status mark_deleted(const struct dw_core *core, int64_t study, struct dw_error *err)
{
    dw_status st = dw_study_apply(core, study, DW_STUDY_EV_DELETE, NULL, NULL, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "UPDATE study SET deleted_at = ? WHERE id = ?", "ii",
                         dw_core_now_s(core), study);
    return st;
}

/* What retention does by itself is kept like what a person does; both or nothing. */
static dw_status act(const struct dw_core *core, int64_t study, enum dw_study_event on,
                     const char *reason, struct dw_error *err)
{
    int64_t id = 0;
    dw_status st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    st = dw_audit_begin(core,
                        &(struct dw_audit){.action = dw_study_event_name(on),
                                           .door = "retention",
                                           .reason = reason,
                                           .study = study},
                        &id, err);
    if (st == DW_OK)
        st = on == DW_STUDY_EV_DELETE ? mark_deleted(core, study, err)
                                      : dw_study_apply(core, study, on, NULL, NULL, err);
    if (st == DW_OK)
        dw_audit_end(core, id, DW_OK, 0);
    return dw_sql_end(core->sql, st, err);
}

dw_status dw_retention_delete(const struct dw_core *core, int64_t study, struct dw_error *err)
{
    enum dw_study_state state;
    int64_t pinned = 0, closed = 0;
    dw_status st = dw_study_state(core, study, &state, err);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &pinned, err, "SELECT pinned FROM study WHERE id = ?", "i",
                        study);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &closed, err,
                        "SELECT 1 FROM study s WHERE s.id = ? AND" NO_OPEN_JOB, "i", study);
    if (st == DW_OK && pinned)
        st = dw_error_set(err, DW_ERR_CONFLICT, "study %lld is pinned", (long long)study);
    if (st == DW_OK && !closed)
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "study %lld has a job that is not over: let it finish, or cancel it",
                          (long long)study);
    if (st == DW_OK)
        st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    return dw_sql_end(core->sql, mark_deleted(core, study, err), err);
}

static dw_status undelete(const struct dw_core *core, int64_t study, struct dw_error *err)
{
    int64_t discs = 0;
    dw_status st = dw_sql_int(core->sql, 0, &discs, err,
                              "SELECT count(*) FROM job j JOIN job_study y ON y.job = j.id WHERE"
                              " y.study = ? AND j.state = 'done'",
                              "i", study);
    if (st == DW_OK)
        st = dw_study_apply(core, study,
                            discs > 0 ? DW_STUDY_EV_UNDELETE_PUBLISHED : DW_STUDY_EV_UNDELETE, NULL,
                            NULL, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE study SET deleted_at = 0, kept_from = ? WHERE id = ?", "ii",
                         dw_core_now_s(core), study);
    return st;
}

dw_status dw_retention_undelete(const struct dw_core *core, int64_t study, struct dw_error *err)
{
    dw_status st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    return dw_sql_end(core->sql, undelete(core, study, err), err);
}

dw_status dw_retention_take_back(const struct dw_core *core, const char *study_uid, struct dw_error *err)
{
    int64_t study = 0;
    dw_status st = dw_sql_int(core->sql, 0, &study, err,
                              "SELECT id FROM study WHERE study_uid = ? AND state = 'deleted'", "t",
                              study_uid);
    return st == DW_OK && study != 0 ? undelete(core, study, err) : st;
}

dw_status dw_retention_pin(const struct dw_core *core, int64_t study, bool pinned,
                           struct dw_error *err)
{
    enum dw_study_state state;
    dw_status st = dw_study_state(core, study, &state, err);
    if (st == DW_OK && (state == DW_STUDY_DELETED || state == DW_STUDY_PURGING || state == DW_STUDY_PURGED))
        st = dw_error_set(err, DW_ERR_CONFLICT, "study %lld is %s", (long long)study,
                          dw_study_state_name(state));
    if (st != DW_OK)
        return st;
    dw_core_changed(core);
    return dw_sql_exec(core->sql, err, "UPDATE study SET pinned = ? WHERE id = ?", "ii",
                       (int64_t)pinned, study);
}

/* --- the rule --- */

struct found {
    int64_t study[AT_ONCE], bytes[AT_ONCE];
    size_t count;
};

static dw_status collect(struct dw_rows *rows, struct found *out, struct dw_error *err)
{
    for (out->count = 0; out->count < AT_ONCE && dw_rows_next(rows); out->count++) {
        out->study[out->count] = dw_rows_int(rows, 0);
        out->bytes[out->count] = dw_rows_int(rows, 1);
    }
    return dw_rows_done(rows, err);
}

static dw_status all(const struct dw_core *core, const struct found *found, enum dw_study_event on,
                     const char *reason, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (size_t i = 0; i < found->count && st == DW_OK; i++)
        st = act(core, found->study[i], on, reason, err);
    return st;
}

static dw_status end_grace(const struct dw_core *core, int64_t now, struct dw_error *err)
{
    struct dw_rows rows;
    struct found found;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT id, size_bytes FROM study WHERE state = 'deleted' AND"
                                " deleted_at <= ? ORDER BY deleted_at LIMIT ?",
                                "ii", now - core->config->retention.grace_hours * HOUR_S,
                                (int64_t)AT_ONCE);
    if (st == DW_OK)
        st = collect(&rows, &found, err);
    return st == DW_OK ? all(core, &found, DW_STUDY_EV_PURGE, "the time of grace is over", err) : st;
}

static dw_status delete_old(const struct dw_core *core, int64_t old, struct dw_error *err)
{
    struct dw_rows rows;
    struct found found;
    char reason[80];
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT s.id, s.size_bytes FROM study s WHERE s.last_at < ?1 AND"
                                FINISHED " AND" AGE_FROM " < ?1 ORDER BY s.last_at LIMIT ?2",
                                "ii", old, (int64_t)AT_ONCE);
    if (st == DW_OK)
        st = collect(&rows, &found, err);
    if (st == DW_OK && !dw_text_format(reason, sizeof reason, "older than %lld days",
                                       (long long)core->config->retention.keep_days))
        st = dw_error_set(err, DW_ERR_INTERNAL, "a reason does not fit");
    return st == DW_OK ? all(core, &found, DW_STUDY_EV_DELETE, reason, err) : st;
}

/* --- the disk --- */

static dw_status bytes_in(const struct dw_core *core, const char *state, int64_t *out,
                          struct dw_error *err)
{
    return dw_sql_int(core->sql, 0, out, err, "SELECT sum(size_bytes) FROM study WHERE state = ?",
                      "t", state);
}

/* As many of them as are needed, the first ones first. */
static dw_status until(const struct dw_core *core, struct found *found, int64_t missing,
                       enum dw_study_event on, struct dw_error *err)
{
    size_t count = 0;
    for (; count < found->count && missing > 0; count++)
        missing -= found->bytes[count];
    found->count = count;
    return all(core, found, on, "the disk is filling up", err);
}

/* What is deleted and past keep_days anyway does not keep its grace when the disk is short. */
static dw_status cut_grace(const struct dw_core *core, int64_t old, int64_t missing,
                           struct dw_error *err)
{
    struct dw_rows rows;
    struct found found;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT s.id, s.size_bytes FROM study s WHERE s.state = 'deleted' AND"
                                AGE_FROM " < ? ORDER BY s.deleted_at, s.last_at LIMIT ?",
                                "ii", old, (int64_t)AT_ONCE);
    if (st == DW_OK)
        st = collect(&rows, &found, err);
    return st == DW_OK ? until(core, &found, missing, DW_STUDY_EV_PURGE, err) : st;
}

/* Those of which there is a disc first; what a person took back has the time of grace before it goes again. */
static dw_status delete_for_space(const struct dw_core *core, int64_t now, int64_t missing,
                                  struct dw_error *err)
{
    struct dw_rows rows;
    struct found found;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT s.id, s.size_bytes FROM study s WHERE" FINISHED
                                " AND s.kept_from <= ? ORDER BY s.state <> 'published', s.last_at"
                                " LIMIT ?",
                                "ii", now - core->config->retention.grace_hours * HOUR_S,
                                (int64_t)AT_ONCE);
    if (st == DW_OK)
        st = collect(&rows, &found, err);
    return st == DW_OK ? until(core, &found, missing, DW_STUDY_EV_DELETE, err) : st;
}

static dw_status make_space(const struct dw_core *core, int64_t now, int64_t old,
                            struct dw_error *err)
{
    int64_t free_bytes = dw_spool_free_bytes(core), purging = 0, deleted = 0;
    int64_t wanted = (int64_t)core->config->retention.keep_min_free;
    if (free_bytes < 0 || free_bytes >= wanted)
        return DW_OK;
    dw_status st = bytes_in(core, "purging", &purging, err);
    if (st == DW_OK && core->config->retention.keep_days > 0)
        st = cut_grace(core, old, wanted - free_bytes - purging, err);
    if (st == DW_OK)
        st = bytes_in(core, "purging", &purging, err);
    if (st == DW_OK)
        st = bytes_in(core, "deleted", &deleted, err);
    if (st == DW_OK)
        st = delete_for_space(core, now, wanted - free_bytes - purging - deleted, err);
    return st;
}

/* --- the timer --- */

static dw_status purge_next(const struct dw_core *core, bool *out_more, struct dw_error *err)
{
    int64_t study = 0;
    bool done;
    dw_status st = dw_sql_int(core->sql, 0, &study, err,
                              "SELECT id FROM study WHERE state = 'purging' ORDER BY id LIMIT 1", "");
    *out_more = st == DW_OK && study != 0;
    return *out_more ? dw_purge_step(core, study, &done, err) : st;
}

static dw_status forget(const struct dw_core *core, int64_t now, bool *more, struct dw_error *err)
{
    int64_t days = core->config->retention.history_days;
    bool more_to_forget = false;
    dw_status st = dw_history_bound(core, err);
    if (st == DW_OK && days > 0)
        st = dw_history_forget(core, now - days * DAY_S, &more_to_forget, err);
    *more = *more || more_to_forget;
    return st;
}

static dw_status look(const struct dw_core *core, bool *out_more, struct dw_error *err)
{
    int64_t now = dw_core_now_s(core), days = core->config->retention.keep_days;
    int64_t old = now - days * DAY_S;
    dw_status st = end_grace(core, now, err);
    if (st == DW_OK && days > 0)
        st = delete_old(core, old, err);
    if (st == DW_OK && core->config->retention.keep_min_free > 0)
        st = make_space(core, now, old, err);
    if (st == DW_OK && days > 0)
        st = dw_purge_strays(core, old - core->config->retention.grace_hours * HOUR_S, out_more, err);
    if (st == DW_OK)
        st = forget(core, now, out_more, err);
    return st;
}

static void on_timer(void *ctx)
{
    dw_retention *retention = ctx;
    const struct dw_core *core = retention->core;
    struct dw_error err = {0};
    bool purging = false, more = false;
    dw_status st = dw_running_look(&retention->running, core, &err);
    if (st == DW_OK)
        st = purge_next(core, &purging, &err);
    if (st == DW_OK && !purging)
        st = look(core, &more, &err);
    if (st == DW_OK && !purging && !more) /* what look() has just begun */
        st = purge_next(core, &purging, &err);
    if (st != DW_OK)
        dw_log_write(&core->log, DW_LOG_ERROR, "retention: %s", err.text);
    bool soon = st == DW_OK && (purging || more);
    retention->timer =
        dw_loop_after(core->loop, soon ? SLICE_MS : DW_RETENTION_EVERY_MS, on_timer, retention);
}

void dw_retention_start(dw_retention *retention)
{
    if (retention->timer == 0)
        retention->timer = dw_loop_after(retention->core->loop, SLICE_MS, on_timer, retention);
}
