/** Random bytes and UIDs from one source that a test can fix. */
#ifndef DW_BASE_RANDOM_H
#define DW_BASE_RANDOM_H
#include <stddef.h>
#include <stdint.h>
#include "base/limits.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dw_random {
    void (*fill)(void *ctx, void *out, size_t size);
    void *ctx;
};
struct dw_random dw_random_system(void); /**< getrandom(2); never fails */
struct dw_random_fixed {                 /* a repeatable stream, for tests and for "same row, same bytes" */
    uint8_t seed[32];
    uint64_t counter;
};
struct dw_random dw_random_from_fixed(struct dw_random_fixed *fixed);
void dw_random_fill(const struct dw_random *random, void *out, size_t size);
/** A new UID below 2.25 (a version 4 UUID as one decimal number, PS3.5 B.2). */
void dw_uid_new(const struct dw_random *random, char out[DW_UID_MAX]);

/** Who writes our files: (0002,0012) and (0002,0013), PS3.10 7.1. Fixed for ever. */
#define DW_IMPLEMENTATION_CLASS_UID "2.25.274590136870151957403918120646098735021"
#define DW_IMPLEMENTATION_VERSION_NAME "DISCWRIGHT_01"

#ifdef __cplusplus
}
#endif
#endif
