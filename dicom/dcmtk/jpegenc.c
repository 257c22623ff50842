/* JPEG lossless, process 14, selection value 1: each sample is predicted by its left neighbour (by the one
 * above at the start of a line), the difference is Huffman coded by its number of bits, with a table made
 * for the frame (ISO/IEC 10918-1 H.1.2, K.2). Ours because DCMTK's encoder codes whole objects in memory
 * and only 8, 12 or 16 bits; its decoder then is an independent judge. */
#include <assert.h>
#include <string.h>

#include "dicom/dcmtk/encode.h"

#define CATEGORIES 17 /* bits of a difference modulo 2^16: 0 to 16 */
#define CODE_BITS_MAX 16
#define SAMPLES_MAX 3
#define CHUNK_BYTES 4096

struct table { /* one component's Huffman code */
    uint32_t frequency[CATEGORIES + 1]; /* the last: a code that is never used, so none is all ones */
    uint8_t lengths[CATEGORIES + 1];
    uint8_t counts[CODE_BITS_MAX + 1];  /* codes of each length */
    uint8_t order[CATEGORIES + 1];      /* categories by length */
    uint16_t codes[CATEGORIES];
};

struct encoder {
    const uint8_t *frame;
    uint32_t rows, columns, samples, bytes, precision;
    uint32_t mask;
    struct table tables[SAMPLES_MAX];
    struct dw_buf *out;
    uint64_t bits;
    unsigned bit_count;
    uint8_t chunk[CHUNK_BYTES];
    size_t chunk_size;
};

static uint32_t sample_at(const struct encoder *e, size_t index)
{
    const uint8_t *at = e->frame + index * e->bytes;
    return (e->bytes == 2 ? at[0] | (uint32_t)at[1] << 8 : at[0]) & e->mask;
}

static unsigned bit_length(uint32_t value)
{
    return value ? 32 - (unsigned)__builtin_clz(value) : 0;
}

static unsigned category(int32_t difference)
{
    return bit_length((uint32_t)(difference < 0 ? -difference : difference));
}

/* --- bits --- */

static void put_byte(struct encoder *e, uint8_t byte)
{
    if (e->chunk_size + 2 > CHUNK_BYTES) {
        dw_buf_add(e->out, e->chunk, e->chunk_size);
        e->chunk_size = 0;
    }
    e->chunk[e->chunk_size++] = byte;
    if (byte == 0xFF) /* no marker may appear in the data, B.1.1.5 */
        e->chunk[e->chunk_size++] = 0;
}

static void put_bits(struct encoder *e, uint32_t value, unsigned count)
{
    e->bits = e->bits << count | (value & ((1ULL << count) - 1));
    e->bit_count += count;
    while (e->bit_count >= 8) {
        e->bit_count -= 8;
        put_byte(e, (uint8_t)(e->bits >> e->bit_count));
    }
}

static void end_bits(struct encoder *e)
{
    if (e->bit_count > 0)
        put_bits(e, 0xFF, 8 - e->bit_count); /* padded with ones, F.1.2.3 */
    dw_buf_add(e->out, e->chunk, e->chunk_size);
    e->chunk_size = 0;
}

/* --- samples --- */

static void count_difference(struct encoder *e, unsigned component, int32_t difference)
{
    e->tables[component].frequency[category(difference)]++;
}

static void put_difference(struct encoder *e, unsigned component, int32_t difference)
{
    const struct table *table = &e->tables[component];
    unsigned bits = category(difference);
    put_bits(e, table->codes[bits], table->lengths[bits]);
    if (bits > 0 && bits < 16) /* 32768 says it all, H.1.2.2 */
        put_bits(e, (uint32_t)(difference < 0 ? difference - 1 : difference), bits);
}

/* All differences in the order of the scan; counted first, written then. */
static inline void walk(struct encoder *e,
                        void (*visit)(struct encoder *, unsigned component, int32_t difference))
{
    size_t line = (size_t)e->columns * e->samples, at = 0;
    for (uint32_t y = 0; y < e->rows; y++)
        for (uint32_t x = 0; x < e->columns; x++)
            for (unsigned c = 0; c < e->samples; c++, at++) {
                uint32_t predicted = x > 0   ? sample_at(e, at - e->samples)
                                     : y > 0 ? sample_at(e, at - line)
                                             : 1U << (e->precision - 1);
                visit(e, c, (int16_t)(uint16_t)(sample_at(e, at) - predicted));
            }
}

/* --- Huffman tables --- */

/* The least frequent tree that is left, and of equals the latest; -1: none. */
static int least(const uint32_t *frequency, int but)
{
    int found = -1;
    for (int i = 0; i <= CATEGORIES; i++)
        if (i != but && frequency[i] > 0 && (found < 0 || frequency[i] <= frequency[found]))
            found = i;
    return found;
}

/* Code lengths by merging the two rarest trees, K.2 figure K.1. */
static void find_lengths(struct table *table, uint8_t sizes[CATEGORIES + 1])
{
    uint32_t frequency[CATEGORIES + 1];
    int other[CATEGORIES + 1];
    memcpy(frequency, table->frequency, sizeof frequency);
    memset(sizes, 0, CATEGORIES + 1);
    for (int i = 0; i <= CATEGORIES; i++)
        other[i] = -1;
    for (;;) {
        int a = least(frequency, -1), b = least(frequency, a);
        if (b < 0)
            return;
        frequency[a] += frequency[b];
        frequency[b] = 0;
        int end = a;
        for (sizes[a]++; other[end] >= 0; sizes[end]++)
            end = other[end];
        other[end] = b;
        for (sizes[b]++; other[b] >= 0; sizes[b]++)
            b = other[b];
    }
}

/* No code longer than 16 bits (K.2 figure K.3), and the longest one, all ones, is given away. */
static void limit_lengths(struct table *table, uint8_t counts[CATEGORIES + 2])
{
    for (int i = CATEGORIES + 1; i > CODE_BITS_MAX; i--)
        while (counts[i] > 0) {
            int j = i - 2;
            while (j > 0 && counts[j] == 0)
                j--;
            counts[i] = (uint8_t)(counts[i] - 2);
            counts[i - 1]++;
            counts[j + 1] = (uint8_t)(counts[j + 1] + 2);
            counts[j]--;
        }
    int last = CODE_BITS_MAX;
    while (last > 0 && counts[last] == 0)
        last--;
    assert(last > 0);
    counts[last]--;
    memcpy(table->counts, counts, sizeof table->counts);
}

static void make_table(struct table *table)
{
    uint8_t sizes[CATEGORIES + 1], counts[CATEGORIES + 2] = {0};
    unsigned next = 0, code = 0, used = 0;
    table->frequency[CATEGORIES] = 1;
    find_lengths(table, sizes);
    for (unsigned i = 0; i <= CATEGORIES; i++)
        if (sizes[i])
            counts[sizes[i]]++;
    limit_lengths(table, counts);
    for (unsigned size = 1; size <= CATEGORIES + 1; size++)
        for (unsigned i = 0; i < CATEGORIES; i++)
            if (sizes[i] == size)
                table->order[used++] = (uint8_t)i;
    for (unsigned length = 1; length <= CODE_BITS_MAX; length++, code <<= 1)
        for (unsigned k = 0; k < table->counts[length]; k++) {
            table->lengths[table->order[next]] = (uint8_t)length;
            table->codes[table->order[next++]] = (uint16_t)code++;
        }
    assert(next == used);
}

/* --- segments --- */

static void put_segment(struct encoder *e, uint8_t marker, const uint8_t *data, size_t size)
{
    uint8_t head[4] = {0xFF, marker, (uint8_t)((size + 2) >> 8), (uint8_t)(size + 2)};
    dw_buf_add(e->out, head, sizeof head);
    dw_buf_add(e->out, data, size);
}

static void put_headers(struct encoder *e, bool is_rgb)
{
    static const uint8_t soi[] = {0xFF, 0xD8};
    static const uint8_t adobe[] = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
    static const char rgb[] = "RGB";
    uint8_t frame[6 + 3 * SAMPLES_MAX] = {(uint8_t)e->precision,      (uint8_t)(e->rows >> 8),
                                          (uint8_t)e->rows,           (uint8_t)(e->columns >> 8),
                                          (uint8_t)e->columns,        (uint8_t)e->samples};
    uint8_t scan[1 + 2 * SAMPLES_MAX + 3] = {(uint8_t)e->samples};
    dw_buf_add(e->out, soi, sizeof soi);
    if (is_rgb) /* decoders that do not know DICOM take three components for YCbCr */
        put_segment(e, 0xEE, adobe, sizeof adobe);
    for (unsigned c = 0; c < e->samples; c++) {
        uint8_t id = is_rgb ? (uint8_t)rgb[c] : (uint8_t)(c + 1);
        frame[6 + 3 * c] = scan[1 + 2 * c] = id;
        frame[7 + 3 * c] = 0x11;
        scan[2 + 2 * c] = (uint8_t)(c << 4);
    }
    put_segment(e, 0xC3, frame, 6 + 3 * (size_t)e->samples);
    for (unsigned c = 0; c < e->samples; c++) {
        const struct table *table = &e->tables[c];
        uint8_t data[1 + CODE_BITS_MAX + CATEGORIES] = {(uint8_t)c};
        size_t count = 0;
        for (unsigned i = 1; i <= CODE_BITS_MAX; i++)
            count += data[i] = table->counts[i];
        memcpy(data + 1 + CODE_BITS_MAX, table->order, count);
        put_segment(e, 0xC4, data, 1 + CODE_BITS_MAX + count);
    }
    scan[1 + 2 * e->samples] = 1; /* the predictor; no point transform */
    put_segment(e, 0xDA, scan, 1 + 2 * (size_t)e->samples + 3);
}

dw_status dw_jpeg_lossless_encode(const uint8_t *frame, const struct dw_pixels *shape, bool is_rgb,
                                  struct dw_buf *out, struct dw_error *err)
{
    static const uint8_t eoi[] = {0xFF, 0xD9, 0};
    struct encoder e = {.frame = frame, .rows = shape->rows, .columns = shape->columns,
                        .samples = shape->samples, .bytes = shape->bits_allocated / 8, .out = out};
    if ((shape->bits_allocated != 8 && shape->bits_allocated != 16) ||
        (shape->samples != 1 && shape->samples != SAMPLES_MAX) || shape->rows > UINT16_MAX ||
        shape->columns > UINT16_MAX)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "%u samples of %u bits cannot be JPEG lossless",
                            shape->samples, shape->bits_allocated);
    e.precision = shape->is_signed       ? shape->bits_allocated
                  : shape->bits_stored > 8 ? shape->bits_stored
                                           : 8;
    e.mask = (1U << e.precision) - 1;
    dw_buf_reset(out);
    walk(&e, count_difference);
    for (unsigned c = 0; c < e.samples; c++)
        make_table(&e.tables[c]);
    put_headers(&e, is_rgb);
    walk(&e, put_difference);
    end_bits(&e);
    dw_buf_add(out, eoi, 2);
    if (out->size & 1)
        dw_buf_add(out, eoi + 2, 1);
    return dw_buf_check(out, "JPEG frame", err);
}
