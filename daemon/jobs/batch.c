#include "daemon/jobs/batch.h"

#include <stdlib.h>
#include <string.h>

struct dw_batch {
    const struct dw_core *core;
    dw_work *work;
    const struct dw_batch_opts *opts;
    struct dw_batch_item *items;
    size_t count;
    size_t sent[DW_BATCH_ITEMS_MAX]; /* indices into items, in the order of the message */
    size_t sent_count, answered;
    size_t next;                     /* first item that was never sent */
    unsigned crashes;
    size_t suspect;                  /* item + 1 over which a task died; 0: none */
    dw_work_task *task;
    uint64_t timer;
};

static void batch_free(void *ctx)
{
    dw_batch *batch = ctx;
    free(batch->items);
    free(batch);
}

void dw_batch_stop(dw_batch *batch)
{
    if (!batch)
        return;
    dw_work_stop(batch->task);
    dw_loop_cancel(batch->core->loop, batch->timer);
    batch->task = NULL;
    batch->timer = 0;
    dw_loop_defer(batch->core->loop, batch_free, batch);
}

static void finish(dw_batch *batch, dw_status st, const struct dw_error *err)
{
    const struct dw_batch_opts *opts = batch->opts;
    batch->task = NULL;
    dw_loop_defer(batch->core->loop, batch_free, batch);
    opts->on_done(opts->ctx, st, err);
}

static void send_next(void *ctx);

static void send_later(dw_batch *batch)
{
    batch->timer = dw_loop_after(batch->core->loop, 0, send_next, batch);
}

static void settle(dw_batch *batch, dw_status st, const struct dw_error *err,
                   const struct dw_message *msg)
{
    const struct dw_batch_item *item = &batch->items[batch->sent[batch->answered]];
    batch->answered++;
    batch->opts->on_item(batch->opts->ctx, item, st, err, msg);
    if (batch->opts->on_progress)
        batch->opts->on_progress(batch->opts->ctx,
                                 batch->next - batch->sent_count + batch->answered, batch->count);
}

static void on_message(void *ctx, const struct dw_message *msg)
{
    dw_batch *batch = ctx;
    struct dw_error err = {0};

    if (strcmp(msg->type, "item") != 0 || batch->answered >= batch->sent_count)
        return;
    const struct dw_batch_item *item = &batch->items[batch->sent[batch->answered]];
    /* Items are told in the order they were asked; anything else is a broken child, and its word for one
     * object must not be taken for another. */
    if (dw_json_int(msg->head, "number", -1) != item->number)
        return;
    batch->crashes = 0;
    settle(batch, dw_json_to_error(msg->head, &err), &err, msg);
}

/* What the task left unsaid is put back in front of what was never sent. */
static void put_back(dw_batch *batch)
{
    if (batch->answered < batch->sent_count)
        batch->next = batch->sent[batch->answered];
    batch->sent_count = batch->answered = 0;
}

static void on_result(void *ctx, dw_status st, const struct dw_error *err, const json_t *result)
{
    dw_batch *batch = ctx;
    batch->task = NULL;
    if (result && st != DW_OK) { /* not an item's failure: the task's own, the next would say the same */
        finish(batch, st, err);
        return;
    }
    if (batch->answered < batch->sent_count) {
        struct dw_error lost = *err;
        if (st == DW_OK)
            st = dw_error_set(&lost, DW_ERR_GONE, "task %s said nothing of it", batch->opts->task);
        if (st == DW_ERR_NOT_FOUND || ++batch->crashes >= DW_BATCH_CRASHES_MAX) {
            finish(batch, st, &lost);
            return;
        }
        size_t item = batch->sent[batch->answered];
        dw_log_write(&batch->core->log, DW_LOG_WARNING, "object=%lld %s%s",
                     (long long)batch->items[item].number, lost.text,
                     batch->suspect == item + 1 ? "" : ": tried again");
        if (batch->suspect == item + 1)
            settle(batch, st, &lost, NULL);
        else
            batch->suspect = item + 1;
    }
    put_back(batch);
    send_later(batch);
}

static const struct dw_work_events work_events = {.on_message = on_message, .on_result = on_result};

/* Up to DW_BATCH_ITEMS_MAX items as JSON; what turns out to need nothing is skipped. */
static json_t *take_items(dw_batch *batch)
{
    json_t *list = json_array();
    for (; batch->next < batch->count && batch->sent_count < DW_BATCH_ITEMS_MAX; batch->next++) {
        json_t *item = batch->opts->describe(batch->opts->ctx, &batch->items[batch->next]);
        if (!item)
            continue;
        json_array_append_new(list, item);
        batch->sent[batch->sent_count++] = batch->next;
    }
    return list;
}

static void send_next(void *ctx)
{
    dw_batch *batch = ctx;
    struct dw_error err = {0};

    batch->timer = 0;
    batch->sent_count = batch->answered = 0;
    json_t *list = take_items(batch);
    if (batch->sent_count == 0) {
        json_decref(list);
        finish(batch, DW_OK, &err);
        return;
    }
    json_t *task = json_pack("{s:s, s:o, s:s*}", "task", batch->opts->task, "items", list,
                             "transfer_syntax", batch->opts->transfer_syntax);
    dw_status st = dw_work_start(batch->work, task, &work_events, batch, &batch->task, &err);
    if (st != DW_OK)
        finish(batch, st, &err);
}

dw_status dw_batch_start(const struct dw_core *core, dw_work *work, const struct dw_batch_opts *opts,
                         struct dw_batch_item *items, size_t count, dw_batch **out,
                         struct dw_error *err)
{
    dw_batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        free(items);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    *batch = (dw_batch){
        .core = core, .work = work, .opts = opts, .items = items, .count = count};
    send_later(batch);
    *out = batch;
    return DW_OK;
}
