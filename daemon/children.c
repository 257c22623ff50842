#include "daemon/children.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/text.h"
#include "daemon/peer.h"

#define TERM_AFTER_MS 500   /* after its channel was closed: our programs stop at once on that */
#define KILL_AFTER_MS 5000

struct dw_kid {
    dw_children *children;
    dw_kid *next;
    struct dw_child child; /* its channel belongs to the peer */
    dw_peer *peer;
    const struct dw_kid_events *events;
    void *ctx;
    uint64_t pid_source, timer;
    bool stopping, too_long, signalled;
    char name[48];
};
struct dw_children {
    dw_loop *loop;
    const struct dw_spawner *spawner;
    const struct dw_log *log;
    dw_kid *first;
};

dw_status dw_children_new(dw_loop *loop, const struct dw_spawner *spawner, const struct dw_log *log,
                          dw_children **out, struct dw_error *err)
{
    dw_children *children = calloc(1, sizeof *children);
    if (!children)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *children = (dw_children){.loop = loop, .spawner = spawner, .log = log};
    *out = children;
    return DW_OK;
}

static void kid_free(void *ctx)
{
    dw_kid *kid = ctx;
    dw_child_done(&kid->child);
    free(kid);
}

void dw_children_free(dw_children *children, int grace_ms)
{
    if (!children)
        return;
    /* First every channel, so that all of them stop side by side, then one after the other. */
    for (dw_kid *kid = children->first; kid; kid = kid->next) {
        dw_peer_close(kid->peer);
        dw_loop_remove_fd(children->loop, kid->pid_source);
        dw_loop_cancel(children->loop, kid->timer);
        if (kid->child.pid > 0)
            kill(kid->child.pid, SIGTERM);
    }
    for (dw_kid *kid = children->first, *next; kid; kid = next) {
        next = kid->next;
        if (kid->child.pid > 0)
            dw_child_stop(&kid->child, grace_ms, NULL, 0);
        kid_free(kid);
    }
    free(children);
}

size_t dw_children_count(const dw_children *children)
{
    size_t count = 0;
    for (const dw_kid *kid = children->first; kid; kid = kid->next)
        count++;
    return count;
}

static void ended(dw_kid *kid, const char *how)
{
    dw_children *children = kid->children;
    char text[64];

    for (dw_kid **at = &children->first; *at; at = &(*at)->next) {
        if (*at == kid) {
            *at = kid->next;
            break;
        }
    }
    dw_loop_remove_fd(children->loop, kid->pid_source);
    dw_loop_cancel(children->loop, kid->timer);
    dw_peer_close(kid->peer);
    dw_text_cut(text, sizeof text, kid->too_long ? "it took too long and was stopped" : how);
    dw_log_write(children->log, DW_LOG_DEBUG, "child ended name=%s how='%s'", kid->name, text);
    kid->events->on_end(kid->ctx, kid, text);
    dw_loop_defer(children->loop, kid_free, kid);
}

static void on_exit_ready(void *ctx, uint32_t events)
{
    dw_kid *kid = ctx;
    char how[32] = "";
    if (!dw_child_reap(&kid->child, how, sizeof how))
        return;
    /* Its last words may still be in the channel: the result of a task, above all. */
    if (!kid->stopping)
        dw_peer_drain(kid->peer);
    ended(kid, how);
}

static void on_grace_over(void *ctx)
{
    dw_kid *kid = ctx;
    kid->timer = 0;
    if (kid->child.pid <= 0) { /* a fake has no process: the closed channel was its end */
        ended(kid, "exit 0");
        return;
    }
    kill(kid->child.pid, kid->signalled ? SIGKILL : SIGTERM);
    kid->signalled = true;
    kid->timer = dw_loop_after(kid->children->loop, KILL_AFTER_MS, on_grace_over, kid);
}

static void give_grace(dw_kid *kid, int64_t ms)
{
    dw_loop_cancel(kid->children->loop, kid->timer);
    kid->timer = dw_loop_after(kid->children->loop, ms, on_grace_over, kid);
}

static void on_too_long(void *ctx)
{
    dw_kid *kid = ctx;
    kid->timer = 0;
    kid->too_long = true;
    dw_kid_stop(kid);
}

static void on_message(void *ctx, dw_peer *peer, struct dw_message *msg)
{
    dw_kid *kid = ctx;
    if (!kid->stopping)
        kid->events->on_message(kid->ctx, kid, msg);
}

static void on_gone(void *ctx, dw_peer *peer)
{
    dw_kid *kid = ctx;
    /* Normally it is ending: the pidfd follows in a moment. One that lives on without its channel is
     * of no use to anybody. */
    if (!kid->stopping)
        give_grace(kid, kid->child.pid > 0 ? TERM_AFTER_MS : 0);
}

static const struct dw_peer_events peer_events = {.on_message = on_message, .on_gone = on_gone};

dw_status dw_children_start(dw_children *children, const char *const argv[], int64_t limit_s,
                            const struct dw_kid_events *events, void *ctx, dw_kid **out,
                            struct dw_error *err)
{
    dw_kid *kid = calloc(1, sizeof *kid);
    if (!kid)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *kid = (dw_kid){.children = children, .events = events, .ctx = ctx, .child = {.pidfd = -1}};
    dw_text_cut(kid->name, sizeof kid->name, argv[0]);
    dw_status st = dw_child_start(children->spawner, argv, &kid->child, err);
    if (st != DW_OK) {
        free(kid);
        return st;
    }
    st = dw_peer_from_channel(children->loop, kid->child.channel, &peer_events, kid, &kid->peer,
                              err);
    kid->child.channel = NULL;
    if (st == DW_OK && kid->child.pidfd >= 0)
        st = dw_loop_add_fd(children->loop, kid->child.pidfd, EPOLLIN, on_exit_ready, kid,
                            &kid->pid_source, err);
    if (st != DW_OK) {
        dw_peer_close(kid->peer);
        kid_free(kid);
        return st;
    }
    if (limit_s > 0)
        kid->timer = dw_loop_after(children->loop, limit_s * 1000, on_too_long, kid);
    kid->next = children->first;
    children->first = kid;
    dw_log_write(children->log, DW_LOG_DEBUG, "child started name=%s pid=%d", kid->name,
                 (int)kid->child.pid);
    *out = kid;
    return DW_OK;
}

dw_status dw_kid_post(dw_kid *kid, json_t *head, struct dw_error *err)
{
    if (!kid->peer) {
        json_decref(head);
        return dw_error_set(err, DW_ERR_GONE, "the process is being stopped");
    }
    return dw_peer_post(kid->peer, head, err);
}

void dw_kid_stop(dw_kid *kid)
{
    if (kid->stopping)
        return;
    kid->stopping = true;
    dw_peer_close(kid->peer);
    kid->peer = NULL; /* it is freed at the end of this round, the process ends later */
    give_grace(kid, kid->child.pid > 0 ? TERM_AFTER_MS : 0);
}

pid_t dw_kid_pid(const dw_kid *kid)
{
    return kid->child.pid;
}
