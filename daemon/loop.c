#include "daemon/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LOOP_SOURCES 256
#define LOOP_TIMERS 256
#define LOOP_EVENTS 32

struct source {
    uint64_t id; /* 0: free slot; low byte is the slot, so an event of a removed source is recognised */
    int fd;
    dw_loop_fd_fn *fn;
    void *ctx;
};
struct timer {
    uint64_t id;
    int64_t at_us;
    dw_loop_fn *fn;
    void *ctx;
};
struct deferred {
    dw_loop_fn *fn;
    void *ctx;
};
struct dw_loop {
    int epoll;
    struct dw_clock clock;
    uint64_t last_id;
    struct source sources[LOOP_SOURCES];
    struct timer timers[LOOP_TIMERS];
    struct deferred *deferred;
    size_t deferred_count, deferred_cap;
};

dw_status dw_loop_new(const struct dw_clock *clock, dw_loop **out, struct dw_error *err)
{
    dw_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        free(loop);
        return dw_error_set(err, dw_status_from_errno(errno), "make an epoll: %s", strerror(errno));
    }
    loop->clock = *clock;
    *out = loop;
    return DW_OK;
}

static void run_deferred(dw_loop *loop)
{
    /* A deferred call may defer another: the index, not a pointer, survives growth. */
    for (size_t i = 0; i < loop->deferred_count; i++) {
        struct deferred d = loop->deferred[i];
        d.fn(d.ctx);
    }
    loop->deferred_count = 0;
}

void dw_loop_free(dw_loop *loop)
{
    if (!loop)
        return;
    run_deferred(loop);
    free(loop->deferred);
    close(loop->epoll);
    free(loop);
}

dw_status dw_loop_add_fd(dw_loop *loop, int fd, uint32_t events, dw_loop_fd_fn *fn, void *ctx,
                         uint64_t *out_id, struct dw_error *err)
{
    size_t slot = 0;
    while (slot < LOOP_SOURCES && loop->sources[slot].id != 0)
        slot++;
    if (slot == LOOP_SOURCES)
        return dw_error_set(err, DW_ERR_LIMIT, "%d descriptors are watched already", LOOP_SOURCES);

    uint64_t id = (++loop->last_id << 8) | slot;
    struct epoll_event ev = {.events = events, .data.u64 = id};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &ev) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "watch a descriptor: %s",
                            strerror(errno));
    loop->sources[slot] = (struct source){.id = id, .fd = fd, .fn = fn, .ctx = ctx};
    *out_id = id;
    return DW_OK;
}

static struct source *find_source(dw_loop *loop, uint64_t id)
{
    struct source *source = &loop->sources[id & 0xff];
    return id != 0 && source->id == id ? source : NULL;
}

void dw_loop_set_events(dw_loop *loop, uint64_t id, uint32_t events)
{
    struct source *source = find_source(loop, id);
    if (source) {
        struct epoll_event ev = {.events = events, .data.u64 = id};
        epoll_ctl(loop->epoll, EPOLL_CTL_MOD, source->fd, &ev);
    }
}

void dw_loop_remove_fd(dw_loop *loop, uint64_t id)
{
    struct source *source = find_source(loop, id);
    if (source) {
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
        *source = (struct source){0};
    }
}

uint64_t dw_loop_after(dw_loop *loop, int64_t in_ms, dw_loop_fn *fn, void *ctx)
{
    for (size_t i = 0; i < LOOP_TIMERS; i++) {
        struct timer *timer = &loop->timers[i];
        if (timer->id != 0)
            continue;
        *timer = (struct timer){.id = (++loop->last_id << 8) | i,
                                .at_us = dw_clock_mono_us(&loop->clock) + in_ms * 1000,
                                .fn = fn,
                                .ctx = ctx};
        return timer->id;
    }
    return 0;
}

void dw_loop_cancel(dw_loop *loop, uint64_t id)
{
    if (id != 0 && loop->timers[id & 0xff].id == id)
        loop->timers[id & 0xff] = (struct timer){0};
}

void dw_loop_defer(dw_loop *loop, dw_loop_fn *fn, void *ctx)
{
    if (loop->deferred_count == loop->deferred_cap) {
        size_t cap = loop->deferred_cap ? loop->deferred_cap * 2 : 16;
        struct deferred *grown = realloc(loop->deferred, cap * sizeof *grown);
        if (!grown)
            abort(); /* nothing could be freed safely any more */
        loop->deferred = grown;
        loop->deferred_cap = cap;
    }
    loop->deferred[loop->deferred_count++] = (struct deferred){.fn = fn, .ctx = ctx};
}

static int until_next_timer(dw_loop *loop, int timeout_ms)
{
    int64_t now = dw_clock_mono_us(&loop->clock), best = INT64_MAX;
    for (size_t i = 0; i < LOOP_TIMERS; i++)
        if (loop->timers[i].id != 0 && loop->timers[i].at_us < best)
            best = loop->timers[i].at_us;
    if (best == INT64_MAX)
        return timeout_ms;
    int64_t wait_ms = best <= now ? 0 : (best - now + 999) / 1000;
    if (wait_ms > 60000)
        wait_ms = 60000;
    return timeout_ms < 0 || wait_ms < timeout_ms ? (int)wait_ms : timeout_ms;
}

static void run_timers(dw_loop *loop)
{
    int64_t now = dw_clock_mono_us(&loop->clock);
    uint64_t newest = loop->last_id; /* what a timer starts now waits for the next round */
    for (size_t i = 0; i < LOOP_TIMERS; i++) {
        struct timer timer = loop->timers[i];
        if (timer.id == 0 || timer.at_us > now || timer.id >> 8 > newest)
            continue;
        loop->timers[i] = (struct timer){0};
        timer.fn(timer.ctx);
    }
}

dw_status dw_loop_step(dw_loop *loop, int timeout_ms, struct dw_error *err)
{
    struct epoll_event events[LOOP_EVENTS];
    int wait_ms = loop->deferred_count ? 0 : until_next_timer(loop, timeout_ms);
    int n = epoll_wait(loop->epoll, events, LOOP_EVENTS, wait_ms);
    if (n < 0 && errno != EINTR)
        return dw_error_set(err, DW_ERR_INTERNAL, "epoll_wait: %s", strerror(errno));

    for (int i = 0; i < n; i++) {
        struct source *source = find_source(loop, events[i].data.u64);
        if (source)
            source->fn(source->ctx, events[i].events);
    }
    run_timers(loop);
    run_deferred(loop);
    return DW_OK;
}
