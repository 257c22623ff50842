/* File entries, their allocation descriptors and the bytes these name (ECMA-167 4/14.6 to 14.14).
 */
#include <string.h>
#include <time.h>
#include "burn/image/udfread_private.h"

#define CONTINUATIONS_MAX 4096 /* AEDs of one file: half a million descriptors */
#define FORM_SHORT 0
#define FORM_LONG 1
#define FORM_EMBEDDED 3
#define TYPE_HOLE 2
#define TYPE_CONTINUES 3
#define LENGTH_MASK 0x3FFFFFFFu
#define FLAGS_NEVER_SET 0xF808 /* sorted, transformed, multi-versions, stream, reserved: UDF 2.3.5.4 */
#define NO_ZONE (-2047)

/* 1/7.3: year, month, day, hour, minute, second, and the minutes that the zone is ahead of UTC. */
int64_t dw_udfvol_time(const uint8_t at[12], bool *out_ok)
{
    static const uint8_t none[12] = {0};
    int zone = dw_udfvol_le16(at) & 0xFFF;
    zone = zone >= 0x800 ? zone - 0x1000 : zone;
    struct tm tm = {.tm_year = (int16_t)dw_udfvol_le16(at + 2) - 1900,
                    .tm_mon = at[4] - 1,
                    .tm_mday = at[5],
                    .tm_hour = at[6],
                    .tm_min = at[7],
                    .tm_sec = at[8]};
    *out_ok = memcmp(at, none, sizeof none) == 0;
    if (*out_ok || at[4] < 1 || at[4] > 12 || at[5] < 1 || at[5] > 31 || at[6] > 23 || at[7] > 59 ||
        at[8] > 60)
        return DW_UDFVOL_NO_TIME;
    *out_ok = true;
    return (int64_t)timegm(&tm) - (zone == NO_ZONE ? 0 : 60 * zone);
}

static int64_t read_time(struct dw_udfvol_node *node, uint32_t at)
{
    bool ok;
    int64_t time = dw_udfvol_time(node->block + at, &ok);
    node->entry.dates_ok = node->entry.dates_ok && ok;
    return time;
}

/* Fields that have one value in the entry of a file or folder (UDF 2.3.5, 2.3.6; ECMA-167 4/14.9, 4/14.17). */
static bool has_plain_fields(const uint8_t *d, uint16_t flags, bool extended)
{
    bool icb = dw_udfvol_le32(d + 16) == 0 && dw_udfvol_le16(d + 22) == 0 &&
               dw_udfvol_le16(d + 24) == 1 && d[26] == 0 && !(flags & FLAGS_NEVER_SET);
    bool record = d[50] == 0 && d[51] == 0 && dw_udfvol_le32(d + 52) == 0;
    bool checkpoint = dw_udfvol_le32(d + (extended ? 128 : 108)) != 0;
    /* all streams together: that of the file alone, where there is no other */
    bool object = !extended || (dw_udfvol_le32(d + 132) == 0 &&
                                (dw_udfvol_le32(d + 152) != 0 ||
                                 dw_udfvol_le64(d + 64) == dw_udfvol_le64(d + 56)));
    return icb && record && checkpoint && object;
}

/* What a judge wants to know and a reader does not. */
static void read_rest(struct dw_udfvol_node *node, bool extended)
{
    const uint8_t *d = node->block;
    struct dw_udfvol_entry *entry = &node->entry;
    uint32_t times = extended ? 80 : 72, end = node->ads_at + node->ads_size;
    entry->blocks_recorded = dw_udfvol_le64(d + (extended ? 72 : 64));
    entry->dates_ok = true;
    entry->accessed_s = read_time(node, times);
    entry->modified_s = read_time(node, times + 12);
    entry->created_s = extended ? read_time(node, times + 24) : DW_UDFVOL_NO_TIME;
    entry->attributes_s = read_time(node, times + (extended ? 36 : 24));
    entry->is_plain = has_plain_fields(d, entry->flags, extended);
    entry->has_streams = dw_udfvol_le32(d + (extended ? 136 : 112)) != 0 ||
                         (extended && dw_udfvol_le32(d + 152) != 0);
    /* zero, and each byte the same as the one before it */
    entry->tail_is_zero =
        end == DW_BLOCK_SIZE || (d[end] == 0 && memcmp(d + end, d + end + 1, DW_BLOCK_SIZE - end - 1) == 0);
}

static void read_fields(struct dw_udfvol_node *node, uint32_t *out_eas, bool *out_extended)
{
    const uint8_t *d = node->block;
    struct dw_udfvol_entry *entry = &node->entry;
    bool extended = dw_udfvol_le16(d) == DW_UDFTAG_EFE;
    entry->tag_version = dw_udfvol_le16(d + 2);
    entry->file_type = d[27];
    entry->flags = dw_udfvol_le16(d + 34);
    entry->permissions = dw_udfvol_le32(d + 44);
    entry->links = dw_udfvol_le16(d + 48);
    entry->size_bytes = dw_udfvol_le64(d + 56);
    entry->unique_id = dw_udfvol_le64(d + (extended ? 200 : 160));
    entry->is_folder = entry->file_type == 4;
    node->ad_form = entry->flags & 7;
    *out_eas = dw_udfvol_le32(d + (extended ? 208 : 168));
    node->ads_size = dw_udfvol_le32(d + (extended ? 212 : 172));
    *out_extended = extended;
}

dw_status dw_udfvol_node_parse(dw_udfvol *volume, struct dw_udfvol_node *node, struct dw_error *err)
{
    struct dw_udfvol_entry *entry = &node->entry;
    uint32_t eas;
    bool extended;
    (void)volume;
    read_fields(node, &eas, &extended);
    uint32_t head = extended ? 216 : 176;
    if (eas > DW_BLOCK_SIZE - head || node->ads_size > DW_BLOCK_SIZE - head - eas)
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "the file entry at block %u is larger than its block", entry->icb_lba);
    node->ads_at = head + eas;
    read_rest(node, extended);
    if (node->ad_form != FORM_SHORT && node->ad_form != FORM_LONG && node->ad_form != FORM_EMBEDDED)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "the file entry at block %u has allocation descriptors of form %u",
                            entry->icb_lba, node->ad_form);
    if (dw_udfvol_le16(node->block + 20) != 4)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "the file entry at block %u has strategy %u, not 4", entry->icb_lba,
                            dw_udfvol_le16(node->block + 20));
    if (node->ad_form == FORM_EMBEDDED) {
        entry->is_embedded = true;
        if (entry->size_bytes > node->ads_size)
            return dw_error_set(err, DW_ERR_CORRUPT,
                                "the file entry at block %u holds %u bytes of %llu", entry->icb_lba,
                                node->ads_size, (unsigned long long)entry->size_bytes);
    }
    return DW_OK;
}

dw_status dw_udfvol_node(dw_udfvol *volume, uint16_t partition, uint32_t block,
                         struct dw_udfvol_node *out, struct dw_error *err)
{
    memset(&out->entry, 0, sizeof out->entry);
    out->entry.icb_block = block;
    out->entry.icb_partition = partition;
    out->entry.fid_lba = DW_UDFVOL_NONE;
    dw_status st = dw_udfvol_descriptor(volume, partition, block, DW_UDFTAG_FE, DW_UDFTAG_EFE,
                                        out->block, &out->entry.icb_lba, &out->from_mirror, err);
    return st == DW_OK ? dw_udfvol_node_parse(volume, out, err) : st;
}

void dw_udfvol_pieces(dw_udfvol *volume, const struct dw_udfvol_node *node,
                      struct dw_udfvol_pieces *out)
{
    out->volume = volume;
    out->node = node;
    out->partition = node->entry.icb_partition;
    out->at = node->ads_at;
    out->end = node->ad_form == FORM_EMBEDDED ? node->ads_at : node->ads_at + node->ads_size;
    out->continuations = 0;
    out->aed_lba = DW_UDFVOL_NONE;
    out->in_aed = false;
}

/* On to the allocation extent descriptor that a piece of type 3 names (4/14.5). */
static dw_status continue_at(struct dw_udfvol_pieces *pieces, const struct dw_udfvol_piece *to,
                             struct dw_error *err)
{
    uint32_t lba;
    bool mirror;
    if (++pieces->continuations > CONTINUATIONS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT,
                            "the extents of a file go on for more than %d blocks",
                            CONTINUATIONS_MAX);
    dw_status st = dw_udfvol_descriptor(pieces->volume, to->partition, to->block, DW_UDFTAG_AED,
                                        DW_UDFTAG_AED, pieces->aed, &lba, &mirror, err);
    if (st != DW_OK)
        return st;
    uint32_t size = dw_udfvol_le32(pieces->aed + 20);
    if (size > DW_BLOCK_SIZE - 24)
        return dw_error_set(err, DW_ERR_CORRUPT, "the extents at block %u are longer than it", lba);
    pieces->in_aed = true;
    pieces->aed_lba = lba;
    pieces->partition = to->partition;
    pieces->at = 24;
    pieces->end = 24 + size;
    return DW_OK;
}

dw_status dw_udfvol_next(struct dw_udfvol_pieces *pieces, struct dw_udfvol_piece *out,
                         struct dw_error *err)
{
    bool is_long = pieces->node->ad_form == FORM_LONG;
    uint32_t step = is_long ? 16 : 8;
    *out = (struct dw_udfvol_piece){0};
    while (pieces->end - pieces->at >= step) {
        const uint8_t *d = (pieces->in_aed ? pieces->aed : pieces->node->block) + pieces->at;
        uint32_t length = dw_udfvol_le32(d);
        struct dw_udfvol_piece piece = {
            .type = (uint8_t)(length >> 30),
            .bytes = length & LENGTH_MASK,
            .block = dw_udfvol_le32(d + 4),
            .partition = is_long ? dw_udfvol_le16(d + 8) : pieces->partition,
        };
        pieces->at += step;
        if (piece.bytes == 0)
            return DW_OK; /* 4/12: the end */
        if (piece.type != TYPE_CONTINUES) {
            *out = piece;
            return DW_OK;
        }
        dw_status st = continue_at(pieces, &piece, err);
        if (st != DW_OK)
            return st;
    }
    return DW_OK;
}

/* One piece of a file that goes from byte `begin` of it: is all of it on the disc, and right behind
 * the last? */
static dw_status measure_piece(dw_udfvol *volume, struct dw_udfvol_entry *entry,
                               const struct dw_udfvol_piece *piece, struct dw_error *err)
{
    uint32_t lba = 0, run = 0, blocks = (piece->bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE;
    uint64_t begin = entry->recorded_bytes;
    entry->recorded_bytes += piece->bytes;
    if (piece->type != 0) {
        entry->is_contiguous = false;
        return DW_OK;
    }
    if (!dw_udfvol_place(volume, piece->partition, piece->block, false, &lba, &run) ||
        (run < blocks && !volume->maps[piece->partition].is_metadata)) {
        entry->is_contiguous = false;
        return dw_udfvol_tell(volume, DW_UDFVOL_EXTENT, entry->icb_lba, err,
                              "%u blocks from block %u of partition %u are not all on the disc",
                              blocks, piece->block, piece->partition);
    }
    if (begin == 0)
        entry->lba = lba;
    if (lba != entry->lba + begin / DW_BLOCK_SIZE || begin % DW_BLOCK_SIZE != 0 || run < blocks)
        entry->is_contiguous = false;
    if (begin % DW_BLOCK_SIZE != 0)
        return dw_udfvol_tell(volume, DW_UDFVOL_EXTENT, entry->icb_lba, err,
                              "an extent that is not the last ends within a block");
    return DW_OK;
}

/* Each takes a block of the disc. More than there are come from files that share them, a million names of one
 * long chain above all: following each would take hours. */
static dw_status spend(dw_udfvol *volume, unsigned continuations, struct dw_error *err)
{
    volume->continuations += continuations;
    if (volume->continuations <= (uint64_t)volume->blocks.count + CONTINUATIONS_MAX)
        return DW_OK;
    return dw_error_set(err, DW_ERR_LIMIT, "the extents of the files go on in more blocks than the disc has");
}

dw_status dw_udfvol_node_measure(dw_udfvol *volume, struct dw_udfvol_node *node,
                                 struct dw_error *err)
{
    struct dw_udfvol_entry *entry = &node->entry;
    struct dw_udfvol_pieces pieces;
    struct dw_udfvol_piece piece;
    entry->is_contiguous = !entry->is_embedded;
    if (entry->is_embedded) {
        entry->recorded_bytes = entry->size_bytes;
        return DW_OK;
    }
    dw_udfvol_pieces(volume, node, &pieces);
    dw_status st;
    while ((st = dw_udfvol_next(&pieces, &piece, err)) == DW_OK && piece.bytes != 0 &&
           entry->recorded_bytes < entry->size_bytes)
        if ((st = measure_piece(volume, entry, &piece, err)) != DW_OK)
            break;
    if (st == DW_OK)
        st = spend(volume, pieces.continuations, err);
    if (st != DW_OK)
        return st;
    if (entry->recorded_bytes < entry->size_bytes) {
        entry->is_contiguous = false;
        return dw_udfvol_tell(
            volume, DW_UDFVOL_EXTENT, entry->icb_lba, err, "the extents hold %llu bytes of %llu",
            (unsigned long long)entry->recorded_bytes, (unsigned long long)entry->size_bytes);
    }
    return DW_OK;
}

static void tell_part(dw_udfvol *volume, const struct dw_udfvol_piece *piece,
                      dw_udfvol_part_fn *fn, void *ctx)
{
    uint32_t run = 0, blocks = (piece->bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE;
    struct dw_udfvol_part part = {.extent = {DW_UDFVOL_NONE, 0},
                                  .bytes = piece->bytes,
                                  .is_recorded = piece->type == 0};
    if (piece->type < TYPE_HOLE &&
        dw_udfvol_place(volume, piece->partition, piece->block, false, &part.extent.lba, &run))
        part.extent.blocks = run < blocks ? run : blocks;
    fn(ctx, &part);
}

/* Who walked the tree was told already. */
static void pass_over(void *ctx, const struct dw_udfvol_fault *fault)
{
    (void)ctx;
    (void)fault;
}

static dw_status follow_parts(dw_udfvol *volume, const struct dw_udfvol_entry *entry,
                          dw_udfvol_part_fn *fn, void *ctx, struct dw_error *err)
{
    struct dw_udfvol_node node;
    struct dw_udfvol_pieces pieces;
    struct dw_udfvol_piece piece;
    unsigned continuations = 0;
    dw_status st = dw_udfvol_node(volume, entry->icb_partition, entry->icb_block, &node, err);
    if (st != DW_OK)
        return st;
    dw_udfvol_pieces(volume, &node, &pieces);
    while ((st = dw_udfvol_next(&pieces, &piece, err)) == DW_OK) {
        if (pieces.continuations > continuations) {
            struct dw_udfvol_part part = {.extent = {pieces.aed_lba, 1}, .is_descriptors = true};
            continuations = pieces.continuations;
            fn(ctx, &part);
        }
        if (piece.bytes == 0)
            break;
        tell_part(volume, &piece, fn, ctx);
    }
    return st == DW_OK ? spend(volume, continuations, err) : st;
}

dw_status dw_udfvol_parts(dw_udfvol *volume, const struct dw_udfvol_entry *entry,
                          dw_udfvol_part_fn *fn, void *ctx, struct dw_error *err)
{
    dw_udfvol_fault_fn *listener = volume->fault;
    volume->fault = pass_over;
    dw_status st = follow_parts(volume, entry, fn, ctx, err);
    volume->fault = listener;
    return st;
}

/* size bytes of a recorded piece from offset in it. Whole blocks go straight to the reader's
 * memory. */
static dw_status read_piece(dw_udfvol *volume, const struct dw_udfvol_piece *piece, uint32_t offset,
                            uint8_t *to, size_t size, bool mirror, struct dw_error *err)
{
    uint8_t bounce[DW_BLOCK_SIZE];
    while (size > 0) {
        uint32_t lba, run, skip = offset % DW_BLOCK_SIZE;
        if (piece->block > UINT32_MAX - offset / DW_BLOCK_SIZE ||
            !dw_udfvol_place(volume, piece->partition, piece->block + offset / DW_BLOCK_SIZE,
                             mirror, &lba, &run))
            return dw_error_set(err, DW_ERR_CORRUPT, "a part of the file is not on the disc");
        uint32_t whole = skip == 0 ? (uint32_t)(size / DW_BLOCK_SIZE) : 0;
        whole = whole < run ? whole : run;
        dw_status st = whole ? volume->blocks.read(volume->blocks.ctx, lba, whole, to, err)
                             : dw_udfvol_block(volume, lba, bounce, err);
        if (st != DW_OK)
            return st;
        size_t got = (size_t)whole * DW_BLOCK_SIZE;
        if (whole == 0) {
            got = DW_BLOCK_SIZE - skip < size ? DW_BLOCK_SIZE - skip : size;
            memcpy(to, bounce + skip, got);
        }
        to += got;
        offset += (uint32_t)got;
        size -= got;
    }
    return DW_OK;
}

dw_status dw_udfvol_read_node(dw_udfvol *volume, const struct dw_udfvol_node *node, uint64_t offset,
                              void *out, size_t size, bool mirror, struct dw_error *err)
{
    uint8_t *to = out;
    struct dw_udfvol_pieces pieces;
    struct dw_udfvol_piece piece;
    uint64_t begin = 0;
    if (offset > node->entry.size_bytes || size > node->entry.size_bytes - offset)
        return dw_error_set(err, DW_ERR_INVALID, "bytes behind the end of a file were asked for");
    if (node->entry.is_embedded) {
        memcpy(to, node->block + node->ads_at + offset, size);
        return DW_OK;
    }
    dw_udfvol_pieces(volume, node, &pieces);
    for (; size > 0; begin += piece.bytes) {
        dw_status st = dw_udfvol_next(&pieces, &piece, err);
        if (st == DW_OK && piece.bytes == 0)
            st = dw_error_set(err, DW_ERR_CORRUPT, "the extents of a file end before it does");
        if (st != DW_OK)
            return st;
        if (offset >= begin + piece.bytes)
            continue;
        uint32_t skip = (uint32_t)(offset - begin);
        size_t part = piece.bytes - skip < size ? piece.bytes - skip : size;
        if (piece.type == 0)
            st = read_piece(volume, &piece, skip, to, part, mirror, err);
        else
            memset(to, 0, part);
        if (st != DW_OK)
            return st;
        to += part;
        offset += part;
        size -= part;
    }
    return DW_OK;
}
