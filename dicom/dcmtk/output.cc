#include "dicom/dcmtk/output.h"

#include <dcmtk/dcmdata/dcostrma.h>
#include <dcmtk/dcmdata/dcwcache.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

namespace
{
constexpr size_t OUTPUT_BUFFER_BYTES = 256 * 1024;

/* DCMTK's way of writing to something that is not a FILE. */
class Consumer : public DcmConsumer
{
  public:
    explicit Consumer(Output &out) : out_(out)
    {
    }
    OFBool good() const override
    {
        return out_.status(nullptr) == DW_OK;
    }
    OFCondition status() const override
    {
        return good() ? EC_Normal : EC_InvalidStream;
    }
    OFBool isFlushed() const override
    {
        return OFTrue;
    }
    offile_off_t avail() const override
    {
        return (offile_off_t)OUTPUT_BUFFER_BYTES; /* always room: a full buffer is written out */
    }
    offile_off_t write(const void *data, offile_off_t size) override
    {
        return out_.add(data, (size_t)size) ? size : 0;
    }
    void flush() override
    {
    }

  private:
    Output &out_;
};
class Stream : public DcmOutputStream
{
  public:
    explicit Stream(Consumer *consumer) : DcmOutputStream(consumer)
    {
    }
};
} // namespace

Output::~Output()
{
    if (fd_ < 0)
        return;
    close(fd_);
    if (!published_)
        unlink(part_.c_str());
}

dw_status Output::create(const char *part, dw_error *err)
{
    part_ = part;
    fd_ = ::open(part, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd_ < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", part,
                            strerror(errno));
    return DW_OK;
}

bool Output::add(const void *data, size_t size)
{
    const auto *bytes = static_cast<const uint8_t *>(data);
    buffer_.insert(buffer_.end(), bytes, bytes + size);
    position_ += size;
    return buffer_.size() < OUTPUT_BUFFER_BYTES || flush();
}

bool Output::flush()
{
    if (status_ == DW_OK)
        status_ = dw_file_write_all(nullptr, fd_, buffer_.data(), buffer_.size(), part_.c_str(),
                                    &err_);
    buffer_.clear();
    return status_ == DW_OK;
}

void Output::fail(dw_status st, const char *what)
{
    if (status_ == DW_OK)
        status_ = dw_error_set(&err_, st, "write '%s': %s", part_.c_str(), what);
}

bool Output::patch(uint64_t at, const void *data, size_t size)
{
    const auto *bytes = static_cast<const uint8_t *>(data);
    while (flush() && size > 0) {
        ssize_t n = pwrite(fd_, bytes, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            fail(n < 0 ? dw_status_from_errno(errno) : DW_ERR_IO, n < 0 ? strerror(errno) : "short");
            break;
        }
        bytes += n;
        size -= (size_t)n;
        at += (uint64_t)n;
    }
    return status_ == DW_OK;
}

dw_status Output::status(dw_error *err) const
{
    return status_ == DW_OK ? DW_OK : dw_error_set(err, status_, "%s", err_.text);
}

dw_status Output::publish(const char *dst, dw_error *err)
{
    if (!flush())
        return status(err);
    dw_status st = dw_file_publish(nullptr, fd_, part_.c_str(), dst, err);
    published_ = st == DW_OK;
    return st;
}

dw_status output_data_set(DcmDataset &ds, Output &out, dw_error *err)
{
    Consumer consumer(out);
    Stream stream(&consumer);
    DcmWriteCache cache;
    ds.transferInit();
    OFCondition cond = ds.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, &cache,
                                EGL_withoutGL, EPD_withoutPadding);
    ds.transferEnd();
    dw_status st = out.status(err);
    if (st == DW_OK && cond.bad())
        st = dw_error_set(err, DW_ERR_CORRUPT, "data set cannot be written: %s", cond.text());
    return st;
}
