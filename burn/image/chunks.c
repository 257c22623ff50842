/* Chunk checksums as a file, and a disc held against them:
 *
 *      "DWCHUNK1", blocks, blocks of a chunk, one CRC-32 for each chunk, CRC-32 of all before
 *
 * Numbers are 32 bits, little-endian. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "burn/image/blocks.h"
#include "burn/image/stream_private.h"

#define MAGIC "DWCHUNK1"
#define MAGIC_SIZE 8
#define HEAD_SIZE (MAGIC_SIZE + 8)
#define FILE_MAX (HEAD_SIZE + 4 + 4ULL * (1ULL << 26)) /* chunks of a volume of 8 TiB */
#define READ_BLOCKS DW_SLAB_BLOCKS

struct dw_chunks {
    uint32_t blocks, count;
    uint32_t crc[];
};

static uint32_t chunk_count(uint32_t blocks)
{
    return blocks / DW_CHUNK_BLOCKS + (blocks % DW_CHUNK_BLOCKS != 0);
}

static void add_u32(struct dw_buf *buf, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};
    dw_buf_add(buf, bytes, sizeof bytes);
}

static uint32_t u32_at(const char *data)
{
    const uint8_t *at = (const uint8_t *)data;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint32_t crc_of(const void *data, size_t size)
{
    return (uint32_t)crc32_z(0, data, size);
}

dw_status dw_stream_save_chunks(const dw_stream *stream, const char *path, struct dw_error *err)
{
    struct dw_buf buf;
    dw_buf_init(&buf, FILE_MAX);
    dw_buf_add(&buf, MAGIC, MAGIC_SIZE);
    add_u32(&buf, stream->blocks);
    add_u32(&buf, DW_CHUNK_BLOCKS);
    for (uint32_t i = 0; i < chunk_count(stream->blocks); i++)
        add_u32(&buf, stream->crc[i]);
    add_u32(&buf, buf.failed ? 0 : crc_of(buf.data, buf.size));
    dw_status st = dw_buf_check(&buf, "chunk checksums", err);
    if (st == DW_OK)
        st = dw_file_save(NULL, path, buf.data, buf.size, err);
    dw_buf_done(&buf);
    return st;
}

dw_status dw_chunks_load(const char *path, dw_chunks **out, struct dw_error *err)
{
    struct dw_buf buf;
    dw_buf_init(&buf, FILE_MAX);
    dw_chunks *chunks = NULL;
    dw_status st = dw_file_read_all(path, FILE_MAX - 1, &buf, err);
    if (st != DW_OK)
        goto out;
    if (buf.size < HEAD_SIZE + 4 || memcmp(buf.data, MAGIC, MAGIC_SIZE) != 0 ||
        u32_at(buf.data + MAGIC_SIZE + 4) != DW_CHUNK_BLOCKS ||
        buf.size != HEAD_SIZE + 4 + 4ULL * chunk_count(u32_at(buf.data + MAGIC_SIZE)) ||
        crc_of(buf.data, buf.size - 4) != u32_at(buf.data + buf.size - 4)) {
        st = dw_error_set(err, DW_ERR_CORRUPT, "'%s' holds no chunk checksums", path);
        goto out;
    }
    uint32_t blocks = u32_at(buf.data + MAGIC_SIZE), count = chunk_count(blocks);
    chunks = malloc(sizeof *chunks + count * sizeof chunks->crc[0]);
    if (!chunks) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for chunk checksums");
        goto out;
    }
    chunks->blocks = blocks;
    chunks->count = count;
    for (uint32_t i = 0; i < count; i++)
        chunks->crc[i] = u32_at(buf.data + HEAD_SIZE + 4ULL * i);
    *out = chunks;
out:
    dw_buf_done(&buf);
    return st;
}

void dw_chunks_free(dw_chunks *chunks)
{
    free(chunks);
}

uint32_t dw_chunks_blocks(const dw_chunks *chunks)
{
    return chunks->blocks;
}

/* READ_BLOCKS is a multiple of a chunk: lba is the first block of one. */
static dw_status compare(const dw_chunks *chunks, uint32_t lba, const uint8_t *data, uint32_t blocks,
                         struct dw_error *err)
{
    for (uint32_t done = 0; done < blocks; done += DW_CHUNK_BLOCKS) {
        uint32_t n = blocks - done < DW_CHUNK_BLOCKS ? blocks - done : DW_CHUNK_BLOCKS;
        if (crc_of(data + (size_t)done * DW_BLOCK_SIZE, (size_t)n * DW_BLOCK_SIZE) !=
            chunks->crc[(lba + done) / DW_CHUNK_BLOCKS])
            return dw_error_set(err, DW_ERR_CORRUPT, "block %u or one of the %u behind it differs",
                                lba + done, n - 1);
    }
    return DW_OK;
}

dw_status dw_chunks_verify(const dw_chunks *chunks, const struct dw_blocks *blocks,
                           dw_progress_fn *progress, void *ctx, struct dw_error *err)
{
    uint64_t total = (uint64_t)chunks->blocks * DW_BLOCK_SIZE;
    if (blocks->count < chunks->blocks)
        return dw_error_set(err, DW_ERR_CORRUPT, "the disc has %u blocks, not %u", blocks->count,
                            chunks->blocks);
    uint8_t *data;
    if (posix_memalign((void **)&data, 4096, DW_SLAB_BYTES) != 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for verifying");
    dw_status st = DW_OK;
    for (uint32_t lba = 0; st == DW_OK && lba < chunks->blocks;) {
        uint32_t left = chunks->blocks - lba;
        uint32_t n = left < READ_BLOCKS ? left : READ_BLOCKS;
        st = blocks->read(blocks->ctx, lba, n, data, err);
        if (st == DW_OK)
            st = compare(chunks, lba, data, n, err);
        lba += n;
        if (st == DW_OK && progress)
            st = progress(ctx, (uint64_t)lba * DW_BLOCK_SIZE, total, err);
    }
    free(data);
    return st;
}
