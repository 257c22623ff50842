// Every syntax we can decode, made here by encoders that are not ours, becomes Explicit VR Little Endian
// with the same values.
#include "dicom/dcmtk/transcode.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "base/random.h"
#include "dicom/scan.h"
#include "test_transcode_make.h"

namespace
{
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
    CHECK_INT(std::stol(result.text(DCM_BitsStored)), image.bits);
    CHECK_INT(std::stol(result.text(DCM_PixelRepresentation)), image.is_signed);
}

void round_trip(Image image, E_TransferSyntax xfer, const DcmRepresentationParameter *how = nullptr)
{
    Folder folder;
    fill(image);
    save(folder.src(), image, xfer, how);
    transcode_and_compare(folder, image);
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
        many.frames = 100;
        fill(many);
        save(folder.file("jpeg-ls.dcm"), many, EXS_JPEGLSLossless);
        _exit(test_failures);
    }
    int failed = 0;
    waitpid(writer, &failed, 0);
    CHECK_INT(failed, 0);
    long all = peak_kb(folder.src(), folder.dst());
    CHECK(all < one + 8 * 1024);
    long plain = peak_kb(folder.file("big-endian.dcm"), folder.dst());
    CHECK(plain < one + 8 * 1024);
    long fragments = peak_kb(folder.file("jpeg-ls.dcm"), folder.dst());
    CHECK(fragments < one + 4 * 1024); // DCMTK keeps what it has decoded of this one
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
