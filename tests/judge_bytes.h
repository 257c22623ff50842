/** Explicit VR Little Endian, element by element, for directories and objects that the judge's tests make up. */
#ifndef DW_TESTS_JUDGE_BYTES_H
#define DW_TESTS_JUDGE_BYTES_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/text.h"

static inline void put(struct dw_buf *out, uint32_t tag, const char *vr, const void *value, size_t size)
{
    bool wide = strcmp(vr, "OB") == 0;
    uint8_t head[12] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag, (uint8_t)(tag >> 8),
                        (uint8_t)vr[0], (uint8_t)vr[1]};
    for (unsigned i = 0; i < (wide ? 4 : 2); i++)
        head[(wide ? 8 : 6) + i] = (uint8_t)((size + (size & 1)) >> (8 * i));
    dw_buf_add(out, head, wide ? 12 : 8);
    dw_buf_add(out, value, size);
    if (size & 1)
        dw_buf_add(out, strcmp(vr, "UI") == 0 ? "" : " ", 1);
}

static inline void put_text(struct dw_buf *out, uint32_t tag, const char *vr, const char *text)
{
    put(out, tag, vr, text, strlen(text));
}

static inline void put_number(struct dw_buf *out, uint32_t tag, const char *vr, uint32_t n)
{
    uint8_t bytes[4] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};
    put(out, tag, vr, bytes, vr[1] == 'S' ? 2 : 4);
}

/* Of undefined length, and what ends them. */
static inline void put_sequence(struct dw_buf *out, uint32_t tag)
{
    uint8_t head[12] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag, (uint8_t)(tag >> 8), 'S', 'Q', 0, 0,
                        0xFF, 0xFF, 0xFF, 0xFF};
    dw_buf_add(out, head, sizeof head);
}

static inline void put_mark(struct dw_buf *out, uint8_t element, uint32_t length)
{
    uint8_t mark[8] = {0xFE, 0xFF, element, 0xE0, (uint8_t)length, (uint8_t)(length >> 8), (uint8_t)(length >> 16),
                       (uint8_t)(length >> 24)};
    dw_buf_add(out, mark, sizeof mark);
}

#define ITEM 0x00
#define ITEM_END 0x0D
#define SEQUENCE_END 0xDD

/* Preamble and meta header. */
static inline void put_meta_of(struct dw_buf *out, const char *sop_class, const char *sop_instance, const char *syntax)
{
    uint8_t zeros[128] = {0};
    struct dw_buf meta = {0};
    put(&meta, 0x00020001, "OB", "\0\1", 2);
    put_text(&meta, 0x00020002, "UI", sop_class);
    put_text(&meta, 0x00020003, "UI", sop_instance);
    put_text(&meta, 0x00020010, "UI", syntax);
    put_text(&meta, 0x00020012, "UI", "2.25.78");
    dw_buf_add(out, zeros, sizeof zeros);
    dw_buf_add_text(out, "DICM");
    put_number(out, 0x00020000, "UL", (uint32_t)meta.size);
    dw_buf_add(out, meta.data, meta.size);
    dw_buf_done(&meta);
}

/* Of an Explicit VR Little Endian file. */
static inline void put_meta(struct dw_buf *out, const char *sop_class, const char *sop_instance)
{
    put_meta_of(out, sop_class, sop_instance, "1.2.840.10008.1.2.1");
}

/* The four elements every record begins with. */
static inline void put_links(struct dw_buf *out, uint32_t next, uint32_t lower, const char *type)
{
    put_number(out, 0x00041400, "UL", next);
    put_number(out, 0x00041410, "US", 0xFFFF);
    put_number(out, 0x00041420, "UL", lower);
    put_text(out, 0x00041430, "CS", type);
}

/* Keys of the records above the instances: 0 PATIENT, 1 STUDY, 2 SERIES. */
static inline void put_upper_keys(struct dw_buf *out, unsigned level)
{
    if (level == 0) {
        put_text(out, 0x00100010, "PN", "Made^Up");
        put_text(out, 0x00100020, "LO", "LARGE1");
    } else if (level == 1) {
        put_text(out, 0x00080020, "DA", "20260102");
        put_text(out, 0x00080030, "TM", "101112");
        put_text(out, 0x00080050, "SH", "");
        put_text(out, 0x00081030, "LO", "");
        put_text(out, 0x0020000D, "UI", "2.25.1");
        put_text(out, 0x00200010, "SH", "1");
    } else {
        put_text(out, 0x00080060, "CS", "CT");
        put_text(out, 0x0020000E, "UI", "2.25.2");
        put_text(out, 0x00200011, "IS", "1");
    }
}

static const char *const upper_types[] = {"PATIENT", "STUDY", "SERIES"};

/* Meta header and head of a DICOMDIR up to its first record, which follows at once. */
static inline void put_directory_head(struct dw_buf *out)
{
    put_meta(out, "1.2.840.10008.1.3.10", "2.25.77");
    put_text(out, 0x00041130, "CS", "LARGE");
    uint32_t first = (uint32_t)out->size + 12 + 12 + 10 + 12;
    put_number(out, 0x00041200, "UL", first);
    put_number(out, 0x00041202, "UL", first);
    put_number(out, 0x00041212, "US", 0);
    put_sequence(out, 0x00041220);
}

/* Those that profiles ask for (PS3.11 A.3.3), without values. */
static inline void put_further_keys(struct dw_buf *out, unsigned level)
{
    if (level == 0) {
        put_text(out, 0x00100010, "PN", "Made^Up");
        put_text(out, 0x00100020, "LO", "LARGE1");
        put_text(out, 0x00100030, "DA", "");
        put_text(out, 0x00100040, "CS", "");
    } else {
        put_text(out, 0x00080060, "CS", "CT");
        put_text(out, 0x00080080, "LO", "");
        put_text(out, 0x00080081, "ST", "");
        put_text(out, 0x00081050, "PN", "");
        put_text(out, 0x0020000E, "UI", "2.25.2");
        put_text(out, 0x00200011, "IS", "1");
    }
}

/* PATIENT, STUDY and SERIES, one below the other, the last above what follows. */
static inline void put_upper_records_of(struct dw_buf *out, size_t offset, bool further)
{
    for (unsigned level = 0; level < 3; level++) {
        struct dw_buf keys = {0}, links = {0};
        if (further && level != 1)
            put_further_keys(&keys, level);
        else
            put_upper_keys(&keys, level);
        put_links(&links, 0, 0, upper_types[level]);
        uint32_t size = (uint32_t)(links.size + keys.size);
        offset += 8 + size;
        put_mark(out, ITEM, size);
        put_links(out, 0, (uint32_t)offset, upper_types[level]);
        dw_buf_add(out, keys.data, keys.size);
        dw_buf_done(&links);
        dw_buf_done(&keys);
    }
}

static inline void put_upper_records(struct dw_buf *out, size_t offset)
{
    put_upper_records_of(out, offset, false);
}

#endif
