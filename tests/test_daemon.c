#include "daemon_fixture.h"
#include "daemon/snapshot.h"

static const struct made_object first = {"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "one", NULL};
static const struct made_object second = {"P1", "1.2.3", "1.2.3.1", "1.2.3.1.2", "two", NULL};

static void an_object_is_answered_when_its_row_is_committed(void)
{
    struct fixture f;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    json_t *admitted = admit(&f, association);
    CHECK_STR(dw_json_text(admitted, "status"), "OK");
    int64_t number = dw_json_int(admitted, "first", 0);
    CHECK(dw_json_int(admitted, "count", 0) > 0);
    post_commit(&f, association, number, &first, NULL);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object"), 0);
    CHECK(channel_hear(association, "committed") == NULL);
    spin(&f);
    json_t *answer = channel_hear(association, "committed");
    CHECK(answer != NULL);
    CHECK_STR(dw_json_text(answer, "status"), "OK");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object WHERE state = 'received'"), 1);
    CHECK_INT(ask_int(&f, "SELECT objects FROM study"), 1);
    CHECK_STR(ask_text(&f, "SELECT calling || ' ' || called FROM object"), "CT1 DISCWRIGHT");
    json_decref(answer);
    json_decref(admitted);
    dw_channel_free(association);
    fixture_done(&f);
}

static void a_commit_that_fails_is_not_answered_with_success_and_leaves_no_file(void)
{
    struct fixture f;
    struct dw_error err = {0};
    dw_sql *saboteur = NULL;
    char db[DW_PATH_MAX];
    fixture_init(&f);
    snprintf(db, sizeof db, "%s/state/discwright.db", f.folder);
    CHECK_OK(dw_sql_open(db, false, &saboteur, &err), err);
    CHECK_OK(dw_sql_script(saboteur,
                           "CREATE TRIGGER no BEFORE INSERT ON object BEGIN"
                           " SELECT RAISE(ROLLBACK, 'the disk is on fire'); END;",
                           &err),
             err);
    dw_sql_close(saboteur);
    dw_channel *association = associate(&f);
    json_t *answer = commit(&f, association, 5, &first, NULL);
    CHECK(answer != NULL);
    CHECK(strcmp(dw_json_text(answer, "status"), "OK") != 0);
    CHECK(!spool_has(&f, 5));
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object"), 0);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM study"), 0);
    json_decref(answer);
    dw_channel_free(association);
    fixture_done(&f);
}

static void commits_of_two_associations_are_answered_each_in_its_order(void)
{
    struct fixture f;
    fixture_init(&f);
    dw_channel *a = associate(&f), *b = associate(&f);
    post_commit(&f, a, 1, &first, NULL);
    post_commit(&f, b, 2, &second, NULL);
    post_commit(&f, a, 3, &first, NULL);
    spin(&f);
    json_t *a1 = channel_hear(a, "committed"), *a2 = channel_hear(a, "committed"),
           *b1 = channel_hear(b, "committed");
    CHECK_INT(dw_json_int(a1, "number", 0), 1);
    CHECK_INT(dw_json_int(a2, "number", 0), 3);
    CHECK(json_is_true(json_object_get(a2, "duplicate")));
    CHECK_INT(dw_json_int(b1, "number", 0), 2);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object"), 2);
    json_decref(a1);
    json_decref(a2);
    json_decref(b1);
    dw_channel_free(a);
    dw_channel_free(b);
    fixture_done(&f);
}

static void the_same_bytes_twice_are_one_object_and_one_file(void)
{
    struct fixture f;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &first);
    json_t *answer = commit(&f, association, 2, &first, NULL);
    CHECK_STR(dw_json_text(answer, "status"), "OK");
    CHECK(json_is_true(json_object_get(answer, "duplicate")));
    CHECK(spool_has(&f, 1));
    CHECK(!spool_has(&f, 2));
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object"), 1);
    json_decref(answer);
    dw_channel_free(association);
    fixture_done(&f);
}

static void other_bytes_under_a_known_uid_are_kept_aside(void)
{
    struct fixture f;
    struct made_object other = first;
    other.bytes = "not one";
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &first);
    commit_ok(&f, association, 2, &other);
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"), "received quarantined");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "receiving");
    CHECK(spool_has(&f, 2));
    dw_channel_free(association);
    fixture_done(&f);
}

static void an_object_of_another_patient_holds_the_study(void)
{
    struct fixture f;
    struct made_object stranger = second;
    stranger.patient = "P2";
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &first);
    commit_ok(&f, association, 2, &stranger);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    CHECK_HAS(ask_text(&f, "SELECT reason FROM study"), "another patient");
    CHECK(strstr(ask_text(&f, "SELECT reason FROM study"), "P2") == NULL);
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"), "received quarantined");
    CHECK_STR(ask_text(&f, "SELECT patient_id FROM study"), "P1");
    advance_s(&f, 100);
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    dw_channel_free(association);
    fixture_done(&f);
}

static void a_broken_object_is_stored_and_named(void)
{
    struct fixture f;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &first);
    json_t *answer = commit(&f, association, 2, &second, "truncated");
    CHECK_STR(dw_json_text(answer, "status"), "OK");
    CHECK_STR(ask_text(&f, "SELECT reason FROM object WHERE state = 'quarantined'"), "truncated");
    CHECK_INT(ask_int(&f, "SELECT objects FROM study"), 1);
    json_decref(answer);
    dw_channel_free(association);
    fixture_done(&f);
}

static void below_the_reserve_nothing_is_stored_and_callers_may_still_ask(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.intake.reserve = UINT64_MAX / 2;
    dw_channel *association = associate(&f);
    json_t *admitted = admit(&f, association);
    CHECK_STR(dw_json_text(admitted, "status"), "OK");
    json_t *answer = commit(&f, association, 1, &first, NULL);
    CHECK_STR(dw_json_text(answer, "status"), "NO_SPACE");
    CHECK(!spool_has(&f, 1));
    json_decref(admitted);
    json_decref(answer);
    dw_channel_free(association);
    fixture_done(&f);
}

static void numbers_are_never_given_twice(void)
{
    struct fixture f;
    fixture_init(&f);
    int64_t last = 0;
    for (int i = 0; i < 3; i++) {
        dw_channel *association = associate(&f);
        json_t *admitted = admit(&f, association);
        int64_t given = dw_json_int(admitted, "first", 0);
        CHECK(given > last);
        last = given + dw_json_int(admitted, "count", 0) - 1;
        json_decref(admitted);
        dw_channel_free(association);
        fixture_restart(&f);
    }
    fixture_done(&f);
}

static void a_file_without_a_row_is_swept_at_start(void)
{
    struct fixture f;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    json_decref(admit(&f, association));
    commit_ok(&f, association, 1, &first);
    dw_channel_free(association);
    spool_file(&f, 7, "nobody was told of this");
    fixture_restart(&f);
    CHECK(spool_has(&f, 1));
    CHECK(!spool_has(&f, 7));
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM fault WHERE cleared_at = 0"), 0);
    fixture_done(&f);
}

static void a_spool_of_another_database_is_not_swept(void)
{
    struct fixture f;
    struct dw_error err = {0};
    dw_daemon *daemon = NULL;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    json_decref(admit(&f, association)); /* 1 to 64 */
    dw_channel_free(association);
    spool_file(&f, 7, "nobody was told of this");
    spool_file(&f, 65, "answered with Success before the database was lost");
    fixture_close(&f);
    struct dw_daemon_opts opts = {.config = &f.config,
                                  .spawner = &f.spawner,
                                  .clock = dw_clock_from_manual(&f.hands),
                                  .random = dw_random_system(),
                                  .log = {.fd = -1, .level = DW_LOG_ERROR, .program = "test"}};
    CHECK_INT(dw_daemon_new(&opts, &daemon, &err), DW_ERR_CONFLICT);
    CHECK_HAS(err.text, "restore that database");
    CHECK(spool_has(&f, 7) && spool_has(&f, 65));
    dw_config_done(&f.config);
    CHECK_OK(dw_file_remove_tree(f.folder, &err), err);
}

/* The first object knows neither issuer nor birth date: the second locks them, the third contradicts. */
static void what_the_first_object_left_open_is_locked_by_the_next(void)
{
    struct fixture f;
    struct dw_error err = {0};
    static const char *const births[] = {"", "19500101", "19700101"};
    fixture_init(&f);
    dw_channel *association = associate(&f);
    for (int i = 0; i < 3; i++) {
        struct made_object made = first;
        struct dw_object object;
        char uid[32], hex[2 * DW_SHA256_SIZE + 1];
        uint8_t sha256[DW_SHA256_SIZE];
        snprintf(uid, sizeof uid, "1.2.3.9.%d", i);
        made.instance = uid;
        describe(&made, &object);
        snprintf(object.birth_date, sizeof object.birth_date, "%s", births[i]);
        spool_file(&f, i + 1, uid);
        dw_sha256_of(uid, strlen(uid), sha256);
        dw_text_hex(sha256, sizeof sha256, hex);
        CHECK_OK(dw_channel_send(association,
                                 json_pack("{s:s, s:i, s:s, s:o, s:s}", "type", "commit", "number",
                                           i + 1, "sha256", hex, "object",
                                           dw_object_to_json(&object), "calling", "CT1"),
                                 "record", 6, NULL, 0, 1000, &err),
                 err);
        spin(&f);
    }
    CHECK_STR(ask_text(&f, "SELECT birth_date FROM study"), "19500101");
    CHECK_STR(ask_text(&f, "SELECT state FROM object ORDER BY number"),
              "received received quarantined");
    CHECK_STR(ask_text(&f, "SELECT state FROM study"), "held");
    dw_channel_free(association);
    fixture_done(&f);
}

static void a_row_without_a_file_is_an_alarm(void)
{
    struct fixture f;
    char path[DW_PATH_MAX];
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &first);
    dw_channel_free(association);
    snprintf(path, sizeof path, "%s/state/spool/0/1", f.folder);
    unlink(path);
    fixture_restart(&f);
    CHECK_HAS(ask_text(&f, "SELECT sentence FROM fault WHERE cleared_at = 0"), "1 received objects");
    spool_file(&f, 1, "one");
    fixture_restart(&f);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM fault WHERE cleared_at = 0"), 0);
    fixture_done(&f);
}

static void a_listener_that_dies_is_started_again_on_the_same_port(void)
{
    struct fixture f;
    fixture_init(&f);
    struct fake *listener = fake_find(&f, "discwright-receive", NULL);
    fake_say(&f, listener, json_pack("{s:s, s:[{s:s, s:i}]}", "type", "listening", "ports", "name", "dicom", "port", 4711));
    CHECK_INT(dw_daemon_dicom_port(f.daemon), 4711);
    fake_die(&f, listener);
    CHECK(fake_find(&f, "discwright-receive", NULL) == NULL);
    CHECK_INT(dw_daemon_dicom_port(f.daemon), 0);
    advance_s(&f, 1);
    listener = fake_find(&f, "discwright-receive", NULL);
    json_t *config = fake_hear(&f, listener, "config");
    CHECK_INT(dw_json_int(json_array_get(json_object_get(config, "ports"), 0), "port", 0), 4711);
    json_decref(config);
    fixture_done(&f);
}

static void say_port_is_taken(struct fixture *f)
{
    struct dw_error err = {0};
    struct fake *listener = fake_find(f, "discwright-receive", NULL);
    CHECK(listener != NULL);
    if (!listener)
        return;
    json_decref(fake_hear(f, listener, "config"));
    CHECK_OK(dw_channel_send(listener->channel,
                             json_pack("{s:s, s:s, s:s}", "type", "result", "status", "CONFLICT",
                                       "text", "port 104 is already in use"),
                             NULL, 0, NULL, 0, 1000, &err),
             err);
    dw_channel_free(listener->channel);
    listener->channel = NULL;
}

static void a_port_that_stays_taken_ends_the_daemon_with_its_sentence(void)
{
    struct fixture f;
    struct dw_error err = {0};
    dw_status st = DW_OK;
    fixture_init(&f);
    for (int i = 0; i < 4; i++) { /* it may be the listener of a daemon that was killed just now */
        say_port_is_taken(&f);
        spin(&f);
        dw_clock_advance(&f.hands, 300000);
        spin(&f);
    }
    say_port_is_taken(&f);
    for (int i = 0; i < 10 && st == DW_OK; i++)
        st = dw_daemon_step(f.daemon, 0, &err);
    CHECK_INT(st, DW_ERR_CONFLICT);
    CHECK_STR(err.text, "port 104 is already in use");
    fixture_done(&f);
}

static void a_second_daemon_on_the_same_state_folder_is_refused(void)
{
    struct fixture f;
    struct dw_error err = {0};
    dw_daemon *other = NULL;
    fixture_init(&f);
    struct dw_daemon_opts opts = {.config = &f.config,
                                  .spawner = &f.spawner,
                                  .clock = dw_clock_from_manual(&f.hands),
                                  .random = dw_random_system(),
                                  .log = {.fd = -1, .level = DW_LOG_ERROR, .program = "test"}};
    CHECK_INT(dw_daemon_new(&opts, &other, &err), DW_ERR_BUSY);
    CHECK_HAS(err.text, "another discwrightd");
    fixture_done(&f);
}

static void a_broken_message_ends_one_association_and_no_other(void)
{
    struct fixture f;
    fixture_init(&f);
    dw_channel *good = associate(&f), *bad = associate(&f);
    struct dw_error err = {0};
    CHECK_OK(dw_channel_send(bad, json_pack("{s:s}", "type", "nonsense"), NULL, 0, NULL, 0, 1000,
                             &err),
             err);
    spin(&f);
    commit_ok(&f, good, 1, &first);
    struct dw_message msg;
    CHECK_INT(dw_channel_receive(bad, 0, &msg, NULL), DW_ERR_GONE);
    dw_channel_free(good);
    dw_channel_free(bad);
    fixture_done(&f);
}

static int64_t told(struct fixture *f, const char *status)
{
    json_t *now = dw_snapshot_get(dw_daemon_snapshot(f->daemon));
    int64_t count = dw_json_int(json_object_get(now, "answers"), status, 0);
    json_decref(now);
    return count;
}

static void what_peers_were_told_is_counted_by_status(void)
{
    static const struct made_object other = {"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "other", NULL};
    struct fixture f;
    struct dw_error err = {0};
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &first);
    commit_ok(&f, association, 2, &second);
    json_t *answer = commit(&f, association, 3, &other, NULL); /* contradicts the first */
    CHECK(json_is_true(json_object_get(answer, "quarantined")));
    json_decref(answer);
    CHECK_OK(dw_channel_send(association,
                             json_pack("{s:s, s:i}", "type", "answered", "status", 0xB000), NULL, 0,
                             NULL, 0, 1000, &err),
             err);
    CHECK_OK(dw_channel_send(association,
                             json_pack("{s:s, s:i}", "type", "answered", "status", 0x1234), NULL, 0,
                             NULL, 0, 1000, &err),
             err);
    advance_s(&f, 1);
    CHECK_INT(told(&f, "0000"), 2);
    CHECK_INT(told(&f, "B000"), 1);
    CHECK_INT(told(&f, "1234"), 0);
    dw_channel_free(association);
    fixture_done(&f);
}

static json_t *ask_same(struct fixture *f, dw_channel *association, int64_t number, int64_t as)
{
    struct dw_error err = {0};
    CHECK_OK(dw_channel_send(association,
                             json_pack("{s:s, s:I, s:I}", "type", "same", "number",
                                       (json_int_t)number, "as", (json_int_t)as),
                             NULL, 0, NULL, 0, 1000, &err),
             err);
    spin(f);
    return channel_hear(association, "dropped");
}

static void what_says_the_same_in_another_transfer_syntax_is_not_kept(void)
{
    static const struct made_object recoded = {"P1",        "1.2.3", "1.2.3.1",
                                               "1.2.3.1.1", "other", "1.2.840.10008.1.2"};
    struct fixture f;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &first);
    json_t *answer = commit(&f, association, 2, &recoded, NULL);
    CHECK(json_is_true(json_object_get(answer, "quarantined")));
    CHECK_INT(dw_json_int(answer, "twin", 0), 1);
    json_decref(answer);
    answer = ask_same(&f, association, 2, 1);
    CHECK_STR(dw_json_text(answer, "status"), "OK");
    CHECK_INT(dw_json_int(answer, "number", 0), 2);
    json_decref(answer);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object"), 1);
    CHECK(spool_has(&f, 1) && !spool_has(&f, 2));
    advance_s(&f, 1);
    CHECK_INT(told(&f, "0000"), 2);
    dw_channel_free(association);
    fixture_done(&f);
}

static void nothing_else_is_dropped(void)
{
    static const struct made_object other = {"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "other", NULL};
    struct fixture f;
    fixture_init(&f);
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 1, &first);
    commit_ok(&f, association, 2, &second);
    json_t *answer = commit(&f, association, 3, &other, NULL); /* in the same transfer syntax */
    CHECK(json_is_true(json_object_get(answer, "quarantined")));
    CHECK_INT(dw_json_int(answer, "twin", 0), 0);
    json_decref(answer);
    json_decref(commit(&f, association, 4, &second, "it is broken"));
    static const int64_t asked[][2] = {{2, 1}, {1, 1}, {3, 2}, {3, 9}, {4, 2}, {9, 1}};
    for (size_t i = 0; i < DW_ARRAY_LEN(asked); i++) {
        answer = ask_same(&f, association, asked[i][0], asked[i][1]);
        CHECK_STR(dw_json_text(answer, "status"), "CONFLICT");
        json_decref(answer);
    }
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object"), 4);
    for (int64_t number = 1; number <= 4; number++)
        CHECK(spool_has(&f, number));
    dw_channel_free(association);
    fixture_done(&f);
}

TESTS(TEST(an_object_is_answered_when_its_row_is_committed),
      TEST(a_commit_that_fails_is_not_answered_with_success_and_leaves_no_file),
      TEST(commits_of_two_associations_are_answered_each_in_its_order),
      TEST(the_same_bytes_twice_are_one_object_and_one_file),
      TEST(other_bytes_under_a_known_uid_are_kept_aside),
      TEST(an_object_of_another_patient_holds_the_study),
      TEST(a_broken_object_is_stored_and_named), 
      TEST(below_the_reserve_nothing_is_stored_and_callers_may_still_ask),
      TEST(numbers_are_never_given_twice), TEST(a_file_without_a_row_is_swept_at_start),
      TEST(a_spool_of_another_database_is_not_swept),
      TEST(what_the_first_object_left_open_is_locked_by_the_next),
      TEST(a_row_without_a_file_is_an_alarm),
      TEST(a_listener_that_dies_is_started_again_on_the_same_port),
      TEST(a_port_that_stays_taken_ends_the_daemon_with_its_sentence),
      TEST(a_second_daemon_on_the_same_state_folder_is_refused),
      TEST(a_broken_message_ends_one_association_and_no_other),
      TEST(what_peers_were_told_is_counted_by_status),
      TEST(what_says_the_same_in_another_transfer_syntax_is_not_kept),
      TEST(nothing_else_is_dropped))
