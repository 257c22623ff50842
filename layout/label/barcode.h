/** Code 128 as bars in whole dots of the printer. Private to this room. */
#ifndef DW_LAYOUT_LABEL_BARCODE_H
#define DW_LAYOUT_LABEL_BARCODE_H
#include "base/text.h"

#define DW_BARCODE_TEXT_MAX 20
#define DW_BARCODE_QUIET 10   /* modules left and right, ISO/IEC 15417 4.4 */
#define DW_BARCODE_DOTS_MIN 2 /* 0.17 mm: what a laser scanner still reads from a disc */

struct dw_barcode_box { /* in user units; dots_per_unit is 1417/120 on a label */
    double x, y, width, height;
    double dots_per_unit;
};
/** Append SVG path data of the bars, centred in the box with their quiet zones, on whole dots.
 *  DW_ERR_INVALID: not printable ASCII or empty; DW_ERR_LIMIT: longer than DW_BARCODE_TEXT_MAX, or
 * bars would be narrower than DW_BARCODE_DOTS_MIN. */
DW_MUST_CHECK dw_status dw_barcode_path(const char *text, const struct dw_barcode_box *box,
                                        struct dw_buf *out, struct dw_error *err);

#endif
