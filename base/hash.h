/** SHA-256 (libcrypto: the only one here that uses the processor's vector units). */
#ifndef DW_BASE_HASH_H
#define DW_BASE_HASH_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_SHA256_SIZE 32

typedef struct dw_sha256 dw_sha256;
dw_sha256 *dw_sha256_new(void); /**< never NULL: out of memory ends the process; free: dw_sha256_free() */
void dw_sha256_free(dw_sha256 *sha);
void dw_sha256_start(dw_sha256 *sha); /**< begins anew; one object serves many files */
void dw_sha256_add(dw_sha256 *sha, const void *data, size_t size);
/** size bytes to each of two files, as dw_sha256_add() to one and then to the other, but side by side where the
 *  processor hashes: one file alone keeps it waiting for itself half of the time. */
void dw_sha256_add_two(dw_sha256 *one, const void *one_data, dw_sha256 *two, const void *two_data, size_t size);
void dw_sha256_end(dw_sha256 *sha, uint8_t out[DW_SHA256_SIZE]);
void dw_sha256_of(const void *data, size_t size, uint8_t out[DW_SHA256_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
