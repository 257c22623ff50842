/* Both ends of a work task (base/child.h). */
#include "base/child.h"


#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define SEND_TIMEOUT_MS 10000

static dw_status read_until_result(struct dw_child *child, dw_task_message_fn *on_message, void *ctx,
                                   json_t **out_result, struct dw_error *err)
{
    for (;;) {
        struct dw_message msg;
        dw_status st = dw_channel_receive(child->channel, -1, &msg, err);
        if (st != DW_OK)
            return st;
        if (strcmp(msg.type, "result") == 0) {
            st = dw_json_to_error(msg.head, err);
            if (out_result)
                *out_result = json_incref(msg.head);
            dw_message_done(&msg);
            return st;
        }
        if (on_message)
            st = on_message(ctx, &msg, err);
        dw_message_done(&msg);
        if (st != DW_OK)
            return st;
    }
}

dw_status dw_task_run(const struct dw_spawner *spawner, json_t *task,
                      dw_task_message_fn *on_message, void *ctx, json_t **out_result,
                      struct dw_error *err)
{
    struct dw_child child;
    char name[32], how[32] = "";
    dw_text_cut(name, sizeof name, dw_json_text(task, "task"));
    const char *argv[] = {"discwright-work", name, NULL};
    json_object_set_new(task, "type", json_string("task"));
    dw_status st = dw_child_start(spawner, argv, &child, err);
    if (st != DW_OK) {
        json_decref(task);
        return st;
    }
    st = dw_channel_send(child.channel, task, NULL, 0, NULL, 0, SEND_TIMEOUT_MS, err);
    if (st == DW_OK)
        st = read_until_result(&child, on_message, ctx, out_result, err);
    dw_channel_free(child.channel); /* the child sees the end and stops */
    child.channel = NULL;
    dw_child_stop(&child, st == DW_ERR_GONE ? 1000 : 2000, how, sizeof how);
    if (st == DW_ERR_GONE)
        st = dw_error_set(err, DW_ERR_GONE, "task %s ended by %s", name, how);
    dw_child_done(&child);
    return st;
}

dw_status dw_task_open(dw_channel **out, json_t **out_task, struct dw_error *err)
{
    dw_channel *channel;
    struct dw_message msg;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fcntl(DW_CHILD_FD, F_GETFD) < 0)
        return dw_error_set(err, DW_ERR_INVALID, "this program is started by discwright itself");
    dw_status st = dw_channel_new(DW_CHILD_FD, &channel, err);
    if (st != DW_OK)
        return st;
    st = dw_channel_receive(channel, 60000, &msg, err);
    if (st == DW_OK && strcmp(msg.type, "task") != 0) {
        dw_message_done(&msg);
        st = dw_error_set(err, DW_ERR_INVALID, "the first message is not a task");
    }
    if (st != DW_OK) {
        dw_channel_free(channel);
        return st;
    }
    *out_task = json_incref(msg.head);
    *out = channel;
    dw_message_done(&msg);
    return DW_OK;
}

dw_status dw_task_progress(dw_channel *channel, const char *stage, uint64_t done, uint64_t total,
                           struct dw_error *err)
{
    return dw_task_progress_with(channel, stage, done, total, NULL, err);
}

dw_status dw_task_progress_with(dw_channel *channel, const char *stage, uint64_t done,
                                uint64_t total, json_t *more, struct dw_error *err)
{
    /* The one static of the house: a task is a process of its own with one channel. */
    static struct timespec last;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t passed_ms = (now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000;
    if (passed_ms < 200 && done != total) {
        json_decref(more);
        return DW_OK;
    }
    last = now;
    json_t *head = json_pack("{s:s, s:s, s:I, s:I}", "type", "progress", "stage", stage, "done",
                             (json_int_t)done, "total", (json_int_t)total);
    if (more)
        json_object_update_missing(head, more);
    json_decref(more);
    dw_status st =
        dw_channel_send(channel, head, NULL, 0, NULL, 0, SEND_TIMEOUT_MS, err);
    if (st == DW_ERR_GONE)
        return dw_error_set(err, DW_ERR_CANCELLED, "the program that asked for it is gone");
    return st;
}
