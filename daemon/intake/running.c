#include "daemon/intake/running.h"

#define NOTE_EVERY_S 600        /* each note is a commit */
#define AGES_FROM_S (24 * 3600) /* what ages are counted in; every study has a row to be written */

void dw_running_init(struct dw_running *running, const struct dw_core *core)
{
    *running = (struct dw_running){.offset_us = dw_clock_offset_us(&core->clock)};
}

static dw_status move_on(const struct dw_core *core, int64_t now, int64_t by_s, struct dw_error *err)
{
    dw_status st = dw_sql_exec(core->sql, err,
                               "UPDATE study SET deleted_at = min(deleted_at + ?1, ?2) WHERE state = 'deleted'",
                               "ii", by_s, now);
    if (st == DW_OK && by_s >= AGES_FROM_S)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE study SET kept_from = min(max(kept_from, last_at) + ?1, ?2) WHERE state IN"
                         " ('complete', 'published')",
                         "ii", by_s, now);
    if (st == DW_OK && by_s >= AGES_FROM_S)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE object SET received_at = min(received_at + ?1, ?2) WHERE state = 'quarantined'"
                         " AND study_uid NOT IN (SELECT study_uid FROM study)",
                         "ii", by_s, now);
    dw_log_write(&core->log, DW_LOG_INFO, "retention moved on by %lld s in which it did not run", (long long)by_s);
    return st;
}

/* What passed between the last note and this start; a clock that was set back meanwhile tells nothing. */
static dw_status look_back(const struct dw_core *core, int64_t now, int64_t *out_s, struct dw_error *err)
{
    int64_t noted = 0;
    dw_status st = dw_sql_int(core->sql, 0, &noted, err, "SELECT value FROM counter WHERE name = 'running'", "");
    *out_s = noted > 0 && now > noted + NOTE_EVERY_S ? now - noted : 0;
    return st;
}

dw_status dw_running_look(struct dw_running *running, const struct dw_core *core, struct dw_error *err)
{
    int64_t now = dw_core_now_s(core), missed = 0;
    int64_t step = dw_clock_step_s(&core->clock, &running->offset_us);
    dw_status st = running->noted_s ? DW_OK : look_back(core, now, &missed, err);
    missed += step > 0 ? step : 0;
    bool is_due = running->noted_s == 0 || step != 0 || now >= running->noted_s + NOTE_EVERY_S;
    if (st != DW_OK || !is_due)
        return st;
    st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    if (missed > 0)
        st = move_on(core, now, missed, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "INSERT OR REPLACE INTO counter VALUES('running', ?)", "i", now);
    st = dw_sql_end(core->sql, st, err);
    if (st == DW_OK)
        running->noted_s = now;
    else
        running->offset_us -= step * 1000000; /* seen again the next time */
    return st;
}
