/** The part of a disc that takes ink: between hole and rim, in the millimetres of a template.
 * Private to this room. */
#ifndef DW_LAYOUT_LABEL_RING_H
#define DW_LAYOUT_LABEL_RING_H
#include <stdbool.h>

struct dw_ring {
    double centre; /**< x and y of the middle */
    double inner_r;
    double outer_r;
};
/** Between heights top and bottom, the widest strip left and right of x that stays in the ring.
 * False: there is none, x lies in the hole or outside. */
bool dw_ring_span(const struct dw_ring *ring, double x, double top, double bottom, double *out_left,
                  double *out_right);
bool dw_ring_holds(const struct dw_ring *ring, double left, double top, double right,
                   double bottom);

#endif
