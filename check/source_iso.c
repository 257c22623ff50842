/* An ISO 9660 volume over blocks: image files and drives alike. */
#include <stdlib.h>
#include <string.h>
#include "check/source_private.h"

#define BOUNCE_BLOCKS 16

struct iso {
    struct dw_blocks blocks;
    uint8_t bounce[BOUNCE_BLOCKS * DW_BLOCK_SIZE];
};

/* Whole blocks go straight to the caller; what begins or ends inside a block goes over the bounce. */
static dw_status iso_read(void *state, const struct dw_check_source_entry *entry, uint64_t offset,
                          void *out, size_t size, struct dw_error *err)
{
    struct iso *iso = state;
    uint8_t *to = out;
    while (size > 0) {
        uint64_t lba = entry->lba + (uint64_t)entry->ear_length + offset / DW_BLOCK_SIZE;
        uint32_t skip = (uint32_t)(offset % DW_BLOCK_SIZE);
        if (lba >= iso->blocks.count)
            return dw_error_set(err, DW_ERR_IO, "block %llu is behind the end of the medium",
                                (unsigned long long)lba);
        uint64_t room = iso->blocks.count - lba;
        dw_status st;
        size_t got;
        if (skip == 0 && size >= DW_BLOCK_SIZE) {
            uint64_t count = size / DW_BLOCK_SIZE;
            count = count < room ? count : room;
            st = iso->blocks.read(iso->blocks.ctx, (uint32_t)lba, (uint32_t)count, to, err);
            got = (size_t)count * DW_BLOCK_SIZE;
        } else {
            st = iso->blocks.read(iso->blocks.ctx, (uint32_t)lba, 1, iso->bounce, err);
            got = DW_BLOCK_SIZE - skip;
            got = got < size ? got : size;
            if (st == DW_OK)
                memcpy(to, iso->bounce + skip, got);
        }
        if (st != DW_OK)
            return st;
        to += got;
        offset += got;
        size -= got;
    }
    return DW_OK;
}

static void iso_close(void *state)
{
    free(state);
}

static const struct dw_check_source_ops iso_ops = {.read = iso_read, .close = iso_close};

static dw_status add_entry(void *ctx, const struct dw_iso_entry *from, struct dw_error *err)
{
    struct dw_check_source_entry entry = {
        .path = from->path,
        .raw = from->raw,
        .size_bytes = from->size_bytes,
        .lba = from->lba,
        .system_use_length = from->system_use_length,
        .ear_length = from->ear_length,
        .flags = from->flags,
        .is_folder = from->is_folder,
    };
    return dw_check_source_add(ctx, &entry, err);
}

dw_status dw_check_source_open_blocks(const struct dw_blocks *blocks, dw_check_source **out,
                                struct dw_error *err)
{
    struct iso *iso = calloc(1, sizeof *iso);
    if (!iso)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    iso->blocks = *blocks;
    dw_check_source *source = NULL;
    dw_status st = dw_check_source_new(&iso_ops, iso, &source, err);
    if (st != DW_OK) {
        free(iso);
        return st;
    }
    struct dw_iso_volume volume;
    struct dw_error trouble = {0};
    st = dw_iso_read_volume(blocks, &volume, &trouble);
    dw_check_source_set_image(source, blocks, st == DW_OK ? &volume : NULL);
    if (st == DW_OK)
        st = dw_iso_walk(blocks, &volume, add_entry, source, &trouble);
    if (st == DW_ERR_INTERNAL) {
        dw_check_source_free(source);
        return dw_error_set(err, st, "%s", trouble.text);
    }
    if (st != DW_OK)
        dw_check_source_set_trouble(source, trouble.text);
    *out = source;
    return DW_OK;
}
