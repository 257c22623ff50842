/** The only way from a driver to its device: one frame out, one frame back, always with a limit in
 * time. A test or the simulator stands in for the wire by giving other functions. */
#ifndef DW_ROBOT_LINK_H
#define DW_ROBOT_LINK_H
#include <stddef.h>
#include "base/error.h"
#include "base/limits.h"

#define DW_LINK_FRAME_MAX (DW_PATH_MAX + 64) /* bytes of one frame */

typedef struct dw_link dw_link;
struct dw_link { /* plain data, lives with whoever opened the device */
    /** Send one frame and wait for its answer. DW_ERR_TIMEOUT: no answer within timeout_ms;
     *  DW_ERR_GONE: the device is no longer there. Called from one thread at a time; blocks. */
    dw_status (*exchange)(void *ctx, const void *send, size_t send_size, void *reply,
                          size_t reply_max, size_t *reply_size, int timeout_ms,
                          struct dw_error *err);
    void *ctx;
};

/** A frame of text: `line` goes out with a closing CR, the answer comes back as a string without
 * it. The sentence of a silence is "no answer to 'M B1 D1' within 5000 ms". DW_ERR_CORRUPT: not
 * text, or too long. */
DW_MUST_CHECK dw_status dw_link_ask(dw_link *link, const char *line, char *reply, size_t size,
                                    int timeout_ms, struct dw_error *err);

#endif
