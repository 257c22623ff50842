/** What a peer may send: SOP classes and, of the transfer syntaxes it offers for one, which we take (section
 *  [accept] of discwright.conf). */
#ifndef DW_DICOM_ACCEPT_H
#define DW_DICOM_ACCEPT_H
#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>
#include "base/error.h"
#include "base/limits.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_ACCEPT_PREFER_MAX 32

struct dw_accept { /* plain data; dw_accept_init() */
    bool reports;         /**< structured reports */
    bool private_classes; /**< classes of manufacturers */
    bool any;             /**< storage classes no table knows */
    size_t prefer_count;
    char prefer[DW_ACCEPT_PREFER_MAX][DW_UID_MAX]; /**< transfer syntaxes, the best first */
};
/** Reports and private classes, nothing unknown, no preference. */
void dw_accept_init(struct dw_accept *accept);
/** "UID, UID" into prefer; "" is no preference. DW_ERR_INVALID: not a transfer syntax we receive. */
DW_MUST_CHECK dw_status dw_accept_prefer(struct dw_accept *accept, const char *list,
                                         struct dw_error *err);

enum dw_accepts {
    DW_ACCEPTS,            /**< may be stored */
    DW_ACCEPTS_NOT_HERE,   /**< a storage class that this site has switched off */
    DW_ACCEPTS_NOT_KNOWN   /**< not a storage class we know */
};
enum dw_accepts dw_accept_class(const struct dw_accept *accept, const char *sop_class);
/** One of those offered; NULL: none that we can store as received. A preference wins. Without one: of videos
 *  what is compressed, of everything else what reads most easily (Explicit VR Little Endian, Implicit, Big
 *  Endian, deflated); of the others the peer's own order decides. */
const char *dw_accept_syntax(const struct dw_accept *accept, const char *sop_class,
                             const char *const *offered, size_t count);

/** For the channel. from_json: what is missing is as after dw_accept_init(). */
json_t *dw_accept_to_json(const struct dw_accept *accept);
DW_MUST_CHECK dw_status dw_accept_from_json(const json_t *json, struct dw_accept *out,
                                            struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
