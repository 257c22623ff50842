/* Fuzz target: any bytes as one RLE frame or as the pieces of a palette (the first byte says which, the
 * next four the shape). JPEG 2000 is left to OpenJPEG's own fuzzing: its High-Throughput decoder meets broken
 * frames with assert(), which costs the work task one object. */
#include "dicom/dcmtk/palette.h"
#include "dicom/dcmtk/pixels.h"
#include "fuzz.h"

static void decode(const uint8_t *head, const uint8_t *data, size_t size)
{
    struct dw_pixels shape = {.rows = head[1] + 1U,
                              .columns = head[2] + 1U,
                              .samples = head[3] % 3 ? 1 : 3,
                              .bits_allocated = head[4] & 1 ? 16 : 8,
                              .bits_stored = head[4] & 1 ? 12 : 8,
                              .is_signed = head[4] & 2};
    struct dw_error err = {0};
    size_t bytes = 0;
    if (dw_pixels_size(&shape, &bytes, &err) != DW_OK)
        abort();
    uint8_t *out = malloc(bytes);
    if (!out)
        return;
    dw_status st = dw_rle_decode(data, size, &shape, out, &err);
    if ((st != DW_OK) != (err.text[0] != '\0'))
        abort();
    free(out);
}

static void expand(const uint8_t *head, const uint8_t *data, size_t size)
{
    size_t count = size / 2, entries = (size_t)head[1] + 1;
    uint16_t out[256];
    uint16_t *pieces = malloc(size + 2);
    struct dw_error err = {0};
    if (!pieces)
        return;
    memcpy(pieces, data, count * 2);
    dw_status st = dw_palette_expand(pieces, count, head[2] % 2 + 1U, out, entries, &err);
    if ((st != DW_OK) != (err.text[0] != '\0'))
        abort();
    free(pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 5)
        return 0;
    if (data[0] % 2 == 0)
        expand(data, data + 5, size - 5);
    else
        decode(data, data + 5, size - 5);
    return 0;
}
