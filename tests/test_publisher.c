/* What people are told of a robot before they order from it. */
#include "robot/publisher.h"

#include "base/channel.h"
#include "robot/manual.h"
#include "robot/sim.h"
#include "test.h"

static bool says(unsigned caps, const char *part)
{
    const char *notes[DW_PUBLISHER_NOTES_MAX];
    size_t count = dw_publisher_notes(caps, notes);
    for (size_t i = 0; i < count; i++)
        if (strstr(notes[i], part))
            return true;
    return false;
}

static void a_robot_that_can_do_everything_has_nothing_to_say_but_that_it_is_simulated(void)
{
    const char *notes[DW_PUBLISHER_NOTES_MAX];
    CHECK_INT(dw_publisher_notes(dw_sim_driver.caps, notes), 1);
    CHECK_HAS(notes[0], "simulated");
}

static void what_a_machine_cannot_do_is_said_before_a_disc_is_ordered(void)
{
    CHECK(says(0, "missed pick"));
    CHECK(says(0, "label by hand"));
    CHECK(says(0, "come out at the same place"));
    CHECK(!says(DW_HAS_TWO_EXITS, "come out at the same place"));
    CHECK(!says(0, "ink")); /* without a printer nobody asks */
    CHECK(says(DW_CAN_PRINT, "ink"));
}

static void of_a_person_no_sensors_are_asked(void)
{
    CHECK(says(dw_manual_driver.caps, "A person puts the discs in"));
    CHECK(says(dw_manual_driver.caps, "label by hand"));
    CHECK(!says(dw_manual_driver.caps, "missed pick"));
    CHECK(says(dw_manual_driver.caps, "which disc is bad"));
    CHECK(!says(dw_manual_driver.caps, "come out at the same place"));
    CHECK(says(DW_IS_PERSON, "come out at the same place")); /* one who is not told */
}

static void a_site_decides_whether_a_robot_may_verify_in_our_place(void)
{
    struct dw_robot_options options = {.delegated_verify = false};
    struct dw_error err = {0};
    CHECK(says(DW_DELEGATES_VERIFY, "verified by the robot"));
    CHECK_INT(dw_publisher_accept(DW_DELEGATES_VERIFY, &options, &err), DW_ERR_DENIED);
    CHECK_HAS(err.text, "delegated_verify");
    CHECK_OK(dw_publisher_accept(dw_sim_driver.caps, &options, &err), err);
    options.delegated_verify = true;
    CHECK_OK(dw_publisher_accept(DW_DELEGATES_VERIFY, &options, &err), err);
}

static void the_notes_travel_with_the_first_message(void)
{
    struct dw_sensors sensors = {.drives = 1};
    json_t *hello = dw_publisher_hello("manual", dw_manual_driver.caps, &sensors);
    const json_t *notes = json_object_get(hello, "notes"), *caps = json_object_get(hello, "caps");
    CHECK(json_array_size(notes) >= 2);
    CHECK_STR(json_string_value(json_array_get(caps, 0)), "person");
    CHECK(json_is_false(json_object_get(hello, "simulated")));
    json_decref(hello);
}

TESTS(TEST(a_robot_that_can_do_everything_has_nothing_to_say_but_that_it_is_simulated),
      TEST(what_a_machine_cannot_do_is_said_before_a_disc_is_ordered),
      TEST(of_a_person_no_sensors_are_asked),
      TEST(a_site_decides_whether_a_robot_may_verify_in_our_place),
      TEST(the_notes_travel_with_the_first_message))
