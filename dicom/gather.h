/** What dw_scan_object() keeps while the elements pass: values of the tags that identity and
 * directory records need, little endian, and the few sequences among them re-encoded as Explicit VR
 * Little Endian with defined lengths. Inside this library only. */
#ifndef DW_DICOM_GATHER_H
#define DW_DICOM_GATHER_H
#include "base/text.h"
#include "dicom/scan.h"

#define DW_GATHER_KEPT_MAX 192
#define DW_GATHER_WANTED_MAX 128 /* different tags */
/* Longest single value that is kept; nothing in a directory record comes near it. */
#define DW_GATHER_VALUE_MAX (16 * 1024)

struct dw_kept {
    uint32_t tag;
    char vr[3];
    bool from_group;         /**< out of the Shared Functional Groups Sequence */
    bool extended;           /**< has text beyond the default repertoire */
    uint32_t offset, length; /**< in values; of a sequence: its items */
};
struct dw_gather {
    struct dw_buf values;
    struct dw_kept kept[DW_GATHER_KEPT_MAX];
    uint8_t slots[2][DW_GATHER_WANTED_MAX]; /**< by from_group and tag: place in kept + 1; 0: none */
    unsigned count;
    bool has_us_regions; /**< (0018,6011) is there and not empty */
    bool has_pixels;
    uint32_t twice;      /**< says whose or which object it is, and is there with two values; 0: none */
    uint16_t csa_block; /**< of group 0029, that holds CSA keys; 0: none */
    char verified[32]; /**< latest Verification DateTime, PS3.3 F.5.25 */
    /* the sequence that is passing at the moment */
    int source;     /**< which of them; 0: none */
    uint32_t macro; /**< functional group that is open */
    bool capturing;
    unsigned base; /**< depth of the sequence element that is captured */
    struct dw_kept capture;
    bool skipping;  /**< a part of it is left out, up to the end of ... */
    bool skip_item; /**< ... this item, else of this sequence */
    unsigned skip_depth;
    bool wanted_item; /**< Content Sequence: the relationship is HAS CONCEPT MOD */
    unsigned open_count;
    size_t open[2 * DW_SCAN_DEPTH_MAX + 2]; /**< where lengths are to be patched */
    uint8_t swapped[DW_GATHER_VALUE_MAX];
};

void dw_gather_init(struct dw_gather *gather);
void dw_gather_done(struct dw_gather *gather);
/** A dw_element_fn; ctx is the struct dw_gather. */
dw_status dw_gather_element(void *ctx, const struct dw_element *el, struct dw_error *err);
/** NULL: the object does not have it. A value at the top level wins over functional groups. */
const struct dw_kept *dw_gather_find(const struct dw_gather *gather, uint32_t tag);
const uint8_t *dw_gather_value(const struct dw_gather *gather, const struct dw_kept *kept);
/** What two different values must not be given of (NULL: anything else), as people call it. */
const char *dw_gather_telling(uint32_t tag);
/** True for tags of the top level that are kept. */
bool dw_gather_wants(uint32_t tag);

#endif
