/** Reading ISO 9660 volumes, ours or anybody's, and never trusting them (ECMA-119). Knows nothing of the
 *  writer. Bounded: entries by DW_TREE_ENTRIES_MAX, depth by DW_ISO_LEVELS_MAX, all directories together
 *  by the size of the volume; loops are found. */
#ifndef DW_BURN_IMAGE_ISOREAD_H
#define DW_BURN_IMAGE_ISOREAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "burn/image/blocks.h"

#define DW_ISO_LEVELS_MAX 65 /* the standard has 8 (6.8.2.1); others, and we on request, write more */
#define DW_ISO_PATH_MAX 2048

struct dw_iso_entry {
    /** "/DICOM/IM000001" without ".;1" and ";1"; borrowed for the call. Bytes that are not printable ASCII,
     *  '/' inside a name, and names that would be "", "." or ".." come as '_'. */
    const char *path;
    const char *raw;  /**< last component as recorded: "IM000001.;1" */
    bool is_folder;
    uint32_t lba;
    uint64_t size_bytes;
    uint8_t ear_length; /**< ECMA-119 9.1.2 */
    uint8_t flags;      /**< 9.1.6 */
    unsigned level;     /**< the root is level 1; what lies in it is at level 2 */
    uint32_t system_use_length; /**< bytes behind the name: Rock Ridge and the like */
};
typedef dw_status dw_iso_entry_fn(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err);

struct dw_iso_volume {
    char volume_id[33], system_id[33], publisher_id[129], application_id[129];
    uint32_t blocks;       /**< volume space size */
    uint16_t block_size;
    bool has_supplementary; /**< Joliet or another SVD (or several) */
    bool both_endian_ok;    /**< all both-endian fields of the PVD agree */
    uint32_t path_table_l, path_table_m, path_table_size;
    uint32_t root_lba, root_size;
};
/** DW_ERR_CORRUPT: no ISO 9660 volume, or a broken one. DW_ERR_UNSUPPORTED: not in blocks of 2048 bytes. */
DW_MUST_CHECK dw_status dw_iso_read_volume(const struct dw_blocks *blocks, struct dw_iso_volume *out,
                                           struct dw_error *err);
/** Every folder and file, folders before what is in them. */
DW_MUST_CHECK dw_status dw_iso_walk(const struct dw_blocks *blocks, const struct dw_iso_volume *volume,
                                    dw_iso_entry_fn *fn, void *ctx, struct dw_error *err);
/** The entry with that path ("/" is the root). DW_ERR_NOT_FOUND. In *out, path is the caller's own string
 *  and raw is NULL. */
DW_MUST_CHECK dw_status dw_iso_find(const struct dw_blocks *blocks, const struct dw_iso_volume *volume,
                                    const char *path, struct dw_iso_entry *out, struct dw_error *err);
/** Exactly size bytes of the file from offset. DW_ERR_INVALID: they are not all inside the file. Only lba,
 *  ear_length and size_bytes of the entry are looked at. */
DW_MUST_CHECK dw_status dw_iso_read_file(const struct dw_blocks *blocks,
                                         const struct dw_iso_entry *entry, uint64_t offset,
                                         void *out, size_t size, struct dw_error *err);

#endif
