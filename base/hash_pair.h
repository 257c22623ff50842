/** The inner step of SHA-256 for two files at once, by the processor's own instructions for it. */
#ifndef DW_BASE_HASH_PAIR_H
#define DW_BASE_HASH_PAIR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** This processor has the instructions (x86 SHA extensions). */
bool dw_sha256_pair_works(void);
/** FIPS 180-4 6.2.2 over `blocks` blocks of 64 bytes of each; only where dw_sha256_pair_works(). */
void dw_sha256_pair(uint32_t one[8], const void *one_data, uint32_t two[8], const void *two_data, size_t blocks);

#endif
