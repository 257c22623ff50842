/* Blocks of a UDF volume: through a cache that reads ahead, and by the address within a partition.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "burn/image/udfread_private.h"

void dw_udfvol_note(dw_udfvol *volume, enum dw_udfvol_fault_kind kind, uint32_t lba,
                    const char *sentence)
{
    struct dw_udfvol_fault fault = {kind, lba, volume->path, sentence};
    if (volume->fault)
        volume->fault(volume->fault_ctx, &fault);
}

dw_status dw_udfvol_tell(dw_udfvol *volume, enum dw_udfvol_fault_kind kind, uint32_t lba,
                         struct dw_error *err, const char *fmt, ...)
{
    char sentence[160];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof sentence, fmt, args); /* cut is right: people read it */
    va_end(args);
    dw_udfvol_note(volume, kind, lba, sentence);
    if (volume->fault)
        return DW_OK;
    if (lba == DW_UDFVOL_NONE)
        return dw_error_set(err, DW_ERR_CORRUPT, "%s", sentence);
    return dw_error_set(err, DW_ERR_CORRUPT, "block %u: %s", lba, sentence);
}

static struct dw_udfvol_window *find_window(dw_udfvol *volume, uint32_t lba)
{
    for (unsigned i = 0; i < DW_UDFVOL_WINDOWS; i++) {
        struct dw_udfvol_window *window = &volume->windows[i];
        if (lba >= window->lba && lba - window->lba < window->blocks)
            return window;
    }
    return NULL;
}

static struct dw_udfvol_window *oldest_window(dw_udfvol *volume)
{
    struct dw_udfvol_window *oldest = &volume->windows[0];
    for (unsigned i = 1; i < DW_UDFVOL_WINDOWS; i++)
        if (volume->windows[i].used < oldest->used)
            oldest = &volume->windows[i];
    return oldest;
}

dw_status dw_udfvol_block(dw_udfvol *volume, uint32_t lba, uint8_t out[DW_BLOCK_SIZE],
                          struct dw_error *err)
{
    if (lba >= volume->blocks.count)
        return dw_error_set(err, DW_ERR_CORRUPT, "block %u is behind the end of the disc", lba);
    struct dw_udfvol_window *window = find_window(volume, lba);
    if (!window) {
        window = oldest_window(volume);
        uint32_t first = lba - lba % DW_UDFVOL_WINDOW_BLOCKS, left = volume->blocks.count - first;
        uint32_t count = left < DW_UDFVOL_WINDOW_BLOCKS ? left : DW_UDFVOL_WINDOW_BLOCKS;
        window->blocks = 0;
        /* one bad block in it must not hide the others */
        if (volume->blocks.read(volume->blocks.ctx, first, count, window->data, NULL) != DW_OK)
            return volume->blocks.read(volume->blocks.ctx, lba, 1, out, err);
        window->lba = first;
        window->blocks = count;
    }
    window->used = ++volume->clock;
    memcpy(out, window->data + (size_t)(lba - window->lba) * DW_BLOCK_SIZE, DW_BLOCK_SIZE);
    return DW_OK;
}

/* The run of the metadata file that block lies in. */
static const struct dw_udfvol_run *find_run(const struct dw_udfvol_runs *runs, uint32_t block)
{
    size_t low = 0, high = runs->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (runs->list[mid].first + runs->list[mid].blocks <= block)
            low = mid + 1;
        else
            high = mid;
    }
    return low < runs->count && block >= runs->list[low].first ? &runs->list[low] : NULL;
}

bool dw_udfvol_place(const dw_udfvol *volume, uint16_t partition, uint32_t block, bool mirror,
                     uint32_t *out_lba, uint32_t *out_run)
{
    if (partition >= volume->map_count)
        return false;
    const struct dw_udfvol_map *map = &volume->maps[partition];
    uint32_t lba, run;
    if (map->is_metadata) {
        bool copy = mirror || volume->metadata[0].count == 0; /* where only the mirror is left */
        const struct dw_udfvol_run *piece = find_run(&volume->metadata[copy], block);
        if (!piece)
            return false;
        lba = piece->lba + (block - piece->first);
        run = piece->blocks - (block - piece->first);
    } else {
        if (block >= map->blocks || block > UINT32_MAX - map->start)
            return false;
        lba = map->start + block;
        run = map->blocks - block;
    }
    if (lba >= volume->blocks.count)
        return false;
    *out_lba = lba;
    *out_run = run < volume->blocks.count - lba ? run : volume->blocks.count - lba;
    return true;
}

bool dw_udfvol_has_copy(const dw_udfvol *volume, uint16_t partition)
{
    return partition < volume->map_count && volume->maps[partition].is_metadata &&
           volume->metadata[0].count > 0 && volume->metadata[1].count > 0;
}

bool dw_udfvol_metadata_extent(const dw_udfvol *volume, bool mirror, size_t index,
                               struct dw_udfvol_extent *out)
{
    const struct dw_udfvol_runs *runs = &volume->metadata[mirror];
    if (index >= runs->count)
        return false;
    *out = (struct dw_udfvol_extent){runs->list[index].lba, runs->list[index].blocks};
    return true;
}

/* What is wrong with the copy that was read; NULL: nothing. */
static const char *wrong_with(const dw_udfvol *volume, const uint8_t *block, uint32_t location,
                              uint16_t id, uint16_t or_id, bool *out_usable)
{
    uint16_t got = dw_udfvol_le16(block);
    *out_usable = got == id || got == or_id;
    if (!*out_usable)
        return "there is no descriptor of the kind that should be there";
    return dw_udfvol_tag_fault(block, DW_BLOCK_SIZE, location, volume->info.nsr);
}

dw_status dw_udfvol_descriptor(dw_udfvol *volume, uint16_t partition, uint32_t block, uint16_t id,
                               uint16_t or_id, uint8_t out[DW_BLOCK_SIZE], uint32_t *out_lba,
                               bool *out_mirror, struct dw_error *err)
{
    uint8_t other[DW_BLOCK_SIZE];
    uint32_t lba = 0, run = 0;
    bool usable = false;
    *out_mirror = false;
    if (!dw_udfvol_place(volume, partition, block, false, &lba, &run))
        return dw_error_set(err, DW_ERR_CORRUPT, "block %u of partition %u is not on the disc",
                            block, partition);
    *out_lba = lba;
    struct dw_error why = {0};
    dw_status st = dw_udfvol_block(volume, lba, out, &why);
    const char *wrong = st != DW_OK ? why.text : wrong_with(volume, out, block, id, or_id, &usable);
    if (!wrong)
        return DW_OK;
    bool mended = false;
    if (dw_udfvol_has_copy(volume, partition) &&
        dw_udfvol_place(volume, partition, block, true, &lba, &run) &&
        dw_udfvol_block(volume, lba, other, NULL) == DW_OK) {
        bool other_usable;
        mended = !wrong_with(volume, other, block, id, or_id, &other_usable);
    }
    if (!mended || volume->fault)
        st = dw_udfvol_tell(volume, usable ? DW_UDFVOL_TAG : DW_UDFVOL_TREE, *out_lba, err, "%s",
                            wrong);
    if (mended) {
        memcpy(out, other, DW_BLOCK_SIZE);
        *out_lba = lba;
        *out_mirror = true;
        return DW_OK;
    }
    if (st == DW_OK && !usable)
        return dw_error_set(err, DW_ERR_CORRUPT, "block %u: %s", *out_lba, wrong);
    return st;
}
