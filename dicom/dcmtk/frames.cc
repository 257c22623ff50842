#include "dicom/dcmtk/frames.h"

#include <dcmtk/dcmdata/dcistrmf.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <cstring>

#include "dicom/uid.h"

namespace
{
constexpr Uint32 KEEP_IN_FILE_BYTES = 16384; /* larger values are read when they are written */
/* Nothing can be left in a deflated file; what is larger can still become Explicit VR. */
constexpr uint64_t DEFLATED_BYTES_MAX = 64 * 1024 * 1024;

bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}
bool is_j2k(const char *ts) /* .90 .91 and High-Throughput .201 to .203 */
{
    return strcmp(ts, "1.2.840.10008.1.2.4.90") == 0 || strcmp(ts, "1.2.840.10008.1.2.4.91") == 0 ||
           starts_with(ts, "1.2.840.10008.1.2.4.20");
}
bool is_rle(const char *ts)
{
    return strcmp(ts, "1.2.840.10008.1.2.5") == 0;
}
bool is_deflated_frames(const char *ts)
{
    return strcmp(ts, "1.2.840.10008.1.2.8.1") == 0;
}
bool is_lossless_jpeg(const char *ts)
{
    return strcmp(ts, "1.2.840.10008.1.2.4.57") == 0 || strcmp(ts, "1.2.840.10008.1.2.4.70") == 0;
}
bool is_jpeg_ls(const char *ts)
{
    return strcmp(ts, "1.2.840.10008.1.2.4.80") == 0 || strcmp(ts, "1.2.840.10008.1.2.4.81") == 0;
}

/* Sample precision of a JPEG stream: byte 4 of its SOFn segment (ISO/IEC 10918-1 B.2.2). 0: none. */
unsigned jpeg_precision(const uint8_t *data, size_t size)
{
    size_t at = 2; /* behind SOI */
    while (at + 5 <= size) {
        if (data[at] != 0xFF)
            return 0;
        uint8_t marker = data[at + 1];
        if (marker == 0xFF) { /* fill byte */
            at++;
            continue;
        }
        if ((marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 &&
             marker != 0xCC) ||
            marker == 0xF7) /* JPEG-LS, ISO/IEC 14495-1 C.1.1 */
            return data[at + 4];
        if (marker == 0xD8 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7))
            at += 2;
        else
            at += 2 + ((size_t)data[at + 2] << 8 | data[at + 3]);
    }
    return 0;
}
} // namespace

void frames_register_codecs()
{
    static const struct Codecs {
        Codecs()
        {
            DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never,
                                                  EPC_colorByPixel);
            DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
        }
        ~Codecs()
        {
            DJDecoderRegistration::cleanup();
            DJLSDecoderRegistration::cleanup();
        }
    } codecs;
}

dw_status Frames::open(const char *path, const dw_object &object, dw_error *err)
{
    frames_register_codecs();
    object_ = &object;
    const dw_transfer_syntax *ts = dw_transfer_syntax_find(object.transfer_syntax);
    if (!ts || (ts->encapsulated && !ts->decodable)) /* DCMTK may not even know how it is encoded */
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "no decoder for %s",
                            ts ? ts->name : "this transfer syntax");
    encapsulated_ = ts->encapsulated;
    if (ts->encoding == DW_ENC_DEFLATED && object.size_bytes > DEFLATED_BYTES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT,
                            "a deflated object of %llu bytes is more than we hold in memory",
                            (unsigned long long)object.size_bytes);
    DcmXfer xfer(object.transfer_syntax);
    E_TransferSyntax read_as = xfer.getXfer();
    if (is_j2k(object.transfer_syntax) || is_deflated_frames(object.transfer_syntax))
        /* DCMTK 3.6.7 has never heard of some; for the data set around the pixels all are one */
        read_as = EXS_JPEG2000;
    DcmInputFileStream stream((OFFilename(path))); /* from 0: it counts where values lie */
    auto skip = (offile_off_t)object.dataset_offset;
    OFCondition cond = stream.skip(skip) == skip ? stream.status() : EC_InvalidStream;
    if (cond.good()) {
        ds_.transferInit();
        cond = ds_.read(stream, read_as, EGL_noChange, KEEP_IN_FILE_BYTES);
        ds_.transferEnd();
    }
    if (cond.bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "data set cannot be read: %s", cond.text());
    return DW_OK;
}

dw_status Frames::read_shape(dw_error *err)
{
    DcmDataset *ds = dataset();
    Uint16 rows = 0, columns = 0, samples = 1, allocated = 0, stored = 0, high = 0, sign = 0,
           planar = 0;
    Sint32 frames = 1;
    ds->findAndGetUint16(DCM_Rows, rows);
    ds->findAndGetUint16(DCM_Columns, columns);
    ds->findAndGetUint16(DCM_SamplesPerPixel, samples);
    ds->findAndGetUint16(DCM_BitsAllocated, allocated);
    stored = allocated;
    ds->findAndGetUint16(DCM_BitsStored, stored);
    high = (Uint16)(stored - 1);
    ds->findAndGetUint16(DCM_HighBit, high);
    ds->findAndGetUint16(DCM_PixelRepresentation, sign);
    if (ds->findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames < 1)
        frames = 1;
    ds->findAndGetUint16(DCM_PlanarConfiguration, planar);
    ds->findAndGetOFString(DCM_PhotometricInterpretation, photometric_);
    shape_ = {rows, columns, samples, allocated, stored, sign == 1};
    high_bit_ = high;
    planar_ = planar == 1 && samples > 1;
    count_ = (uint32_t)frames;
    if (stored == 0 || stored > allocated)
        return dw_error_set(err, DW_ERR_CORRUPT, "%u bits stored in %u allocated", stored,
                            allocated);
    return DW_OK;
}

dw_status Frames::start(dw_error *err)
{
    DcmElement *element = nullptr;
    DcmDataset *ds = dataset();
    if (ds->findAndGetElement(DCM_PixelData, element).bad() || element->ident() != EVR_PixelData)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "object has no pixel data");
    dw_status st = read_shape(err);
    if (st != DW_OK)
        return st;
    element_.reset(ds->remove(element));
    if (!encapsulated_) {
        st = dw_pixels_size(&shape_, &size_, err);
        set_size_of_422();
        return st;
    }
    auto *pixels = static_cast<DcmPixelData *>(element_.get());
    if (pixels->getEncapsulatedRepresentation(ds->getOriginalXfer(), nullptr, sequence_).bad() ||
        !sequence_ || sequence_->card() < 2)
        return dw_error_set(err, DW_ERR_CORRUPT, "compressed pixel data has no fragments");
    const char *ts = object_->transfer_syntax;
    ours_ = is_j2k(ts) || is_rle(ts) || is_deflated_frames(ts);
    if (ours_)
        st = map_fragments(err);
    else
        st = adapt_to_jpeg(err);
    if (st == DW_OK)
        st = dw_pixels_size(&shape_, &size_, err);
    if (st != DW_OK)
        return st;
    if (is_deflated_frames(ts))
        set_size_of_422();
    prepare_for_codecs();
    const uint8_t *first;
    size_t first_size;
    return frame(0, first, first_size, err);
}

/* Values of a JPEG frame come as wide as its own precision, whatever the data set says. */
dw_status Frames::adapt_to_jpeg(dw_error *err)
{
    DcmPixelItem *item = nullptr;
    Uint8 *data = nullptr;
    if (sequence_->getItem(item, 1).bad() || item->getUint8Array(data).bad() || !data)
        return dw_error_set(err, DW_ERR_CORRUPT, "JPEG frame is empty");
    unsigned precision = jpeg_precision(data, item->getLength());
    if (precision < 2 || precision > 16)
        return dw_error_set(err, DW_ERR_CORRUPT, "JPEG frame has no header");
    narrow_ = precision <= 8 && shape_.bits_allocated > 8;
    if (precision > 8 && shape_.bits_allocated < 16)
        shape_.bits_allocated = 16;
    if (shape_.bits_stored > precision) {
        shape_.bits_stored = precision;
        high_bit_ = precision - 1;
    }
    return DW_OK;
}

void Frames::prepare_for_codecs()
{
    DcmDataset *ds = dataset();
    if (shape_.samples > 1) /* else some decoders give planes */
        ds->putAndInsertUint16(DCM_PlanarConfiguration, 0);
    if (is_jpeg_ls(object_->transfer_syntax)) { /* DCMTK wants cells as wide as the samples */
        ds->putAndInsertUint16(DCM_BitsAllocated, narrow_ ? 8 : (Uint16)shape_.bits_allocated);
        ds->putAndInsertUint16(DCM_BitsStored, (Uint16)shape_.bits_stored);
        ds->putAndInsertUint16(DCM_HighBit, (Uint16)high_bit_);
    }
    /* JPEG lossless of YBR must stay what it is; DCMTK would convert it with rounding, so it is told
     * that the colours are RGB already. */
    keeps_colour_ = is_lossless_jpeg(object_->transfer_syntax) &&
                    starts_with(photometric_.c_str(), "YBR_");
    if (keeps_colour_)
        ds->putAndInsertString(DCM_PhotometricInterpretation, "RGB");
    if (keeps_colour_ && photometric_ != "YBR_PARTIAL_420")
        photometric_ = "YBR_FULL";
    if (photometric_ == "YBR_RCT" || photometric_ == "YBR_ICT")
        photometric_ = "RGB";
    if (ours_ && !is_deflated_frames(object_->transfer_syntax) && photometric_ == "YBR_FULL_422")
        photometric_ = "YBR_FULL"; /* our decoders undo the subsampling */
}

/* Which fragments make up a frame (PS3.5 A.4): one each, or what the Basic Offset Table says. */
dw_status Frames::map_fragments(dw_error *err)
{
    uint32_t fragments = (uint32_t)sequence_->card() - 1;
    first_fragment_.clear();
    if (count_ == 1) {
        first_fragment_ = {1, fragments + 1};
        return DW_OK;
    }
    if (fragments == count_) {
        for (uint32_t i = 0; i <= count_; i++)
            first_fragment_.push_back(1 + i);
        return DW_OK;
    }
    DcmPixelItem *item = nullptr;
    Uint8 *table = nullptr;
    if (fragments < count_ || sequence_->getItem(item, 0).bad() || item->getLength() / 4 != count_ ||
        item->getUint8Array(table).bad() || !table)
        return dw_error_set(err, DW_ERR_CORRUPT, "%u frames in %u fragments without offsets", count_,
                            fragments);
    uint64_t offset = 0;
    uint32_t frame = 0;
    for (uint32_t i = 1; i <= fragments; i++) {
        uint64_t starts = frame < count_ ? table[4 * frame] | (uint64_t)table[4 * frame + 1] << 8 |
                                               (uint64_t)table[4 * frame + 2] << 16 |
                                               (uint64_t)table[4 * frame + 3] << 24
                                         : UINT64_MAX;
        if (offset == starts) {
            first_fragment_.push_back(i);
            frame++;
        }
        if (sequence_->getItem(item, i).bad())
            return dw_error_set(err, DW_ERR_CORRUPT, "fragment %u cannot be read", i);
        offset += 8 + (uint64_t)item->getLength();
    }
    first_fragment_.push_back(fragments + 1);
    if (frame != count_)
        return dw_error_set(err, DW_ERR_CORRUPT, "the offset table does not match the fragments");
    return DW_OK;
}

dw_status Frames::gather(uint32_t n, const uint8_t *&data, size_t &size, dw_error *err)
{
    joined_.clear();
    for (uint32_t i = first_fragment_[n]; i < first_fragment_[n + 1]; i++) {
        DcmPixelItem *item = nullptr;
        Uint8 *bytes = nullptr;
        if (sequence_->getItem(item, i).bad() || item->getUint8Array(bytes).bad())
            return dw_error_set(err, DW_ERR_CORRUPT, "fragment %u cannot be read", i);
        if (bytes)
            joined_.insert(joined_.end(), bytes, bytes + item->getLength());
        item->compact(); /* back to the file */
    }
    data = joined_.data();
    size = joined_.size();
    return DW_OK;
}

dw_status Frames::decode_with_dcmtk(uint32_t n, dw_error *err)
{
    if (n != next_frame_)
        next_fragment_ = 0; /* DCMTK finds it by the offset table */
    Uint32 from = next_fragment_;
    OFString model;
    auto *pixels = static_cast<DcmPixelData *>(element_.get());
    OFCondition cond = pixels->getUncompressedFrame(dataset(), n, next_fragment_, buffer_.data(),
                                                    (Uint32)buffer_.size(), model);
    if (cond.bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "frame %u cannot be decoded: %s", n + 1,
                            cond.text());
    next_frame_ = n + 1;
    release_fragments(from);
    if (!keeps_colour_ && n == 0)
        photometric_ = model;
    if (narrow_)
        widen();
    return DW_OK;
}

/* What a frame was made of goes back to the file; else the whole object would gather in memory. */
void Frames::release_fragments(Uint32 from)
{
    DcmPixelItem *item = nullptr;
    for (Uint32 i = from ? from : 1; i < next_fragment_ && i < sequence_->card(); i++)
        if (sequence_->getItem(item, i).good())
            item->compact();
}

/* 8-bit samples into 16 allocated bits, from the end so that nothing is overwritten. */
void Frames::widen()
{
    size_t count = size_ / 2;
    for (size_t i = count; i-- > 0;) {
        uint8_t value = buffer_[i];
        bool negative = shape_.is_signed && shape_.bits_stored <= 8 &&
                        (value >> (shape_.bits_stored - 1) & 1);
        buffer_[2 * i] = value;
        buffer_[2 * i + 1] = negative ? 0xFF : 0;
    }
}

/* Planes (Planar Configuration 1) into samples by pixel, PS3.3 C.7.6.3.1.3. */
void Frames::interleave()
{
    if (!planar_)
        return;
    size_t width = shape_.bits_allocated / 8, count = (size_t)shape_.rows * shape_.columns;
    joined_.assign(buffer_.begin(), buffer_.end());
    const uint8_t *in = joined_.data();
    for (size_t s = 0; s < shape_.samples; s++)
        for (size_t i = 0; i < count; i++, in += width)
            memcpy(&buffer_[(i * shape_.samples + s) * width], in, width);
}

bool Frames::has_more_than_its_frames()
{
    uint64_t bits = shape_.bits_allocated == 1 ? size_ : (uint64_t)size_ * 8;
    return !encapsulated_ && element_->getLength() > (bits * count_ + 7) / 8 + 1;
}

dw_status Frames::read_plain(uint32_t n, dw_error *err)
{
    size_t bits = shape_.bits_allocated == 1 ? size_ : size_ * 8;
    uint64_t first_bit = (uint64_t)n * bits;
    uint64_t first = first_bit / 8, last = (first_bit + bits + 7) / 8;
    if (last > UINT32_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "frame %u lies behind 4 GiB", n + 1);
    std::vector<uint8_t> &into = shape_.bits_allocated == 1 ? joined_ : buffer_;
    into.resize((size_t)(last - first) + 1);
    if (element_->getPartialValue(into.data(), (Uint32)first, (Uint32)(last - first), &cache_).bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "frame %u is not there", n + 1);
    if (shape_.bits_allocated != 1) {
        interleave();
        return DW_OK;
    }
    unpack_bits(joined_.data(), (size_t)(first_bit % 8));
    return DW_OK;
}

/* Two luminances share their chrominances, PS3.3 C.7.6.3.1.2. */
void Frames::set_size_of_422()
{
    if (photometric_ != "YBR_FULL_422" || shape_.samples != 3)
        return;
    size_ = size_ / 3 * 2;
    planar_ = false;
}

/* A bit for each pixel, from the least significant on (PS3.5 8.1.1), becomes a byte. */
void Frames::unpack_bits(const uint8_t *packed, size_t first_bit)
{
    buffer_.resize(size_ + 1);
    for (size_t i = 0; i < size_; i++) {
        size_t bit = first_bit + i;
        buffer_[i] = packed[bit / 8] >> (bit % 8) & 1;
    }
}

dw_status Frames::inflate_frame(const uint8_t *data, size_t size, dw_error *err)
{
    bool bits = shape_.bits_allocated == 1;
    std::vector<uint8_t> packed(bits ? (size_ + 7) / 8 : 0);
    dw_status st = bits ? dw_deflated_decode(data, size, packed.data(), packed.size(), err)
                        : dw_deflated_decode(data, size, buffer_.data(), size_, err);
    if (st == DW_OK && bits)
        unpack_bits(packed.data(), 0);
    else if (st == DW_OK)
        interleave();
    return st;
}

dw_status Frames::decode(uint32_t n, dw_error *err)
{
    if (!encapsulated_)
        return read_plain(n, err);
    buffer_.resize(size_ + (size_ & 1));
    if (!ours_)
        return decode_with_dcmtk(n, err);
    const uint8_t *data = nullptr;
    size_t size = 0;
    dw_status st = gather(n, data, size, err);
    if (st != DW_OK)
        return st;
    if (is_deflated_frames(object_->transfer_syntax))
        st = inflate_frame(data, size, err);
    else if (is_rle(object_->transfer_syntax))
        st = dw_rle_decode(data, size, &shape_, buffer_.data(), err);
    else
        st = dw_j2k_decode(data, size, &shape_, buffer_.data(), err);
    return st == DW_OK ? DW_OK : dw_error_prefix(err, st, "frame %u", n + 1);
}

dw_status Frames::frame(uint32_t n, const uint8_t *&out, size_t &out_size, dw_error *err)
{
    if (n >= count_)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no frame %u of %u", n + 1, count_);
    if (decoded_ != (long)n) {
        decoded_ = -1;
        dw_status st = decode(n, err);
        if (st != DW_OK)
            return st;
        decoded_ = (long)n;
    }
    out = buffer_.data();
    out_size = size_;
    return DW_OK;
}
