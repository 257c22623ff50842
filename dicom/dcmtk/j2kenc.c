/* JPEG 2000 by OpenJPEG, reversible: one frame of interleaved samples to a codestream without boxes
 * (PS3.5 A.4.4). */
#include <openjpeg.h>
#include <string.h>

#include "dicom/dcmtk/encode.h"

#define SAMPLES_MAX 3
#define RESOLUTIONS_MAX 6
#define STREAM_BYTES (64 * 1024)
#define FRAME_SAMPLES_MAX (96U << 20) /* OpenJPEG holds each twice in 32 bits; a task has 3 GiB */

struct sink {
    struct dw_buf *out;
    size_t at;
};

static OPJ_SIZE_T write_sink(void *data, OPJ_SIZE_T size, void *ctx)
{
    struct sink *sink = ctx;
    size_t over = sink->at < sink->out->size ? sink->out->size - sink->at : 0;
    if (over > size)
        over = size;
    if (over > 0)
        memcpy(sink->out->data + sink->at, data, over);
    dw_buf_add(sink->out, (const char *)data + over, size - over);
    if (sink->out->failed)
        return (OPJ_SIZE_T)-1;
    sink->at += size;
    return size;
}

static OPJ_BOOL seek_sink(OPJ_OFF_T to, void *ctx)
{
    struct sink *sink = ctx;
    if (to < 0 || (uint64_t)to > sink->out->size)
        return OPJ_FALSE;
    sink->at = (size_t)to;
    return OPJ_TRUE;
}

static OPJ_OFF_T skip_sink(OPJ_OFF_T by, void *ctx)
{
    struct sink *sink = ctx;
    return seek_sink((OPJ_OFF_T)sink->at + by, ctx) ? by : -1;
}

static void ignore(const char *text, void *ctx)
{
    (void)text;
    (void)ctx;
}

static int32_t sample_at(const uint8_t *at, const struct dw_pixels *shape)
{
    uint32_t value = shape->bits_allocated == 16 ? at[0] | (uint32_t)at[1] << 8 : at[0];
    if (!shape->is_signed)
        return (int32_t)value;
    return shape->bits_allocated == 16 ? (int16_t)(uint16_t)value : (int8_t)(uint8_t)value;
}

static opj_image_t *make_image(const uint8_t *frame, const struct dw_pixels *shape, bool is_rgb)
{
    opj_image_cmptparm_t parameters[SAMPLES_MAX];
    memset(parameters, 0, sizeof parameters);
    for (uint32_t c = 0; c < shape->samples; c++) {
        parameters[c].dx = parameters[c].dy = 1;
        parameters[c].w = shape->columns;
        parameters[c].h = shape->rows;
        parameters[c].prec = shape->bits_stored;
        parameters[c].sgnd = shape->is_signed;
    }
    opj_image_t *image =
        opj_image_create(shape->samples, parameters, is_rgb ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
    if (!image)
        return NULL;
    image->x1 = shape->columns;
    image->y1 = shape->rows;
    size_t count = (size_t)shape->rows * shape->columns, bytes = shape->bits_allocated / 8;
    for (size_t i = 0; i < count; i++)
        for (uint32_t c = 0; c < shape->samples; c++, frame += bytes)
            image->comps[c].data[i] = sample_at(frame, shape);
    return image;
}

static void set_parameters(opj_cparameters_t *how, const struct dw_pixels *shape, bool is_rgb)
{
    uint32_t edge = shape->rows < shape->columns ? shape->rows : shape->columns;
    opj_set_default_encoder_parameters(how); /* reversible, one quality layer, 64 x 64 blocks */
    how->tcp_numlayers = 1;
    how->tcp_rates[0] = 0;
    how->cp_disto_alloc = 1;
    how->tcp_mct = is_rgb;
    how->numresolution = 1;
    while (how->numresolution < RESOLUTIONS_MAX && edge >> how->numresolution > 0)
        how->numresolution++;
}

static dw_status encode(opj_codec_t *codec, opj_stream_t *stream, opj_image_t *image,
                        opj_cparameters_t *how, struct dw_error *err)
{
    opj_set_info_handler(codec, ignore, NULL);
    opj_set_warning_handler(codec, ignore, NULL);
    opj_set_error_handler(codec, ignore, NULL);
    if (opj_setup_encoder(codec, how, image) && opj_start_compress(codec, image, stream) &&
        opj_encode(codec, stream) && opj_end_compress(codec, stream))
        return DW_OK;
    return dw_error_set(err, DW_ERR_INTERNAL, "JPEG 2000 frame of %u x %u could not be made",
                        image->x1, image->y1);
}

static dw_status check_shape(const struct dw_pixels *shape, struct dw_error *err)
{
    if ((shape->bits_allocated != 8 && shape->bits_allocated != 16) ||
        (shape->samples != 1 && shape->samples != SAMPLES_MAX))
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "%u samples of %u bits cannot be JPEG 2000",
                            shape->samples, shape->bits_allocated);
    if (shape->bits_allocated == 16 &&
        shape->bits_stored <= 8) /* others would decode to 8 bits a cell */
        return dw_error_set(
            err, DW_ERR_UNSUPPORTED,
            "samples of %u bits in cells of 16 do not keep their cells in JPEG 2000",
            shape->bits_stored);
    if ((uint64_t)shape->rows * shape->columns * shape->samples > FRAME_SAMPLES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a frame of %u x %u is larger than we encode",
                            shape->columns, shape->rows);
    return DW_OK;
}

dw_status dw_j2k_encode(const uint8_t *frame, const struct dw_pixels *shape, bool is_rgb,
                        struct dw_buf *out, struct dw_error *err)
{
    opj_cparameters_t how;
    struct sink sink = {.out = out};
    dw_status st = check_shape(shape, err);
    if (st != DW_OK)
        return st;
    dw_buf_reset(out);
    opj_image_t *image = make_image(frame, shape, is_rgb);
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    opj_stream_t *stream = opj_stream_create(STREAM_BYTES, OPJ_FALSE);
    if (!image || !codec || !stream) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        goto out;
    }
    opj_stream_set_user_data(stream, &sink, NULL);
    opj_stream_set_write_function(stream, write_sink);
    opj_stream_set_skip_function(stream, skip_sink);
    opj_stream_set_seek_function(stream, seek_sink);
    set_parameters(&how, shape, is_rgb);
    st = encode(codec, stream, image, &how, err);
    if (st == DW_OK && (out->size & 1))
        dw_buf_add(out, "", 1); /* fragments are even, PS3.5 A.4 */
    if (st == DW_OK)
        st = dw_buf_check(out, "JPEG 2000 frame", err);
out:
    if (stream)
        opj_stream_destroy(stream);
    if (codec)
        opj_destroy_codec(codec);
    if (image)
        opj_image_destroy(image);
    return st;
}
