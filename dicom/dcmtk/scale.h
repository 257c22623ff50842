/** Pictures in 8 bits, made smaller or larger; icons of directory records (PS3.3 F.7). */
#ifndef DW_DICOM_DCMTK_SCALE_H
#define DW_DICOM_DCMTK_SCALE_H
#include "dicom/dcmtk/render.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Every target pixel is the mean of the source pixels under it: a preview keeps thin lines as grey, not as
 *  gaps. to says width, height and channels (those of from), and has data for them. */
void dw_frame_scale(const struct dw_frame *from, struct dw_frame *to);

/** edge * edge bytes, MONOCHROME2 8 bit: the frame in the middle as large as it fits, its aspect ratio kept,
 *  black around it, colour as its luminance (ITU-R BT.601). DW_ERR_INTERNAL: out of memory. */
DW_MUST_CHECK dw_status dw_frame_to_icon(const struct dw_frame *frame, unsigned edge, uint8_t *out,
                                         struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
