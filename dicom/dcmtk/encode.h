/** Lossless encoders, one frame at a time: samples in memory to one compressed frame in interchange format
 *  (every frame carries its own tables, PS3.11 H.3.4.2). */
#ifndef DW_DICOM_DCMTK_ENCODE_H
#define DW_DICOM_DCMTK_ENCODE_H
#include "base/text.h"
#include "dicom/dcmtk/pixels.h"

#ifdef __cplusplus
extern "C" {
#endif

/** frame: dw_pixels_size() bytes, 8 or 16 bits allocated, interleaved, 1 or 3 samples; bits above
 *  bits_stored are zero, or the sign when shape->is_signed. out is reset and filled, of even length. The
 *  bits of a sample come out of a decoder as they went in. DW_ERR_UNSUPPORTED: another shape;
 *  DW_ERR_LIMIT: larger than out's maximum. */
typedef dw_status dw_encode_fn(const uint8_t *frame, const struct dw_pixels *shape,
                               bool is_rgb, struct dw_buf *out, struct dw_error *err);

/** JPEG lossless, process 14, selection value 1 (ISO/IEC 10918-1 H). JPEG knows no signs: signed samples
 *  are coded as all the bits of their cell, as other makers' encoders do. */
dw_encode_fn dw_jpeg_lossless_encode;
/** JPEG 2000 with the reversible 5/3 wavelet (ISO/IEC 15444-1), and for RGB the reversible colour transform
 *  (PS3.5 A.4.4): such a frame is YBR_RCT. */
dw_encode_fn dw_j2k_encode;

#ifdef __cplusplus
}
#endif
#endif
