/* What describes the files: file set, entries, directories (ECMA-167 4/14, OSTA UDF 2.3; facts 7.5 to 7.7). */
#include "burn/image/udf_private.h"

#include <assert.h>

enum { FILE_TYPE_FOLDER = 4, FILE_TYPE_PLAIN = 5, FILE_TYPE_METADATA = 250, FILE_TYPE_MIRROR = 251 };
enum { FLAG_LONG_ADS = 1, FLAG_ARCHIVE = 0x20 };
enum { IS_FOLDER = 2, IS_PARENT = 8 };

#define PERMISSIONS_FILE 0x5AD6u     /* everyone reads, writes, deletes: PS3.12 P.2.1.5, X.2.1.5 */
#define PERMISSIONS_METADATA 0x1084u /* everyone reads; no directory names it */

struct entry {
    uint8_t file_type;
    uint16_t flags;
    uint32_t permissions;
    uint16_t links;
    uint64_t size_bytes;
    int64_t modified_s;
    uint64_t unique_id;
    uint32_t first_block; /* of the data, in its partition */
    uint32_t extent_bytes_max;
};

/* --- file set --- */

static uint16_t structure_partition(const dw_udf *udf) /* reference: number of the map */
{
    return udf->revision->has_metadata ? 1 : 0;
}

static void put_icb_ad(const dw_udf *udf, uint8_t *at, uint32_t block, uint32_t unique_id)
{
    dw_udf_put_long_ad(at, DW_BLOCK_SIZE, block, structure_partition(udf), unique_id);
}

static void put_file_set(const dw_udf *udf, uint8_t *out)
{
    dw_udf_put_time(out + 16, dw_tree_made_at_s(udf->tree));
    dw_udf_put16(out + 28, 3);
    dw_udf_put16(out + 30, 3);
    dw_udf_put32(out + 32, 1);
    dw_udf_put32(out + 36, 1);
    dw_udf_put_charspec(out + 48);
    dw_udf_put_dstring(out + 112, 128, udf->label);
    dw_udf_put_charspec(out + 240);
    dw_udf_put_dstring(out + 304, 32, udf->label);
    put_icb_ad(udf, out + 400, udf->folders[0].icb, 0);
    dw_udf_put_domain(udf, out + 416);
    dw_udf_put_tag(udf, out, DW_UDF_TAG_FILE_SET, 0, 512);
}

/* --- entries --- */

/* Allocation descriptors from `at` on, all but the last of the greatest size; returns their bytes. */
static uint32_t put_extents(const struct entry *e, uint8_t *at)
{
    uint32_t block = e->first_block, bytes = 0;
    for (uint64_t left = e->size_bytes; left > 0;) {
        uint32_t length = left > e->extent_bytes_max ? e->extent_bytes_max : (uint32_t)left;
        if (e->flags & FLAG_LONG_ADS) {
            dw_udf_put_long_ad(at + bytes, length, block, 0, 0);
            bytes += 16;
        } else {
            dw_udf_put_short_ad(at + bytes, length, block);
            bytes += 8;
        }
        block += length / DW_BLOCK_SIZE;
        left -= length;
    }
    return bytes;
}

/* FE (4/14.9) and EFE (4/14.17) share their first 64 bytes and, shifted, nearly all the rest. */
static void put_entry(const dw_udf *udf, const struct entry *e, uint32_t location, uint8_t *out)
{
    bool extended = udf->revision->has_metadata;
    memset(out, 0, DW_BLOCK_SIZE);
    dw_udf_put16(out + 20, 4); /* strategy: this one entry */
    dw_udf_put16(out + 24, 1);
    out[27] = e->file_type;
    dw_udf_put16(out + 34, e->flags);
    dw_udf_put32(out + 36, UINT32_MAX); /* nobody's in particular (UDF 3.3.3.1) */
    dw_udf_put32(out + 40, UINT32_MAX);
    dw_udf_put32(out + 44, e->permissions);
    dw_udf_put16(out + 48, e->links);
    dw_udf_put64(out + 56, e->size_bytes);
    uint8_t *at = out + 64;
    if (extended) {
        dw_udf_put64(at, e->size_bytes); /* object size: all streams */
        at += 8;
    }
    dw_udf_put64(at, dw_udf_blocks_of(e->size_bytes));
    dw_udf_put_time(at + 8, e->modified_s); /* access, modification, creation, attributes */
    memcpy(at + 20, at + 8, 12);
    memcpy(at + 32, at + 8, 12);
    if (extended)
        memcpy(at + 44, at + 8, 12);
    at += extended ? 56 : 44;
    dw_udf_put32(at, 1); /* checkpoint */
    at += extended ? 4 + 4 + 16 + 16 : 4 + 16; /* reserved, extended attributes, streams */
    dw_udf_put_implementation(at);
    dw_udf_put64(at + 32, e->unique_id);
    uint32_t extents = put_extents(e, at + 48);
    dw_udf_put32(at + 44, extents); /* L_EA before it is 0 */
    size_t bytes = (size_t)(at + 48 - out) + extents;
    dw_udf_put_tag(udf, out, extended ? DW_UDF_TAG_EXTENDED_ENTRY : DW_UDF_TAG_FILE_ENTRY, location,
                   bytes);
}

void dw_udf_metadata_entry(const dw_udf *udf, bool is_mirror, uint32_t location, uint32_t data_block,
                           uint8_t out[DW_BLOCK_SIZE])
{
    struct entry e = {
        .file_type = is_mirror ? FILE_TYPE_MIRROR : FILE_TYPE_METADATA,
        .permissions = PERMISSIONS_METADATA,
        .size_bytes = (uint64_t)udf->structure_blocks * DW_BLOCK_SIZE,
        .modified_s = dw_tree_made_at_s(udf->tree),
        .first_block = data_block,
        .extent_bytes_max = DW_UDF_METADATA_EXTENT_BYTES_MAX,
    };
    put_entry(udf, &e, location, out);
}

/* Of folders and files alike: 0 for the root, then from 16 on (UDF 3.2.1.1). */
static uint32_t unique_id_of(uint32_t entry)
{
    return entry == 0 ? 0 : DW_UDF_UNIQUE_ID_FIRST - 1 + entry;
}

static void put_folder_entry(const dw_udf *udf, uint32_t folder, uint8_t *out)
{
    const struct dw_udf_folder *f = &udf->folders[folder];
    struct entry e = {
        .file_type = FILE_TYPE_FOLDER,
        .permissions = udf->revision->folder_permissions,
        .links = (uint16_t)(1 + f->folders),
        .size_bytes = f->bytes,
        .modified_s = dw_tree_made_at_s(udf->tree),
        .unique_id = unique_id_of(folder),
        .first_block = f->icb + 1,
        .extent_bytes_max = DW_UDF_EXTENT_BYTES_MAX,
    };
    put_entry(udf, &e, f->icb, out);
}

static void put_file_entry(const dw_udf *udf, uint32_t file, uint8_t *out)
{
    struct dw_tree_file source;
    dw_tree_file(udf->tree, file, &source);
    bool metadata = udf->revision->has_metadata;
    struct entry e = {
        .file_type = FILE_TYPE_PLAIN,
        /* Its data lies in another partition than its entry: a short_ad could not say so. */
        .flags = FLAG_ARCHIVE | (metadata ? FLAG_LONG_ADS : 0),
        .permissions = PERMISSIONS_FILE,
        .links = 1,
        .size_bytes = source.size_bytes,
        .modified_s = source.modified_s,
        .unique_id = unique_id_of(udf->folder_count + file),
        .extent_bytes_max = DW_UDF_EXTENT_BYTES_MAX,
    };
    if (source.size_bytes > 0)
        e.first_block = udf->file_lba[file] - dw_udf_partition_lba(udf);
    put_entry(udf, &e, udf->file_icbs + file, out);
}

/* --- directories --- */

struct identifier {
    uint8_t bytes[DW_UDF_FID_BYTES + DW_UDF_IMPLEMENTATION_BYTES + DW_UDF_NAME_MAX + 3];
    uint32_t size;
};

/* The FID of child 0 (the parent) or of child i, at that offset of the directory. */
static void make_identifier(const dw_udf *udf, uint32_t folder, uint32_t child, uint32_t offset,
                            struct identifier *out)
{
    const struct dw_udf_folder *f = &udf->folders[folder];
    uint32_t entry = child == 0 ? f->parent : udf->children[f->first_child + child - 1];
    const char *name = child == 0 ? "" : dw_udf_entry_name(udf, entry);
    size_t name_bytes = dw_udf_cs0_bytes(name);
    assert(name_bytes <= DW_UDF_NAME_MAX); /* measured */
    uint32_t plain = dw_udf_fid_bytes(offset, name_bytes, true);
    bool is_last = child == dw_udf_child_count(udf, folder);
    uint8_t *at = out->bytes;
    memset(at, 0, sizeof out->bytes);
    out->size = dw_udf_fid_bytes(offset, name_bytes, is_last);
    dw_udf_put16(at + 16, 1);
    at[18] = (entry < udf->folder_count ? IS_FOLDER : 0) | (child == 0 ? IS_PARENT : 0);
    at[19] = (uint8_t)name_bytes;
    uint32_t icb = entry < udf->folder_count ? udf->folders[entry].icb
                                             : udf->file_icbs + (entry - udf->folder_count);
    put_icb_ad(udf, at + 20, icb, unique_id_of(entry));
    uint32_t use = out->size - plain;
    dw_udf_put16(at + 36, (uint16_t)use);
    if (use > 0)
        dw_udf_put_implementation(at + DW_UDF_FID_BYTES);
    dw_udf_put_cs0(at + DW_UDF_FID_BYTES + use, name);
    /* The tag knows the block in which it begins. */
    dw_udf_put_tag(udf, at, DW_UDF_TAG_IDENTIFIER, f->icb + 1 + offset / DW_BLOCK_SIZE, out->size);
}

/* Copy what of the FID at that offset lies in the block that begins at `begin`. */
static void copy_overlap(const struct identifier *fid, uint32_t offset, uint32_t begin, uint8_t *out)
{
    uint32_t from = offset < begin ? begin : offset;
    uint32_t to = offset + fid->size;
    if (to > begin + DW_BLOCK_SIZE)
        to = begin + DW_BLOCK_SIZE;
    memcpy(out + (from - begin), fid->bytes + (from - offset), to - from);
}

static void put_directory(const dw_udf *udf, uint32_t folder, uint32_t number, uint8_t *out)
{
    const struct dw_udf_folder *f = &udf->folders[folder];
    /* Each folder before this one has one block more than it has checkpoints: its entry. */
    struct dw_udf_checkpoint start = udf->checkpoints[f->icb - 2 - folder + number];
    uint32_t begin = number * DW_BLOCK_SIZE;
    memset(out, 0, DW_BLOCK_SIZE);
    for (uint32_t at = start.offset, child = start.child; at < f->bytes && at < begin + DW_BLOCK_SIZE;
         child++) {
        struct identifier fid;
        make_identifier(udf, folder, child, at, &fid);
        copy_overlap(&fid, at, begin, out);
        at += fid.size;
    }
}

static uint32_t folder_at(const dw_udf *udf, uint32_t block) /* whose entry or directory lies there */
{
    uint32_t low = 0, high = udf->folder_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (udf->folders[middle].icb <= block)
            low = middle;
        else
            high = middle;
    }
    return low;
}

bool dw_udf_structure_block(const dw_udf *udf, uint32_t block, uint8_t out[DW_BLOCK_SIZE])
{
    if (block >= udf->file_icbs + udf->file_count)
        return false; /* up to the end of the unit */
    if (block >= udf->file_icbs) {
        put_file_entry(udf, block - udf->file_icbs, out);
    } else if (block >= udf->folders[0].icb) {
        uint32_t folder = folder_at(udf, block);
        uint32_t icb = udf->folders[folder].icb;
        if (block == icb)
            put_folder_entry(udf, folder, out);
        else
            put_directory(udf, folder, block - icb - 1, out);
    } else {
        memset(out, 0, DW_BLOCK_SIZE);
        if (block == 0)
            put_file_set(udf, out);
        else
            dw_udf_put_tag(udf, out, DW_UDF_TAG_TERMINATING, 1, 512);
    }
    return true;
}
