/** An image as an input: {blocks - 1 u16, of which 10 bits count}, then {block u16, length u16, bytes} as often as
 *  there is room; what is not given is zero. UDF descriptors get their tags mended, so that what lies behind a CRC is
 *  reached. */
#ifndef DW_TESTS_FUZZ_SPARSE_H
#define DW_TESTS_FUZZ_SPARSE_H
#include "burn/image/blocks.h"
#include "fuzz.h"

#define SPARSE_BLOCKS_MAX 1024

struct sparse {
    struct dw_blocks blocks;
    unsigned flags;      /* the bits of the first number that are not blocks */
    uint64_t read_count; /* blocks read so far */
    uint8_t *content[SPARSE_BLOCKS_MAX];
};

static inline uint16_t sparse_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint16_t sparse_crc(const uint8_t *p, size_t n)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < n; i++) {
        crc ^= (uint32_t)p[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021u : 0)) & 0xFFFF;
    }
    return (uint16_t)crc;
}

/* Checksum and CRC of what looks like a descriptor of `room` bytes; its location stays the input's. */
static inline void sparse_mend(uint8_t *d, size_t room)
{
    size_t length = sparse_u16(d + 10);
    uint8_t sum = 0;
    if (length > room - 16)
        return;
    uint16_t crc = sparse_crc(d + 16, length);
    d[8] = (uint8_t)crc;
    d[9] = (uint8_t)(crc >> 8);
    for (unsigned i = 0; i < 16; i++)
        sum = (uint8_t)(sum + (i == 4 ? 0 : d[i]));
    d[4] = sum;
}

static inline void sparse_mend_block(uint8_t *block)
{
    unsigned id = sparse_u16(block);
    if ((id >= 1 && id <= 9) || id == 256 || id == 258 || id == 261 || id == 266)
        sparse_mend(block, DW_BLOCK_SIZE);
    for (size_t at = 0; id == 257 && at + 38 <= DW_BLOCK_SIZE;) {
        uint8_t *d = block + at;
        size_t step = (38u + d[19] + (size_t)sparse_u16(d + 36) + 3) & ~(size_t)3;
        if (d[0] != 1 || d[1] != 1 || step > DW_BLOCK_SIZE - at)
            break;
        sparse_mend(d, step);
        at += step;
    }
}

static inline dw_status sparse_read(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct sparse *sparse = ctx;
    (void)err;
    require(count > 0 && lba < sparse->blocks.count && count <= sparse->blocks.count - lba);
    sparse->read_count += count;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *to = (uint8_t *)out + (size_t)i * DW_BLOCK_SIZE;
        if (sparse->content[lba + i])
            memcpy(to, sparse->content[lba + i], DW_BLOCK_SIZE);
        else
            memset(to, 0, DW_BLOCK_SIZE);
    }
    return DW_OK;
}

static inline void sparse_init(struct sparse *sparse, const uint8_t *data, size_t size)
{
    *sparse = (struct sparse){.blocks = {.read = sparse_read, .count = 1, .ctx = sparse}};
    if (size < 2)
        return;
    sparse->blocks.count = sparse_u16(data) % SPARSE_BLOCKS_MAX + 1;
    sparse->flags = sparse_u16(data) / SPARSE_BLOCKS_MAX;
    for (size_t at = 2; at + 4 <= size;) {
        uint32_t lba = sparse_u16(data + at) % sparse->blocks.count;
        size_t length = sparse_u16(data + at + 2);
        at += 4;
        length = length < size - at ? length : size - at;
        length = length < DW_BLOCK_SIZE ? length : DW_BLOCK_SIZE;
        if (!sparse->content[lba])
            sparse->content[lba] = calloc(1, DW_BLOCK_SIZE);
        require(sparse->content[lba] != NULL);
        memcpy(sparse->content[lba], data + at, length);
        sparse_mend_block(sparse->content[lba]);
        at += length;
    }
}

static inline void sparse_done(struct sparse *sparse)
{
    for (size_t i = 0; i < SPARSE_BLOCKS_MAX; i++)
        free(sparse->content[i]);
}

#endif
