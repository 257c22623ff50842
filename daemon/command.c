#include "daemon/command.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define WAITING_MAX 64

/* Lives until poster and loop have both let go of it: a poster that gave up leaves an orphan. */
struct order {
    json_t *request, *reply;
    bool done, orphan;
    struct order *next;
};
struct dw_commands {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct order *first, *last;
    unsigned waiting;
    bool closed;
    int fd;
};

dw_status dw_commands_new(dw_commands **out, struct dw_error *err)
{
    dw_commands *commands = calloc(1, sizeof *commands);
    if (!commands)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    commands->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (commands->fd < 0) {
        free(commands);
        return dw_error_set(err, dw_status_from_errno(errno), "make an eventfd");
    }
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&commands->answered, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&commands->lock, NULL);
    *out = commands;
    return DW_OK;
}

static void order_free(struct order *order)
{
    json_decref(order->request);
    json_decref(order->reply);
    free(order);
}

void dw_commands_close(dw_commands *commands)
{
    pthread_mutex_lock(&commands->lock);
    commands->closed = true;
    pthread_cond_broadcast(&commands->answered);
    pthread_mutex_unlock(&commands->lock);
}

void dw_commands_free(dw_commands *commands)
{
    if (!commands)
        return;
    for (struct order *order = commands->first, *next; order; order = next) {
        next = order->next;
        order_free(order);
    }
    close(commands->fd);
    pthread_cond_destroy(&commands->answered);
    pthread_mutex_destroy(&commands->lock);
    free(commands);
}

int dw_commands_fd(const dw_commands *commands)
{
    return commands->fd;
}

static struct order *pop_locked(dw_commands *commands)
{
    struct order *order = commands->first;
    if (order) {
        commands->first = order->next;
        if (!commands->first)
            commands->last = NULL;
        order->next = NULL;
    }
    return order;
}

void dw_commands_run(dw_commands *commands, dw_command_handler *handler, void *ctx)
{
    uint64_t count;
    if (read(commands->fd, &count, sizeof count) < 0 && errno != EAGAIN)
        return;
    pthread_mutex_lock(&commands->lock);
    for (struct order *order; (order = pop_locked(commands)) != NULL;) {
        bool orphan = order->orphan;
        pthread_mutex_unlock(&commands->lock);
        /* An orphan has not been started: its poster was told TIMEOUT and may ask again, so doing it
         * now could do it twice. */
        json_t *reply = orphan ? NULL : handler(ctx, order->request);
        pthread_mutex_lock(&commands->lock);
        commands->waiting--;
        order->reply = reply;
        order->done = true;
        if (order->orphan)
            order_free(order);
    }
    pthread_cond_broadcast(&commands->answered);
    pthread_mutex_unlock(&commands->lock);
}

static struct timespec deadline_in(int timeout_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (timeout_ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* Wait for the answer under the lock; frees the order or leaves it to the loop. */
static dw_status wait_locked(dw_commands *commands, struct order *order, int timeout_ms,
                             json_t **reply, struct dw_error *err)
{
    struct timespec deadline = deadline_in(timeout_ms);
    int rc = 0;

    while (!order->done && !commands->closed && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&commands->answered, &commands->lock, &deadline);
    if (!order->done) {
        order->orphan = true;
        return commands->closed ? dw_error_set(err, DW_ERR_GONE, "the daemon is stopping")
                                : dw_error_set(err, DW_ERR_TIMEOUT, "no answer within %d ms",
                                               timeout_ms);
    }
    dw_status st = DW_OK;
    if (order->reply) {
        *reply = order->reply;
        order->reply = NULL;
    } else {
        st = dw_error_set(err, DW_ERR_INTERNAL, "the order was not answered");
    }
    order_free(order);
    return st;
}

dw_status dw_command_post(dw_commands *commands, json_t *request, json_t **reply, int timeout_ms,
                          struct dw_error *err)
{
    struct order *order = calloc(1, sizeof *order);
    if (!order || !request) {
        free(order);
        json_decref(request);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    order->request = request;
    dw_status st = DW_OK;
    const uint64_t one = 1;

    pthread_mutex_lock(&commands->lock);
    if (commands->closed)
        st = dw_error_set(err, DW_ERR_GONE, "the daemon is stopping");
    else if (commands->waiting >= WAITING_MAX)
        st = dw_error_set(err, DW_ERR_BUSY, "%d orders are waiting already", WAITING_MAX);
    else if (write(commands->fd, &one, sizeof one) != sizeof one)
        st = dw_error_set(err, DW_ERR_INTERNAL, "wake the loop");
    if (st != DW_OK) {
        order_free(order);
    } else {
        if (commands->last)
            commands->last->next = order;
        else
            commands->first = order;
        commands->last = order;
        commands->waiting++;
        st = wait_locked(commands, order, timeout_ms, reply, err);
    }
    pthread_mutex_unlock(&commands->lock);
    return st;
}
