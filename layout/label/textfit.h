/** Text that always fits: made smaller and broken into lines until it lies in the printable ring,
 * then turned into outlines, so that what was measured is what is drawn. Pango shapes it: any
 * script, either direction, fonts found by fontconfig. Private to this room. */
#ifndef DW_LAYOUT_LABEL_TEXTFIT_H
#define DW_LAYOUT_LABEL_TEXTFIT_H
#include "base/text.h"
#include "layout/label/ring.h"

enum dw_anchor { DW_ANCHOR_START, DW_ANCHOR_MIDDLE, DW_ANCHOR_END };

struct dw_textfit {     /* lengths in millimetres of the template */
    const char *text;   /**< UTF-8, one paragraph */
    const char *family; /**< as in SVG: "Noto Sans, sans-serif" */
    int weight;         /**< 400, 700 */
    bool italic;
    enum dw_anchor anchor;
    double x, y;   /**< of the base line, were it one line at full size */
    double size;   /**< of the font at most */
    double width;  /**< 0: the ring alone limits it */
    double height; /**< room for lines, around the middle of the first one; 0: of one line */
    const struct dw_ring *ring;
};
/** Append SVG path data. DW_ERR_LIMIT: cannot be made to fit, not even at DW_TEXTFIT_SIZE_MIN. */
DW_MUST_CHECK dw_status dw_textfit_path(const struct dw_textfit *fit, struct dw_buf *out,
                                        struct dw_error *err);
#define DW_TEXTFIT_SIZE_MIN 0.7 /* mm; below that nobody reads it */

#endif
