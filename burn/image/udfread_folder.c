/* The file identifier descriptors of one directory (ECMA-167 4/14.4), which may cross blocks. */
#include <stdlib.h>
#include <string.h>
#include "burn/image/udfread_private.h"

#define FID_HEAD 38
#define FID_MAX (FID_HEAD + 65535 + 255 + 3)
#define FID_DELETED 0x04
#define FID_PARENT 0x08
#define FID_FOLDER 0x02
#define FID_HIDDEN 0x01
#define FID_RESERVED 0xF0 /* 0x10 belongs to streams, which are no names of a folder */
#define WINDOW_BYTES (2 * 65536 + 2 * DW_BLOCK_SIZE)
#define NAME_MAX_UTF8 768

static const char not_cs0[] = "a name is not in OSTA Compressed Unicode";

struct stream { /* a window that moves over the directory's bytes */
    dw_udfvol *volume;
    const struct dw_udfvol_node *node;
    uint64_t *budget_blocks;
    uint64_t begin;   /* of the window in the directory */
    size_t have, pos; /* bytes in the window, and how many of them are done with */
    bool mirror;
    uint64_t piece_begin, piece_end; /* of the piece that `block` is the first of */
    uint32_t block;
    uint16_t partition;
    uint8_t data[WINDOW_BYTES];
};

/* At least `need` bytes from pos on, unless the directory ends before. */
static dw_status fill(struct stream *stream, size_t need, struct dw_error *err)
{
    uint64_t left = stream->node->entry.size_bytes - stream->begin - stream->have;
    if (stream->have - stream->pos >= need || left == 0)
        return DW_OK;
    memmove(stream->data, stream->data + stream->pos, stream->have - stream->pos);
    stream->begin += stream->pos;
    stream->have -= stream->pos;
    stream->pos = 0;
    size_t room = sizeof stream->data - stream->have;
    size_t more = left < room ? (size_t)left : room;
    uint64_t blocks = (more + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE;
    if (!stream->node->entry.is_embedded) {
        if (blocks > *stream->budget_blocks + 1)
            return dw_error_set(err, DW_ERR_CORRUPT,
                                "the folders of the volume are larger than itself");
        *stream->budget_blocks -= blocks < *stream->budget_blocks ? blocks : *stream->budget_blocks;
    }
    uint64_t at = stream->begin + stream->have;
    bool copy = dw_udfvol_has_copy(stream->volume, stream->node->entry.icb_partition);
    dw_status st =
        dw_udfvol_read_node(stream->volume, stream->node, at, stream->data + stream->have, more,
                            stream->mirror, copy ? NULL : err);
    if (st != DW_OK && copy)
        st = dw_udfvol_read_node(stream->volume, stream->node, at, stream->data + stream->have,
                                 more, !stream->mirror, err);
    if (st == DW_OK)
        stream->have += more;
    return st;
}

/* Which block of its partition byte `at` of the directory lies in. */
static dw_status locate(struct stream *stream, uint64_t at, uint32_t *out_block,
                        uint16_t *out_partition, struct dw_error *err)
{
    const struct dw_udfvol_entry *entry = &stream->node->entry;
    *out_block = entry->icb_block;
    *out_partition = entry->icb_partition;
    if (entry->is_embedded)
        return DW_OK;
    if (at < stream->piece_begin || at >= stream->piece_end) {
        struct dw_udfvol_pieces pieces;
        struct dw_udfvol_piece piece = {0};
        uint64_t begin = 0, end = 0;
        dw_udfvol_pieces(stream->volume, stream->node, &pieces);
        do {
            begin = end;
            dw_status st = dw_udfvol_next(&pieces, &piece, err);
            if (st == DW_OK && piece.bytes == 0)
                st =
                    dw_error_set(err, DW_ERR_CORRUPT, "the extents of a folder end before it does");
            if (st != DW_OK)
                return st;
            end = begin + piece.bytes;
        } while (at >= end);
        stream->piece_begin = begin;
        stream->piece_end = end;
        stream->block = piece.block;
        stream->partition = piece.partition;
    }
    *out_block = stream->block + (uint32_t)((at - stream->piece_begin) / DW_BLOCK_SIZE);
    *out_partition = stream->partition;
    return DW_OK;
}

/* What a path cannot hold is made safe; the disc keeps its own spelling. */
static void make_safe(char *name)
{
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '_';
    if (strcmp(name, "") == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        memcpy(name, "_", 2);
}

struct found {
    struct dw_udfvol_fid fid;
    size_t size;
    char name[NAME_MAX_UTF8];
};

/* The FID at the window's pos; *wrong NULL: it is sound. size 0: it cannot even be stepped over. */
static dw_status read_one(struct stream *stream, struct found *out, const char **wrong,
                          struct dw_error *err)
{
    uint32_t block, run;
    uint16_t partition;
    dw_status st = fill(stream, FID_MAX, err);
    if (st == DW_OK)
        st = locate(stream, stream->begin + stream->pos, &block, &partition, err);
    if (st != DW_OK)
        return st;
    const uint8_t *d = stream->data + stream->pos;
    size_t left = stream->have - stream->pos;
    *wrong = "there is no file identifier where one should begin";
    memset(&out->fid, 0, sizeof out->fid);
    out->size = 0;
    out->fid.lba = DW_UDFVOL_NONE;
    (void)dw_udfvol_place(stream->volume, partition, block, stream->mirror, &out->fid.lba, &run);
    if (left < FID_HEAD || dw_udfvol_le16(d) != DW_UDFTAG_FID)
        return DW_OK;
    size_t name_length = d[19], use = dw_udfvol_le16(d + 36), size = FID_HEAD + use + name_length;
    size = (size + 3) & ~(size_t)3;
    if (size > left)
        return DW_OK;
    out->size = size;
    *wrong = dw_udfvol_tag_fault(d, size, block, stream->volume->info.nsr);
    out->fid.characteristics = d[18];
    out->fid.block = dw_udfvol_le32(d + 24);
    out->fid.partition = dw_udfvol_le16(d + 28);
    out->fid.unique_id = dw_udfvol_le32(d + 32);
    if (!dw_udfvol_cs0(d + FID_HEAD + use, name_length, out->name, sizeof out->name) && !*wrong &&
        !(d[18] & FID_DELETED))
        *wrong = not_cs0;
    make_safe(out->name);
    out->fid.name = out->name;
    return DW_OK;
}

/* A broken one is looked for in the mirror before anybody is told. */
static dw_status read_or_mend(struct stream *stream, struct found *out, struct dw_error *err)
{
    const char *wrong = NULL;
    dw_udfvol *volume = stream->volume;
    dw_status st = read_one(stream, out, &wrong, err);
    if (st != DW_OK || !wrong)
        return st;
    uint32_t lba = out->fid.lba;
    bool usable = out->size > 0, mended = false;
    if (!stream->mirror && dw_udfvol_has_copy(volume, stream->node->entry.icb_partition)) {
        const char *still = NULL;
        stream->mirror = true;
        stream->begin += stream->pos;
        stream->have = stream->pos = 0;
        st = read_one(stream, out, &still, err);
        mended = st == DW_OK && !still;
    }
    if (st == DW_OK && (!mended || volume->fault))
        st = dw_udfvol_tell(volume,
                            wrong == not_cs0 ? DW_UDFVOL_CS0
                            : usable         ? DW_UDFVOL_TAG
                                             : DW_UDFVOL_TREE,
                            lba, err, "%s", wrong);
    return st;
}

/* Readable, and yet not as 4/14.4 and UDF 2.3.4 want it: nothing hangs on it but a judgement. */
static bool is_parent_as_it_should_be(const uint8_t *d)
{
    return d[19] == 0 && (d[18] & FID_FOLDER) && !(d[18] & FID_HIDDEN);
}

/* 4/14.4.8, UDF 2.1.1: a name is of characters that a path can hold. */
static bool is_name_of_a_path(const uint8_t *name, size_t size)
{
    size_t step = size > 0 && name[0] == 16 ? 2 : 1;
    for (size_t i = 1; i + step <= size; i += step) {
        unsigned c = step == 2 ? (unsigned)name[i] << 8 | name[i + 1] : name[i];
        if (c < 0x20 || c == '/')
            return false;
    }
    return true;
}

static void note_form(struct stream *stream, const struct found *found)
{
    const uint8_t *d = stream->data + stream->pos;
    size_t used = FID_HEAD + dw_udfvol_le16(d + 36) + (size_t)d[19];
    bool padded = true, parent = d[18] & FID_PARENT;
    bool elsewhere = parent && stream->node->has_parent && found->fid.block != stream->node->parent_block;
    for (size_t i = used; i < found->size; i++)
        padded = padded && d[i] == 0;
    const char *wrong = !padded                      ? "it is not filled up with zeros"
                        : dw_udfvol_le16(d + 16) != 1 ? "its version is not 1"
                        : d[18] & FID_RESERVED        ? "a reserved bit of its characteristics is set"
                        : parent && !is_parent_as_it_should_be(d)
                            ? "that of the parent has a name, is hidden or is not marked as a folder"
                        : elsewhere            ? "that of the parent leads to another folder"
                        : !parent && d[19] < 2 ? "it has no name"
                        : !is_name_of_a_path(d + FID_HEAD + dw_udfvol_le16(d + 36), d[19])
                            ? "its name has a control character or a slash"
                        : dw_udfvol_le32(d + 20) != DW_BLOCK_SIZE
                            ? "the extent of its file entry is not one block"
                            : NULL;
    if (d[18] & FID_DELETED)
        dw_udfvol_note(stream->volume, DW_UDFVOL_DELETED, found->fid.lba,
                       d[19] > 1 ? "with its name" : "its name is gone");
    else if (wrong)
        dw_udfvol_note(stream->volume, DW_UDFVOL_NAME, found->fid.lba, wrong);
}

dw_status dw_udfvol_folder(dw_udfvol *volume, const struct dw_udfvol_node *node,
                           uint64_t *budget_blocks, dw_udfvol_fid_fn *fn, void *ctx,
                           struct dw_error *err)
{
    struct stream *stream = calloc(1, sizeof *stream);
    struct found found;
    if (!stream)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    stream->volume = volume;
    stream->node = node;
    stream->budget_blocks = budget_blocks;
    stream->mirror = node->from_mirror && dw_udfvol_has_copy(volume, node->entry.icb_partition);
    dw_status st = DW_OK;
    while (st == DW_OK && stream->begin + stream->pos < node->entry.size_bytes) {
        st = read_or_mend(stream, &found, err);
        if (st != DW_OK || found.size == 0)
            break;
        note_form(stream, &found);
        stream->pos += found.size;
        if (!(found.fid.characteristics & (FID_DELETED | FID_PARENT)))
            st = fn(ctx, &found.fid, err);
    }
    free(stream);
    return st;
}
