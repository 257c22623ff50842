/* An image over blocks, image files and drives alike: its ISO 9660 volume, or its UDF volume alone.
 */
#include <pthread.h>
#include <stdlib.h>
#include "check/source_private.h"

struct image {
    struct dw_blocks blocks; /* what all readers use, */
    struct dw_blocks given;  /* and what they take turns at: a drive has one place where it reads */
    pthread_mutex_t turn;
    struct dw_check_udf udf; /* volume NULL: the entries are those of ISO 9660 */
};

/* Files are read ahead while rules look at single blocks. */
static dw_status read_in_turn(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct image *image = ctx;
    pthread_mutex_lock(&image->turn);
    dw_status st = image->given.read(image->given.ctx, lba, count, out, err);
    pthread_mutex_unlock(&image->turn);
    return st;
}

static dw_status image_read(void *state, const struct dw_check_source_entry *entry, uint64_t offset,
                            void *out, size_t size, struct dw_error *err)
{
    struct image *image = state;
    if (image->udf.volume)
        return dw_check_udf_read(&image->udf, entry, offset, out, size, err);
    struct dw_iso_entry file = {
        .lba = entry->lba, .ear_length = entry->ear_length, .size_bytes = entry->size_bytes};
    return dw_iso_read_file(&image->blocks, &file, offset, out, size, err);
}

static bool image_extent(void *state, const struct dw_check_source_entry *entry, uint64_t *first_block)
{
    struct image *image = state;
    *first_block = entry->lba + (uint64_t)entry->ear_length;
    return !image->udf.volume || dw_check_udf_is_contiguous(&image->udf, entry);
}

static void image_close(void *state)
{
    struct image *image = state;
    dw_check_udf_done(&image->udf);
    pthread_mutex_destroy(&image->turn);
    free(image);
}

static const struct dw_check_source_ops image_ops = {.read = image_read, .extent = image_extent, .close = image_close};

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

/* A volume that says CD001 is ISO 9660, however broken; only without one is UDF all there is. */
static bool says_iso(const struct dw_blocks *blocks)
{
    uint8_t d[DW_BLOCK_SIZE] = {0};
    return blocks->count > 16 && blocks->read(blocks->ctx, 16, 1, d, NULL) == DW_OK &&
           d[1] == 'C' && d[2] == 'D' && d[3] == '0' && d[4] == '0' && d[5] == '1';
}

static dw_status open_iso(const struct dw_blocks *blocks, dw_check_source *source,
                          struct dw_error *err)
{
    struct dw_iso_volume volume;
    struct dw_error trouble = {0};
    dw_status st = dw_iso_read_volume(blocks, &volume, &trouble);
    dw_check_source_set_image(source, blocks, st == DW_OK ? &volume : NULL);
    if (st == DW_OK)
        st = dw_iso_walk(blocks, &volume, add_entry, source, &trouble);
    if (st == DW_ERR_INTERNAL)
        return dw_error_set(err, st, "%s", trouble.text);
    if (st != DW_OK)
        dw_check_source_set_trouble(source, trouble.text);
    return DW_OK;
}

dw_status dw_check_source_open_blocks(const struct dw_blocks *blocks, dw_check_source **out,
                                      struct dw_error *err)
{
    struct image *image = calloc(1, sizeof *image);
    if (!image)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    pthread_mutex_init(&image->turn, NULL);
    image->given = *blocks;
    image->blocks = (struct dw_blocks){.read = read_in_turn, .count = blocks->count, .ctx = image};
    dw_check_source *source = NULL;
    dw_status st = dw_check_source_new(&image_ops, image, &source, err);
    if (st != DW_OK) {
        image_close(image);
        return st;
    }
    bool iso = says_iso(&image->blocks);
    st = open_iso(&image->blocks, source, err);
    if (st == DW_OK)
        st = dw_check_udf_open(&image->udf, &image->blocks, source, !iso, err);
    if (st != DW_OK) {
        dw_check_source_free(source);
        return st;
    }
    *out = source;
    return DW_OK;
}
