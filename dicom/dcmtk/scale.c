#include "dicom/dcmtk/scale.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Target pixel `at` of `count` covers these of `size`; at least one. */
static void span(uint32_t at, uint32_t count, uint32_t size, size_t *out_begin, size_t *out_end)
{
    *out_begin = (size_t)((uint64_t)at * size / count);
    *out_end = (size_t)(((uint64_t)at + 1) * size / count);
    if (*out_end <= *out_begin)
        *out_end = *out_begin + 1;
}

static uint8_t mean(uint64_t sum, uint64_t count)
{
    assert(count > 0);
    return (uint8_t)((sum + count / 2) / count);
}

void dw_frame_scale(const struct dw_frame *from, struct dw_frame *to)
{
    uint32_t channels = to->channels;
    uint8_t *out = to->data;
    assert((channels == 1 || channels == 3) && channels == from->channels);
    assert(to->width > 0 && to->height > 0);
    for (uint32_t y = 0; y < to->height; y++) {
        size_t y0, y1;
        span(y, to->height, from->height, &y0, &y1);
        for (uint32_t x = 0; x < to->width; x++, out += channels) {
            size_t x0, x1;
            span(x, to->width, from->width, &x0, &x1);
            uint64_t sum[3] = {0, 0, 0}, count = (uint64_t)(x1 - x0) * (y1 - y0);
            for (size_t v = y0; v < y1; v++)
                for (size_t u = x0; u < x1; u++)
                    for (uint32_t c = 0; c < channels; c++)
                        sum[c] += from->data[(v * from->width + u) * channels + c];
            for (uint32_t c = 0; c < channels; c++)
                out[c] = mean(sum[c], count);
        }
    }
}

static uint8_t luminance(const uint8_t *at, uint32_t channels)
{
    if (channels == 1)
        return at[0];
    return (uint8_t)((299U * at[0] + 587U * at[1] + 114U * at[2] + 500) / 1000);
}

/* Of an edge whose longer one becomes `edge`; never nothing. */
static uint32_t fitted(uint32_t size, uint32_t longest, unsigned edge)
{
    uint32_t fit = (uint32_t)(((uint64_t)size * edge + longest / 2) / longest);
    return fit ? fit : 1;
}

dw_status dw_frame_to_icon(const struct dw_frame *frame, unsigned edge, uint8_t *out,
                           struct dw_error *err)
{
    uint32_t longest = frame->width > frame->height ? frame->width : frame->height;
    struct dw_frame fit = {.width = fitted(frame->width, longest, edge),
                           .height = fitted(frame->height, longest, edge),
                           .channels = frame->channels};
    fit.data = calloc((size_t)fit.width * fit.height, fit.channels);
    if (!fit.data)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for an icon");
    dw_frame_scale(frame, &fit);
    memset(out, 0, (size_t)edge * edge);
    uint32_t left = (edge - fit.width) / 2, top = (edge - fit.height) / 2;
    const uint8_t *at = fit.data;
    for (uint32_t y = 0; y < fit.height; y++)
        for (uint32_t x = 0; x < fit.width; x++, at += fit.channels)
            out[(size_t)(top + y) * edge + left + x] = luminance(at, fit.channels);
    free(fit.data);
    return DW_OK;
}
