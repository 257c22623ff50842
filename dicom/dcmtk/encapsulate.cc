#include "dicom/dcmtk/encapsulate.h"

#include <cinttypes>
#include <cstring>

#include "base/hash.h"
#include "dicom/scan.h"
#include "dicom/uid.h"

namespace
{
constexpr uint64_t OFFSET_MAX = UINT32_MAX;
/* Lossless coders may make noise larger than it was: an eighth and a header are more than any does. */
constexpr uint64_t FRAME_HEADERS_BYTES = 4096;
constexpr uint32_t FRAMES_MAX = 1U << 20;

const EncodeTarget targets[] = {
    {DW_TS_JPEG_LOSSLESS, dw_jpeg_lossless_encode, false},
    {DW_TS_J2K_LOSSLESS, dw_j2k_encode, true},
};

void put_u32(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Item of a sequence of fragments, or its delimiter (E0DD): PS3.5 A.4. */
bool add_mark(Output &out, uint8_t element, uint64_t length)
{
    uint8_t mark[8] = {0xFE, 0xFF, element, 0xE0};
    put_u32(mark + 4, length);
    return out.add(mark, sizeof mark);
}

bool has_overlay_in_pixels(DcmDataset &ds)
{
    for (Uint16 group = 0x6000; group <= 0x601E; group += 2) {
        Uint16 position = 0;
        if (ds.findAndGetUint16(DcmTagKey(group, 0x0102), position).good() && position != 0)
            return true;
    }
    return false;
}

/* Every cell holds its value alone: above Bits Stored are zeros, or the sign. */
bool is_clean(const uint8_t *data, size_t size, const dw_pixels &shape)
{
    unsigned unused = shape.bits_allocated - shape.bits_stored;
    if (unused == 0)
        return true;
    if (shape.bits_allocated == 8) {
        for (size_t i = 0; i < size; i++) {
            auto moved = (uint8_t)(data[i] << unused);
            if (data[i] != (shape.is_signed ? (uint8_t)((int8_t)moved >> unused) : moved >> unused))
                return false;
        }
        return true;
    }
    for (size_t i = 0; i + 1 < size; i += 2) {
        auto value = (uint16_t)(data[i] | data[i + 1] << 8), moved = (uint16_t)(value << unused);
        if (value != (shape.is_signed ? (uint16_t)((int16_t)moved >> unused) : moved >> unused))
            return false;
    }
    return true;
}

void digest(dw_sha256 *sha, const uint8_t *data, size_t size, uint8_t out[DW_SHA256_SIZE])
{
    dw_sha256_start(sha);
    dw_sha256_add(sha, data, size);
    dw_sha256_end(sha, out);
}
struct Sha {
    dw_sha256 *sha = dw_sha256_new();
    Sha() = default;
    Sha(const Sha &) = delete;
    Sha &operator=(const Sha &) = delete;
    ~Sha()
    {
        dw_sha256_free(sha);
    }
};
struct Bytes {
    dw_buf buf = {};
    explicit Bytes(size_t max)
    {
        dw_buf_init(&buf, max);
    }
    Bytes(const Bytes &) = delete;
    Bytes &operator=(const Bytes &) = delete;
    ~Bytes()
    {
        dw_buf_done(&buf);
    }
};
} // namespace

const EncodeTarget *encode_target_find(const char *transfer_syntax)
{
    for (const EncodeTarget &target : targets)
        if (strcmp(target.transfer_syntax, transfer_syntax) == 0)
            return &target;
    return nullptr;
}

bool Encapsulation::is_rgb() const
{
    return strcmp(frames_.photometric(), "RGB") == 0;
}

const char *Encapsulation::photometric() const
{
    return is_rgb() && target_.has_colour_transform ? "YBR_RCT" : frames_.photometric();
}

/* PS3.5 8.2.1 and 8.2.4. */
dw_status Encapsulation::check(dw_error *err)
{
    static const char *const grey[] = {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"};
    static const char *const colour[] = {"RGB", "YBR_FULL"};
    const dw_pixels &shape = frames_.shape();
    const char *photometric = frames_.photometric();
    bool known = false;
    for (const char *name : grey)
        known = known || (shape.samples == 1 && strcmp(name, photometric) == 0);
    for (const char *name : colour)
        known = known || (shape.samples == 3 && !shape.is_signed && strcmp(name, photometric) == 0);
    if (!known)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "no lossless compression for %.16s with %u samples", photometric,
                            shape.samples);
    if (shape.bits_allocated != 8 && shape.bits_allocated != 16)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "no lossless compression for %u bits allocated",
                            shape.bits_allocated);
    if (frames_.high_bit() + 1 != shape.bits_stored || has_overlay_in_pixels(*frames_.dataset()))
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "the unused bits of the pixels hold something that compressing would lose");
    if (frames_.has_more_than_its_frames())
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "pixel data is longer than its %u frames, and the rest would be lost",
                            frames_.count());
    if (frames_.count() > FRAMES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "%u frames are more than we compress",
                            frames_.count());
    return DW_OK;
}

dw_status Encapsulation::write_frame(uint32_t n, dw_buf &encoded, Output &out, dw_error *err)
{
    const uint8_t *data;
    size_t size;
    Sha sha;
    dw_status st = frames_.frame(n, data, size, err);
    if (st != DW_OK)
        return st;
    if (!is_clean(data, size, frames_.shape()))
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "frame %u uses bits outside Bits Stored, which compressing would lose",
                            n + 1);
    digest(sha.sha, data, size, &digests_[(size_t)n * DW_SHA256_SIZE]);
    st = target_.encode(data, &frames_.shape(), is_rgb(), &encoded, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "frame %u", n + 1);
    add_mark(out, 0x00, encoded.size);
    out.add(encoded.data, encoded.size);
    return out.status(err);
}

dw_status Encapsulation::write(Output &out, dw_error *err)
{
    static const uint8_t head[12] = {0xE0, 0x7F, 0x10, 0x00, 'O',  'B',
                                     0,    0,    0xFF, 0xFF, 0xFF, 0xFF};
    const uint8_t *first;
    size_t size;
    uint32_t count = frames_.count();
    dw_status st = frames_.frame(0, first, size, err);
    if (st != DW_OK)
        return st;
    uint64_t frame_bytes_max = (uint64_t)size + size / 8 + FRAME_HEADERS_BYTES;
    bool has_table = frame_bytes_max * count <= OFFSET_MAX;
    std::vector<uint8_t> table(has_table ? 4 * (size_t)count : 0);
    digests_.resize((size_t)count * DW_SHA256_SIZE);
    out.add(head, sizeof head);
    add_mark(out, 0x00, table.size());
    uint64_t table_at = out.position();
    out.add(table.data(), table.size()); /* the place; filled when the lengths are known */
    uint64_t fragments_at = out.position();
    Bytes encoded((size_t)frame_bytes_max);
    for (uint32_t i = 0; i < count && st == DW_OK; i++) {
        if (has_table)
            put_u32(&table[4 * (size_t)i], out.position() - fragments_at);
        st = write_frame(i, encoded.buf, out, err);
    }
    if (st != DW_OK)
        return st;
    add_mark(out, 0xDD, 0);
    out.patch(table_at, table.data(), table.size());
    return out.status(err);
}

dw_status Encapsulation::compare(Frames &again, dw_error *err)
{
    const dw_pixels &a = frames_.shape(), &b = again.shape();
    if (again.count() != frames_.count() || a.rows != b.rows || a.columns != b.columns ||
        a.samples != b.samples || a.bits_allocated != b.bits_allocated ||
        a.bits_stored != b.bits_stored || a.is_signed != b.is_signed ||
        frames_.high_bit() != again.high_bit() ||
        strcmp(frames_.photometric(), again.photometric()) != 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "compressed frames decode to another shape");
    Sha sha;
    for (uint32_t i = 0; i < again.count(); i++) {
        const uint8_t *data;
        size_t size;
        uint8_t found[DW_SHA256_SIZE];
        dw_status st = again.frame(i, data, size, err);
        if (st != DW_OK)
            return dw_error_prefix(err, DW_ERR_CORRUPT, "compressed again");
        digest(sha.sha, data, size, found);
        if (memcmp(found, &digests_[(size_t)i * DW_SHA256_SIZE], sizeof found) != 0)
            return dw_error_set(err, DW_ERR_CORRUPT, "frame %u was not compressed without loss",
                                i + 1);
    }
    return DW_OK;
}

dw_status Encapsulation::prove(const char *written, dw_error *err)
{
    dw_object object;
    Frames again;
    dw_status st = dw_scan_object_path(written, nullptr, &object, nullptr, err);
    if (st == DW_OK)
        st = again.open(written, object, err);
    if (st == DW_OK)
        st = again.start(err);
    return st == DW_OK ? compare(again, err)
                       : dw_error_prefix(err, DW_ERR_CORRUPT, "compressed again");
}
