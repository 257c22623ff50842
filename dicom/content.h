/** What a data set says, whatever it is encoded in: one hash for the same elements with the same values in
 *  Implicit VR, Explicit VR Little Endian and Big Endian, with sequences of defined and undefined length. */
#ifndef DW_DICOM_CONTENT_H
#define DW_DICOM_CONTENT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/hash.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Reads the whole file. Two files with one hash have the same elements and values, bit for bit but for their
 *  byte order; group lengths, trailing padding and the meta header are left aside. Two that say the same may
 *  still differ, as where one is padded otherwise. DW_ERR_UNSUPPORTED: compressed pixels or a deflated data
 *  set, of which this cannot be told; else as dw_scan_fd(). */
DW_MUST_CHECK dw_status dw_content_hash(int fd, uint8_t out[DW_SHA256_SIZE], struct dw_error *err);
/** Whether the two files are hashed to the same; false when that cannot be told. */
bool dw_content_is_same(const char *path, const char *other);
/** The same for two that were decoded: what coders write about themselves (Derivation Description and Code, Lossy
 *  Image Compression "00") is left aside; every other element and every pixel counts. */
bool dw_content_is_same_decoded(const char *path, const char *other);

#ifdef __cplusplus
}
#endif
#endif
