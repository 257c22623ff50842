#include "layout/items.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A batch is one message; what is left is for its other members. */
#define BATCH_BYTES_MAX (DW_CHANNEL_MESSAGE_MAX - 16 * 1024)
#define BATCH_MAX 256

struct batch {
    const struct dw_items *items;
    size_t first, end;
    int64_t numbers[BATCH_MAX];
    bool answered[BATCH_MAX];
    bool broken; /* done() ended everything */
};

static size_t text_size(const json_t *json)
{
    return json_dumpb(json, NULL, 0, JSON_COMPACT) + 1;
}

/* As many items from batch->first on as one message holds; at least one. */
static json_t *fill_batch(struct batch *batch)
{
    json_t *list = json_array();
    size_t bytes = 0;
    for (batch->end = batch->first;
         list && batch->end < batch->items->count && batch->end - batch->first < BATCH_MAX;
         batch->end++) {
        json_t *item = batch->items->make(batch->items->ctx, batch->end);
        if (!item) {
            json_decref(list);
            return NULL;
        }
        bytes += text_size(item);
        if (bytes > BATCH_BYTES_MAX && batch->end > batch->first) {
            json_decref(item);
            break;
        }
        batch->numbers[batch->end - batch->first] = dw_json_int(item, "number", -1);
        batch->answered[batch->end - batch->first] = false;
        json_array_append_new(list, item);
    }
    return list;
}

static dw_status on_message(void *ctx, const struct dw_message *msg, struct dw_error *err)
{
    struct batch *batch = ctx;
    if (strcmp(msg->type, "item") != 0)
        return DW_OK;
    int64_t number = dw_json_int(msg->head, "number", -1);
    for (size_t i = batch->first; i < batch->end; i++) {
        if (batch->answered[i - batch->first] || batch->numbers[i - batch->first] != number)
            continue;
        struct dw_error item_err = {0};
        dw_status item_st = dw_json_to_error(msg->head, &item_err);
        batch->answered[i - batch->first] = true;
        dw_status st = batch->items->done(batch->items->ctx, i, item_st, item_err.text, msg, err);
        batch->broken = st != DW_OK;
        return st;
    }
    return DW_OK; /* an answer to nothing we asked */
}

static dw_status run_batch(struct batch *batch, struct dw_error *err)
{
    json_t *list = fill_batch(batch);
    json_t *task = list ? json_pack("{s:s, s:o}", "task", batch->items->task, "items", list) : NULL;
    if (!task)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a task");
    if (batch->items->complete)
        batch->items->complete(batch->items->ctx, task);
    return dw_task_run(batch->items->spawner, task, on_message, batch, NULL, err);
}

static size_t first_unanswered(const struct batch *batch)
{
    size_t i = batch->first;
    while (i < batch->end && batch->answered[i - batch->first])
        i++;
    return i;
}

dw_status dw_items_run(const struct dw_items *items, struct dw_error *err)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a task");
    batch->items = items;
    dw_status st = DW_OK;
    while (st == DW_OK && batch->first < items->count) {
        struct dw_error task_err = {0};
        dw_status task_st = run_batch(batch, &task_err);
        size_t at = first_unanswered(batch);
        bool nothing_done = at == batch->first;
        if (batch->broken || (task_st != DW_OK && task_st != DW_ERR_GONE && nothing_done)) {
            st = task_st;
            if (err)
                *err = task_err;
        } else if (at < batch->end) { /* it was at this one when it ended */
            st = items->done(items->ctx, at, task_st == DW_OK ? DW_ERR_GONE : task_st,
                             task_st == DW_OK ? "the task gave no answer" : task_err.text, NULL, err);
            batch->first = at + 1;
        } else {
            batch->first = batch->end;
        }
    }
    free(batch);
    return st;
}
