/** Work tasks over many objects (transcode, render): items go out in batches to several work processes, and
 *  one that crashes at an item twice costs only that item. */
#ifndef DW_LAYOUT_ITEMS_H
#define DW_LAYOUT_ITEMS_H
#include <jansson.h>
#include "base/child.h"

#define DW_ITEMS_WORKERS_MAX 4

struct dw_items {
    const char *task; /**< "transcode": docs/messages.md */
    size_t count;
    unsigned workers; /**< processes side by side; 0: as many as processors, and never more than
                       *   DW_ITEMS_WORKERS_MAX */
    /** New reference: item i as the task wants it; must hold "number". Asked again for what was lost with
     *  a task. NULL: out of memory. */
    json_t *(*make)(void *ctx, size_t i);
    /** Members of the task beside `items`; NULL: none. Must not fail. */
    void (*complete)(void *ctx, json_t *task);
    /** What became of item i, in the order of the items however many workers there are. msg is the task's
     *  answer (without descriptors), or NULL when it has none (st and text say why). Non-OK ends
     *  everything. */
    dw_status (*done)(void *ctx, size_t i, dw_status st, const char *text,
                      const struct dw_message *msg, struct dw_error *err);
    void *ctx;
    const struct dw_spawner *spawner; /**< NULL: the real one */
};
/** Blocks until every item is done; all callbacks come on the caller's thread. An item's failure is not the
 *  function's: that is a task which cannot be started at all, done() saying so, or DW_ERR_LIMIT: more
 *  answers than we hold wait for an earlier item. */
DW_MUST_CHECK dw_status dw_items_run(const struct dw_items *items, struct dw_error *err);

#endif
