#include "dicom/dcmtk/render.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmimage/diregist.h>
#include <dcmtk/dcmimgle/dcmimage.h>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "dicom/dcmtk/frames.h"
#include "dicom/dcmtk/guard.h"
#include "dicom/dcmtk/palette.h"
#include "dicom/dcmtk/scale.h"
#include "dicom/scan.h"

namespace
{
/* What decides how stored values become grey or colour, PS3.3 C.7.6.3, C.11.1, C.11.2, C.7.9. */
const DcmTagKey display_tags[] = {
    DCM_PixelAspectRatio, DCM_PixelPaddingValue, DCM_PixelPaddingRangeLimit,
    DCM_RescaleIntercept, DCM_RescaleSlope, DCM_ModalityLUTSequence, DCM_WindowCenter,
    DCM_WindowWidth, DCM_VOILUTFunction, DCM_VOILUTSequence, DCM_PresentationLUTShape,
    DCM_RedPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableDescriptor,
    DCM_BluePaletteColorLookupTableDescriptor, DCM_RedPaletteColorLookupTableData,
    DCM_GreenPaletteColorLookupTableData, DCM_BluePaletteColorLookupTableData,
    DCM_SegmentedRedPaletteColorLookupTableData, DCM_SegmentedGreenPaletteColorLookupTableData,
    DCM_SegmentedBluePaletteColorLookupTableData,
};

void copy_element(DcmItem &from, DcmItem &to, const DcmTagKey &tag)
{
    DcmElement *element = nullptr;
    if (from.findAndGetElement(tag, element).bad() || !element)
        return;
    auto *copy = static_cast<DcmElement *>(element->clone());
    if (to.insert(copy, OFTrue).bad())
        delete copy;
}

/* Enhanced objects keep window and rescale in functional groups, PS3.3 C.7.6.16.2. */
void copy_from_groups(DcmItem &ds, DcmItem &to, const DcmTagKey &groups, long item)
{
    static const DcmTagKey macros[] = {DCM_FrameVOILUTSequence,
                                       DCM_PixelValueTransformationSequence};
    DcmItem *group = nullptr, *macro = nullptr;
    if (ds.findAndGetSequenceItem(groups, group, item).bad())
        return;
    for (const DcmTagKey &tag : macros)
        if (group->findAndGetSequenceItem(tag, macro, 0).good())
            for (const DcmTagKey &display : display_tags)
                copy_element(*macro, to, display);
}

/* One colour of a segmented palette becomes a plain table of 16 bits, which is what DCMTK knows. */
dw_status expand_palette(DcmItem &to, Uint16 colour, dw_error *err)
{
    const DcmTagKey descriptor(0x0028, (Uint16)(0x1101 + colour)),
        plain(0x0028, (Uint16)(0x1201 + colour)), pieces(0x0028, (Uint16)(0x1221 + colour));
    const Uint16 *words = nullptr;
    Uint16 entries = 0, first = 0, bits = 16;
    unsigned long count = 0;
    if (to.tagExists(plain) || to.findAndGetUint16Array(pieces, words, &count).bad() || !words)
        return DW_OK;
    if (to.findAndGetUint16(descriptor, entries, 0).bad() ||
        to.findAndGetUint16(descriptor, first, 1).bad() ||
        to.findAndGetUint16(descriptor, bits, 2).bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "palette without a descriptor");
    std::vector<uint16_t> values(words, words + count),
        table(entries ? entries : DW_PALETTE_ENTRIES_MAX);
    if (bits == 8) { /* two values in each word */
        values.clear();
        for (unsigned long i = 0; i < count; i++) {
            values.push_back(words[i] & 0xFF);
            values.push_back(words[i] >> 8);
        }
    }
    dw_status st = dw_palette_expand(values.data(), values.size(), bits == 8 ? 1 : 2, table.data(),
                                     table.size(), err);
    if (st != DW_OK)
        return st;
    if (bits == 8)
        for (uint16_t &value : table)
            value = (uint16_t)(value * 257);
    const Uint16 described[] = {entries, first, 16};
    to.putAndInsertUint16Array(DcmTag(descriptor, EVR_US), described, 3);
    to.putAndInsertUint16Array(DcmTag(plain, EVR_OW), table.data(), (unsigned long)table.size());
    return DW_OK;
}

/* A small data set of one frame: whatever the object's size and syntax, DCMTK sees only this. */
dw_status one_frame(Frames &frames, uint32_t n, DcmDataset &to, dw_error *err)
{
    const uint8_t *data;
    size_t size;
    dw_status st = frames.frame(n, data, size, err);
    if (st != DW_OK)
        return st;
    DcmDataset &ds = *frames.dataset();
    const dw_pixels &shape = frames.shape();
    bool bit = shape.bits_allocated == 1; /* unpacked to bytes by frames */
    for (const DcmTagKey &tag : display_tags)
        copy_element(ds, to, tag);
    copy_from_groups(ds, to, DCM_SharedFunctionalGroupsSequence, 0);
    copy_from_groups(ds, to, DCM_PerFrameFunctionalGroupsSequence, (long)n);
    for (Uint16 colour = 0; colour < 3 && st == DW_OK; colour++)
        st = expand_palette(to, colour, err);
    if (st != DW_OK)
        return st;
    to.putAndInsertUint16(DCM_Rows, (Uint16)shape.rows);
    to.putAndInsertUint16(DCM_Columns, (Uint16)shape.columns);
    to.putAndInsertUint16(DCM_SamplesPerPixel, (Uint16)shape.samples);
    to.putAndInsertUint16(DCM_BitsAllocated, (Uint16)(bit ? 8 : shape.bits_allocated));
    to.putAndInsertUint16(DCM_BitsStored, (Uint16)(bit ? 1 : shape.bits_stored));
    to.putAndInsertUint16(DCM_HighBit, (Uint16)(bit ? 0 : frames.high_bit()));
    to.putAndInsertUint16(DCM_PixelRepresentation, shape.is_signed ? 1 : 0);
    const char *photometric = frames.photometric();
    to.putAndInsertString(DCM_PhotometricInterpretation, *photometric ? photometric : "MONOCHROME2");
    if (shape.samples > 1)
        to.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    OFCondition cond;
    if (shape.bits_allocated <= 8) {
        cond = to.putAndInsertUint8Array(DCM_PixelData, data, (unsigned long)size);
    } else {
        std::vector<Uint16> words((size + 1) / 2);
        memcpy(words.data(), data, size);
        cond = to.putAndInsertUint16Array(DCM_PixelData, words.data(), (unsigned long)words.size());
    }
    return cond.good() ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "frame: %s", cond.text());
}

void choose_window(DicomImage &image)
{
    if (!image.isMonochrome())
        return;
    if (image.getWindowCount() > 0 && image.setWindow(0))
        return;
    if (image.getVoiLutCount() > 0 && image.setVoiLut(0))
        return;
    image.setMinMaxWindow();
}

/* Pixels that are not square make one edge longer; max_edge then bounds both. */
void target_size(uint32_t width, uint32_t height, double ratio, unsigned max_edge, dw_frame &out)
{
    double w = width, h = height;
    if (ratio > 0.01 && ratio < 100 && fabs(ratio - 1) > 0.001) {
        if (ratio < 1)
            h /= ratio;
        else
            w *= ratio;
    }
    double longest = w > h ? w : h;
    unsigned limit = max_edge ? max_edge : DW_RENDER_EDGE_MAX;
    double scale = longest > limit ? limit / longest : 1;
    out.width = (uint32_t)lround(w * scale);
    out.height = (uint32_t)lround(h * scale);
    out.width = out.width ? out.width : 1;
    out.height = out.height ? out.height : 1;
}

dw_status to_eight_bits(DcmDataset &single, unsigned max_edge, dw_frame &out, dw_error *err)
{
    DicomImage image(&single, EXS_LittleEndianExplicit, CIF_MayDetachPixelData);
    if (image.getStatus() != EIS_Normal)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "image cannot be shown: %s",
                            DicomImage::getString(image.getStatus()));
    choose_window(image);
    dw_frame made = {};
    made.channels = image.isMonochrome() ? 1 : 3;
    uint32_t width = (uint32_t)image.getWidth(), height = (uint32_t)image.getHeight();
    auto *pixels = static_cast<uint8_t *>(const_cast<void *>(image.getOutputData(8)));
    if (!pixels || image.getOutputDataSize(8) < (size_t)width * height * made.channels)
        return dw_error_set(err, DW_ERR_CORRUPT, "image cannot be shown");
    target_size(width, height, image.getWidthHeightRatio(), max_edge, made);
    made.data = static_cast<uint8_t *>(malloc((size_t)made.width * made.height * made.channels));
    if (!made.data)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    const dw_frame whole = {width, height, made.channels, pixels};
    dw_frame_scale(&whole, &made);
    out = made;
    return DW_OK;
}

dw_status render(const char *path, int fd, uint32_t frame, unsigned max_edge, dw_frame &out,
                 dw_error *err)
{
    dw_object object;
    dw_status st = dw_scan_object(fd, nullptr, &object, nullptr, err);
    if (st != DW_OK)
        return st;
    if (!object.has_pixels)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "object has no pixel data");
    Frames frames;
    DcmDataset single;
    st = frames.open(path, object, err);
    if (st == DW_OK)
        st = frames.start(err);
    if (st == DW_OK)
        st = one_frame(frames, frame == DW_RENDER_MIDDLE ? frames.count() / 2 : frame, single, err);
    return st == DW_OK ? to_eight_bits(single, max_edge, out, err) : st;
}
} // namespace

dw_status dw_render_frame(const char *path, uint32_t frame, unsigned max_edge, dw_frame *out,
                          dw_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", path,
                            strerror(errno));
    dw_status st = guarded(err, [&] { return render(path, fd, frame, max_edge, *out, err); });
    close(fd);
    return st;
}

void dw_frame_done(dw_frame *frame)
{
    free(frame->data);
    *frame = {};
}
