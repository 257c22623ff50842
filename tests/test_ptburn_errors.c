#include "robot/ptburn/errors.h"

#include "robot/faults.h"
#include "test.h"

static void check_row(const struct dw_ptburn_error *error, int number)
{
    CHECK(error != NULL);
    if (!error)
        return;
    CHECK_INT(error->number, number);
    CHECK(dw_fault_find(error->row) != NULL);
    size_t length = strlen(error->sentence);
    CHECK(length > 10 && length < 200 && error->sentence[length - 1] != '.');
}

static void every_system_error_has_a_row_that_waits_and_an_instruction(void)
{
    CHECK(dw_ptburn_system_error(0) == NULL);
    for (int number = 1; number <= DW_PTBURN_SYSTEM_ERROR_MAX; number++) {
        const struct dw_ptburn_error *error = dw_ptburn_system_error(number);
        check_row(error, number);
        CHECK(error && dw_fault_holds(dw_fault_find(error->row)));
    }
    CHECK_STR(dw_ptburn_system_error(43)->row, "server_waits"); /* a later version's */
    CHECK_STR(dw_ptburn_system_error(-1)->row, "server_waits");
}

static void only_ink_and_alignment_are_answered_by_a_message(void)
{
    for (int number = 1; number <= DW_PTBURN_SYSTEM_ERROR_MAX; number++) {
        const struct dw_ptburn_error *error = dw_ptburn_system_error(number);
        bool ink = number >= 5 && number <= 7, align = number == 22 || number == 31;
        CHECK_INT(error->answerable, ink || align);
        if (ink)
            CHECK_INT(error->answer, DW_PTBURN_IGNORE_INK);
        if (align)
            CHECK_INT(error->answer, DW_PTBURN_ALIGN);
    }
}

static void every_job_error_says_what_becomes_of_disc_and_robot(void)
{
    static const int of_disc[] = {10, 11, 12, 14, 18, 19, 32};
    CHECK(dw_ptburn_job_error(0) == NULL);
    for (int number = 1; number <= DW_PTBURN_JOB_ERROR_MAX; number++) {
        const struct dw_ptburn_error *error = dw_ptburn_job_error(number);
        bool listed = false;
        check_row(error, number);
        for (size_t i = 0; i < DW_ARRAY_LEN(of_disc); i++)
            listed |= of_disc[i] == number;
        CHECK_INT(error->of_disc, listed);
        const struct dw_fault *row = dw_fault_find(error->row);
        CHECK(dw_fault_rejects(row) || row->action == DW_FAULT_STOP);
        if (error->of_disc)
            CHECK_INT(row->action, DW_FAULT_REJECT_DISC);
    }
    CHECK_STR(dw_ptburn_job_error(41)->row, "server_failure"); /* stops rather than guesses */
}

static void what_is_our_own_mistake_holds_the_job_and_does_not_eat_discs(void)
{
    static const int ours[] = {4, 5, 6, 7, 8, 17, 24, 25, 29, 33, 34, 39};
    for (size_t i = 0; i < DW_ARRAY_LEN(ours); i++)
        CHECK_INT(dw_fault_find(dw_ptburn_job_error(ours[i])->row)->action, DW_FAULT_HOLD_JOB);
}

static void the_engines_numbers_are_all_explained_but_those_that_nobody_tells(void)
{
    static const int untold[] = {0, 5, 15, 19, 20, 21, 22, 28};
    for (int number = 0; number <= DW_PTBURN_ENGINE_ERROR_MAX; number++) {
        bool told = true;
        for (size_t i = 0; i < DW_ARRAY_LEN(untold); i++)
            told &= untold[i] != number;
        if (told)
            check_row(dw_ptburn_engine_error(number), number);
        else
            CHECK(dw_ptburn_engine_error(number) == NULL);
    }
}

static void the_page_of_errors_has_a_line_for_each(void)
{
    struct dw_buf out = {0};
    size_t lines = 0;
    dw_ptburn_errors_print(&out);
    CHECK(!out.failed);
    for (const char *p = out.data; (p = strstr(p, "\n| ")) != NULL; p++)
        lines++;
    CHECK_INT(lines, 3 * 2 + DW_PTBURN_SYSTEM_ERROR_MAX + DW_PTBURN_JOB_ERROR_MAX + 32);
    dw_buf_done(&out);
}

TESTS(TEST(every_system_error_has_a_row_that_waits_and_an_instruction), TEST(only_ink_and_alignment_are_answered_by_a_message),
      TEST(every_job_error_says_what_becomes_of_disc_and_robot),
      TEST(what_is_our_own_mistake_holds_the_job_and_does_not_eat_discs),
      TEST(the_engines_numbers_are_all_explained_but_those_that_nobody_tells), TEST(the_page_of_errors_has_a_line_for_each))
