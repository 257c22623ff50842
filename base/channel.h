/** Messages between our own processes: a Unix SEQPACKET socket pair, one JSON object (its member
 *  "type" names the message), an optional blob of bytes, and file descriptors. The kernel keeps each
 *  message whole; a blob too large for one packet travels in a memfd beside it. JSON is UTF-8: raw DICOM
 *  bytes travel in the blob. One thread at a time. */
#ifndef DW_BASE_CHANNEL_H
#define DW_BASE_CHANNEL_H
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "base/error.h"
#include "base/limits.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dw_channel dw_channel;

struct dw_message {
    json_t *head;       /**< owned; "type" is a string */
    const char *type;   /**< inside head */
    const void *blob;   /**< inside the channel until the next receive; NULL when none */
    size_t blob_size;
    int fds[DW_CHANNEL_FDS_MAX]; /**< owned, -1 where none; take one by setting it to -1 */
};
void dw_message_done(struct dw_message *msg); /**< frees head, closes descriptors not taken */

/** Two connected ends, both close-on-exec. */
DW_MUST_CHECK dw_status dw_channel_pair(int out_fds[2], struct dw_error *err);
/** Takes fd over. free: dw_channel_free(), which closes it. */
DW_MUST_CHECK dw_status dw_channel_new(int fd, dw_channel **out, struct dw_error *err);
void dw_channel_free(dw_channel *channel);
int dw_channel_fd(const dw_channel *channel); /**< to poll; -1 when broken */

/** Send, waiting up to timeout_ms for room. head is stolen (also on failure). fds stay the caller's.
 *  DW_ERR_GONE: the peer closed; DW_ERR_LIMIT: the head is larger than DW_CHANNEL_MESSAGE_MAX or the blob
 *  larger than DW_CHANNEL_BLOB_MAX. */
DW_MUST_CHECK dw_status dw_channel_send(dw_channel *channel, json_t *head, const void *blob,
                                        size_t blob_size, const int *fds, size_t fd_count,
                                        int timeout_ms, struct dw_error *err);
/** For a loop that must never wait: sends at once or keeps the message (blob copied, fds duplicated)
 *  until dw_channel_flush(). DW_ERR_LIMIT: DW_CHANNEL_QUEUE_MAX are already waiting. */
DW_MUST_CHECK dw_status dw_channel_post(dw_channel *channel, json_t *head, const void *blob,
                                        size_t blob_size, const int *fds, size_t fd_count,
                                        struct dw_error *err);
int dw_channel_pending(const dw_channel *channel); /**< messages waiting: poll for POLLOUT if not 0 */
DW_MUST_CHECK dw_status dw_channel_flush(dw_channel *channel, struct dw_error *err);
/** Next message; timeout_ms 0 asks only, -1 waits for ever. DW_ERR_TIMEOUT: none yet; DW_ERR_GONE:
 *  the peer closed; DW_ERR_CORRUPT: not one of ours (the channel stays usable). On success *msg must be
 *  given back with dw_message_done(). */
DW_MUST_CHECK dw_status dw_channel_receive(dw_channel *channel, int timeout_ms,
                                           struct dw_message *msg, struct dw_error *err);

/** Members with a type and a default, for reading heads. Never NULL: "" for a missing string. */
const char *dw_json_text(const json_t *head, const char *key);
int64_t dw_json_int(const json_t *head, const char *key, int64_t fallback);
/** {"status": "OK", "text": ""} <-> dw_error. */
json_t *dw_json_from_error(const char *type, dw_status st, const struct dw_error *err);
dw_status dw_json_to_error(const json_t *head, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
