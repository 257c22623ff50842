/** Reading ISO 9660 volumes, ours or anybody's, and never trusting them (ECMA-119). Knows nothing of the
 *  writer. Bounded: entries, depth and directory sizes by base/limits.h; loops are found. */
#ifndef DW_BURN_IMAGE_ISOREAD_H
#define DW_BURN_IMAGE_ISOREAD_H
#include <stdbool.h>
#include <stdint.h>
#include "burn/image/blocks.h"

struct dw_iso_entry {
    const char *path; /**< "/DICOM/IM000001" without ".;1" and ";1"; borrowed for the call */
    const char *raw;  /**< last component as recorded: "IM000001.;1" */
    bool is_folder;
    uint32_t lba;
    uint64_t size_bytes;
    uint8_t ear_length; /**< ECMA-119 9.1.2 */
    uint8_t flags;      /**< 9.1.6 */
    unsigned level;     /**< the root is level 1 */
    uint32_t system_use_length; /**< bytes behind the name: Rock Ridge and the like */
};
typedef dw_status dw_iso_entry_fn(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err);

struct dw_iso_volume {
    char volume_id[33], system_id[33], publisher_id[129], application_id[129];
    uint32_t blocks;       /**< volume space size */
    uint16_t block_size;
    bool has_supplementary; /**< Joliet or another SVD */
    bool both_endian_ok;    /**< all both-endian fields of the PVD agree */
    uint32_t path_table_l, path_table_m, path_table_size;
    uint32_t root_lba, root_size;
};
/** DW_ERR_CORRUPT: no ISO 9660 volume, or a broken one. */
DW_MUST_CHECK dw_status dw_iso_read_volume(const struct dw_blocks *blocks, struct dw_iso_volume *out,
                                           struct dw_error *err);
/** Every folder and file, folders before what is in them. */
DW_MUST_CHECK dw_status dw_iso_walk(const struct dw_blocks *blocks, const struct dw_iso_volume *volume,
                                    dw_iso_entry_fn *fn, void *ctx, struct dw_error *err);

#endif
