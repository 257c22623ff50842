/* A disc whose robot died with it: a person says where it is, and the robot hears it. */
#include "jobs_fixture.h"

/* Disc 1 was being loaded when its robot died. */
static void lose_disc(struct fixture *f)
{
    fixture_init(f);
    greet(f);
    receive_study(f, 3, NULL);
    burn(f, 1);
    prepare(f, 1);
    CHECK_STR(event(f, 1, "load"), "OK loading");
    fake_die(f, robot(f));
}

static const char *answer(struct fixture *f, const char *at)
{
    return order_status(f, json_pack("{s:s, s:i, s:s}", "type", "answer", "disc", 1, "at", at));
}

static void a_robot_that_dies_leaves_its_moving_disc_to_a_person(void)
{
    struct fixture f;
    lose_disc(&f);
    CHECK_STR(ask_text(&f, "SELECT state || '-' || before_state FROM disc"), "unknown-loading");
    advance_s(&f, 60);
    greet(&f);
    json_t *disc = fake_hear(&f, robot(&f), "disc");
    CHECK_STR(dw_json_text(disc, "state"), "unknown");
    CHECK_STR(dw_json_text(disc, "before"), "loading");
    json_decref(disc);
    /* It never was verified, so the output bin cannot make it delivered. */
    CHECK_STR(answer(&f, "output"), "CONFLICT");
    CHECK_STR(answer(&f, "gone"), "OK");
    json_t *place = fake_hear(&f, robot(&f), "place");
    CHECK_STR(dw_json_text(place, "at"), "gone");
    json_decref(place);
    CHECK_STR(event(&f, 1, "gone"), "OK abandoned");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "OK");
    make_disc(&f, 2);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "done");
    fixture_done(&f);
}

static json_t *hear_placed(struct fixture *f)
{
    json_t *config = fake_hear(f, robot(f), "config");
    CHECK(config != NULL);
    json_t *placed = json_incref(json_object_get(config, "placed"));
    json_decref(config);
    return placed;
}

/* Until the robot's program says that it has noted them: it may have died before it read them. */
static void an_answer_that_the_robot_missed_is_told_until_it_was_noted(void)
{
    struct fixture f;
    lose_disc(&f);
    CHECK_STR(answer(&f, "gone"), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM disc"), "abandoned");
    for (int i = 0; i < 2; i++) {
        advance_s(&f, 60);
        json_t *placed = hear_placed(&f);
        CHECK_INT(json_array_size(placed), 1);
        CHECK_INT(dw_json_int(json_array_get(placed, 0), "disc", 0), 1);
        CHECK_STR(dw_json_text(json_array_get(placed, 0), "at"), "gone");
        json_decref(placed);
        fake_die(&f, robot(&f));
    }
    advance_s(&f, 60);
    fake_say(&f, robot(&f), json_pack("{s:s, s:s, s:[i]}", "type", "hello", "driver", "sim", "placed", 1));
    fake_die(&f, robot(&f));
    advance_s(&f, 60);
    json_t *placed = hear_placed(&f);
    CHECK_INT(json_array_size(placed), 0);
    json_decref(placed);
    fixture_done(&f);
}

/* What is answered then would be neither in its configuration nor sent: it is asked again in a moment. */
static void while_the_robots_program_starts_no_answer_is_taken(void)
{
    struct fixture f;
    lose_disc(&f);
    advance_s(&f, 60); /* it runs and has not said hello */
    CHECK_STR(answer(&f, "gone"), "BUSY");
    CHECK_STR(ask_text(&f, "SELECT state FROM disc"), "unknown");
    greet(&f);
    CHECK_STR(answer(&f, "gone"), "OK");
    fixture_done(&f);
}

/* No arm was near the disc since: whoever has found it is not asked a second time. */
static void an_answer_outlives_whatever_starts_and_ends_before_the_robot_has_heard_it(void)
{
    struct fixture f;
    lose_disc(&f);
    CHECK_STR(answer(&f, "drive 1"), "OK");
    advance_s(&f, 60);
    fake_die(&f, robot(&f)); /* its printer is missing, or its settings are wrong */
    CHECK_STR(ask_text(&f, "SELECT state || ' ' || placed FROM disc"), "rejecting drive 1");
    fixture_restart(&f);
    CHECK_STR(ask_text(&f, "SELECT state || ' ' || placed FROM disc"), "rejecting drive 1");
    json_t *placed = hear_placed(&f);
    CHECK_STR(dw_json_text(json_array_get(placed, 0), "at"), "drive 1");
    json_decref(placed);
    greet(&f);
    CHECK_STR(ask_text(&f, "SELECT state || ' ' || placed FROM disc"), "rejecting ");
    fixture_close(&f); /* of a robot that is there no more nobody hears */
    fixture_edit(&f, "UPDATE disc SET placed = 'drive 1', robot = 'sold'");
    fixture_open(&f);
    CHECK_STR(ask_text(&f, "SELECT state || ' ' || placed FROM disc"), "unknown ");
    fixture_done(&f);
}

static void a_robot_whose_word_cannot_be_stored_is_told_of_no_disc(void)
{
    struct fixture f;
    lose_disc(&f);
    CHECK_STR(answer(&f, "drive 1"), "OK");
    advance_s(&f, 60);
    fixture_edit(&f, "CREATE TRIGGER full BEFORE UPDATE OF placed ON disc BEGIN SELECT RAISE(FAIL, 'full'); END");
    greet(&f);
    CHECK(fake_hear(&f, robot(&f), "disc") == NULL);
    CHECK_STR(ask_text(&f, "SELECT state || ' ' || placed FROM disc"), "rejecting drive 1");
    fixture_done(&f);
}

/* The disc that a person put into a drive was being taken out of it when everything stopped: that answer is old. */
static void an_answer_about_a_disc_that_is_in_doubt_again_is_told_no_more(void)
{
    struct fixture f;
    lose_disc(&f);
    CHECK_STR(answer(&f, "drive 1"), "OK");
    CHECK_STR(ask_text(&f, "SELECT state || ' ' || placed FROM disc"), "rejecting drive 1");
    advance_s(&f, 60);
    greet(&f);
    fixture_restart(&f);
    CHECK_STR(ask_text(&f, "SELECT state || ' ' || placed FROM disc"), "unknown ");
    fixture_done(&f);
}

TESTS(TEST(a_robot_that_dies_leaves_its_moving_disc_to_a_person),
      TEST(an_answer_that_the_robot_missed_is_told_until_it_was_noted),
      TEST(while_the_robots_program_starts_no_answer_is_taken),
      TEST(an_answer_outlives_whatever_starts_and_ends_before_the_robot_has_heard_it),
      TEST(a_robot_whose_word_cannot_be_stored_is_told_of_no_disc),
      TEST(an_answer_about_a_disc_that_is_in_doubt_again_is_told_no_more))
