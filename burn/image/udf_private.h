/** What the files of the UDF writer share: udf.c (volume layout), udf_index.c (who lies where), udf_bytes.c
 *  (primitives), udf_volume.c (descriptors of the volume), udf_files.c (file set, entries, directories).
 *
 *  The structure is what describes the files: blocks counted from 0, the same numbers in main copy and mirror.
 *  0 FSD, 1 TD, then each folder's entry with its directory behind it, then the entry of each file. */
#ifndef DW_BURN_IMAGE_UDF_PRIVATE_H
#define DW_BURN_IMAGE_UDF_PRIVATE_H
#include <string.h>
#include "base/limits.h"
#include "burn/image/udf.h"

/* Layout, in blocks of the volume (facts 7.3). */
#define DW_UDF_MAIN_SEQUENCE 32
#define DW_UDF_NEAR_RESERVE 48 /* below 2.50; from 2.50 on it lies behind the partition */
#define DW_UDF_SEQUENCE_BLOCKS 16
#define DW_UDF_INTEGRITY 64
#define DW_UDF_INTEGRITY_BLOCKS 16
#define DW_UDF_ANCHOR 256
#define DW_UDF_PARTITION 257          /* below 2.50 */
#define DW_UDF_METADATA_PARTITION 288 /* from 2.50 on: aligned to the ECC block of a BD */
#define DW_UDF_UNIT 32                /* allocation and alignment unit of the metadata files */
#define DW_UDF_VOLUME_DESCRIPTORS_MAX 12 /* of ISO 9660: ours and a zero block still fit before 32 */

#define DW_UDF_NAME_MAX 255 /* L_FI, with the byte that says 8 or 16 bit */
#define DW_UDF_UNIQUE_ID_FIRST 16
#define DW_UDF_FID_BYTES 38 /* without name */
#define DW_UDF_IMPLEMENTATION_BYTES 32
#define DW_UDF_TAG_BYTES 16
#define DW_UDF_EXTENT_BYTES_MAX 0x3FFFF800u /* 30 bits (ECMA-167 4/14.14.1.1), whole blocks */
#define DW_UDF_METADATA_EXTENT_BYTES_MAX 0x3FFF0000u /* whole units */
#define DW_UDF_FILE_EXTENTS_MAX 114 /* as many long_ad as fit behind an EFE: files up to 122 GB */
_Static_assert(216 + DW_UDF_FILE_EXTENTS_MAX * 16 <= DW_BLOCK_SIZE, "no AED is ever needed");
_Static_assert((uint64_t)DW_TREE_ENTRIES_MAX * 328 < DW_UDF_EXTENT_BYTES_MAX, "a directory is one extent");

enum { /* descriptor tags (ECMA-167 3/7.2.1, 4/7.2.1) */
    DW_UDF_TAG_PRIMARY = 1,
    DW_UDF_TAG_ANCHOR = 2,
    DW_UDF_TAG_IMPLEMENTATION = 4,
    DW_UDF_TAG_PARTITION = 5,
    DW_UDF_TAG_LOGICAL = 6,
    DW_UDF_TAG_UNALLOCATED = 7,
    DW_UDF_TAG_TERMINATING = 8,
    DW_UDF_TAG_INTEGRITY = 9,
    DW_UDF_TAG_FILE_SET = 256,
    DW_UDF_TAG_IDENTIFIER = 257,
    DW_UDF_TAG_FILE_ENTRY = 261,
    DW_UDF_TAG_EXTENDED_ENTRY = 266,
};

struct dw_udf_revision {
    uint16_t number;
    const char *name;
    const char *nsr;
    uint16_t tag_version, min_read, min_write;
    bool has_metadata; /* partition, mirror, extended file entries */
    uint32_t folder_permissions;
};

struct dw_udf_folder { /* [0] is the root, [i + 1] the tree's folder i */
    uint32_t parent;
    uint32_t icb;         /* structure block of its entry; its directory follows */
    uint32_t bytes;       /* of its directory */
    uint32_t first_child; /* in dw_udf.children */
    uint32_t folders;     /* right in it */
};

struct dw_udf_checkpoint { /* of one directory block: the first FID of which it holds a byte */
    uint32_t child;  /* 0: the parent's, else 1 + number in the folder */
    uint32_t offset; /* where that FID begins in the directory */
};

struct dw_udf {
    const dw_tree *tree;
    const struct dw_udf_revision *revision;
    uint32_t volume_descriptors;
    char label[32];
    char set_id[64];

    /* An entry's number: folders first (0 is the root), then the files. UniqueIDs follow it. */
    uint32_t folder_count, file_count; /* the root is counted */
    struct dw_udf_folder *folders;     /* and one more, where the last one ends */
    uint32_t *children;                /* entry numbers by folder, subfolders first, both in tree order */
    struct dw_udf_checkpoint *checkpoints; /* of all directory blocks in structure order */
    size_t checkpoint_count, checkpoint_cap;
    uint32_t file_icbs;        /* structure block of the entry of file 0 */
    uint32_t structure_blocks; /* with a metadata partition whole units */

    /* Set by placing. */
    const uint32_t *file_lba;
    uint32_t blocks, partition_blocks;
    uint32_t mirror; /* lba of the mirror's entry; its data follows */
};

static inline uint32_t dw_udf_partition_lba(const dw_udf *udf)
{
    return udf->revision->has_metadata ? DW_UDF_METADATA_PARTITION : DW_UDF_PARTITION;
}
static inline uint32_t dw_udf_structure_lba(const dw_udf *udf)
{
    return udf->revision->has_metadata ? DW_UDF_METADATA_PARTITION + DW_UDF_UNIT : DW_UDF_PARTITION;
}
static inline uint32_t dw_udf_reserve_lba(const dw_udf *udf)
{
    return udf->revision->has_metadata ? udf->blocks - 256 : DW_UDF_NEAR_RESERVE;
}
static inline uint64_t dw_udf_blocks_of(uint64_t bytes)
{
    return bytes / DW_BLOCK_SIZE + (bytes % DW_BLOCK_SIZE != 0);
}

/* --- udf_bytes.c: little-endian numbers and the small types of ECMA-167 1/7 and OSTA UDF 2.1 --- */

static inline void dw_udf_put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}
static inline void dw_udf_put32(uint8_t *at, uint32_t value)
{
    dw_udf_put16(at, (uint16_t)value);
    dw_udf_put16(at + 2, (uint16_t)(value >> 16));
}
static inline void dw_udf_put64(uint8_t *at, uint64_t value)
{
    dw_udf_put32(at, (uint32_t)value);
    dw_udf_put32(at + 4, (uint32_t)(value >> 32));
}
uint16_t dw_udf_crc(const uint8_t *data, size_t size);
/** Tag of a descriptor of that many bytes, all of which are there already but the tag. */
void dw_udf_put_tag(const dw_udf *udf, uint8_t *at, uint16_t id, uint32_t location, size_t bytes);
void dw_udf_put_time(uint8_t *at, int64_t utc_s);
void dw_udf_put_charspec(uint8_t *at);
/** Text that is known to fit; size with the byte for its length. */
void dw_udf_put_dstring(uint8_t *at, size_t size, const char *text);
void dw_udf_put_domain(const dw_udf *udf, uint8_t *at);
void dw_udf_put_udf_id(const dw_udf *udf, uint8_t *at, const char *identifier);
void dw_udf_put_contents_id(const dw_udf *udf, uint8_t *at); /**< of the partition */
void dw_udf_put_implementation(uint8_t *at);
void dw_udf_put_application(uint8_t *at);
void dw_udf_put_extent(uint8_t *at, uint32_t bytes, uint32_t lba);
void dw_udf_put_short_ad(uint8_t *at, uint32_t bytes, uint32_t block);
void dw_udf_put_long_ad(uint8_t *at, uint32_t bytes, uint32_t block, uint16_t partition, uint32_t unique_id);
/** Bytes of UTF-8 text as OSTA CS0, the leading 8 or 16 counted; 0: CS0 cannot hold it. Empty text: 0. */
size_t dw_udf_cs0_bytes(const char *text);
/** Write it; the size is what dw_udf_cs0_bytes() says. */
void dw_udf_put_cs0(uint8_t *at, const char *text);

/* --- udf_index.c --- */

/** Fill folders, children, checkpoints, file_icbs and structure_blocks (not yet whole units). */
DW_MUST_CHECK dw_status dw_udf_index(dw_udf *udf, struct dw_error *err);
const char *dw_udf_entry_name(const dw_udf *udf, uint32_t entry); /**< not of the root */
/** Bytes of the FID that begins at that offset of a directory, with what keeps the next one's tag in one block. */
uint32_t dw_udf_fid_bytes(uint32_t offset, size_t name_bytes, bool is_last);
static inline uint32_t dw_udf_child_count(const dw_udf *udf, uint32_t folder)
{
    return udf->folders[folder + 1].first_child - udf->folders[folder].first_child;
}

/* --- udf_volume.c, udf_files.c: one block; false and untouched when nothing lies there --- */

bool dw_udf_volume_block(const dw_udf *udf, uint32_t lba, uint8_t out[DW_BLOCK_SIZE]);
bool dw_udf_structure_block(const dw_udf *udf, uint32_t block, uint8_t out[DW_BLOCK_SIZE]);
/** Entry of the metadata file or its mirror, whose data begins at that block of the partition. */
void dw_udf_metadata_entry(const dw_udf *udf, bool is_mirror, uint32_t location, uint32_t data_block,
                           uint8_t out[DW_BLOCK_SIZE]);

#endif
