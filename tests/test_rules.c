#include "core_fixture.h"
#include "daemon/intake/rules.h"
#include "daemon/intake/study.h"

#define STUDY(id, last_at)                                                                         \
    "INSERT INTO study(id, study_uid, state, patient_id, issuer, patient_name, birth_date, sex,"   \
    " study_date, study_time, study_id, accession, description, institution, referring, first_at," \
    " last_at) VALUES(" #id ", '1." #id "', 'receiving', 'P', '', 'A^B', '', '', '', '', '', '',"  \
    " '', '', '', 1, " #last_at ");"

static int completed;

static void on_complete(void *ctx, int64_t study)
{
    completed++;
}

static void pass_s(struct core_fixture *f, int64_t s)
{
    struct dw_error err = {0};
    dw_clock_advance(&f->hands, s * 1000000);
    for (int i = 0; i < 5; i++)
        CHECK_OK(dw_loop_step(f->core.loop, 0, &err), err);
}

static void a_study_is_complete_when_it_was_quiet_long_enough_and_not_before(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    dw_rules *rules = NULL;
    core_open(&f);
    completed = 0;
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000) STUDY(2, 1700000050));
    CHECK_OK(dw_rules_new(&f.core, on_complete, NULL, &rules, &err), err);
    dw_rules_poke(rules);
    pass_s(&f, 59);
    CHECK_STR(core_text(&f, "SELECT state FROM study"), "receiving receiving");
    pass_s(&f, 2);
    CHECK_STR(core_text(&f, "SELECT state FROM study ORDER BY id"), "complete receiving");
    pass_s(&f, 50);
    CHECK_STR(core_text(&f, "SELECT state FROM study ORDER BY id"), "complete complete");
    CHECK_INT(completed, 2);
    dw_rules_free(rules);
    core_close(&f);
}

static void one_more_object_begins_the_quiet_time_anew(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    struct dw_object object;
    dw_rules *rules = NULL;
    core_open(&f);
    completed = 0;
    f.config.intake.quiet_s = 60;
    core_script(&f, STUDY(1, 1700000000));
    CHECK_OK(dw_rules_new(&f.core, on_complete, NULL, &rules, &err), err);
    dw_rules_poke(rules);
    pass_s(&f, 50);
    dw_object_init(&object);
    snprintf(object.modality, sizeof object.modality, "CT");
    CHECK_OK(dw_study_add(&f.core, 1, &object, 100, &err), err);
    pass_s(&f, 50);
    CHECK_INT(completed, 0);
    pass_s(&f, 12);
    CHECK_INT(completed, 1);
    CHECK_OK(dw_study_add(&f.core, 1, &object, 100, &err), err);
    CHECK_STR(core_text(&f, "SELECT state FROM study"), "receiving");
    CHECK_STR(core_text(&f, "SELECT modalities FROM study"), "CT");
    CHECK_STR(core_text(&f, "SELECT size_bytes FROM study"), "200");
    dw_rules_free(rules);
    core_close(&f);
}

static void a_person_need_not_wait(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    dw_rules *rules = NULL;
    core_open(&f);
    completed = 0;
    core_script(&f, STUDY(1, 1700000000));
    CHECK_OK(dw_rules_new(&f.core, on_complete, NULL, &rules, &err), err);
    CHECK_OK(dw_rules_complete(rules, 1, &err), err);
    CHECK_INT(completed, 1);
    CHECK_INT(dw_rules_complete(rules, 1, &err), DW_ERR_CONFLICT);
    CHECK_INT(dw_rules_complete(rules, 9, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(completed, 1);
    dw_rules_free(rules);
    core_close(&f);
}

static void every_study_transition_is_one_that_the_design_lists(void)
{
    static const char *const listed[] = {
        "receiving quiet complete",     "receiving conflict held",   "complete object receiving",
        "complete conflict held",       "complete published published", "complete purge purged",
        "published object receiving",   "published conflict held",   "published purge purged",
        "purged object receiving",      "purged conflict held",      "held release complete",
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
      TEST(one_more_object_begins_the_quiet_time_anew), TEST(a_person_need_not_wait),
      TEST(every_study_transition_is_one_that_the_design_lists))
