/** The only place where the daemon starts programs. Each child speaks over its channel; whether it
 *  finishes, crashes, hangs or is stopped, on_end comes exactly once. Loop thread only. */
#ifndef DW_DAEMON_CHILDREN_H
#define DW_DAEMON_CHILDREN_H
#include "base/child.h"
#include "base/log.h"
#include "daemon/loop.h"

typedef struct dw_children dw_children;
typedef struct dw_kid dw_kid;

/** spawner may be NULL (the real one); both are borrowed. */
DW_MUST_CHECK dw_status dw_children_new(dw_loop *loop, const struct dw_spawner *spawner,
                                        const struct dw_log *log, dw_children **out,
                                        struct dw_error *err);
/** Ends all that still run, waiting up to grace_ms for each, without callbacks. */
void dw_children_free(dw_children *children, int grace_ms);
size_t dw_children_count(const dw_children *children);

struct dw_kid_events {
    void (*on_message)(void *ctx, dw_kid *kid, struct dw_message *msg); /**< as dw_peer_events */
    /** how: "exit 0", "signal 11", "did not end within N s". The kid is freed after the call. */
    void (*on_end)(void *ctx, dw_kid *kid, const char *how);
};
/** argv as dw_child_start(); limit_s: killed when it lives longer, 0 never. events is borrowed. */
DW_MUST_CHECK dw_status dw_children_start(dw_children *children, const char *const argv[],
                                          int64_t limit_s, const struct dw_kid_events *events,
                                          void *ctx, dw_kid **out, struct dw_error *err);
/** head is stolen. */
DW_MUST_CHECK dw_status dw_kid_post(dw_kid *kid, json_t *head, struct dw_error *err);
/** Close its channel and, if that does not end it, SIGTERM and SIGKILL. No message comes after this;
 *  on_end does, in a later round. */
void dw_kid_stop(dw_kid *kid);
pid_t dw_kid_pid(const dw_kid *kid); /**< 0: a fake without a process */

#endif
