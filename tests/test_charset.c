#include "dicom/charset.h"
#include "base/text.h"
#include "test.h"

/* Bytes and expected text from PS3.5 annexes H, I, J and K, and one line for every set of PS3.3
 * C.12.1.1.2. */
static void check_text(const char *charset, const char *bytes, bool is_name, const char *want)
{
    char out[512];
    bool sure = dw_charset_to_utf8(charset, bytes, strlen(bytes), is_name, out, sizeof out);
    CHECK_STR(out, want);
    CHECK(sure);
}

static void japanese_names_are_read_as_in_annex_h(void)
{
    check_text(
        "\\ISO 2022 IR 87",
        "Yamada^Tarou=\033$B;3ED\033(B^\033$BB@O:\033(B=\033$B$d$^$@\033(B^\033$B$?$m$&\033(B",
        true, "Yamada^Tarou=山田^太郎=やまだ^たろう");
    check_text("ISO 2022 IR 13\\ISO 2022 IR 87",
               "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\033$B;3ED\033(J^\033$BB@O:\033(J="
               "\033$B$d$^$@\033(J^\033$B$?$m$&\033(J",
               true, "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう");
    check_text("ISO_IR 13", "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3", true, "ﾔﾏﾀﾞ^ﾀﾛｳ");
    check_text("\\ISO 2022 IR 159", "\033$(D\x30\x21\033(B", true, "丂");
}

static void korean_names_are_read_as_in_annex_i(void)
{
    check_text("\\ISO 2022 IR 149",
               "Hong^Gildong=\033$)C\xFB\xF3^\033$)C\xD1\xCE\xD4\xD7="
               "\033$)C\xC8\xAB^\033$)C\xB1\xE6\xB5\xBF",
               true, "Hong^Gildong=洪^吉洞=홍^길동");
    check_text("\\ISO 2022 IR 149", "\033$)C\xB1\xE8\xC8\xF1\xC1\xDF\r\n\033$)C\xB1\xE8", false,
               "김희중\r\n김");
}

static void chinese_names_are_read_as_in_annexes_j_and_k(void)
{
    check_text("ISO_IR 192", "Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE6\x9D\xB1=", true,
               "Wang^XiaoDong=王^小東=");
    check_text("GB18030", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB=", true,
               "Wang^XiaoDong=王^小东=");
    check_text("GBK", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB=", true, "Wang^XiaoDong=王^小东=");
    check_text("\\ISO 2022 IR 58", "Zhang^XiaoDong=\033$)A\xD5\xC5^\033$)A\xD0\xA1\xB6\xAB=", true,
               "Zhang^XiaoDong=张^小东=");
}

static void every_single_byte_set_is_known(void)
{
    check_text("ISO_IR 100", "Buc^J\xE9r\xF4me", true, "Buc^Jérôme");
    check_text("ISO_IR 101", "W\xB1\xB3\xEAsa", true, "Wąłęsa");
    check_text("ISO_IR 109", "\xE5\xF8\xFD", true, "ċĝŭ");
    check_text("ISO_IR 110", "\xE0\xB6\xFD", true, "āļũ");
    check_text("ISO_IR 144",
               "\xBB\xEE\xDA"
               "ce\xDC\xD1yp\xD3",
               true, "Люкceмбypг");
    check_text("ISO_IR 127", "\xE2\xC8\xC7\xE6\xEA", true, "قباني");
    check_text("ISO_IR 126", "\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2", true, "Διονυσιος");
    check_text("ISO_IR 138", "\xF9\xF8\xE5\xEF", true, "שרון");
    check_text("ISO_IR 148", "\xD0\xDD\xFE", true, "Ğİş");
    check_text("ISO_IR 203", "\xA4\xBD", true, "€œ");
    check_text("ISO_IR 166", "\xA1\xD2", true, "กา");
    check_text("ISO_IR 6", "Doe^Jane", true, "Doe^Jane");
    check_text("", "Doe^Jane", true, "Doe^Jane");
}

static void escapes_switch_single_byte_sets(void)
{
    check_text("ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126",
               "Dion\xFCs^\033-F\xC4\xE9^\033-L\xBB\xEE", true, "Dionüs^Δι^Лю");
    check_text("ISO 2022 IR 6\\ISO 2022 IR 101", "\033-B\xB1 x", true, "ą x");
}

static void a_delimiter_brings_the_first_set_back(void)
{
    check_text("ISO 2022 IR 100\\ISO 2022 IR 144", "\033-L\xBB^\xFC=\xE9", true, "Л^ü=é");
    check_text("ISO 2022 IR 100\\ISO 2022 IR 144", "\033-L\xBB\\\xFC\n\xE9", false, "Л\\ü\né");
    check_text("ISO 2022 IR 100\\ISO 2022 IR 144", "\033-L\xBB^\xBB", false, "Л^Л");
}

static void misspelled_terms_are_understood(void)
{
    check_text("ISO_IR_100", "\xE9", true, "é");
    check_text("ISO-IR 100", "\xE9", true, "é");
    check_text("ISO 2022 IR 100 ", "\xE9", true, "é");
    check_text("ISO_IR192", "\xC3\xA9", true, "é");
}

static void check_guess(const char *charset, const char *bytes, const char *want)
{
    char out[512];
    bool sure = dw_charset_to_utf8(charset, bytes, strlen(bytes), true, out, sizeof out);
    CHECK_STR(out, want);
    CHECK(!sure);
}

static void wrongly_declared_text_is_shown_and_said_to_be_a_guess(void)
{
    check_guess("", "M\xC3\xBCller", "Müller");
    check_guess("", "M\xFCller", "Müller");
    check_guess("ISO_IR 192", "M\xFCller", "Müller");
    check_guess("ISO_IR 100", "M\xC3\xBCller", "Müller");
    check_guess("ISO_IR 100", "\x8AUltan", "ŠUltan");
    check_guess("no such thing", "M\xFCller", "Müller");
    check_guess("GB18030", "A\xFF", "Aÿ");
    check_guess("\\ISO 2022 IR 149", "\xC8\xAB^\xB1\xE6", "홍^길"); /* escapes left out */
    check_guess("ISO_IR 100", "\033$)C\xC8\xAB", "홍");             /* not declared */
    check_guess("ISO_IR 100", "a\033zb", "a\xEF\xBF\xBDzb");        /* no such escape */
    check_guess("\\ISO 2022 IR 87", "\033$B;", ";");                /* half a character */
    check_guess("ISO_IR 101", "Wa\xC5\x82\xC4\x99sa", "Wałęsa");
    check_guess("utf-8", "M\xC3\xBCller", "Müller");
}

static void what_pcs_write_under_a_name_is_tried_before_latin_1(void)
{
    check_guess("ISO_IR 13", "\x8E\x52\x93\x63^\x91\xBE\x98\x59", "山田^太郎"); /* Shift JIS */
    check_guess("\\ISO 2022 IR 87", "\x8E\x52\x93\x63", "山田");
    check_guess("ISO_IR 144", "\xC8\xE2\xE0\xED\x9A", "Иванљ"); /* CP1251: 9AH is no letter there */
    check_guess("ISO_IR 101", "\x8Cwi\xEA", "Świę");
    check_guess("ISO_IR 166", "\xA1\x80", "ก€");
    check_guess("GB2312", "\xCD\xF5", "王");
    check_guess("\\ISO 2022 IR 58", "\x81\x40", "丂");
    check_guess("\\ISO 2022 IR 149", "\x8C\x63", "똠"); /* not among the 2350 of KS X 1001 */
    char out[64];
    CHECK(dw_charset_to_utf8("ISO_IR 166", "\xC7\xA7", 2, false, out, sizeof out));
    CHECK_STR(out, "วง"); /* a word, although it could be UTF-8 */
}

static void trailing_padding_goes_and_inner_zeros_are_marked(void)
{
    char out[64];
    CHECK(dw_charset_to_utf8("", "Doe^Jane \0 ", 11, true, out, sizeof out));
    CHECK_STR(out, "Doe^Jane");
    dw_charset_to_utf8("", "A\0B", 3, false, out, sizeof out);
    CHECK_STR(out, "A\xEF\xBF\xBD"
                   "B");
    CHECK(dw_charset_to_utf8("ISO_IR 100", "", 0, false, out, sizeof out));
    CHECK_STR(out, "");
    check_text("\\ISO 2022 IR 87", "Doe \033(B", true, "Doe"); /* padded before the last escape */
}

static void long_text_is_cut_between_characters(void)
{
    char out[6];
    CHECK(!dw_charset_to_utf8("ISO_IR 100", "\xE4\xE4\xE4", 3, false, out, sizeof out));
    CHECK_STR(out, "ää");
    CHECK(!dw_charset_to_utf8("", "abcdefgh", 8, false, out, sizeof out));
    CHECK_STR(out, "abcde");
    CHECK(!dw_charset_to_utf8("GB18030", "\xCD\xF5\xCD\xF5", 4, false, out, sizeof out));
    CHECK_STR(out, "王");
    CHECK(!dw_charset_to_utf8("ISO_IR 192", "a", 1, false, out, 1));
    CHECK_STR(out, "");
}

static void long_runs_of_two_byte_characters_are_whole(void)
{
    char bytes[803] = "\033$)C", want[1201] = "", out[2048];
    for (size_t i = 0; i < 399; i++) {
        memcpy(bytes + 4 + 2 * i, "\xC8\xAB", 2);
        memcpy(want + 3 * i, "홍", 4);
    }
    CHECK(dw_charset_to_utf8("\\ISO 2022 IR 149", bytes, 802, false, out, sizeof out));
    CHECK_STR(out, want);
}

static void any_bytes_under_any_name_give_utf8(void)
{
    static const char *const charsets[] = {"",
                                           "ISO_IR 13",
                                           "ISO 2022 IR 13\\ISO 2022 IR 87",
                                           "ISO_IR 192",
                                           "GB18030",
                                           "GBK",
                                           "ISO_IR 166",
                                           "\\ISO 2022 IR 149\\ISO 2022 IR 58",
                                           "ISO_IR 127",
                                           "\\ISO 2022 IR 159"};
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char bytes[24], out[40];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (char)(seed >> 24);
            if ((seed >> 16 & 15) == 0 && i + 4 < sizeof bytes) {
                memcpy(bytes + i, "\033$)C\033$(D\033$B" + 4 * (seed >> 12 & 1), 4);
                i += 3;
            }
        }
        dw_charset_to_utf8(charsets[round % 10], bytes, sizeof bytes, round & 16, out, sizeof out);
        CHECK(dw_text_is_utf8(out, strlen(out)));
    }
}

TESTS(TEST(japanese_names_are_read_as_in_annex_h), TEST(korean_names_are_read_as_in_annex_i),
      TEST(chinese_names_are_read_as_in_annexes_j_and_k), TEST(every_single_byte_set_is_known),
      TEST(escapes_switch_single_byte_sets), TEST(a_delimiter_brings_the_first_set_back),
      TEST(misspelled_terms_are_understood),
      TEST(wrongly_declared_text_is_shown_and_said_to_be_a_guess),
      TEST(what_pcs_write_under_a_name_is_tried_before_latin_1),
      TEST(trailing_padding_goes_and_inner_zeros_are_marked),
      TEST(long_text_is_cut_between_characters), TEST(long_runs_of_two_byte_characters_are_whole),
      TEST(any_bytes_under_any_name_give_utf8))
