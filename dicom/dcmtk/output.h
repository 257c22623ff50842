/** For the .cc files of this room only: a file that is written as "path.part" and is there whole or not at
 *  all. */
#ifndef DW_DICOM_DCMTK_OUTPUT_H
#define DW_DICOM_DCMTK_OUTPUT_H
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <vector>
#include "base/error.h"

/** Everything that goes into the file passes here; the first failure stays and status() tells it. */
class Output
{
  public:
    Output() = default;
    ~Output(); /**< removes what was not published */
    Output(const Output &) = delete;
    Output &operator=(const Output &) = delete;
    dw_status create(const char *part, dw_error *err);
    bool add(const void *data, size_t size);
    bool flush();
    /** Write over bytes that were added before. */
    bool patch(uint64_t at, const void *data, size_t size);
    uint64_t position() const /**< bytes added so far */
    {
        return position_;
    }
    const char *part() const
    {
        return part_.c_str();
    }
    dw_status status(dw_error *err) const;
    dw_status publish(const char *dst, dw_error *err);

  private:
    void fail(dw_status st, const char *what);

    int fd_ = -1;
    bool published_ = false;
    uint64_t position_ = 0;
    OFString part_;
    std::vector<uint8_t> buffer_;
    dw_status status_ = DW_OK;
    dw_error err_ = {DW_OK, ""};
};

/** As Explicit VR Little Endian, with explicit lengths. */
dw_status output_data_set(DcmDataset &ds, Output &out, dw_error *err);

#endif
