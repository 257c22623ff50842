#include "base/hash.h"

#include <stdlib.h>

#include <openssl/evp.h>

struct dw_sha256 {
    EVP_MD_CTX *ctx;
};

dw_sha256 *dw_sha256_new(void)
{
    dw_sha256 *sha = malloc(sizeof *sha);
    if (!sha || !(sha->ctx = EVP_MD_CTX_new()))
        abort();
    dw_sha256_start(sha);
    return sha;
}

void dw_sha256_free(dw_sha256 *sha)
{
    if (!sha)
        return;
    EVP_MD_CTX_free(sha->ctx);
    free(sha);
}

void dw_sha256_start(dw_sha256 *sha)
{
    /* With the digest already set NULL keeps it and saves the fetch, which costs more than a small file. */
    const EVP_MD *digest = EVP_MD_CTX_get0_md(sha->ctx) ? NULL : EVP_sha256();
    if (EVP_DigestInit_ex(sha->ctx, digest, NULL) != 1)
        abort();
}

void dw_sha256_add(dw_sha256 *sha, const void *data, size_t size)
{
    if (EVP_DigestUpdate(sha->ctx, data, size) != 1)
        abort();
}

void dw_sha256_end(dw_sha256 *sha, uint8_t out[DW_SHA256_SIZE])
{
    if (EVP_DigestFinal_ex(sha->ctx, out, NULL) != 1)
        abort();
}

void dw_sha256_of(const void *data, size_t size, uint8_t out[DW_SHA256_SIZE])
{
    dw_sha256 *sha = dw_sha256_new();
    dw_sha256_add(sha, data, size);
    dw_sha256_end(sha, out);
    dw_sha256_free(sha);
}
