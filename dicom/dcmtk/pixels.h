/** Shape of one uncompressed frame, and the decoders that are ours: RLE (PS3.5 G), where DCMTK 3.6.7 trusts
 *  the offsets of the stream, JPEG 2000 and deflated frames, which it does not do. */
#ifndef DW_DICOM_DCMTK_PIXELS_H
#define DW_DICOM_DCMTK_PIXELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_FRAME_BYTES_MAX (1ULL << 30) /* one uncompressed frame */

struct dw_pixels { /* plain data: what the data set says */
    uint32_t rows, columns;
    uint32_t samples;        /**< 1 to 4; interleaved (colour by pixel) in memory */
    uint32_t bits_allocated; /**< 1, 8, 16 or 32 */
    uint32_t bits_stored;
    bool is_signed;
};
/** Bytes of a frame in memory, a bit a pixel counted as a byte. DW_ERR_LIMIT, DW_ERR_UNSUPPORTED. */
DW_MUST_CHECK dw_status dw_pixels_size(const struct dw_pixels *pixels, size_t *out,
                                       struct dw_error *err);

/** Decode one frame into out[dw_pixels_size()], little endian. DW_ERR_CORRUPT: broken, or not of the
 *  shape the data set promises. */
DW_MUST_CHECK dw_status dw_rle_decode(const uint8_t *data, size_t size,
                                      const struct dw_pixels *pixels, uint8_t *out,
                                      struct dw_error *err);
/** Inflate a frame of exactly out_size bytes. */
DW_MUST_CHECK dw_status dw_deflated_decode(const uint8_t *data, size_t size, uint8_t *out,
                                           size_t out_size, struct dw_error *err);
/** Values keep the bits they had when they were stored: a codestream that is unsigned although Pixel
 *  Representation is 1 (seen from several makers), or the reverse, is not shifted. */
DW_MUST_CHECK dw_status dw_j2k_decode(const uint8_t *data, size_t size,
                                      const struct dw_pixels *pixels, uint8_t *out,
                                      struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
