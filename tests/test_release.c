#include "jobs_fixture.h"
#include "test.h"

static const char *content; /* bytes of what is sent; NULL: its UID */
static const char *born; /* birth date of what is sent; NULL: it says none */

/* An object of the study of receive_study() whose header says what `change` makes of it. */
static void send_changed(struct fixture *f, int64_t number, const char *uid, const char *member,
                         const char *value)
{
    struct dw_error err = {0};
    struct dw_object object;
    uint8_t sha256[DW_SHA256_SIZE];
    char hex[2 * DW_SHA256_SIZE + 1];
    dw_channel *association = associate(f);
    describe(&(struct made_object){"P1", "1.2.3", "1.2.3.1", uid, uid, NULL}, &object);
    json_t *json = dw_object_to_json(&object);
    json_object_set_new(json, "sex", json_string("F"));
    if (born)
        json_object_set_new(json, "birth_date", json_string(born));
    if (member)
        json_object_set_new(json, member, json_string(value));
    const char *bytes = content ? content : uid;
    spool_file(f, number, bytes);
    dw_sha256_of(bytes, strlen(bytes), sha256);
    dw_text_hex(sha256, sizeof sha256, hex);
    CHECK_OK(dw_channel_send(association,
                             json_pack("{s:s, s:I, s:s, s:o, s:s, s:s}", "type", "commit", "number",
                                       (json_int_t)number, "sha256", hex, "object", json, "calling",
                                       "CT7", "called", "DISCWRIGHT"),
                             "record", 6, NULL, 0, 1000, &err),
             err);
    spin(f);
    dw_channel_free(association);
}

/* Object 1 is of the patient, 2 has another ID and birth date, 3 and 4 another sex. */
static void held_study(struct fixture *f)
{
    fixture_init(f);
    send_changed(f, 1, "1.2.3.1.1", "birth_date", "19700101");
    send_changed(f, 2, "1.2.3.1.2", "patient_id", "P2");
    send_changed(f, 3, "1.2.3.1.3", "sex", "M");
    send_changed(f, 4, "1.2.3.1.4", "sex", "M");
    CHECK_STR(ask_text(f, "SELECT state FROM study"), "held");
}

static json_t *release_with(const char *user, const char *reason, const char *answer)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s}", "type", "release", "study", 1, "user", user,
                     "reason", reason, "answer", answer);
}

static void the_values_that_differ_are_kept_side_by_side(void)
{
    struct fixture f;
    held_study(&f);
    json_t *reply = order(&f, json_pack("{s:s, s:i}", "type", "study", "id", 1));
    const json_t *study = json_object_get(reply, "study");
    const json_t *list = json_object_get(study, "conflicts"), *id = json_array_get(list, 0),
                 *sex = json_array_get(list, 1);
    CHECK_INT(json_array_size(list), 2);
    CHECK_STR(dw_json_text(id, "title"), "Patient ID");
    CHECK_STR(dw_json_text(id, "locked"), "P1");
    CHECK_STR(dw_json_text(id, "other"), "P2");
    CHECK_STR(dw_json_text(id, "calling"), "CT7");
    CHECK_INT(dw_json_int(id, "first_object", 0), 2);
    CHECK_STR(dw_json_text(sex, "field"), "sex");
    CHECK_STR(dw_json_text(sex, "locked"), "F");
    CHECK_STR(dw_json_text(sex, "other"), "M");
    CHECK_INT(dw_json_int(sex, "objects", 0), 2);
    CHECK_INT(dw_json_int(study, "acceptable_total", 0), 2);
    json_decref(reply);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE text LIKE '%P2%'"), 0);
    fixture_done(&f);
}

static void a_release_needs_a_user_and_a_reason(void)
{
    struct fixture f;
    held_study(&f);
    CHECK_STR(order_status(&f, release_with("Ada", "", "leave-out")), "INVALID");
    CHECK_STR(order_status(&f, release_with("Ada", "  ", "leave-out")), "INVALID");
    CHECK_STR(order_status(&f, release_with(" ", "asked", "leave-out")), "INVALID");
    CHECK_STR(order_status(&f, release_with("Ada", "asked", "perhaps")), "INVALID");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    CHECK_STR(order_status(&f, release_with("Ada", "asked", "leave-out")), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete");
    CHECK_STR(order_status(&f, release_with("Ada", "again", "leave-out")), "CONFLICT");
    fixture_done(&f);
}

static void what_is_left_out_stays_quarantined(void)
{
    struct fixture f;
    held_study(&f);
    CHECK_STR(order_status(&f, release_with("Ada", "asked", "leave-out")), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"),
              "received quarantined quarantined quarantined");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM conflict WHERE answer = 'left out'"), 3);
    CHECK_INT(ask_int(&f, "SELECT objects FROM study"), 1);
    fixture_done(&f);
}

static void the_same_object_once_more_does_not_ask_again(void)
{
    struct fixture f;
    held_study(&f);
    CHECK_STR(order_status(&f, release_with("Ada", "asked", "leave-out")), "OK");
    send_changed(&f, 5, "1.2.3.1.2", "patient_id", "P2");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "complete");
    CHECK(!spool_has(&f, 5));
    send_changed(&f, 6, "1.2.3.1.6", "patient_id", "P2");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    fixture_done(&f);
}

static void a_known_instance_with_another_patient_in_it_holds_the_study(void)
{
    struct fixture f;
    fixture_init(&f);
    send_changed(&f, 1, "1.2.3.1.1", NULL, NULL);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 2,
              &(struct made_object){"P2", "1.2.3", "1.2.3.1", "1.2.3.1.1", "other bytes", NULL});
    commit_ok(&f, association, 3,
              &(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "yet others", NULL});
    dw_channel_free(association);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    CHECK_STR(ask_text(&f, "SELECT other FROM conflict WHERE field = 'patient_id'"), "P2");
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"),
              "received quarantined quarantined");
    fixture_done(&f);
}

static void only_what_the_last_gate_lets_through_can_be_accepted(void)
{
    struct fixture f;
    held_study(&f);
    json_t *named = release_with("Ada", "asked", "accept");
    json_object_set_new(named, "objects", json_pack("[i, i]", 3, 2));
    CHECK_STR(order_status(&f, named), "CONFLICT");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"),
              "received quarantined quarantined quarantined");
    named = release_with("Ada", "asked", "accept");
    json_object_set_new(named, "objects", json_pack("[i]", 9));
    CHECK_STR(order_status(&f, named), "CONFLICT");
    named = release_with("Ada", "asked", "accept");
    json_object_set_new(named, "objects", json_pack("[i]", 4));
    CHECK_STR(order_status(&f, named), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"),
              "received quarantined quarantined received");
    CHECK_STR(ask_text(&f, "SELECT answer FROM conflict ORDER BY number"),
              "left out left out accepted");
    CHECK_INT(ask_int(&f, "SELECT objects FROM study"), 2);
    CHECK_INT(ask_int(&f, "SELECT objects FROM series"), 2);
    fixture_done(&f);
}

/* The first object says no birth date; the second one has another sex, so it is put aside, and says one. */
static void study_with_an_open_lock(struct fixture *f)
{
    fixture_init(f);
    send_changed(f, 1, "1.2.3.1.1", "birth_date", "");
    born = "19700101";
    send_changed(f, 2, "1.2.3.1.2", "sex", "M");
    born = "19800101";
}

static void what_the_lock_has_learned_since_speaks_against_an_object_too(void)
{
    struct fixture f;
    study_with_an_open_lock(&f);
    send_changed(&f, 3, "1.2.3.1.3", NULL, NULL);
    born = NULL;
    CHECK_STR(ask_text(&f, "SELECT birth_date FROM study"), "19800101");
    CHECK_STR(order_status(&f, release_with("Ada", "asked", "accept")), "CONFLICT");
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"), "received quarantined received");
    fixture_done(&f);
}

static void what_an_accepted_object_knows_is_locked(void)
{
    struct fixture f;
    study_with_an_open_lock(&f);
    CHECK_STR(order_status(&f, release_with("Ada", "asked", "accept")), "OK");
    CHECK_STR(ask_text(&f, "SELECT birth_date FROM study"), "19700101");
    send_changed(&f, 3, "1.2.3.1.3", NULL, NULL);
    born = NULL;
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"), "received received quarantined");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    fixture_done(&f);
}

/* Object 5 is another version of object 1; the rest is accepted all the same. */
static void a_known_instance_keeps_no_other_object_from_being_accepted(void)
{
    struct fixture f;
    held_study(&f);
    content = "another version";
    send_changed(&f, 5, "1.2.3.1.1", "sex", "M");
    content = NULL;
    CHECK_INT(ask_int(&f, "SELECT count(DISTINCT number) FROM conflict"), 4);
    CHECK_STR(order_status(&f, release_with("Ada", "asked", "accept")), "OK");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object WHERE state = 'received'"), 3);
    fixture_done(&f);
}

static void without_names_every_object_that_may_be_is_accepted(void)
{
    struct fixture f;
    held_study(&f);
    CHECK_STR(order_status(&f, release_with("Ada", "asked", "accept")), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"),
              "received quarantined received received");
    json_t *reply = order(&f, json_pack("{s:s, s:i}", "type", "burn", "study", 1));
    CHECK_STR(dw_json_text(reply, "status"), "OK");
    json_decref(reply);
    CHECK_INT(ask_int(&f, "SELECT objects FROM job"), 3);
    fixture_done(&f);
}

static void decisions_are_kept_with_who_made_them(void)
{
    struct fixture f;
    held_study(&f);
    CHECK_STR(order_status(&f, release_with("Ada", "", "leave-out")), "INVALID");
    CHECK_STR(order_status(&f, release_with("Ada", "two cards at the desk", "leave-out")), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "burn", "study", 1)), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    json_t *reply = order(&f, json_pack("{s:s, s:i}", "type", "audit", "study", 1));
    const json_t *list = json_object_get(reply, "audit"), *cancel = json_array_get(list, 0),
                 *burn = json_array_get(list, 1), *release = json_array_get(list, 2);
    CHECK_INT(dw_json_int(reply, "total", 0), 4);
    CHECK_STR(dw_json_text(cancel, "action"), "cancel");
    CHECK_STR(dw_json_text(burn, "action"), "burn");
    CHECK_INT(dw_json_int(burn, "job", 0), 1);
    CHECK(*dw_json_text(burn, "user")); /* whom the kernel says it was */
    CHECK_STR(dw_json_text(release, "user"), "Ada");
    CHECK_STR(dw_json_text(release, "door"), "cli");
    CHECK_STR(dw_json_text(release, "reason"), "two cards at the desk");
    char detail[200]; /* she may say who she is, and the kernel has its say too */
    snprintf(detail, sizeof detail, "login=%s answer=leave-out", dw_json_text(burn, "user"));
    CHECK_STR(dw_json_text(release, "detail"), detail);
    CHECK_STR(dw_json_text(burn, "detail"), "");
    CHECK_STR(dw_json_text(release, "result"), "OK");
    CHECK_STR(dw_json_text(json_array_get(list, 3), "result"), "INVALID");
    json_decref(reply);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM event WHERE text LIKE '%desk%'"), 0);
    fixture_done(&f);
}

static void a_decision_that_cannot_be_kept_is_not_carried_out(void)
{
    struct fixture f;
    char reason[600];
    held_study(&f);
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    CHECK_STR(order_status(&f, release_with("Ada", reason, "leave-out")), "LIMIT");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM audit"), 0);
    fixture_done(&f);
}

TESTS(TEST(the_values_that_differ_are_kept_side_by_side), TEST(a_release_needs_a_user_and_a_reason),
      TEST(what_is_left_out_stays_quarantined), TEST(the_same_object_once_more_does_not_ask_again),
      TEST(a_known_instance_with_another_patient_in_it_holds_the_study),
      TEST(only_what_the_last_gate_lets_through_can_be_accepted),
      TEST(what_the_lock_has_learned_since_speaks_against_an_object_too),
      TEST(what_an_accepted_object_knows_is_locked),
      TEST(a_known_instance_keeps_no_other_object_from_being_accepted),
      TEST(without_names_every_object_that_may_be_is_accepted),
      TEST(decisions_are_kept_with_who_made_them),
      TEST(a_decision_that_cannot_be_kept_is_not_carried_out))
