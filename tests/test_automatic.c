#include "jobs_fixture.h"

static struct dw_config_rule *add_rule(struct fixture *f, const char *section, const char *action)
{
    struct dw_config_rule *rule = test_config_add(&f->config, section);
    SET(rule->options.action, action);
    return rule;
}

/* A rule is read when the daemon starts. */
static void begin(struct fixture *f)
{
    fixture_restart(f);
    greet(f);
}

static void come_late(struct fixture *f, int64_t number, const char *instance)
{
    dw_channel *association = associate(f);
    commit_ok(f, association, number,
              &(struct made_object){"P1", "1.2.3", "1.2.3.1", instance, instance, NULL});
    dw_channel_free(association);
    advance_s(f, f->config.intake.quiet_s + 2);
    CHECK_STR(ask_text(f, "SELECT state FROM study"), "complete");
}

static void a_rule_orders_what_it_says_and_the_job_remembers_it(void)
{
    struct fixture f;
    fixture_init(&f);
    SET(add_rule(&f, "rule MR", "ignore")->options.modality, "MR");
    struct dw_config_rule *rule = add_rule(&f, "rule CT twice", "burn");
    SET(rule->options.modality, "CT");
    SET(rule->options.media, "dvd");
    SET(rule->options.viewer, "no");
    SET(rule->options.priority, "high");
    SET(rule->options.template, "blue");
    rule->options.copies = 2;
    begin(&f);
    receive_study(&f, 2, NULL);
    CHECK_STR(ask_text(&f, "SELECT rule || '/' || action FROM study"), "CT twice/burn");
    CHECK_STR(ask_text(&f, "SELECT rule || '/' || made_by || '/' || copies || '/' || media || '/' || template"
                           " || '/' || viewer || '/' || priority FROM job"),
              "CT twice/rule/2/dvd/blue/0/2");
    fixture_done(&f);
}

static void without_a_rule_the_ae_title_decides(void)
{
    struct fixture f;
    fixture_init(&f);
    struct dw_config_ae *ae = test_config_add(&f.config, "ae DISCWRIGHT");
    SET(ae->options.publish, "yes");
    ae->options.copies = 3;
    begin(&f);
    receive_study(&f, 1, NULL);
    CHECK_STR(ask_text(&f, "SELECT rule || '/' || action FROM study"), "/burn");
    CHECK_INT(ask_int(&f, "SELECT copies FROM job"), 3);
    fixture_done(&f);
}

static void ignored_studies_and_those_with_no_action_are_not_ordered(void)
{
    static const char *const actions[] = {"ignore", "none"};
    for (size_t i = 0; i < DW_ARRAY_LEN(actions); i++) {
        struct fixture f;
        fixture_init(&f);
        f.config.jobs.auto_publish = true;
        add_rule(&f, "rule all", actions[i]);
        begin(&f);
        receive_study(&f, 1, NULL);
        CHECK_STR(ask_text(&f, "SELECT action FROM study"), actions[i]);
        CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 0);
        burn(&f, 1); /* a person may */
        CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
        fixture_done(&f);
    }
}

static void a_held_job_waits_for_its_release_and_for_nothing_else(void)
{
    struct fixture f;
    fixture_init(&f);
    add_rule(&f, "rule hold it", "hold");
    begin(&f);
    receive_study(&f, 2, NULL);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_HAS(ask_text(&f, "SELECT reason FROM job"), "hold it");
    fixture_restart(&f);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "CONFLICT");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "release_job", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "preparing");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "release_job", "job", 1)), "CONFLICT");
    fixture_done(&f);
}

static void one_study_is_ordered_once_by_itself_also_after_restarts(void)
{
    struct fixture f;
    fixture_init(&f);
    add_rule(&f, "rule all", "burn");
    begin(&f);
    receive_study(&f, 2, NULL);
    fixture_restart(&f);
    advance_s(&f, 100);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    come_late(&f, 200, "1.2.3.1.9"); /* a person said no: what comes later does not say yes */
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE text LIKE 'objects arrived after job 1%'"), 1);
    fixture_done(&f);
}

static void what_came_while_a_study_was_held_is_decided_when_it_is_released(void)
{
    struct fixture f;
    fixture_init(&f);
    add_rule(&f, "rule all", "burn");
    begin(&f);
    receive_study(&f, 2, NULL);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 200,
              &(struct made_object){"P2", "1.2.3", "1.2.3.1", "1.2.3.1.8", "foreign", NULL});
    commit_ok(&f, association, 201,
              &(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.9", "late", NULL});
    dw_channel_free(association);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:s}", "type", "release", "study", 1, "reason", "asked the ward")), "OK");
    advance_s(&f, f.config.intake.quiet_s + 2);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE text LIKE 'objects arrived after job 1%'"), 1);
    fixture_done(&f);
}

static void a_released_study_without_anything_new_is_not_decided_twice(void)
{
    struct fixture f;
    fixture_init(&f);
    add_rule(&f, "rule all", "burn");
    begin(&f);
    receive_study(&f, 2, NULL);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "preparing");
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 200,
              &(struct made_object){"P2", "1.2.3", "1.2.3.1", "1.2.3.1.8", "foreign", NULL});
    dw_channel_free(association);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:s}", "type", "release", "study", 1, "reason", "asked the ward")), "OK");
    advance_s(&f, f.config.intake.quiet_s + 2);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE text LIKE 'objects arrived%'"), 0);
    CHECK_STR(ask_text(&f, "SELECT action FROM study"), "burn");
    fixture_done(&f);
}

static void a_crash_between_completion_and_order_loses_neither(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 2, NULL);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 0);
    add_rule(&f, "rule all", "burn");
    fixture_close(&f);
    char db[DW_PATH_MAX];
    dw_sql *sql = NULL;
    struct dw_error err = {0};
    snprintf(db, sizeof db, "%s/state/discwright.db", f.folder);
    CHECK_OK(dw_sql_open(db, false, &sql, &err), err);
    CHECK_OK(dw_sql_exec(sql, &err, "UPDATE study SET action = ''", ""), err);
    dw_sql_close(sql);
    fixture_open(&f);
    advance_s(&f, 1);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
    fixture_restart(&f);
    advance_s(&f, 100);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
    fixture_done(&f);
}

static void a_rule_that_cannot_be_followed_is_told_once(void)
{
    struct fixture f;
    fixture_init(&f);
    struct dw_config_rule *rule = add_rule(&f, "rule all", "burn");
    SET(rule->options.media, "cd");
    SET(rule->options.profile, "STD-GEN-BD");
    begin(&f);
    receive_study(&f, 1, NULL);
    advance_s(&f, 100);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 0);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE text LIKE 'not published by itself%'"), 1);
    fixture_done(&f);
}

/* Job 2 waits with low priority, job 3 is urgent: two are prepared at a time. */
static void urgent_jobs_are_prepared_first(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 2, NULL);
    for (int i = 0; i < 2; i++)
        burn(&f, 1);
    static const char *const priorities[] = {"low", "normal", "stat", "high"};
    for (size_t i = 0; i < DW_ARRAY_LEN(priorities); i++)
        CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:s}", "type", "burn", "study", 1, "priority",
                                             priorities[i])),
                  "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:s}", "type", "burn", "study", 1, "priority", "now")),
              "INVALID");
    CHECK_STR(ask_text(&f, "SELECT id FROM job WHERE state = 'preparing' ORDER BY id"), "1 2");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT id FROM job WHERE state = 'preparing' ORDER BY id"), "2 5");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 2)), "OK");
    CHECK_STR(ask_text(&f, "SELECT id FROM job WHERE state = 'preparing' ORDER BY id"), "5 6");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 5)), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 6)), "OK");
    CHECK_STR(ask_text(&f, "SELECT id FROM job WHERE state = 'preparing' ORDER BY id"), "3 4");
    fixture_done(&f);
}

static void objects_of_an_open_association_keep_the_study_open(void)
{
    struct fixture f;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "a", NULL});
    advance_s(&f, 500);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "receiving");
    json_t *reply = order(&f, json_pack("{s:s, s:s}", "type", "rules", "study", "1"));
    const json_t *wait = json_object_get(reply, "wait");
    CHECK_INT(dw_json_int(wait, "associations", -1), 1);
    CHECK_INT(dw_json_int(wait, "left_s", -1), 0);
    json_decref(reply);
    dw_channel_free(association);
    spin(&f);
    advance_s(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete");
    fixture_done(&f);
}

static void why_a_rule_applies_is_told_to_who_asks(void)
{
    struct fixture f;
    fixture_init(&f);
    SET(add_rule(&f, "rule MR", "burn")->options.modality, "MR");
    SET(add_rule(&f, "rule first", "hold")->options.calling, "CT*");
    add_rule(&f, "rule second", "burn");
    begin(&f);
    receive_study(&f, 1, NULL);
    json_t *reply = order(&f, json_pack("{s:s, s:s}", "type", "rules", "study", "1"));
    const json_t *rules = json_object_get(reply, "rules");
    CHECK_INT(json_array_size(rules), 3);
    CHECK_STR(dw_json_text(json_array_get(rules, 0), "why"), "modality is CT, not MR");
    CHECK(json_is_true(json_object_get(json_array_get(rules, 1), "applied")));
    CHECK(json_is_true(json_object_get(json_array_get(rules, 2), "fits")));
    CHECK(json_is_false(json_object_get(json_array_get(rules, 2), "applied")));
    CHECK_STR(dw_json_text(json_object_get(reply, "decision"), "action"), "hold");
    CHECK_STR(dw_json_text(json_object_get(reply, "decided"), "rule"), "first");
    CHECK(json_is_null(json_object_get(reply, "wait")));
    CHECK_INT(dw_json_int(reply, "job", 0), 1);
    json_decref(reply);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:s}", "type", "rules", "study", "A-1")), "NOT_FOUND");
    reply = order(&f, json_pack("{s:s}", "type", "rules"));
    rules = json_object_get(reply, "rules");
    CHECK_INT(json_array_size(rules), 3);
    CHECK_STR(dw_json_text(json_object_get(json_array_get(rules, 1), "keys"), "calling"), "CT*");
    json_decref(reply);
    fixture_done(&f);
}

static void finish_job(struct fixture *f, int job, int disc)
{
    play_batch(f, "render", 0);
    play_plan(f, job, 1);
    play_labels(f, 1);
    make_disc(f, disc);
}

static void what_comes_late_is_marked_and_goes_on_a_disc_of_its_own(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 2, NULL);
    burn(&f, 2);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "CONFLICT");
    prepare(&f, 1);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "CONFLICT");
    come_late(&f, 40, "1.2.3.1.9");
    json_t *reply = order(&f, json_pack("{s:s, s:i}", "type", "job", "id", 1));
    CHECK_INT(dw_json_int(json_object_get(reply, "job"), "late", -1), 1);
    json_decref(reply);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "CONFLICT");
    CHECK_STR(ask_text(&f, "SELECT supplement_of || '/' || copies || '/' || objects FROM job WHERE id = 2"), "1/2/1");
    CHECK_STR(ask_text(&f, "SELECT from_arrival || '-' || to_arrival FROM job_study ORDER BY job"), "0-2 2-3");
    CHECK_INT(play_batch(&f, "render", 0), 1);
    CHECK_INT(batch_first, 40);
    json_t *told = play_plan_told(&f, 2, 1);
    CHECK_INT(dw_json_int(told, "supplement_of", 0), 1);
    json_decref(told);
    struct fake *label = fake_find(&f, "discwright-work", "label");
    json_t *task = fake_hear(&f, label, "task");
    CHECK_STR(dw_json_text(json_object_get(task, "values"), "SUPPLEMENT"), "SUPPLEMENT TO 1");
    json_decref(task);
    task_result(&f, label, json_object());
    reply = order(&f, json_pack("{s:s, s:i}", "type", "job", "id", 1));
    CHECK_INT(dw_json_int(json_object_get(reply, "job"), "late", -1), 0);
    json_decref(reply);
    for (int disc = 1; disc <= 2; disc++)
        make_disc(&f, disc);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete"); /* the supplement is not out yet */
    for (int disc = 3; disc <= 4; disc++)
        make_disc(&f, disc);
    CHECK_STR(ask_text(&f, "SELECT state FROM job ORDER BY id"), "done done");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "published");
    fixture_done(&f);
}

/* Its number is lower than one that is on the disc: numbers are given out before objects arrive. */
static void a_late_object_with_a_low_number_is_late(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 2, &(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "a", NULL});
    dw_channel_free(association);
    advance_s(&f, f.config.intake.quiet_s + 2);
    burn(&f, 1);
    prepare(&f, 1);
    come_late(&f, 1, "1.2.3.1.9");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "OK");
    CHECK_INT(play_batch(&f, "render", 0), 1);
    CHECK_INT(batch_first, 1);
    fixture_done(&f);
}

static void a_supplement_of_a_supplement_is_one_of_the_first_job(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 2, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    make_disc(&f, 1);
    come_late(&f, 40, "1.2.3.1.8");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "OK");
    finish_job(&f, 2, 2);
    come_late(&f, 41, "1.2.3.1.9");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 2)), "OK");
    CHECK_STR(ask_text(&f, "SELECT supplement_of FROM job ORDER BY id"), "0 1 1");
    CHECK_STR(ask_text(&f, "SELECT from_arrival || '-' || to_arrival FROM job_study ORDER BY job"),
              "0-2 2-3 3-4");
    fixture_done(&f);
}

static void a_cancelled_supplement_gives_its_objects_back(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 2, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    come_late(&f, 40, "1.2.3.1.8");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 2)), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT from_arrival FROM job_study ORDER BY job"), "0 2 2");
    fixture_done(&f);
}

static void a_supplement_keeps_the_patient_of_the_first_disc(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 2, NULL);
    burn(&f, 1);
    prepare(&f, 1);
    come_late(&f, 40, "1.2.3.1.8");
    fixture_close(&f);
    char db[DW_PATH_MAX];
    dw_sql *sql = NULL;
    struct dw_error err = {0};
    snprintf(db, sizeof db, "%s/state/discwright.db", f.folder);
    CHECK_OK(dw_sql_open(db, false, &sql, &err), err);
    CHECK_OK(dw_sql_exec(sql, &err, "UPDATE study SET patient_id = 'P2'", ""), err);
    dw_sql_close(sql);
    fixture_open(&f);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "supplement", "job", 1)), "CONFLICT");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
    fixture_done(&f);
}

static void what_comes_while_discs_are_prepared_is_ordered_when_they_are(void)
{
    struct fixture f;
    fixture_init(&f);
    SET(add_rule(&f, "rule all", "burn")->options.supplement, "burn");
    begin(&f);
    receive_study(&f, 2, NULL);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "preparing");
    come_late(&f, 40, "1.2.3.1.9");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 1);
    prepare(&f, 1);
    advance_s(&f, f.config.intake.quiet_s + 2);
    CHECK_STR(ask_text(&f, "SELECT supplement_of || ':' || state FROM job ORDER BY id"),
              "0:active 1:preparing");
    come_late(&f, 41, "1.2.3.1.10");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 2);
    CHECK_INT(play_batch(&f, "render", 0), 1);
    play_plan(&f, 2, 1);
    play_labels(&f, 1);
    advance_s(&f, f.config.intake.quiet_s + 2);
    CHECK_STR(ask_text(&f, "SELECT from_arrival || '-' || to_arrival FROM job_study ORDER BY job"), "0-2 2-3 3-4");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE level IN ('error', 'warning')"), 0);
    fixture_done(&f);
}

static void a_rule_may_order_supplements_by_itself(void)
{
    struct fixture f;
    fixture_init(&f);
    SET(add_rule(&f, "rule all", "burn")->options.supplement, "burn");
    begin(&f);
    receive_study(&f, 2, NULL);
    prepare(&f, 1);
    come_late(&f, 40, "1.2.3.1.8");
    CHECK_STR(ask_text(&f, "SELECT supplement_of || '/' || rule || '/' || made_by FROM job ORDER BY id"),
              "0/all/rule 1/all/rule");
    fixture_restart(&f);
    advance_s(&f, 100);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 2);
    fixture_done(&f);
}

TESTS(TEST(a_rule_orders_what_it_says_and_the_job_remembers_it),
      TEST(without_a_rule_the_ae_title_decides),
      TEST(ignored_studies_and_those_with_no_action_are_not_ordered),
      TEST(a_held_job_waits_for_its_release_and_for_nothing_else),
      TEST(one_study_is_ordered_once_by_itself_also_after_restarts),
      TEST(a_crash_between_completion_and_order_loses_neither),
      TEST(what_came_while_a_study_was_held_is_decided_when_it_is_released),
      TEST(a_released_study_without_anything_new_is_not_decided_twice),
      TEST(a_rule_that_cannot_be_followed_is_told_once), TEST(urgent_jobs_are_prepared_first),
      TEST(objects_of_an_open_association_keep_the_study_open),
      TEST(why_a_rule_applies_is_told_to_who_asks),
      TEST(what_comes_late_is_marked_and_goes_on_a_disc_of_its_own),
      TEST(a_late_object_with_a_low_number_is_late),
      TEST(a_supplement_of_a_supplement_is_one_of_the_first_job),
      TEST(a_cancelled_supplement_gives_its_objects_back),
      TEST(a_supplement_keeps_the_patient_of_the_first_disc),
      TEST(what_comes_while_discs_are_prepared_is_ordered_when_they_are),
      TEST(a_rule_may_order_supplements_by_itself))
