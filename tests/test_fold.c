#include "base/fold.h"
#include "test.h"

static const char *folded(const char *text)
{
    static char out[128];
    CHECK(dw_fold(text, out, sizeof out));
    return out;
}

static void case_and_diacritics_make_no_difference(void)
{
    CHECK_STR(folded("MÜLLER^Jörg"), "muller^jorg");
    CHECK_STR(folded("Łódź Ørsted Çelik Đorđević"), "lodz orsted celik dordevic");
    CHECK_STR(folded("Nguyễn"), "nguyen");
    CHECK_STR(folded("Ärzte"), folded("A\xCC\x88rzte")); /* A with a mark of its own */
    CHECK_STR(folded("ΠΑΠΑΔΌΠΟΥΛΟΣ"), folded("παπαδόπουλος"));
    CHECK_STR(folded("ЁЛКИН"), "елкин");
    CHECK_STR(folded("山田^太郎"), "山田^太郎");
}

static void two_letters_in_one_are_two(void)
{
    CHECK_STR(folded("Straße"), "strasse");
    CHECK_STR(folded("STRAẞE"), "strasse");
    CHECK_STR(folded("Æbelø, Œuvre"), "aebelo, oeuvre");
}

static void broken_bytes_end_nothing(void)
{
    CHECK_STR(folded("M\xFCller"), "muller"); /* Latin-1 */
    CHECK_STR(folded("A\xC3"), "aa");
    CHECK_STR(folded("\xE2\x82"), "a\xC2\x82");
}

static void what_does_not_fit_is_cut_and_said(void)
{
    char out[4];
    CHECK(!dw_fold("abcd", out, sizeof out));
    CHECK_STR(out, "abc");
    CHECK(!dw_fold("abß", out, sizeof out));
    CHECK_STR(out, "ab");
    CHECK(dw_fold("aß", out, sizeof out));
    CHECK(!dw_fold("a", out, 0));
}

static void a_pattern_fits_the_whole_text(void)
{
    CHECK(dw_fold_fits("ct*", "ct"));
    CHECK(dw_fold_fits("ct*", "ct thorax"));
    CHECK(!dw_fold_fits("ct", "ct thorax"));
    CHECK(!dw_fold_fits("thorax", "ct thorax"));
    CHECK(dw_fold_fits("*thorax", "ct thorax"));
    CHECK(dw_fold_fits("*a*b*c*", "xxaxxbxxcxx"));
    CHECK(!dw_fold_fits("*a*b*c", "xxaxxbxxcxx"));
    CHECK(dw_fold_fits("ct_?", "ct_1"));
    CHECK(!dw_fold_fits("ct_?", "ct_"));
    CHECK(!dw_fold_fits("ct_?", "ct_12"));
    CHECK(dw_fold_fits("?田", "山田")); /* one character of several bytes */
    CHECK(dw_fold_fits("", ""));
    CHECK(dw_fold_fits("*", ""));
    CHECK(!dw_fold_fits("", "a"));
}

static void a_pattern_of_many_stars_takes_no_hours(void)
{
    char pattern[512] = "", text[512] = "";
    for (size_t i = 0; i + 2 < sizeof pattern - 1; i += 2)
        memcpy(pattern + i, "*a", 3);
    memset(text, 'a', sizeof text - 2);
    text[sizeof text - 3] = 'b';
    CHECK(!dw_fold_fits(pattern, text));
}

TESTS(TEST(case_and_diacritics_make_no_difference), TEST(two_letters_in_one_are_two),
      TEST(broken_bytes_end_nothing), TEST(what_does_not_fit_is_cut_and_said),
      TEST(a_pattern_fits_the_whole_text), TEST(a_pattern_of_many_stars_takes_no_hours))
