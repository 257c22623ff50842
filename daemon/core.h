/** What every room of the daemon is given: the loop, the tables, the seams. Owned by daemon.c; loop thread
 *  only. */
#ifndef DW_DAEMON_CORE_H
#define DW_DAEMON_CORE_H
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "daemon/children.h"
#include "daemon/config.h"
#include "daemon/loop.h"
#include "daemon/sql.h"
#include "daemon/store.h"

struct dw_core {
    const struct dw_config *config; /**< borrowed */
    const char *state;              /**< state folder, absolute, borrowed from config */
    struct dw_log log;
    struct dw_clock clock;
    struct dw_random random;
    const struct dw_disk *disk; /**< never NULL */
    dw_loop *loop;
    dw_sql *sql;
    dw_children *children;
    /** Something shown to people changed: a new snapshot is published at the end of the round. */
    void (*changed)(void *ctx);
    void *changed_ctx;
};

int64_t dw_core_now_s(const struct dw_core *core);
void dw_core_changed(const struct dw_core *core);
/** STATE/<formatted>. DW_ERR_LIMIT: longer than out. */
DW_MUST_CHECK dw_status dw_core_path(const struct dw_core *core, char *out, size_t size,
                                     struct dw_error *err, const char *fmt, ...) DW_PRINTF(5, 6);
/** dw_store_event() with the core's tables. */
#define dw_core_event(core, about, ...)                                                            \
    dw_store_event((core)->sql, &(core)->clock, &(core)->log, about, __VA_ARGS__)

/** 0.5 s, then twice as long each time, at most 30 s: how long to wait before the same child again. */
int64_t dw_core_backoff_ms(unsigned failures);

#endif
