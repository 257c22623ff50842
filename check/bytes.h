/** Numbers in either byte order, for the rules that look at raw blocks. */
#ifndef DW_CHECK_BYTES_H
#define DW_CHECK_BYTES_H
#include <stdint.h>

static inline uint16_t dw_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint16_t dw_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t dw_le32(const uint8_t *p)
{
    return (uint32_t)dw_le16(p) | (uint32_t)dw_le16(p + 2) << 16;
}
static inline uint64_t dw_le64(const uint8_t *p)
{
    return dw_le32(p) | (uint64_t)dw_le32(p + 4) << 32;
}
static inline uint32_t dw_be32(const uint8_t *p)
{
    return (uint32_t)dw_be16(p) << 16 | dw_be16(p + 2);
}

#endif
