/** A channel inside the loop: messages come as callbacks, answers are posted and never waited for. */
#ifndef DW_DAEMON_PEER_H
#define DW_DAEMON_PEER_H
#include "base/channel.h"
#include "daemon/loop.h"

typedef struct dw_peer dw_peer;
struct dw_peer_events {
    /** msg is done (dw_message_done) by the peer afterwards; steal msg->head by setting it to NULL. */
    void (*on_message)(void *ctx, dw_peer *peer, struct dw_message *msg);
    /** The other side closed, or broke the protocol. Called once, not after dw_peer_close(). */
    void (*on_gone)(void *ctx, dw_peer *peer);
    /** Optional: false leaves further messages in the kernel for a later round. */
    bool (*may_read)(void *ctx);
};
/** Takes fd over, on failure too. events is borrowed for the life of the peer. */
DW_MUST_CHECK dw_status dw_peer_new(dw_loop *loop, int fd, const struct dw_peer_events *events,
                                    void *ctx, dw_peer **out, struct dw_error *err);
/** The same with a channel that is there already and is taken over. */
DW_MUST_CHECK dw_status dw_peer_from_channel(dw_loop *loop, dw_channel *channel,
                                             const struct dw_peer_events *events, void *ctx,
                                             dw_peer **out, struct dw_error *err);
/** head is stolen. DW_ERR_GONE, DW_ERR_LIMIT: it does not read what it is sent. */
DW_MUST_CHECK dw_status dw_peer_post(dw_peer *peer, json_t *head, struct dw_error *err);
/** Read what is in the kernel already, for a child that has just ended. */
void dw_peer_drain(dw_peer *peer);
/** Sends nothing more, closes; freed at the end of the round. NULL is fine. */
void dw_peer_close(dw_peer *peer);

#endif
