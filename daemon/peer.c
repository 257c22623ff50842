#include "daemon/peer.h"

#include <stdlib.h>
#include <sys/epoll.h>

#define READ_AT_ONCE 64 /* messages of one peer in one round, so that no peer starves the others */
#define DRAIN_MAX 100000

struct dw_peer {
    dw_loop *loop;
    dw_channel *channel;
    const struct dw_peer_events *events;
    void *ctx;
    uint64_t source;
    bool waits_for_room;
    bool closed;
};

static void watch(dw_peer *peer)
{
    bool wants_room = dw_channel_pending(peer->channel) > 0;
    if (wants_room != peer->waits_for_room) {
        peer->waits_for_room = wants_room;
        dw_loop_set_events(peer->loop, peer->source, EPOLLIN | (wants_room ? EPOLLOUT : 0u));
    }
}

static void gone(dw_peer *peer)
{
    if (peer->closed)
        return;
    dw_loop_remove_fd(peer->loop, peer->source);
    peer->source = 0;
    peer->events->on_gone(peer->ctx, peer);
}

static void read_some(dw_peer *peer, int at_most)
{
    for (int i = 0; i < at_most && !peer->closed; i++) {
        struct dw_message msg;
        if (peer->events->may_read && !peer->events->may_read(peer->ctx))
            return;
        dw_status st = dw_channel_receive(peer->channel, 0, &msg, NULL);
        if (st == DW_ERR_TIMEOUT)
            return;
        if (st != DW_OK) {
            gone(peer);
            return;
        }
        peer->events->on_message(peer->ctx, peer, &msg);
        dw_message_done(&msg);
    }
}

static void on_ready(void *ctx, uint32_t events)
{
    dw_peer *peer = ctx;
    if (events & EPOLLOUT) {
        if (dw_channel_flush(peer->channel, NULL) != DW_OK) {
            gone(peer);
            return;
        }
        watch(peer);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_some(peer, READ_AT_ONCE);
}

dw_status dw_peer_from_channel(dw_loop *loop, dw_channel *channel,
                               const struct dw_peer_events *events, void *ctx, dw_peer **out,
                               struct dw_error *err)
{
    dw_peer *peer = calloc(1, sizeof *peer);
    if (!peer) {
        dw_channel_free(channel);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    *peer = (dw_peer){.loop = loop, .channel = channel, .events = events, .ctx = ctx};
    dw_status st = dw_loop_add_fd(loop, dw_channel_fd(channel), EPOLLIN, on_ready, peer,
                                  &peer->source, err);
    if (st != DW_OK) {
        dw_channel_free(channel);
        free(peer);
        return st;
    }
    *out = peer;
    return DW_OK;
}

dw_status dw_peer_new(dw_loop *loop, int fd, const struct dw_peer_events *events, void *ctx,
                      dw_peer **out, struct dw_error *err)
{
    dw_channel *channel;
    dw_status st = dw_channel_new(fd, &channel, err);
    return st == DW_OK ? dw_peer_from_channel(loop, channel, events, ctx, out, err) : st;
}

dw_status dw_peer_post(dw_peer *peer, json_t *head, struct dw_error *err)
{
    if (peer->closed || peer->source == 0) {
        json_decref(head);
        return dw_error_set(err, DW_ERR_GONE, "the other process is gone");
    }
    dw_status st = dw_channel_post(peer->channel, head, NULL, 0, NULL, 0, err);
    watch(peer);
    return st;
}

void dw_peer_drain(dw_peer *peer)
{
    if (!peer->closed && peer->source != 0)
        read_some(peer, DRAIN_MAX);
}

static void peer_free(void *ctx)
{
    dw_peer *peer = ctx;
    dw_channel_free(peer->channel);
    free(peer);
}

void dw_peer_close(dw_peer *peer)
{
    if (!peer || peer->closed)
        return;
    peer->closed = true;
    dw_loop_remove_fd(peer->loop, peer->source);
    peer->source = 0;
    dw_loop_defer(peer->loop, peer_free, peer);
}
