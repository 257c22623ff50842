/** One file into another transfer syntax. Today the only target is Explicit VR Little Endian, the one
 *  syntax every profile takes (PS3.11 D.3). */
#ifndef DW_DICOM_DCMTK_TRANSCODE_H
#define DW_DICOM_DCMTK_TRANSCODE_H
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** dst is there whole or not at all, with a meta header of ours and the SOP Instance UID of src. Sources:
 *  implicit, big endian, deflated, RLE, JPEG, JPEG-LS, JPEG 2000. Memory is that of one frame and its
 *  compressed form, not of the object. What was ever compressed with loss stays marked so.
 *  DW_ERR_UNSUPPORTED: another target, or video; DW_ERR_CORRUPT, DW_ERR_LIMIT: what src is, by our
 *  scanner's or the decoder's word; DW_ERR_NO_SPACE, DW_ERR_IO: dst. Blocks; one thread at a time. */
DW_MUST_CHECK dw_status dw_transcode_file(const char *src, const char *dst,
                                          const char *transfer_syntax, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
