/* What is wrong now: told once, and again when it is over. */
#include "robot/open_faults.h"

#include "test.h"

struct ear {
    int raised, cleared;
    char key[DW_FAULT_KEY_MAX], sentence[200];
};

static void on_fault(void *ctx, const struct dw_fault_report *report)
{
    struct ear *ear = ctx;
    ear->raised++;
    snprintf(ear->key, sizeof ear->key, "%s", report->key);
    snprintf(ear->sentence, sizeof ear->sentence, "%s", report->sentence);
}

static void on_cleared(void *ctx, const char *key)
{
    struct ear *ear = ctx;
    ear->cleared++;
    snprintf(ear->key, sizeof ear->key, "%s", key);
}

static void a_fault_is_told_once_and_with_another_sentence_again(void)
{
    struct ear ear = {.raised = 0};
    const struct dw_publisher_listener listener = {.fault = on_fault, .cleared = on_cleared, .ctx = &ear};
    static struct dw_open_faults faults;
    faults = (struct dw_open_faults){.listener = &listener};
    for (int i = 0; i < 2; i++)
        dw_open_faults_raise(&faults, "cover_open", 0, 0, NULL, NULL);
    CHECK_INT(ear.raised, 1);
    CHECK_STR(ear.sentence, dw_fault_find("cover_open")->sentence);
    dw_open_faults_raise(&faults, "cover_open", 0, 0, NULL, "the left one");
    CHECK_INT(ear.raised, 2);
    CHECK_INT(faults.count, 1);
    dw_open_faults_clear(&faults, "cover_open", 0, 0, NULL);
    dw_open_faults_clear(&faults, "cover_open", 0, 0, NULL);
    CHECK_INT(ear.cleared, 1);
    CHECK_INT(faults.count, 0);
    dw_open_faults_raise(&faults, "on_fire", 0, 0, NULL, NULL); /* of a newer version of somebody's */
    CHECK_STR(ear.key, "robot_failure");
}

static void what_tells_them_apart_is_a_detail_or_a_disc_or_a_drive(void)
{
    struct ear ear = {.raised = 0};
    const struct dw_publisher_listener listener = {.fault = on_fault, .cleared = on_cleared, .ctx = &ear};
    static struct dw_open_faults faults;
    faults = (struct dw_open_faults){.listener = &listener};
    dw_open_faults_raise(&faults, "bin_empty", 0, 0, "cd", NULL);
    CHECK_STR(ear.key, "bin_empty:cd");
    dw_open_faults_raise(&faults, "drive_failing", 0, 2, NULL, NULL);
    CHECK_STR(ear.key, "drive_failing:2");
    dw_open_faults_raise(&faults, "position_unknown", 7, 2, NULL, NULL);
    CHECK_STR(ear.key, "position_unknown:7");
    dw_open_faults_raise(&faults, "arm_jam", 7, 0, NULL, NULL);
    CHECK_INT(faults.count, 4);
    dw_open_faults_clear_disc(&faults, 0);
    CHECK_INT(faults.count, 4);
    dw_open_faults_clear_disc(&faults, 7);
    CHECK_INT(faults.count, 2);
    CHECK(dw_open_faults_find(&faults, "drive_failing:2") && !dw_open_faults_find(&faults, "arm_jam:7"));
}

static void there_is_room_for_so_many_and_one_that_is_over_makes_room(void)
{
    struct ear ear = {.raised = 0};
    const struct dw_publisher_listener listener = {.fault = on_fault, .cleared = on_cleared, .ctx = &ear};
    static struct dw_open_faults faults;
    faults = (struct dw_open_faults){.listener = &listener};
    for (int disc = 1; disc <= DW_OPEN_FAULTS_MAX + 5; disc++)
        dw_open_faults_raise(&faults, "arm_jam", disc, 0, NULL, NULL);
    CHECK_INT(ear.raised, DW_OPEN_FAULTS_MAX);
    dw_open_faults_clear_disc(&faults, 1);
    dw_open_faults_raise(&faults, "arm_jam", DW_OPEN_FAULTS_MAX + 1, 0, NULL, NULL);
    CHECK_INT(ear.raised, DW_OPEN_FAULTS_MAX + 1);
    CHECK_INT(faults.count, DW_OPEN_FAULTS_MAX);
}

TESTS(TEST(a_fault_is_told_once_and_with_another_sentence_again),
      TEST(what_tells_them_apart_is_a_detail_or_a_disc_or_a_drive),
      TEST(there_is_room_for_so_many_and_one_that_is_over_makes_room))
