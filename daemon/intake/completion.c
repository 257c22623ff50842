#include "daemon/intake/completion.h"

#include <stdlib.h>

#include "daemon/intake/facts.h"
#include "daemon/intake/study.h"

#define AT_ONCE 64   /* studies read in one query */
#define LOOK_MS 200  /* what ends at the same time is looked at once */
#define LEAST_MS 500 /* a clock that was set cannot make this spin */

struct dw_completion {
    const struct dw_core *core;
    const struct dw_completion_events *events;
    void *ctx;
    int64_t least_s; /* no study has a shorter quiet time */
    uint64_t timer;
    int64_t timer_us; /* when it goes off */
    int64_t offset_us; /* as dw_clock_step_s() has it */
};

static const char *const kinds[] = {[DW_COMPLETION_QUIET] = "quiet",
                                    [DW_COMPLETION_PERSON] = "person"};

const char *dw_completion_kind_name(enum dw_completion_kind kind)
{
    return kinds[kind];
}

static int64_t least_quiet(const struct dw_config *config)
{
    int64_t least = config->intake.quiet_s;
    for (size_t i = 0; i < config->ae_count; i++)
        if (config->aes[i].options.quiet_s != DW_OPTION_UNSET && config->aes[i].options.quiet_s < least)
            least = config->aes[i].options.quiet_s;
    for (size_t i = 0; i < config->rule_count; i++)
        if (config->rules[i].options.quiet_s != DW_OPTION_UNSET &&
            config->rules[i].options.quiet_s < least)
            least = config->rules[i].options.quiet_s;
    return least;
}

dw_status dw_completion_new(const struct dw_core *core, const struct dw_completion_events *events,
                            void *ctx, dw_completion **out, struct dw_error *err)
{
    dw_completion *completion = calloc(1, sizeof *completion);
    if (!completion)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *completion = (dw_completion){
        .core = core, .events = events, .ctx = ctx, .least_s = least_quiet(core->config),
        .offset_us = dw_clock_offset_us(&core->clock)};
    *out = completion;
    return DW_OK;
}

void dw_completion_free(dw_completion *completion)
{
    if (!completion)
        return;
    dw_loop_cancel(completion->core->loop, completion->timer);
    free(completion);
}

/* --- the timer --- */

static void on_timer(void *ctx);

/* Not later than that; a timer that goes off earlier stays. */
static void arm(dw_completion *completion, int64_t wait_ms)
{
    const struct dw_core *core = completion->core;
    int64_t at_us = dw_clock_mono_us(&core->clock) + wait_ms * 1000;
    if (completion->timer != 0 && completion->timer_us <= at_us)
        return;
    dw_loop_cancel(core->loop, completion->timer);
    completion->timer = dw_loop_after(core->loop, wait_ms, on_timer, completion);
    completion->timer_us = at_us;
}

/* Stored times are whole seconds: strictly later than the quiet time is never early. */
static void arm_s(dw_completion *completion, int64_t left_s)
{
    arm(completion, left_s > 0 ? left_s * 1000 : LEAST_MS);
}

void dw_completion_poke(dw_completion *completion)
{
    arm_s(completion, completion->least_s + 1);
}

void dw_completion_look(dw_completion *completion)
{
    completion->least_s = least_quiet(completion->core->config);
    arm(completion, LOOK_MS);
}

/* --- one study --- */

static int64_t not_negative(int64_t seconds)
{
    return seconds > 0 ? seconds : 0;
}

static dw_status last_at(const struct dw_core *core, int64_t study, int64_t *out,
                         struct dw_error *err)
{
    return dw_sql_int(core->sql, 0, out, err, "SELECT last_at FROM study WHERE id = ?", "i", study);
}

dw_status dw_completion_wait(dw_completion *completion, int64_t study,
                             const struct dw_decision *decision, struct dw_completion_wait *out,
                             struct dw_error *err)
{
    int64_t last = 0;
    dw_status st = last_at(completion->core, study, &last, err);
    if (st != DW_OK)
        return st;
    int64_t since_s = dw_core_now_s(completion->core) - last;
    *out = (struct dw_completion_wait){
        .quiet_s = decision->ae.quiet_s,
        .left_s = not_negative(decision->ae.quiet_s + 1 - since_s),
        .open_left_s = not_negative(completion->core->config->intake.open_max_s + 1 - since_s),
        .associations = completion->events->open_associations(completion->ctx, study),
    };
    return DW_OK;
}

/* What could not be decided now is tried again. */
static dw_status tell(dw_completion *completion, int64_t study, struct dw_error *err)
{
    int64_t undecided = 0;
    completion->events->on_complete(completion->ctx, study);
    dw_status st = dw_sql_int(completion->core->sql, 0, &undecided, err,
                              "SELECT 1 FROM study WHERE id = ? AND state = 'complete' AND action = ''",
                              "i", study);
    if (st == DW_OK && undecided)
        arm_s(completion, completion->least_s);
    return st;
}

dw_status dw_completion_signal(dw_completion *completion, int64_t study,
                               enum dw_completion_kind kind, struct dw_error *err)
{
    const struct dw_core *core = completion->core;
    dw_status st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    st = dw_study_apply(core, study, DW_STUDY_EV_QUIET, NULL, NULL, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "UPDATE study SET rule = '', action = '' WHERE id = ?", "i",
                         study);
    st = dw_sql_end(core->sql, st, err);
    if (st != DW_OK)
        return st;
    dw_log_write(&core->log, DW_LOG_INFO, "study=%lld complete signal=%s", (long long)study,
                 dw_completion_kind_name(kind));
    return tell(completion, study, err);
}

static dw_status look_at(dw_completion *completion, int64_t study, struct dw_error *err)
{
    struct dw_decision decision;
    struct dw_completion_wait wait;
    dw_status st = dw_facts_decide(completion->core, study, &decision, err);
    if (st == DW_OK)
        st = dw_completion_wait(completion, study, &decision, &wait, err);
    if (st != DW_OK)
        return st;
    if (wait.left_s > 0) {
        arm_s(completion, wait.left_s);
        return DW_OK;
    }
    if (wait.associations > 0 && wait.open_left_s > 0) { /* its end is told by dw_completion_look() */
        arm_s(completion, wait.open_left_s);
        return DW_OK;
    }
    if (wait.associations > 0)
        dw_log_write(&completion->core->log, DW_LOG_WARNING,
                     "study=%lld not waited for any longer associations=%zu", (long long)study,
                     wait.associations);
    return dw_completion_signal(completion, study, DW_COMPLETION_QUIET, err);
}

/* Complete for a person who released it or for a daemon that stopped then: objects may still be coming. */
static dw_status decide(dw_completion *completion, int64_t study, struct dw_error *err)
{
    struct dw_decision decision;
    struct dw_completion_wait wait;
    dw_status st = dw_facts_decide(completion->core, study, &decision, err);
    if (st == DW_OK)
        st = dw_completion_wait(completion, study, &decision, &wait, err);
    if (st != DW_OK)
        return st;
    if (wait.associations == 0 || wait.open_left_s == 0)
        return tell(completion, study, err);
    arm_s(completion, wait.open_left_s);
    return DW_OK;
}

/* --- all of them --- */

typedef dw_status study_fn(dw_completion *completion, int64_t study, struct dw_error *err);

/* What is wrong with one study keeps no other one waiting. text: ids above ?1, at most ?2 of them,
 * quiet since before ?3. */
static void for_each(dw_completion *completion, const char *text, int64_t before, study_fn *fn)
{
    const struct dw_core *core = completion->core;
    int64_t ids[AT_ONCE], after = 0; /* ids are given in order */
    size_t count = AT_ONCE;
    while (count == AT_ONCE) {
        struct dw_error err = {0};
        struct dw_rows rows;
        count = 0;
        dw_status st = dw_sql_query(core->sql, &rows, &err, text, "iii", after, (int64_t)AT_ONCE, before);
        if (st == DW_OK) {
            while (count < AT_ONCE && dw_rows_next(&rows))
                ids[count++] = dw_rows_int(&rows, 0);
            st = dw_rows_done(&rows, &err);
        }
        if (st != DW_OK) {
            dw_log_write(&core->log, DW_LOG_ERROR, "complete studies: %s", err.text);
            arm(completion, LEAST_MS);
            return;
        }
        for (size_t i = 0; i < count; i++) {
            after = ids[i];
            st = fn(completion, ids[i], &err);
            if (st == DW_OK)
                continue;
            dw_log_write(&core->log, DW_LOG_ERROR, "study=%lld not completed: %s", (long long)ids[i],
                         err.text);
            arm_s(completion, completion->least_s);
        }
    }
}

/* A clock that was set back must not keep a study waiting until it is that late again; one that was set ahead
 * did not make it quiet. */
static dw_status follow_clock(dw_completion *completion, int64_t now)
{
    const struct dw_core *core = completion->core;
    int64_t step = dw_clock_step_s(&core->clock, &completion->offset_us);
    if (step != 0)
        dw_log_write(&core->log, DW_LOG_WARNING, "the clock was set by %lld s, studies wait as before",
                     (long long)step);
    return dw_sql_exec(core->sql, NULL,
                       "UPDATE study SET last_at = min(last_at + ?2, ?1) WHERE (state = 'receiving' OR"
                       " (state = 'complete' AND action = '')) AND (?2 > 0 OR last_at > ?1)",
                       "ii", now, not_negative(step));
}

static void on_timer(void *ctx)
{
    dw_completion *completion = ctx;
    const struct dw_core *core = completion->core;
    int64_t now = dw_core_now_s(core), before = now - completion->least_s, next = 0;
    completion->timer = 0;
    dw_status st = follow_clock(completion, now);
    for_each(completion,
             "SELECT id FROM study WHERE state = 'receiving' AND last_at < ?3 AND id > ?1 ORDER BY id"
             " LIMIT ?2",
             before, look_at);
    for_each(completion,
             "SELECT id FROM study WHERE state = 'complete' AND action = '' AND last_at <= ?3 AND"
             " id > ?1 ORDER BY id LIMIT ?2",
             INT64_MAX, decide);
    /* The others are not looked at one by one: none of them is due before that. */
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &next, NULL,
                        "SELECT min(last_at) FROM study WHERE state = 'receiving' AND last_at >= ?",
                        "i", before);
    if (st != DW_OK || next != 0)
        arm_s(completion, st == DW_OK ? next - before + 1 : completion->least_s);
}
