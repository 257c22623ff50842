#include "daemon/jobs/disc.h"

#include <string.h>

#include "base/text.h"
#include "robot/publisher.h"

#define LIVE "state NOT IN ('delivered', 'rejected', 'abandoned')"

static dw_status read_row(const struct dw_rows *rows, struct dw_disc_row *out, struct dw_error *err)
{
    int state = dw_disc_state_from_name(dw_rows_text(rows, 6));
    *out = (struct dw_disc_row){
        .id = dw_rows_int(rows, 0),
        .volume = dw_rows_int(rows, 1),
        .job = dw_rows_int(rows, 2),
        .copy = dw_rows_int(rows, 3),
        .attempt = dw_rows_int(rows, 4),
        .drive = dw_rows_int(rows, 5),
        .state = (enum dw_disc_state)state,
        .before = dw_disc_state_from_name(dw_rows_text(rows, 7)),
        .answered = dw_rows_int(rows, 10),
    };
    if (state < 0 || !dw_text_copy(out->robot, sizeof out->robot, dw_rows_text(rows, 8)) ||
        !dw_text_copy(out->fault, sizeof out->fault, dw_rows_text(rows, 9)))
        return dw_error_set(err, DW_ERR_CORRUPT, "the row of disc %lld makes no sense",
                            (long long)out->id);
    return DW_OK;
}

dw_status dw_disc_row_load(const struct dw_core *core, int64_t id, struct dw_disc_row *out,
                           struct dw_error *err)
{
    struct dw_rows rows;
    bool found = false;
    dw_status row = DW_OK;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT id, volume, job, copy, attempt, drive, state, before_state,"
                                " robot, fault, placed <> '' FROM disc WHERE id = ?",
                                "i", id);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        found = true;
        row = read_row(&rows, out, err);
    }
    st = dw_rows_done(&rows, row == DW_OK ? err : NULL);
    if (st == DW_OK)
        st = row;
    if (st == DW_OK && !found)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no disc %lld", (long long)id);
    return st;
}

dw_status dw_disc_reserve(const struct dw_core *core, int64_t volume, int64_t job, int64_t copy,
                          const char *robot, int64_t *out_id, struct dw_error *err)
{
    int64_t taken = 0, attempt = 0, now = dw_core_now_s(core);
    dw_status st = dw_sql_int(core->sql, 0, &taken, err,
                              "SELECT count(*) FROM disc WHERE volume = ? AND copy = ? AND"
                              " state NOT IN ('rejected', 'abandoned')",
                              "ii", volume, copy);
    if (st == DW_OK && taken > 0)
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "copy %lld of this volume is delivered or under way already",
                          (long long)copy);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &attempt, err,
                        "SELECT max(attempt) FROM disc WHERE volume = ? AND copy = ?", "ii", volume,
                        copy);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "INSERT INTO disc(volume, job, copy, attempt, state, robot, reserved_at,"
                         " changed_at) VALUES(?, ?, ?, ?, 'reserved', ?, ?, ?)",
                         "iiiitii", volume, job, copy, ++attempt, robot, now, now);
    if (st != DW_OK)
        return st;
    *out_id = dw_sql_last_id(core->sql);
    dw_log_write(&core->log, DW_LOG_INFO, "job=%lld disc=%lld reserved copy=%lld attempt=%lld",
                 (long long)job, (long long)*out_id, (long long)copy, (long long)attempt);
    return DW_OK;
}

static dw_status store(const struct dw_core *core, const struct dw_disc_row *disc,
                       enum dw_disc_state to, const struct dw_disc_detail *detail,
                       bool verified, struct dw_error *err)
{
    static const struct dw_disc_detail nothing = {0};
    const char *from_name = dw_disc_state_name(disc->state);
    int64_t now = dw_core_now_s(core);
    if (!detail)
        detail = &nothing;
    const char *verifier = detail->verified_by ? detail->verified_by : "us";
    dw_status st = dw_sql_exec(
        core->sql, err,
        "UPDATE disc SET state = ?, before_state = ?, changed_at = ?,"
        " drive = CASE WHEN ? > 0 THEN ? ELSE drive END, reason = coalesce(?, reason),"
        " image = coalesce(?, image), label = coalesce(?, label), fault = coalesce(?, ''),"
        " placed = coalesce(?, ''),"
        " verified_by = coalesce(?, verified_by),"
        " delivered_at = CASE WHEN ? THEN ? ELSE delivered_at END WHERE id = ? AND state = ?",
        "ttiiittttttiiit", dw_disc_state_name(to), to == DW_DISC_UNKNOWN ? from_name : "", now,
        detail->drive, detail->drive, detail->reason, detail->image, detail->label,
        detail->fault, detail->placed, verified ? verifier : NULL, (int64_t)(to == DW_DISC_DELIVERED), now, disc->id, from_name);
    if (st == DW_OK && dw_sql_changes(core->sql) != 1)
        st = dw_error_set(err, DW_ERR_CONFLICT, "disc %lld has changed meanwhile",
                          (long long)disc->id);
    return st;
}

static void tell(const struct dw_core *core, const struct dw_disc_row *disc, enum dw_disc_state to,
                 const char *why)
{
    enum dw_log_level level = to == DW_DISC_UNKNOWN     ? DW_LOG_ERROR
                              : to == DW_DISC_REJECTING ? DW_LOG_WARNING
                                                        : DW_LOG_INFO;
    dw_log_write(&core->log, level, "job=%lld disc=%lld robot=%s %s -> %s%s%s",
                 (long long)disc->job, (long long)disc->id, disc->robot,
                 dw_disc_state_name(disc->state), dw_disc_state_name(to), why && *why ? ": " : "",
                 why ? why : "");
    dw_core_event(core,
                  ((struct dw_event){
                      .level = level, .job = disc->job, .disc = disc->id, .robot = disc->robot}),
                  "disc %lld: %s -> %s%s%s", (long long)disc->id, dw_disc_state_name(disc->state),
                  dw_disc_state_name(to), why && *why ? ": " : "", why ? why : "");
    dw_core_changed(core);
}

dw_status dw_disc_apply(const struct dw_core *core, int64_t id, enum dw_disc_event on,
                        const struct dw_disc_detail *detail, enum dw_disc_state *out_to,
                        struct dw_error *err)
{
    struct dw_disc_row disc;
    enum dw_disc_state to;
    dw_status st = dw_disc_row_load(core, id, &disc, err);
    if (st == DW_OK)
        st = dw_disc_next(disc.state, on, &to, err);
    if (st == DW_OK)
        st = store(core, &disc, to, detail, on == DW_DISC_EV_VERIFIED, err);
    if (st != DW_OK)
        return st;
    tell(core, &disc, to, detail ? detail->reason : NULL);
    if (out_to)
        *out_to = to;
    return DW_OK;
}

#define RESTART_AT_ONCE 256

static dw_status load_live(const struct dw_core *core, const char *robot, int64_t after,
                           struct dw_disc_row *out, size_t *count, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status row = DW_OK;
    *count = 0;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT id, volume, job, copy, attempt, drive, state, before_state,"
                                " robot, fault, placed <> '' FROM disc WHERE " LIVE " AND id > ? AND"
                                " (? IS NULL OR robot = ?) ORDER BY id",
                                "itt", after, robot, robot);
    if (st != DW_OK)
        return st;
    while (*count < RESTART_AT_ONCE && row == DW_OK && dw_rows_next(&rows))
        row = read_row(&rows, &out[(*count)++], err);
    st = dw_rows_done(&rows, row == DW_OK ? err : NULL);
    return row != DW_OK ? row : st;
}

static dw_status restart_one(const struct dw_core *core, const struct dw_disc_row *disc,
                             struct dw_error *err)
{
    const struct dw_config_robot *robot = dw_config_robot_find(core->config, disc->robot);
    /* What a server makes goes on without us: its robot's program asks there what has become of it. */
    if (robot && dw_publisher_delegates(&robot->options))
        return DW_OK;
    if (robot && disc->answered) /* no arm was near it since it was found */
        return DW_OK;
    enum dw_disc_state to = dw_disc_after_restart(disc->state);
    static const char why[] = "the robot's program or the daemon was started again";
    if (to == disc->state)
        return DW_OK;
    struct dw_disc_detail detail = {.reason = why};
    dw_status st = store(core, disc, to, &detail, false, err);
    if (st == DW_OK)
        tell(core, disc, to, why);
    return st;
}

dw_status dw_disc_restart(const struct dw_core *core, const char *robot, struct dw_error *err)
{
    struct dw_disc_row discs[RESTART_AT_ONCE];
    size_t count = RESTART_AT_ONCE;
    int64_t after = 0;

    dw_status st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    while (st == DW_OK && count == RESTART_AT_ONCE) {
        st = load_live(core, robot, after, discs, &count, err);
        for (size_t i = 0; i < count && st == DW_OK; i++) {
            st = restart_one(core, &discs[i], err);
            after = discs[i].id;
        }
    }
    return dw_sql_end(core->sql, st, err);
}

dw_status dw_disc_count(const struct dw_core *core, int64_t job, struct dw_disc_counts *out,
                        struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(
        core->sql, &rows, err,
        "SELECT (SELECT copies FROM job WHERE id = ?1) *"
        "       (SELECT count(*) FROM volume WHERE job = ?1),"
        " (SELECT count(*) FROM disc WHERE job = ?1 AND state = 'delivered'),"
        " (SELECT count(*) FROM disc WHERE job = ?1 AND " LIVE "),"
        " (SELECT count(*) FROM disc WHERE job = ?1 AND state = 'unknown')",
        "i", job);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows))
        *out = (struct dw_disc_counts){
            .wanted = dw_rows_int(&rows, 0),
            .delivered = dw_rows_int(&rows, 1),
            .live = dw_rows_int(&rows, 2),
            .unknown = dw_rows_int(&rows, 3),
        };
    return dw_rows_done(&rows, err);
}
