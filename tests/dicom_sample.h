/** One small CT in every encoding, and the way to have it scanned. */
#ifndef DW_TESTS_DICOM_SAMPLE_H
#define DW_TESTS_DICOM_SAMPLE_H
#include <zlib.h>
#include "dicom/scan.h"
#include "dicom/uid.h"
#include "dicom_bytes.h"
#include "test.h"

#define CT "1.2.840.10008.5.1.4.1.1.2"

/* A small CT with what encodings treat differently: numbers, sequences in sequences, private
 * elements, pixel data. The same elements whatever the struct bytes is set to. */
__attribute__((unused)) static void bytes_object(struct bytes *b)
{
    bytes_text(b, 0x00080005, "CS", "ISO_IR 100");
    bytes_text(b, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
    bytes_text(b, 0x00080016, "UI", CT);
    bytes_text(b, 0x00080018, "UI", "2.25.1001");
    bytes_text(b, 0x00080020, "DA", "20260105");
    bytes_text(b, 0x00080030, "TM", "101500");
    bytes_text(b, 0x00080050, "SH", "ACC-1");
    bytes_text(b, 0x00080060, "CS", "CT");
    bytes_text(b, 0x00080080, "LO",
               "Klinik S\xFC"
               "d");
    bytes_text(b, 0x00081030, "LO", "Thorax");
    bytes_sequence(b, 0x00081140);
    for (int i = 0; i < 2; i++) {
        bytes_item(b);
        bytes_text(b, 0x00081150, "UI", CT);
        bytes_text(b, 0x00081155, "UI", i ? "2.25.2002" : "2.25.2001");
        bytes_us(b, 0x00280010, 258);
        bytes_sequence(b, 0x0040A170);
        bytes_item(b);
        bytes_text(b, 0x00080104, "LO",
                   "Gr\xF6\xDF"
                   "e");
        bytes_item_end(b);
        bytes_sequence_end(b);
        bytes_item_end(b);
    }
    bytes_sequence_end(b);
    bytes_text(b, 0x00090010, "LO", "PRIVATE CREATOR");
    bytes_text(b, 0x00100010, "PN", "M\xFCller^Anna");
    bytes_text(b, 0x00100020, "LO", "P-1");
    bytes_text(b, 0x00100021, "LO", "ISSUER");
    bytes_text(b, 0x00100030, "DA", "19660317");
    bytes_text(b, 0x00100040, "CS", "F");
    bytes_text(b, 0x0020000D, "UI", "2.25.101");
    bytes_text(b, 0x0020000E, "UI", "2.25.102");
    bytes_text(b, 0x00200010, "SH", "1");
    bytes_text(b, 0x00200011, "IS", "3");
    bytes_text(b, 0x00200013, "IS", " +12 ");
    bytes_us(b, 0x00280002, 1);
    bytes_text(b, 0x00280008, "IS", "1");
    bytes_us(b, 0x00280010, 300);
    bytes_us(b, 0x00280011, 200);
    bytes_us(b, 0x00280100, 16);
    bytes_head(b, 0x7FE00010, "OW", 8);
    for (uint16_t i = 0; i < 4; i++)
        bytes_u16(b, i);
}

__attribute__((unused)) static dw_status scan_bytes(struct bytes *b,
                                                    const struct dw_scan_opts *opts,
                                                    struct dw_object *object, struct dw_buf *record,
                                                    struct dw_error *err)
{
    int fd = bytes_file(b->out.data, b->out.size);
    dw_status st = dw_scan_object(fd, opts, object, record, err);
    close(fd);
    dw_buf_done(&b->out);
    return st;
}

/* The plain data set replaced by its deflated form (PS3.5 A.5). */
static void deflate_from(struct bytes *b, size_t start, int window_bits)
{
    static uint8_t packed[65536];
    z_stream z = {0};
    CHECK_INT(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (uint8_t *)b->out.data + start;
    z.avail_in = (unsigned)(b->out.size - start);
    z.next_out = packed;
    z.avail_out = sizeof packed;
    CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
    b->out.size = start;
    dw_buf_add(&b->out, packed, z.total_out + (z.total_out & 1));
    deflateEnd(&z);
}

struct variant {
    const char *syntax;
    bool implicit, big_endian, undefined_lengths;
    int deflate_bits;
};
static const struct variant variants[] = {
    {DW_TS_EXPLICIT_LE, false, false, false, 0}, {DW_TS_EXPLICIT_LE, false, false, true, 0},
    {DW_TS_IMPLICIT_LE, true, false, false, 0},  {DW_TS_IMPLICIT_LE, true, false, true, 0},
    {DW_TS_EXPLICIT_BE, false, true, false, 0},  {DW_TS_EXPLICIT_BE, false, true, true, 0},
    {DW_TS_DEFLATED, false, false, false, -15},  {DW_TS_DEFLATED, false, false, true, -15},
    {DW_TS_DEFLATED, false, false, false, 15}, /* wrapped as RFC 1950: not legal, and seen */
};

__attribute__((unused)) static void put_variant(struct bytes *b, const struct variant *v, bool meta)
{
    bytes_start(b);
    b->implicit = v->implicit;
    b->big_endian = v->big_endian;
    b->undefined_lengths = v->undefined_lengths;
    if (meta)
        bytes_meta(b, v->syntax);
    size_t start = b->out.size;
    bytes_object(b);
    if (v->deflate_bits)
        deflate_from(b, start, v->deflate_bits);
}

__attribute__((unused)) static void start_part10(struct bytes *b)
{
    bytes_start(b);
    bytes_meta(b, DW_TS_EXPLICIT_LE);
}

#endif
