#include "robot/cups_ipp.h"

#include "test.h"

static void add_job(ipp_t *answer, const char *title, int id)
{
    ippAddSeparator(answer);
    ippAddString(answer, IPP_TAG_JOB, IPP_TAG_NAME, "job-name", NULL, title);
    ippAddInteger(answer, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", id);
}

/* A printer may name a job before it numbers it: the number must not be that of the job before. */
static void only_our_labels_are_listed_whatever_the_order_of_their_attributes(void)
{
    char ours[DW_CUPS_NAME_MAX], other[DW_CUPS_NAME_MAX];
    struct dw_cups_listed jobs[4];
    ipp_t *answer = ippNew();
    dw_cups_name(7, 1, ours);
    dw_cups_name(7, 2, other);
    add_job(answer, "a letter", 11);
    add_job(answer, ours, 12);
    ippAddSeparator(answer);
    ippAddInteger(answer, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", 13);
    ippAddString(answer, IPP_TAG_JOB, IPP_TAG_NAME, "job-name", NULL, other);
    add_job(answer, "another letter", 14);
    ippAddSeparator(answer);
    ippAddString(answer, IPP_TAG_JOB, IPP_TAG_NAME, "job-name", NULL, ours); /* it has no number */
    CHECK_INT(dw_cups_list(answer, jobs, DW_ARRAY_LEN(jobs)), 2);
    CHECK_INT(jobs[0].job, 12);
    CHECK_STR(jobs[0].name, ours);
    CHECK_INT(jobs[1].job, 13);
    CHECK_INT(dw_cups_list(answer, jobs, 1), 1);
    ippDelete(answer);
    answer = ippNew();
    CHECK_INT(dw_cups_list(answer, jobs, DW_ARRAY_LEN(jobs)), 0);
    ippDelete(answer);
}

static void the_name_of_a_label_tells_its_disc_and_which_one_it_is(void)
{
    char a[DW_CUPS_NAME_MAX], b[DW_CUPS_NAME_MAX];
    dw_cups_name(INT64_MAX, INT64_MAX, a);
    dw_cups_name(INT64_MAX, INT64_MAX - 1, b);
    CHECK_INT(strncmp(a, DW_CUPS_JOB_NAME " ", strlen(DW_CUPS_JOB_NAME) + 1), 0);
    CHECK(strcmp(a, b) != 0);
}

TESTS(TEST(only_our_labels_are_listed_whatever_the_order_of_their_attributes),
      TEST(the_name_of_a_label_tells_its_disc_and_which_one_it_is))
