#include "burn/image/iso_record.h"

#include <string.h>

#define RECORD_FIXED 33 /* bytes before the name, 9.1 */
#define WINDOW_BLOCKS 16

uint16_t dw_iso_le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t dw_iso_le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

bool dw_iso_both16(const uint8_t *at, uint16_t *out)
{
    *out = dw_iso_le16(at);
    return at[0] == at[3] && at[1] == at[2];
}

bool dw_iso_both32(const uint8_t *at, uint32_t *out)
{
    *out = dw_iso_le32(at);
    return at[0] == at[7] && at[1] == at[6] && at[2] == at[5] && at[3] == at[4];
}

static void make_names(const uint8_t *from, size_t length, struct dw_iso_record *out)
{
    for (size_t i = 0; i < length; i++)
        out->raw[i] = from[i] >= 0x20 && from[i] < 0x7F ? (char)from[i] : '_';
    out->raw[length] = '\0';
    memcpy(out->name, out->raw, length + 1);
    char *semicolon = strrchr(out->name, ';');
    if (semicolon)
        *semicolon = '\0';
    size_t n = strlen(out->name);
    if (n > 0 && out->name[n - 1] == '.')
        out->name[n - 1] = '\0';
    for (char *p = out->name; *p; p++)
        if (*p == '/')
            *p = '_';
    if (out->name[0] == '\0' || strcmp(out->name, ".") == 0 || strcmp(out->name, "..") == 0) {
        out->name[0] = '_';
        out->name[1] = '\0';
    }
}

dw_status dw_iso_record_read(const uint8_t *at, size_t room, struct dw_iso_record *out,
                             struct dw_error *err)
{
    size_t length = at[0];
    if (length < RECORD_FIXED + 1 || length > room)
        return dw_error_set(err, DW_ERR_CORRUPT, "a directory record of %zu bytes, %zu are left",
                            length, room);
    size_t name_length = at[32];
    if (name_length == 0 || RECORD_FIXED + name_length > length)
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "a name of %zu bytes in a directory record of %zu", name_length,
                            length);
    size_t padded = RECORD_FIXED + name_length + (name_length % 2 == 0); /* 9.1.12 */
    *out = (struct dw_iso_record){
        .ear_length = at[1],
        .flags = at[25],
        .unit_size = at[26],
        .gap_size = at[27],
        .name_length = (uint8_t)name_length,
        .system_use_length = padded < length ? (uint32_t)(length - padded) : 0,
        .is_self_or_parent = name_length == 1 && at[RECORD_FIXED] <= 1,
    };
    bool lba_ok = dw_iso_both32(at + 2, &out->lba);
    out->both_endian_ok = dw_iso_both32(at + 10, &out->size_bytes) && lba_ok;
    make_names(at + RECORD_FIXED, name_length, out);
    return DW_OK;
}

/* --- one folder --- */

struct folder {
    dw_iso_record_fn *fn;
    void *ctx;
    struct dw_iso_record first; /* of a file in several extents */
    uint64_t size_bytes;        /* of those seen */
    uint32_t next_lba;
    bool in_file;
};

static dw_status take_extent(struct folder *folder, const struct dw_iso_record *record,
                             struct dw_error *err)
{
    if (record->unit_size != 0 || record->gap_size != 0)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "'%s' is recorded interleaved", record->raw);
    if (!folder->in_file) {
        folder->first = *record;
        folder->size_bytes = 0;
    } else if (strcmp(folder->first.raw, record->raw) != 0) {
        return dw_error_set(err, DW_ERR_CORRUPT, "the next extent of '%s' is missing",
                            folder->first.raw);
    } else if (record->lba != folder->next_lba || record->ear_length != 0) {
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the extents of '%s' do not adjoin",
                            record->raw);
    }
    folder->size_bytes += record->size_bytes;
    folder->in_file = record->flags & DW_ISO_FLAG_MORE;
    if (folder->in_file && record->size_bytes % DW_BLOCK_SIZE != 0)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the extents of '%s' do not adjoin",
                            record->raw);
    folder->next_lba = record->lba + record->ear_length + record->size_bytes / DW_BLOCK_SIZE;
    if (folder->in_file)
        return DW_OK;
    return folder->fn(folder->ctx, &folder->first, folder->size_bytes, err);
}

static dw_status take_block(struct folder *folder, const uint8_t *block, struct dw_error *err)
{
    size_t at = 0;
    while (at < DW_BLOCK_SIZE && block[at] != 0) { /* records do not cross blocks, 6.8.1.1 */
        struct dw_iso_record record;
        dw_status st = dw_iso_record_read(block + at, DW_BLOCK_SIZE - at, &record, err);
        if (st == DW_OK && !record.is_self_or_parent)
            st = take_extent(folder, &record, err);
        if (st != DW_OK)
            return st;
        at += block[at];
    }
    return DW_OK;
}

dw_status dw_iso_folder_read(const struct dw_blocks *blocks, uint32_t lba, uint32_t size_bytes,
                             uint64_t *budget_blocks, dw_iso_record_fn *fn, void *ctx,
                             struct dw_error *err)
{
    struct folder folder = {.fn = fn, .ctx = ctx};
    uint8_t window[WINDOW_BLOCKS * DW_BLOCK_SIZE];
    uint32_t count = size_bytes / DW_BLOCK_SIZE + (size_bytes % DW_BLOCK_SIZE != 0);
    if (lba >= blocks->count || count > blocks->count - lba)
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "a directory at block %u, %u blocks long, in a volume of %u", lba,
                            count, blocks->count);
    if (count > *budget_blocks)
        return dw_error_set(err, DW_ERR_CORRUPT, "directories overlap each other");
    *budget_blocks -= count;
    for (uint32_t done = 0; done < count;) {
        uint32_t n = count - done < WINDOW_BLOCKS ? count - done : WINDOW_BLOCKS;
        dw_status st = blocks->read(blocks->ctx, lba + done, n, window, err);
        for (uint32_t i = 0; st == DW_OK && i < n; i++)
            st = take_block(&folder, window + (size_t)i * DW_BLOCK_SIZE, err);
        if (st != DW_OK)
            return st;
        done += n;
    }
    if (folder.in_file)
        return dw_error_set(err, DW_ERR_CORRUPT, "the next extent of '%s' is missing",
                            folder.first.raw);
    return DW_OK;
}
