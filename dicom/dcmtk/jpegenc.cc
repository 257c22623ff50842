/* JPEG lossless by DCMTK's copy of the IJG library, one frame at a time: its codecs for whole data
 * sets would hold the object in memory twice. Precision is 8, 12 or 16, the least that holds Bits
 * Stored. */
#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmjpeg/djcparam.h>
#include <dcmtk/dcmjpeg/djeijg12.h>
#include <dcmtk/dcmjpeg/djeijg16.h>
#include <dcmtk/dcmjpeg/djeijg8.h>

#include <cstring>
#include <memory>
#include <vector>

#include "dicom/dcmtk/encode.h"
#include "dicom/dcmtk/guard.h"

namespace
{
constexpr int LEFT_NEIGHBOUR = 1; /* selection value 1 */
constexpr int NO_POINT_TRANSFORM = 0;
constexpr uint32_t SAMPLES_MAX = 3;

/* The library takes 16-bit cells for everything above 8 bits, in the machine's order and without a
 * sign: the cell's bits are coded as they stand. */
template <class Compressor>
OFCondition compress(const DJCodecParameter &parameter, const dw_pixels &shape,
                     EP_Interpretation colours, const uint8_t *frame, Uint8 *&to, Uint32 &length)
{
    Compressor compressor(parameter, EJM_lossless, LEFT_NEIGHBOUR, NO_POINT_TRANSFORM);
    const auto columns = (Uint16)shape.columns, rows = (Uint16)shape.rows;
    const auto samples = (Uint16)shape.samples;
    const size_t count = (size_t)shape.columns * shape.rows * shape.samples;
    if (compressor.bytesPerSample() == 1) {
        std::vector<Uint8> cells(count);
        for (size_t i = 0; i < count; i++)
            cells[i] = frame[i];
        return compressor.encode(columns, rows, colours, samples, cells.data(), to, length);
    }
    std::vector<Uint16> cells(count);
    for (size_t i = 0; i < count; i++)
        cells[i] = (Uint16)(frame[2 * i] | frame[2 * i + 1] << 8);
    return compressor.encode(columns, rows, colours, samples, cells.data(), to, length);
}
} // namespace

dw_status dw_jpeg_lossless_encode(const uint8_t *frame, const dw_pixels *shape, bool is_rgb,
                                  dw_buf *out, dw_error *err)
{
    return guarded(err, [&] {
        if ((shape->bits_allocated != 8 && shape->bits_allocated != 16) ||
            (shape->samples != 1 && shape->samples != SAMPLES_MAX) || shape->rows > UINT16_MAX ||
            shape->columns > UINT16_MAX)
            return dw_error_set(err, DW_ERR_UNSUPPORTED,
                                "%u samples of %u bits cannot be JPEG lossless", shape->samples,
                                shape->bits_allocated);
        DJCodecParameter parameter(ECC_lossyRGB, EDC_never, EUC_never, EPC_colorByPixel, OFFalse,
                                   OFFalse, OFFalse, OFTrue);
        uint32_t bits = shape->is_signed ? shape->bits_allocated : shape->bits_stored;
        if (shape->bits_allocated == 16 && bits <= 8) /* decoders would hand out cells of 8 bits */
            bits = 12;
        EP_Interpretation colours = shape->samples == 1 ? EPI_Monochrome2
                                    : is_rgb            ? EPI_RGB
                                                        : EPI_YBR_Full;
        Uint8 *data = nullptr;
        Uint32 length = 0;
        OFCondition made = (bits <= 8    ? compress<DJCompressIJG8Bit>
                            : bits <= 12 ? compress<DJCompressIJG12Bit>
                                         : compress<DJCompressIJG16Bit>)(parameter, *shape, colours,
                                                                         frame, data, length);
        std::unique_ptr<Uint8[]> owned(data);
        if (made.bad())
            return dw_error_set(err, DW_ERR_INTERNAL, "JPEG lossless: %s", made.text());
        dw_buf_reset(out);
        dw_buf_add(out, data, length);
        return dw_buf_check(out, "JPEG frame", err);
    });
}
