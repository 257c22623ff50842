/* RLE Lossless: a header of 16 words, then one PackBits segment for every byte of a sample, most
 * significant first (PS3.5 G.3 to G.5). */
#include <string.h>

#include "dicom/dcmtk/pixels.h"

#define HEADER_BYTES 64
#define SEGMENTS_MAX 15

dw_status dw_pixels_size(const struct dw_pixels *pixels, size_t *out, struct dw_error *err)
{
    if (pixels->rows == 0 || pixels->columns == 0 || pixels->samples == 0 || pixels->samples > 4)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "an image of %u x %u with %u samples",
                            pixels->columns, pixels->rows, pixels->samples);
    uint32_t bits = pixels->bits_allocated;
    if (bits != 1 && bits != 8 && bits != 16 && bits != 32)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "%u bits allocated", bits);
    uint64_t bytes = (uint64_t)pixels->rows * pixels->columns * pixels->samples;
    if (bytes > DW_FRAME_BYTES_MAX / 4 || bytes * (bits < 8 ? 1 : bits / 8) > DW_FRAME_BYTES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a frame of %u x %u is larger than we decode",
                            pixels->columns, pixels->rows);
    *out = (size_t)bytes * (bits < 8 ? 1 : bits / 8);
    return DW_OK;
}

static uint32_t word(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* count bytes, each `step` after the one before. False: the segment ended before. */
static bool unpack(const uint8_t *at, const uint8_t *end, uint8_t *out, size_t count, size_t step)
{
    size_t done = 0;
    while (done < count && at < end) {
        uint8_t code = *at++;
        if (code == 128)
            continue;
        size_t run = code < 128 ? (size_t)code + 1 : 257 - (size_t)code;
        if (run > count - done)
            run = count - done; /* encoders may run on into the padding of the last row */
        if (code < 128) {
            if ((size_t)(end - at) < run)
                return false;
            for (size_t i = 0; i < run; i++)
                out[(done + i) * step] = at[i];
            at += run;
        } else {
            if (at == end)
                return false;
            for (size_t i = 0; i < run; i++)
                out[(done + i) * step] = *at;
            at++;
        }
        done += run;
    }
    return done == count;
}

dw_status dw_rle_decode(const uint8_t *data, size_t size, const struct dw_pixels *pixels,
                        uint8_t *out, struct dw_error *err)
{
    size_t bytes_per_sample = pixels->bits_allocated / 8;
    size_t segments = bytes_per_sample * pixels->samples;
    if (size < HEADER_BYTES || segments == 0 || segments > SEGMENTS_MAX || word(data) != segments)
        return dw_error_set(err, DW_ERR_CORRUPT, "RLE header does not fit the image");
    size_t count = (size_t)pixels->rows * pixels->columns;
    for (size_t i = 0; i < segments; i++) {
        uint32_t begin = word(data + 4 + 4 * i);
        uint32_t end = i + 1 < segments ? word(data + 8 + 4 * i) : (uint32_t)size;
        if (begin < HEADER_BYTES || begin > end || end > size)
            return dw_error_set(err, DW_ERR_CORRUPT, "RLE segment %zu lies outside the frame", i + 1);
        size_t sample = i / bytes_per_sample;
        size_t byte = bytes_per_sample - 1 - i % bytes_per_sample;
        if (!unpack(data + begin, data + end, out + sample * bytes_per_sample + byte, count,
                    segments))
            return dw_error_set(err, DW_ERR_CORRUPT, "RLE segment %zu ends too early", i + 1);
    }
    return DW_OK;
}
