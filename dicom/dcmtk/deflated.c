/* Deflated Image Frame Compression: each frame a deflate stream of its own without a header (PS3.5 A.4,
 * RFC 1951). */
#include <zlib.h>

#include "dicom/dcmtk/pixels.h"

dw_status dw_deflated_decode(const uint8_t *data, size_t size, uint8_t *out, size_t out_size,
                             struct dw_error *err)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .next_out = out};
    if (size > UINT32_MAX || out_size > UINT32_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a deflated frame of %zu bytes", size);
    z.avail_in = (uInt)size;
    z.avail_out = (uInt)out_size;
    if (inflateInit2(&z, -15) != Z_OK)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    int code = inflate(&z, Z_FINISH); /* a padding byte behind the stream is not looked at */
    size_t missing = z.avail_out;
    inflateEnd(&z);
    if (code != Z_STREAM_END || missing > 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "deflated frame is broken or of another size");
    return DW_OK;
}
