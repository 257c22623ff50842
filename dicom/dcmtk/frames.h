/** For the .cc files of this room only: the frames of one DICOM file, one at a time, uncompressed. */
#ifndef DW_DICOM_DCMTK_FRAMES_H
#define DW_DICOM_DCMTK_FRAMES_H
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcfcache.h>
#include <dcmtk/dcmdata/dctk.h>
#include <memory>
#include <vector>
#include "dicom/dcmtk/pixels.h"
#include "dicom/object.h"

class Frames
{
  public:
    /** Load the data set; large values stay in the file. object is what dw_scan_object() said of it
     *  (nothing reaches DCMTK's parser that our bounded scanner refused). */
    dw_status open(const char *path, const dw_object &object, dw_error *err);
    /** Read the shape and decode frame 0, so that all below is known. DW_ERR_UNSUPPORTED: no pixels we
     *  can show, or a transfer syntax without a decoder. */
    dw_status start(dw_error *err);

    DcmDataset *dataset()
    {
        return &ds_;
    }
    uint32_t count() const
    {
        return count_;
    }
    /** Of what frame() gives: after decoding, bits, photometric and interleaving may have changed. */
    const dw_pixels &shape() const
    {
        return shape_;
    }
    uint32_t high_bit() const
    {
        return high_bit_;
    }
    const char *photometric() const
    {
        return photometric_.c_str();
    }
    /** Uncompressed pixel data goes on behind the last frame. */
    bool has_more_than_its_frames();
    /** Frame n, shape's bytes, little endian, interleaved. Borrowed until the next call. */
    dw_status frame(uint32_t n, const uint8_t *&out, size_t &out_size, dw_error *err);

  private:
    dw_status read_shape(dw_error *err);
    dw_status decode(uint32_t n, dw_error *err);
    dw_status decode_with_dcmtk(uint32_t n, dw_error *err);
    dw_status read_plain(uint32_t n, dw_error *err);
    dw_status inflate_frame(const uint8_t *data, size_t size, dw_error *err);
    void set_size_of_422();
    void unpack_bits(const uint8_t *packed, size_t first_bit);
    dw_status gather(uint32_t n, const uint8_t *&data, size_t &size, dw_error *err);
    dw_status map_fragments(dw_error *err);
    dw_status adapt_to_jpeg(dw_error *err);
    void prepare_for_codecs();
    void interleave();
    void release_fragments(Uint32 from);
    void widen();

    DcmDataset ds_;
    DcmFileCache cache_;
    std::unique_ptr<DcmElement> element_;
    DcmPixelSequence *sequence_ = nullptr;
    const dw_object *object_ = nullptr;
    dw_pixels shape_ = {};
    uint32_t high_bit_ = 0, count_ = 1, next_fragment_ = 0, next_frame_ = 0;
    size_t size_ = 0;
    bool encapsulated_ = false, ours_ = false, keeps_colour_ = false, narrow_ = false, planar_ = false;
    long decoded_ = -1;
    OFString photometric_;
    std::vector<uint8_t> buffer_, joined_;
    std::vector<uint32_t> first_fragment_; /* of each frame, and one past the end; for our decoders */
};

/** Once per process: DCMTK's codecs, so that colour comes out by pixel and lossless stays lossless. */
void frames_register_codecs();

#endif
