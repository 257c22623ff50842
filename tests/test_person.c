#include "dicom/person.h"
#include "test.h"

static void check_name(const char *name, const char *want)
{
    char out[512];
    dw_person_display(name, out, sizeof out);
    CHECK_STR(out, want);
}

static void a_name_is_shown_family_first(void)
{
    check_name("Müller^Anna Maria^^Dr.", "Müller, Anna Maria");
    check_name("Adams^John Robert Quincy^^Rev.^B.A. M.Div.", "Adams, John Robert Quincy");
    check_name("Smith^John^Q", "Smith, John Q");
    check_name("Doe", "Doe");
    check_name("^Anna", "Anna");
    check_name(" Doe ^ Jane ", "Doe, Jane");
    check_name("", "");
    check_name("^^^^", "");
    check_name("Doe^Jane\\Roe^Richard", "Doe, Jane");
}

static void an_ideographic_group_follows_in_parentheses(void)
{
    check_name("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田 太郎)");
    check_name("=山田^太郎", "山田 太郎");
    check_name("^^=山田^太郎=やまだ^たろう", "山田 太郎");
    check_name("Wang^XiaoDong==", "Wang, XiaoDong");
    check_name("==やまだ^たろう", "やまだ, たろう");
}

static void a_name_that_is_too_long_is_cut_between_characters(void)
{
    char out[4];
    dw_person_display("ÄÖÜ", out, sizeof out);
    CHECK_STR(out, "Ä");
    dw_person_display("Doe^Jane", out, sizeof out);
    CHECK_STR(out, "Doe");
    dw_person_display("Doe", out, 1);
    CHECK_STR(out, "");
}

static void names_are_equal_whatever_case_spaces_and_trailing_carets(void)
{
    CHECK(dw_person_equal("DOE^JANE", "Doe^Jane"));
    CHECK(dw_person_equal("Doe^Jane^^^", "Doe^Jane"));
    CHECK(dw_person_equal("Doe ^ Jane  Ann ", "doe^jane ann"));
    CHECK(dw_person_equal("MÜLLER^ŁUKASZ", "müller^łukasz"));
    CHECK(dw_person_equal("ΔΙΟΝΥΣΙΟΣ", "διονυσιος"));
    CHECK(dw_person_equal("ЛЮКСЕМБУРГ", "люксембург"));
    CHECK(dw_person_equal("", "^^"));
}

static void a_group_that_only_one_side_has_does_not_matter(void)
{
    CHECK(dw_person_equal("Yamada^Tarou=山田^太郎", "YAMADA^TAROU"));
    CHECK(!dw_person_equal("Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^次郎"));
    CHECK(!dw_person_equal("Yamada^Tarou", "=山田^太郎"));
}

static void different_names_are_different(void)
{
    CHECK(!dw_person_equal("Doe^Jane", "Doe^John"));
    CHECK(!dw_person_equal("Doe^Jane", "Doe^Jane^Ann"));
    CHECK(!dw_person_equal("Doe^Jane", ""));
    CHECK(!dw_person_equal("DoeJane", "Doe^Jane"));
    CHECK(!dw_person_equal("Mueller", "Müller"));
    CHECK(!dw_person_equal("Thomas^Martin", "Martin^Thomas"));
}

static void marks_on_letters_do_not_make_another_person(void)
{
    CHECK(dw_person_equal("Muller^Rene", "MÜLLER^RENÉ"));
    CHECK(dw_person_equal("Mu\xcc\x88ller", "Müller")); /* letter and mark apart */
    CHECK(!dw_person_equal("Müller", "Möller^"));
}

static void a_prefix_may_stand_before_the_family_name_or_behind_it(void)
{
    CHECK(dw_person_equal("von Berg^Anna", "Berg^Anna^^von"));
    CHECK(dw_person_equal("van der Berg^Anna^^Dr.", "Berg^Anna^^Dr. van der"));
    CHECK(dw_person_equal("Berg^Anna^^Dr. von", "BERG^ANNA^^VON DR."));
    CHECK(!dw_person_equal("López García^Juan", "García López^Juan"));
    CHECK(!dw_person_equal("López García^Juan^^Dr.", "Dr. García López^Juan"));
    CHECK(dw_person_equal("Dr. López García^Juan", "LOPEZ GARCIA^JUAN^^DR."));
    CHECK(!dw_person_equal("von Berg^Anna", "Berg^Anna"));
    CHECK(!dw_person_equal("Berg^Anna^^von", "Berg^von^^Anna"));
}

static void a_date_is_shown_with_dashes(void)
{
    char out[16];
    dw_date_display("19660317", out, sizeof out);
    CHECK_STR(out, "1966-03-17");
    dw_date_display("1966.03.17", out, sizeof out);
    CHECK_STR(out, "1966.03.17");
    dw_date_display("1966031", out, sizeof out);
    CHECK_STR(out, "1966031");
    dw_date_display("", out, sizeof out);
    CHECK_STR(out, "");
}

TESTS(TEST(a_name_is_shown_family_first), TEST(an_ideographic_group_follows_in_parentheses),
      TEST(a_name_that_is_too_long_is_cut_between_characters),
      TEST(names_are_equal_whatever_case_spaces_and_trailing_carets),
      TEST(a_group_that_only_one_side_has_does_not_matter), TEST(different_names_are_different),
      TEST(marks_on_letters_do_not_make_another_person),
      TEST(a_prefix_may_stand_before_the_family_name_or_behind_it),
      TEST(a_date_is_shown_with_dashes))
