#include "robot/worker.h"

#include <poll.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

dw_status dw_worker_start(struct dw_worker *worker, const struct dw_spawner *spawner,
                          const struct dw_clock *clock, json_t *task, struct dw_error *err)
{
    *worker = (struct dw_worker){.started_us = dw_clock_mono_us(clock)};
    dw_text_cut(worker->task, sizeof worker->task, dw_json_text(task, "task"));
    const char *const argv[] = {"discwright-work", worker->task, NULL};
    json_object_set_new(task, "type", json_string("task"));
    dw_status st = dw_child_start(spawner, argv, &worker->child, err);
    if (st != DW_OK) {
        json_decref(task);
        *worker = (struct dw_worker){0};
        return st;
    }
    /* A child that died at once has closed its end: dw_worker_step() tells. */
    struct dw_error ignored = {0};
    st = dw_channel_post(worker->child.channel, task, NULL, 0, NULL, 0, &ignored);
    if (st == DW_OK || st == DW_ERR_GONE)
        return DW_OK;
    dw_worker_kill(worker);
    return dw_error_set(err, st, "%.190s", ignored.text);
}

bool dw_worker_running(const struct dw_worker *worker)
{
    return worker->task[0] != 0;
}

void dw_worker_let_tray(struct dw_worker *worker)
{
    worker->tray = DW_WORKER_TRAY_MOVES;
    dw_status st = dw_channel_post(worker->child.channel, json_pack("{s:s}", "type", "tray"), NULL, 0, NULL, 0, NULL);
    (void)st; /* one that died is noticed by itself */
}

void dw_worker_kill(struct dw_worker *worker)
{
    if (!dw_worker_running(worker))
        return;
    dw_child_done(&worker->child);
    json_decref(worker->result);
    *worker = (struct dw_worker){0};
}

int dw_worker_poll(const struct dw_worker *worker, struct pollfd *fds)
{
    int count = 0;
    if (!dw_worker_running(worker))
        return 0;
    int fd = worker->child.channel ? dw_channel_fd(worker->child.channel) : -1;
    if (fd >= 0 && !worker->result_us) {
        short out = dw_channel_pending(worker->child.channel) ? POLLOUT : 0;
        fds[count++] = (struct pollfd){.fd = fd, .events = (short)(POLLIN | out)};
    }
    if (worker->child.pidfd >= 0)
        fds[count++] = (struct pollfd){.fd = worker->child.pidfd, .events = POLLIN};
    return count;
}

static void take_message(struct dw_worker *worker, const struct dw_clock *clock,
                         const struct dw_message *msg, dw_worker_progress_fn *progress, void *ctx)
{
    if (strcmp(msg->type, "progress") == 0 && !worker->result) {
        struct dw_progress told;
        if (dw_progress_read(msg->head, &told))
            progress(ctx, &told);
    } else if (strcmp(msg->type, "tray") == 0) {
        bool asks = json_is_true(json_object_get(msg->head, "moves"));
        worker->tray = asks ? DW_WORKER_TRAY_ASKED : DW_WORKER_TRAY_RESTS;
    } else if (strcmp(msg->type, "result") == 0 && !worker->result) {
        worker->result = json_incref(msg->head);
        worker->result_us = dw_clock_mono_us(clock);
    }
}

/* true: the other end is closed. */
static bool read_channel(struct dw_worker *worker, const struct dw_clock *clock,
                         dw_worker_progress_fn *progress, void *ctx)
{
    struct dw_error err = {0};
    if (dw_channel_pending(worker->child.channel) &&
        dw_channel_flush(worker->child.channel, &err) == DW_ERR_GONE)
        return true;
    for (;;) {
        struct dw_message msg;
        dw_status st = dw_channel_receive(worker->child.channel, 0, &msg, &err);
        if (st == DW_ERR_CORRUPT)
            continue;
        if (st != DW_OK)
            return st == DW_ERR_GONE;
        take_message(worker, clock, &msg, progress, ctx);
        dw_message_done(&msg);
    }
}

bool dw_worker_step(struct dw_worker *worker, const struct dw_clock *clock,
                    dw_worker_progress_fn *progress, void *ctx, dw_status *out, json_t **result,
                    struct dw_error *err)
{
    char how[40] = "";
    if (!dw_worker_running(worker))
        return false;
    int64_t now = dw_clock_mono_us(clock);
    bool process = worker->child.pid > 0;
    bool gone = dw_child_reap(&worker->child, how, sizeof how);
    /* What it said last is still in the channel; one that is played has no process and ends with it. */
    bool closed = read_channel(worker, clock, progress, ctx);
    gone = gone && (process || closed);
    bool late = now - worker->started_us > (int64_t)DW_WORK_TASK_SECONDS_MAX * 1000000;
    bool lingers = worker->result_us && now - worker->result_us > DW_WORKER_ENDING_MS * 1000LL;
    if (!gone && !late && !lingers)
        return false;
    *result = NULL;
    if (worker->result) {
        *out = dw_json_to_error(worker->result, err);
        *result = worker->result;
        worker->result = NULL;
    } else if (!gone) {
        *out = dw_error_set(err, DW_ERR_TIMEOUT, "%s was stopped after %d hours", worker->task,
                            DW_WORK_TASK_SECONDS_MAX / 3600);
    } else {
        *out = dw_error_set(err, DW_ERR_GONE, "%s ended by %s", worker->task, how);
    }
    dw_worker_kill(worker);
    return true;
}
