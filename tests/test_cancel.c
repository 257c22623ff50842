/* Orders that somebody takes back, before and while robots work on them. */
#include "jobs_fixture.h"

static void a_job_is_cancelled_when_its_last_disc_has_left_the_robot(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 2);
    prepare(&f, 1);
    CHECK_STR(event(&f, 1, "load"), "OK loading");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "CONFLICT");
    json_t *asked = fake_hear(&f, robot(&f), "cancel");
    CHECK_INT(dw_json_int(asked, "disc", 0), 1);
    json_decref(asked);
    CHECK_STR(event(&f, 2, "cancel"), "OK abandoned");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "active");
    CHECK_STR(event(&f, 1, "loaded"), "OK burning");
    CHECK_STR(event(&f, 1, "cancel"), "OK rejecting");
    CHECK_STR(event(&f, 1, "out"), "OK rejected");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "cancelled");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM disc"), 2);
    fixture_done(&f);
}

static void a_job_that_is_being_prepared_is_cancelled_at_once(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    CHECK(fake_find(&f, "discwright-work", "render") != NULL);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "cancelled");
    burn(&f, 1); /* and the next one begins */
    CHECK_STR(ask_text(&f, "SELECT state FROM job ORDER BY id"), "cancelled preparing");
    fixture_done(&f);
}

static void a_cancellation_is_repeated_to_a_robot_that_was_started_again(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    fixture_restart(&f); /* before the robot has answered */
    CHECK_STR(ask_text(&f, "SELECT state FROM disc"), "reserved");
    greet(&f);
    json_t *asked = fake_hear(&f, robot(&f), "cancel");
    CHECK_INT(dw_json_int(asked, "disc", 0), 1);
    json_decref(asked);
    CHECK_STR(event(&f, 1, "cancel"), "OK abandoned");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "cancelled");
    fixture_done(&f);
}

static void a_cancellation_that_came_too_late_does_not_cancel_later_copies(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    make_disc(&f, 1); /* it was on its way out */
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "done");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:i}", "type", "copy", "job", 1, "copies", 1)),
              "OK");
    CHECK_STR(event(&f, 2, "load"), "OK loading");
    CHECK_STR(event(&f, 2, "loaded"), "OK burning");
    CHECK_STR(event(&f, 2, "bad_disc"), "OK rejecting");
    CHECK_STR(event(&f, 2, "out"), "OK rejected");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "active");
    CHECK_STR(ask_text(&f, "SELECT state FROM disc ORDER BY id"), "delivered rejected reserved");
    fixture_done(&f);
}

TESTS(TEST(a_job_is_cancelled_when_its_last_disc_has_left_the_robot),
      TEST(a_job_that_is_being_prepared_is_cancelled_at_once),
      TEST(a_cancellation_is_repeated_to_a_robot_that_was_started_again),
      TEST(a_cancellation_that_came_too_late_does_not_cancel_later_copies))
