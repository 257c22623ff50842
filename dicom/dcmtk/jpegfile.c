/* Writing a rendered frame with libjpeg. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>

#include "base/file.h"
#include "dicom/dcmtk/render.h"

struct failure { /* libjpeg leaves through here */
    struct jpeg_error_mgr manager;
    jmp_buf out;
};

_Noreturn static void give_up(j_common_ptr common)
{
    struct failure *failure = (struct failure *)common->err;
    longjmp(failure->out, 1);
}

static void say_nothing(j_common_ptr common)
{
    (void)common;
}

/* Nothing but setjmp in here: no local of the caller can be lost to longjmp. */
static bool compress_frame(struct jpeg_compress_struct *jpeg, struct failure *failure,
                           const struct dw_frame *frame, int quality, unsigned char **out,
                           unsigned long *out_size)
{
    if (setjmp(failure->out))
        return false;
    jpeg_create_compress(jpeg);
    jpeg_mem_dest(jpeg, out, out_size);
    jpeg->image_width = frame->width;
    jpeg->image_height = frame->height;
    jpeg->input_components = (int)frame->channels;
    jpeg->in_color_space = frame->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->optimize_coding = TRUE;
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row =
            frame->data + (size_t)jpeg->next_scanline * frame->width * frame->channels;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    return true;
}

dw_status dw_frame_save_jpeg(const struct dw_frame *frame, const char *path, int quality,
                             struct dw_error *err)
{
    struct jpeg_compress_struct jpeg;
    struct failure failure;
    unsigned char *data = NULL;
    unsigned long size = 0;
    memset(&jpeg, 0, sizeof jpeg);
    jpeg.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = give_up;
    failure.manager.output_message = say_nothing;
    bool ok = compress_frame(&jpeg, &failure, frame, quality, &data, &size);
    dw_status st = ok ? dw_file_save(NULL, path, data, size, err)
                      : dw_error_set(err, DW_ERR_INTERNAL, "JPEG of %u x %u could not be made",
                                     frame->width, frame->height);
    jpeg_destroy_compress(&jpeg);
    free(data);
    return st;
}
