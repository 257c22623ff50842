/** For the .cc files of this room only: pixel data as compressed fragments, and the proof that it came out
 *  without loss. */
#ifndef DW_DICOM_DCMTK_ENCAPSULATE_H
#define DW_DICOM_DCMTK_ENCAPSULATE_H
#include <vector>
#include "dicom/dcmtk/encode.h"
#include "dicom/dcmtk/frames.h"
#include "dicom/dcmtk/output.h"

struct EncodeTarget {
    const char *transfer_syntax;
    dw_encode_fn *encode;
    bool has_colour_transform; /**< RGB becomes YBR_RCT */
};
/** nullptr: nothing we encode to. */
const EncodeTarget *encode_target_find(const char *transfer_syntax);

/** The frames of one object on their way into a compressed syntax. */
class Encapsulation
{
  public:
    Encapsulation(const EncodeTarget &target, Frames &frames) : target_(target), frames_(frames)
    {
    }
    /** May it be encoded at all? DW_ERR_UNSUPPORTED: the standard has no such form, or bits outside
     *  Bits Stored would be lost. */
    dw_status check(dw_error *err);
    const char *photometric() const; /**< of the compressed object */
    /** (7FE0,0010): one fragment for each frame, and a Basic Offset Table if it can be sure to fit
     *  (PS3.5 A.4). */
    dw_status write(Output &out, dw_error *err);
    /** Decode every frame of what was written (a flushed file) by the way a reader takes, and compare.
     *  DW_ERR_CORRUPT: it is not the same. */
    dw_status prove(const char *written, dw_error *err);

  private:
    dw_status write_frame(uint32_t n, struct dw_buf &encoded, Output &out, dw_error *err);
    dw_status compare(Frames &again, dw_error *err);
    bool is_rgb() const;

    const EncodeTarget &target_;
    Frames &frames_;
    std::vector<uint8_t> digests_; /* SHA-256 of each frame */
};

#endif
