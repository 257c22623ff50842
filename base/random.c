#include "base/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static void system_fill(void *ctx, void *out, size_t size)
{
    unsigned char *p = out;
    while (size > 0) {
        ssize_t n = getrandom(p, size, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            abort(); /* a kernel without random numbers cannot run an appliance that makes UIDs */
        p += n;
        size -= (size_t)n;
    }
}

struct dw_random dw_random_system(void)
{
    return (struct dw_random){.fill = system_fill};
}

void dw_random_fill(const struct dw_random *random, void *out, size_t size)
{
    random->fill(random->ctx, out, size);
}

void dw_uid_new(const struct dw_random *random, char out[DW_UID_MAX])
{
    uint8_t id[16];
    dw_random_fill(random, id, sizeof id);
    id[6] = (uint8_t)((id[6] & 0x0F) | 0x40); /* version 4 */
    id[8] = (uint8_t)((id[8] & 0x3F) | 0x80); /* RFC 4122 variant */
    unsigned __int128 number = 0;
    for (int i = 0; i < 16; i++)
        number = number << 8 | id[i];
    char digits[40];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number);
    snprintf(out, DW_UID_MAX, "2.25.%s", digits + at);
}
