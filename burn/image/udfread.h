/** Reading UDF volumes (ECMA-167, OSTA UDF 1.02 to 2.60), ours or anybody's, and never trusting them. Knows
 *  nothing of the writer. Bounded: entries by DW_TREE_ENTRIES_MAX, depth by DW_UDFVOL_LEVELS_MAX, all
 *  directories together by the size of the volume; loops are found. Memory is that of the folders' names.
 *  Use from one thread at a time. */
#ifndef DW_BURN_IMAGE_UDFREAD_H
#define DW_BURN_IMAGE_UDFREAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "burn/image/blocks.h"

#define DW_UDFVOL_LEVELS_MAX 64
#define DW_UDFVOL_PATH_MAX 4096 /* bytes of UTF-8 with the final zero */
#define DW_UDFVOL_MAPS_MAX 4    /* partition maps; two are all that UDF knows on one disc */
#define DW_UDFVOL_NONE UINT32_MAX
#define DW_UDFVOL_NO_TIME INT64_MIN

enum dw_udfvol_fault_kind {
    DW_UDFVOL_RECOGNITION, /**< volume recognition sequence, ECMA-167 2/8 */
    DW_UDFVOL_ANCHOR,      /**< ECMA-167 3/8.4.2.1 */
    DW_UDFVOL_SEQUENCE,    /**< main or reserve volume descriptor sequence */
    DW_UDFVOL_TAG,         /**< checksum, CRC, location or version of a descriptor tag, ECMA-167 3/7.2 */
    DW_UDFVOL_INTEGRITY,   /**< logical volume integrity sequence */
    DW_UDFVOL_METADATA,    /**< metadata file or its mirror, UDF 2.2.13 */
    DW_UDFVOL_TREE,        /**< a file entry or directory */
    DW_UDFVOL_EXTENT,      /**< an extent outside of its partition, or too few of them */
    DW_UDFVOL_NAME,        /**< a file identifier that can be read and is not as it should be, ECMA-167 4/14.4 */
    DW_UDFVOL_DELETED,     /**< a file identifier marked as deleted, with the name still in it */
    DW_UDFVOL_CS0,         /**< a name that is not in OSTA Compressed Unicode, UDF 2.1.1 */
};
struct dw_udfvol_fault {
    enum dw_udfvol_fault_kind kind;
    uint32_t lba;         /**< block where it was seen; DW_UDFVOL_NONE */
    const char *path;     /**< of the folder or file being read; "" */
    const char *sentence; /**< no final period */
};
typedef void dw_udfvol_fault_fn(void *ctx, const struct dw_udfvol_fault *fault);

struct dw_udfvol_extent { /* of the disc, in blocks */
    uint32_t lba, blocks;
};
struct dw_udfvol_info {
    uint16_t revision;      /**< of the domain identifier of the logical volume: 0x0102 to 0x0260 */
    uint8_t nsr;            /**< 2 or 3: NSR02, NSR03; 0: neither was found */
    uint16_t tag_version;   /**< of the logical volume descriptor */
    bool has_bea, has_tea;
    uint32_t anchors[3];    /**< 256, N - 256, N, with N the last block */
    bool anchor_ok[3];
    struct dw_udfvol_extent main, reserve, integrity;
    bool main_ok, reserve_ok; /**< has all that is needed, and a terminator */
    /** Blocks of the prevailing descriptors of the sequence that is used. */
    uint32_t pvd, lvd, pd, iuvd; /**< iuvd: DW_UDFVOL_NONE if there is none */
    uint32_t integrity_lba; /**< the prevailing integrity descriptor; DW_UDFVOL_NONE */
    uint16_t partition_number;
    uint32_t partition_start, partition_blocks, access_type;
    bool has_metadata;
    bool metadata_ok, mirror_ok; /**< its file entry and extents could be read */
    bool mirror_is_copy;    /**< flag 1: the mirror has content of its own */
    uint32_t metadata_file, mirror_file, bitmap_file; /**< blocks in the partition, as the map has them */
    uint32_t allocation_unit;
    uint16_t alignment_unit, map_revision;
    uint32_t fsd;           /**< block of the file set descriptor */
    uint32_t root_icb;      /**< block of the root's file entry */
    char volume_id[128], logical_volume_id[512], fileset_id[128]; /**< UTF-8 */
};

struct dw_udfvol_entry {
    const char *path;       /**< "/DICOM/IM000001", UTF-8; borrowed for the call. What no path can hold comes as '_' */
    const char *name;       /**< its last component */
    bool is_folder;
    bool is_embedded;       /**< its bytes lie in the file entry */
    bool is_contiguous;     /**< they lie in one piece from lba on (true for empty files) */
    uint32_t lba;           /**< first block of its bytes; 0: none */
    uint64_t size_bytes, recorded_bytes; /**< information length, and what the extents hold */
    uint32_t icb_lba;       /**< block of its file entry */
    uint32_t icb_block;     /**< the same as address in partition reference icb_partition */
    uint16_t icb_partition;
    uint16_t tag_version, links;
    uint8_t file_type;      /**< ECMA-167 4/14.6.6 */
    uint8_t characteristics; /**< of the FID, 4/14.4.3; 2 for the root */
    uint16_t flags;         /**< of the ICB tag, 4/14.6.8 */
    uint32_t permissions;   /**< 4/14.9.5 */
    uint64_t unique_id;     /**< of the file entry */
    uint32_t fid_unique_id; /**< low half, from the FID's ICB (UDF 2.3.4.3) */
    uint32_t fid_lba;       /**< block the FID begins in; DW_UDFVOL_NONE for the root */
    unsigned level;         /**< the root is level 1; what lies in it is at level 2 */
    uint64_t blocks_recorded; /**< as the file entry says, 4/14.9.11 */
    int64_t accessed_s, modified_s, attributes_s, created_s; /**< DW_UDFVOL_NO_TIME; only an EFE has created_s */
    bool dates_ok;          /**< each of them exists or is not given */
    bool is_plain;          /**< ICB tag and record fields are those of a file of today, UDF 2.3.5, 2.3.6 */
    bool has_streams;       /**< named streams, or extended attributes of their own */
    bool tail_is_zero;      /**< what follows the entry in its block */
};
typedef dw_status dw_udfvol_entry_fn(void *ctx, const struct dw_udfvol_entry *entry,
                                     struct dw_error *err);

typedef struct dw_udfvol dw_udfvol;
/** blocks is copied, its ctx must outlive the volume. fault NULL: the first fault that no second copy mends is
 *  DW_ERR_CORRUPT. With fault every fault is told, and reading goes on where that is possible.
 *  DW_ERR_NOT_FOUND: neither a recognition sequence nor an anchor. DW_ERR_UNSUPPORTED: a virtual or sparable
 *  partition, or blocks that are not of 2048 bytes; *info, if not NULL, holds what was read in any case. */
DW_MUST_CHECK dw_status dw_udfvol_open(const struct dw_blocks *blocks, dw_udfvol_fault_fn *fault, void *ctx,
                                       struct dw_udfvol_info *info, dw_udfvol **out,
                                       struct dw_error *err);
void dw_udfvol_close(dw_udfvol *volume);
/** What was written over in place ends where the medium does, behind the volume_blocks of the volume: is the anchor of
 *  block 256 at the medium's end too, in all places of UDF 2.2.3 that lie behind the volume? DW_OK where there is no
 *  anchor at 256. DW_ERR_CORRUPT: "block 19999 is no anchor of this volume". */
DW_MUST_CHECK dw_status dw_udfvol_check_end(const struct dw_blocks *blocks, uint32_t volume_blocks,
                                            struct dw_error *err);
const struct dw_udfvol_info *dw_udfvol_info(const dw_udfvol *volume);
/** Every folder and file, folders before what is in them, deleted ones left out. */
DW_MUST_CHECK dw_status dw_udfvol_walk(dw_udfvol *volume, dw_udfvol_entry_fn *fn, void *ctx,
                                       struct dw_error *err);
/** The entry with that path ("/" is the root). DW_ERR_NOT_FOUND. In *out path is the caller's own string and
 *  name points into it. */
DW_MUST_CHECK dw_status dw_udfvol_find(dw_udfvol *volume, const char *path,
                                       struct dw_udfvol_entry *out, struct dw_error *err);
/** Exactly size bytes of the file from offset; holes are zeros. DW_ERR_INVALID: they are not all inside the
 *  file. Looked at: icb_block, icb_partition, is_contiguous, is_embedded, lba and size_bytes of the entry. */
DW_MUST_CHECK dw_status dw_udfvol_read_file(dw_udfvol *volume, const struct dw_udfvol_entry *entry,
                                            uint64_t offset, void *out, size_t size,
                                            struct dw_error *err);
/** The metadata file (mirror: its copy): extent number `index` of the disc, in file order; false behind the last. */
bool dw_udfvol_metadata_extent(const dw_udfvol *volume, bool mirror, size_t index,
                               struct dw_udfvol_extent *out);

struct dw_udfvol_part { /* what the allocation descriptors of a file name, one after the other */
    struct dw_udfvol_extent extent; /**< of the disc; lba DW_UDFVOL_NONE: it lies outside, or is a hole */
    uint32_t bytes;
    bool is_recorded;               /**< false: allocated only */
    bool is_descriptors;            /**< no data: the allocation descriptors go on there */
};
typedef void dw_udfvol_part_fn(void *ctx, const struct dw_udfvol_part *part);
/** All parts of a file or folder, those behind its end too. Looked at: icb_block and icb_partition of the entry. */
DW_MUST_CHECK dw_status dw_udfvol_parts(dw_udfvol *volume, const struct dw_udfvol_entry *entry,
                                        dw_udfvol_part_fn *fn, void *ctx, struct dw_error *err);

/** Twelve bytes of ECMA-167 1/7.3 in seconds of UTC. DW_UDFVOL_NO_TIME: all are zero, or, *out_ok false, there is no
 *  such date. */
int64_t dw_udfvol_time(const uint8_t at[12], bool *out_ok);
/** What is wrong with the tag of a descriptor that should lie at location (UDF counts some in their partition):
 *  NULL, or a few words. room: bytes of descriptor there are. nsr 2: version 3 is wrong. */
const char *dw_udfvol_tag_fault(const uint8_t *descriptor, size_t room, uint32_t location, uint8_t nsr);
/** CS0 (compression id first) to UTF-8. false: not CS0; out is "" then. */
bool dw_udfvol_cs0(const uint8_t *text, size_t size, char *out, size_t out_size);

#endif
