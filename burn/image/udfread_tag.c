/* Tags, CRC and names (ECMA-167 3/7.2, OSTA UDF 2.1.1). */
#include <string.h>
#include "burn/image/udfread_private.h"

/* CRC-16, polynomial x^16 + x^12 + x^5 + 1: what a byte does to it needs no table. */
static uint16_t crc_of(const uint8_t *data, size_t size)
{
    uint16_t crc = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t in = (uint8_t)(crc >> 8 ^ data[i]);
        in = (uint8_t)(in ^ in >> 4);
        crc = (uint16_t)(crc << 8 ^ in << 12 ^ in << 5 ^ in);
    }
    return crc;
}

const char *dw_udfvol_tag_fault(const uint8_t *descriptor, size_t room, uint32_t location,
                                uint8_t nsr)
{
    uint8_t sum = 0;
    for (unsigned i = 0; i < 16; i++)
        sum = (uint8_t)(sum + (i == 4 ? 0 : descriptor[i]));
    if (sum != descriptor[4])
        return "the checksum of its tag is wrong";
    uint16_t version = dw_udfvol_le16(descriptor + 2), length = dw_udfvol_le16(descriptor + 10);
    if ((version != 2 && version != 3) || (version == 3 && nsr == 2))
        return "its tag has a version that does not fit the volume";
    if (length > room - 16)
        return "its CRC covers more than there is of it";
    if (crc_of(descriptor + 16, length) != dw_udfvol_le16(descriptor + 8))
        return "its CRC is wrong";
    if (dw_udfvol_le32(descriptor + 12) != location)
        return "its tag names another block";
    return NULL;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* One character from 16-bit text at *at; a surrogate without its other half is '_'. */
static uint32_t wide_character(const uint8_t *text, size_t size, size_t *at)
{
    uint32_t c = (uint32_t)text[*at] << 8 | text[*at + 1];
    *at += 2;
    if (c < 0xD800 || c > 0xDFFF)
        return c;
    if (c < 0xDC00 && *at + 2 <= size) {
        uint32_t low = (uint32_t)text[*at] << 8 | text[*at + 1];
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *at += 2;
            return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return '_';
}

bool dw_udfvol_cs0(const uint8_t *text, size_t size, char *out, size_t out_size)
{
    size_t n = 0, at = 1;
    out[0] = '\0';
    if (size == 0)
        return true;
    bool wide = text[0] == 16;
    if ((text[0] != 8 && text[0] != 16) || (wide && size % 2 == 0))
        return false;
    while (at < size) {
        char one[4];
        uint32_t c = text[at];
        if (wide)
            c = wide_character(text, size, &at);
        else
            at++;
        size_t length = put_utf8(one, c < 0x20 || (c >= 0x7F && c < 0xA0) ? '_' : c);
        if (n + length + 1 > out_size)
            break; /* a name of 254 bytes cannot: who asks gives room for three times that */
        memcpy(out + n, one, length);
        n += length;
    }
    out[n] = '\0';
    return true;
}
