/* An ISO 9660 volume over blocks: image files and drives alike. */
#include <stdlib.h>
#include "check/source_private.h"

struct iso {
    struct dw_blocks blocks;
};

static dw_status iso_read(void *state, const struct dw_check_source_entry *entry, uint64_t offset,
                          void *out, size_t size, struct dw_error *err)
{
    const struct iso *iso = state;
    struct dw_iso_entry file = {
        .lba = entry->lba, .ear_length = entry->ear_length, .size_bytes = entry->size_bytes};
    return dw_iso_read_file(&iso->blocks, &file, offset, out, size, err);
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
