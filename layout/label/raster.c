#include "layout/label/raster.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <zlib.h>

#define DPI 300
#define PIXELS_PER_METRE 11811 /* 300 dpi */
#define JPEG_QUALITY 95
#define PNG_HEAD 33 /* signature and IHDR: pHYs must come before IDAT (PNG 5.6) */

cairo_status_t dw_raster_append(void *closure, const unsigned char *data, unsigned int length)
{
    struct dw_buf *out = closure;
    dw_buf_add(out, data, length);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add_resolution(struct dw_buf *out)
{
    uint8_t chunk[4 + 4 + 9 + 4] = {0, 0, 0, 9, 'p', 'H', 'Y', 's'};
    put_u32(chunk + 8, PIXELS_PER_METRE);
    put_u32(chunk + 12, PIXELS_PER_METRE);
    chunk[16] = 1; /* per metre */
    put_u32(chunk + 17, (uint32_t)crc32(crc32(0, NULL, 0), chunk + 4, 13));
    dw_buf_add(out, chunk, sizeof chunk);
}

dw_status dw_raster_png(cairo_surface_t *surface, struct dw_buf *out, struct dw_error *err)
{
    struct dw_buf png = {0};
    cairo_status_t done = cairo_surface_write_to_png_stream(surface, dw_raster_append, &png);
    dw_status st = DW_OK;
    if (done != CAIRO_STATUS_SUCCESS || png.size < PNG_HEAD) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "write PNG: %s", cairo_status_to_string(done));
        goto out;
    }
    dw_buf_add(out, png.data, PNG_HEAD);
    add_resolution(out);
    dw_buf_add(out, png.data + PNG_HEAD, png.size - PNG_HEAD);
    st = dw_buf_check(out, "PNG", err);
out:
    dw_buf_done(&png);
    return st;
}

struct jpeg_job { /* on the heap: nothing of it is lost by a jump back */
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf back; /* libjpeg's own handler would end the program */
    unsigned char *written;
    unsigned long size;
    unsigned char row[];
};

static void jpeg_failed(j_common_ptr jpeg)
{
    struct jpeg_job *job = jpeg->client_data;
    longjmp(job->back, 1);
}

static void jpeg_rows(struct jpeg_job *job, cairo_surface_t *surface)
{
    const unsigned char *data = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    unsigned char *row = job->row;
    while (job->jpeg.next_scanline < job->jpeg.image_height) {
        const unsigned char *src = data + stride * job->jpeg.next_scanline;
        for (unsigned x = 0; x < job->jpeg.image_width; x++) {
            uint32_t pixel;
            memcpy(&pixel, src + 4 * (size_t)x, 4);
            row[3 * x] = (unsigned char)(pixel >> 16);
            row[3 * x + 1] = (unsigned char)(pixel >> 8);
            row[3 * x + 2] = (unsigned char)pixel;
        }
        jpeg_write_scanlines(&job->jpeg, &row, 1);
    }
}

static void jpeg_write(struct jpeg_job *job, cairo_surface_t *surface)
{
    struct jpeg_compress_struct *jpeg = &job->jpeg;
    jpeg_create_compress(jpeg);
    jpeg_mem_dest(jpeg, &job->written, &job->size);
    jpeg->image_width = (JDIMENSION)cairo_image_surface_get_width(surface);
    jpeg->image_height = (JDIMENSION)cairo_image_surface_get_height(surface);
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, JPEG_QUALITY, TRUE);
    jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor =
        1; /* coloured text stays sharp */
    jpeg->density_unit = 1;
    jpeg->X_density = jpeg->Y_density = DPI;
    jpeg_start_compress(jpeg, TRUE);
    jpeg_rows(job, surface);
    jpeg_finish_compress(jpeg);
}

dw_status dw_raster_jpeg(cairo_surface_t *surface, struct dw_buf *out, struct dw_error *err)
{
    dw_status st = DW_OK;
    struct jpeg_job *job =
        calloc(1, sizeof *job + 3 * (size_t)cairo_image_surface_get_width(surface));
    if (!job)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a JPEG");
    job->jpeg.err = jpeg_std_error(&job->errors);
    job->errors.error_exit = jpeg_failed;
    job->jpeg.client_data = job;
    if (setjmp(job->back) == 0) {
        jpeg_write(job, surface);
        dw_buf_add(out, job->written, job->size);
        st = dw_buf_check(out, "JPEG", err);
    } else {
        st = dw_error_set(err, DW_ERR_INTERNAL, "libjpeg refused the label (message %d)",
                          job->errors.msg_code);
    }
    jpeg_destroy_compress(&job->jpeg);
    free(job->written);
    free(job);
    return st;
}
