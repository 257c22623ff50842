#include "base/text.h"
#include "tests/test.h"

static void text_that_does_not_fit_is_refused_not_cut(void)
{
    char out[4];
    CHECK(dw_text_copy(out, sizeof out, "abc"));
    CHECK(!dw_text_copy(out, sizeof out, "abcd"));
    CHECK_STR(out, "");
    CHECK(!dw_text_format(out, sizeof out, "%d", 12345));
    dw_text_cut(out, sizeof out, "a\xC3\xA9\xC3\xA9");
    CHECK_STR(out, "a\xC3\xA9");
}

static void numbers_parse_whole_and_in_range(void)
{
    int64_t n = 7;
    CHECK(dw_text_int("-5", -10, 10, &n) && n == -5);
    CHECK(!dw_text_int("5x", 0, 10, &n));
    CHECK(!dw_text_int("", 0, 10, &n));
    CHECK(!dw_text_int(" 5", 0, 10, &n));
    CHECK(!dw_text_int("11", 0, 10, &n));
    CHECK(!dw_text_int("99999999999999999999", 0, INT64_MAX, &n));
    CHECK_INT(n, -5);
}

static void sizes_know_their_units(void)
{
    uint64_t n = 0;
    CHECK(dw_text_size("650MB", &n) && n == 650000000);
    CHECK(dw_text_size("2 GiB", &n) && n == 2147483648u);
    CHECK(dw_text_size("2048", &n) && n == 2048);
    CHECK(!dw_text_size("2 XB", &n));
    CHECK(!dw_text_size("-1", &n));
    CHECK(!dw_text_size("99999999999GiB", &n));
}

static void utf8_is_strict(void)
{
    CHECK(dw_text_is_utf8("M\xC3\xBCller \xE6\xBC\xA2 \xF0\x9F\x92\xBF", 16));
    CHECK(!dw_text_is_utf8("\xC0\x80", 2));         /* overlong */
    CHECK(!dw_text_is_utf8("\xED\xA0\x80", 3));     /* surrogate */
    CHECK(!dw_text_is_utf8("\xF5\x80\x80\x80", 4)); /* above U+10FFFF */
    CHECK(!dw_text_is_utf8("\xE6\xBC", 2));         /* cut short */
}

static void hex_goes_both_ways(void)
{
    char hex[9];
    unsigned char back[4];
    dw_text_hex("\x00\xFF\x10\xAB", 4, hex);
    CHECK_STR(hex, "00ff10ab");
    CHECK(dw_text_unhex(hex, back, 4) && memcmp(back, "\x00\xFF\x10\xAB", 4) == 0);
    CHECK(!dw_text_unhex("00ff10a", back, 4));
    CHECK(!dw_text_unhex("00ff10ag", back, 4));
}

static void a_buffer_stops_at_its_maximum_and_says_so(void)
{
    struct dw_buf buf;
    struct dw_error err = {0};
    dw_buf_init(&buf, 10);
    dw_buf_add_text(&buf, "12345");
    dw_buf_addf(&buf, "%d", 67890);
    CHECK_STR(buf.data, "1234567890");
    CHECK_INT(dw_buf_check(&buf, "list", &err), DW_OK);
    dw_buf_add_text(&buf, "x");
    CHECK_INT(dw_buf_check(&buf, "list", &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "10 bytes");
    CHECK_STR(buf.data, "1234567890");
    dw_buf_reset(&buf);
    CHECK_INT(dw_buf_check(&buf, "list", &err), DW_OK);
    dw_buf_done(&buf);
}

static void html_is_escaped_and_broken_bytes_are_shown(void)
{
    struct dw_buf buf = {0};
    dw_buf_add_html(&buf, "<b a=\"1\">&'\xC3\xBC\xFF");
    CHECK_STR(buf.data, "&lt;b a=&quot;1&quot;&gt;&amp;&#39;\xC3\xBC\xEF\xBF\xBD");
    dw_buf_done(&buf);
}

TESTS(TEST(text_that_does_not_fit_is_refused_not_cut), TEST(numbers_parse_whole_and_in_range),
      TEST(sizes_know_their_units), TEST(utf8_is_strict), TEST(hex_goes_both_ways),
      TEST(a_buffer_stops_at_its_maximum_and_says_so),
      TEST(html_is_escaped_and_broken_bytes_are_shown))
