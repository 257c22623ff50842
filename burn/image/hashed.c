#include "burn/image/hashed.h"

#include <stdlib.h>

#define PIECE_BLOCKS 128u
/* Passed over and still read at once: what lies between files. Farther ahead is looked at out of turn, as the anchors of
 * UDF at the end of a volume are; of a small image even less. */
#define AHEAD_BLOCKS_MAX 32768u
#define AHEAD_PARTS 8u

struct dw_hashed {
    struct dw_blocks under;
    dw_sha256 *sha;
    uint32_t next, ahead; /* the first block not hashed yet */
    uint8_t piece[PIECE_BLOCKS * DW_BLOCK_SIZE];
};

dw_status dw_hashed_new(const struct dw_blocks *under, dw_hashed **out, struct dw_error *err)
{
    dw_hashed *hashed = calloc(1, sizeof *hashed);
    if (!hashed)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    hashed->under = *under;
    hashed->ahead = under->count / AHEAD_PARTS < AHEAD_BLOCKS_MAX ? under->count / AHEAD_PARTS : AHEAD_BLOCKS_MAX;
    hashed->sha = dw_sha256_new();
    dw_sha256_start(hashed->sha);
    *out = hashed;
    return DW_OK;
}

void dw_hashed_free(dw_hashed *hashed)
{
    if (!hashed)
        return;
    dw_sha256_free(hashed->sha);
    free(hashed);
}

/* One piece of what lies before block end. */
static dw_status read_piece(dw_hashed *hashed, uint32_t end, struct dw_error *err)
{
    uint32_t count = end - hashed->next < PIECE_BLOCKS ? end - hashed->next : PIECE_BLOCKS;
    dw_status st = hashed->under.read(hashed->under.ctx, hashed->next, count, hashed->piece, err);
    if (st != DW_OK)
        return st;
    dw_sha256_add(hashed->sha, hashed->piece, (size_t)count * DW_BLOCK_SIZE);
    hashed->next += count;
    return DW_OK;
}

/* What cannot be read between is told by dw_hashed_end(): whoever reads here did not ask for it. */
static void note(dw_hashed *hashed, uint32_t lba, uint32_t count, const uint8_t *bytes)
{
    if (lba > hashed->next && lba - hashed->next > hashed->ahead)
        return;
    while (hashed->next < lba)
        if (read_piece(hashed, lba, NULL) != DW_OK)
            return;
    uint32_t known = hashed->next - lba;
    if (known >= count)
        return;
    dw_sha256_add(hashed->sha, bytes + (size_t)known * DW_BLOCK_SIZE, (size_t)(count - known) * DW_BLOCK_SIZE);
    hashed->next = lba + count;
}

static dw_status read_and_hash(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    dw_hashed *hashed = ctx;
    dw_status st = hashed->under.read(hashed->under.ctx, lba, count, out, err);
    if (st == DW_OK)
        note(hashed, lba, count, out);
    return st;
}

struct dw_blocks dw_hashed_blocks(dw_hashed *hashed)
{
    return (struct dw_blocks){.read = read_and_hash, .count = hashed->under.count, .ctx = hashed};
}

dw_status dw_hashed_end(dw_hashed *hashed, const void *tail, size_t tail_size, dw_progress_fn *progress, void *ctx,
                        uint8_t sha256[DW_SHA256_SIZE], struct dw_error *err)
{
    dw_status st = DW_OK;
    while (st == DW_OK && hashed->next < hashed->under.count) {
        st = read_piece(hashed, hashed->under.count, err);
        if (st == DW_OK && progress)
            st = progress(ctx, (uint64_t)hashed->next * DW_BLOCK_SIZE, (uint64_t)hashed->under.count * DW_BLOCK_SIZE, err);
    }
    if (st != DW_OK)
        return st;
    dw_sha256_add(hashed->sha, tail, tail_size);
    dw_sha256_end(hashed->sha, sha256);
    return DW_OK;
}
