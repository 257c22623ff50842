/** Code 128 of our labels, decoded here with the table of ISO/IEC 15417 and not with the encoder's.
 */
#include "test.h"

#include <math.h>

#include "layout/label/barcode.h"

/* Widths of bar, space, bar, space, bar, space for values 0 to 105; 106 is the stop with its last
 * bar. */
static const char *const patterns[107] = {
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112"};

struct bars {
    double start[256], width[256];
    size_t count;
};

static struct bars read_bars(const char *path)
{
    struct bars bars = {.count = 0};
    for (const char *p = strchr(path, 'M'); p && bars.count < 256; p = strchr(p + 1, 'M')) {
        char *end;
        bars.start[bars.count] = strtod(p + 1, &end);
        bars.width[bars.count] = strtod(strchr(p, 'h') + 1, &end);
        bars.count++;
    }
    return bars;
}

/* Bars and spaces as widths in modules, then values, then text. "" when it is not Code 128. */
static void decode(const char *path, double module, char *out, size_t size)
{
    struct bars bars = read_bars(path);
    char widths[512] = "";
    size_t n = 0, text = 0;
    int values[64], count = 0;
    out[0] = 0;
    for (size_t i = 0; i < bars.count; i++) {
        widths[n++] = (char)('0' + lround(bars.width[i] / module));
        if (i + 1 < bars.count)
            widths[n++] =
                (char)('0' + lround((bars.start[i + 1] - bars.start[i] - bars.width[i]) / module));
    }
    if (n < 25 || (n - 7) % 6 != 0 || strcmp(widths + n - 7, patterns[106]) != 0)
        return;
    for (size_t at = 0; at + 7 < n; at += 6)
        for (int v = 0; v < 106; v++)
            if (strncmp(widths + at, patterns[v], 6) == 0)
                values[count++] = v;
    if ((size_t)count != (n - 7) / 6)
        return;
    int sum = values[0], set = values[0]; /* 103 A, 104 B, 105 C */
    for (int i = 1; i < count - 1; i++)
        sum += i * values[i];
    if (sum % 103 != values[count - 1])
        return;
    for (int i = 1; i < count - 1 && text + 3 < size; i++) {
        if (values[i] >= 99 + (set == 105)) /* a code set of its own: 99 C, 100 B, 101 A */
            set = values[i] == 99 ? 105 : values[i] == 100 ? 104 : 103;
        else if (set == 105)
            text += (size_t)snprintf(out + text, size - text, "%02d", values[i]);
        else
            out[text++] = (char)(values[i] + 32);
        out[text] = 0;
    }
}

static const double dots_per_mm = 1417 / 120.0;
static const struct dw_barcode_box box = {35, 95, 50, 8, 1417 / 120.0};

static void what_is_written_can_be_read_again(void)
{
    static const char *const texts[] = {
        "000042", "7", "JOB-17", "D20261121_0042-17", "A1b2 C3/d4~", "12345678901234567890"};
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++) {
        struct dw_buf path = {0};
        struct dw_error err = {0};
        char text[64] = "";
        CHECK_OK(dw_barcode_path(texts[i], &box, &path, &err), err);
        for (int dots = 2; dots < 20 && !text[0]; dots++)
            decode(path.data, dots / dots_per_mm, text, sizeof text);
        CHECK_STR(text, texts[i]);
        dw_buf_done(&path);
    }
}

static void bars_lie_on_whole_dots_with_quiet_zones_inside_the_box(void)
{
    struct dw_buf path = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_barcode_path("000042", &box, &path, &err), err);
    struct bars bars = read_bars(path.data);
    double module = bars.width[1]; /* start C is 211232: its second bar is one module */
    for (size_t i = 0; i < bars.count; i++) {
        double start = bars.start[i] * dots_per_mm, width = bars.width[i] * dots_per_mm;
        CHECK(fabs(start - round(start)) < 0.001);
        CHECK(fabs(width - round(width)) < 0.001);
    }
    double last = bars.start[bars.count - 1] + bars.width[bars.count - 1];
    CHECK(bars.start[0] - box.x >= DW_BARCODE_QUIET * module - 0.1);
    CHECK(box.x + box.width - last >= DW_BARCODE_QUIET * module - 0.1);
    dw_buf_done(&path);
}

static void a_box_too_narrow_says_how_wide_it_must_be(void)
{
    struct dw_barcode_box narrow = box;
    struct dw_buf path = {0};
    struct dw_error err = {0};
    narrow.width = 10;
    CHECK_INT(dw_barcode_path("D20261121_0042-17", &narrow, &path, &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "10.0 mm");
    CHECK_INT(path.size, 0);
    dw_buf_done(&path);
}

static void text_that_is_not_printable_ascii_or_too_long_is_refused(void)
{
    struct dw_buf path = {0};
    struct dw_error err = {0};
    CHECK_INT(dw_barcode_path("JOB\n1", &box, &path, &err), DW_ERR_INVALID);
    CHECK_INT(dw_barcode_path("Müller", &box, &path, &err), DW_ERR_INVALID);
    CHECK(!strstr(err.text, "ller"));
    CHECK_INT(dw_barcode_path("", &box, &path, &err), DW_ERR_INVALID);
    CHECK_INT(dw_barcode_path("123456789012345678901", &box, &path, &err), DW_ERR_LIMIT);
    dw_buf_done(&path);
}

TESTS(TEST(what_is_written_can_be_read_again),
      TEST(bars_lie_on_whole_dots_with_quiet_zones_inside_the_box),
      TEST(a_box_too_narrow_says_how_wide_it_must_be),
      TEST(text_that_is_not_printable_ascii_or_too_long_is_refused))
