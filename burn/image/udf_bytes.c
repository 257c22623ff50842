/* The small types of ECMA-167 1/7, 3/7.1 and 3/7.2, and what OSTA UDF 2.1 makes of them. */
#include "burn/image/udf_private.h"

#include <assert.h>
#include <time.h>

#include "base/text.h"

#define CHARSET_NAME "OSTA Compressed Unicode"
#define OS_CLASS 4 /* Unix */
#define OS_ID 5    /* Linux */
#define WRITE_PROTECTED 0x03 /* domain flags, hard and soft: the volume is finished */
#define LOCAL_TIME 0x1000    /* type 1, and 0 minutes east of UTC (ECMA-167 1/7.3.1) */

static const uint16_t crc_table[256] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7, 0x8108, 0x9129, 0xA14A, 0xB16B,
    0xC18C, 0xD1AD, 0xE1CE, 0xF1EF, 0x1231, 0x0210, 0x3273, 0x2252, 0x52B5, 0x4294, 0x72F7, 0x62D6,
    0x9339, 0x8318, 0xB37B, 0xA35A, 0xD3BD, 0xC39C, 0xF3FF, 0xE3DE, 0x2462, 0x3443, 0x0420, 0x1401,
    0x64E6, 0x74C7, 0x44A4, 0x5485, 0xA56A, 0xB54B, 0x8528, 0x9509, 0xE5EE, 0xF5CF, 0xC5AC, 0xD58D,
    0x3653, 0x2672, 0x1611, 0x0630, 0x76D7, 0x66F6, 0x5695, 0x46B4, 0xB75B, 0xA77A, 0x9719, 0x8738,
    0xF7DF, 0xE7FE, 0xD79D, 0xC7BC, 0x48C4, 0x58E5, 0x6886, 0x78A7, 0x0840, 0x1861, 0x2802, 0x3823,
    0xC9CC, 0xD9ED, 0xE98E, 0xF9AF, 0x8948, 0x9969, 0xA90A, 0xB92B, 0x5AF5, 0x4AD4, 0x7AB7, 0x6A96,
    0x1A71, 0x0A50, 0x3A33, 0x2A12, 0xDBFD, 0xCBDC, 0xFBBF, 0xEB9E, 0x9B79, 0x8B58, 0xBB3B, 0xAB1A,
    0x6CA6, 0x7C87, 0x4CE4, 0x5CC5, 0x2C22, 0x3C03, 0x0C60, 0x1C41, 0xEDAE, 0xFD8F, 0xCDEC, 0xDDCD,
    0xAD2A, 0xBD0B, 0x8D68, 0x9D49, 0x7E97, 0x6EB6, 0x5ED5, 0x4EF4, 0x3E13, 0x2E32, 0x1E51, 0x0E70,
    0xFF9F, 0xEFBE, 0xDFDD, 0xCFFC, 0xBF1B, 0xAF3A, 0x9F59, 0x8F78, 0x9188, 0x81A9, 0xB1CA, 0xA1EB,
    0xD10C, 0xC12D, 0xF14E, 0xE16F, 0x1080, 0x00A1, 0x30C2, 0x20E3, 0x5004, 0x4025, 0x7046, 0x6067,
    0x83B9, 0x9398, 0xA3FB, 0xB3DA, 0xC33D, 0xD31C, 0xE37F, 0xF35E, 0x02B1, 0x1290, 0x22F3, 0x32D2,
    0x4235, 0x5214, 0x6277, 0x7256, 0xB5EA, 0xA5CB, 0x95A8, 0x8589, 0xF56E, 0xE54F, 0xD52C, 0xC50D,
    0x34E2, 0x24C3, 0x14A0, 0x0481, 0x7466, 0x6447, 0x5424, 0x4405, 0xA7DB, 0xB7FA, 0x8799, 0x97B8,
    0xE75F, 0xF77E, 0xC71D, 0xD73C, 0x26D3, 0x36F2, 0x0691, 0x16B0, 0x6657, 0x7676, 0x4615, 0x5634,
    0xD94C, 0xC96D, 0xF90E, 0xE92F, 0x99C8, 0x89E9, 0xB98A, 0xA9AB, 0x5844, 0x4865, 0x7806, 0x6827,
    0x18C0, 0x08E1, 0x3882, 0x28A3, 0xCB7D, 0xDB5C, 0xEB3F, 0xFB1E, 0x8BF9, 0x9BD8, 0xABBB, 0xBB9A,
    0x4A75, 0x5A54, 0x6A37, 0x7A16, 0x0AF1, 0x1AD0, 0x2AB3, 0x3A92, 0xFD2E, 0xED0F, 0xDD6C, 0xCD4D,
    0xBDAA, 0xAD8B, 0x9DE8, 0x8DC9, 0x7C26, 0x6C07, 0x5C64, 0x4C45, 0x3CA2, 0x2C83, 0x1CE0, 0x0CC1,
    0xEF1F, 0xFF3E, 0xCF5D, 0xDF7C, 0xAF9B, 0xBFBA, 0x8FD9, 0x9FF8, 0x6E17, 0x7E36, 0x4E55, 0x5E74,
    0x2E93, 0x3EB2, 0x0ED1, 0x1EF0,
};

uint16_t dw_udf_crc(const uint8_t *data, size_t size)
{
    uint16_t crc = 0;
    for (size_t i = 0; i < size; i++)
        crc = (uint16_t)(crc << 8 ^ crc_table[crc >> 8 ^ data[i]]);
    return crc;
}

void dw_udf_put_tag(const dw_udf *udf, uint8_t *at, uint16_t id, uint32_t location, size_t bytes)
{
    size_t body = bytes - DW_UDF_TAG_BYTES;
    dw_udf_put16(at, id);
    dw_udf_put16(at + 2, udf->revision->tag_version);
    dw_udf_put32(at + 4, 0); /* serial number 0: nothing for disaster recovery */
    dw_udf_put16(at + 8, dw_udf_crc(at + DW_UDF_TAG_BYTES, body));
    dw_udf_put16(at + 10, (uint16_t)body);
    dw_udf_put32(at + 12, location);
    uint8_t sum = 0;
    for (size_t i = 0; i < DW_UDF_TAG_BYTES; i++)
        sum = (uint8_t)(sum + at[i]);
    at[4] = sum;
}

void dw_udf_put_time(uint8_t *at, int64_t utc_s)
{
    static const int64_t first = -62135596800, last = 253402300799; /* years 1 to 9999 (1/7.3.2) */
    time_t t = (time_t)(utc_s < first ? first : utc_s > last ? last : utc_s);
    struct tm tm = {0};
    gmtime_r(&t, &tm);
    dw_udf_put16(at, LOCAL_TIME);
    dw_udf_put16(at + 2, (uint16_t)(tm.tm_year + 1900));
    at[4] = (uint8_t)(tm.tm_mon + 1);
    at[5] = (uint8_t)tm.tm_mday;
    at[6] = (uint8_t)tm.tm_hour;
    at[7] = (uint8_t)tm.tm_min;
    at[8] = (uint8_t)tm.tm_sec;
    memset(at + 9, 0, 3);
}

void dw_udf_put_charspec(uint8_t *at)
{
    memset(at, 0, 64); /* type 0: CS0 */
    memcpy(at + 1, CHARSET_NAME, sizeof CHARSET_NAME - 1);
}

/* --- entity identifiers (1/7.4, UDF 2.1.5) --- */

static void put_entity(uint8_t *at, const char *identifier)
{
    size_t n = strlen(identifier);
    assert(n <= 23);
    memset(at, 0, 32);
    memcpy(at + 1, identifier, n);
}

void dw_udf_put_domain(const dw_udf *udf, uint8_t *at)
{
    put_entity(at, "*OSTA UDF Compliant");
    dw_udf_put16(at + 24, udf->revision->number);
    at[26] = WRITE_PROTECTED;
}

void dw_udf_put_udf_id(const dw_udf *udf, uint8_t *at, const char *identifier)
{
    put_entity(at, identifier);
    dw_udf_put16(at + 24, udf->revision->number);
    at[26] = OS_CLASS;
    at[27] = OS_ID;
}

void dw_udf_put_contents_id(const dw_udf *udf, uint8_t *at)
{
    put_entity(at, "+");
    memcpy(at + 2, udf->revision->nsr, 5);
}

void dw_udf_put_implementation(uint8_t *at)
{
    put_entity(at, "*Discwright");
    at[24] = OS_CLASS;
    at[25] = OS_ID;
}

void dw_udf_put_application(uint8_t *at)
{
    put_entity(at, "*Discwright"); /* its suffix is the application's own */
}

/* --- where something lies (3/7.1, 4/14.14) --- */

void dw_udf_put_extent(uint8_t *at, uint32_t bytes, uint32_t lba)
{
    dw_udf_put32(at, bytes);
    dw_udf_put32(at + 4, lba);
}

void dw_udf_put_short_ad(uint8_t *at, uint32_t bytes, uint32_t block)
{
    dw_udf_put_extent(at, bytes, block); /* type 0, recorded, in the top bits */
}

void dw_udf_put_long_ad(uint8_t *at, uint32_t bytes, uint32_t block, uint16_t partition,
                        uint32_t unique_id)
{
    dw_udf_put32(at, bytes);
    dw_udf_put32(at + 4, block);
    dw_udf_put16(at + 8, partition);
    dw_udf_put16(at + 10, 0);
    dw_udf_put32(at + 12, unique_id);
}

/* --- text (1/7.2, UDF 2.1.1 to 2.1.3) --- */

/* The next character of UTF-8 that was checked; 0 at the end. */
static uint32_t next_character(const char **text)
{
    const uint8_t *p = (const uint8_t *)*text;
    uint32_t c = p[0];
    size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (c == 0)
        return 0;
    if (n > 1)
        c &= 0x7Fu >> n;
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3Fu);
    *text += n;
    return c;
}

/* 16-bit units; *out_wide: a character needs more than 8 bits. 0: nothing that CS0 can hold. UDF 2.1.1 keeps
 * out the two code points that could be taken for a byte order. */
static size_t count_units(const char *text, bool *out_wide)
{
    size_t units = 0;
    *out_wide = false;
    for (uint32_t c; (c = next_character(&text)) != 0; units++) {
        if (c == 0xFEFF || c == 0xFFFE)
            return 0;
        if (c > 0xFF)
            *out_wide = true;
        if (c > 0xFFFF)
            units++;
    }
    return units;
}

size_t dw_udf_cs0_bytes(const char *text)
{
    bool wide;
    size_t units = dw_text_is_utf8(text, strlen(text)) ? count_units(text, &wide) : 0;
    return units == 0 ? 0 : 1 + (wide ? 2 * units : units);
}

static uint8_t *put_unit(uint8_t *at, uint32_t unit) /* big-endian, whatever the rest of the volume is */
{
    at[0] = (uint8_t)(unit >> 8);
    at[1] = (uint8_t)unit;
    return at + 2;
}

void dw_udf_put_cs0(uint8_t *at, const char *text)
{
    bool wide;
    if (count_units(text, &wide) == 0)
        return;
    *at++ = wide ? 16 : 8;
    for (uint32_t c; (c = next_character(&text)) != 0;) {
        if (!wide) {
            *at++ = (uint8_t)c;
        } else if (c > 0xFFFF) {
            at = put_unit(at, 0xD800 + ((c - 0x10000) >> 10));
            at = put_unit(at, 0xDC00 + ((c - 0x10000) & 0x3FF));
        } else {
            at = put_unit(at, c);
        }
    }
}

void dw_udf_put_dstring(uint8_t *at, size_t size, const char *text)
{
    size_t bytes = dw_udf_cs0_bytes(text);
    assert(bytes < size);
    memset(at, 0, size);
    dw_udf_put_cs0(at, text);
    at[size - 1] = (uint8_t)bytes;
}
