#include "dicom/header.h"
#include <string.h>
#include "dicom/vr.h"

uint16_t dw_header_u16(const uint8_t *p, bool big_endian)
{
    return big_endian ? (uint16_t)(p[0] << 8 | p[1]) : (uint16_t)(p[1] << 8 | p[0]);
}

uint32_t dw_header_u32(const uint8_t *p, bool big_endian)
{
    uint32_t first = dw_header_u16(p, big_endian), second = dw_header_u16(p + 2, big_endian);
    return big_endian ? first << 16 | second : second << 16 | first;
}

static bool fits(uint32_t length, size_t head, uint64_t left)
{
    return length == DW_UNDEFINED_LENGTH || (uint64_t)length + head <= left;
}

static void decode_implicit(const uint8_t *bytes, bool big_endian, struct dw_header *out)
{
    uint32_t tag = (uint32_t)out->group << 16 | out->element;
    memcpy(out->vr, dw_vr_of_tag(tag), 3);
    out->length = dw_header_u32(bytes + 4, big_endian);
    out->size = 8;
}

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* Bytes where a VR should be that are none: an element written as implicit VR inside explicit data
 * (Philips private items), a VR of a later edition (PS3.5 6.2: 32 bit length), or "??" and zeros,
 * which have been seen with 16 bit lengths. */
static bool decode_unknown_vr(const uint8_t *bytes, size_t size, bool big_endian, uint64_t left,
                              struct dw_header *out)
{
    bool letters = is_upper(bytes[4]) && is_upper(bytes[5]);
    memcpy(out->vr, "UN", 3);
    if (letters && bytes[6] == 0 && bytes[7] == 0) {
        if (size < 12)
            return false;
        out->length = dw_header_u32(bytes + 8, big_endian);
        out->size = 12;
        if (fits(out->length, 12, left))
            return true;
    }
    if (fits(dw_header_u32(bytes + 4, big_endian), 8, left)) {
        decode_implicit(bytes, big_endian, out);
        return true;
    }
    if (letters && size < 12)
        return false;
    out->length =
        letters ? dw_header_u32(bytes + 8, big_endian) : dw_header_u16(bytes + 6, big_endian);
    out->size = letters ? 12 : 8;
    return true;
}

bool dw_header_decode(const uint8_t *bytes, size_t size, struct dw_vr_encoding encoding,
                      uint64_t left, struct dw_header *out)
{
    bool be = encoding.big_endian;
    out->group = dw_header_u16(bytes, be);
    out->element = dw_header_u16(bytes + 2, be);
    out->encoded_un = false;
    if (encoding.implicit || out->group == 0xFFFE) { /* items have no VR, PS3.5 7.5 */
        decode_implicit(bytes, be, out);
        return true;
    }
    const char *vr = (const char *)bytes + 4;
    unsigned traits = dw_vr_traits(vr);
    if (traits == 0)
        return decode_unknown_vr(bytes, size, be, left, out);
    memcpy(out->vr, vr, 2);
    out->vr[2] = '\0';
    out->encoded_un = memcmp(vr, "UN", 2) == 0;
    if (!(traits & DW_VR_LONG)) {
        out->length = dw_header_u16(bytes + 6, be);
        out->size = 8;
        return true;
    }
    if (size < 12)
        return false;
    out->length = dw_header_u32(bytes + 8, be);
    out->size = 12;
    return true;
}

struct dw_vr_encoding dw_header_guess(const uint8_t *bytes, struct dw_vr_encoding declared,
                                      uint64_t left)
{
    bool has_vr = dw_vr_traits((const char *)bytes + 4) != 0;
    bool length_fits = fits(dw_header_u32(bytes + 4, declared.big_endian), 8, left);
    struct dw_vr_encoding found = declared;
    /* As lengths the letters of a VR are 16,705 and more: no data set begins with such a value. */
    if (declared.implicit && has_vr)
        found.implicit = false;
    else if (!declared.implicit && !has_vr && length_fits &&
             !(is_upper(bytes[4]) && is_upper(bytes[5])))
        found.implicit = true;
    return found;
}
