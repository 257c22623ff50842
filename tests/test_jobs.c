#include <time.h>
#include "daemon/snapshot.h"
#include "jobs_fixture.h"

static void a_study_becomes_a_delivered_disc(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    json_t *disc = fake_hear(&f, robot(&f), "disc");
    CHECK_INT(dw_json_int(disc, "disc", 0), 1);
    CHECK_STR(dw_json_text(disc, "state"), "reserved");
    CHECK_HAS(dw_json_text(disc, "tree"), "/volumes/1-1/tree");
    CHECK_HAS(dw_json_text(disc, "chunks"), "/volumes/1-1/chunks-1");
    json_decref(disc);
    make_disc(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "done");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "published");
    CHECK_STR(ask_text(&f, "SELECT verified_by FROM disc"), "us");
    CHECK_STR(ask_text(&f, "SELECT kind FROM job_note ORDER BY kind"), "left_off repair");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM volume_object"), 2);
    fixture_done(&f);
}

static void every_volume_and_copy_must_be_delivered(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 2);
    prepare(&f, 2);
    for (int disc = 1; disc <= 4; disc++) {
        CHECK_STR(ask_text(&f, "SELECT state FROM job"), "active");
        make_disc(&f, disc);
    }
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "done");
    fixture_done(&f);
}

static void auto_publish_orders_a_complete_study_once(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.jobs.auto_publish = true;
    receive_study(&f, 2, NULL);
    CHECK_STR(ask_text(&f, "SELECT made_by FROM job"), "rule");
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 9,
              &(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.9", "late", NULL});
    dw_channel_free(association);
    advance_s(&f, 100);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
    fixture_done(&f);
}

static void a_crash_over_one_object_costs_that_object(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 5, "1.2.840.10008.1.2"); /* implicit VR is not allowed on a disc */
    burn(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT step FROM job"), "transcoding");
    CHECK_INT(play_batch(&f, "transcode", 3), 5);
    CHECK_INT(play_batch(&f, "transcode", 1), 3); /* tried again, and it was no accident */
    CHECK_INT(play_batch(&f, "transcode", 0), 2); /* the rest goes on */
    CHECK_STR(ask_text(&f, "SELECT number FROM derived WHERE state = 'failed'"), "3");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM derived WHERE state = 'ready'"), 4);
    CHECK_STR(ask_text(&f, "SELECT step FROM job"), "previews");
    play_batch(&f, "render", 0);
    json_t *told = play_plan_told(&f, 1, 1); /* which decides what becomes of it */
    const json_t *failed = json_array_get(json_object_get(told, "failed"), 0);
    CHECK_INT(dw_json_int(failed, "number", 0), 3);
    CHECK_HAS(dw_json_text(failed, "reason"), "ended by exit 0");
    CHECK_INT(json_array_size(json_object_get(told, "failed")), 1);
    json_decref(told);
    fixture_done(&f);
}

static void a_task_that_was_killed_once_costs_nothing(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 5, "1.2.840.10008.1.2");
    burn(&f, 1);
    CHECK_INT(play_batch(&f, "transcode", 2), 5);
    CHECK_INT(play_batch(&f, "transcode", 0), 4);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM derived WHERE state = 'ready'"), 5);
    play_batch(&f, "render", 0);
    fake_die(&f, fake_find(&f, "discwright-work", "plan"));
    play_plan(&f, 1, 1);
    fake_die(&f, fake_find(&f, "discwright-work", "label"));
    play_labels(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "active");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job_note WHERE number < 9"), 1); /* the repair */
    fixture_done(&f);
}

static void a_task_that_always_crashes_fails_the_job_and_retry_begins_anew(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 9, "1.2.840.10008.1.2");
    burn(&f, 1);
    for (int i = 0; i < 6; i++)
        fake_die(&f, fake_find(&f, "discwright-work", "transcode"));
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "failed");
    CHECK_HAS(ask_text(&f, "SELECT reason FROM job"), "transcode ended by");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "preparing");
    CHECK_INT(play_batch(&f, "transcode", 0), 9);
    fixture_done(&f);
}

static void a_failed_plan_fails_the_job_with_its_sentence(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 2, NULL);
    burn(&f, 1);
    play_batch(&f, "render", 0);
    struct fake *plan = fake_find(&f, "discwright-work", "plan");
    fake_say(&f, plan, json_pack("{s:s, s:s, s:s}", "type", "result", "status", "CONFLICT", "text",
                                 "more than one patient"));
    fake_die(&f, plan);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "failed");
    CHECK_STR(ask_text(&f, "SELECT reason FROM job"), "more than one patient");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete");
    fixture_done(&f);
}

static void a_rejected_disc_is_replaced_by_a_new_one(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    spoil_disc(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT state FROM disc ORDER BY id"), "rejected reserved");
    CHECK_STR(ask_text(&f, "SELECT attempt FROM disc ORDER BY id"), "1 2");
    json_t *disc = fake_hear(&f, robot(&f), "disc");
    json_decref(disc);
    make_disc(&f, 2);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "done");
    fixture_done(&f);
}

static void after_three_bad_discs_a_person_decides(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    for (int disc = 1; disc <= DW_DISC_ATTEMPTS_MAX; disc++)
        spoil_disc(&f, disc);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM disc"), DW_DISC_ATTEMPTS_MAX);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "active");
    make_disc(&f, DW_DISC_ATTEMPTS_MAX + 1);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "done");
    fixture_done(&f);
}

static void a_transition_that_the_table_does_not_list_is_refused(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    CHECK_STR(event(&f, 1, "delivered"), "CONFLICT reserved");
    CHECK_STR(event(&f, 1, "load"), "OK loading");
    CHECK_STR(event(&f, 1, "load"), "CONFLICT loading");
    CHECK_STR(ask_text(&f, "SELECT state FROM disc"), "loading");
    fixture_done(&f);
}

static void how_far_a_disc_is_is_told_as_far_as_it_can_be_true(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    fake_say(&f, robot(&f), json_pack("{s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:i}", "type",
                                      "progress", "disc", 1, "stage", "burning", "done", 10, "total",
                                      40, "speed_kbps", 7040, "speed_1x_kbps", 176,
                                      "buffer_percent", 101, "left_s", 65));
    fake_say(&f, robot(&f), json_pack("{s:s, s:i, s:s, s:i, s:i}", "type", "progress", "disc", 2,
                                      "stage", "burning", "done", 41, "total", 40));
    advance_s(&f, 1);
    json_t *now = dw_snapshot_get(dw_daemon_snapshot(f.daemon));
    const json_t *discs = json_object_get(now, "discs"), *disc = json_object_get(discs, "1");
    CHECK_STR(dw_json_text(disc, "stage"), "burning");
    CHECK_INT(dw_json_int(disc, "done", 0), 10);
    CHECK_INT(dw_json_int(disc, "speed_kbps", 0), 7040);
    CHECK_INT(dw_json_int(disc, "speed_1x_kbps", 0), 176);
    CHECK_INT(dw_json_int(disc, "buffer_percent", 0), -1);
    CHECK_INT(dw_json_int(disc, "left_s", 0), 65);
    CHECK(json_object_get(discs, "2") == NULL);
    json_decref(now);
    fixture_done(&f);
}

static void a_restart_begins_preparing_anew_and_gives_the_same_seed(void)
{
    struct fixture f;
    char seed[80];
    fixture_init(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    play_batch(&f, "render", 0);
    play_plan(&f, 1, 2);
    snprintf(seed, sizeof seed, "%s", ask_text(&f, "SELECT seed FROM job"));
    fixture_restart(&f);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "preparing");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM volume"), 0);
    CHECK_STR(ask_text(&f, "SELECT seed FROM job"), seed);
    CHECK(fake_find(&f, "discwright-work", "render") == NULL); /* pictures are there already */
    play_plan(&f, 1, 2);
    play_labels(&f, 2);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "active");
    fixture_done(&f);
}

static void a_restart_treats_every_disc_by_the_table(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 6);
    prepare(&f, 1);
    make_disc(&f, 1);
    CHECK_STR(event(&f, 2, "load"), "OK loading");
    CHECK_STR(event(&f, 3, "load"), "OK loading");
    CHECK_STR(event(&f, 3, "loaded"), "OK burning");
    CHECK_STR(event(&f, 4, "load"), "OK loading");
    CHECK_STR(event(&f, 4, "loaded"), "OK burning");
    CHECK_STR(event(&f, 4, "burned"), "OK verifying");
    CHECK_STR(event(&f, 5, "load"), "OK loading");
    CHECK_STR(event(&f, 5, "loaded"), "OK burning");
    CHECK_STR(event(&f, 5, "burned"), "OK verifying");
    CHECK_STR(event(&f, 5, "verified"), "OK printing");
    fixture_restart(&f);
    CHECK_STR(ask_text(&f, "SELECT state FROM disc ORDER BY id"),
              "delivered unknown rejecting verifying unknown reserved");
    greet(&f);
    int told = 0;
    for (json_t *disc; (disc = fake_hear(&f, robot(&f), "disc")) != NULL; told++)
        json_decref(disc);
    CHECK_INT(told, 5); /* all but the delivered one */
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "active");
    fixture_done(&f);
}

static void a_held_study_is_not_burned_until_it_is_released(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 2, NULL);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 9,
              &(struct made_object){"P2", "1.2.3", "1.2.3.1", "1.2.3.1.9", "foreign", NULL});
    dw_channel_free(association);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "burn", "study", 1)), "CONFLICT");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:s}", "type", "release", "study", 1, "reason", "asked the ward")), "OK");
    burn(&f, 1);
    play_batch(&f, "render", 0);
    CHECK_STR(ask_text(&f, "SELECT number FROM job_note WHERE kind = 'quarantined'"), "9");
    CHECK_INT(ask_int(&f, "SELECT objects FROM job"), 2);
    fixture_done(&f);
}

static void a_study_that_is_held_while_it_is_prepared_makes_no_disc(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 9,
              &(struct made_object){"P2", "1.2.3", "1.2.3.1", "1.2.3.1.9", "foreign", NULL});
    dw_channel_free(association);
    play_batch(&f, "render", 0);
    play_plan(&f, 1, 1);
    play_labels(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "failed");
    CHECK_HAS(ask_text(&f, "SELECT reason FROM job"), "study 1 is held");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM disc"), 0);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "CONFLICT");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:s}", "type", "release", "study", 1, "reason", "asked the ward")), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "preparing");
    fixture_done(&f);
}

static void a_disc_that_lacks_the_newest_objects_does_not_publish_the_study(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 9,
              &(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.9", "late", NULL});
    dw_channel_free(association);
    advance_s(&f, f.config.intake.quiet_s + 2);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete");
    make_disc(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "done");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE job = 1 AND text LIKE"
                          " '1 objects arrived %'"),
              1);
    fixture_done(&f);
}

static void an_object_that_claims_two_billion_frames_costs_the_pictures_of_a_series(void)
{
    struct fixture f;
    struct dw_error err = {0};
    struct dw_object object;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    describe(&(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "x", NULL}, &object);
    object.frames = INT32_MAX;
    spool_file(&f, 1, "x");
    CHECK_OK(dw_channel_send(association,
                             json_pack("{s:s, s:i, s:s, s:o, s:s}", "type", "commit", "number", 1,
                                       "sha256",
                                       "00000000000000000000000000000000"
                                       "00000000000000000000000000000000",
                                       "object", dw_object_to_json(&object), "calling", "CT1"),
                             "record", 6, NULL, 0, 1000, &err),
             err);
    spin(&f);
    dw_channel_free(association);
    advance_s(&f, f.config.intake.quiet_s + 2);
    clock_t before = clock();
    burn(&f, 1);
    CHECK((clock() - before) / CLOCKS_PER_SEC < 3);
    json_t *task = fake_hear(&f, fake_find(&f, "discwright-work", "render"), "task");
    const json_t *items = json_object_get(task, "items");
    CHECK_INT(json_array_size(items), f.config.jobs.previews_per_series);
    for (size_t i = 0; i < json_array_size(items); i++) /* the task counts frames from 0 */
        CHECK(dw_json_int(json_array_get(items, i), "frame", -1) / (INT32_MAX / 9) == (int64_t)i);
    json_decref(task);
    fixture_done(&f);
}

static void another_copy_is_more_discs_of_the_same_volume(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    make_disc(&f, 1);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:i}", "type", "copy", "job", 1, "copies", 2)),
              "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "active");
    make_disc(&f, 2);
    make_disc(&f, 3);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "done");
    CHECK_INT(ask_int(&f, "SELECT count(DISTINCT volume) FROM disc"), 1);
    fixture_done(&f);
}

static void a_program_that_is_not_installed_is_one_sentence_on_the_job(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 2, NULL);
    f.refuse = true;
    burn(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "failed");
    CHECK_HAS(ask_text(&f, "SELECT reason FROM job"), "not installed");
    fixture_done(&f);
}

static void every_job_and_study_state_has_a_name_that_reads_back(void)
{
    for (int i = 0; i < DW_JOB_STATE_COUNT; i++)
        CHECK_INT(dw_job_state_from_name(dw_job_state_name((enum dw_job_state)i)), i);
    for (int i = 0; i < DW_STUDY_STATE_COUNT; i++)
        CHECK_INT(dw_study_state_from_name(dw_study_state_name((enum dw_study_state)i)), i);
    for (int i = 0; i < DW_VOLUME_STATE_COUNT; i++)
        CHECK_INT(dw_volume_state_from_name(dw_volume_state_name((enum dw_volume_state)i)), i);
    CHECK_INT(dw_job_state_from_name("no such state"), -1);
    CHECK_INT(dw_study_state_from_name(NULL), -1);
}

static void what_is_cancelled_takes_no_event_and_what_is_done_only_more_copies(void)
{
    for (int on = 0; on < DW_JOB_EVENT_COUNT; on++) {
        enum dw_job_state to = DW_JOB_QUEUED;
        struct dw_error err = {0};
        CHECK_INT(dw_job_next(DW_JOB_CANCELLED, (enum dw_job_event)on, &to, &err), DW_ERR_CONFLICT);
        CHECK_HAS(err.text, "cancelled");
        CHECK_INT(dw_job_next(DW_JOB_DONE, (enum dw_job_event)on, &to, &err),
                  on == DW_JOB_EV_MORE ? DW_OK : DW_ERR_CONFLICT);
    }
}

static void every_listed_transition_leads_where_the_design_says(void)
{
    static const char *const jobs[] = {
        "queued start preparing",   "queued fail failed",         "queued hold held",
        "queued cancel cancelled",  "preparing planned active",   "preparing restart queued",
        "preparing fail failed",    "preparing hold held",        "preparing cancel cancelled",
        "active finish done",       "active fail failed",         "active hold held",
        "active cancel cancelled",  "failed retry queued",        "failed retry_discs active",
        "failed cancel cancelled",  "held release queued",        "held retry queued",          "held retry_discs active",
        "held finish done",         "held cancel cancelled",      "done more active",
    };
    size_t listed = 0;
    for (int from = 0; from < DW_JOB_STATE_COUNT; from++) {
        for (int on = 0; on < DW_JOB_EVENT_COUNT; on++) {
            enum dw_job_state to;
            char line[64];
            bool found = false;
            if (dw_job_next((enum dw_job_state)from, (enum dw_job_event)on, &to, NULL) != DW_OK)
                continue;
            snprintf(line, sizeof line, "%s %s %s", dw_job_state_name((enum dw_job_state)from),
                     dw_job_event_name((enum dw_job_event)on), dw_job_state_name(to));
            for (size_t i = 0; i < DW_ARRAY_LEN(jobs); i++)
                found |= strcmp(jobs[i], line) == 0;
            CHECK(found);
            listed++;
        }
    }
    CHECK_INT(listed, DW_ARRAY_LEN(jobs));
}

TESTS(TEST(a_study_becomes_a_delivered_disc), TEST(every_volume_and_copy_must_be_delivered),
      TEST(auto_publish_orders_a_complete_study_once),
      TEST(a_crash_over_one_object_costs_that_object),
      TEST(a_task_that_was_killed_once_costs_nothing),
      TEST(a_task_that_always_crashes_fails_the_job_and_retry_begins_anew),
      TEST(a_failed_plan_fails_the_job_with_its_sentence),
      TEST(a_rejected_disc_is_replaced_by_a_new_one), TEST(after_three_bad_discs_a_person_decides),
      TEST(a_transition_that_the_table_does_not_list_is_refused),
      TEST(how_far_a_disc_is_is_told_as_far_as_it_can_be_true),
      TEST(a_restart_begins_preparing_anew_and_gives_the_same_seed),
      TEST(a_restart_treats_every_disc_by_the_table),
      TEST(a_held_study_is_not_burned_until_it_is_released),
      TEST(a_study_that_is_held_while_it_is_prepared_makes_no_disc),
      TEST(a_disc_that_lacks_the_newest_objects_does_not_publish_the_study),
      TEST(an_object_that_claims_two_billion_frames_costs_the_pictures_of_a_series),
      TEST(another_copy_is_more_discs_of_the_same_volume),
      TEST(a_program_that_is_not_installed_is_one_sentence_on_the_job),
      TEST(every_job_and_study_state_has_a_name_that_reads_back),
      TEST(what_is_cancelled_takes_no_event_and_what_is_done_only_more_copies),
      TEST(every_listed_transition_leads_where_the_design_says))
