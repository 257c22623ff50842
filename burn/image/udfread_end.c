/* The anchors of a medium that goes on behind its volume (UDF 2.2.3). One of an earlier volume may still be there, and
 * is as good a descriptor as ours: what it says is compared. */
#include <string.h>
#include "burn/image/udfread_private.h"

#define FIRST_ANCHOR 256
#define TAG_BYTES 16 /* ECMA-167 3/7.2: its location and checksums differ from place to place */

static bool is_anchor(const uint8_t d[DW_BLOCK_SIZE], uint32_t lba)
{
    return dw_udfvol_le16(d) == DW_UDFTAG_ANCHOR && !dw_udfvol_tag_fault(d, DW_BLOCK_SIZE, lba, 0);
}

static dw_status check(const struct dw_blocks *blocks, uint32_t lba,
                       const uint8_t first[DW_BLOCK_SIZE], struct dw_error *err)
{
    uint8_t d[DW_BLOCK_SIZE];
    dw_status st = blocks->read(blocks->ctx, lba, 1, d, err);
    if (st != DW_OK)
        return st;
    if (!is_anchor(d, lba) ||
        memcmp(d + TAG_BYTES, first + TAG_BYTES, DW_BLOCK_SIZE - TAG_BYTES) != 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "block %u is no anchor of this volume", lba);
    return DW_OK;
}

dw_status dw_udfvol_check_end(const struct dw_blocks *blocks, uint32_t volume_blocks,
                              struct dw_error *err)
{
    uint8_t first[DW_BLOCK_SIZE];
    if (volume_blocks <= FIRST_ANCHOR || blocks->count <= volume_blocks)
        return DW_OK;
    uint32_t last = blocks->count - 1;
    dw_status st = blocks->read(blocks->ctx, FIRST_ANCHOR, 1, first, err);
    if (st != DW_OK || !is_anchor(first, FIRST_ANCHOR))
        return st;
    st = check(blocks, last, first, err);
    if (st == DW_OK && last - 256 >= volume_blocks)
        st = check(blocks, last - 256, first, err);
    return st;
}
