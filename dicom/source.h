/** The bytes of a file in order through one window of fixed size: small values are looked at in
 * place, large ones stepped over without reading, and from a given point on the bytes are inflated.
 * Inside the scanner only. */
#ifndef DW_DICOM_SOURCE_H
#define DW_DICOM_SOURCE_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "dicom/scan.h"

typedef struct dw_source dw_source;

/** from is copied, what it reads from stays the caller's. free: dw_source_free() */
DW_MUST_CHECK dw_status dw_source_new(const struct dw_scan_source *from, dw_source **out,
                                      struct dw_error *err);
/** A regular file; *fd outlives out, its offset is not used. DW_ERR_INVALID: it is none. */
DW_MUST_CHECK dw_status dw_source_of_fd(const int *fd, struct dw_scan_source *out,
                                        struct dw_error *err);
void dw_source_free(dw_source *source);

uint64_t dw_source_size(const dw_source *source); /**< of the file */
uint64_t dw_source_at(
    const dw_source *source); /**< offset of the next byte; after inflation in that stream */
uint64_t
dw_source_left(const dw_source *source); /**< bytes to the end; UINT64_MAX: not known yet */

/** Up to n bytes (at most DW_SCAN_VALUE_MAX) without moving; *out_size is less than n only at the
 * end. *out is good until the next call. */
DW_MUST_CHECK dw_status dw_source_peek(dw_source *source, size_t n, const uint8_t **out,
                                       size_t *out_size, struct dw_error *err);
/** Step over n bytes. DW_ERR_CORRUPT: there are not so many ("truncated"). */
DW_MUST_CHECK dw_status dw_source_skip(dw_source *source, uint64_t n, struct dw_error *err);
/** All that follows is a deflated data set (PS3.5 A.5, RFC 1951). Offsets start anew at 0.
 *  DW_ERR_LIMIT later on: it grows beyond DW_SCAN_INFLATE_MAX. */
DW_MUST_CHECK dw_status dw_source_inflate(dw_source *source, struct dw_error *err);

#endif
