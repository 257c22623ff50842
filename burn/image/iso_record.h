/** One directory record (ECMA-119 9.1), taken out of untrusted bytes. */
#ifndef DW_BURN_IMAGE_ISO_RECORD_H
#define DW_BURN_IMAGE_ISO_RECORD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "burn/image/blocks.h"

#define DW_ISO_FLAG_FOLDER 0x02
#define DW_ISO_FLAG_MORE 0x80 /* multi-extent: another record of the same file follows */

struct dw_iso_record {
    uint32_t lba, size_bytes;
    uint8_t ear_length, flags, unit_size, gap_size;
    uint8_t name_length; /* 1 to 222 */
    uint32_t system_use_length;
    bool is_self_or_parent;
    bool both_endian_ok;
    char raw[223];  /* zero-terminated; bytes that are not printable come as '_' */
    char name[223]; /* without version and final dot, safe as one component of a path */
};
uint16_t dw_iso_le16(const uint8_t *at);
uint32_t dw_iso_le32(const uint8_t *at);
bool dw_iso_both16(const uint8_t *at, uint16_t *out); /**< false: the two halves differ; *out is the LE one */
bool dw_iso_both32(const uint8_t *at, uint32_t *out);

/** at[0] is the length of the record and not 0; room: bytes up to the end of its block. */
DW_MUST_CHECK dw_status dw_iso_record_read(const uint8_t *at, size_t room, struct dw_iso_record *out,
                                           struct dw_error *err);

/** Called for each record but "." and "..", extents of one file taken together (*size_bytes). */
typedef dw_status dw_iso_record_fn(void *ctx, const struct dw_iso_record *record, uint64_t size_bytes,
                                   struct dw_error *err);
/** Every record of one folder. *budget_blocks goes down with each block read; DW_ERR_CORRUPT at 0. */
DW_MUST_CHECK dw_status dw_iso_folder_read(const struct dw_blocks *blocks, uint32_t lba,
                                           uint32_t size_bytes, uint64_t *budget_blocks,
                                           dw_iso_record_fn *fn, void *ctx, struct dw_error *err);

#endif
