/* Fuzz target: any bytes as the blocks of a volume from its first descriptor on (16 blocks of system area
 * would only make inputs long). Every path is looked up again and the beginning of every file read. */
#include "base/limits.h"
#include "burn/image/isoread.h"
#include "fuzz.h"

#define FIRST 16
#define ENTRIES_LOOKED_AT 64

struct disc {
    const uint8_t *data;
    size_t size;
    struct dw_blocks blocks;
    struct dw_iso_volume volume;
    size_t entries;
};

static dw_status disc_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    const struct disc *disc = ctx;
    require(count > 0 && lba < disc->blocks.count && count <= disc->blocks.count - lba);
    memset(out, 0, (size_t)count * DW_BLOCK_SIZE);
    for (uint32_t i = 0; i < count; i++) {
        if (lba + i < FIRST)
            continue;
        size_t at = (size_t)(lba + i - FIRST) * DW_BLOCK_SIZE;
        size_t left = disc->size > at ? disc->size - at : 0;
        memcpy((uint8_t *)out + (size_t)i * DW_BLOCK_SIZE, disc->data + (left ? at : 0),
               left < DW_BLOCK_SIZE ? left : DW_BLOCK_SIZE);
    }
    return DW_OK;
}

static void check_path(const struct dw_iso_entry *entry)
{
    size_t n = strlen(entry->path);
    require(n > 1 && n < DW_ISO_PATH_MAX && entry->path[0] == '/' && entry->path[n - 1] != '/');
    require(!strstr(entry->path, "//") && !strstr(entry->path, "/../") && !strstr(entry->path, "/./"));
    for (size_t i = 0; i < n; i++)
        require(entry->path[i] >= 0x20 && entry->path[i] < 0x7F);
}

static dw_status look_at(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err)
{
    struct disc *disc = ctx;
    struct dw_iso_entry again;
    uint8_t bytes[5000];
    check_path(entry);
    require(entry->level >= 2 && entry->level <= DW_ISO_LEVELS_MAX + 1);
    if (disc->entries++ >= ENTRIES_LOOKED_AT)
        return DW_OK;
    dw_status st = dw_iso_find(&disc->blocks, &disc->volume, entry->path, &again, err);
    require(st != DW_OK || again.level == entry->level);
    size_t n = entry->size_bytes < sizeof bytes ? (size_t)entry->size_bytes : sizeof bytes;
    if (!entry->is_folder && dw_iso_read_file(&disc->blocks, entry, 0, bytes, n, NULL) != DW_OK)
        require((uint64_t)entry->lba + entry->ear_length + n / DW_BLOCK_SIZE + 1 >
                disc->blocks.count);
    return DW_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dw_error err = {0};
    struct disc disc = {.data = data, .size = size};
    disc.blocks = (struct dw_blocks){
        .read = disc_read,
        .count = FIRST + (uint32_t)((size + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE),
        .ctx = &disc,
    };
    dw_status st = dw_iso_read_volume(&disc.blocks, &disc.volume, &err);
    require((st == DW_OK) == (err.text[0] == '\0'));
    if (st != DW_OK)
        return 0;
    struct dw_error walk_err = {0};
    st = dw_iso_walk(&disc.blocks, &disc.volume, look_at, &disc, &walk_err);
    require(st == DW_OK || walk_err.text[0] != '\0');
    return 0;
}
