#include "layout/label/ring.h"

#include <math.h>

/* Half the width of a circle at this distance from its middle. */
static double half_chord(double r, double distance)
{
    return distance < r ? sqrt(r * r - distance * distance) : 0;
}

bool dw_ring_span(const struct dw_ring *ring, double x, double top, double bottom, double *out_left,
                  double *out_right)
{
    double far = fmax(fabs(top - ring->centre), fabs(bottom - ring->centre));
    double near = fmin(fabs(top - ring->centre), fabs(bottom - ring->centre));
    if (top < ring->centre && bottom > ring->centre)
        near = 0;
    double outer = half_chord(ring->outer_r, far), inner = half_chord(ring->inner_r, near);
    double left = ring->centre - outer, right = ring->centre + outer;
    if (inner > 0 && x >= ring->centre)
        left = ring->centre + inner;
    else if (inner > 0)
        right = ring->centre - inner;
    if (x < left || x > right || left >= right)
        return false;
    *out_left = left;
    *out_right = right;
    return true;
}

bool dw_ring_holds(const struct dw_ring *ring, double left, double top, double right, double bottom)
{
    double from, to;
    return dw_ring_span(ring, left, top, bottom, &from, &to) && left >= from && right <= to;
}
