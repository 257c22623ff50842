/** The UDF view of a tree (ECMA-167, OSTA UDF 1.02 to 2.60) over extents that somebody else has placed. Nothing is
 *  drawn before it is asked for: any block can be rendered alone, so memory is 4 bytes for each file,
 *  24 for each folder and 8 for each block of a directory. For burn/image/plan alone.
 *
 *  Below 2.50 it is a bridge or plain UDF: descriptors in [16, 256], the partition from 257 on, file entries
 *  and directories in front of the files. From 2.50 on they lie in a metadata partition, kept twice: in
 *  front of the files and, as its mirror, behind them (UDF 2.50 2.2.10). */
#ifndef DW_BURN_IMAGE_UDF_H
#define DW_BURN_IMAGE_UDF_H
#include "base/limits.h"
#include "burn/image/tree.h"

/** Revisions as UDF writes them: 0x0102, 0x0150, 0x0200, 0x0201, 0x0250, 0x0260. */
bool dw_udf_revision_is_known(uint16_t revision);
const char *dw_udf_revision_name(uint16_t revision); /**< "1.02"; "?" */
uint16_t dw_udf_revision_from_name(const char *name); /**< 0: none of these */

typedef struct dw_udf dw_udf;
/** Measure the tree, which must outlive it. volume_descriptors: how many of ISO 9660 stand in front of ours, from
 *  block 16 on (up to 12; none from 2.50 on). DW_ERR_INVALID: a name or label that OSTA CS0 cannot hold in its 254
 *  or 30 bytes. DW_ERR_LIMIT: a file above 122 GB, 65,535 folders in one, more entries than a disc may have. */
DW_MUST_CHECK dw_status dw_udf_new(const dw_tree *tree, uint16_t revision, uint32_t volume_descriptors,
                                   dw_udf **out, struct dw_error *err);
void dw_udf_free(dw_udf *udf);
/** First block behind all that lies in front of the files (aligned to the ECC block). */
uint32_t dw_udf_front_blocks(const dw_udf *udf);
/** Say where the files lie: first block of each tree file (borrowed as long as udf lives; not looked at for empty
 *  files), each file whole in one piece, and the first block behind them all. *out_blocks: of the volume, padded so
 *  that the end anchors stand on its last blocks (facts 7.3). */
DW_MUST_CHECK dw_status dw_udf_place(dw_udf *udf, const uint32_t *file_lba, uint32_t files_end,
                                     uint32_t *out_blocks, struct dw_error *err);
/** Render block lba; false (out untouched): nothing of UDF's lies there. After placing; any thread. */
bool dw_udf_block(const dw_udf *udf, uint32_t lba, uint8_t out[DW_BLOCK_SIZE]);
/** The anchor as it would stand at block lba: where a medium goes on behind the volume it is wanted at the medium's
 *  end too (UDF 2.2.3). After placing; any thread. */
void dw_udf_anchor(const dw_udf *udf, uint32_t lba, uint8_t out[DW_BLOCK_SIZE]);
/** Upper bound of all blocks beside the files' own, for splitting before there is a tree; names of at most
 *  12 characters, none beyond U+FFFF. 0: no such revision. */
uint64_t dw_udf_overhead_blocks_max(uint16_t revision, size_t files, size_t folders);

#endif
