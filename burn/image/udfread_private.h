/** Inside the UDF reader (burn/image/udfread*.c) only. */
#ifndef DW_BURN_IMAGE_UDFREAD_PRIVATE_H
#define DW_BURN_IMAGE_UDFREAD_PRIVATE_H
#include "burn/image/udfread.h"

enum { /* ECMA-167 3/7.2.1, 4/7.2.1 */
    DW_UDFTAG_PVD = 1,
    DW_UDFTAG_ANCHOR = 2,
    DW_UDFTAG_POINTER = 3,
    DW_UDFTAG_IUVD = 4,
    DW_UDFTAG_PD = 5,
    DW_UDFTAG_LVD = 6,
    DW_UDFTAG_TERMINATOR = 8,
    DW_UDFTAG_INTEGRITY = 9,
    DW_UDFTAG_FSD = 256,
    DW_UDFTAG_FID = 257,
    DW_UDFTAG_AED = 258,
    DW_UDFTAG_FE = 261,
    DW_UDFTAG_EFE = 266,
};

static inline uint16_t dw_udfvol_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t dw_udfvol_le32(const uint8_t *p)
{
    return (uint32_t)dw_udfvol_le16(p) | (uint32_t)dw_udfvol_le16(p + 2) << 16;
}
static inline uint64_t dw_udfvol_le64(const uint8_t *p)
{
    return dw_udfvol_le32(p) | (uint64_t)dw_udfvol_le32(p + 4) << 32;
}

struct dw_udfvol_run { /* a piece of the metadata file */
    uint32_t first;    /* block of the file it begins with */
    uint32_t lba, blocks;
};
struct dw_udfvol_runs {
    struct dw_udfvol_run *list;
    size_t count, cap;
    uint32_t blocks; /* of all together */
};
struct dw_udfvol_map {
    bool is_metadata;
    uint32_t start, blocks; /* of the physical partition */
};

#define DW_UDFVOL_WINDOWS 4
#define DW_UDFVOL_WINDOW_BLOCKS 32
struct dw_udfvol_window {
    uint32_t lba, blocks; /* blocks 0: unused */
    uint64_t used;
    uint8_t data[DW_UDFVOL_WINDOW_BLOCKS * DW_BLOCK_SIZE];
};

struct dw_udfvol {
    struct dw_blocks blocks;
    struct dw_udfvol_info info;
    dw_udfvol_fault_fn *fault;
    void *fault_ctx;
    const char *path; /* of what is being read, for faults; never NULL */
    struct dw_udfvol_map maps[DW_UDFVOL_MAPS_MAX];
    unsigned map_count;
    struct dw_udfvol_runs metadata[2]; /* main, mirror; a mirror without content of its own has none */
    uint32_t root_block;
    uint16_t root_partition;
    uint64_t clock;
    uint64_t continuations; /* followed in this walk or search */
    struct dw_udfvol_window windows[DW_UDFVOL_WINDOWS];
};

struct dw_udfvol_node { /* a file entry that was read */
    struct dw_udfvol_entry entry; /* without names */
    uint8_t ad_form;              /* 0 short, 1 long, 3 embedded */
    bool from_mirror;
    bool has_parent;              /* of a folder: the walk knows where its parent's entry is */
    uint32_t parent_block;
    uint32_t ads_at, ads_size;    /* in block */
    uint8_t block[DW_BLOCK_SIZE];
};

struct dw_udfvol_piece { /* one allocation descriptor */
    uint8_t type;        /* 0 recorded, 1 allocated, 2 hole */
    uint32_t bytes;      /* 0: there are no more */
    uint16_t partition;
    uint32_t block;      /* in that partition */
};
struct dw_udfvol_pieces { /* the allocation descriptors of a file entry, one after the other */
    dw_udfvol *volume;
    const struct dw_udfvol_node *node;
    uint16_t partition; /* short_ads count in it */
    uint32_t at, end;
    unsigned continuations;
    uint32_t aed_lba; /* of the last of them */
    bool in_aed;
    uint8_t aed[DW_BLOCK_SIZE];
};

/** Tell a fault. With a listener the value is DW_OK: go on if you can; without one DW_ERR_CORRUPT. */
DW_MUST_CHECK dw_status dw_udfvol_tell(dw_udfvol *volume, enum dw_udfvol_fault_kind kind, uint32_t lba,
                                       struct dw_error *err, const char *fmt, ...) DW_PRINTF(5, 6);
/** The same where nothing hangs on it: who does not listen is not stopped. */
void dw_udfvol_note(dw_udfvol *volume, enum dw_udfvol_fault_kind kind, uint32_t lba,
                    const char *sentence);
/** One block through a small cache that reads ahead. DW_ERR_CORRUPT: behind the end. */
DW_MUST_CHECK dw_status dw_udfvol_block(dw_udfvol *volume, uint32_t lba, uint8_t out[DW_BLOCK_SIZE],
                                        struct dw_error *err);
/** Where block of a partition reference lies, and how many from there on lie in one piece. false: nowhere. */
bool dw_udfvol_place(const dw_udfvol *volume, uint16_t partition, uint32_t block, bool mirror,
                     uint32_t *out_lba, uint32_t *out_run);
bool dw_udfvol_has_copy(const dw_udfvol *volume, uint16_t partition); /**< a mirror to turn to */
/** A descriptor with one of two tag ids, from the mirror if the main copy is broken. */
DW_MUST_CHECK dw_status dw_udfvol_descriptor(dw_udfvol *volume, uint16_t partition, uint32_t block,
                                             uint16_t id, uint16_t or_id, uint8_t out[DW_BLOCK_SIZE],
                                             uint32_t *out_lba, bool *out_mirror,
                                             struct dw_error *err);
DW_MUST_CHECK dw_status dw_udfvol_node(dw_udfvol *volume, uint16_t partition, uint32_t block,
                                       struct dw_udfvol_node *out, struct dw_error *err);
/** Take a file entry out of node->block; entry's addresses are set already. */
DW_MUST_CHECK dw_status dw_udfvol_node_parse(dw_udfvol *volume, struct dw_udfvol_node *node,
                                             struct dw_error *err);
/** Follow its extents: lba, recorded_bytes, is_contiguous. */
DW_MUST_CHECK dw_status dw_udfvol_node_measure(dw_udfvol *volume, struct dw_udfvol_node *node,
                                               struct dw_error *err);
void dw_udfvol_pieces(dw_udfvol *volume, const struct dw_udfvol_node *node,
                      struct dw_udfvol_pieces *out);
DW_MUST_CHECK dw_status dw_udfvol_next(struct dw_udfvol_pieces *pieces, struct dw_udfvol_piece *out,
                                       struct dw_error *err);
DW_MUST_CHECK dw_status dw_udfvol_read_node(dw_udfvol *volume, const struct dw_udfvol_node *node,
                                            uint64_t offset, void *out, size_t size, bool mirror,
                                            struct dw_error *err);

struct dw_udfvol_fid { /* borrowed for the call */
    uint8_t characteristics;
    uint32_t block;      /* of the file entry it names */
    uint16_t partition;
    uint32_t unique_id, lba;
    const char *name;    /* UTF-8, safe as one component of a path */
};
typedef dw_status dw_udfvol_fid_fn(void *ctx, const struct dw_udfvol_fid *fid, struct dw_error *err);
/** Every FID but the parent's and deleted ones. *budget_blocks goes down with each block; DW_ERR_CORRUPT at 0. */
DW_MUST_CHECK dw_status dw_udfvol_folder(dw_udfvol *volume, const struct dw_udfvol_node *node,
                                         uint64_t *budget_blocks, dw_udfvol_fid_fn *fn, void *ctx,
                                         struct dw_error *err);

#endif
