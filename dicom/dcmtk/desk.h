/** The daemon as one association sees it: admission, object numbers, commits (docs/messages.md). */
#ifndef DW_DICOM_DCMTK_DESK_H
#define DW_DICOM_DCMTK_DESK_H
#include <stdbool.h>
#include <stdint.h>
#include "base/channel.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "dicom/object.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dw_desk { /* dw_desk_init(); nothing to free: the channel is the caller's */
    dw_channel *channel;
    char calling[17], called[17];
    char port[DW_PORT_NAME_MAX];
    int64_t next, left; /**< object numbers granted and not used */
};
void dw_desk_init(struct dw_desk *desk, dw_channel *channel, const char *calling, const char *called,
                  const char *port);

/** Ask whether this peer may come in. DW_ERR_NOT_FOUND: the called AE is not us; DW_ERR_DENIED: the
 *  calling AE is not welcome; DW_ERR_UNSUPPORTED: no, and no reason is given; DW_ERR_LIMIT: too many; anything
 *  else: later. subject: of the peer's certificate, "" none. Blocks up to 30 s. */
DW_MUST_CHECK dw_status dw_desk_admit(struct dw_desk *desk, const char *peer, const char *subject,
                                      struct dw_error *err);
/** One number for one object; asks for more when they are used up. */
DW_MUST_CHECK dw_status dw_desk_number(struct dw_desk *desk, int64_t *out, struct dw_error *err);
/** A number the daemon was never asked about again is good for the next object. */
void dw_desk_give_back(struct dw_desk *desk, int64_t number);

struct dw_desk_object { /* plain data, borrowed */
    int64_t number;
    const uint8_t *sha256;
    const struct dw_object *object;
    const struct dw_buf *record; /**< NULL where the scanner refused */
    const char *reason;          /**< why it is quarantined; NULL: commit */
    unsigned status;             /**< with a reason: what the peer is told */
};
struct dw_desk_verdict {
    bool put_aside; /**< it contradicts what is there already and waits for a person */
    int64_t twin;   /**< put aside: what was there first, in another transfer syntax; 0: none */
};
/** The row of a published file, which is the daemon's from now on: it removes what it refuses and what is
 *  a duplicate. DW_OK: the row is on disk. DW_ERR_TIMEOUT, DW_ERR_GONE: nobody knows. Anything else:
 *  refused, there is no row. */
DW_MUST_CHECK dw_status dw_desk_commit(struct dw_desk *desk, const struct dw_desk_object *what,
                                       struct dw_desk_verdict *out, struct dw_error *err);
/** What was put aside says what its twin says (dicom/content.h): row and file go. Statuses as above. */
DW_MUST_CHECK dw_status dw_desk_same(struct dw_desk *desk, int64_t number, int64_t twin,
                                     struct dw_error *err);
/** The daemon counts what peers were told; of each Success it knows itself. */
void dw_desk_answered(struct dw_desk *desk, unsigned status);
void dw_desk_bye(struct dw_desk *desk);

#ifdef __cplusplus
}
#endif
#endif
