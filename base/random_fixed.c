/* Apart: who has real random numbers only does not load libcrypto. */
#include <string.h>

#include "base/hash.h"
#include "base/random.h"

/* SHA-256(seed || counter): repeatable on every machine and by every library. */
static void fixed_fill(void *ctx, void *out, size_t size)
{
    struct dw_random_fixed *fixed = ctx;
    unsigned char *p = out;
    while (size > 0) {
        uint8_t in[40], block[DW_SHA256_SIZE];
        memcpy(in, fixed->seed, 32);
        for (int i = 0; i < 8; i++)
            in[32 + i] = (uint8_t)(fixed->counter >> (8 * i));
        fixed->counter++;
        dw_sha256_of(in, sizeof in, block);
        size_t n = size < sizeof block ? size : sizeof block;
        memcpy(p, block, n);
        p += n;
        size -= n;
    }
}

struct dw_random dw_random_from_fixed(struct dw_random_fixed *fixed)
{
    return (struct dw_random){.fill = fixed_fill, .ctx = fixed};
}
