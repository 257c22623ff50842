/* Fuzz target: any image (sparse.h) as a UDF volume. Every path is looked up again and the beginning of every file read. */
#include "base/limits.h"
#include "burn/image/udfread.h"
#include "sparse.h"

#define ENTRIES_LOOKED_AT 64

struct disc {
    struct sparse image;
    dw_udfvol *volume;
    size_t entries, faults;
};

static void on_fault(void *ctx, const struct dw_udfvol_fault *fault)
{
    struct disc *disc = ctx;
    require(fault->sentence[0] != '\0' && fault->path);
    disc->faults++;
}

static void check_path(const struct dw_udfvol_entry *entry)
{
    size_t n = strlen(entry->path);
    require(n > 1 && n < DW_UDFVOL_PATH_MAX && entry->path[0] == '/' && entry->path[n - 1] != '/');
    require(!strstr(entry->path, "//") && !strstr(entry->path, "/../") &&
            !strstr(entry->path, "/./"));
    require(dw_text_is_utf8(entry->path, n));
    for (size_t i = 0; i < n; i++)
        require((unsigned char)entry->path[i] >= 0x20 && entry->path[i] != 0x7F);
}

static dw_status look_at(void *ctx, const struct dw_udfvol_entry *entry, struct dw_error *err)
{
    struct disc *disc = ctx;
    struct dw_udfvol_entry again;
    uint8_t bytes[5000];
    (void)err;
    check_path(entry);
    require(entry->level >= 2 && entry->level <= DW_UDFVOL_LEVELS_MAX + 1);
    if (disc->entries++ >= ENTRIES_LOOKED_AT)
        return DW_OK;
    char path[DW_UDFVOL_PATH_MAX];
    memcpy(path, entry->path, strlen(entry->path) + 1);
    dw_status st = dw_udfvol_find(disc->volume, path, &again, NULL);
    require(st != DW_OK || again.level == entry->level);
    size_t n = entry->size_bytes < sizeof bytes ? (size_t)entry->size_bytes : sizeof bytes;
    st = dw_udfvol_read_file(disc->volume, entry, 0, bytes, n, NULL);
    require(st == DW_OK || !entry->is_contiguous || entry->recorded_bytes < entry->size_bytes);
    return DW_OK;
}

static void run(struct disc *disc, bool listen)
{
    struct dw_error err = {0};
    struct dw_udfvol_info info = {0};
    disc->entries = 0;
    disc->volume = NULL;
    dw_status st = dw_udfvol_open(&disc->image.blocks, listen ? on_fault : NULL, disc, &info, &disc->volume, &err);
    require((st == DW_OK) == (disc->volume != NULL));
    require_told(st, &err);
    require_utf8(info.volume_id, sizeof info.volume_id);
    require_utf8(info.logical_volume_id, sizeof info.logical_volume_id);
    require_utf8(info.fileset_id, sizeof info.fileset_id);
    if (st != DW_OK)
        return;
    st = dw_udfvol_walk(disc->volume, look_at, disc, &err);
    require_told(st, &err);
    dw_udfvol_close(disc->volume);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct disc *disc = calloc(1, sizeof *disc);
    require(disc != NULL);
    sparse_init(&disc->image, data, size);
    run(disc, false);
    run(disc, true);
    sparse_done(&disc->image);
    free(disc);
    return 0;
}
