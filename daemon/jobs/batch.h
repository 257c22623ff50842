/** Many objects through one kind of work task (transcode, render), a batch at a time. The task says what
 *  became of each item as it goes; when it crashes, the item after the last one it spoke of is suspected
 *  and tried again in a new task; when that crashes over it too, the item is to blame, and the rest goes
 *  on. A task that somebody killed thus costs no object its place on the disc. Loop thread only. */
#ifndef DW_DAEMON_JOBS_BATCH_H
#define DW_DAEMON_JOBS_BATCH_H
#include "daemon/jobs/work.h"

#define DW_BATCH_ITEMS_MAX 64
#define DW_BATCH_CRASHES_MAX 6 /* in a row, without one item done: then the task itself is broken */

typedef struct dw_batch dw_batch;

struct dw_batch_item {
    int64_t number;
    int64_t frame; /**< of a picture; unused otherwise */
};
struct dw_batch_opts { /* borrowed for the life of the batch */
    const char *task;
    const char *transfer_syntax; /**< member of the task message beside "items"; NULL: none */
    /** Members of one item. NULL: there is nothing to do for it after all. */
    json_t *(*describe)(void *ctx, const struct dw_batch_item *item);
    /** st, err: the item's own. msg is NULL when the task died over it. */
    void (*on_item)(void *ctx, const struct dw_batch_item *item, dw_status st,
                    const struct dw_error *err, const struct dw_message *msg);
    void (*on_progress)(void *ctx, size_t done, size_t total);
    /** Once, last: not OK when the task cannot work at all. Not after dw_batch_stop(). */
    void (*on_done)(void *ctx, dw_status st, const struct dw_error *err);
    void *ctx;
};
/** items becomes the batch's (free()); count may be 0: on_done comes in a later round all the same. */
DW_MUST_CHECK dw_status dw_batch_start(const struct dw_core *core, dw_work *work,
                                       const struct dw_batch_opts *opts, struct dw_batch_item *items,
                                       size_t count, dw_batch **out, struct dw_error *err);
void dw_batch_stop(dw_batch *batch); /**< frees it; no callback follows; NULL is fine */
/* After on_done the batch frees itself. */

#endif
