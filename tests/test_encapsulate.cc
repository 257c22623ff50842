// What is compressed without loss is proved: every shape the standard allows comes out again byte by byte,
// and what would lose something is refused.
#include "dicom/dcmtk/encapsulate.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "dicom/dcmtk/meta.h"
#include "dicom/dcmtk/transcode.h"
#include "dicom/scan.h"
#include "test_transcode_make.h"

// The text of a call, kept while it is compared.
#define CHECK_SAYS(call, want)                                                                     \
    do {                                                                                           \
        std::string text_ = call;                                                                  \
        CHECK_STR(text_.c_str(), want);                                                            \
    } while (0)

namespace
{
const char *const both[] = {DW_TS_JPEG_LOSSLESS, DW_TS_J2K_LOSSLESS};

std::string syntax_of(const std::string &path)
{
    dw_object object = {};
    dw_error err = {};
    CHECK_OK(dw_scan_object_path(path.c_str(), nullptr, &object, nullptr, &err), err);
    CHECK_STR(object.sop_instance, INSTANCE);
    return object.transfer_syntax;
}

// One fragment for each frame, and a table that says where they are (PS3.5 A.4).
void check_fragments(const std::string &path, const Image &image, const char *photometric)
{
    Result result;
    DcmElement *element = nullptr;
    DcmPixelSequence *sequence = nullptr;
    CHECK(result.file.loadFile(path.c_str()).good());
    DcmDataset &ds = *result.file.getDataset();
    CHECK(ds.findAndGetElement(DCM_PixelData, element).good());
    auto *compressed = dynamic_cast<DcmPixelData *>(element);
    CHECK(compressed &&
          compressed->getEncapsulatedRepresentation(ds.getOriginalXfer(), nullptr, sequence).good());
    if (!sequence)
        return;
    CHECK_SAYS(result.text(DCM_PhotometricInterpretation), photometric);
    CHECK_SAYS(result.text(DCM_PatientName), "Test^Synthetic");
    CHECK_INT(sequence->card(), image.frames + 1);
    DcmPixelItem *item = nullptr;
    Uint8 *table = nullptr;
    CHECK(sequence->getItem(item, 0).good() && item->getUint8Array(table).good());
    CHECK_INT(item->getLength(), image.frames * 4);
    Uint32 offset = 0;
    for (unsigned f = 0; f < image.frames && table; f++) {
        CHECK_INT(table[4 * f] | table[4 * f + 1] << 8 | table[4 * f + 2] << 16 |
                      table[4 * f + 3] << 24,
                  offset);
        CHECK(sequence->getItem(item, f + 1).good());
        CHECK_INT(item->getLength() % 2, 0);
        offset += 8 + item->getLength();
    }
}

// src -> target -> uncompressed, and the values are what they were.
void there_and_back(const Folder &folder, const Image &image, const char *target)
{
    dw_error err = {};
    Result result;
    std::string back = folder.file("back.dcm");
    bool transforms = strcmp(target, DW_TS_J2K_LOSSLESS) == 0 && strcmp(image.photometric, "RGB") == 0;
    CHECK_OK(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), target, &err), err);
    CHECK_SAYS(syntax_of(folder.dst()), target);
    check_fragments(folder.dst(), image, transforms ? "YBR_RCT" : image.photometric);
    CHECK_OK(dw_transcode_file(folder.dst().c_str(), back.c_str(), DW_TS_EXPLICIT_LE, &err), err);
    std::vector<uint8_t> pixels = pixels_of(back, result);
    pixels.resize(image.bytes.size()); // without the padding byte
    CHECK(pixels == image.bytes);
    CHECK_SAYS(result.text(DCM_PhotometricInterpretation), image.photometric);
    CHECK_INT(std::stol(result.text(DCM_BitsStored)), image.bits);
    CHECK_INT(std::stol(result.text(DCM_BitsAllocated)), image.bits > 8 ? 16 : 8);
    CHECK_INT(std::stol(result.text(DCM_PixelRepresentation)), image.is_signed);
}

void round_trip(Image image, E_TransferSyntax xfer = EXS_LittleEndianExplicit)
{
    fill(image);
    for (const char *target : both) {
        Folder folder;
        save(folder.src(), image, xfer);
        there_and_back(folder, image, target);
    }
}

// Refused, with nothing left behind.
void refused(const Folder &folder, const char *why)
{
    for (const char *target : both) {
        dw_error err = {};
        CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), target, &err),
                  DW_ERR_UNSUPPORTED);
        CHECK_HAS(err.text, why);
        CHECK(access(folder.dst().c_str(), F_OK) != 0);
        CHECK(access((folder.dst() + ".part").c_str(), F_OK) != 0);
    }
}

template <class F> void edit(const Folder &folder, F change)
{
    DcmFileFormat file;
    CHECK(file.loadFile(folder.src().c_str()).good());
    file.loadAllDataIntoMemory();
    change(*file.getDataset());
    CHECK(file.saveFile(folder.src().c_str(), EXS_LittleEndianExplicit).good());
}

dw_status open_frames(const std::string &path, dw_object &object, Frames &frames, dw_error *err)
{
    dw_status st = dw_scan_object_path(path.c_str(), nullptr, &object, nullptr, err);
    if (st == DW_OK)
        st = frames.open(path.c_str(), object, err);
    return st == DW_OK ? frames.start(err) : st;
}

// An encoder that gets one bit wrong, as a library might.
dw_status lying_encoder(const uint8_t *frame, const dw_pixels *shape, bool is_rgb, dw_buf *out,
                        dw_error *err)
{
    std::vector<uint8_t> wrong(frame, frame + (size_t)shape->rows * shape->columns);
    wrong[wrong.size() / 2] ^= 1;
    return dw_jpeg_lossless_encode(wrong.data(), shape, is_rgb, out, err);
}

} // namespace

static void every_depth_comes_out_as_it_went_in(void)
{
    for (unsigned bits : {1U, 5U, 8U, 9U, 10U, 12U, 15U, 16U})
        round_trip(grey(bits));
    for (unsigned bits : {7U, 8U, 12U, 16U})
        round_trip(grey(bits, true));
}

static void frames_and_colours_come_out_as_they_went_in(void)
{
    Image image = grey(8, false, 3); // odd frames
    image.photometric = "MONOCHROME1";
    round_trip(image);
    round_trip(grey(12, false, 5));
    round_trip(colour());
    round_trip(colour(4));
    image = colour(2);
    image.photometric = "YBR_FULL";
    round_trip(image);
}

static void tiny_and_flat_images_come_out_as_they_went_in(void)
{
    for (unsigned edge : {1U, 2U, 3U, 70U}) {
        Image image = grey(12);
        image.columns = edge;
        image.rows = edge == 70 ? 1 : edge;
        round_trip(image);
    }
    Image flat = colour();
    fill(flat);
    std::fill(flat.bytes.begin(), flat.bytes.end(), 200);
    for (const char *target : both) {
        Folder folder;
        save(folder.src(), flat, EXS_LittleEndianExplicit);
        there_and_back(folder, flat, target);
    }
}

static void the_largest_differences_come_out_as_they_went_in(void)
{
    Image image = grey(16);
    fill(image);
    uint32_t noise = 1;
    for (size_t i = 0; i < image.bytes.size(); i += 2) { // noise, with jumps by exactly 32768
        noise = noise * 1664525 + 1013904223;
        image.bytes[i] = i % 8 < 4 ? 0 : (uint8_t)(noise >> 16);
        image.bytes[i + 1] = i % 8 < 4 ? (i % 4 ? 0x80 : 0) : (uint8_t)(noise >> 24);
    }
    for (const char *target : both) {
        Folder folder;
        save(folder.src(), image, EXS_LittleEndianExplicit);
        there_and_back(folder, image, target);
    }
}

static void palettes_stay_palettes(void)
{
    Image image = grey(8);
    image.photometric = "PALETTE COLOR";
    fill(image);
    std::vector<Uint16> ramp(256);
    for (unsigned i = 0; i < 256; i++)
        ramp[i] = (Uint16)(i * 257);
    for (const char *target : both) {
        Folder folder;
        save(folder.src(), image, EXS_LittleEndianExplicit);
        edit(folder, [&](DcmDataset &ds) {
            for (Uint16 e : {0x1101, 0x1102, 0x1103}) {
                const Uint16 descriptor[] = {256, 0, 16};
                ds.putAndInsertUint16Array(DcmTag(0x0028, e, EVR_US), descriptor, 3);
                ds.putAndInsertUint16Array(DcmTag(0x0028, (Uint16)(e + 0x100), EVR_OW), ramp.data(),
                                           256);
            }
        });
        there_and_back(folder, image, target);
    }
}

static void any_source_reaches_any_target(void)
{
    DcmRLERepresentationParameter rle;
    Image image = grey(12, false, 3), rgb = colour(2);
    fill(image);
    fill(rgb);
    round_trip(image, EXS_LittleEndianImplicit);
    round_trip(image, EXS_BigEndianExplicit);
    round_trip(grey(8, false, 3), EXS_BigEndianExplicit);
    round_trip(image, EXS_DeflatedLittleEndianExplicit);
    round_trip(image, EXS_JPEGLSLossless);
    for (const char *target : both) {
        Folder folder;
        save(folder.src(), rgb, EXS_RLELossless, &rle);
        there_and_back(folder, rgb, target);
        std::vector<std::vector<uint8_t>> frames;
        for (unsigned f = 0; f < image.frames; f++)
            frames.push_back(encode_j2k(image, f, false));
        save_fragments(folder.src(), image, EXS_JPEG2000, frames, 0);
        there_and_back(folder, image, target);
    }
}

static void planes_become_pixels(void)
{
    Image image = colour(2);
    fill(image);
    for (const char *target : both) {
        Folder folder;
        std::vector<uint8_t> planes;
        size_t count = (size_t)image.rows * image.columns;
        for (unsigned f = 0; f < 2; f++)
            for (unsigned s = 0; s < 3; s++)
                for (size_t i = 0; i < count; i++)
                    planes.push_back(image.bytes[(f * count + i) * 3 + s]);
        save(folder.src(), image, EXS_LittleEndianExplicit);
        edit(folder, [&](DcmDataset &ds) {
            ds.putAndInsertUint16(DCM_PlanarConfiguration, 1);
            ds.putAndInsertUint8Array(DCM_PixelData, planes.data(), (unsigned long)planes.size());
        });
        there_and_back(folder, image, target);
    }
}

static void lossy_marks_are_left_alone(void)
{
    Folder folder;
    Result result;
    Image image = grey(8);
    dw_error err = {};
    fill(image);
    save(folder.src(), image, EXS_LittleEndianExplicit);
    edit(folder, [](DcmDataset &ds) {
        ds.putAndInsertString(DCM_LossyImageCompression, "01");
        ds.putAndInsertString(DCM_LossyImageCompressionRatio, "7.5");
    });
    CHECK_OK(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_J2K_LOSSLESS, &err),
             err);
    CHECK(result.file.loadFile(folder.dst().c_str()).good());
    CHECK_SAYS(result.text(DCM_LossyImageCompression), "01");
    CHECK_SAYS(result.text(DCM_LossyImageCompressionRatio), "7.5");
}

static void an_object_without_pixels_becomes_explicit(void)
{
    Folder folder;
    Image image = grey(8);
    dw_error err = {};
    fill(image);
    save(folder.src(), image, EXS_LittleEndianExplicit);
    DcmFileFormat file;
    CHECK(file.loadFile(folder.src().c_str()).good());
    delete file.getDataset()->remove(DCM_PixelData);
    CHECK(file.saveFile(folder.src().c_str(), EXS_LittleEndianImplicit).good());
    CHECK_OK(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_J2K_LOSSLESS, &err),
             err);
    CHECK_SAYS(syntax_of(folder.dst()), DW_TS_EXPLICIT_LE);
}

static void what_lies_in_unused_bits_is_not_thrown_away(void)
{
    Folder folder;
    Image image = grey(12);
    fill(image);
    save(folder.src(), image, EXS_LittleEndianExplicit);
    edit(folder, [](DcmDataset &ds) { ds.putAndInsertUint16(DcmTag(0x6000, 0x0102, EVR_US), 12); });
    refused(folder, "unused bits");
    Image dirty = image;
    dirty.bytes[101] |= 0x10;
    save(folder.src(), dirty, EXS_LittleEndianExplicit);
    refused(folder, "frame 1 uses bits outside Bits Stored");
    save(folder.src(), image, EXS_LittleEndianExplicit);
    edit(folder, [](DcmDataset &ds) { ds.putAndInsertUint16(DCM_HighBit, 15); });
    refused(folder, "unused bits");
}

static void what_the_standard_cannot_hold_is_refused(void)
{
    Folder folder;
    Image image = colour();
    fill(image);
    save(folder.src(), image, EXS_LittleEndianExplicit);
    edit(folder, [](DcmDataset &ds) { ds.putAndInsertString(DCM_PhotometricInterpretation, "HSV"); });
    refused(folder, "HSV");
    edit(folder, [](DcmDataset &ds) {
        ds.putAndInsertString(DCM_PhotometricInterpretation, "YBR_FULL_422");
    });
    refused(folder, "YBR_FULL_422");
    image = grey(16);
    fill(image);
    save(folder.src(), image, EXS_LittleEndianExplicit);
    edit(folder, [](DcmDataset &ds) { // 32 bits, half as many rows
        ds.putAndInsertUint16(DCM_BitsAllocated, 32);
        ds.putAndInsertUint16(DCM_BitsStored, 32);
        ds.putAndInsertUint16(DCM_HighBit, 31);
        ds.putAndInsertUint16(DCM_Rows, 8);
    });
    refused(folder, "32 bits allocated");
    save(folder.src(), image, EXS_LittleEndianExplicit);
    edit(folder, [](DcmDataset &ds) { ds.putAndInsertUint16(DCM_Rows, 9); });
    refused(folder, "longer than its 1 frames");
}

static void a_frame_that_is_not_reproduced_is_noticed(void)
{
    Folder folder;
    Image image = grey(8);
    dw_error err = {};
    dw_object object = {};
    Frames frames;
    fill(image);
    save(folder.src(), image, EXS_LittleEndianExplicit);
    CHECK_OK(open_frames(folder.src(), object, frames, &err), err);
    const EncodeTarget honest = {DW_TS_JPEG_LOSSLESS, dw_jpeg_lossless_encode, false},
                       liar = {DW_TS_JPEG_LOSSLESS, lying_encoder, false};
    for (const EncodeTarget *target : {&honest, &liar}) {
        Encapsulation encapsulation(*target, frames);
        std::string path = folder.file(target == &liar ? "liar" : "honest");
        dw_meta meta = {SC_CLASS, INSTANCE, target->transfer_syntax, nullptr, nullptr, nullptr};
        dw_buf head = {};
        Output written;
        CHECK_OK(encapsulation.check(&err), err);
        CHECK_OK(dw_meta_build(&meta, &head, &err), err);
        CHECK_OK(written.create(path.c_str(), &err), err);
        written.add(head.data, head.size);
        dw_buf_done(&head);
        CHECK_OK(output_data_set(*frames.dataset(), written, &err), err);
        CHECK_OK(encapsulation.write(written, &err), err);
        CHECK(written.flush());
        dw_status st = encapsulation.prove(path.c_str(), &err);
        if (target == &honest) {
            CHECK_OK(st, err);
        } else {
            CHECK_INT(st, DW_ERR_CORRUPT);
            CHECK_HAS(err.text, "frame 1 was not compressed without loss");
        }
    }
}

static void more_pixels_than_a_value_holds_are_refused(void)
{
    Folder folder;
    Image image = grey(8, false, 65); // 65 frames of 64 MiB: 65 MiB more than 4 GiB
    dw_error err = {};
    image.columns = image.rows = 8192;
    std::vector<uint8_t> first(64, 0), nothing(2, 0);
    first[0] = 1;
    first[4] = 64;
    for (unsigned i = 0; i < 8192 * 64; i++) // runs of 128 zeros
        first.insert(first.end(), {129, 0});
    std::vector<std::vector<uint8_t>> frames(65, nothing);
    frames[0] = first;
    save_fragments(folder.src(), image, EXS_RLELossless, frames, 0);
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_LIMIT);
    CHECK_HAS(err.text, "4362076160 bytes is more than one value holds");
    CHECK(access(folder.dst().c_str(), F_OK) != 0);
}

// Peak memory of one call in a process of its own, in kB.
static long peak_kb(const std::string &src, const std::string &dst, const char *target)
{
    pid_t child = fork();
    if (child == 0) {
        dw_error err = {};
        _exit(dw_transcode_file(src.c_str(), dst.c_str(), target, &err) != DW_OK);
    }
    int how = 0;
    struct rusage usage = {};
    wait4(child, &how, 0, &usage);
    CHECK_INT(how, 0);
    return usage.ru_maxrss;
}

static void memory_is_that_of_a_frame_in_both_directions(void)
{
#if defined(__SANITIZE_ADDRESS__)
    constexpr bool measures = false; // the sanitizer's own memory is larger than the difference
#else
    constexpr bool measures = true;
#endif
    if (!measures)
        return;
    Folder folder;
    for (const char *target : both) {
        long peaks[2][2];
        unsigned many = strcmp(target, DW_TS_JPEG_LOSSLESS) == 0 ? 80 : 16; // 40 MiB; the other is slow
        for (unsigned i = 0; i < 2; i++) {
            pid_t writer = fork(); // what makes the large file must not be counted
            if (writer == 0) {
                test_failures = 0;
                Image image = grey(12, false, i ? many : 1);
                image.columns = image.rows = 512;
                fill(image);
                save(folder.src(), image, EXS_LittleEndianImplicit);
                _exit(test_failures);
            }
            int failed = 0;
            waitpid(writer, &failed, 0);
            CHECK_INT(failed, 0);
            peaks[i][0] = peak_kb(folder.src(), folder.dst(), target);
            peaks[i][1] = peak_kb(folder.dst(), folder.file("back.dcm"), DW_TS_EXPLICIT_LE);
        }
        CHECK(peaks[1][0] < peaks[0][0] + 3 * 1024);
        CHECK(peaks[1][1] < peaks[0][1] + 3 * 1024);
    }
}

static const struct test_case cases[] = {
    TEST(every_depth_comes_out_as_it_went_in),
    TEST(frames_and_colours_come_out_as_they_went_in),
    TEST(tiny_and_flat_images_come_out_as_they_went_in),
    TEST(the_largest_differences_come_out_as_they_went_in),
    TEST(palettes_stay_palettes),
    TEST(any_source_reaches_any_target),
    TEST(planes_become_pixels),
    TEST(lossy_marks_are_left_alone),
    TEST(an_object_without_pixels_becomes_explicit),
    TEST(what_lies_in_unused_bits_is_not_thrown_away),
    TEST(what_the_standard_cannot_hold_is_refused),
    TEST(a_frame_that_is_not_reproduced_is_noticed),
    TEST(more_pixels_than_a_value_holds_are_refused),
    TEST(memory_is_that_of_a_frame_in_both_directions),
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
