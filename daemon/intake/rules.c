#include "daemon/intake/rules.h"

#include <stdlib.h>

#include "daemon/intake/study.h"

#define AT_ONCE 64 /* studies completed in one round */

struct dw_rules {
    const struct dw_core *core;
    dw_rules_complete_fn *on_complete;
    void *ctx;
    uint64_t timer;
};

dw_status dw_rules_new(const struct dw_core *core, dw_rules_complete_fn *on_complete, void *ctx,
                       dw_rules **out, struct dw_error *err)
{
    dw_rules *rules = calloc(1, sizeof *rules);
    if (!rules)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *rules = (dw_rules){.core = core, .on_complete = on_complete, .ctx = ctx};
    *out = rules;
    return DW_OK;
}

void dw_rules_free(dw_rules *rules)
{
    if (!rules)
        return;
    dw_loop_cancel(rules->core->loop, rules->timer);
    free(rules);
}

dw_status dw_rules_complete(dw_rules *rules, int64_t study, struct dw_error *err)
{
    dw_status st = dw_study_apply(rules->core, study, DW_STUDY_EV_QUIET, NULL, NULL, err);
    if (st == DW_OK)
        rules->on_complete(rules->ctx, study);
    return st;
}

/* Stored times are whole seconds: strictly later than quiet_s is never early. */
static dw_status find_due(const dw_rules *rules, int64_t *out, size_t *count, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(rules->core->sql, &rows, err,
                                "SELECT id FROM study WHERE state = 'receiving' AND last_at < ?"
                                " ORDER BY last_at",
                                "i", dw_core_now_s(rules->core) - rules->core->config->intake.quiet_s);
    if (st != DW_OK)
        return st;
    while (*count < AT_ONCE && dw_rows_next(&rows))
        out[(*count)++] = dw_rows_int(&rows, 0);
    return dw_rows_done(&rows, err);
}

static void on_timer(void *ctx)
{
    dw_rules *rules = ctx;
    struct dw_error err = {0};
    int64_t due[AT_ONCE];
    size_t count = 0;

    rules->timer = 0;
    dw_status st = find_due(rules, due, &count, &err);
    for (size_t i = 0; i < count && st == DW_OK; i++)
        st = dw_rules_complete(rules, due[i], &err);
    if (st != DW_OK)
        dw_log_write(&rules->core->log, DW_LOG_ERROR, "complete a study: %s", err.text);
    dw_rules_poke(rules);
}

void dw_rules_poke(dw_rules *rules)
{
    const struct dw_core *core = rules->core;
    int64_t oldest = 0;

    if (rules->timer != 0)
        return;
    dw_status st = dw_sql_int(core->sql, 0, &oldest, NULL,
                              "SELECT min(last_at) FROM study WHERE state = 'receiving'", "");
    if (st == DW_OK && oldest == 0)
        return;
    /* In whole seconds, at least half a second: a clock that was set cannot make this spin. */
    int64_t wait_s = oldest + core->config->intake.quiet_s + 1 - dw_core_now_s(core);
    int64_t wait_ms = st != DW_OK || wait_s <= 0 ? 500 : wait_s * 1000;
    rules->timer = dw_loop_after(core->loop, wait_ms, on_timer, rules);
}
