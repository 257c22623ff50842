/* The layout of the volume: what the revision asks for, where files, mirror and anchors come to lie. */
#include "burn/image/udf.h"

#include <stdlib.h>

#include "base/text.h"
#include "burn/image/udf_private.h"

#define LABEL_CHARACTERS_MAX 30 /* what a dstring of 32 bytes holds */

/* 2.60 differs from 2.50 by pseudo-overwrite alone, and asks no more of a reader; Linux refuses more than
 * 2.50. Below 2.50 plain file entries: every reader takes them. */
static const struct dw_udf_revision revisions[] = {
    {.number = 0x0102, .name = "1.02", .nsr = "NSR02", .tag_version = 2, .min_read = 0x0102,
     .min_write = 0x0102, .folder_permissions = 0x56B5},
    {.number = 0x0150, .name = "1.50", .nsr = "NSR02", .tag_version = 2, .min_read = 0x0150,
     .min_write = 0x0150, .folder_permissions = 0x56B5},
    {.number = 0x0200, .name = "2.00", .nsr = "NSR03", .tag_version = 3, .min_read = 0x0200,
     .min_write = 0x0200, .folder_permissions = 0x56B5},
    {.number = 0x0201, .name = "2.01", .nsr = "NSR03", .tag_version = 3, .min_read = 0x0201,
     .min_write = 0x0201, .folder_permissions = 0x56B5},
    {.number = 0x0250, .name = "2.50", .nsr = "NSR03", .tag_version = 3, .min_read = 0x0250,
     .min_write = 0x0250, .folder_permissions = 0x5EF7, .has_metadata = true},
    {.number = 0x0260, .name = "2.60", .nsr = "NSR03", .tag_version = 3, .min_read = 0x0250,
     .min_write = 0x0260, .folder_permissions = 0x5EF7, .has_metadata = true},
};

static const struct dw_udf_revision *find_revision(uint16_t number)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(revisions); i++)
        if (revisions[i].number == number)
            return &revisions[i];
    return NULL;
}

bool dw_udf_revision_is_known(uint16_t revision)
{
    return find_revision(revision) != NULL;
}

const char *dw_udf_revision_name(uint16_t revision)
{
    const struct dw_udf_revision *found = find_revision(revision);
    return found ? found->name : "?";
}

uint16_t dw_udf_revision_from_name(const char *name)
{
    for (size_t i = 0; name && i < DW_ARRAY_LEN(revisions); i++)
        if (strcmp(revisions[i].name, name) == 0)
            return revisions[i].number;
    return 0;
}

static uint64_t round_up(uint64_t blocks, uint32_t unit)
{
    return (blocks + unit - 1) / unit * unit;
}

static uint32_t ecc_blocks(const struct dw_udf_revision *revision)
{
    return revision->has_metadata ? 32 : 16; /* BD, DVD */
}

/* --- measuring --- */

/* FNV-1a of what makes this volume this one: the spec wants an id that no other has, we want the same tree to
 * give the same bytes. */
static uint64_t content_hash(const dw_tree *tree, size_t files)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < files; i++) {
        struct dw_tree_file file;
        dw_tree_file(tree, i, &file);
        h = (h ^ file.size_bytes) * 0x100000001b3u;
        for (const char *p = file.disc_path; *p; p++)
            h = (h ^ (unsigned char)*p) * 0x100000001b3u;
        for (size_t k = 0; file.has_sha256 && k < DW_SHA256_SIZE; k++)
            h = (h ^ file.sha256[k]) * 0x100000001b3u;
    }
    for (const char *p = dw_tree_label(tree); *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3u;
    return h ^ h >> 32;
}

/* Volume set id: 8 hexadecimal digits of time, 8 of what is ours, then what we like (UDF 2.2.2.5). */
static dw_status name_volume(dw_udf *udf, struct dw_error *err)
{
    uint32_t hash = (uint32_t)content_hash(udf->tree, udf->file_count);
    const char *label = dw_tree_label(udf->tree);
    size_t bytes = dw_udf_cs0_bytes(label);
    if (*label != '\0' && (bytes == 0 || bytes > LABEL_CHARACTERS_MAX + 1))
        return dw_error_set(err, DW_ERR_INVALID, "a volume label of %zu bytes does not fit UDF's %d",
                            strlen(label), LABEL_CHARACTERS_MAX);
    bool fits = *label != '\0' ? dw_text_copy(udf->label, sizeof udf->label, label)
                               : dw_text_format(udf->label, sizeof udf->label, "DISC_%08X", hash);
    fits = fits && dw_text_format(udf->set_id, sizeof udf->set_id, "%08X%08X%s",
                                  (uint32_t)dw_tree_made_at_s(udf->tree), hash, udf->label);
    return fits ? DW_OK
                : dw_error_set(err, DW_ERR_INVALID, "a volume label of %zu bytes is too long",
                               strlen(label));
}

static dw_status check_sizes(const dw_udf *udf, struct dw_error *err)
{
    static const uint64_t max = (uint64_t)DW_UDF_FILE_EXTENTS_MAX * DW_UDF_EXTENT_BYTES_MAX;
    for (uint32_t i = 0; i < udf->file_count; i++) {
        struct dw_tree_file file;
        dw_tree_file(udf->tree, i, &file);
        if (file.size_bytes > max)
            return dw_error_set(err, DW_ERR_LIMIT, "a file of %llu bytes is larger than %llu",
                                (unsigned long long)file.size_bytes, (unsigned long long)max);
    }
    return DW_OK;
}

static dw_status measure(dw_udf *udf, struct dw_error *err)
{
    dw_status st = check_sizes(udf, err);
    if (st == DW_OK)
        st = name_volume(udf, err);
    if (st == DW_OK)
        st = dw_udf_index(udf, err);
    if (st == DW_OK && udf->revision->has_metadata)
        udf->structure_blocks = (uint32_t)round_up(udf->structure_blocks, DW_UDF_UNIT);
    return st;
}

dw_status dw_udf_new(const dw_tree *tree, uint16_t revision, uint32_t volume_descriptors,
                     dw_udf **out, struct dw_error *err)
{
    const struct dw_udf_revision *row = find_revision(revision);
    if (!row)
        return dw_error_set(err, DW_ERR_INVALID, "no UDF revision has the number 0x%04X", revision);
    if (volume_descriptors > (row->has_metadata ? 0 : DW_UDF_VOLUME_DESCRIPTORS_MAX))
        return dw_error_set(err, DW_ERR_INVALID, "UDF %s cannot follow %u descriptors of ISO 9660",
                            row->name, volume_descriptors);
    if (dw_tree_file_count(tree) + dw_tree_folder_count(tree) > DW_TREE_ENTRIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d files and folders for one disc",
                            DW_TREE_ENTRIES_MAX);
    dw_udf *udf = calloc(1, sizeof *udf);
    if (!udf)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the UDF view of a disc");
    udf->tree = tree;
    udf->revision = row;
    udf->volume_descriptors = volume_descriptors;
    udf->folder_count = (uint32_t)dw_tree_folder_count(tree) + 1;
    udf->file_count = (uint32_t)dw_tree_file_count(tree);
    dw_status st = measure(udf, err);
    if (st != DW_OK) {
        dw_udf_free(udf);
        return st;
    }
    *out = udf;
    return DW_OK;
}

void dw_udf_free(dw_udf *udf)
{
    if (!udf)
        return;
    free(udf->folders);
    free(udf->children);
    free(udf->checkpoints);
    free(udf);
}

/* --- placing --- */

uint32_t dw_udf_front_blocks(const dw_udf *udf)
{
    return (uint32_t)round_up((uint64_t)dw_udf_structure_lba(udf) + udf->structure_blocks,
                              ecc_blocks(udf->revision));
}

static dw_status check_files(const dw_udf *udf, const uint32_t *file_lba, uint32_t files_end,
                             struct dw_error *err)
{
    uint32_t front = dw_udf_front_blocks(udf);
    if (files_end < front)
        return dw_error_set(err, DW_ERR_INTERNAL, "files end at block %u, before %u", files_end,
                            front);
    for (uint32_t i = 0; i < udf->file_count; i++) {
        struct dw_tree_file file;
        dw_tree_file(udf->tree, i, &file);
        if (file.size_bytes == 0)
            continue;
        if (file_lba[i] < front || file_lba[i] + dw_udf_blocks_of(file.size_bytes) > files_end)
            return dw_error_set(err, DW_ERR_INTERNAL, "file %u lies at block %u, not in %u to %u", i,
                                file_lba[i], front, files_end);
    }
    return DW_OK;
}

dw_status dw_udf_place(dw_udf *udf, const uint32_t *file_lba, uint32_t files_end,
                       uint32_t *out_blocks, struct dw_error *err)
{
    dw_status st = check_files(udf, file_lba, files_end, err);
    if (st != DW_OK)
        return st;
    uint64_t partition_end = files_end, blocks;
    if (udf->revision->has_metadata) {
        /* The mirror's entry is the last block of a unit, its data the next units. Behind them, in an ECC
         * block of their own, the anchor 256 blocks before the last one, and the reserve sequence. */
        partition_end = round_up((uint64_t)files_end + 1, DW_UDF_UNIT) + udf->structure_blocks;
        blocks = partition_end + DW_UDF_UNIT + 256;
    } else {
        blocks = round_up(partition_end + 1, ecc_blocks(udf->revision));
    }
    if (blocks > INT32_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "%llu blocks are more than a volume may have",
                            (unsigned long long)blocks);
    udf->file_lba = file_lba;
    udf->blocks = (uint32_t)blocks;
    udf->partition_blocks = (uint32_t)partition_end - dw_udf_partition_lba(udf);
    udf->mirror = (uint32_t)partition_end - udf->structure_blocks - 1;
    *out_blocks = udf->blocks;
    return DW_OK;
}

/* --- rendering --- */

static bool metadata_block(const dw_udf *udf, uint32_t lba, uint8_t out[DW_BLOCK_SIZE])
{
    uint32_t block = lba - DW_UDF_METADATA_PARTITION;
    if (block != 0 && lba != udf->mirror)
        return false;
    dw_udf_metadata_entry(udf, block != 0, block, block == 0 ? DW_UDF_UNIT : block + 1, out);
    return true;
}

bool dw_udf_block(const dw_udf *udf, uint32_t lba, uint8_t out[DW_BLOCK_SIZE])
{
    uint32_t partition = dw_udf_partition_lba(udf);
    if (lba < partition || lba >= partition + udf->partition_blocks)
        return dw_udf_volume_block(udf, lba, out);
    uint32_t block = lba - dw_udf_structure_lba(udf); /* wraps below it, and is large */
    if (block < udf->structure_blocks)
        return dw_udf_structure_block(udf, block, out);
    if (!udf->revision->has_metadata)
        return false;
    if (lba > udf->mirror)
        return dw_udf_structure_block(udf, lba - udf->mirror - 1, out);
    return metadata_block(udf, lba, out);
}

uint64_t dw_udf_overhead_blocks_max(uint16_t revision, size_t files, size_t folders)
{
    const struct dw_udf_revision *row = find_revision(revision);
    if (!row)
        return 0;
    /* Names of 12 characters in 16 bits: 38 + 25, in words. Each block of a directory may lose 32 bytes so that
     * no tag is cut, and each directory ends in a block of its own. */
    uint64_t entries = (uint64_t)files + folders;
    uint64_t identifiers = entries * 64 + (folders + 1) * 40;
    uint64_t directories = identifiers / (DW_BLOCK_SIZE - DW_UDF_IMPLEMENTATION_BYTES) + folders + 1;
    uint64_t structure = 2 + entries + 1 + directories;
    uint64_t ecc = ecc_blocks(row);
    if (!row->has_metadata)
        return DW_UDF_PARTITION + structure + (ecc - 1) + 1 + (ecc - 1);
    structure = round_up(structure, DW_UDF_UNIT);
    return DW_UDF_METADATA_PARTITION + DW_UDF_UNIT + 2 * structure + DW_UDF_UNIT + DW_UDF_UNIT + 256;
}
