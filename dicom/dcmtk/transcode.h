/** One file into another transfer syntax: Explicit VR Little Endian, which every profile takes (PS3.11 D.3),
 *  or one of the two lossless ones of PS3.11 H and M: JPEG lossless SV1, JPEG 2000 lossless. */
#ifndef DW_DICOM_DCMTK_TRANSCODE_H
#define DW_DICOM_DCMTK_TRANSCODE_H
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** dst is there whole or not at all, with a meta header of ours and the SOP Instance UID of src. Sources:
 *  implicit, big endian, deflated, RLE, JPEG, JPEG-LS, JPEG 2000, High-Throughput JPEG 2000. Memory is that
 *  of one frame and its compressed form, not of the object. What was ever compressed with loss stays
 *  marked so; colours come out by pixel. transfer_syntax: DW_TS_EXPLICIT_LE, DW_TS_JPEG_LOSSLESS or
 *  DW_TS_J2K_LOSSLESS; an object without pixel data becomes DW_TS_EXPLICIT_LE in any case. A compressed dst
 *  has been decoded again, and every frame is what it was, before it is published.
 *  DW_ERR_UNSUPPORTED: another target, video, or pixels that this target cannot hold without loss (then
 *  DW_TS_EXPLICIT_LE can); DW_ERR_CORRUPT, DW_ERR_LIMIT: what src is, by our scanner's or the decoder's
 *  word, or that the proof failed; DW_ERR_NO_SPACE, DW_ERR_IO: dst. Blocks; one thread at a time. */
DW_MUST_CHECK dw_status dw_transcode_file(const char *src, const char *dst,
                                          const char *transfer_syntax, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
