/* JPEG 2000 (ISO/IEC 15444-1) by OpenJPEG: one frame from memory to interleaved samples. The inverse
 * colour transform (RCT, ICT) is OpenJPEG's: what comes out of YBR_RCT and YBR_ICT is RGB. */
#include <openjpeg.h>
#include <string.h>

#include "dicom/dcmtk/pixels.h"

struct memory {
    const uint8_t *data;
    size_t size, at;
};

static OPJ_SIZE_T read_memory(void *out, OPJ_SIZE_T size, void *ctx)
{
    struct memory *m = ctx;
    if (m->at >= m->size)
        return (OPJ_SIZE_T)-1;
    size_t n = m->size - m->at < size ? m->size - m->at : size;
    memcpy(out, m->data + m->at, n);
    m->at += n;
    return n;
}

static OPJ_OFF_T skip_memory(OPJ_OFF_T by, void *ctx)
{
    struct memory *m = ctx;
    if (by < 0 || (uint64_t)by > m->size - m->at)
        return -1;
    m->at += (size_t)by;
    return by;
}

static OPJ_BOOL seek_memory(OPJ_OFF_T to, void *ctx)
{
    struct memory *m = ctx;
    if (to < 0 || (uint64_t)to > m->size)
        return OPJ_FALSE;
    m->at = (size_t)to;
    return OPJ_TRUE;
}

static void ignore(const char *text, void *ctx)
{
    (void)text;
    (void)ctx;
}

/* The same before and after decoding: nothing is allocated for an image of another shape. */
static dw_status check_shape(const opj_image_t *image, const struct dw_pixels *pixels,
                             struct dw_error *err)
{
    if (image->numcomps != pixels->samples || image->x1 < image->x0 || image->y1 < image->y0 ||
        image->x1 - image->x0 != pixels->columns || image->y1 - image->y0 != pixels->rows)
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "JPEG 2000 frame is %u x %u with %u components, not %u x %u with %u",
                            image->x1 - image->x0, image->y1 - image->y0, image->numcomps,
                            pixels->columns, pixels->rows, pixels->samples);
    for (uint32_t i = 0; i < image->numcomps; i++) {
        const opj_image_comp_t *c = &image->comps[i];
        if (c->prec == 0 || c->prec > pixels->bits_allocated || c->dx == 0 || c->dy == 0 ||
            c->dx > 4 || c->dy > 4)
            return dw_error_set(err, DW_ERR_CORRUPT,
                                "JPEG 2000 component of %u bits does not fit %u bits allocated",
                                c->prec, pixels->bits_allocated);
    }
    return DW_OK;
}

static void put_sample(uint8_t *out, int32_t value, const opj_image_comp_t *c,
                       const struct dw_pixels *pixels)
{
    uint32_t bits = (uint32_t)value;
    if (pixels->is_signed && !c->sgnd && c->prec < 32 && (bits >> (c->prec - 1) & 1))
        bits |= ~0U << c->prec; /* two's complement that was coded as plain bits */
    else if (!pixels->is_signed && c->sgnd && c->prec < 32)
        bits &= ~(~0U << c->prec);
    for (uint32_t i = 0; i < pixels->bits_allocated / 8; i++)
        out[i] = (uint8_t)(bits >> (8 * i));
}

static dw_status interleave(const opj_image_t *image, const struct dw_pixels *pixels, uint8_t *out,
                            struct dw_error *err)
{
    size_t bytes = pixels->bits_allocated / 8, step = bytes * pixels->samples;
    for (uint32_t i = 0; i < image->numcomps; i++) {
        const opj_image_comp_t *c = &image->comps[i];
        /* every sample must be there: (n - 1) / d is the last one asked for */
        if (!c->data || c->w <= (pixels->columns - 1) / c->dx || c->h <= (pixels->rows - 1) / c->dy)
            return dw_error_set(err, DW_ERR_CORRUPT, "JPEG 2000 component %u is incomplete", i + 1);
        uint8_t *at = out + i * bytes;
        for (uint32_t y = 0; y < pixels->rows; y++) {
            const int32_t *row = c->data + (size_t)(y / c->dy) * c->w;
            for (uint32_t x = 0; x < pixels->columns; x++, at += step)
                put_sample(at, row[x / c->dx], c, pixels);
        }
    }
    return DW_OK;
}

static dw_status decode(opj_codec_t *codec, opj_stream_t *stream, const struct dw_pixels *pixels,
                        uint8_t *out, struct dw_error *err)
{
    opj_dparameters_t parameters;
    opj_image_t *image = NULL;
    opj_set_default_decoder_parameters(&parameters);
    opj_set_info_handler(codec, ignore, NULL);
    opj_set_warning_handler(codec, ignore, NULL);
    opj_set_error_handler(codec, ignore, NULL);
    dw_status st = DW_OK;
    if (!opj_setup_decoder(codec, &parameters) || !opj_read_header(stream, codec, &image)) {
        st = dw_error_set(err, DW_ERR_CORRUPT, "JPEG 2000 header is broken");
        goto out;
    }
    st = check_shape(image, pixels, err);
    if (st != DW_OK)
        goto out;
    if (!opj_decode(codec, stream, image)) {
        st = dw_error_set(err, DW_ERR_CORRUPT, "JPEG 2000 codestream is broken");
        goto out;
    }
    /* a missing end marker is forgiven: every tile has been decoded */
    (void)opj_end_decompress(codec, stream);
    st = check_shape(image, pixels, err);
    if (st == DW_OK)
        st = interleave(image, pixels, out, err);
out:
    opj_image_destroy(image);
    return st;
}

dw_status dw_j2k_decode(const uint8_t *data, size_t size, const struct dw_pixels *pixels,
                        uint8_t *out, struct dw_error *err)
{
    static const uint8_t jp2[] = {0, 0, 0, 12, 'j', 'P', ' ', ' '}; /* the file format, not allowed
        by PS3.5 A.4.4 and met all the same */
    if (size < sizeof jp2)
        return dw_error_set(err, DW_ERR_CORRUPT, "JPEG 2000 frame is empty");
    bool boxed = memcmp(data, jp2, sizeof jp2) == 0;
    struct memory memory = {.data = data, .size = size};
    opj_codec_t *codec = opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    opj_stream_t *stream = opj_stream_create(65536, OPJ_TRUE);
    dw_status st = DW_OK;
    if (!codec || !stream) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        goto out;
    }
    opj_stream_set_user_data(stream, &memory, NULL);
    opj_stream_set_user_data_length(stream, size);
    opj_stream_set_read_function(stream, read_memory);
    opj_stream_set_skip_function(stream, skip_memory);
    opj_stream_set_seek_function(stream, seek_memory);
    st = decode(codec, stream, pixels, out, err);
out:
    if (stream)
        opj_stream_destroy(stream);
    if (codec)
        opj_destroy_codec(codec);
    return st;
}
