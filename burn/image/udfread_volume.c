/* From the recognition sequence to the root of the tree (ECMA-167 2/8, 3/8.4, 3/10, 4/14.1;
 * UDF 2.2). */
#include <stdlib.h>
#include <string.h>
#include "burn/image/udfread_private.h"

#define RECOGNITION_FIRST 16
#define RECOGNITION_MAX 64
#define SEQUENCE_MAX 256   /* descriptors of one sequence, pointers followed */
#define INTEGRITY_MAX 1024 /* integrity descriptors that follow each other */
#define RUNS_MAX 65536     /* extents of the metadata file */

static const struct {
    char id[24];
    bool supported;
} type2_maps[] = {
    {"*UDF Metadata Partition", true},
    {"*UDF Virtual Partition", false},
    {"*UDF Sparable Partition", false},
};

/* --- recognition and anchors --- */

static dw_status read_recognition(dw_udfvol *volume, struct dw_error *err)
{
    uint8_t d[DW_BLOCK_SIZE];
    struct dw_udfvol_info *info = &volume->info;
    bool open = false;
    for (uint32_t i = 0; i < RECOGNITION_MAX; i++) {
        uint32_t lba = RECOGNITION_FIRST + i;
        dw_status st = lba < volume->blocks.count ? dw_udfvol_block(volume, lba, d, err) : DW_OK;
        if (st != DW_OK || lba >= volume->blocks.count)
            return st;
        if (memcmp(d + 1, "BEA01", 5) == 0) {
            info->has_bea = open = true;
        } else if (memcmp(d + 1, "NSR02", 5) == 0 || memcmp(d + 1, "NSR03", 5) == 0) {
            if (open && !info->has_tea)
                info->nsr = (uint8_t)(d[5] - '0');
        } else if (memcmp(d + 1, "TEA01", 5) == 0) {
            info->has_tea = open;
        } else if (memcmp(d + 1, "CD001", 5) != 0 && memcmp(d + 1, "BOOT2", 5) != 0 &&
                   memcmp(d + 1, "CDW02", 5) != 0) {
            break; /* 2/8.3: it ends with the first that is none */
        }
    }
    return DW_OK;
}

static bool anchor_is_good(dw_udfvol *volume, uint32_t lba, uint8_t d[DW_BLOCK_SIZE])
{
    return lba >= 17 && dw_udfvol_block(volume, lba, d, NULL) == DW_OK &&
           dw_udfvol_le16(d) == DW_UDFTAG_ANCHOR && !dw_udfvol_tag_fault(d, DW_BLOCK_SIZE, lba, 0);
}

static dw_status read_anchors(dw_udfvol *volume, struct dw_error *err)
{
    uint8_t d[DW_BLOCK_SIZE];
    struct dw_udfvol_info *info = &volume->info;
    uint32_t last = volume->blocks.count - 1;
    bool found = false;
    info->anchors[0] = 256;
    info->anchors[1] = last > 512 ? last - 256 : DW_UDFVOL_NONE;
    info->anchors[2] = last > 256 ? last : DW_UDFVOL_NONE;
    for (unsigned i = 0; i < 3; i++) {
        info->anchor_ok[i] =
            info->anchors[i] < volume->blocks.count && anchor_is_good(volume, info->anchors[i], d);
        if (!info->anchor_ok[i] || found)
            continue;
        found = true;
        info->main = (struct dw_udfvol_extent){dw_udfvol_le32(d + 20),
                                               dw_udfvol_le32(d + 16) / DW_BLOCK_SIZE};
        info->reserve = (struct dw_udfvol_extent){dw_udfvol_le32(d + 28),
                                                  dw_udfvol_le32(d + 24) / DW_BLOCK_SIZE};
    }
    if (!found && info->nsr == 0)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no UDF volume");
    if (info->nsr == 0 || !info->has_bea || !info->has_tea) {
        dw_status st = dw_udfvol_tell(volume, DW_UDFVOL_RECOGNITION, RECOGNITION_FIRST, err,
                                      "BEA01, NSR02 or NSR03, and TEA01 do not follow each other");
        if (st != DW_OK)
            return st;
    }
    if (!found)
        return dw_error_set(err, DW_ERR_CORRUPT, "no anchor at block 256, %u or %u",
                            last > 256 ? last - 256 : 0, last);
    return DW_OK;
}

/* --- volume descriptor sequences --- */

struct sequence {
    uint32_t pvd, iuvd, lvd, pd; /* DW_UDFVOL_NONE: not there */
    uint32_t numbers[7];         /* of the prevailing one, by tag id */
    bool ended;
};

/* 3/8.4.3: of several the one with the highest number prevails. */
static void note_descriptor(struct sequence *sequence, uint16_t id, uint32_t lba, uint32_t number)
{
    uint32_t *slot = id == DW_UDFTAG_PVD    ? &sequence->pvd
                     : id == DW_UDFTAG_IUVD ? &sequence->iuvd
                     : id == DW_UDFTAG_LVD  ? &sequence->lvd
                     : id == DW_UDFTAG_PD   ? &sequence->pd
                                            : NULL;
    if (!slot || (*slot != DW_UDFVOL_NONE && number < sequence->numbers[id]))
        return;
    *slot = lba;
    sequence->numbers[id] = number;
}

static dw_status read_sequence(dw_udfvol *volume, struct dw_udfvol_extent extent, const char *which,
                               struct sequence *out, struct dw_error *err)
{
    uint8_t d[DW_BLOCK_SIZE];
    *out = (struct sequence){DW_UDFVOL_NONE, DW_UDFVOL_NONE, DW_UDFVOL_NONE, DW_UDFVOL_NONE, {0},
                             false};
    struct dw_error why = {0};
    uint32_t at = 0;
    for (unsigned seen = 0; at < extent.blocks && seen < SEQUENCE_MAX; seen++, at++) {
        uint64_t lba = (uint64_t)extent.lba + at;
        dw_status st = lba < volume->blocks.count
                           ? dw_udfvol_block(volume, (uint32_t)lba, d, &why)
                           : dw_error_set(&why, DW_ERR_CORRUPT, "it is cut short");
        if (st != DW_OK)
            return dw_udfvol_tell(volume, DW_UDFVOL_SEQUENCE, extent.lba, err, "the %s: %s", which,
                                  why.text);
        uint16_t id = dw_udfvol_le16(d);
        if (id == 0)
            break; /* unrecorded */
        const char *wrong = dw_udfvol_tag_fault(d, DW_BLOCK_SIZE, (uint32_t)lba, volume->info.nsr);
        if (wrong) {
            if ((st = dw_udfvol_tell(volume, DW_UDFVOL_TAG, (uint32_t)lba, err, "%s", wrong)) !=
                DW_OK)
                return st;
            continue;
        }
        if (id == DW_UDFTAG_TERMINATOR) {
            out->ended = true;
            break;
        }
        if (id == DW_UDFTAG_POINTER) {
            extent = (struct dw_udfvol_extent){dw_udfvol_le32(d + 24),
                                               dw_udfvol_le32(d + 20) / DW_BLOCK_SIZE};
            at = UINT32_MAX; /* becomes 0 */
            continue;
        }
        note_descriptor(out, id, (uint32_t)lba, dw_udfvol_le32(d + 16));
    }
    if (out->pvd == DW_UDFVOL_NONE || out->lvd == DW_UDFVOL_NONE || out->pd == DW_UDFVOL_NONE ||
        !out->ended)
        return dw_udfvol_tell(volume, DW_UDFVOL_SEQUENCE, extent.lba, err, "the %s has no %s",
                              which,
                              out->pvd == DW_UDFVOL_NONE   ? "primary volume descriptor"
                              : out->lvd == DW_UDFVOL_NONE ? "logical volume descriptor"
                              : out->pd == DW_UDFVOL_NONE  ? "partition descriptor"
                                                           : "terminator");
    return DW_OK;
}

static bool is_usable(const struct sequence *sequence)
{
    return sequence->pvd != DW_UDFVOL_NONE && sequence->lvd != DW_UDFVOL_NONE &&
           sequence->pd != DW_UDFVOL_NONE;
}

static dw_status read_sequences(dw_udfvol *volume, struct dw_error *err)
{
    struct dw_udfvol_info *info = &volume->info;
    struct sequence main,
        reserve = {.pvd = DW_UDFVOL_NONE, .lvd = DW_UDFVOL_NONE, .pd = DW_UDFVOL_NONE};
    struct dw_error why = {0}; /* a broken one is no error while the other can be read */
    dw_status st =
        read_sequence(volume, info->main, "main volume descriptor sequence", &main, &why);
    info->main_ok = st == DW_OK && is_usable(&main) && main.ended;
    /* whoever only wants the files need not know that the reserve is broken */
    if (volume->fault || !info->main_ok) {
        st = read_sequence(volume, info->reserve, "reserve volume descriptor sequence", &reserve,
                           &why);
        info->reserve_ok = st == DW_OK && is_usable(&reserve) && reserve.ended;
    }
    const struct sequence *used = is_usable(&main) ? &main : &reserve;
    if (!is_usable(used))
        return dw_error_set(err, DW_ERR_CORRUPT, "%s",
                            why.text[0] ? why.text : "no usable volume descriptor sequence");
    info->pvd = used->pvd;
    info->iuvd = used->iuvd;
    info->lvd = used->lvd;
    info->pd = used->pd;
    return DW_OK;
}

/* --- descriptors --- */

/* The last byte is the length that is used. */
static void read_dstring(const uint8_t *at, size_t size, char *out, size_t out_size)
{
    size_t used = at[size - 1] < size ? at[size - 1] : size - 1;
    if (!dw_udfvol_cs0(at, used, out, out_size))
        out[0] = '\0';
}

static dw_status read_partition(dw_udfvol *volume, struct dw_error *err)
{
    uint8_t d[DW_BLOCK_SIZE];
    struct dw_udfvol_info *info = &volume->info;
    dw_status st = dw_udfvol_block(volume, info->pd, d, err);
    if (st != DW_OK)
        return st;
    info->partition_number = dw_udfvol_le16(d + 22);
    info->access_type = dw_udfvol_le32(d + 184);
    info->partition_start = dw_udfvol_le32(d + 188);
    info->partition_blocks = dw_udfvol_le32(d + 192);
    if (info->partition_start >= volume->blocks.count ||
        info->partition_blocks > volume->blocks.count - info->partition_start)
        return dw_udfvol_tell(volume, DW_UDFVOL_EXTENT, info->pd, err,
                              "the partition has %u blocks from %u on, the disc ends at %u",
                              info->partition_blocks, info->partition_start, volume->blocks.count);
    return DW_OK;
}

static dw_status read_metadata_map(dw_udfvol *volume, const uint8_t *map, struct dw_error *err)
{
    struct dw_udfvol_info *info = &volume->info;
    for (size_t i = 0; i < DW_ARRAY_LEN(type2_maps); i++)
        if (memcmp(map + 5, type2_maps[i].id, 23) == 0 && !type2_maps[i].supported)
            return dw_error_set(err, DW_ERR_UNSUPPORTED, "the volume has a partition of type '%s'",
                                type2_maps[i].id);
    if (memcmp(map + 5, type2_maps[0].id, 23) != 0)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "the volume has a partition of an unknown type");
    info->has_metadata = true;
    info->map_revision = dw_udfvol_le16(map + 28);
    info->metadata_file = dw_udfvol_le32(map + 40);
    info->mirror_file = dw_udfvol_le32(map + 44);
    info->bitmap_file = dw_udfvol_le32(map + 48);
    info->allocation_unit = dw_udfvol_le32(map + 52);
    info->alignment_unit = dw_udfvol_le16(map + 56);
    info->mirror_is_copy = map[58] & 1;
    return DW_OK;
}

/* 3/10.7, UDF 2.2.8 to 2.2.10 */
static dw_status read_maps(dw_udfvol *volume, const uint8_t *lvd, struct dw_error *err)
{
    struct dw_udfvol_info *info = &volume->info;
    uint32_t size = dw_udfvol_le32(lvd + 264), count = dw_udfvol_le32(lvd + 268), at = 440;
    if (size > DW_BLOCK_SIZE - at || count == 0 || count > DW_UDFVOL_MAPS_MAX)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the volume has %u partition maps of %u bytes",
                            count, size);
    uint32_t end = at + size;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *map = lvd + at;
        uint8_t length = end - at >= 6 ? map[1] : 0;
        bool plain = map[0] == 1 && length == 6, typed = map[0] == 2 && length == 64;
        if ((!plain && !typed) || length > end - at)
            return dw_error_set(err, DW_ERR_CORRUPT, "partition map %u is none", i);
        uint16_t number = dw_udfvol_le16(map + (plain ? 4 : 38));
        if (number != info->partition_number)
            return dw_error_set(err, DW_ERR_UNSUPPORTED, "the volume has partitions %u and %u",
                                number, info->partition_number);
        dw_status st = plain ? DW_OK : read_metadata_map(volume, map, err);
        if (st != DW_OK)
            return st;
        volume->maps[i] =
            (struct dw_udfvol_map){typed, info->partition_start, info->partition_blocks};
        volume->map_count = i + 1;
        at += length;
    }
    return DW_OK;
}

static dw_status add_run(struct dw_udfvol_runs *runs, uint32_t lba, uint32_t blocks,
                         struct dw_error *err)
{
    if (runs->count == RUNS_MAX || blocks > UINT32_MAX - runs->blocks)
        return dw_error_set(err, DW_ERR_LIMIT, "the metadata file has more than %d extents",
                            RUNS_MAX);
    if (runs->count == runs->cap) {
        size_t cap = runs->cap ? runs->cap * 2 : 16;
        struct dw_udfvol_run *list = realloc(runs->list, cap * sizeof *list);
        if (!list)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        runs->list = list;
        runs->cap = cap;
    }
    runs->list[runs->count++] = (struct dw_udfvol_run){runs->blocks, lba, blocks};
    runs->blocks += blocks;
    return DW_OK;
}

/* A metadata file: file type 250 or 251, its pieces in the physical partition (UDF 2.2.13). */
static dw_status read_runs(dw_udfvol *volume, uint16_t physical, uint32_t block, uint8_t file_type,
                           struct dw_udfvol_runs *out, struct dw_error *err)
{
    struct dw_udfvol_node node;
    struct dw_udfvol_pieces pieces;
    struct dw_udfvol_piece piece;
    dw_status st = dw_udfvol_node(volume, physical, block, &node, err);
    if (st != DW_OK)
        return st;
    if (node.entry.file_type != file_type || node.entry.is_embedded)
        return dw_error_set(err, DW_ERR_CORRUPT, "the file at block %u has type %u, not %u",
                            node.entry.icb_lba, node.entry.file_type, file_type);
    dw_udfvol_pieces(volume, &node, &pieces);
    while ((st = dw_udfvol_next(&pieces, &piece, err)) == DW_OK && piece.bytes != 0) {
        uint32_t lba = 0, run = 0, blocks = piece.bytes / DW_BLOCK_SIZE;
        if (piece.type != 0 || piece.bytes % DW_BLOCK_SIZE != 0 || piece.partition != physical ||
            !dw_udfvol_place(volume, physical, piece.block, false, &lba, &run) || run < blocks)
            return dw_error_set(err, DW_ERR_CORRUPT,
                                "an extent of the metadata file is not on the disc");
        if ((st = add_run(out, lba, blocks, err)) != DW_OK)
            return st;
    }
    if (st == DW_OK && out->blocks == 0)
        st = dw_error_set(err, DW_ERR_CORRUPT, "the metadata file is empty");
    return st;
}

static dw_status read_metadata(dw_udfvol *volume, struct dw_error *err)
{
    struct dw_udfvol_info *info = &volume->info;
    struct dw_error why = {0}, why_mirror = {0};
    uint16_t physical = 0;
    if (!info->has_metadata)
        return DW_OK;
    while (physical < volume->map_count && volume->maps[physical].is_metadata)
        physical++;
    if (physical == volume->map_count)
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "the metadata partition has no partition to lie in");
    dw_status st =
        read_runs(volume, physical, info->metadata_file, 250, &volume->metadata[0], &why);
    info->metadata_ok = st == DW_OK;
    if (st == DW_ERR_INTERNAL)
        return dw_error_set(err, st, "%s", why.text);
    if (!info->metadata_ok)
        volume->metadata[0].count = volume->metadata[0].blocks = 0;
    st = read_runs(volume, physical, info->mirror_file, 251, &volume->metadata[1], &why_mirror);
    info->mirror_ok = st == DW_OK;
    if (st == DW_ERR_INTERNAL)
        return dw_error_set(err, st, "%s", why_mirror.text);
    if (!info->metadata_ok && !info->mirror_ok)
        return dw_error_set(err, DW_ERR_CORRUPT, "neither metadata file nor mirror: %s", why.text);
    if (!info->metadata_ok)
        dw_udfvol_note(volume, DW_UDFVOL_METADATA,
                       volume->maps[physical].start + info->metadata_file, why.text);
    if (!info->mirror_ok)
        dw_udfvol_note(volume, DW_UDFVOL_METADATA, volume->maps[physical].start + info->mirror_file,
                       why_mirror.text);
    /* a mirror that only names the same blocks again is no second copy */
    if (!info->mirror_ok || (!info->mirror_is_copy && info->metadata_ok))
        volume->metadata[1].count = volume->metadata[1].blocks = 0;
    return DW_OK;
}

/* --- integrity, file set --- */

static void read_integrity(dw_udfvol *volume)
{
    uint8_t d[DW_BLOCK_SIZE];
    struct dw_udfvol_info *info = &volume->info;
    struct dw_udfvol_extent extent = info->integrity;
    info->integrity_lba = DW_UDFVOL_NONE;
    uint32_t at = 0;
    for (unsigned seen = 0; at < extent.blocks && seen < INTEGRITY_MAX; seen++, at++) {
        uint64_t lba = (uint64_t)extent.lba + at;
        if (lba >= volume->blocks.count ||
            dw_udfvol_block(volume, (uint32_t)lba, d, NULL) != DW_OK ||
            dw_udfvol_le16(d) != DW_UDFTAG_INTEGRITY)
            return;
        const char *wrong = dw_udfvol_tag_fault(d, DW_BLOCK_SIZE, (uint32_t)lba, info->nsr);
        if (wrong) {
            dw_udfvol_note(volume, DW_UDFVOL_TAG, (uint32_t)lba, wrong);
            return;
        }
        info->integrity_lba = (uint32_t)lba;
        if (dw_udfvol_le32(d + 32) / DW_BLOCK_SIZE != 0) { /* 3/10.10.3: it goes on elsewhere */
            extent = (struct dw_udfvol_extent){dw_udfvol_le32(d + 36),
                                               dw_udfvol_le32(d + 32) / DW_BLOCK_SIZE};
            at = UINT32_MAX; /* becomes 0 */
        }
    }
}

static dw_status read_file_set(dw_udfvol *volume, const uint8_t *lvd, struct dw_error *err)
{
    uint8_t d[DW_BLOCK_SIZE];
    bool mirror;
    struct dw_udfvol_info *info = &volume->info;
    dw_status st =
        dw_udfvol_descriptor(volume, dw_udfvol_le16(lvd + 256), dw_udfvol_le32(lvd + 252),
                             DW_UDFTAG_FSD, DW_UDFTAG_FSD, d, &info->fsd, &mirror, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "file set descriptor");
    read_dstring(d + 304, 32, info->fileset_id, sizeof info->fileset_id);
    volume->root_block = dw_udfvol_le32(d + 404);
    volume->root_partition = dw_udfvol_le16(d + 408);
    uint32_t run;
    if (!dw_udfvol_place(volume, volume->root_partition, volume->root_block, false, &info->root_icb,
                         &run))
        return dw_error_set(err, DW_ERR_CORRUPT, "the root of the volume is not on the disc");
    return DW_OK;
}

static dw_status read_logical_volume(dw_udfvol *volume, struct dw_error *err)
{
    uint8_t pvd[DW_BLOCK_SIZE], lvd[DW_BLOCK_SIZE];
    struct dw_udfvol_info *info = &volume->info;
    dw_status st = dw_udfvol_block(volume, info->pvd, pvd, err);
    if (st == DW_OK)
        st = dw_udfvol_block(volume, info->lvd, lvd, err);
    if (st != DW_OK)
        return st;
    read_dstring(pvd + 24, 32, info->volume_id, sizeof info->volume_id);
    read_dstring(lvd + 84, 128, info->logical_volume_id, sizeof info->logical_volume_id);
    info->tag_version = dw_udfvol_le16(lvd + 2);
    info->revision = dw_udfvol_le16(lvd + 240);
    info->integrity = (struct dw_udfvol_extent){dw_udfvol_le32(lvd + 436),
                                                dw_udfvol_le32(lvd + 432) / DW_BLOCK_SIZE};
    if (dw_udfvol_le32(lvd + 212) != DW_BLOCK_SIZE)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the volume has blocks of %u bytes, not %d",
                            dw_udfvol_le32(lvd + 212), DW_BLOCK_SIZE);
    if ((st = read_partition(volume, err)) != DW_OK ||
        (st = read_maps(volume, lvd, err)) != DW_OK || (st = read_metadata(volume, err)) != DW_OK)
        return st;
    read_integrity(volume);
    return read_file_set(volume, lvd, err);
}

dw_status dw_udfvol_open(const struct dw_blocks *blocks, dw_udfvol_fault_fn *fault, void *ctx,
                         struct dw_udfvol_info *info, dw_udfvol **out, struct dw_error *err)
{
    dw_udfvol *volume = calloc(1, sizeof *volume);
    *out = NULL;
    if (!volume)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    volume->blocks = *blocks;
    volume->fault = fault;
    volume->fault_ctx = ctx;
    volume->path = "";
    volume->info.pvd = volume->info.lvd = volume->info.pd = volume->info.iuvd = DW_UDFVOL_NONE;
    volume->info.integrity_lba = volume->info.fsd = volume->info.root_icb = DW_UDFVOL_NONE;
    dw_status st =
        blocks->count > RECOGNITION_FIRST
            ? read_recognition(volume, err)
            : dw_error_set(err, DW_ERR_NOT_FOUND, "only %u blocks: no UDF volume", blocks->count);
    if (st == DW_OK)
        st = read_anchors(volume, err);
    if (st == DW_OK)
        st = read_sequences(volume, err);
    if (st == DW_OK)
        st = read_logical_volume(volume, err);
    if (info)
        *info = volume->info;
    if (st == DW_OK)
        *out = volume;
    else
        dw_udfvol_close(volume);
    return st;
}

void dw_udfvol_close(dw_udfvol *volume)
{
    if (!volume)
        return;
    free(volume->metadata[0].list);
    free(volume->metadata[1].list);
    free(volume);
}

const struct dw_udfvol_info *dw_udfvol_info(const dw_udfvol *volume)
{
    return &volume->info;
}
