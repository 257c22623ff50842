/** ISO 9660 level 1 descriptors, path tables and directories of a tree, rendered by libisofs for extents that
 *  lie one behind the other. For burn/image/plan alone. */
#ifndef DW_BURN_IMAGE_ISO_H
#define DW_BURN_IMAGE_ISO_H
#include "burn/image/tree.h"

struct dw_iso_head { /* zeroed; free: dw_iso_head_done() */
    uint8_t *data;
    uint32_t blocks; /**< the first extent begins there; the block before it is zero, for empty files */
    uint32_t *lba;   /**< of each tree file; for an empty one, what its directory record says */
};
/** free_until: blocks between the descriptors and this one stay zero (0: none are kept free, else 32 and
 *  more). Same tree, same bytes: in any process, time zone and locale. Every extent, name and flag is read
 *  back out of the rendered directories: DW_ERR_INTERNAL when one is not as planned. */
DW_MUST_CHECK dw_status dw_iso_render(const dw_tree *tree, uint32_t free_until,
                                      struct dw_iso_head *out, struct dw_error *err);
void dw_iso_head_done(struct dw_iso_head *head);
/** Write the volume's size into the descriptor: the padding behind the last file belongs to it. */
void dw_iso_head_set_blocks(struct dw_iso_head *head, uint32_t volume_blocks);
/** Upper bound of head->blocks. */
uint64_t dw_iso_head_blocks_max(uint32_t free_until, size_t files, size_t folders);

#endif
