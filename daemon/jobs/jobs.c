#include "daemon/jobs/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/jobs/automatic.h"
#include "daemon/jobs/derived.h"
#include "daemon/jobs/disc.h"
#include "daemon/jobs/made.h"
#include "daemon/jobs/outcome.h"
#include "daemon/jobs/prepare.h"
#include "daemon/jobs/robot_orders.h"
#include "daemon/jobs/supplement.h"
#include "daemon/jobs/volume.h"
#include "daemon/jobs/work.h"

#define PREPARING_MAX DW_WORKERS_MAX

struct dw_jobs {
    const struct dw_core *core;
    dw_work *work;
    dw_robots *robots;
    dw_prepare *preparing[PREPARING_MAX];
    uint64_t kick_timer;
    bool started;
};

static void kick(dw_jobs *jobs);

static dw_status on_disc(void *ctx, int64_t disc, enum dw_disc_state state, struct dw_error *err)
{
    dw_jobs *jobs = ctx;
    bool reserved = false;
    dw_status st = dw_outcome_apply(jobs->core, disc, state, &reserved, err);
    if (st == DW_OK && reserved)
        dw_robots_kick(jobs->robots);
    return st;
}

dw_status dw_jobs_new(const struct dw_core *core, dw_jobs **out, struct dw_error *err)
{
    dw_jobs *jobs = calloc(1, sizeof *jobs);
    if (!jobs)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    jobs->core = core;
    dw_status st = dw_work_new(core, &jobs->work, err);
    if (st == DW_OK)
        st = dw_robots_new(core, on_disc, jobs, &jobs->robots, err);
    if (st != DW_OK) {
        dw_jobs_free(jobs);
        return st;
    }
    *out = jobs;
    return DW_OK;
}

void dw_jobs_free(dw_jobs *jobs)
{
    if (!jobs)
        return;
    for (size_t i = 0; i < PREPARING_MAX; i++)
        dw_prepare_stop(jobs->preparing[i]);
    dw_loop_cancel(jobs->core->loop, jobs->kick_timer);
    dw_robots_free(jobs->robots);
    dw_work_free(jobs->work);
    free(jobs);
}

static dw_status next_job(dw_jobs *jobs, const char *state, int64_t *out, struct dw_error *err)
{
    return dw_sql_int(jobs->core->sql, 0, out, err,
                      "SELECT j.id FROM job j WHERE j.state = ? ORDER BY " DW_JOB_DUE ", j.id LIMIT 1",
                      "t", state);
}

dw_status dw_jobs_recover(dw_jobs *jobs, struct dw_error *err)
{
    dw_status st = dw_disc_restart(jobs->core, NULL, err);
    if (st == DW_OK)
        st = dw_derived_sweep(jobs->core, err);
    while (st == DW_OK) {
        int64_t job = 0;
        st = next_job(jobs, dw_job_state_name(DW_JOB_PREPARING), &job, err);
        if (st != DW_OK || job == 0)
            break;
        st = dw_job_apply(jobs->core, job, DW_JOB_EV_RESTART, "the daemon was started again", NULL,
                          err);
    }
    return st;
}

/* --- preparing --- */

static void fail(dw_jobs *jobs, int64_t job, const struct dw_error *why)
{
    struct dw_error err = {0};
    if (dw_job_apply(jobs->core, job, DW_JOB_EV_FAIL, why->text, NULL, &err) != DW_OK)
        dw_log_write(&jobs->core->log, DW_LOG_ERROR, "job=%lld could not be failed: %s",
                     (long long)job, err.text);
}

/* Volumes ready, discs reserved, job active: all of it or nothing. */
static dw_status activate(dw_jobs *jobs, int64_t job, struct dw_error *err)
{
    const struct dw_core *core = jobs->core;
    int64_t count = 0, volumes = 0;
    dw_status st = dw_job_check_studies(core, job, err); /* again: preparing takes minutes */
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &volumes, err, "SELECT count(*) FROM volume WHERE job = ?",
                        "i", job);
    if (st == DW_OK)
        st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    for (int64_t n = 1; n <= volumes && st == DW_OK; n++) {
        struct dw_volume_row volume;
        st = dw_volume_row_find(core, job, n, &volume, err);
        if (st == DW_OK)
            st = dw_volume_apply(core, volume.id, DW_VOLUME_EV_LABELLED, err);
    }
    if (st == DW_OK)
        st = dw_outcome_reserve_missing(core, job, &count, err);
    if (st == DW_OK)
        st = dw_job_apply(core, job, DW_JOB_EV_PLANNED, NULL, NULL, err);
    return dw_sql_end(core->sql, st, err);
}

static void hold(dw_jobs *jobs, int64_t job, const struct dw_error *why)
{
    struct dw_error err = {0};
    if (dw_job_apply(jobs->core, job, DW_JOB_EV_HOLD, why->text, NULL, &err) != DW_OK)
        dw_log_write(&jobs->core->log, DW_LOG_ERROR, "job=%lld could not be held: %s",
                     (long long)job, err.text);
}

static void on_prepared(void *ctx, int64_t job, enum dw_prepare_end how,
                        const struct dw_error *err)
{
    dw_jobs *jobs = ctx;
    struct dw_error own = *err;
    for (size_t i = 0; i < PREPARING_MAX; i++)
        if (jobs->preparing[i] && dw_prepare_job(jobs->preparing[i]) == job)
            jobs->preparing[i] = NULL;
    if (how == DW_PREPARE_HELD)
        hold(jobs, job, &own);
    else if (how == DW_PREPARE_READY && activate(jobs, job, &own) == DW_OK)
        dw_robots_kick(jobs->robots);
    else
        fail(jobs, job, &own);
    kick(jobs);
}

static bool start_next(dw_jobs *jobs, dw_prepare **place)
{
    struct dw_error err = {0};
    int64_t job = 0;
    dw_status st = next_job(jobs, dw_job_state_name(DW_JOB_QUEUED), &job, &err);
    if (st == DW_OK && job == 0)
        return false;
    if (st == DW_OK)
        st = dw_job_apply(jobs->core, job, DW_JOB_EV_START, NULL, NULL, &err);
    if (st != DW_OK) {
        dw_log_write(&jobs->core->log, DW_LOG_ERROR, "job=%lld not started: %s", (long long)job,
                     err.text);
        return false;
    }
    st = dw_prepare_start(jobs->core, jobs->work, jobs->robots, job, on_prepared, jobs, place, &err);
    if (st != DW_OK)
        fail(jobs, job, &err);
    return true;
}

static void kick_now(void *ctx)
{
    dw_jobs *jobs = ctx;
    jobs->kick_timer = 0;
    for (size_t i = 0; i < PREPARING_MAX; i++)
        while (!jobs->preparing[i] && start_next(jobs, &jobs->preparing[i]))
            ;
}

static void kick(dw_jobs *jobs)
{
    if (jobs->started && jobs->kick_timer == 0)
        jobs->kick_timer = dw_loop_after(jobs->core->loop, 0, kick_now, jobs);
}

/* Studies that were held when there was no time any more to stop their jobs. */
static void stop_held(dw_jobs *jobs)
{
    struct dw_error err = {0};
    int64_t study = 0;
    for (;;) {
        dw_status st = dw_sql_int(jobs->core->sql, 0, &study, &err,
                                  "SELECT min(s.study) FROM job j JOIN job_study s ON s.job = j.id"
                                  " WHERE j.state = 'active' AND s.study > ? AND s.study IN"
                                  " (SELECT id FROM study WHERE state = 'held')",
                                  "i", study);
        if (st != DW_OK || study == 0)
            return;
        dw_jobs_on_held(jobs, study);
    }
}

void dw_jobs_start(dw_jobs *jobs)
{
    jobs->started = true;
    stop_held(jobs);
    dw_robots_start(jobs->robots);
    kick(jobs);
}

/* --- orders of people and rules --- */

dw_status dw_jobs_order(dw_jobs *jobs, const struct dw_order *order, int64_t *out_job,
                        struct dw_error *err)
{
    dw_status st = dw_job_order(jobs->core, order, out_job, err);
    if (st == DW_OK)
        kick(jobs);
    return st;
}

void dw_jobs_on_complete(dw_jobs *jobs, int64_t study)
{
    struct dw_error err = {0};
    bool ordered = false;
    if (dw_automatic_apply(jobs->core, study, &ordered, &err) != DW_OK)
        dw_log_write(&jobs->core->log, DW_LOG_ERROR, "study=%lld nothing decided: %s",
                     (long long)study, err.text);
    if (ordered)
        kick(jobs);
}

dw_status dw_jobs_supplement(dw_jobs *jobs, int64_t job, const char *by, int64_t *out_job,
                             struct dw_error *err)
{
    dw_status st = dw_supplement_order(jobs->core, job, by, NULL, out_job, err);
    if (st == DW_OK)
        kick(jobs);
    return st;
}

dw_status dw_jobs_release(dw_jobs *jobs, int64_t id, const char *by, struct dw_error *err)
{
    struct dw_job job;
    dw_status st = dw_job_load(jobs->core, id, &job, err);
    if (st == DW_OK && !job.waits)
        st = dw_error_set(err, DW_ERR_CONFLICT, "job %lld is %s and waits for no release",
                          (long long)id, dw_job_state_name(job.state));
    if (st == DW_OK)
        st = dw_job_check_studies(jobs->core, id, err);
    if (st == DW_OK)
        st = dw_sql_begin(jobs->core->sql, err);
    if (st != DW_OK)
        return st;
    st = dw_job_apply(jobs->core, id, DW_JOB_EV_RELEASE, NULL, NULL, err);
    if (st == DW_OK)
        st = dw_sql_exec(jobs->core->sql, err, "UPDATE job SET waits = 0 WHERE id = ?", "i", id);
    st = dw_sql_end(jobs->core->sql, st, err);
    if (st != DW_OK)
        return st;
    dw_core_event(jobs->core, ((struct dw_event){.level = DW_LOG_INFO, .job = id}), "released by %s",
                  *by ? by : "desk");
    kick(jobs);
    return DW_OK;
}

static dw_status stop_preparing(dw_jobs *jobs, int64_t job)
{
    for (size_t i = 0; i < PREPARING_MAX; i++) {
        if (jobs->preparing[i] && dw_prepare_job(jobs->preparing[i]) == job) {
            dw_prepare_stop(jobs->preparing[i]);
            jobs->preparing[i] = NULL;
        }
    }
    kick(jobs);
    return DW_OK;
}

#define LIVE_MAX 512

static dw_status live_discs(dw_jobs *jobs, int64_t job, int64_t *out, size_t *count,
                            struct dw_error *err)
{
    struct dw_rows rows;
    *count = 0;
    dw_status st = dw_sql_query(jobs->core->sql, &rows, err,
                                "SELECT id FROM disc WHERE job = ? AND state NOT IN"
                                " ('delivered', 'rejected', 'abandoned', 'unknown')",
                                "i", job);
    if (st != DW_OK)
        return st;
    while (*count < LIVE_MAX && dw_rows_next(&rows))
        out[(*count)++] = dw_rows_int(&rows, 0);
    return dw_rows_done(&rows, err);
}

/* A robot that runs is asked and answers with a transition; without one only what never moved can go. */
static dw_status cancel_discs(dw_jobs *jobs, int64_t job, struct dw_error *err)
{
    int64_t discs[LIVE_MAX];
    size_t count = 0;
    dw_status st = live_discs(jobs, job, discs, &count, err);
    for (size_t i = 0; i < count && st == DW_OK; i++) {
        struct dw_disc_row disc;
        if (dw_robots_cancel(jobs->robots, discs[i], NULL) == DW_OK)
            continue;
        st = dw_disc_row_load(jobs->core, discs[i], &disc, err);
        if (st == DW_OK && disc.state == DW_DISC_RESERVED)
            st = dw_disc_apply(jobs->core, discs[i], DW_DISC_EV_CANCEL, NULL, NULL, err);
    }
    return st == DW_OK ? dw_outcome_settle_cancelled(jobs->core, job, err) : st;
}

/* --- a study that turns out to hold another patient's images --- */

/* What is not burned yet is not burned; a blank that the arm carries is taken out again. */
static dw_status stop_discs(dw_jobs *jobs, int64_t job, struct dw_error *err)
{
    int64_t discs[LIVE_MAX];
    size_t count = 0;
    dw_status st = live_discs(jobs, job, discs, &count, err);
    for (size_t i = 0; i < count && st == DW_OK; i++) {
        struct dw_disc_row disc;
        st = dw_disc_row_load(jobs->core, discs[i], &disc, err);
        if (st != DW_OK || (disc.state != DW_DISC_RESERVED && disc.state != DW_DISC_LOADING) ||
            dw_robots_cancel(jobs->robots, discs[i], NULL) == DW_OK)
            continue;
        if (disc.state == DW_DISC_RESERVED)
            st = dw_disc_apply(jobs->core, discs[i], DW_DISC_EV_CANCEL, NULL, NULL, err);
    }
    return st;
}

static dw_status hold_active(dw_jobs *jobs, int64_t study, int64_t *out_job, struct dw_error *err)
{
    char reason[160];
    dw_status st = dw_sql_int(jobs->core->sql, 0, out_job, err,
                              "SELECT min(j.id) FROM job j JOIN job_study s ON s.job = j.id WHERE"
                              " j.state = 'active' AND s.study = ?",
                              "i", study);
    if (st != DW_OK || *out_job == 0)
        return st;
    if (!dw_text_format(reason, sizeof reason,
                        "study %lld is held: a person decides whose it is, then retry", (long long)study))
        reason[0] = '\0';
    st = dw_job_apply(jobs->core, *out_job, DW_JOB_EV_HOLD, reason, NULL, err);
    return st == DW_OK ? stop_discs(jobs, *out_job, err) : st;
}

void dw_jobs_on_held(dw_jobs *jobs, int64_t study)
{
    struct dw_error err = {0};
    int64_t held = 0, job = 0;
    dw_status st = dw_sql_int(jobs->core->sql, 0, &held, &err,
                              "SELECT count(*) FROM study WHERE id = ? AND state = 'held'", "i", study);
    if (st == DW_OK && !held)
        return;
    do {
        if (st == DW_OK)
            st = hold_active(jobs, study, &job, &err);
    } while (st == DW_OK && job);
    if (st != DW_OK)
        dw_log_write(&jobs->core->log, DW_LOG_ERROR, "study=%lld its jobs were not stopped: %s",
                     (long long)study, err.text);
}

dw_status dw_jobs_cancel(dw_jobs *jobs, int64_t id, struct dw_error *err)
{
    struct dw_job job;
    struct dw_disc_counts counts;
    dw_status st = dw_job_load(jobs->core, id, &job, err);
    if (st == DW_OK)
        st = dw_disc_count(jobs->core, id, &counts, err);
    if (st != DW_OK)
        return st;
    if (counts.live == 0) {
        st = dw_job_apply(jobs->core, id, DW_JOB_EV_CANCEL, "cancelled by a person", NULL, err);
        return st == DW_OK ? stop_preparing(jobs, id) : st;
    }
    if (job.cancel_asked)
        return dw_error_set(err, DW_ERR_CONFLICT, "job %lld is being cancelled already",
                            (long long)id);
    st = dw_sql_exec(jobs->core->sql, err, "UPDATE job SET cancel_asked = 1 WHERE id = ?", "i", id);
    return st == DW_OK ? cancel_discs(jobs, id, err) : st;
}

static dw_status retry_discs(dw_jobs *jobs, int64_t id, struct dw_error *err)
{
    int64_t count = 0;
    dw_status st = dw_sql_begin(jobs->core->sql, err);
    if (st != DW_OK)
        return st;
    st = dw_job_apply(jobs->core, id, DW_JOB_EV_RETRY_DISCS, NULL, NULL, err);
    if (st == DW_OK)
        st = dw_outcome_reserve_missing(jobs->core, id, &count, err);
    st = dw_sql_end(jobs->core->sql, st, err);
    if (st == DW_OK)
        dw_robots_kick(jobs->robots);
    return st;
}

dw_status dw_jobs_retry(dw_jobs *jobs, int64_t id, struct dw_error *err)
{
    struct dw_job job;
    int64_t ready = 0;
    dw_status st = dw_job_load(jobs->core, id, &job, err);
    if (st == DW_OK && job.cancel_asked)
        st = dw_error_set(err, DW_ERR_CONFLICT, "job %lld is being cancelled", (long long)id);
    if (st == DW_OK && job.waits)
        st = dw_error_set(err, DW_ERR_CONFLICT, "job %lld waits for its release", (long long)id);
    if (st == DW_OK)
        st = dw_job_check_studies(jobs->core, id, err);
    if (st == DW_OK)
        st = dw_sql_int(jobs->core->sql, 0, &ready, err,
                        "SELECT count(*) FROM volume WHERE job = ? AND state = 'ready'", "i", id);
    if (st == DW_OK && ready > 0)
        return retry_discs(jobs, id, err);
    if (st == DW_OK)
        st = dw_job_apply(jobs->core, id, DW_JOB_EV_RETRY, NULL, NULL, err);
    if (st == DW_OK)
        st = dw_made_forget_failures(jobs->core, id, err);
    if (st == DW_OK)
        kick(jobs);
    return st;
}

dw_status dw_jobs_resolve(dw_jobs *jobs, int64_t id, const struct dw_forbidden_answer *answer,
                          struct dw_error *err)
{
    dw_status st = dw_forbidden_resolve(jobs->core, id, answer, err);
    if (st == DW_OK)
        kick(jobs);
    return st;
}

static dw_status add_copies(dw_jobs *jobs, const struct dw_job *job, int64_t copies,
                            struct dw_error *err)
{
    int64_t count = 0;
    dw_status st = dw_sql_begin(jobs->core->sql, err);
    if (st != DW_OK)
        return st;
    /* A cancellation that came too late to stop anything was of the discs that are out, not of these. */
    st = dw_sql_exec(jobs->core->sql, err,
                     "UPDATE job SET copies = copies + ?, cancel_asked = 0 WHERE id = ?", "ii",
                     copies, job->id);
    if (st == DW_OK && job->state == DW_JOB_DONE)
        st = dw_job_apply(jobs->core, job->id, DW_JOB_EV_MORE, NULL, NULL, err);
    if (st == DW_OK)
        st = dw_outcome_reserve_missing(jobs->core, job->id, &count, err);
    return dw_sql_end(jobs->core->sql, st, err);
}

dw_status dw_jobs_copy(dw_jobs *jobs, int64_t id, int64_t copies, struct dw_error *err)
{
    struct dw_job job;
    dw_status st = dw_job_load(jobs->core, id, &job, err);
    if (st == DW_OK && job.state != DW_JOB_DONE && (job.state != DW_JOB_ACTIVE || job.cancel_asked))
        st = dw_error_set(err, DW_ERR_CONFLICT, "job %lld is %s: only what is made can be copied",
                          (long long)id, dw_job_state_name(job.state));
    if (st == DW_OK && (copies < 1 || job.copies + copies > DW_COPIES_MAX))
        st = dw_error_set(err, DW_ERR_INVALID, "copies: 1 to %lld more",
                          (long long)(DW_COPIES_MAX - job.copies));
    if (st == DW_OK)
        st = dw_job_check_studies(jobs->core, id, err);
    if (st == DW_OK)
        st = add_copies(jobs, &job, copies, err);
    if (st == DW_OK)
        dw_robots_kick(jobs->robots);
    return st;
}

/* --- what people see --- */

dw_robots *dw_jobs_robots(dw_jobs *jobs)
{
    return jobs->robots;
}

void dw_jobs_describe(const dw_jobs *jobs, json_t *doc)
{
    json_t *list = json_object();
    for (size_t i = 0; i < PREPARING_MAX; i++) {
        char key[24];
        if (jobs->preparing[i] &&
            dw_text_format(key, sizeof key, "%lld",
                           (long long)dw_prepare_job(jobs->preparing[i])))
            json_object_set_new(list, key, dw_prepare_describe(jobs->preparing[i]));
    }
    json_object_set_new(doc, "jobs", list);
    json_object_set_new(doc, "tasks", json_integer((json_int_t)dw_work_running(jobs->work)));
    dw_robots_describe(jobs->robots, doc);
}
