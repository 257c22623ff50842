/** Is what libisofs has drawn what was planned? For burn/image/iso alone. */
#ifndef DW_BURN_IMAGE_ISO_CHECK_H
#define DW_BURN_IMAGE_ISO_CHECK_H
#include "burn/image/iso.h"

/** Reads descriptors and directories back with burn/image/isoread and compares every entry with the tree;
 *  fills head->lba. DW_ERR_INTERNAL: not as planned, whatever it is. */
DW_MUST_CHECK dw_status dw_iso_check(const dw_tree *tree, struct dw_iso_head *head,
                                     struct dw_error *err);

#endif
