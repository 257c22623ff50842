#include "robot/faults.h"

#include "burn/drive/sense.h"
#include "robot/options.h"
#include "robot/sim_plan.h"
#include "test.h"

static void every_fault_has_a_sentence_for_people_and_is_found_by_its_id(void)
{
    for (size_t i = 0; i < dw_faults_count; i++) {
        size_t length = strlen(dw_faults[i].sentence);
        CHECK(dw_fault_find(dw_faults[i].id) == &dw_faults[i]);
        CHECK(length > 10 && dw_faults[i].sentence[length - 1] != '.');
        CHECK(strlen(dw_faults[i].id) <= 18); /* it fits into a key */
        CHECK(*dw_fault_who_name(dw_faults[i].who) && *dw_fault_action_name(dw_faults[i].action));
    }
    CHECK(dw_fault_find("on_fire") == NULL);
    CHECK(dw_fault_find(NULL) == NULL);
}

static void every_number_of_ptrobot_is_one_row_and_none_is_forgotten(void)
{
    static const struct {
        int number;
        const char *row;
    } some[] = {{3, "bin_empty"},     {8, "pick_failed"},    {15, "cover_open"},
                {20, "disc_dropped"}, {23, "robot_failure"}, {35, "disc_dropped"},
                {46, "disc_inside"},  {50, "ink_out"},       {57, "already_printed"}};
    CHECK(dw_fault_of_ptrobot(0) == NULL); /* no error */
    for (int number = 1; number <= DW_FAULT_PTROBOT_MAX; number++)
        CHECK(dw_fault_of_ptrobot(number) != NULL);
    CHECK_INT(DW_FAULT_PTROBOT_MAX, 58);
    for (size_t i = 0; i < DW_ARRAY_LEN(some); i++)
        CHECK_STR(dw_fault_of_ptrobot(some[i].number)->id, some[i].row);
    CHECK_STR(dw_fault_of_ptrobot(59)->id, "robot_failure"); /* stops rather than guesses */
    CHECK_STR(dw_fault_of_ptrobot(-1)->id, "robot_failure");
}

static void every_failure_of_a_drive_is_a_row_that_says_what_becomes_of_the_disc(void)
{
    for (int i = DW_BURN_FAULT_OTHER; i < DW_BURN_FAULT_COUNT; i++) {
        const struct dw_fault *row = dw_fault_find(dw_burn_fault_name((enum dw_burn_fault)i));
        CHECK(row && (dw_fault_rejects(row) || row->action == DW_FAULT_ASK));
    }
}

static void every_row_says_what_is_done_meanwhile(void)
{
    for (size_t i = 0; i < dw_faults_count; i++) {
        CHECK(strlen(dw_fault_action_text(&dw_faults[i])) > 10);
        /* What rests until it is over or acknowledged does not send the disc away as well. */
        CHECK(!dw_fault_holds(&dw_faults[i]) || !dw_fault_rejects(&dw_faults[i]));
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(dw_faults[i].id, dw_faults[j].id) != 0);
    }
}

static void a_row_of_the_table_is_a_word_of_the_plan(void)
{
    struct dw_sim_plan plan = {0};
    struct dw_buf text = {0};
    struct dw_error err = {0};
    enum dw_sim_fault fault;
    CHECK_OK(
        dw_sim_plan_add(&plan, "cover_open@1, carriage_jam@1, not_blank@2, write_error@2", &err),
        err);
    dw_sim_plan_text(&plan, &text);
    CHECK_STR(text.data, "cover_open@1, carriage_jam@1, not_blank@2, write_error@2");
    dw_buf_done(&text);
    CHECK(dw_sim_plan_motion(&plan, &fault));
    CHECK_STR(plan.struck->id, "cover_open");
    CHECK(dw_sim_plan_label(&plan, &fault));
    CHECK_STR(plan.struck->id, "carriage_jam");
    CHECK(dw_sim_plan_drive(&plan, 1, false) == NULL);
    CHECK_STR(dw_sim_plan_drive(&plan, 2, false)->id, "not_blank");
    CHECK(dw_sim_plan_drive(&plan, 2, false) == NULL);
    CHECK_STR(dw_sim_plan_drive(&plan, 2, true)->id, "write_error");
    /* What no machine reports */
    CHECK_INT(dw_sim_plan_add(&plan, "drive_failing@1", NULL), DW_ERR_INVALID);
    CHECK_INT(dw_sim_plan_add(&plan, "output_full@1", NULL), DW_ERR_INVALID);
    CHECK_INT(dw_sim_plan_add(&plan, "cover_open@1:5", &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "cover_open@NUMBER");
}

static void a_position_in_doubt_is_always_asked_about(void)
{
    static const char *const doubtful[] = {"double_pick", "tray_stuck",       "disc_dropped",
                                           "arm_jam",     "position_unknown", "no_answer"};
    for (size_t i = 0; i < DW_ARRAY_LEN(doubtful); i++)
        CHECK_INT(dw_fault_find(doubtful[i])->action, DW_FAULT_ASK);
}

static void a_plan_of_faults_is_read_and_written_alike(void)
{
    struct dw_sim_plan plan = {0}, again = {0};
    struct dw_buf text = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_sim_plan_add(&plan, " jam@3,drive_fail@2:500 , ink_out@1,\n", &err), err);
    CHECK_INT(plan.count, 3);
    dw_sim_plan_text(&plan, &text);
    CHECK_STR(text.data, "jam@3, drive_fail@2:500, ink_out@1");
    CHECK_OK(dw_sim_plan_add(&again, text.data, &err), err);
    CHECK_INT(again.count, 3);
    dw_buf_done(&text);
}

static void a_plan_that_makes_no_sense_is_refused_whole(void)
{
    static const char *const bad[] = {"fire@1",        "jam",     "jam@0",
                                      "jam@x",         "jam@1:2", "drive_fail@1",
                                      "drive_fail@1:", "@1",      "jam@1, fire@1"};
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++) {
        struct dw_sim_plan plan = {0};
        struct dw_error err = {0};
        CHECK_INT(dw_sim_plan_add(&plan, bad[i], &err), DW_ERR_INVALID);
        CHECK_INT(plan.count, 0);
        CHECK(err.text[0]);
    }
}

static void planned_faults_strike_once_and_in_their_turn(void)
{
    struct dw_sim_plan plan = {0};
    struct dw_error err = {0};
    enum dw_sim_fault fault;
    int64_t blocks = 0;
    CHECK_OK(dw_sim_plan_add(&plan, "missed_pick@2, ink_out@1, drive_fail@2:77", &err), err);
    CHECK(!dw_sim_plan_motion(&plan, &fault));
    CHECK(dw_sim_plan_motion(&plan, &fault));
    CHECK_INT(fault, DW_SIM_MISSED_PICK);
    CHECK(!dw_sim_plan_motion(&plan, &fault));
    CHECK(dw_sim_plan_label(&plan, &fault));
    CHECK_INT(fault, DW_SIM_INK_OUT);
    CHECK(!dw_sim_plan_take(&plan, DW_SIM_DRIVE_FAIL, 1, &blocks));
    CHECK(dw_sim_plan_take(&plan, DW_SIM_DRIVE_FAIL, 2, &blocks));
    CHECK_INT(blocks, 77);
    CHECK(!dw_sim_plan_take(&plan, DW_SIM_DRIVE_FAIL, 2, &blocks));
    CHECK_INT(plan.count, 0);
}

static void robot_options_travel_as_json_and_come_back(void)
{
    struct dw_robot_options one, two;
    struct dw_error err = {0};
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &one);
    one.drives = 4;
    one.blank_capacity = 12345678;
    json_t *json = dw_robot_options_to_json(&one);
    CHECK_OK(dw_robot_options_from_json(json, &two, &err), err);
    CHECK_INT(two.drives, 4);
    CHECK_INT(two.blank_capacity, 12345678);
    CHECK_STR(two.bins, "cd,dvd");
    json_object_set_new(json, "drives", json_integer(99));
    CHECK_INT(dw_robot_options_from_json(json, &two, &err), DW_ERR_INVALID);
    json_object_set_new(json, "drives", json_integer(2));
    json_object_set_new(json, "wheels", json_integer(4));
    CHECK_INT(dw_robot_options_from_json(json, &two, &err), DW_ERR_NOT_FOUND);
    json_decref(json);
}

TESTS(TEST(every_fault_has_a_sentence_for_people_and_is_found_by_its_id),
      TEST(every_number_of_ptrobot_is_one_row_and_none_is_forgotten),
      TEST(every_failure_of_a_drive_is_a_row_that_says_what_becomes_of_the_disc),
      TEST(every_row_says_what_is_done_meanwhile), TEST(a_row_of_the_table_is_a_word_of_the_plan),
      TEST(a_position_in_doubt_is_always_asked_about),
      TEST(a_plan_of_faults_is_read_and_written_alike),
      TEST(a_plan_that_makes_no_sense_is_refused_whole),
      TEST(planned_faults_strike_once_and_in_their_turn),
      TEST(robot_options_travel_as_json_and_come_back))
