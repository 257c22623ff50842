/** One frame as a person would see it: 8 bits, grey or RGB, in the first window the object asks for
 *  (VOI window, VOI LUT, else its darkest to its brightest value). */
#ifndef DW_DICOM_DCMTK_RENDER_H
#define DW_DICOM_DCMTK_RENDER_H
#include <stdint.h>
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_RENDER_EDGE_MAX 65535
#define DW_RENDER_MIDDLE UINT32_MAX /* the frame in the middle of all */

struct dw_frame {      /* dw_frame_done() */
    uint32_t width, height;
    uint32_t channels; /**< 1: grey, 0 is black; 3: RGB interleaved */
    uint8_t *data;     /**< malloc'ed, width * height * channels */
};

/** Frame `frame` (from 0, or DW_RENDER_MIDDLE) of the file, scaled down so that neither edge is longer than max_edge pixels
 *  (0: not scaled), pixel aspect ratio applied. DW_ERR_UNSUPPORTED: nothing to show (SR, PDF, waveform)
 *  or no decoder; DW_ERR_NOT_FOUND: no such file or frame; DW_ERR_CORRUPT, DW_ERR_LIMIT. Memory is that of
 *  one frame. Blocks; one thread at a time. */
DW_MUST_CHECK dw_status dw_render_frame(const char *path, uint32_t frame, unsigned max_edge,
                                        struct dw_frame *out, struct dw_error *err);
void dw_frame_done(struct dw_frame *frame);

/** As a baseline JPEG, whole or not at all (written as "path.part"). quality 1 to 100. */
DW_MUST_CHECK dw_status dw_frame_save_jpeg(const struct dw_frame *frame, const char *path,
                                           int quality, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
