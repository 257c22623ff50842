// Sources for test_transcode.cc: images whose values are known, encoded by DCMTK and OpenJPEG.
#ifndef DW_TESTS_TEST_TRANSCODE_MAKE_H
#define DW_TESTS_TEST_TRANSCODE_MAKE_H
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmimage/diregist.h> // the encoders want colour images through it
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpeg/djrploss.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/oflog/oflog.h>
#include <openjpeg.h>
#include <string>
#include <vector>

#include "base/file.h"
#include "dicom/dcmtk/meta.h"
#include "dicom/scan.h"
#include "dicom/uid.h"
#include "test.h"

#define SC_CLASS "1.2.840.10008.5.1.4.1.1.7"
#define INSTANCE "1.2.3.4.5.6"

namespace
{
struct Folder {
    char path[64];
    Folder()
    {
        test_folder(path);
    }
    ~Folder()
    {
        dw_error err = {};
        CHECK_OK(dw_file_remove_tree(path, &err), err);
    }
    std::string file(const char *name) const
    {
        return std::string(path) + "/" + name;
    }
    std::string src() const
    {
        return file("src.dcm");
    }
    std::string dst() const
    {
        return file("dst.dcm");
    }
};

struct Image { // values as they must come out again
    unsigned columns = 33, rows = 17, samples = 1, bits = 12, frames = 1;
    bool is_signed = false;
    const char *photometric = "MONOCHROME2";
    std::vector<uint8_t> bytes;
};

inline Image grey(unsigned bits, bool is_signed = false, unsigned frames = 1)
{
    Image image;
    image.bits = bits;
    image.is_signed = is_signed;
    image.frames = frames;
    return image;
}

inline Image colour(unsigned frames = 1)
{
    Image image;
    image.bits = 8;
    image.samples = 3;
    image.photometric = "RGB";
    image.frames = frames;
    return image;
}

// Smooth with a little noise, so that it compresses and still differs everywhere.
void fill(Image &image)
{
    unsigned width = image.bits > 8 ? 2 : 1;
    uint32_t noise = 1;
    image.bytes.clear();
    for (unsigned f = 0; f < image.frames; f++)
        for (unsigned y = 0; y < image.rows; y++)
            for (unsigned x = 0; x < image.columns; x++)
                for (unsigned s = 0; s < image.samples; s++) {
                    noise = noise * 1664525 + 1013904223;
                    int value = (int)(f * 11 + y * 7 + x * 5 + s * 40 + (noise >> 29));
                    value %= 1 << image.bits;
                    if (image.is_signed)
                        value -= 1 << (image.bits - 1);
                    image.bytes.push_back((uint8_t)value);
                    if (width == 2)
                        image.bytes.push_back((uint8_t)(value >> 8));
                }
}

void describe(DcmDataset &ds, const Image &image)
{
    ds.putAndInsertString(DCM_SOPClassUID, SC_CLASS);
    ds.putAndInsertString(DCM_SOPInstanceUID, INSTANCE);
    ds.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.4");
    ds.putAndInsertString(DCM_SeriesInstanceUID, "1.2.3.4.5");
    ds.putAndInsertString(DCM_PatientName, "Test^Synthetic");
    ds.putAndInsertUint16(DCM_SamplesPerPixel, (Uint16)image.samples);
    ds.putAndInsertString(DCM_PhotometricInterpretation, image.photometric);
    if (image.samples > 1)
        ds.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    if (image.frames > 1)
        ds.putAndInsertString(DCM_NumberOfFrames, std::to_string(image.frames).c_str());
    ds.putAndInsertUint16(DCM_Rows, (Uint16)image.rows);
    ds.putAndInsertUint16(DCM_Columns, (Uint16)image.columns);
    ds.putAndInsertUint16(DCM_BitsAllocated, image.bits > 8 ? 16 : 8);
    ds.putAndInsertUint16(DCM_BitsStored, (Uint16)image.bits);
    ds.putAndInsertUint16(DCM_HighBit, (Uint16)(image.bits - 1));
    ds.putAndInsertUint16(DCM_PixelRepresentation, image.is_signed ? 1 : 0);
    DcmItem *item = nullptr; // nested, with a value that changes its length between syntaxes
    ds.findOrCreateSequenceItem(DCM_ReferencedImageSequence, item, -2);
    item->putAndInsertString(DCM_ReferencedSOPClassUID, SC_CLASS);
    item->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.3.4.5.7");
}

void put_pixels(DcmDataset &ds, const Image &image)
{
    if (image.bits > 8)
        ds.putAndInsertUint16Array(DCM_PixelData, (const Uint16 *)image.bytes.data(),
                                   (unsigned long)image.bytes.size() / 2);
    else
        ds.putAndInsertUint8Array(DCM_PixelData, image.bytes.data(),
                                  (unsigned long)image.bytes.size());
}

inline void save(const std::string &path, const Image &image, E_TransferSyntax xfer,
                 const DcmRepresentationParameter *how = nullptr)
{
    DcmFileFormat file;
    describe(*file.getDataset(), image);
    put_pixels(*file.getDataset(), image);
    OFCondition cond = file.getDataset()->chooseRepresentation(xfer, how);
    if (cond.bad())
        fprintf(stderr, "%s with %u bits: %s\n", DcmXfer(xfer).getXferName(), image.bits, cond.text());
    CHECK(cond.good());
    file.getDataset()->putAndInsertString(DCM_SOPInstanceUID, INSTANCE); // encoders make new ones
    CHECK(file.saveFile(path.c_str(), xfer).good());
}

struct Result {
    DcmFileFormat file;
    std::vector<uint8_t> pixels;
    std::string text(const DcmTagKey &tag)
    {
        OFString value;
        if (file.getDataset()->findAndGetOFStringArray(tag, value).bad())
            file.getMetaInfo()->findAndGetOFStringArray(tag, value);
        return value.c_str();
    }
};

// --- JPEG 2000: DCMTK has no encoder, OpenJPEG has ---

struct Growing {
    std::vector<uint8_t> bytes;
    size_t at = 0;
};
OPJ_SIZE_T grow(void *data, OPJ_SIZE_T size, void *ctx)
{
    auto *g = static_cast<Growing *>(ctx);
    if (g->at + size > g->bytes.size())
        g->bytes.resize(g->at + size);
    memcpy(g->bytes.data() + g->at, data, size);
    g->at += size;
    return size;
}
OPJ_OFF_T skip(OPJ_OFF_T by, void *ctx)
{
    static_cast<Growing *>(ctx)->at += (size_t)by;
    return by;
}
OPJ_BOOL seek(OPJ_OFF_T to, void *ctx)
{
    static_cast<Growing *>(ctx)->at = (size_t)to;
    return OPJ_TRUE;
}

// One frame, losslessly, with the reversible colour transform for RGB.
inline std::vector<uint8_t> encode_j2k(const Image &image, unsigned frame, bool code_signed)
{
    std::vector<opj_image_cmptparm_t> parameters(image.samples);
    for (auto &p : parameters) {
        p = {};
        p.dx = p.dy = 1;
        p.w = image.columns;
        p.h = image.rows;
        p.prec = image.bits;
        p.sgnd = code_signed;
    }
    opj_image_t *picture = opj_image_create(image.samples, parameters.data(),
                                            image.samples == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
    picture->x1 = image.columns;
    picture->y1 = image.rows;
    unsigned width = image.bits > 8 ? 2 : 1;
    size_t count = (size_t)image.columns * image.rows;
    for (size_t i = 0; i < count; i++)
        for (unsigned s = 0; s < image.samples; s++) {
            size_t at = ((frame * count + i) * image.samples + s) * width;
            int value = image.bytes[at] | (width == 2 ? image.bytes[at + 1] << 8 : 0);
            if (code_signed)
                value = width == 2 ? (int16_t)value : (int8_t)value;
            else
                value &= (1 << image.bits) - 1;
            picture->comps[s].data[i] = value;
        }
    opj_cparameters_t how;
    opj_set_default_encoder_parameters(&how);
    how.tcp_numlayers = 1;
    how.cp_disto_alloc = 1;
    how.numresolution = 3;
    how.tcp_mct = image.samples == 3;
    Growing out;
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    opj_stream_t *stream = opj_stream_create(65536, OPJ_FALSE);
    opj_stream_set_user_data(stream, &out, nullptr);
    opj_stream_set_write_function(stream, grow);
    opj_stream_set_skip_function(stream, skip);
    opj_stream_set_seek_function(stream, seek);
    CHECK(opj_setup_encoder(codec, &how, picture) && opj_start_compress(codec, picture, stream) &&
          opj_encode(codec, stream) && opj_end_compress(codec, stream));
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(picture);
    if (out.bytes.size() & 1)
        out.bytes.push_back(0);
    return out.bytes;
}

void add_item(DcmPixelSequence &sequence, const void *data, size_t size)
{
    auto *item = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB));
    if (size)
        item->putUint8Array((const Uint8 *)data, (unsigned long)size);
    sequence.insert(item);
}

// Frames as fragments of at most `fragment` bytes (0: one each), with an offset table.
void save_fragments(const std::string &path, const Image &image, E_TransferSyntax xfer,
                    const std::vector<std::vector<uint8_t>> &frames, size_t fragment)
{
    DcmFileFormat file;
    describe(*file.getDataset(), image);
    auto *sequence = new DcmPixelSequence(DcmTag(DCM_PixelData, EVR_OB));
    std::vector<Uint32> offsets;
    Uint32 offset = 0;
    for (const auto &frame : frames) {
        size_t each = fragment ? fragment : frame.size();
        offsets.push_back(offset);
        for (size_t at = 0; at < frame.size(); at += each)
            offset += 8 + (Uint32)std::min(each, frame.size() - at);
    }
    add_item(*sequence, offsets.data(), offsets.size() * 4);
    for (const auto &frame : frames) {
        size_t each = fragment ? fragment : frame.size();
        for (size_t at = 0; at < frame.size(); at += each)
            add_item(*sequence, frame.data() + at, std::min(each, frame.size() - at));
    }
    auto *pixels = new DcmPixelData(DcmTag(DCM_PixelData, EVR_OB));
    pixels->putOriginalRepresentation(xfer, nullptr, sequence);
    file.getDataset()->insert(pixels, OFTrue);
    CHECK(file.saveFile(path.c_str(), xfer).good());
}
// Uncompressed pixels of a file, as DCMTK reads them.
inline std::vector<uint8_t> pixels_of(const std::string &path, Result &result)
{
    CHECK(result.file.loadFile(path.c_str()).good());
    DcmElement *element = nullptr;
    Uint8 *bytes = nullptr;
    Uint16 *words = nullptr;
    CHECK(result.file.getDataset()->findAndGetElement(DCM_PixelData, element).good());
    if (!element)
        return {};
    if (element->getVR() == EVR_OB)
        element->getUint8Array(bytes);
    else if (element->getUint16Array(words).good())
        bytes = (Uint8 *)words;
    return bytes ? std::vector<uint8_t>(bytes, bytes + element->getLength()) : std::vector<uint8_t>();
}

// DCMTK does not know the transfer syntax: its meta header is replaced by one of ours.
inline void save_as(const std::string &path, const char *transfer_syntax)
{
    dw_object object = {};
    dw_error err = {};
    dw_meta meta = {SC_CLASS, INSTANCE, transfer_syntax, nullptr, nullptr, nullptr};
    dw_buf head = {}, old = {};
    CHECK_OK(dw_scan_object_path(path.c_str(), nullptr, &object, nullptr, &err), err);
    CHECK_OK(dw_file_read_all(path.c_str(), DW_SMALL_FILE_MAX, &old, &err), err);
    CHECK_OK(dw_meta_build(&meta, &head, &err), err);
    dw_buf_add(&head, old.data + object.dataset_offset, old.size - object.dataset_offset);
    CHECK_OK(dw_file_save(nullptr, path.c_str(), head.data, head.size, &err), err);
    dw_buf_done(&old);
    dw_buf_done(&head);
}
} // namespace

#endif
