/* A job is of one patient: studies that are not known to be of the same one do not share it. */
#include "jobs_fixture.h"

static void three_studies_must_all_be_of_one_patient(void)
{
    struct fixture f;
    struct dw_error err = {0};
    static const char *const births[] = {"", "19500101", "19700101"};
    fixture_init(&f);
    dw_channel *association = associate(&f);
    for (int i = 0; i < 3; i++) {
        char uid[32], hex[65];
        struct dw_object object;
        snprintf(uid, sizeof uid, "1.2.%d", i);
        snprintf(hex, sizeof hex, "%064d", i);
        describe(&(struct made_object){"P1", uid, uid, uid, uid, NULL}, &object);
        snprintf(object.birth_date, sizeof object.birth_date, "%s", births[i]);
        spool_file(&f, i + 1, uid);
        CHECK_OK(dw_channel_send(association,
                                 json_pack("{s:s, s:i, s:s, s:o, s:s}", "type", "commit", "number",
                                           i + 1, "sha256", hex, "object",
                                           dw_object_to_json(&object), "calling", "CT1"),
                                 "record", 6, NULL, 0, 1000, &err),
                 err);
        spin(&f);
    }
    dw_channel_free(association);
    advance_s(&f, f.config.intake.quiet_s + 2);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:[i, i, i]}", "type", "burn", "studies", 1, 2, 3)),
              "CONFLICT");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:[i, i]}", "type", "burn", "studies", 1, 2)), "OK");
    CHECK_STR(ask_text(&f, "SELECT birth_date FROM job"), "19500101");
    fixture_done(&f);
}

static void studies_without_a_patient_id_do_not_share_a_job(void)
{
    struct fixture f;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &(struct made_object){"", "1.2.3", "1.2.3.1", "1.2.3.1.1", "a", NULL});
    commit_ok(&f, association, 2, &(struct made_object){"", "1.2.4", "1.2.4.1", "1.2.4.1.1", "b", NULL});
    dw_channel_free(association);
    advance_s(&f, f.config.intake.quiet_s + 2);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:[i, i]}", "type", "burn", "studies", 1, 2)), "CONFLICT");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "burn", "study", 2)), "OK");
    fixture_done(&f);
}

static void studies_of_two_patients_do_not_share_a_job(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 2, NULL);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 9,
              &(struct made_object){"P2", "1.2.4", "1.2.4.1", "1.2.4.1.1", "other", NULL});
    dw_channel_free(association);
    json_t *reply = order(&f, json_pack("{s:s, s:[i, i]}", "type", "burn", "studies", 1, 2));
    CHECK_STR(dw_json_text(reply, "status"), "CONFLICT"); /* images may still be missing */
    CHECK_HAS(dw_json_text(reply, "text"), "still being received");
    json_decref(reply);
    advance_s(&f, f.config.intake.quiet_s + 2);
    reply = order(&f, json_pack("{s:s, s:[i, i]}", "type", "burn", "studies", 1, 2));
    CHECK_STR(dw_json_text(reply, "status"), "CONFLICT");
    CHECK_HAS(dw_json_text(reply, "text"), "another patient");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM job"), 0);
    json_decref(reply);
    fixture_done(&f);
}

TESTS(TEST(three_studies_must_all_be_of_one_patient),
      TEST(studies_without_a_patient_id_do_not_share_a_job),
      TEST(studies_of_two_patients_do_not_share_a_job))
