/** Every extent's block, decided before anything is read. ISO 9660 and UDF are two views over the same extents:
 *  burn/image/iso draws the one, burn/image/udf the other. On a CD ISO 9660 alone, on a DVD both, on a
 *  Blu-ray disc UDF alone (PS3.12 F, P, X). */
#ifndef DW_BURN_IMAGE_PLAN_H
#define DW_BURN_IMAGE_PLAN_H
#include "base/limits.h"
#include "burn/image/blank.h"
#include "burn/image/tree.h"

typedef struct dw_plan dw_plan; /* immutable; may be read from many threads */

/** The plan borrows the tree, which must outlive it. Same tree, same media: same plan and bytes.
 *  DW_ERR_LIMIT: larger than capacity_bytes (0: no limit), the text says by how much; or more folders or longer
 *  names than the file system holds. DW_ERR_UNSUPPORTED: a file of 4 GiB and more on a CD, whose ISO 9660 is
 *  level 1. DW_ERR_INVALID: the tree's format is not for this medium. */
DW_MUST_CHECK dw_status dw_plan_new(const dw_tree *tree, enum dw_media media, uint64_t capacity_bytes,
                                    dw_plan **out, struct dw_error *err);
void dw_plan_free(dw_plan *plan);
uint64_t dw_plan_size_bytes(const dw_plan *plan);      /**< on disc, a multiple of 2048 */
uint32_t dw_plan_blocks(const dw_plan *plan);
enum dw_media dw_plan_media(const dw_plan *plan);
const dw_tree *dw_plan_tree(const dw_plan *plan);
/** First block of tree file i; each file lies behind the one before. For i == dw_tree_file_count(): the first block
 *  behind them all. An empty file has no block: the first of the next one. */
uint32_t dw_plan_file_lba(const dw_plan *plan, size_t i);
/** What is no file's data (descriptors, directories, anchors, padding), drawn as it is asked for; zeros where files
 *  lie. Never fails. */
void dw_plan_render(const dw_plan *plan, uint32_t lba, uint32_t count, uint8_t *out);
/** The anchor of the UDF volume as it would stand at block lba, where the medium ends behind the volume; false (out
 *  untouched): the plan has no UDF. */
bool dw_plan_anchor(const dw_plan *plan, uint32_t lba, uint8_t out[DW_BLOCK_SIZE]);
/** Files and folders that ISO 9660 shows under another name than theirs in upper case; 0 without ISO 9660. */
size_t dw_plan_changed_names(const dw_plan *plan);
/** Upper bound of what descriptors and directories take, for splitting before there is a tree: of a file-set,
 *  in the format that the medium asks for. */
uint64_t dw_plan_overhead_bytes(enum dw_media media, size_t files, size_t folders);

#endif
