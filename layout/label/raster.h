/** A drawn surface as the bytes of a picture file. Private to this room. */
#ifndef DW_LAYOUT_LABEL_RASTER_H
#define DW_LAYOUT_LABEL_RASTER_H
#include <cairo.h>

#include "base/text.h"

/** PNG with its resolution (pHYs, 300 dpi), which cairo does not write. */
DW_MUST_CHECK dw_status dw_raster_png(cairo_surface_t *surface, struct dw_buf *out,
                                      struct dw_error *err);
/** JPEG, 24 bit, 300 dpi, full colour resolution, quality 95. The surface must be opaque (RGB24).
 */
DW_MUST_CHECK dw_status dw_raster_jpeg(cairo_surface_t *surface, struct dw_buf *out,
                                       struct dw_error *err);
/** For cairo's stream writers; closure is a struct dw_buf. */
cairo_status_t dw_raster_append(void *closure, const unsigned char *data, unsigned int length);

#endif
