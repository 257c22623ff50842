#include "dicom/dcmtk/transcode.h"

#include <dcmtk/config/osconfig.h>
#include <cerrno>
#include <cinttypes>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "dicom/dcmtk/encapsulate.h"
#include "dicom/dcmtk/guard.h"
#include "dicom/dcmtk/meta.h"
#include "dicom/scan.h"
#include "dicom/uid.h"

namespace
{
constexpr size_t COPY_BYTES = 256 * 1024;
constexpr uint64_t OBJECT_BYTES_MAX = 0xFFFFFFFEu; /* the longest even Explicit VR value */

void put_u32(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Frames of one bit a pixel follow each other without a gap (PS3.5 8.1.1); in memory a bit is a byte. */
class BitPacker
{
  public:
    void add(const uint8_t *data, size_t size, Output &out)
    {
        for (size_t i = 0; i < size; i++) {
            byte_ = (uint8_t)(byte_ | (data[i] & 1) << used_);
            if (++used_ == 8)
                end(out);
        }
    }
    void end(Output &out)
    {
        if (used_ > 0)
            out.add(&byte_, 1);
        byte_ = 0;
        used_ = 0;
    }

  private:
    uint8_t byte_ = 0;
    unsigned used_ = 0;
};

dw_status write_frames(Frames &frames, Output &out, dw_error *err)
{
    const uint8_t *data;
    size_t size;
    BitPacker packer;
    bool bits = frames.shape().bits_allocated == 1;
    dw_status st = frames.frame(0, data, size, err);
    if (st != DW_OK)
        return st;
    uint64_t total = (uint64_t)size * frames.count();
    if (bits)
        total = (total + 7) / 8;
    if (total > OBJECT_BYTES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT,
                            "uncompressed pixel data of %" PRIu64 " bytes is more than one value holds",
                            total);
    uint8_t head[12] = {0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0}; /* (7FE0,0010), PS3.5 A.2 */
    if (frames.shape().bits_allocated <= 8)
        head[5] = 'B';
    put_u32(head + 8, total + (total & 1));
    out.add(head, sizeof head);
    for (uint32_t i = 0; i < frames.count() && out.status(nullptr) == DW_OK; i++) {
        st = frames.frame(i, data, size, err);
        if (st != DW_OK)
            return st;
        if (bits)
            packer.add(data, size, out);
        else
            out.add(data, size);
    }
    packer.end(out);
    if (total & 1)
        out.add("", 1);
    return out.status(err);
}

/* Pixel data inside sequences (icons) is compressed as well; what cannot be decoded there is optional
 * (PS3.3 F.7, type 3) and left out. */
void decode_icons(DcmDataset &ds)
{
    if (ds.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad())
        ds.findAndDeleteElement(DCM_IconImageSequence, OFTrue, OFTrue);
}

void describe(DcmDataset &ds, const Frames &frames, const char *photometric,
              const char *transfer_syntax)
{
    const dw_pixels &shape = frames.shape();
    ds.putAndInsertString(DCM_PhotometricInterpretation, photometric);
    ds.putAndInsertUint16(DCM_BitsAllocated, (Uint16)shape.bits_allocated);
    ds.putAndInsertUint16(DCM_BitsStored, (Uint16)shape.bits_stored);
    ds.putAndInsertUint16(DCM_HighBit, (Uint16)frames.high_bit());
    if (shape.samples > 1)
        ds.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    const dw_transfer_syntax *ts = dw_transfer_syntax_find(transfer_syntax);
    bool always_lossy = strcmp(transfer_syntax, "1.2.840.10008.1.2.4.50") == 0 ||
                        strcmp(transfer_syntax, "1.2.840.10008.1.2.4.51") == 0;
    if (ts && always_lossy) /* PS3.3 C.7.6.1.1.5: once lossy, always said */
        ds.putAndInsertString(DCM_LossyImageCompression, "01");
    ds.findAndDeleteElement(DcmTagKey(0x7FE0, 0x0001)); /* offsets of fragments that are gone */
    ds.findAndDeleteElement(DcmTagKey(0x7FE0, 0x0002));
}

/* Elements behind the pixel data are rare (digital signatures) and must still come behind it. */
void split_tail(DcmDataset &ds, DcmDataset &tail)
{
    for (unsigned long i = ds.card(); i-- > 0;) {
        DcmElement *element = ds.getElement(i);
        if (!(DcmTagKey(0x7FE0, 0x0010) < element->getTag()))
            break;
        ds.remove(element);
        if (tail.insert(element).bad())
            delete element;
    }
}

/* Frame by frame: uncompressed when target is null, else into fragments that are read again. */
dw_status rewrite_object(const char *src, const dw_object &object, const EncodeTarget *target,
                         Output &out, dw_error *err)
{
    Frames frames;
    dw_status st = frames.open(src, object, err);
    if (st == DW_OK)
        st = frames.start(err);
    if (st != DW_OK)
        return st;
    std::unique_ptr<Encapsulation> encapsulation;
    if (target) {
        encapsulation.reset(new Encapsulation(*target, frames));
        st = encapsulation->check(err);
        if (st != DW_OK)
            return st;
    }
    DcmDataset &ds = *frames.dataset();
    DcmDataset tail;
    split_tail(ds, tail);
    /* describe() must not disturb the decoders, which read the data set for every frame: they get it
     * back as it was. */
    DcmDataset head(ds);
    describe(head, frames, target ? encapsulation->photometric() : frames.photometric(),
             object.transfer_syntax);
    decode_icons(head);
    st = output_data_set(head, out, err);
    if (st == DW_OK)
        st = target ? encapsulation->write(out, err) : write_frames(frames, out, err);
    if (st == DW_OK && tail.card() > 0)
        st = output_data_set(tail, out, err);
    if (st == DW_OK && target)
        st = out.flush() ? encapsulation->prove(out.part(), err) : out.status(err);
    return st;
}

dw_status reencode_object(const char *src, const dw_object &object, Output &out, dw_error *err)
{
    Frames frames; /* only opened: large values stay in src until they are written */
    dw_status st = frames.open(src, object, err);
    return st == DW_OK ? output_data_set(*frames.dataset(), out, err) : st;
}

/* A compressed transfer syntax whose object has no pixel data (SR sent in a JPEG context) is plain
 * Explicit VR Little Endian. */
dw_status copy_object(int fd, const dw_object &object, Output &out, dw_error *err)
{
    std::vector<uint8_t> buffer(COPY_BYTES);
    off_t at = (off_t)object.dataset_offset;
    for (;;) {
        ssize_t n = pread(fd, buffer.data(), buffer.size(), at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return dw_error_set(err, DW_ERR_IO, "read the object: %s", strerror(errno));
        if (n == 0 || !out.add(buffer.data(), (size_t)n))
            return out.status(err);
        at += n;
    }
}

/* What deflated data sets inflate to is Explicit VR Little Endian (PS3.5 A.5): no parser needed. The
 * scanner has seen all of it already and held it to its limits. */
dw_status inflate_object(int fd, const dw_object &object, Output &out, dw_error *err)
{
    std::vector<uint8_t> in(65536), plain(COPY_BYTES);
    z_stream z = {};
    off_t at = (off_t)object.dataset_offset;
    if (inflateInit2(&z, -15) != Z_OK)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = DW_OK;
    int code = Z_OK;
    while (st == DW_OK && code != Z_STREAM_END) {
        if (z.avail_in == 0) {
            ssize_t n = pread(fd, in.data(), in.size(), at);
            if (n <= 0) {
                st = dw_error_set(err, DW_ERR_CORRUPT, "deflated data set is truncated");
                break;
            }
            at += n;
            z.next_in = in.data();
            z.avail_in = (uInt)n;
        }
        z.next_out = plain.data();
        z.avail_out = (uInt)plain.size();
        code = inflate(&z, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            st = dw_error_set(err, DW_ERR_CORRUPT, "deflated data set is broken");
        else if (z.total_out > DW_SCAN_INFLATE_MAX)
            st = dw_error_set(err, DW_ERR_LIMIT, "deflated data set is larger than we inflate");
        else if (!out.add(plain.data(), plain.size() - z.avail_out))
            st = out.status(err);
    }
    inflateEnd(&z);
    return st;
}

dw_status write_meta(const dw_object &object, const char *transfer_syntax, Output &out, dw_error *err)
{
    dw_meta meta = {};
    meta.sop_class = object.sop_class;
    meta.sop_instance = object.sop_instance;
    meta.transfer_syntax = transfer_syntax;
    dw_buf head = {};
    dw_buf_init(&head, 4096);
    dw_status st = dw_meta_build(&meta, &head, err);
    if (st == DW_OK)
        out.add(head.data, head.size);
    dw_buf_done(&head);
    return st;
}

dw_status write_object(const char *src, int fd, const dw_object &object, const EncodeTarget *target,
                       Output &out, dw_error *err)
{
    const dw_transfer_syntax *ts = dw_transfer_syntax_find(object.transfer_syntax);
    if (!ts)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "unknown transfer syntax");
    if (!object.has_pixels)
        target = nullptr;
    dw_status st = write_meta(object, target ? target->transfer_syntax : DW_TS_EXPLICIT_LE, out, err);
    if (st != DW_OK)
        return st;
    if (target && strcmp(target->transfer_syntax, ts->uid) == 0)
        return copy_object(fd, object, out, err);
    if (target || (ts->encapsulated && object.has_pixels))
        return rewrite_object(src, object, target, out, err);
    if (ts->encoding == DW_ENC_DEFLATED)
        return inflate_object(fd, object, out, err);
    if (ts->encoding == DW_ENC_EXPLICIT_LE)
        return copy_object(fd, object, out, err);
    return reencode_object(src, object, out, err);
}

dw_status transcode(const char *src, int fd, const char *dst, const EncodeTarget *target,
                    dw_error *err)
{
    dw_object object;
    dw_status st = dw_scan_object(fd, nullptr, &object, nullptr, err);
    if (st != DW_OK)
        return st;
    char part[DW_PATH_MAX];
    if (!dw_text_format(part, sizeof part, "%s.part", dst))
        return dw_error_set(err, DW_ERR_LIMIT, "path is longer than %d bytes", DW_PATH_MAX - 1);
    Output out;
    st = out.create(part, err);
    if (st != DW_OK)
        return st;
    st = write_object(src, fd, object, target, out, err);
    return st == DW_OK ? out.publish(dst, err) : st;
}
} // namespace

dw_status dw_transcode_file(const char *src, const char *dst, const char *transfer_syntax,
                            dw_error *err)
{
    const EncodeTarget *target = encode_target_find(transfer_syntax);
    if (!target && strcmp(transfer_syntax, DW_TS_EXPLICIT_LE) != 0)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "we do not transcode to this transfer syntax");
    int fd = open(src, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", src,
                            strerror(errno));
    dw_status st = guarded(err, [&] { return transcode(src, fd, dst, target, err); });
    close(fd);
    return st;
}
