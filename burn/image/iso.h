/** ISO 9660 descriptors, path tables and directories of a tree (ECMA-119), over extents that somebody else has
 *  placed: level 1, with a Joliet view beside it where the tree's format says so, and level 3 only for what has
 *  files of 4 GiB and more. For burn/image/plan alone. */
#ifndef DW_BURN_IMAGE_ISO_H
#define DW_BURN_IMAGE_ISO_H
#include "burn/image/tree.h"

#define DW_ISO_FIRST_DESCRIPTOR 16
#define DW_ISO_FOLDERS_MAX 65535 /* with the root: a path table counts parents in 16 bits (9.4.4) */

typedef struct dw_iso dw_iso;
/** Name and measure everything. DW_ERR_LIMIT: more than DW_ISO_FOLDERS_MAX folders. The tree must outlive it. */
DW_MUST_CHECK dw_status dw_iso_new(const dw_tree *tree, dw_iso **out, struct dw_error *err);
void dw_iso_free(dw_iso *iso);
uint32_t dw_iso_descriptors(const dw_iso *iso);      /**< blocks from DW_ISO_FIRST_DESCRIPTOR on */
uint32_t dw_iso_directory_blocks(const dw_iso *iso); /**< path tables, directories, and one zero block at the
                                                          end, which is every empty file's */
size_t dw_iso_changed_names(const dw_iso *iso);      /**< that are shown otherwise than in upper case */
/** Draw it: directories from block first on, files where file_lba says (borrowed for the call; non-decreasing),
 *  in a volume of that many blocks. Same tree, same bytes: in any process, time zone and locale. Every extent and
 *  name is then read back with burn/image/isoread: DW_ERR_INTERNAL when one is not as planned. */
DW_MUST_CHECK dw_status dw_iso_draw(dw_iso *iso, uint32_t first, const uint32_t *file_lba,
                                    uint32_t volume_blocks, struct dw_error *err);
/** Block lba as drawn; NULL: nothing of this view lies there. Any thread. */
const uint8_t *dw_iso_block(const dw_iso *iso, uint32_t lba);
/** Upper bound of descriptors and directories, for splitting before there is a tree. */
uint64_t dw_iso_blocks_max(size_t files, size_t folders);

#endif
