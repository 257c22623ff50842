/* The digest of an image from one reading of it. */
#include "test.h"
#include "burn/image/hashed.h"

#define BLOCKS 4000u
#define FAR 3990u

struct disc {
    uint64_t reads; /* blocks read of it */
    uint32_t bad;   /* cannot be read; BLOCKS: none */
};

static void fill(uint32_t lba, uint8_t *block)
{
    for (size_t i = 0; i < DW_BLOCK_SIZE; i++)
        block[i] = (uint8_t)(lba * 31 + i * 7 + i / 256);
}

static dw_status read_disc(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct disc *disc = ctx;
    if (disc->bad >= lba && disc->bad - lba < count)
        return dw_error_set(err, DW_ERR_IO, "block %u", disc->bad);
    for (uint32_t i = 0; i < count; i++)
        fill(lba + i, (uint8_t *)out + (size_t)i * DW_BLOCK_SIZE);
    disc->reads += count;
    return DW_OK;
}

static void digest_of(const char *tail, uint8_t out[DW_SHA256_SIZE])
{
    uint8_t block[DW_BLOCK_SIZE];
    dw_sha256 *sha = dw_sha256_new();
    dw_sha256_start(sha);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        fill(i, block);
        dw_sha256_add(sha, block, sizeof block);
    }
    dw_sha256_add(sha, tail, strlen(tail));
    dw_sha256_end(sha, out);
    dw_sha256_free(sha);
}

struct reading {
    uint32_t lba, count;
};

/* Blocks read of the disc in all; the digest must be that of the bytes. */
static uint64_t read_as(const struct reading *readings, size_t count, const char *tail)
{
    static uint8_t out[BLOCKS * DW_BLOCK_SIZE];
    struct disc disc = {.bad = BLOCKS};
    struct dw_blocks under = {.read = read_disc, .count = BLOCKS, .ctx = &disc};
    struct dw_error err = {0};
    dw_hashed *hashed = NULL;
    uint8_t got[DW_SHA256_SIZE], want[DW_SHA256_SIZE];
    CHECK_OK(dw_hashed_new(&under, &hashed, &err), err);
    struct dw_blocks blocks = dw_hashed_blocks(hashed);
    CHECK_INT(blocks.count, BLOCKS);
    for (size_t i = 0; i < count; i++)
        CHECK_OK(blocks.read(blocks.ctx, readings[i].lba, readings[i].count, out, &err), err);
    CHECK_OK(dw_hashed_end(hashed, tail, strlen(tail), NULL, NULL, got, &err), err);
    digest_of(tail, want);
    CHECK(memcmp(got, want, sizeof got) == 0);
    dw_hashed_free(hashed);
    return disc.reads;
}

static void what_is_read_in_order_is_read_once(void)
{
    static const struct reading readings[] = {{0, 1}, {1, 999}, {1000, 3000}};
    CHECK_INT(read_as(readings, DW_ARRAY_LEN(readings), ""), BLOCKS);
}

static void what_nobody_reads_is_read_at_the_end(void)
{
    static const struct reading readings[] = {{16, 1}, {17, 1}};
    CHECK_INT(read_as(readings, DW_ARRAY_LEN(readings), "tail"), BLOCKS);
    CHECK_INT(read_as(NULL, 0, ""), BLOCKS);
}

static void a_look_at_the_end_and_back_costs_no_second_reading(void)
{
    static const struct reading readings[] = {{16, 1},    {FAR, 1},     {256, 1},   {16, 2}, {100, 300}, {300, 700},
                                              {1010, 90}, {1100, 2000}, {3100, 900}};
    /* twice: the look at the end, 16 and 17, 100 to 256 and 300 to 399 */
    CHECK_INT(read_as(readings, DW_ARRAY_LEN(readings), ""), BLOCKS + 1 + 2 + 157 + 100);
}

static void a_block_that_cannot_be_read_fails_the_digest_and_no_one_elses_reading(void)
{
    struct disc disc = {.bad = 50};
    struct dw_blocks under = {.read = read_disc, .count = BLOCKS, .ctx = &disc};
    struct dw_error err = {0};
    dw_hashed *hashed = NULL;
    uint8_t block[DW_BLOCK_SIZE], got[DW_SHA256_SIZE];
    CHECK_OK(dw_hashed_new(&under, &hashed, &err), err);
    struct dw_blocks blocks = dw_hashed_blocks(hashed);
    CHECK_OK(blocks.read(blocks.ctx, 60, 1, block, &err), err);
    CHECK_INT(dw_hashed_end(hashed, "", 0, NULL, NULL, got, &err), DW_ERR_IO);
    CHECK_STR(err.text, "block 50");
    dw_hashed_free(hashed);
}

TESTS(TEST(what_is_read_in_order_is_read_once), TEST(what_nobody_reads_is_read_at_the_end),
      TEST(a_look_at_the_end_and_back_costs_no_second_reading),
      TEST(a_block_that_cannot_be_read_fails_the_digest_and_no_one_elses_reading))
