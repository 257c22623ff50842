/** Every extent's block, decided before anything is read. libisofs renders descriptors and directories
 *  for it (burn/image/iso); the file extents are ours and checked against what it rendered. */
#ifndef DW_BURN_IMAGE_PLAN_H
#define DW_BURN_IMAGE_PLAN_H
#include "burn/image/blank.h"
#include "burn/image/tree.h"

typedef struct dw_plan dw_plan; /* immutable; may be read from many threads */

/** The plan borrows the tree, which must outlive it. Same tree, same media: same plan and bytes.
 *  DW_ERR_LIMIT: larger than capacity_bytes (0: no limit); the text says by how much. DW_ERR_UNSUPPORTED:
 *  DW_MEDIA_BD (UDF 2.50 is not written yet), or a file of 4 GiB and more on ISO 9660 level 1. */
DW_MUST_CHECK dw_status dw_plan_new(const dw_tree *tree, enum dw_media media, uint64_t capacity_bytes,
                                    dw_plan **out, struct dw_error *err);
void dw_plan_free(dw_plan *plan);
uint64_t dw_plan_size_bytes(const dw_plan *plan);      /**< on disc, a multiple of 2048 */
uint32_t dw_plan_blocks(const dw_plan *plan);
enum dw_media dw_plan_media(const dw_plan *plan);
const dw_tree *dw_plan_tree(const dw_plan *plan);
uint32_t dw_plan_file_lba(const dw_plan *plan, size_t i); /**< first block of tree file i */
/** Descriptors, path tables and directories: blocks [0, *out_blocks), ready-made, borrowed. */
const uint8_t *dw_plan_head(const dw_plan *plan, uint32_t *out_blocks);
/** Upper bound of what descriptors and directories take, for splitting before there is a tree. */
uint64_t dw_plan_overhead_bytes(enum dw_media media, size_t files, size_t folders);

#endif
