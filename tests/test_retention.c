#include "jobs_fixture.h"
#include "test.h"

#define DAY 86400
#define MB 1000000

static void days(struct fixture *f, int64_t count)
{
    advance_s(f, count * DAY);
    for (int i = 0; i < 6; i++)
        advance_s(f, 11);
}

static const char *states(struct fixture *f)
{
    return ask_text(f, "SELECT state FROM study ORDER BY id");
}

static const char *say(struct fixture *f, const char *order_type, int study)
{
    return order_status(f, json_pack("{s:s, s:i}", "type", order_type, "study", study));
}

static void nothing_is_deleted_unless_a_site_says_so(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_objects(&f, "1.2.3", 1, 2, NULL);
    days(&f, 4000);
    CHECK_STR(states(&f), "complete");
    fixture_done(&f);
}

static void an_old_study_is_hidden_first_and_purged_when_its_grace_is_over(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.keep_days = 10;
    f.config.retention.grace_hours = 48;
    receive_objects(&f, "1.2.3", 1, 2, NULL);
    days(&f, 9);
    CHECK_STR(states(&f), "complete");
    days(&f, 1);
    CHECK_STR(states(&f), "deleted");
    CHECK(spool_has(&f, 1) && spool_has(&f, 2));
    json_t *list = order(&f, json_pack("{s:s}", "type", "studies"));
    CHECK_INT(dw_json_int(list, "total", -1), 0);
    json_decref(list);
    CHECK_STR(say(&f, "burn", 1), "CONFLICT");
    days(&f, 2);
    CHECK_STR(states(&f), "purged");
    CHECK(!spool_has(&f, 1) && !spool_has(&f, 2));
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object WHERE detail <> '' OR record NOT NULL"), 0);
    CHECK_INT(ask_int(&f, "SELECT size_bytes + objects FROM study"), 0);
    CHECK_STR(ask_text(&f, "SELECT action || ':' || door || ':' || result FROM audit WHERE action <> 'burn'"
                          " ORDER BY id"),
              "delete:retention:OK purge:retention:OK");
    fixture_done(&f);
}

static void what_was_deleted_can_be_taken_back_and_is_young_again(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.keep_days = 10;
    f.config.retention.grace_hours = 48;
    receive_objects(&f, "1.2.3", 1, 2, NULL);
    days(&f, 11);
    CHECK_STR(states(&f), "deleted");
    CHECK_STR(say(&f, "undelete", 1), "OK");
    CHECK_STR(say(&f, "undelete", 1), "CONFLICT");
    days(&f, 5);
    CHECK_STR(states(&f), "complete");
    days(&f, 6);
    CHECK_STR(states(&f), "deleted");
    fixture_done(&f);
}

/* The sender was told that it is here. */
static void what_is_sent_once_more_is_taken_back_and_young_again(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.keep_days = 10;
    f.config.retention.grace_hours = 48;
    receive_objects(&f, "1.2.3", 1, 2, NULL);
    days(&f, 11);
    CHECK_STR(states(&f), "deleted");
    struct made_object known = {"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "object 1", NULL};
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 9, &known);
    CHECK_STR(states(&f), "complete");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object"), 2);
    days(&f, 9);
    CHECK_STR(states(&f), "complete");
    commit_ok(&f, association, 10, &known);
    dw_channel_free(association);
    days(&f, 9);
    CHECK_STR(states(&f), "complete");
    CHECK(spool_has(&f, 1) && spool_has(&f, 2));
    fixture_done(&f);
}

static void an_object_without_its_file_is_whole_when_it_comes_again(void)
{
    struct fixture f;
    char path[DW_PATH_MAX];
    fixture_init(&f);
    dw_channel *association = associate(&f);
    const struct made_object first = {"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "object 1", NULL};
    commit_ok(&f, association, 1, &first);
    snprintf(path, sizeof path, "%s/state/spool/0/1", f.folder);
    unlink(path);
    commit_ok(&f, association, 2, &first);
    CHECK(spool_has(&f, 1) && !spool_has(&f, 2));
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM object"), 1);
    dw_channel_free(association);
    fixture_done(&f);
}

static void pinned_held_and_ordered_studies_stay(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.keep_days = 1;
    f.config.retention.grace_hours = 0;
    receive_objects(&f, "1.2.1", 1, 1, NULL);
    receive_objects(&f, "1.2.2", 2, 1, NULL);
    receive_objects(&f, "1.2.3", 3, 1, NULL);
    CHECK_STR(say(&f, "pin", 1), "OK");
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 9,
              &(struct made_object){"P2", "1.2.2", "1.2.2.1", "1.2.2.1.9", "foreign", NULL});
    dw_channel_free(association);
    CHECK_STR(say(&f, "burn", 3), "OK");
    CHECK_STR(say(&f, "delete", 1), "CONFLICT");
    CHECK_STR(say(&f, "delete", 2), "CONFLICT");
    CHECK_STR(say(&f, "delete", 3), "CONFLICT");
    days(&f, 100);
    CHECK_STR(states(&f), "complete held complete");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    CHECK_STR(say(&f, "unpin", 1), "OK");
    days(&f, 2);
    CHECK_STR(states(&f), "purged held purged");
    CHECK(spool_has(&f, 2) && spool_has(&f, 9));
    fixture_done(&f);
}

static int64_t free_now;

static int64_t free_bytes(void *ctx, const char *path)
{
    return free_now;
}

static void a_disk_that_fills_takes_the_oldest_and_no_more_than_it_needs(void)
{
    struct fixture f;
    struct dw_disk disk = dw_disk_real;
    disk.free_bytes = free_bytes;
    fixture_init(&f);
    fixture_close(&f);
    free_now = (int64_t)1000 * MB;
    f.disk = &disk;
    f.config.retention.keep_min_free = (uint64_t)100 * MB;
    f.config.retention.grace_hours = 1;
    fixture_open(&f);
    receive_objects(&f, "1.2.1", 1, 1, NULL);
    receive_objects(&f, "1.2.2", 2, 1, NULL);
    receive_objects(&f, "1.2.3", 3, 1, NULL);
    free_now = (int64_t)100 * MB - 1;
    days(&f, 0);
    CHECK_STR(states(&f), "deleted complete complete");
    advance_s(&f, 3700);
    advance_s(&f, 11);
    free_now = (int64_t)100 * MB;
    days(&f, 0);
    CHECK_STR(states(&f), "purged complete complete");
    fixture_done(&f);
}

static void a_full_disk_ends_the_grace_of_what_is_too_old_anyway(void)
{
    struct fixture f;
    struct dw_disk disk = dw_disk_real;
    disk.free_bytes = free_bytes;
    fixture_init(&f);
    fixture_close(&f);
    free_now = (int64_t)1000 * MB;
    f.disk = &disk;
    f.config.retention.keep_days = 10;
    f.config.retention.keep_min_free = (uint64_t)100 * MB;
    f.config.retention.grace_hours = 1000;
    fixture_open(&f);
    receive_objects(&f, "1.2.1", 1, 1, NULL);
    days(&f, 9);
    receive_objects(&f, "1.2.2", 2, 1, NULL);
    CHECK_STR(say(&f, "delete", 2), "OK");
    days(&f, 2);
    CHECK_STR(states(&f), "deleted deleted");
    free_now = 1;
    days(&f, 0);
    CHECK_STR(states(&f), "purged deleted");
    fixture_done(&f);
}

static void a_purge_that_was_interrupted_is_finished_and_no_alarm(void)
{
    struct fixture f;
    char path[128];
    fixture_init(&f);
    f.config.retention.grace_hours = 0;
    receive_objects(&f, "1.2.3", 1, 3, NULL);
    fixture_close(&f);
    /* As it looks when the power goes after the first file and before its row. */
    fixture_edit(&f, "UPDATE study SET state = 'purging'");
    snprintf(path, sizeof path, "%s/state/spool/0/1", f.folder);
    CHECK(unlink(path) == 0);
    fixture_open(&f);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM fault WHERE cleared_at = 0"), 0);
    advance_s(&f, 1);
    advance_s(&f, 1);
    advance_s(&f, 1);
    CHECK_STR(states(&f), "purged");
    CHECK(!spool_has(&f, 2) && !spool_has(&f, 3));
    CHECK_STR(ask_text(&f, "SELECT state FROM object"), "purged purged purged");
    fixture_restart(&f);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM fault WHERE cleared_at = 0"), 0);
    fixture_done(&f);
}

static bool has_file(struct fixture *f, const char *name)
{
    char path[DW_PATH_MAX];
    snprintf(path, sizeof path, "%s/state/%s", f->folder, name);
    return access(path, F_OK) == 0;
}

static void what_was_made_of_a_study_goes_with_it(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_objects(&f, "1.2.3", 1, 1, NULL);
    fixture_close(&f);
    fixture_edit(&f, "INSERT INTO job(id, state, made_by, recipient, copies, media, profile, template, viewer,"
                     " robot, made_at, seed, patient_id, issuer, patient_name, birth_date) VALUES(1, 'done',"
                     " 'desk', '', 1, 'cd', 'STD-GEN-CD', 'standard', 1, 'sim1', 1, '00', 'P1', '', 'A^B', '');"
                     "INSERT INTO job_study(job, study) VALUES(1, 1);"
                     "INSERT INTO volume(id, job, n, of, state, dir, media, blocks, size_bytes, fileset_uid,"
                     " fileset_id, objects, planned_at) VALUES(1, 1, 1, 1, 'ready', 'volumes/1-1', 'cd', 10,"
                     " 20480, '2.25.1', 'DW', 1, 1);"
                     "INSERT INTO derived(number, kind, state) VALUES(1, 'preview-3.jpg', 'ready'),"
                     " (1, 'icon-64', 'ready'), (1, '1.2.840.10008.1.2.1', 'failed');");
    write_file(&f, "derived/previews", "1-3.jpg", "x");
    write_file(&f, "derived/icon-64", "1", "x");
    write_file(&f, "volumes/1-1", "tree", "x");
    write_file(&f, "jobs/1", "objects", "x");
    f.config.retention.grace_hours = 0;
    fixture_open(&f);
    CHECK_STR(say(&f, "delete", 1), "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "copy", "job", 1)), "CONFLICT");
    days(&f, 0);
    CHECK_STR(states(&f), "purged");
    CHECK(!has_file(&f, "derived/previews/1-3.jpg") && !has_file(&f, "derived/icon-64/1"));
    CHECK(!has_file(&f, "volumes/1-1") && !has_file(&f, "jobs/1"));
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM derived"), 0);
    receive_objects(&f, "1.2.3", 70, 1, NULL); /* sent once more: the old discs still cannot be copied */
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "copy", "job", 1)), "CONFLICT");
    fixture_done(&f);
}

static void what_comes_for_a_study_that_is_being_purged_is_kept_whole(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_objects(&f, "1.2.3", 1, 3, NULL);
    fixture_close(&f);
    fixture_edit(&f, "UPDATE study SET state = 'purging'");
    fixture_open(&f);
    dw_channel *association = associate(&f); /* the very object that is going: not one that is here already */
    commit_ok(&f, association, 70,
              &(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.1", "object 1", NULL});
    dw_channel_free(association);
    advance_s(&f, 1);
    CHECK_STR(states(&f), "receiving");
    CHECK(spool_has(&f, 70) && !spool_has(&f, 1) && !spool_has(&f, 2) && !spool_has(&f, 3));
    CHECK_INT(ask_int(&f, "SELECT objects FROM study"), 1);
    fixture_done(&f);
}

static void an_object_that_comes_brings_a_deleted_study_back(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_objects(&f, "1.2.3", 1, 2, NULL);
    CHECK_STR(say(&f, "delete", 1), "OK");
    CHECK_STR(states(&f), "deleted");
    CHECK_STR(say(&f, "pin", 1), "CONFLICT");
    dw_channel *association = associate(&f);
    commit_ok(&f, association, 9,
              &(struct made_object){"P1", "1.2.3", "1.2.3.1", "1.2.3.1.9", "new", NULL});
    dw_channel_free(association);
    CHECK_STR(states(&f), "receiving");
    CHECK_INT(ask_int(&f, "SELECT objects FROM study"), 3);
    fixture_done(&f);
}

static void a_clock_that_is_set_ahead_ends_no_grace_and_makes_nothing_old(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.keep_days = 10;
    f.config.retention.grace_hours = 48;
    receive_objects(&f, "1.2.1", 1, 1, NULL);
    receive_objects(&f, "1.2.2", 2, 1, NULL);
    CHECK_STR(say(&f, "delete", 1), "OK");
    f.hands.wall_us += (int64_t)3650 * DAY * 1000000;
    days(&f, 0);
    CHECK_STR(states(&f), "deleted complete");
    days(&f, 1);
    CHECK_STR(states(&f), "deleted complete");
    days(&f, 1);
    CHECK_STR(states(&f), "purged complete");
    days(&f, 9);
    CHECK_STR(states(&f), "purged deleted");
    fixture_done(&f);
}

static void what_passes_while_the_appliance_is_off_is_no_grace(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.grace_hours = 48;
    receive_objects(&f, "1.2.1", 1, 1, NULL);
    CHECK_STR(say(&f, "delete", 1), "OK");
    days(&f, 1);
    fixture_close(&f);
    dw_clock_advance(&f.hands, (int64_t)3650 * DAY * 1000000);
    fixture_open(&f);
    days(&f, 0);
    CHECK_STR(states(&f), "deleted");
    days(&f, 1);
    CHECK_STR(states(&f), "purged");
    fixture_done(&f);
}

/* Purged, with a disc, and a decision about it. */
static void purge_with_history(struct fixture *f)
{
    receive_objects(f, "1.2.3", 1, 2, NULL);
    burn(f, 1);
    CHECK_STR(order_status(f, json_pack("{s:s, s:i}", "type", "cancel", "job", 1)), "OK");
    CHECK_STR(say(f, "delete", 1), "OK");
    days(f, 2);
    CHECK_STR(states(f), "purged");
}

#define KNOWN                                                                                       \
    "SELECT (SELECT count(*) FROM study WHERE patient_name || patient_id || birth_date <> '')"       \
    " || ' ' || (SELECT count(*) FROM job WHERE patient_name || patient_id || birth_date <> '')"     \
    " || ' ' || (SELECT count(*) FROM object) || ' ' || (SELECT min(count(*), 1) FROM audit)"

static void a_purged_study_is_forgotten_when_its_history_is_over(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.grace_hours = 1;
    f.config.retention.history_days = 100;
    purge_with_history(&f);
    days(&f, 97);
    CHECK_STR(ask_text(&f, KNOWN), "1 1 2 1");
    days(&f, 3);
    CHECK_STR(ask_text(&f, KNOWN), "0 0 0 0");
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM study WHERE study_uid = '1.2.3' OR institution <> ''"), 0);
    json_t *list = order(&f, json_pack("{s:s}", "type", "studies"));
    CHECK_INT(dw_json_int(list, "total", -1), 0);
    json_decref(list);
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "copy", "job", 1)), "CONFLICT");
    receive_objects(&f, "1.2.3", 70, 1, NULL); /* a study like any other */
    CHECK_STR(states(&f), "purged complete");
    fixture_done(&f);
}

static void a_site_may_keep_the_history_for_ever(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.grace_hours = 1;
    f.config.retention.history_days = 0;
    purge_with_history(&f);
    days(&f, 40000);
    CHECK_STR(ask_text(&f, KNOWN), "1 1 2 1");
    fixture_done(&f);
}

static void refused_objects_of_no_study_go_when_they_are_old(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.retention.keep_days = 10;
    f.config.retention.grace_hours = 24;
    dw_channel *association = associate(&f);
    json_decref(commit(&f, association, 1,
                       &(struct made_object){"P1", "1.2.9", "1.2.9.1", "1.2.9.1.1", "broken", NULL},
                       "truncated"));
    dw_channel_free(association);
    days(&f, 10);
    CHECK(spool_has(&f, 1));
    days(&f, 2);
    CHECK(!spool_has(&f, 1));
    fixture_done(&f);
}

TESTS(TEST(nothing_is_deleted_unless_a_site_says_so),
      TEST(an_old_study_is_hidden_first_and_purged_when_its_grace_is_over),
      TEST(what_was_deleted_can_be_taken_back_and_is_young_again),
      TEST(what_is_sent_once_more_is_taken_back_and_young_again),
      TEST(an_object_without_its_file_is_whole_when_it_comes_again),
      TEST(pinned_held_and_ordered_studies_stay),
      TEST(a_disk_that_fills_takes_the_oldest_and_no_more_than_it_needs),
      TEST(a_full_disk_ends_the_grace_of_what_is_too_old_anyway),
      TEST(a_purge_that_was_interrupted_is_finished_and_no_alarm),
      TEST(what_was_made_of_a_study_goes_with_it),
      TEST(what_comes_for_a_study_that_is_being_purged_is_kept_whole),
      TEST(an_object_that_comes_brings_a_deleted_study_back),
      TEST(a_clock_that_is_set_ahead_ends_no_grace_and_makes_nothing_old),
      TEST(what_passes_while_the_appliance_is_off_is_no_grace),
      TEST(a_purged_study_is_forgotten_when_its_history_is_over),
      TEST(a_site_may_keep_the_history_for_ever),
      TEST(refused_objects_of_no_study_go_when_they_are_old))
