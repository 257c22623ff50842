/** The one thread that owns all state: descriptors (epoll), timers, and work put off to the end of a
 *  round. Callbacks may add and remove sources and timers freely, their own too. One thread. */
#ifndef DW_DAEMON_LOOP_H
#define DW_DAEMON_LOOP_H
#include <stdbool.h>
#include <stdint.h>
#include "base/clock.h"
#include "base/error.h"

typedef struct dw_loop dw_loop;
DW_MUST_CHECK dw_status dw_loop_new(const struct dw_clock *clock, dw_loop **out, struct dw_error *err);
void dw_loop_free(dw_loop *loop);

typedef void dw_loop_fn(void *ctx);
typedef void dw_loop_fd_fn(void *ctx, uint32_t events); /**< EPOLLIN, EPOLLOUT, EPOLLHUP ... */

/** Watch a descriptor that stays the caller's. *out_id names the source; it is never 0 and never used
 *  again. DW_ERR_LIMIT: too many. */
DW_MUST_CHECK dw_status dw_loop_add_fd(dw_loop *loop, int fd, uint32_t events, dw_loop_fd_fn *fn,
                                       void *ctx, uint64_t *out_id, struct dw_error *err);
void dw_loop_set_events(dw_loop *loop, uint64_t id, uint32_t events);
void dw_loop_remove_fd(dw_loop *loop, uint64_t id); /**< 0 is fine; no callback runs after it */

/** Call fn once, in_ms from now. 0 when there is no room (LOOP_TIMERS in loop.c), which is our own bug. */
uint64_t dw_loop_after(dw_loop *loop, int64_t in_ms, dw_loop_fn *fn, void *ctx);
void dw_loop_cancel(dw_loop *loop, uint64_t id); /**< 0 or gone: fine */
/** Call fn when the present round's callbacks have all run: for freeing what may still be on the stack. */
void dw_loop_defer(dw_loop *loop, dw_loop_fn *fn, void *ctx);

/** One round: wait at most timeout_ms (-1: until something happens), run what is due. */
DW_MUST_CHECK dw_status dw_loop_step(dw_loop *loop, int timeout_ms, struct dw_error *err);

#endif
