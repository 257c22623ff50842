/** Writes DICOM data sets byte by byte in any encoding, right or wrong as asked, so that tests of
 * readers do not depend on a writer of ours. Values are text, or 16 bit numbers for US. */
#ifndef DW_TESTS_DICOM_BYTES_H
#define DW_TESTS_DICOM_BYTES_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/text.h"

struct bytes {
    struct dw_buf out;
    bool implicit, big_endian;
    bool undefined_lengths; /* of sequences and items */
    unsigned open;
    size_t starts[2 * 80];
};

__attribute__((unused)) static void bytes_start(struct bytes *b)
{
    memset(b, 0, sizeof *b);
    dw_buf_init(&b->out, 256UL << 20);
}

static void bytes_u16(struct bytes *b, uint16_t v)
{
    uint8_t p[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    uint8_t q[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    dw_buf_add(&b->out, b->big_endian ? q : p, 2);
}

static void bytes_u32(struct bytes *b, uint32_t v)
{
    bytes_u16(b, (uint16_t)(b->big_endian ? v >> 16 : v));
    bytes_u16(b, (uint16_t)(b->big_endian ? v : v >> 16));
}

/* Tag, VR and length; long_form: the 32 bit length of OB, SQ, UN ... */
static void bytes_head(struct bytes *b, uint32_t tag, const char *vr, uint32_t length)
{
    bytes_u16(b, (uint16_t)(tag >> 16));
    bytes_u16(b, (uint16_t)tag);
    if (b->implicit || (tag >> 16) == 0xFFFE) {
        bytes_u32(b, length);
        return;
    }
    dw_buf_add(&b->out, vr, 2);
    if (strstr("OB OD OF OL OV OW SQ SV UC UN UR UT UV", vr)) {
        bytes_u16(b, 0);
        bytes_u32(b, length);
    } else {
        bytes_u16(b, (uint16_t)length);
    }
}

__attribute__((unused)) static void bytes_text(struct bytes *b, uint32_t tag, const char *vr,
                                               const char *text)
{
    size_t n = strlen(text);
    bytes_head(b, tag, vr, (uint32_t)(n + (n & 1)));
    dw_buf_add(&b->out, text, n);
    if (n & 1)
        dw_buf_add(&b->out, strcmp(vr, "UI") == 0 ? "\0" : " ", 1);
}

__attribute__((unused)) static void bytes_us(struct bytes *b, uint32_t tag, uint16_t value)
{
    bytes_head(b, tag, "US", 2);
    bytes_u16(b, value);
}

/* A sequence or an item begins; its length is filled in when it ends. */
static void bytes_begin(struct bytes *b, uint32_t tag)
{
    bytes_head(b, tag, "SQ", 0xFFFFFFFF);
    b->starts[b->open++] = b->out.size;
}

static void bytes_end(struct bytes *b, uint32_t delimiter)
{
    size_t start = b->starts[--b->open];
    if (b->undefined_lengths) {
        bytes_head(b, delimiter, "", 0);
        return;
    }
    size_t length = b->out.size - start;
    for (unsigned i = 0; i < 4; i++)
        b->out.data[start - 4 + i] = (char)(length >> (8 * (b->big_endian ? 3 - i : i)));
}

__attribute__((unused)) static void bytes_sequence(struct bytes *b, uint32_t tag)
{
    bytes_begin(b, tag);
}
__attribute__((unused)) static void bytes_sequence_end(struct bytes *b)
{
    bytes_end(b, 0xFFFEE0DD);
}
__attribute__((unused)) static void bytes_item(struct bytes *b)
{
    bytes_begin(b, 0xFFFEE000);
}
__attribute__((unused)) static void bytes_item_end(struct bytes *b)
{
    bytes_end(b, 0xFFFEE00D);
}

/* Preamble, DICM and a meta header of group length and transfer syntax (NULL: none). */
__attribute__((unused)) static void bytes_meta(struct bytes *b, const char *transfer_syntax)
{
    bool implicit = b->implicit, big_endian = b->big_endian;
    static const char preamble[128];
    b->implicit = b->big_endian = false;
    dw_buf_add(&b->out, preamble, sizeof preamble);
    dw_buf_add(&b->out, "DICM", 4);
    size_t n = transfer_syntax ? strlen(transfer_syntax) : 0;
    bytes_head(b, 0x00020000, "UL", 4);
    bytes_u32(b, (uint32_t)(14 + (transfer_syntax ? 8 + n + (n & 1) : 0)));
    bytes_head(b, 0x00020001, "OB", 2);
    dw_buf_add(&b->out, "\0\1", 2);
    if (transfer_syntax)
        bytes_text(b, 0x00020010, "UI", transfer_syntax);
    b->implicit = implicit;
    b->big_endian = big_endian;
}

/* A file without a name that holds these bytes. */
__attribute__((unused)) static int bytes_file(const void *data, size_t size)
{
    int fd = memfd_create("dicom", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < size) {
        ssize_t n = write(fd, (const char *)data + done, size - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return fd;
}
#endif
