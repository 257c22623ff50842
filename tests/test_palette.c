/* Colour tables in pieces: PS3.3 C.7.9.2. */
#include "dicom/dcmtk/palette.h"

#include "base/text.h"
#include "test.h"

static dw_status expand(const uint16_t *data, size_t count, unsigned width, uint16_t *out,
                        size_t entries)
{
    struct dw_error err = {0};
    dw_status st = dw_palette_expand(data, count, width, out, entries, &err);
    CHECK(st == DW_OK || err.text[0]);
    return st;
}

static void values_and_lines_become_entries(void)
{
    static const uint16_t data[] = {0, 2, 5, 10, 1, 5, 60, 1, 2, 40, 0, 1, 7};
    static const uint16_t want[] = {5, 10, 20, 30, 40, 50, 60, 50, 40, 7};
    uint16_t out[10];
    CHECK_INT(expand(data, DW_ARRAY_LEN(data), 2, out, 10), DW_OK);
    for (size_t i = 0; i < 10; i++)
        CHECK_INT(out[i], want[i]);
}

static void pieces_that_stand_elsewhere_are_taken_again(void)
{
    static const uint16_t words[] = {0, 2, 1, 2, 1, 2, 4, 2, 2, 0, 0}; /* both pieces, from byte 0 */
    static const uint16_t bytes[] = {0, 2, 1, 2, 1, 2, 4, 2, 1, 4, 0, 0, 0}; /* the line again */
    static const uint16_t want[] = {1, 2, 3, 4, 1, 2, 3, 4}, line[] = {1, 2, 3, 4, 4, 4};
    uint16_t out[8];
    CHECK_INT(expand(words, DW_ARRAY_LEN(words), 2, out, 8), DW_OK);
    CHECK(memcmp(out, want, sizeof want) == 0);
    CHECK_INT(expand(bytes, DW_ARRAY_LEN(bytes), 1, out, 6), DW_OK);
    CHECK(memcmp(out, line, sizeof line) == 0);
}

static void a_broken_palette_is_refused(void)
{
    static const struct {
        uint16_t data[8];
        size_t count;
    } bad[] = {
        {{0, 9, 1, 2}, 4},                /* values that are not there */
        {{1, 4, 9}, 3},                   /* a line from nowhere */
        {{0, 1, 1}, 3},                   /* too few entries */
        {{0, 0, 1}, 3},                   /* a piece of nothing */
        {{0, 6, 1, 2, 3, 4, 5, 6}, 8},    /* too many */
        {{7, 1, 1}, 3},                   /* no such piece */
        {{2, 1, 0, 0}, 4},                /* itself */
        {{0, 1, 1, 2, 1, 6, 0, 0}, 7},    /* again, itself */
        {{0, 1, 1, 2, 1, 1, 0, 0}, 8},    /* the middle of a value */
        {{0, 1, 1, 2, 1, 0, 0x4000, 0}, 8}, /* far outside */
        {{0}, 0},
    };
    uint16_t out[4];
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++)
        CHECK_INT(expand(bad[i].data, bad[i].count, 2, out, 4), DW_ERR_CORRUPT);
}

TESTS(TEST(values_and_lines_become_entries), TEST(pieces_that_stand_elsewhere_are_taken_again),
      TEST(a_broken_palette_is_refused))
