// Every syntax we can decode, made here by encoders that are not ours, becomes Explicit VR Little Endian
// with the same values.
#include "dicom/dcmtk/transcode.h"

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
#include <sys/resource.h>
#include <sys/wait.h>
#include <vector>

#include "base/file.h"
#include "base/random.h"
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

void save(const std::string &path, const Image &image, E_TransferSyntax xfer,
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

#define CHECK_TEXT(result, tag, want)                                                              \
    do {                                                                                           \
        std::string text_ = (result).text(tag);                                                    \
        CHECK_STR(text_.c_str(), want);                                                            \
    } while (0)

// Read by DCMTK, and checked for what holds for every result.
void check_result(const Folder &folder, Result &result)
{
    CHECK(result.file.loadFile(folder.dst().c_str()).good());
    CHECK_TEXT(result, DCM_TransferSyntaxUID, DW_TS_EXPLICIT_LE);
    CHECK_TEXT(result, DCM_ImplementationClassUID, DW_IMPLEMENTATION_CLASS_UID);
    CHECK_TEXT(result, DCM_MediaStorageSOPInstanceUID, INSTANCE);
    CHECK_TEXT(result, DCM_SOPInstanceUID, INSTANCE);
    CHECK_TEXT(result, DCM_PatientName, "Test^Synthetic");
    CHECK(access((folder.dst() + ".part").c_str(), F_OK) != 0);
    DcmElement *element = nullptr;
    if (result.file.getDataset()->findAndGetElement(DCM_PixelData, element).bad())
        return;
    Uint8 *bytes = nullptr;
    Uint16 *words = nullptr;
    if (element->getVR() == EVR_OB ? element->getUint8Array(bytes).good()
                                   : element->getUint16Array(words).good())
        result.pixels.assign(bytes ? bytes : (Uint8 *)words,
                             (bytes ? bytes : (Uint8 *)words) + element->getLength());
}

void transcode_and_compare(const Folder &folder, const Image &image)
{
    dw_error err = {};
    Result result;
    CHECK_OK(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
             err);
    check_result(folder, result);
    result.pixels.resize(image.bytes.size()); // the padding byte of an odd length
    CHECK(result.pixels == image.bytes);
    CHECK_TEXT(result, DCM_PhotometricInterpretation, image.photometric);
    CHECK_INT(atoi(result.text(DCM_BitsStored).c_str()), image.bits);
    CHECK_INT(atoi(result.text(DCM_PixelRepresentation).c_str()), image.is_signed);
}

void round_trip(Image image, E_TransferSyntax xfer, const DcmRepresentationParameter *how = nullptr)
{
    Folder folder;
    fill(image);
    save(folder.src(), image, xfer, how);
    transcode_and_compare(folder, image);
}

Image grey(unsigned bits, bool is_signed = false, unsigned frames = 1)
{
    Image image;
    image.bits = bits;
    image.is_signed = is_signed;
    image.frames = frames;
    return image;
}

Image colour(unsigned frames = 1)
{
    Image image;
    image.bits = 8;
    image.samples = 3;
    image.photometric = "RGB";
    image.frames = frames;
    return image;
}

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
std::vector<uint8_t> encode_j2k(const Image &image, unsigned frame, bool code_signed)
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

void round_trip_j2k(Image image, bool code_signed, const char *stored_photometric,
                    size_t fragment = 0)
{
    Folder folder;
    fill(image);
    std::vector<std::vector<uint8_t>> frames;
    for (unsigned f = 0; f < image.frames; f++)
        frames.push_back(encode_j2k(image, f, code_signed));
    Image stored = image;
    stored.photometric = stored_photometric;
    save_fragments(folder.src(), stored, EXS_JPEG2000LosslessOnly, frames, fragment);
    transcode_and_compare(folder, image);
}
} // namespace

static void uncompressed_syntaxes_keep_their_values(void)
{
    for (E_TransferSyntax xfer : {EXS_LittleEndianImplicit, EXS_BigEndianExplicit,
                                  EXS_DeflatedLittleEndianExplicit, EXS_LittleEndianExplicit}) {
        round_trip(grey(12), xfer);
        round_trip(grey(16, true, 5), xfer);
        round_trip(grey(8, false, 3), xfer); // odd frames of 33 x 17 bytes
        round_trip(colour(2), xfer);
    }
}

static void rle_is_decoded_bit_by_bit(void)
{
    DcmRLERepresentationParameter how;
    round_trip(grey(8), EXS_RLELossless, &how);
    round_trip(grey(12, false, 4), EXS_RLELossless, &how);
    round_trip(grey(16, true), EXS_RLELossless, &how);
    round_trip(colour(3), EXS_RLELossless, &how);
}

static void lossless_jpeg_is_decoded_bit_by_bit(void)
{
    DJ_RPLossless how;
    round_trip(grey(8), EXS_JPEGProcess14SV1, &how);
    round_trip(grey(12, false, 4), EXS_JPEGProcess14SV1, &how);
    round_trip(grey(16), EXS_JPEGProcess14SV1, &how);
    round_trip(grey(16, true), EXS_JPEGProcess14SV1, &how);
    round_trip(colour(2), EXS_JPEGProcess14SV1, &how);
    round_trip(colour(), EXS_JPEGProcess14, &how);
}

static void lossless_jpeg_of_luminance_and_chrominance_is_not_turned_into_rgb(void)
{
    DJ_RPLossless how;
    Image image = colour();
    Folder folder;
    image.photometric = "RGB"; // the encoder must not convert either
    fill(image);
    save(folder.src(), image, EXS_JPEGProcess14SV1, &how);
    DcmFileFormat file;
    CHECK(file.loadFile(folder.src().c_str()).good());
    file.getDataset()->putAndInsertString(DCM_PhotometricInterpretation, "YBR_FULL");
    CHECK(file.saveFile(folder.src().c_str(), EXS_JPEGProcess14SV1).good());
    image.photometric = "YBR_FULL";
    transcode_and_compare(folder, image);
}

static void jpeg_ls_is_decoded_bit_by_bit(void)
{
    round_trip(grey(8), EXS_JPEGLSLossless);
    round_trip(grey(12, false, 3), EXS_JPEGLSLossless);
    round_trip(grey(16, true), EXS_JPEGLSLossless);
    round_trip(colour(2), EXS_JPEGLSLossless);
}

static void jpeg_2000_is_decoded_bit_by_bit(void)
{
    round_trip_j2k(grey(8), false, "MONOCHROME2");
    round_trip_j2k(grey(12, false, 3), false, "MONOCHROME2");
    round_trip_j2k(grey(16, true), true, "MONOCHROME2");
    round_trip_j2k(colour(2), false, "YBR_RCT"); // comes out as RGB
}

static void jpeg_2000_coded_without_its_sign_keeps_its_bits(void)
{
    round_trip_j2k(grey(16, true), false, "MONOCHROME2");
    round_trip_j2k(grey(12, true), false, "MONOCHROME2");
}

static void frames_of_several_fragments_are_found_by_the_offset_table(void)
{
    round_trip_j2k(grey(12, false, 4), false, "MONOCHROME2", 100);
    round_trip_j2k(grey(12, false, 1), false, "MONOCHROME2", 100);
}

static void lossy_jpeg_stays_marked_and_becomes_rgb(void)
{
    Folder folder;
    Image image = colour();
    dw_error err = {};
    Result result;
    DJ_RPLossy how(90);
    fill(image);
    save(folder.src(), image, EXS_JPEGProcess1, &how);
    DcmFileFormat file;
    CHECK(file.loadFile(folder.src().c_str()).good());
    delete file.getDataset()->remove(DCM_LossyImageCompression); // some senders forget it
    CHECK(file.saveFile(folder.src().c_str(), EXS_JPEGProcess1).good());
    CHECK_OK(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
             err);
    check_result(folder, result);
    CHECK_TEXT(result, DCM_LossyImageCompression, "01");
    CHECK_TEXT(result, DCM_PhotometricInterpretation, "RGB");
    uint64_t off = 0;
    result.pixels.resize(image.bytes.size());
    for (size_t i = 0; i < image.bytes.size(); i++)
        off += (uint64_t)abs((int)result.pixels[i] - (int)image.bytes[i]);
    CHECK(off / image.bytes.size() < 12);
}

static void a_broken_frame_leaves_no_file(void)
{
    Folder folder;
    Image image = grey(8);
    dw_error err = {};
    fill(image);
    std::vector<uint8_t> rle(64 + 20, 0);
    rle[0] = 1;
    rle[4] = 64;
    rle[64] = 5; // six literal bytes and then nothing
    save_fragments(folder.src(), image, EXS_RLELossless, {rle}, 0);
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_CORRUPT);
    CHECK_HAS(err.text, "frame 1");
    rle[4] = 0xF0; // a segment outside the frame
    rle[5] = 0xFF;
    save_fragments(folder.src(), image, EXS_RLELossless, {rle}, 0);
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_CORRUPT);
    std::vector<uint8_t> noise(500, 0x5A);
    save_fragments(folder.src(), image, EXS_JPEG2000, {noise}, 0);
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_CORRUPT);
    save_fragments(folder.src(), image, EXS_JPEGProcess14SV1, {noise}, 0);
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_CORRUPT);
    CHECK(access(folder.dst().c_str(), F_OK) != 0);
    CHECK(access((folder.dst() + ".part").c_str(), F_OK) != 0);
}

static void a_codestream_of_another_shape_is_refused(void)
{
    Folder folder;
    Image image = grey(8), larger = grey(8);
    dw_error err = {};
    larger.columns = 64;
    fill(image);
    fill(larger);
    save_fragments(folder.src(), image, EXS_JPEG2000, {encode_j2k(larger, 0, false)}, 0);
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_CORRUPT);
    CHECK_HAS(err.text, "64 x 17");
}

static void video_and_other_targets_are_refused_with_a_reason(void)
{
    Folder folder;
    Image image = colour(2);
    dw_error err = {};
    fill(image);
    save_fragments(folder.src(), image, EXS_MPEG4HighProfileLevel4_1, {image.bytes}, 0);
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_UNSUPPORTED);
    CHECK_HAS(err.text, "no decoder");
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_IMPLICIT_LE, &err),
              DW_ERR_UNSUPPORTED);
    CHECK_INT(dw_transcode_file("/nonexistent/1", folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_NOT_FOUND);
    CHECK(access(folder.dst().c_str(), F_OK) != 0);
}

static void an_unwritable_target_is_one_sentence(void)
{
    Folder folder;
    Image image = grey(8);
    dw_error err = {};
    fill(image);
    save(folder.src(), image, EXS_LittleEndianImplicit);
    CHECK_INT(dw_transcode_file(folder.src().c_str(), "/nonexistent/x/1", DW_TS_EXPLICIT_LE, &err),
              DW_ERR_NOT_FOUND);
    CHECK(err.text[0] != '\0');
}

// Peak memory of one call in a process of its own, in kB.
static long peak_kb(const std::string &src, const std::string &dst)
{
    pid_t child = fork();
    if (child == 0) {
        dw_error err = {};
        _exit(dw_transcode_file(src.c_str(), dst.c_str(), DW_TS_EXPLICIT_LE, &err) != DW_OK);
    }
    int how = 0;
    struct rusage usage = {};
    wait4(child, &how, 0, &usage);
    CHECK_INT(how, 0);
    return usage.ru_maxrss;
}

static void memory_is_that_of_a_frame_not_of_the_object(void)
{
#if defined(__SANITIZE_ADDRESS__)
    constexpr bool measures = false; // the sanitizer's own memory is larger than the difference
#else
    constexpr bool measures = true;
#endif
    if (!measures)
        return;
    Folder folder;
    Image image = grey(12, false, 1), many = grey(12, false, 160);
    image.columns = many.columns = image.rows = many.rows = 512; // 160 frames: 80 MiB
    fill(image);
    DcmRLERepresentationParameter how;
    save(folder.src(), image, EXS_RLELossless, &how);
    long one = peak_kb(folder.src(), folder.dst());
    pid_t writer = fork(); // what makes the large files must not be counted
    if (writer == 0) {
        test_failures = 0;
        fill(many);
        save(folder.src(), many, EXS_RLELossless, &how);
        save(folder.file("big-endian.dcm"), many, EXS_BigEndianExplicit);
        _exit(test_failures);
    }
    int failed = 0;
    waitpid(writer, &failed, 0);
    CHECK_INT(failed, 0);
    long all = peak_kb(folder.src(), folder.dst());
    CHECK(all < one + 8 * 1024);
    long plain = peak_kb(folder.file("big-endian.dcm"), folder.dst());
    CHECK(plain < one + 8 * 1024);
}

// What a sender in the field makes: every object of the corpus that the scanner files and the table says
// we can decode must come out as Explicit VR Little Endian that scans again.
static dw_status try_one(void *ctx, const char *path, const char *rel, uint64_t, dw_error *)
{
    static const char *const broken[] = {"implicit-data-in-explicit", "delimiter-bytes-inside"};
    auto *done = static_cast<int *>(ctx);
    Folder folder;
    dw_object object;
    dw_error err = {};
    if (dw_scan_object_path(path, nullptr, &object, nullptr, nullptr) != DW_OK)
        return DW_OK;
    const dw_transfer_syntax *ts = dw_transfer_syntax_find(object.transfer_syntax);
    for (const char *name : broken)
        if (strstr(rel, name))
            return DW_OK;
    dw_status st = dw_transcode_file(path, folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err);
    if (ts && ts->encapsulated && !ts->decodable && object.has_pixels) {
        CHECK_INT(st, DW_ERR_UNSUPPORTED);
        return DW_OK;
    }
    dw_object again;
    if (st != DW_OK)
        fprintf(stderr, "%s\n", rel);
    CHECK_OK(st, err);
    CHECK_OK(dw_scan_object_path(folder.dst().c_str(), nullptr, &again, nullptr, &err), err);
    CHECK_STR(again.transfer_syntax, DW_TS_EXPLICIT_LE);
    CHECK_STR(again.sop_instance, object.sop_instance);
    CHECK_STR(again.patient_name, object.patient_name);
    ++*done;
    return DW_OK;
}

static void objects_from_the_field_come_out_whole(void)
{
    const char *corpus = getenv("DW_CORPUS");
    dw_error err = {};
    int done = 0;
    if (!corpus || access(corpus, R_OK) != 0) {
        printf("     (no corpus here)\n");
        return;
    }
    CHECK_OK(dw_file_walk(corpus, try_one, &done, &err), err);
    CHECK(done > 150);
}

static const struct test_case cases[] = {
    TEST(uncompressed_syntaxes_keep_their_values),
    TEST(rle_is_decoded_bit_by_bit),
    TEST(lossless_jpeg_is_decoded_bit_by_bit),
    TEST(lossless_jpeg_of_luminance_and_chrominance_is_not_turned_into_rgb),
    TEST(jpeg_ls_is_decoded_bit_by_bit),
    TEST(jpeg_2000_is_decoded_bit_by_bit),
    TEST(jpeg_2000_coded_without_its_sign_keeps_its_bits),
    TEST(frames_of_several_fragments_are_found_by_the_offset_table),
    TEST(lossy_jpeg_stays_marked_and_becomes_rgb),
    TEST(a_broken_frame_leaves_no_file),
    TEST(a_codestream_of_another_shape_is_refused),
    TEST(video_and_other_targets_are_refused_with_a_reason),
    TEST(an_unwritable_target_is_one_sentence),
    TEST(memory_is_that_of_a_frame_not_of_the_object),
    TEST(objects_from_the_field_come_out_whole),
};

int main(int argc, char **argv)
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEEncoderRegistration::registerCodecs();
    DJEncoderRegistration::registerCodecs();
    DJLSEncoderRegistration::registerCodecs();
    int failed = test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
    DcmRLEEncoderRegistration::cleanup();
    DJEncoderRegistration::cleanup();
    DJLSEncoderRegistration::cleanup();
    return failed;
}
