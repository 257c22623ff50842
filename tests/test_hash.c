/* SHA-256 of one file and of two side by side, held against libcrypto as everybody else calls it. */
#include <openssl/evp.h>
#include "base/hash.h"
#include "base/hash_pair.h"
#include "base/text.h"
#include "tests/test.h"

#define BYTES 5000

static void fill(uint8_t *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
}

static void is_right(dw_sha256 *sha, const uint8_t *bytes, size_t size)
{
    uint8_t ours[DW_SHA256_SIZE], theirs[DW_SHA256_SIZE];
    dw_sha256_end(sha, ours);
    CHECK_INT(EVP_Digest(bytes, size, theirs, NULL, EVP_sha256(), NULL), 1);
    CHECK(memcmp(ours, theirs, sizeof ours) == 0);
}

static void a_file_in_pieces_has_the_digest_of_the_file(void)
{
    uint8_t bytes[BYTES];
    dw_sha256 *sha = dw_sha256_new();
    fill(bytes, sizeof bytes, 1);
    for (size_t size = 0; size < 300; size++) {
        dw_sha256_start(sha); /* one object serves many files */
        dw_sha256_add(sha, bytes, size / 3);
        dw_sha256_add(sha, bytes + size / 3, size - size / 3);
        is_right(sha, bytes, size);
    }
    dw_sha256_free(sha);
}

/* Both files begin with so many bytes of their own, then go on side by side, then each alone. */
static void pair(size_t one_before, size_t two_before, size_t both, size_t after)
{
    uint8_t one[BYTES], two[BYTES];
    dw_sha256 *first = dw_sha256_new(), *second = dw_sha256_new();
    fill(one, sizeof one, 2);
    fill(two, sizeof two, 3);
    dw_sha256_add(first, one, one_before);
    dw_sha256_add(second, two, two_before);
    dw_sha256_add_two(first, one + one_before, second, two + two_before, both);
    dw_sha256_add(second, two + two_before + both, after);
    dw_sha256_add(first, one + one_before + both, after);
    is_right(first, one, one_before + both + after);
    is_right(second, two, two_before + both + after);
    dw_sha256_free(first);
    dw_sha256_free(second);
}

static void two_files_side_by_side_have_the_digests_of_each(void)
{
    for (size_t both = 0; both < 300; both++)
        pair(0, 0, both, 0);
    pair(0, 0, 4096, 100);
    pair(64, 128, 1000, 900);
    pair(64, 1, 1000, 900);
    pair(1, 64, 1000, 900);
    pair(3, 61, 1000, 900);
}

/* The count of bits is two words: the second one begins at half a gigabyte. */
static void lengths_carry_over_half_a_gigabyte(void)
{
    const size_t piece = 16 << 20, pieces = 33;
    uint8_t *bytes = calloc(1, piece), ours[DW_SHA256_SIZE], other[DW_SHA256_SIZE], theirs[DW_SHA256_SIZE];
    dw_sha256 *one = dw_sha256_new(), *two = dw_sha256_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    CHECK_INT(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL), 1);
    for (size_t i = 0; i < pieces; i++) {
        CHECK_INT(EVP_DigestUpdate(ctx, bytes, piece), 1);
        dw_sha256_add_two(one, bytes, two, bytes, piece);
    }
    CHECK_INT(EVP_DigestFinal_ex(ctx, theirs, NULL), 1);
    dw_sha256_end(one, ours);
    dw_sha256_end(two, other);
    CHECK(memcmp(ours, theirs, sizeof ours) == 0 && memcmp(other, theirs, sizeof ours) == 0);
    EVP_MD_CTX_free(ctx);
    dw_sha256_free(one);
    dw_sha256_free(two);
    free(bytes);
}

/* FIPS 180-4, example of two blocks: the inner step by itself, where this processor has it. */
static void the_inner_step_is_that_of_the_standard(void)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    static const uint32_t abc[8] = {0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
                                    0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad};
    static const uint32_t nothing[8] = {0xe3b0c442, 0x98fc1c14, 0x9afbf4c8, 0x996fb924,
                                        0x27ae41e4, 0x649b934c, 0xa495991b, 0x7852b855};
    uint8_t one[64] = {'a', 'b', 'c', 0x80, [63] = 24}, two[64] = {0x80};
    uint32_t first[8], second[8];
    if (!dw_sha256_pair_works())
        return;
    memcpy(first, start, sizeof first);
    memcpy(second, start, sizeof second);
    dw_sha256_pair(first, one, second, two, 1);
    CHECK(memcmp(first, abc, sizeof abc) == 0);
    CHECK(memcmp(second, nothing, sizeof nothing) == 0);
}

TESTS(TEST(a_file_in_pieces_has_the_digest_of_the_file), TEST(two_files_side_by_side_have_the_digests_of_each),
      TEST(lengths_carry_over_half_a_gigabyte), TEST(the_inner_step_is_that_of_the_standard))
