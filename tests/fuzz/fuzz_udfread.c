/* libFuzzer target: the first byte of the input says how many blocks there are, the next how blocks
 * are spread over them; descriptors get their tags mended, so that what lies behind a CRC is
 * reached. Every path is looked up again and the beginning of every file read. */
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "burn/image/udfread.h"

#define BLOCKS_MAX 1024
#define ENTRIES_LOOKED_AT 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct disc {
    const uint8_t *data;
    size_t count; /* blocks of input: {number u16, length u16, bytes} */
    struct dw_blocks blocks;
    dw_udfvol *volume;
    size_t entries, faults;
    uint8_t content[BLOCKS_MAX][DW_BLOCK_SIZE];
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static uint16_t crc_of(const uint8_t *p, size_t n)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < n; i++) {
        crc ^= (uint32_t)p[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021u : 0)) & 0xFFFF;
    }
    return (uint16_t)crc;
}

/* Checksum and CRC of what looks like a descriptor of `room` bytes; its location stays the input's.
 */
static void mend(uint8_t *d, size_t room)
{
    uint32_t length = (uint32_t)d[10] | (uint32_t)d[11] << 8;
    uint8_t sum = 0;
    if (length > room - 16)
        return;
    uint16_t crc = crc_of(d + 16, length);
    d[8] = (uint8_t)crc;
    d[9] = (uint8_t)(crc >> 8);
    for (unsigned i = 0; i < 16; i++)
        sum = (uint8_t)(sum + (i == 4 ? 0 : d[i]));
    d[4] = sum;
}

static void mend_block(uint8_t *block)
{
    unsigned id = (unsigned)block[0] | (unsigned)block[1] << 8;
    if ((id >= 1 && id <= 9) || id == 256 || id == 258 || id == 261 || id == 266)
        mend(block, DW_BLOCK_SIZE);
    for (size_t at = 0; id == 257 && at + 38 <= DW_BLOCK_SIZE;) {
        uint8_t *d = block + at;
        size_t step = (38u + d[19] + ((size_t)d[36] | (size_t)d[37] << 8) + 3) & ~(size_t)3;
        if (d[0] != 1 || d[1] != 1 || step > DW_BLOCK_SIZE - at)
            break;
        mend(d, step);
        at += step;
    }
}

static dw_status disc_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    const struct disc *disc = ctx;
    (void)err;
    require(count > 0 && lba < disc->blocks.count && count <= disc->blocks.count - lba);
    memcpy(out, disc->content[lba], (size_t)count * DW_BLOCK_SIZE);
    return DW_OK;
}

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
    disc->entries = 0;
    dw_status st =
        dw_udfvol_open(&disc->blocks, listen ? on_fault : NULL, disc, NULL, &disc->volume, &err);
    require((st == DW_OK) == (disc->volume != NULL) && (st == DW_OK) == (err.text[0] == '\0'));
    if (st != DW_OK)
        return;
    st = dw_udfvol_walk(disc->volume, look_at, disc, &err);
    require(st == DW_OK || err.text[0] != '\0');
    dw_udfvol_close(disc->volume);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct disc *disc = calloc(1, sizeof *disc);
    if (!disc)
        abort();
    uint32_t count = size >= 2 ? ((uint32_t)data[0] | (uint32_t)data[1] << 8) % BLOCKS_MAX + 1 : 1;
    disc->blocks = (struct dw_blocks){.read = disc_read, .count = count, .ctx = disc};
    for (size_t at = 2; at + 4 <= size;) {
        uint32_t lba = ((uint32_t)data[at] | (uint32_t)data[at + 1] << 8) % count;
        size_t length = (size_t)data[at + 2] | (size_t)data[at + 3] << 8;
        at += 4;
        length = length < size - at ? length : size - at;
        length = length < DW_BLOCK_SIZE ? length : DW_BLOCK_SIZE;
        memcpy(disc->content[lba], data + at, length);
        mend_block(disc->content[lba]);
        at += length;
    }
    run(disc, false);
    run(disc, true);
    free(disc);
    return 0;
}
