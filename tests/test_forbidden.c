#include "jobs_fixture.h"

/* The plan task finds objects that the profile forbids. */
static void play_question(struct fixture *f)
{
    struct fake *plan = fake_find(f, "discwright-work", "plan");
    json_t *message = fake_hear(f, plan, "task");
    CHECK_STR(dw_json_text(message, "forbidden"), "hold");
    json_decref(message);
    fake_say(f, plan,
             json_pack("{s:s, s:s, s:s, s:[{s:i, s:s}, {s:i, s:s}], s:[{s:s, s:s}], s:[]}", "type",
                       "result", "status", "UNSUPPORTED", "text",
                       "2 objects have no place in STD-GEN-CD", "forbidden", "number", 2, "reason",
                       "MPEG-4 video", "number", 3, "reason", "MPEG-4 video", "takers", "profile",
                       "STD-GEN-BD-MPEG4-HPLV41", "media", "bd", "left_off"));
    fake_die(f, plan);
}

static void hold_a_job(struct fixture *f)
{
    receive_study(f, 3, NULL);
    burn(f, 1);
    play_batch(f, "render", 0);
    play_question(f);
    CHECK_STR(ask_text(f, "SELECT state FROM job"), "held");
}

static json_t *resolve(const char *answer, const char *media, const char *profile)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "type", "resolve", "job", 1, "answer", answer,
                     "media", media, "profile", profile, "by", "console");
}

/* What the plan task is told after the answer; the job goes as far as its discs. */
static json_t *go_on(struct fixture *f)
{
    CHECK_STR(ask_text(f, "SELECT state FROM job"), "preparing");
    json_t *told = play_plan_told(f, 1, 1);
    play_labels(f, 1);
    CHECK_STR(ask_text(f, "SELECT state FROM job"), "active");
    return told;
}

static void forbidden_objects_hold_the_job_before_a_disc_is_reserved(void)
{
    struct fixture f;
    fixture_init(&f);
    hold_a_job(&f);
    CHECK_STR(ask_text(&f, "SELECT reason FROM job"),
              "2 objects have no place in STD-GEN-CD: leave off what is forbidden, choose another "
              "medium or profile, or write everything as it is");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM disc"), 0);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM volume"), 0);
    CHECK_STR(ask_text(&f, "SELECT number || text FROM job_note WHERE kind = 'forbidden'"),
              "2MPEG-4 video 3MPEG-4 video");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete");
    json_t *reply = order(&f, json_pack("{s:s, s:i}", "type", "job", "id", 1));
    const json_t *job = json_object_get(reply, "job"), *question = json_object_get(job, "question");
    CHECK_INT(dw_json_int(job, "forbidden", 0), 2);
    CHECK_INT(json_array_size(json_object_get(question, "answers")), 3);
    CHECK_STR(dw_json_text(json_array_get(json_object_get(question, "takers"), 0), "profile"),
              "STD-GEN-BD-MPEG4-HPLV41");
    json_decref(reply);
    fixture_done(&f);
}

static void what_is_left_off_is_told_to_the_plan(void)
{
    struct fixture f;
    fixture_init(&f);
    hold_a_job(&f);
    CHECK_STR(order_status(&f, resolve("leave-off", "", "")), "OK");
    json_t *told = go_on(&f);
    CHECK_STR(dw_json_text(told, "forbidden"), "leave-off");
    CHECK_STR(dw_json_text(told, "blank"), "cd");
    json_decref(told);
    CHECK_STR(ask_text(&f, "SELECT claim || nonconformant || question FROM job"), "STD-GEN-CD0");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job_note WHERE kind = 'forbidden'"), 0);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE job = 1 AND text LIKE"
                          " 'forbidden objects: console answered leave-off%'"),
              1);
    fixture_done(&f);
}

static void as_it_is_makes_discs_that_claim_nothing_and_say_so(void)
{
    struct fixture f;
    fixture_init(&f);
    hold_a_job(&f);
    CHECK_STR(order_status(&f, resolve("as-is", "", "")), "OK");
    json_decref(play_plan_told(&f, 1, 1));
    struct fake *label = fake_find(&f, "discwright-work", "label");
    json_t *message = fake_hear(&f, label, "task");
    CHECK_STR(dw_json_text(json_object_get(message, "values"), "NONCONFORMANT"),
              "NOT DICOM CONFORMANT");
    json_decref(message);
    task_result(&f, label, json_object());
    CHECK_STR(ask_text(&f, "SELECT state || claim || nonconformant FROM job"), "active1");
    fixture_done(&f);
}

static void another_medium_is_planned_with_its_own_profile(void)
{
    struct fixture f;
    fixture_init(&f);
    hold_a_job(&f);
    CHECK_STR(order_status(&f, resolve("profile", "", "")), "INVALID");
    CHECK_STR(order_status(&f, resolve("profile", "tape", "")), "INVALID");
    CHECK_STR(order_status(&f, resolve("profile", "dvd", "STD-GEN-BD")), "INVALID");
    CHECK_STR(ask_text(&f, "SELECT state || media FROM job"), "heldcd");
    CHECK_STR(order_status(&f, resolve("profile", "bd-50", "STD-GEN-BD-MPEG4-HPLV41")), "OK");
    json_t *told = go_on(&f);
    CHECK_STR(dw_json_text(told, "forbidden"), "hold");
    CHECK_STR(dw_json_text(told, "media"), "bd");
    CHECK_STR(dw_json_text(told, "blank"), "bd-50");
    CHECK_STR(dw_json_text(told, "profile"), "STD-GEN-BD-MPEG4-HPLV41");
    CHECK_STR(dw_json_text(told, "udf"), "2.60");
    json_decref(told);
    CHECK_STR(ask_text(&f, "SELECT media FROM volume"), "bd-50");
    fixture_done(&f);
}

static void a_profile_alone_takes_the_medium_it_is_for(void)
{
    struct fixture f;
    fixture_init(&f);
    hold_a_job(&f);
    CHECK_STR(order_status(&f, resolve("profile", "", "STD-GEN-DVD-JPEG")), "OK");
    json_t *told = go_on(&f);
    CHECK_STR(dw_json_text(told, "blank"), "dvd"); /* bins hold cd and dvd */
    json_decref(told);
    fixture_done(&f);
}

static void a_site_can_forbid_discs_that_do_not_conform(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.jobs.nonconformant = false;
    hold_a_job(&f);
    CHECK_STR(ask_text(&f, "SELECT reason FROM job"),
              "2 objects have no place in STD-GEN-CD: leave off what is forbidden or choose another "
              "medium or profile");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job WHERE question LIKE '%as-is%'"), 0);
    CHECK_STR(order_status(&f, resolve("as-is", "", "")), "DENIED");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    fixture_done(&f);
}

static void only_a_job_that_asks_takes_an_answer(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    CHECK_STR(order_status(&f, resolve("leave-off", "", "")), "CONFLICT");
    play_batch(&f, "render", 0);
    play_question(&f);
    CHECK_STR(order_status(&f, resolve("burn-it", "", "")), "INVALID");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "cancelled");
    CHECK_STR(order_status(&f, resolve("leave-off", "", "")), "CONFLICT");
    fixture_done(&f);
}

static void the_question_outlives_a_restart_and_is_asked_again_by_a_retry(void)
{
    struct fixture f;
    fixture_init(&f);
    hold_a_job(&f);
    fixture_restart(&f);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT question FROM job"), "");
    play_question(&f);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_STR(order_status(&f, resolve("as-is", "", "")), "OK");
    fixture_restart(&f); /* killed after the answer: the answer stands */
    json_t *told = play_plan_told(&f, 1, 1);
    CHECK_STR(dw_json_text(told, "forbidden"), "as-is");
    json_decref(told);
    fixture_done(&f);
}

static void an_answer_that_the_site_no_longer_allows_is_asked_again(void)
{
    struct fixture f;
    fixture_init(&f);
    hold_a_job(&f);
    CHECK_STR(order_status(&f, resolve("as-is", "", "")), "OK");
    f.config.jobs.nonconformant = false;
    fixture_restart(&f);
    play_question(&f); /* it checks that the plan is told to hold */
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    fixture_done(&f);
}

static void another_medium_takes_back_what_was_answered_before(void)
{
    struct fixture f;
    fixture_init(&f);
    hold_a_job(&f);
    CHECK_STR(order_status(&f, resolve("as-is", "", "")), "OK");
    f.config.jobs.nonconformant = false;
    fixture_restart(&f);
    play_question(&f);
    CHECK_STR(order_status(&f, resolve("profile", "dvd", "")), "OK");
    f.config.jobs.nonconformant = true;
    fixture_restart(&f);
    play_question(&f); /* told to hold: nobody said as-is of a DVD */
    CHECK_STR(ask_text(&f, "SELECT state || media FROM job"), "helddvd");
    fixture_done(&f);
}

static void a_study_that_publishes_itself_is_held_as_well(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.jobs.auto_publish = true;
    receive_study(&f, 3, NULL);
    play_batch(&f, "render", 0);
    play_question(&f);
    CHECK_STR(ask_text(&f, "SELECT state || made_by FROM job"), "heldrule");
    fixture_done(&f);
}

static void a_site_decides_once_for_all_jobs(void)
{
    struct fixture f;
    fixture_init(&f);
    snprintf(f.config.jobs.forbidden, sizeof f.config.jobs.forbidden, "leave-off");
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    play_batch(&f, "render", 0);
    json_t *told = play_plan_told(&f, 1, 1);
    CHECK_STR(dw_json_text(told, "forbidden"), "leave-off");
    json_decref(told);
    fixture_done(&f);
}

TESTS(TEST(forbidden_objects_hold_the_job_before_a_disc_is_reserved),
      TEST(what_is_left_off_is_told_to_the_plan),
      TEST(as_it_is_makes_discs_that_claim_nothing_and_say_so),
      TEST(another_medium_is_planned_with_its_own_profile),
      TEST(a_profile_alone_takes_the_medium_it_is_for),
      TEST(a_site_can_forbid_discs_that_do_not_conform),
      TEST(only_a_job_that_asks_takes_an_answer),
      TEST(the_question_outlives_a_restart_and_is_asked_again_by_a_retry),
      TEST(an_answer_that_the_site_no_longer_allows_is_asked_again),
      TEST(another_medium_takes_back_what_was_answered_before),
      TEST(a_study_that_publishes_itself_is_held_as_well), TEST(a_site_decides_once_for_all_jobs))
