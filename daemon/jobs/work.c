#include "daemon/jobs/work.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct dw_work_task {
    dw_work *work;
    dw_work_task *next;
    char name[32];
    json_t *message; /* until it is sent */
    const struct dw_work_events *events;
    void *ctx;
    dw_kid *kid;     /* NULL: waiting in line */
    json_t *result;
    uint64_t silence;
    bool stopped, silent;
    dw_status post_status; /* why the task could not even be told */
    struct dw_error post_error;
};
struct dw_work {
    const struct dw_core *core;
    dw_work_task *first; /* in the order of dw_work_start() */
    uint64_t start_timer;
};

dw_status dw_work_new(const struct dw_core *core, dw_work **out, struct dw_error *err)
{
    dw_work *work = calloc(1, sizeof *work);
    if (!work)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    work->core = core;
    *out = work;
    return DW_OK;
}

static void task_free(void *ctx)
{
    dw_work_task *task = ctx;
    json_decref(task->message);
    json_decref(task->result);
    free(task);
}

void dw_work_free(dw_work *work)
{
    if (!work)
        return;
    dw_loop_cancel(work->core->loop, work->start_timer);
    for (dw_work_task *task = work->first, *next; task; task = next) {
        next = task->next;
        dw_loop_cancel(work->core->loop, task->silence);
        task_free(task);
    }
    free(work);
}

size_t dw_work_running(const dw_work *work)
{
    size_t count = 0;
    for (const dw_work_task *task = work->first; task; task = task->next)
        count += task->kid != NULL;
    return count;
}

static void start_waiting(void *ctx);

static void poke(dw_work *work)
{
    if (work->start_timer == 0)
        work->start_timer = dw_loop_after(work->core->loop, 0, start_waiting, work);
}

static void leave(dw_work_task *task)
{
    dw_work *work = task->work;
    for (dw_work_task **at = &work->first; *at; at = &(*at)->next) {
        if (*at == task) {
            *at = task->next;
            break;
        }
    }
    dw_loop_cancel(work->core->loop, task->silence);
    task->silence = 0;
    dw_loop_defer(work->core->loop, task_free, task);
    poke(work);
    dw_core_changed(work->core);
}

static void on_silence(void *ctx)
{
    dw_work_task *task = ctx;
    task->silence = 0;
    task->silent = true;
    if (task->kid)
        dw_kid_stop(task->kid);
}

static void expect_sound(dw_work_task *task)
{
    dw_loop *loop = task->work->core->loop;
    dw_loop_cancel(loop, task->silence);
    task->silence = dw_loop_after(loop, DW_WORK_SILENCE_S * 1000, on_silence, task);
}

static void on_message(void *ctx, dw_kid *kid, struct dw_message *msg)
{
    dw_work_task *task = ctx;
    if (task->stopped || task->result)
        return;
    expect_sound(task);
    if (strcmp(msg->type, "result") == 0) {
        task->result = msg->head;
        msg->head = NULL;
        dw_kid_stop(kid); /* it has nothing more to say */
    } else if (task->events->on_message) {
        task->events->on_message(task->ctx, msg);
    }
}

static void on_end(void *ctx, dw_kid *kid, const char *how)
{
    dw_work_task *task = ctx;
    struct dw_error err = {0};
    dw_status st;

    task->kid = NULL;
    if (task->result)
        st = dw_json_to_error(task->result, &err);
    else if (task->post_status != DW_OK)
        st = dw_error_set(&err, task->post_status, "%s", task->post_error.text);
    else if (task->silent)
        st = dw_error_set(&err, DW_ERR_TIMEOUT, "task %s said nothing for %d s", task->name,
                          DW_WORK_SILENCE_S);
    else
        st = dw_error_set(&err, DW_ERR_GONE, "task %s ended by %s", task->name, how);
    if (!task->stopped)
        task->events->on_result(task->ctx, st, &err, task->result);
    leave(task);
}

static const struct dw_kid_events kid_events = {.on_message = on_message, .on_end = on_end};

static dw_status start_one(dw_work_task *task, struct dw_error *err)
{
    const char *const argv[] = {"discwright-work", task->name, NULL};
    dw_status st = dw_children_start(task->work->core->children, argv, DW_WORK_TASK_SECONDS_MAX,
                                     &kid_events, task, &task->kid, err);
    if (st != DW_OK)
        return st;
    json_t *message = task->message;
    task->message = NULL;
    st = dw_kid_post(task->kid, message, err);
    if (st == DW_ERR_GONE)
        return DW_OK; /* it died at once: on_end follows */
    if (st != DW_OK) {
        task->post_status = st;
        task->post_error = *err;
        dw_kid_stop(task->kid);
        return DW_OK;
    }
    expect_sound(task);
    return DW_OK;
}

static void start_waiting(void *ctx)
{
    dw_work *work = ctx;
    size_t running = dw_work_running(work);

    work->start_timer = 0;
    for (dw_work_task *task = work->first, *next; task && running < DW_WORKERS_MAX; task = next) {
        struct dw_error err = {0};
        next = task->next;
        if (task->kid || task->stopped)
            continue;
        dw_status st = start_one(task, &err);
        if (st == DW_OK) {
            running++;
            continue;
        }
        task->events->on_result(task->ctx, st, &err, NULL);
        leave(task);
        return; /* the callback may have changed the line: leave() has asked for another look */
    }
}

dw_status dw_work_start(dw_work *work, json_t *task_message, const struct dw_work_events *events,
                        void *ctx, dw_work_task **out, struct dw_error *err)
{
    dw_work_task *task = calloc(1, sizeof *task);
    if (!task || !task_message) {
        free(task);
        json_decref(task_message);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    *task = (dw_work_task){.work = work, .message = task_message, .events = events, .ctx = ctx};
    dw_text_cut(task->name, sizeof task->name, dw_json_text(task_message, "task"));
    json_object_set_new(task_message, "type", json_string("task"));
    dw_work_task **at = &work->first;
    while (*at)
        at = &(*at)->next;
    *at = task;
    poke(work);
    *out = task;
    return DW_OK;
}

void dw_work_stop(dw_work_task *task)
{
    if (!task || task->stopped)
        return;
    task->stopped = true;
    if (task->kid)
        dw_kid_stop(task->kid);
    else
        leave(task);
}
