#include "base/error.h"
#include "tests/test.h"

static void every_status_has_a_name_and_comes_back_from_it(void)
{
    for (int i = 0; i < DW_STATUS_COUNT; i++) {
        CHECK_INT(dw_status_from_name(dw_status_name((dw_status)i)), i);
        CHECK(dw_status_http((dw_status)i) >= 200);
        CHECK((i == DW_OK) == (dw_status_exit_code((dw_status)i) == 0));
        CHECK((i == DW_OK) == (dw_status_dimse((dw_status)i) == 0));
        for (int j = 0; j < i; j++)
            CHECK(dw_status_exit_code((dw_status)i) != dw_status_exit_code((dw_status)j));
    }
    CHECK_INT(dw_status_from_name("NO SUCH"), DW_ERR_INTERNAL);
    CHECK_INT(dw_status_from_name(NULL), DW_ERR_INTERNAL);
}

static void a_full_disk_is_a700_and_never_a_refused_object(void)
{
    CHECK_INT(dw_status_dimse(DW_ERR_NO_SPACE), 0xA700);
    CHECK_INT(dw_status_dimse(DW_ERR_CORRUPT), 0xC000);
    CHECK_INT(dw_status_from_errno(28), DW_ERR_NO_SPACE);
}

static void a_prefix_stands_before_the_sentence_and_keeps_it(void)
{
    struct dw_error err = {0};
    CHECK_INT(dw_error_set(&err, DW_ERR_TIMEOUT, "no answer within %d ms", 5000), DW_ERR_TIMEOUT);
    CHECK_INT(dw_error_prefix(&err, DW_ERR_TIMEOUT, "drive %d", 2), DW_ERR_TIMEOUT);
    CHECK_STR(err.text, "drive 2: no answer within 5000 ms");
    CHECK_INT(dw_error_set(NULL, DW_ERR_IO, "nobody listens"), DW_ERR_IO);
}

static void a_sentence_that_does_not_fit_ends_on_a_whole_character(void)
{
    struct dw_error err = {0};
    char long_text[400];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(long_text, 'x', shift);
        for (size_t i = shift; i + 2 < sizeof long_text; i += 2)
            memcpy(long_text + i, "\xC3\xA9", 3);
        long_text[sizeof long_text - 2] = '\0';
        dw_error_set(&err, DW_ERR_IO, "%s", long_text);
        size_t n = strlen(err.text);
        CHECK(n >= 190 && n < sizeof err.text);
        CHECK_INT((unsigned char)err.text[n - 1], 0xA9);
    }
}

TESTS(TEST(every_status_has_a_name_and_comes_back_from_it),
      TEST(a_full_disk_is_a700_and_never_a_refused_object),
      TEST(a_prefix_stands_before_the_sentence_and_keeps_it),
      TEST(a_sentence_that_does_not_fit_ends_on_a_whole_character))
