#include "layout/items.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layout/answer.h"

/* A batch is one message; what is left is for its other members. */
#define BATCH_BYTES_MAX (DW_CHANNEL_MESSAGE_MAX - 16 * 1024)
#define BATCH_MAX 256
#define BATCH_MIN 8              /* a process costs about as much as a few objects */
#define BATCHES_MAX 64           /* begun and not yet told of: one slow object holds back the others */
#define ANSWERS_BYTES_MAX (256U << 20)
#define SEND_TIMEOUT_MS 10000
#define END_GRACE_MS 2000

struct batch { /* items first to end - 1; in the order of the items */
    struct batch *next;
    size_t first, end;
    size_t start;  /* of the task that runs now: at or behind what an earlier one died at */
    size_t suspect; /* item + 1 over which a task died; 0: none */
    bool running;
    struct dw_child child;
    int64_t numbers[BATCH_MAX];
    struct dw_answer answers[BATCH_MAX];
};

struct run {
    const struct dw_items *items;
    unsigned workers, running, batch_count;
    size_t batch_max;
    size_t next_item; /* that belongs to no batch yet */
    size_t told;      /* items that done() knows */
    size_t waiting_bytes;
    struct batch *first, *last;
};

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a task");
}

static unsigned worker_count(const struct dw_items *items)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned workers = items->workers ? items->workers : processors > 0 ? (unsigned)processors : 1;
    return workers < DW_ITEMS_WORKERS_MAX ? workers : DW_ITEMS_WORKERS_MAX;
}

/* Small enough that all workers end at about the same time. */
static size_t batch_size(size_t count, unsigned workers)
{
    size_t size = workers > 1 ? count / (4 * (size_t)workers) : BATCH_MAX;
    return size < BATCH_MIN ? BATCH_MIN : size < BATCH_MAX ? size : BATCH_MAX;
}

static void forget_answer(struct run *run, struct dw_answer *answer)
{
    run->waiting_bytes -= answer->blob_size;
    dw_answer_done(answer);
}

static void free_first(struct run *run)
{
    struct batch *batch = run->first;
    run->first = batch->next;
    if (!run->first)
        run->last = NULL;
    run->batch_count--;
    for (size_t i = 0; i < batch->end - batch->first; i++)
        forget_answer(run, &batch->answers[i]);
    if (batch->running)
        dw_child_done(&batch->child);
    free(batch);
}

static size_t text_size(const json_t *json)
{
    return json_dumpb(json, NULL, 0, JSON_COMPACT) + 1;
}

/* Items from batch->start on; a new batch (end 0) takes as many as one message holds, at least one. */
static json_t *fill_batch(struct run *run, struct batch *batch)
{
    const struct dw_items *items = run->items;
    size_t end = batch->end ? batch->end : items->count, bytes = 0, i = batch->start;
    json_t *list = json_array();
    for (; list && i < end && i - batch->first < run->batch_max; i++) {
        json_t *item = items->make(items->ctx, i);
        if (!item) {
            json_decref(list);
            return NULL;
        }
        bytes += text_size(item);
        if (bytes > BATCH_BYTES_MAX && i > batch->start) {
            json_decref(item);
            break;
        }
        batch->numbers[i - batch->first] = dw_json_int(item, "number", -1);
        json_array_append_new(list, item);
    }
    if (!batch->end)
        batch->end = i;
    return list;
}

static dw_status start_batch(struct run *run, struct batch *batch, struct dw_error *err)
{
    const struct dw_items *items = run->items;
    const char *argv[] = {"discwright-work", items->task, NULL};
    json_t *list = fill_batch(run, batch);
    json_t *task = list ? json_pack("{s:s, s:s, s:o}", "type", "task", "task", items->task, "items",
                                    list)
                        : NULL;
    if (!task)
        return no_memory(err);
    if (items->complete)
        items->complete(items->ctx, task);
    dw_status st = dw_child_start(items->spawner, argv, &batch->child, err);
    if (st != DW_OK) {
        json_decref(task);
        return st;
    }
    batch->running = true;
    run->running++;
    /* A child that is gone already shows when its channel is read. */
    st = dw_channel_send(batch->child.channel, task, NULL, 0, NULL, 0, SEND_TIMEOUT_MS, err);
    return st == DW_ERR_GONE ? DW_OK : st;
}

static dw_status new_batch(struct run *run, struct dw_error *err)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return no_memory(err);
    batch->first = batch->start = run->next_item;
    batch->child.pidfd = -1;
    if (run->last)
        run->last->next = batch;
    else
        run->first = batch;
    run->last = batch;
    run->batch_count++;
    dw_status st = start_batch(run, batch, err);
    run->next_item = batch->end;
    return st;
}

/* What was lost with a task goes first, then what nobody has yet. */
static dw_status start_more(struct run *run, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (struct batch *b = run->first; b && st == DW_OK && run->running < run->workers; b = b->next)
        if (!b->running && b->start < b->end)
            st = start_batch(run, b, err);
    while (st == DW_OK && run->running < run->workers && run->batch_count < BATCHES_MAX &&
           run->next_item < run->items->count)
        st = new_batch(run, err);
    return st;
}

static dw_status keep_answer(struct run *run, struct batch *batch, const struct dw_message *msg,
                             struct dw_error *err)
{
    int64_t number = dw_json_int(msg->head, "number", -1);
    for (size_t i = batch->start - batch->first; i < batch->end - batch->first; i++) {
        struct dw_answer *answer = &batch->answers[i];
        if (answer->given || batch->numbers[i] != number)
            continue;
        if (run->waiting_bytes + msg->blob_size > ANSWERS_BYTES_MAX)
            return dw_error_set(err, DW_ERR_LIMIT,
                                "more than %u bytes of answers wait for an earlier object",
                                ANSWERS_BYTES_MAX);
        if (!dw_answer_keep(answer, msg))
            return no_memory(err);
        run->waiting_bytes += answer->blob_size;
        return DW_OK;
    }
    return DW_OK; /* an answer to nothing we asked */
}

/* The task has ended, well or not: an item without an answer is the one at which it was. */
static dw_status end_batch(struct run *run, struct batch *batch, dw_status task_st,
                           struct dw_error *task_err, struct dw_error *err)
{
    char how[32] = "";
    dw_channel_free(batch->child.channel); /* the child sees the end and stops */
    batch->child.channel = NULL;
    dw_child_stop(&batch->child, END_GRACE_MS, how, sizeof how);
    dw_child_done(&batch->child);
    batch->running = false;
    run->running--;
    size_t at = batch->start;
    while (at < batch->end && batch->answers[at - batch->first].given)
        at++;
    if (task_st != DW_OK && task_st != DW_ERR_GONE && at == batch->start)
        return dw_error_set(err, task_st, "%s", task_err->text);
    if (task_st == DW_ERR_GONE && at < batch->end && batch->suspect != at + 1) {
        batch->suspect = at + 1; /* it may have been killed from outside: another try */
    } else if (at < batch->end) {
        struct dw_answer *answer = &batch->answers[at - batch->first];
        answer->given = true;
        if (task_st == DW_ERR_GONE)
            dw_error_set(&answer->err, DW_ERR_GONE, "task %s ended by %s", run->items->task, how);
        else if (task_st == DW_OK)
            dw_error_set(&answer->err, DW_ERR_GONE, "the task gave no answer");
        else
            answer->err = *task_err;
        at++;
    }
    batch->start = at;
    return DW_OK;
}

/* Everything that a child has said by now. */
static dw_status listen_to(struct run *run, struct batch *batch, struct dw_error *err)
{
    for (;;) {
        struct dw_message msg;
        struct dw_error task_err = {0};
        dw_status st = dw_channel_receive(batch->child.channel, 0, &msg, &task_err);
        if (st == DW_ERR_TIMEOUT)
            return DW_OK;
        if (st != DW_OK)
            return end_batch(run, batch, st, &task_err, err);
        bool is_result = strcmp(msg.type, "result") == 0;
        if (is_result)
            st = dw_json_to_error(msg.head, &task_err);
        else if (strcmp(msg.type, "item") == 0)
            st = keep_answer(run, batch, &msg, err);
        dw_message_done(&msg);
        if (is_result)
            return end_batch(run, batch, st, &task_err, err);
        if (st != DW_OK)
            return st;
    }
}

static dw_status listen_to_all(struct run *run, struct dw_error *err)
{
    struct pollfd fds[DW_ITEMS_WORKERS_MAX] = {{0}};
    nfds_t count = 0, i = 0;
    for (struct batch *b = run->first; b && count < DW_ITEMS_WORKERS_MAX; b = b->next)
        if (b->running)
            fds[count++] =
                (struct pollfd){.fd = dw_channel_fd(b->child.channel), .events = POLLIN};
    if (poll(fds, count, -1) < 0)
        return errno == EINTR ? DW_OK
                              : dw_error_set(err, DW_ERR_INTERNAL, "wait for work tasks: %s",
                                             strerror(errno));
    dw_status st = DW_OK;
    for (struct batch *b = run->first; b && i < count && st == DW_OK; b = b->next)
        if (b->running && fds[i++].revents)
            st = listen_to(run, b, err);
    return st;
}

/* In the order of the items, as far as there are answers. */
static dw_status tell(struct run *run, struct dw_error *err)
{
    const struct dw_items *items = run->items;
    while (run->first) {
        struct batch *batch = run->first;
        for (; run->told < batch->end; run->told++) {
            struct dw_answer *answer = &batch->answers[run->told - batch->first];
            if (!answer->given)
                return DW_OK;
            struct dw_message msg;
            bool has_message = dw_answer_message(answer, &msg);
            dw_status st = items->done(items->ctx, run->told, answer->err.code, answer->err.text,
                                       has_message ? &msg : NULL, err);
            forget_answer(run, answer);
            if (st != DW_OK)
                return st;
        }
        if (batch->running) /* its result is still to come */
            return DW_OK;
        free_first(run);
    }
    return DW_OK;
}

dw_status dw_items_run(const struct dw_items *items, struct dw_error *err)
{
    struct run run = {.items = items, .workers = worker_count(items)};
    run.batch_max = batch_size(items->count, run.workers);
    dw_status st = DW_OK;
    while (st == DW_OK && (run.next_item < items->count || run.first)) {
        st = start_more(&run, err);
        if (st == DW_OK && run.running > 0)
            st = listen_to_all(&run, err);
        if (st == DW_OK)
            st = tell(&run, err);
    }
    while (run.first)
        free_first(&run);
    return st;
}
