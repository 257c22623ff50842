#include "core_fixture.h"
#include "daemon/intake/completion.h"
#include "daemon/intake/study.h"

#define STUDY(id, last_at)                                                                         \
    "INSERT INTO study(id, study_uid, state, patient_id, issuer, patient_name, birth_date, sex,"   \
    " study_date, study_time, study_id, accession, description, institution, referring, first_at," \
    " last_at) VALUES(" #id ", '1." #id "', 'receiving', 'P', '', 'A^B', '', '', '', '', '', '',"  \
    " '', '', '', 1, " #last_at ");"

static int completed;
static size_t open_now; /* associations that have stored an object of any study */

static void on_complete(void *ctx, int64_t study)
{
    struct core_fixture *f = ctx;
    struct dw_error err = {0};
    completed++;
    CHECK_OK(dw_sql_exec(f->core.sql, &err, "UPDATE study SET action = 'none' WHERE id = ?", "i", study), err);
}

static size_t open_associations(void *ctx, int64_t study)
{
    return open_now;
}

static dw_completion *begin(struct core_fixture *f)
{
    static const struct dw_completion_events events = {on_complete, open_associations};
    struct dw_error err = {0};
    dw_completion *completion = NULL;
    completed = 0;
    open_now = 0;
    CHECK_OK(dw_completion_new(&f->core, &events, f, &completion, &err), err);
    dw_completion_look(completion);
    return completion;
}

static void pass_s(struct core_fixture *f, int64_t s)
{
    struct dw_error err = {0};
    dw_clock_advance(&f->hands, s * 1000000);
    for (int i = 0; i < 5; i++)
        CHECK_OK(dw_loop_step(f->core.loop, 0, &err), err);
}

static void arrive(struct core_fixture *f, int64_t study)
{
    struct dw_error err = {0};
    struct dw_object object;
    const struct dw_sender from = {.called = "BURN", .calling = "CT1"};
    dw_object_init(&object);
    snprintf(object.modality, sizeof object.modality, "CT");
    snprintf(object.series_uid, sizeof object.series_uid, "1.2.%lld", (long long)study);
    snprintf(object.station, sizeof object.station, "CTAWP1");
    snprintf(object.body_part, sizeof object.body_part, "CHEST");
    CHECK_OK(dw_study_add(&f->core, study, &object, &from, 100, &err), err);
}

static const char *states(struct core_fixture *f)
{
    return core_text(f, "SELECT state FROM study ORDER BY id");
}

static void a_study_is_complete_when_it_was_quiet_long_enough_and_not_before(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000) STUDY(2, 1700000050));
    dw_completion *completion = begin(&f);
    pass_s(&f, 59);
    CHECK_STR(states(&f), "receiving receiving");
    pass_s(&f, 2);
    CHECK_STR(states(&f), "complete receiving");
    pass_s(&f, 50);
    CHECK_STR(states(&f), "complete complete");
    CHECK_INT(completed, 2);
    dw_completion_free(completion);
    core_close(&f);
}

static void one_more_object_begins_the_quiet_time_anew(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    pass_s(&f, 50);
    arrive(&f, 1);
    pass_s(&f, 50);
    CHECK_INT(completed, 0);
    pass_s(&f, 12);
    CHECK_INT(completed, 1);
    arrive(&f, 1);
    CHECK_STR(states(&f), "receiving");
    CHECK_STR(core_text(&f, "SELECT modalities || ' ' || called || ' ' || calling FROM study"),
              "CT BURN CT1");
    CHECK_STR(core_text(&f, "SELECT station || ' ' || body_part FROM series"), "CTAWP1 CHEST");
    CHECK_STR(core_text(&f, "SELECT size_bytes FROM study"), "200");
    CHECK_STR(core_text(&f, "SELECT arrivals FROM study"), "2");
    dw_completion_free(completion);
    core_close(&f);
}

static void an_open_association_keeps_a_study_open(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    open_now = 1;
    pass_s(&f, 61);
    pass_s(&f, 600);
    CHECK_STR(states(&f), "receiving");
    open_now = 0;
    dw_completion_look(completion);
    pass_s(&f, 1);
    CHECK_STR(states(&f), "complete");
    CHECK_INT(completed, 1);
    dw_completion_free(completion);
    core_close(&f);
}

static void an_object_that_is_known_begins_the_quiet_time_anew_too(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    pass_s(&f, 50);
    CHECK_OK(dw_study_again(&f.core, 1, &err), err);
    pass_s(&f, 50);
    CHECK_INT(completed, 0);
    pass_s(&f, 12);
    CHECK_INT(completed, 1);
    dw_completion_free(completion);
    core_close(&f);
}

static void a_clock_that_is_set_back_keeps_no_study_waiting(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700003600));
    dw_completion *completion = begin(&f);
    pass_s(&f, 1);
    pass_s(&f, 59);
    CHECK_STR(states(&f), "receiving");
    pass_s(&f, 4);
    CHECK_STR(states(&f), "complete");
    dw_completion_free(completion);
    core_close(&f);
}

static void a_clock_that_is_set_ahead_ends_no_quiet_time(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    pass_s(&f, 30);
    f.hands.wall_us += 86400 * INT64_C(1000000);
    dw_completion_look(completion);
    pass_s(&f, 1);
    pass_s(&f, 28);
    CHECK_STR(states(&f), "receiving");
    pass_s(&f, 3);
    CHECK_STR(states(&f), "complete");
    dw_completion_free(completion);
    core_close(&f);
}

static void an_association_that_hangs_keeps_no_study_open_for_ever(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 60;
    f.config.intake.open_max_s = 600;
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    open_now = 1;
    pass_s(&f, 300);
    arrive(&f, 1);
    pass_s(&f, 61);
    pass_s(&f, 530);
    CHECK_STR(states(&f), "receiving");
    pass_s(&f, 11);
    CHECK_STR(states(&f), "complete");
    CHECK_INT(completed, 1);
    dw_completion_free(completion);
    core_close(&f);
}

static int failing; /* decisions that are not kept */

static void on_complete_later(void *ctx, int64_t study)
{
    if (failing-- <= 0)
        on_complete(ctx, study);
}

static void a_decision_that_failed_is_tried_again(void)
{
    static const struct dw_completion_events events = {on_complete_later, open_associations};
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    dw_completion_free(completion);
    failing = 2;
    CHECK_OK(dw_completion_new(&f.core, &events, &f, &completion, &err), err);
    dw_completion_look(completion);
    for (int i = 0; i < 6; i++)
        pass_s(&f, 61);
    CHECK_INT(completed, 1);
    CHECK_STR(core_text(&f, "SELECT action FROM study"), "none");
    dw_completion_free(completion);
    core_close(&f);
}

static void what_is_released_while_it_is_being_sent_waits_for_the_end(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000) "UPDATE study SET state = 'complete';");
    dw_completion *completion = begin(&f);
    open_now = 1;
    pass_s(&f, 61);
    CHECK_INT(completed, 0);
    open_now = 0;
    dw_completion_look(completion);
    pass_s(&f, 1);
    CHECK_INT(completed, 1);
    dw_completion_free(completion);
    core_close(&f);
}

static void each_rule_and_title_has_a_quiet_time_of_its_own(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 60;
    struct dw_config_rule *rule = test_config_add(&f.config, "rule slow MR");
    SET(rule->options.modality, "MR");
    rule->options.quiet_s = 300;
    struct dw_config_ae *ae = test_config_add(&f.config, "ae QUICK");
    ae->options.quiet_s = 5;
    core_script(&f, STUDY(1, 1700000000) STUDY(2, 1700000000) STUDY(3, 1700000000)
                "UPDATE study SET modalities = 'CT\\MR' WHERE id = 1;"
                "UPDATE study SET called = 'OTHER\\QUICK' WHERE id = 2;");
    dw_completion *completion = begin(&f);
    pass_s(&f, 5);
    CHECK_STR(states(&f), "receiving receiving receiving");
    pass_s(&f, 2);
    CHECK_STR(states(&f), "receiving complete receiving");
    pass_s(&f, 56);
    CHECK_STR(states(&f), "receiving complete complete");
    pass_s(&f, 236);
    CHECK_STR(states(&f), "receiving complete complete");
    pass_s(&f, 3);
    CHECK_STR(states(&f), "complete complete complete");
    dw_completion_free(completion);
    core_close(&f);
}

static void a_quiet_time_that_was_made_shorter_holds_at_once(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 600;
    core_script(&f, STUDY(1, 1700000000) "UPDATE study SET called = 'BURN';");
    dw_completion *completion = begin(&f);
    pass_s(&f, 1);
    struct dw_config_ae *ae = test_config_add(&f.config, "ae BURN");
    ae->options.quiet_s = 10;
    dw_completion_look(completion);
    pass_s(&f, 1);
    pass_s(&f, 10);
    CHECK_INT(completed, 1);
    dw_completion_free(completion);
    core_close(&f);
}

static void a_short_quiet_time_is_kept_although_a_long_one_is_waited_for(void)
{
    struct core_fixture f;
    core_open(&f);
    f.config.intake.quiet_s = 600;
    struct dw_config_rule *rule = test_config_add(&f.config, "rule quick");
    SET(rule->options.called, "BURN");
    rule->options.quiet_s = 10;
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    pass_s(&f, 100);
    core_script(&f, STUDY(2, 1700000100));
    arrive(&f, 2);
    dw_completion_poke(completion);
    pass_s(&f, 12);
    CHECK_STR(states(&f), "receiving complete");
    dw_completion_free(completion);
    core_close(&f);
}

static void what_was_not_decided_before_a_restart_is_decided_after_it(void)
{
    struct core_fixture f;
    core_open(&f);
    core_script(&f, STUDY(1, 1) STUDY(2, 1) "UPDATE study SET state = 'complete';"
                    "UPDATE study SET action = 'burn' WHERE id = 2;");
    dw_completion *completion = begin(&f);
    pass_s(&f, 1);
    CHECK_INT(completed, 1);
    CHECK_STR(core_text(&f, "SELECT action FROM study ORDER BY id"), "none burn");
    pass_s(&f, 600);
    CHECK_INT(completed, 1);
    dw_completion_free(completion);
    core_close(&f);
}

static void a_person_need_not_wait(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    open_now = 1; /* nor for an association that hangs */
    CHECK_OK(dw_completion_signal(completion, 1, DW_COMPLETION_PERSON, &err), err);
    CHECK_INT(completed, 1);
    CHECK_INT(dw_completion_signal(completion, 1, DW_COMPLETION_PERSON, &err), DW_ERR_CONFLICT);
    CHECK_INT(dw_completion_signal(completion, 9, DW_COMPLETION_PERSON, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(completed, 1);
    dw_completion_free(completion);
    core_close(&f);
}

static void how_long_is_left_can_be_asked(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    struct dw_completion_wait wait;
    const struct dw_decision decision = {.ae = {.quiet_s = 30}};
    core_open(&f);
    core_script(&f, STUDY(1, 1700000000));
    dw_completion *completion = begin(&f);
    open_now = 2;
    pass_s(&f, 10);
    CHECK_OK(dw_completion_wait(completion, 1, &decision, &wait, &err), err);
    CHECK_INT(wait.quiet_s, 30);
    CHECK_INT(wait.left_s, 21);
    CHECK_INT(wait.associations, 2);
    pass_s(&f, 100);
    CHECK_OK(dw_completion_wait(completion, 1, &decision, &wait, &err), err);
    CHECK_INT(wait.left_s, 0);
    dw_completion_free(completion);
    core_close(&f);
}

static void every_study_transition_is_one_that_the_design_lists(void)
{
    static const char *const listed[] = {
        "receiving quiet complete",     "receiving conflict held",   "complete object receiving",
        "complete conflict held",       "complete published published", "complete delete deleted",
        "published object receiving",   "published conflict held",   "published delete deleted",
        "purged object receiving",      "purged conflict held",      "held release complete",
        "deleted undelete complete",    "deleted undelete_published published",
        "deleted object receiving",     "deleted conflict held",     "deleted purge purging",
        "purging purged purged",
    };
    size_t found = 0;
    for (int from = 0; from < DW_STUDY_STATE_COUNT; from++) {
        for (int on = 0; on < DW_STUDY_EVENT_COUNT; on++) {
            enum dw_study_state to;
            char line[64];
            bool known = false;
            if (dw_study_next((enum dw_study_state)from, (enum dw_study_event)on, &to, NULL))
                continue;
            snprintf(line, sizeof line, "%s %s %s", dw_study_state_name((enum dw_study_state)from),
                     dw_study_event_name((enum dw_study_event)on), dw_study_state_name(to));
            for (size_t i = 0; i < DW_ARRAY_LEN(listed); i++)
                known |= strcmp(listed[i], line) == 0;
            CHECK(known);
            found++;
        }
    }
    CHECK_INT(found, DW_ARRAY_LEN(listed));
}

TESTS(TEST(a_study_is_complete_when_it_was_quiet_long_enough_and_not_before),
      TEST(one_more_object_begins_the_quiet_time_anew), TEST(an_object_that_is_known_begins_the_quiet_time_anew_too),
      TEST(a_clock_that_is_set_back_keeps_no_study_waiting), TEST(a_clock_that_is_set_ahead_ends_no_quiet_time),
      TEST(an_association_that_hangs_keeps_no_study_open_for_ever), TEST(a_decision_that_failed_is_tried_again),
      TEST(what_is_released_while_it_is_being_sent_waits_for_the_end),
      TEST(an_open_association_keeps_a_study_open),
      TEST(each_rule_and_title_has_a_quiet_time_of_its_own),
      TEST(a_quiet_time_that_was_made_shorter_holds_at_once),
      TEST(a_short_quiet_time_is_kept_although_a_long_one_is_waited_for),
      TEST(what_was_not_decided_before_a_restart_is_decided_after_it), TEST(a_person_need_not_wait),
      TEST(how_long_is_left_can_be_asked), TEST(every_study_transition_is_one_that_the_design_lists))
