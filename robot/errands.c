#include "robot/errands.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

struct node {
    struct node *next;
    _Alignas(max_align_t) unsigned char errand[];
};
struct list {
    struct node *first, **end;
    size_t count;
};

struct dw_errands {
    struct dw_errands_opts opts;
    pthread_t thread;
    bool started, stopping;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int event_fd;
    int64_t since_us; /* 0: none runs */
    struct list waiting, done;
};

static void push(struct list *list, struct node *node)
{
    node->next = NULL;
    *list->end = node;
    list->end = &node->next;
    list->count++;
}

static struct node *pull(struct list *list)
{
    struct node *node = list->first;
    if (!node)
        return NULL;
    list->first = node->next;
    if (!list->first)
        list->end = &list->first;
    list->count--;
    return node;
}

static bool run_next_locked(dw_errands *errands)
{
    const struct dw_clock clock = dw_clock_system();
    const uint64_t one = 1;
    struct node *node = pull(&errands->waiting);
    if (!node)
        return false;
    errands->since_us = dw_clock_mono_us(&clock);
    pthread_mutex_unlock(&errands->lock);
    errands->opts.run(errands->opts.ctx, node->errand);
    pthread_mutex_lock(&errands->lock);
    errands->since_us = 0;
    push(&errands->done, node);
    /* It can only fail when the counter is full, and then it is readable. */
    ssize_t n = write(errands->event_fd, &one, sizeof one);
    (void)n;
    return true;
}

static void *work(void *ctx)
{
    dw_errands *errands = ctx;
    pthread_mutex_lock(&errands->lock);
    while (!errands->stopping) {
        if (!run_next_locked(errands))
            pthread_cond_wait(&errands->wake, &errands->lock);
    }
    pthread_mutex_unlock(&errands->lock);
    return NULL;
}

static dw_status start_thread(dw_errands *errands, struct dw_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the loop */
    int e = pthread_create(&errands->thread, NULL, work, errands);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errands->started = e == 0;
    return e == 0 ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "start a thread: %s", strerror(e));
}

dw_status dw_errands_new(const struct dw_errands_opts *opts, dw_errands **out, struct dw_error *err)
{
    dw_errands *errands = calloc(1, sizeof *errands);
    if (!errands)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    errands->opts = *opts;
    errands->waiting.end = &errands->waiting.first;
    errands->done.end = &errands->done.first;
    pthread_mutex_init(&errands->lock, NULL);
    pthread_cond_init(&errands->wake, NULL);
    errands->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    dw_status st = DW_OK;
    if (errands->event_fd < 0)
        st = dw_error_set(err, DW_ERR_INTERNAL, "eventfd: %s", strerror(errno));
    else if (!opts->by_hand)
        st = start_thread(errands, err);
    if (st == DW_OK)
        *out = errands;
    else
        dw_errands_free(errands);
    return st;
}

static void stop(dw_errands *errands)
{
    pthread_mutex_lock(&errands->lock);
    errands->stopping = true;
    pthread_cond_signal(&errands->wake);
    pthread_mutex_unlock(&errands->lock);
}

static void destroy(dw_errands *errands)
{
    struct node *node;
    while ((node = pull(&errands->waiting)) || (node = pull(&errands->done))) {
        if (errands->opts.drop)
            errands->opts.drop(node->errand);
        free(node);
    }
    if (errands->event_fd >= 0)
        close(errands->event_fd);
    pthread_cond_destroy(&errands->wake);
    pthread_mutex_destroy(&errands->lock);
    free(errands);
}

void dw_errands_free(dw_errands *errands)
{
    if (!errands)
        return;
    stop(errands);
    if (errands->started)
        pthread_join(errands->thread, NULL);
    destroy(errands);
}

bool dw_errands_leave(dw_errands *errands, int patience_s)
{
    struct timespec until;
    if (!errands)
        return true;
    stop(errands);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += patience_s;
    if (errands->started && pthread_timedjoin_np(errands->thread, NULL, &until) != 0) {
        pthread_detach(errands->thread);
        return false;
    }
    destroy(errands);
    return true;
}

dw_status dw_errands_submit(dw_errands *errands, const void *errand, struct dw_error *err)
{
    struct node *node = calloc(1, sizeof *node + errands->opts.size);
    if (!node)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    memcpy(node->errand, errand, errands->opts.size);
    pthread_mutex_lock(&errands->lock);
    push(&errands->waiting, node);
    pthread_cond_signal(&errands->wake);
    pthread_mutex_unlock(&errands->lock);
    return DW_OK;
}

size_t dw_errands_waiting(dw_errands *errands, size_t *out_done)
{
    pthread_mutex_lock(&errands->lock);
    size_t waiting = errands->waiting.count;
    *out_done = errands->done.count;
    pthread_mutex_unlock(&errands->lock);
    return waiting;
}

int dw_errands_fd(const dw_errands *errands)
{
    return errands->event_fd;
}

bool dw_errands_take(dw_errands *errands, void *out)
{
    uint64_t count;
    pthread_mutex_lock(&errands->lock);
    struct node *node = pull(&errands->done);
    if (!errands->done.first) {
        ssize_t n = read(errands->event_fd, &count, sizeof count); /* EAGAIN: nothing was there */
        (void)n;
    }
    pthread_mutex_unlock(&errands->lock);
    if (!node)
        return false;
    memcpy(out, node->errand, errands->opts.size);
    free(node);
    return true;
}

bool dw_errands_step(dw_errands *errands)
{
    pthread_mutex_lock(&errands->lock);
    bool any = run_next_locked(errands);
    pthread_mutex_unlock(&errands->lock);
    return any;
}

int64_t dw_errands_busy_us(dw_errands *errands)
{
    const struct dw_clock clock = dw_clock_system();
    pthread_mutex_lock(&errands->lock);
    int64_t since = errands->since_us;
    pthread_mutex_unlock(&errands->lock);
    return since ? dw_clock_mono_us(&clock) - since : 0;
}

bool dw_errands_stopping(dw_errands *errands)
{
    pthread_mutex_lock(&errands->lock);
    bool stopping = errands->stopping;
    pthread_mutex_unlock(&errands->lock);
    return stopping;
}
