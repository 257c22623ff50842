#define OPENSSL_SUPPRESS_DEPRECATED /* EVP hides the state, which two files side by side have in common code */
#include "base/hash.h"

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/sha.h>

#include "base/hash_pair.h"

struct dw_sha256 {
    SHA256_CTX state;
    enum { NOT_ASKED, SINGLE, PAIRS } can; /* what the processor can: asking traps where it is a virtual one */
};

dw_sha256 *dw_sha256_new(void)
{
    dw_sha256 *sha = calloc(1, sizeof *sha);
    if (!sha)
        abort();
    dw_sha256_start(sha);
    return sha;
}

void dw_sha256_free(dw_sha256 *sha)
{
    free(sha);
}

void dw_sha256_start(dw_sha256 *sha)
{
    if (SHA256_Init(&sha->state) != 1)
        abort();
}

void dw_sha256_add(dw_sha256 *sha, const void *data, size_t size)
{
    if (SHA256_Update(&sha->state, data, size) != 1)
        abort();
}

/* The bits so far are a number of two words. */
static void count(SHA256_CTX *state, size_t bytes)
{
    uint64_t bits = ((uint64_t)state->Nh << 32 | state->Nl) + (uint64_t)bytes * 8;
    state->Nh = (SHA_LONG)(bits >> 32);
    state->Nl = (SHA_LONG)bits;
}

static bool can_pair(dw_sha256 *sha)
{
    if (sha->can == NOT_ASKED)
        sha->can = dw_sha256_pair_works() ? PAIRS : SINGLE;
    return sha->can == PAIRS;
}

void dw_sha256_add_two(dw_sha256 *one, const void *one_data, dw_sha256 *two, const void *two_data, size_t size)
{
    size_t done = 0;
    if (one->state.num == 0 && two->state.num == 0 && size >= SHA256_CBLOCK && can_pair(one)) {
        done = size - size % SHA256_CBLOCK;
        dw_sha256_pair(one->state.h, one_data, two->state.h, two_data, done / SHA256_CBLOCK);
        count(&one->state, done);
        count(&two->state, done);
    }
    dw_sha256_add(one, (const uint8_t *)one_data + done, size - done);
    dw_sha256_add(two, (const uint8_t *)two_data + done, size - done);
}

void dw_sha256_end(dw_sha256 *sha, uint8_t out[DW_SHA256_SIZE])
{
    if (SHA256_Final(out, &sha->state) != 1)
        abort();
}

void dw_sha256_of(const void *data, size_t size, uint8_t out[DW_SHA256_SIZE])
{
    dw_sha256 sha;
    dw_sha256_start(&sha);
    dw_sha256_add(&sha, data, size);
    dw_sha256_end(&sha, out);
}
