// Syntaxes that DCMTK 3.6.7 has never heard of, frame by frame.
#include "dicom/dcmtk/frames.h"

#include <zlib.h>

#include "dicom/dcmtk/transcode.h"
#include "htj2k_bytes.h"
#include "test_transcode_make.h"

namespace
{
std::vector<uint8_t> decode_htj2k(Image image, const char *transfer_syntax,
                                  const std::vector<uint8_t> &frame)
{
    Folder folder;
    Result result;
    dw_error err = {};
    save_fragments(folder.src(), image, EXS_JPEG2000LosslessOnly, {frame}, 0);
    save_as(folder.src(), transfer_syntax);
    CHECK_OK(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
             err);
    return pixels_of(folder.dst(), result);
}
} // namespace

// Raw deflate, as PS3.5 A.4 has it.
static std::vector<uint8_t> deflate_frame(const std::vector<uint8_t> &frame)
{
    std::vector<uint8_t> out(frame.size() + 100);
    z_stream z = {};
    z.next_in = const_cast<Bytef *>(frame.data());
    z.avail_in = (uInt)frame.size();
    z.next_out = out.data();
    z.avail_out = (uInt)out.size();
    CHECK(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(z.total_out + (z.total_out & 1));
    deflateEnd(&z);
    return out;
}

static void deflated_frames_are_inflated(void)
{
    Image image = grey(12, false, 3);
    Folder folder;
    Result result;
    dw_error err = {};
    fill(image);
    std::vector<std::vector<uint8_t>> frames;
    size_t size = image.bytes.size() / 3;
    for (unsigned f = 0; f < 3; f++)
        frames.push_back(deflate_frame({image.bytes.begin() + (long)(f * size),
                                        image.bytes.begin() + (long)((f + 1) * size)}));
    save_fragments(folder.src(), image, EXS_JPEG2000LosslessOnly, frames, 0);
    save_as(folder.src(), "1.2.840.10008.1.2.8.1");
    CHECK_OK(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
             err);
    CHECK(pixels_of(folder.dst(), result) == image.bytes);
    frames[1].resize(frames[1].size() / 2);
    save_fragments(folder.src(), image, EXS_JPEG2000LosslessOnly, frames, 0);
    save_as(folder.src(), "1.2.840.10008.1.2.8.1");
    CHECK_INT(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
              DW_ERR_CORRUPT);
    CHECK_HAS(err.text, "frame 2: deflated frame is broken");
}

static void deflated_bits_follow_each_other_without_a_gap(void)
{
    Image image = grey(8, false, 2); // 2 frames of 3 x 1 bits: 101, 011
    Folder folder;
    Result result;
    dw_error err = {};
    image.columns = 3;
    image.rows = 1;
    save_fragments(folder.src(), image, EXS_JPEG2000LosslessOnly,
                   {deflate_frame({0x05}), deflate_frame({0x06})}, 0);
    DcmFileFormat file;
    CHECK(file.loadFile(folder.src().c_str()).good());
    file.getDataset()->putAndInsertUint16(DCM_BitsAllocated, 1);
    file.getDataset()->putAndInsertUint16(DCM_BitsStored, 1);
    file.getDataset()->putAndInsertUint16(DCM_HighBit, 0);
    file.loadAllDataIntoMemory();
    CHECK(file.saveFile(folder.src().c_str(), EXS_JPEG2000LosslessOnly).good());
    save_as(folder.src(), "1.2.840.10008.1.2.8.1");
    CHECK_OK(dw_transcode_file(folder.src().c_str(), folder.dst().c_str(), DW_TS_EXPLICIT_LE, &err),
             err);
    std::vector<uint8_t> pixels = pixels_of(folder.dst(), result);
    CHECK_INT(pixels.size(), 2);
    CHECK(!pixels.empty() && pixels[0] == 0x35);
}

static void high_throughput_jpeg_2000_is_decoded_bit_by_bit(void)
{
    Image image = grey(8), deep = grey(12), rgb = colour();
    fill(image);
    fill(deep);
    fill(rgb);
    std::vector<uint8_t> out = decode_htj2k(image, "1.2.840.10008.1.2.4.201", htj2k_grey8);
    out.resize(image.bytes.size());
    CHECK(out == image.bytes);
    out = decode_htj2k(deep, "1.2.840.10008.1.2.4.201", htj2k_grey12);
    CHECK(out == deep.bytes);
    Image stored = rgb;
    stored.photometric = "YBR_RCT";
    out = decode_htj2k(stored, "1.2.840.10008.1.2.4.202", htj2k_rgb_rpcl);
    out.resize(rgb.bytes.size());
    CHECK(out == rgb.bytes);
}

static void lossy_high_throughput_jpeg_2000_comes_close(void)
{
    Image image = grey(8);
    fill(image);
    std::vector<uint8_t> out = decode_htj2k(image, "1.2.840.10008.1.2.4.203", htj2k_grey8_lossy);
    out.resize(image.bytes.size());
    uint64_t off = 0;
    for (size_t i = 0; i < out.size(); i++)
        off += (uint64_t)abs((int)out[i] - (int)image.bytes[i]);
    CHECK(off < out.size());
}

TESTS(TEST(deflated_frames_are_inflated), TEST(deflated_bits_follow_each_other_without_a_gap),
      TEST(high_throughput_jpeg_2000_is_decoded_bit_by_bit),
      TEST(lossy_high_throughput_jpeg_2000_comes_close))
