/* Which discs a robot is told of, in which order, and what a held study stops. */
#include "jobs_fixture.h"
#include "daemon/intake/rule.h"
#include "daemon/jobs/robot_orders.h"

/* How many orders have come since the last call, and the number of the last one. */
static int hear_discs(struct fixture *f, int64_t *out_last)
{
    int count = 0;
    for (json_t *disc; (disc = fake_hear(f, robot(f), "disc")); count++) {
        *out_last = dw_json_int(disc, "disc", 0);
        json_decref(disc);
    }
    return count;
}

static void of_more_discs_than_a_robot_keeps_in_mind_none_is_dropped(void)
{
    enum { VOLUMES = 13, COPIES = 45 };
    struct fixture f;
    int64_t last = 0;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, COPIES);
    prepare(&f, VOLUMES);
    CHECK_INT(ask_int(&f, "SELECT count(*) FROM disc"), VOLUMES * COPIES);
    CHECK_INT(hear_discs(&f, &last), DW_ORDERS_TOLD_USUALLY);
    CHECK_INT(last, DW_ORDERS_TOLD_USUALLY);
    for (int disc = 1; disc <= 3; disc++) {
        make_disc(&f, disc);
        CHECK_INT(hear_discs(&f, &last), 1);
        CHECK_INT(last, DW_ORDERS_TOLD_USUALLY + disc);
    }
    fixture_restart(&f);
    greet(&f);
    CHECK_INT(hear_discs(&f, &last), DW_ORDERS_TOLD_USUALLY);
    CHECK_INT(last, DW_ORDERS_TOLD_USUALLY + 3);
    fixture_done(&f);
}

/* Rows as the tables have them; what comes first by them is what the robot is told first. */
static void row(struct fixture *f, int id, const char *by, int priority, int64_t age_s, int copy)
{
    struct dw_error err = {0};
    dw_sql *sql = NULL;
    char path[DW_PATH_MAX];
    snprintf(path, sizeof path, "%s/state/discwright.db", f->folder);
    CHECK_OK(dw_sql_open(path, false, &sql, &err), err);
    CHECK_OK(dw_sql_exec(sql, &err, "CREATE TEMP TABLE t AS SELECT * FROM job WHERE id = 1", ""), err);
    CHECK_OK(dw_sql_exec(sql, &err,
                         "UPDATE t SET id = ?, made_by = ?, priority = ?, made_at = made_at - ?", "itii",
                         (int64_t)id, by, (int64_t)priority, age_s),
             err);
    CHECK_OK(dw_sql_exec(sql, &err, "INSERT INTO job SELECT * FROM t", ""), err);
    CHECK_OK(dw_sql_exec(sql, &err,
                         "INSERT INTO disc(id, volume, job, copy, attempt, state, robot, reserved_at, changed_at)"
                         " VALUES(?, 1, ?, ?, ?, 'reserved', 'sim1', 0, 0)",
                         "iiii", (int64_t)id, (int64_t)id, (int64_t)copy, (int64_t)id),
             err);
    dw_sql_close(sql);
}

static void a_waiting_patient_comes_before_what_was_routed_and_nobody_waits_for_ever(void)
{
    struct fixture f;
    static const int expected[] = {6, 4, 5, 1, 7, 3, 2};
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 1);
    prepare(&f, 1); /* job 1: ordered at the desk, normal */
    row(&f, 2, "rule", DW_PRIORITY_LOW, 0, 1);
    row(&f, 3, "rule", DW_PRIORITY_NORMAL, 0, 1);
    row(&f, 4, "desk", DW_PRIORITY_HIGH, 0, 1);
    row(&f, 5, "rule", DW_PRIORITY_LOW, 4 * 3600, 1); /* its time has come */
    row(&f, 6, "desk", DW_PRIORITY_STAT, 0, 1);
    row(&f, 7, "desk", DW_PRIORITY_NORMAL, 0, 4); /* a fourth copy lets others of its kind pass */
    fixture_restart(&f);
    greet(&f);
    int64_t band = 0, priority = INT64_MAX;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        json_t *disc = fake_hear(&f, robot(&f), "disc");
        CHECK_INT(dw_json_int(disc, "disc", 0), expected[i]);
        CHECK(dw_json_int(disc, "priority", 0) <= priority);
        priority = dw_json_int(disc, "priority", 0);
        band = expected[i] == 1 ? dw_json_int(disc, "band", 0) : band;
        json_decref(disc);
    }
    CHECK_INT(band, 2 * DW_PRIORITY_NORMAL + 1);
    fixture_done(&f);
}

static void hold_study(struct fixture *f)
{
    dw_channel *association = associate(f);
    commit_ok(f, association, 9,
              &(struct made_object){"P2", "1.2.3", "1.2.3.1", "1.2.3.1.9", "foreign", NULL});
    dw_channel_free(association);
    CHECK_STR(ask_text(f, "SELECT state FROM study"), "held");
}

static void a_held_study_stops_the_discs_that_do_not_burn_yet(void)
{
    struct fixture f;
    fixture_init(&f);
    greet(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 3);
    prepare(&f, 1);
    CHECK_STR(event(&f, 1, "load"), "OK loading");
    CHECK_STR(event(&f, 1, "loaded"), "OK burning");
    CHECK_STR(event(&f, 2, "load"), "OK loading");
    hold_study(&f);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_HAS(ask_text(&f, "SELECT reason FROM job"), "study 1 is held");
    for (int disc = 2; disc <= 3; disc++) {
        json_t *asked = fake_hear(&f, robot(&f), "cancel");
        CHECK_INT(dw_json_int(asked, "disc", 0), disc);
        json_decref(asked);
    }
    CHECK(fake_hear(&f, robot(&f), "cancel") == NULL);
    CHECK_STR(event(&f, 3, "cancel"), "OK abandoned");
    CHECK_STR(event(&f, 2, "loaded"), "OK burning");
    CHECK_STR(event(&f, 2, "cancel"), "OK rejecting");
    CHECK_STR(event(&f, 2, "out"), "OK rejected");
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "CONFLICT");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i, s:s}", "type", "release", "study", 1, "reason",
                                         "asked the ward")),
              "OK");
    CHECK_STR(order_status(&f, json_pack("{s:s, s:i}", "type", "retry", "job", 1)), "OK");
    CHECK_STR(ask_text(&f, "SELECT state FROM disc ORDER BY id"),
              "burning rejected abandoned reserved reserved");
    fixture_done(&f);
}

static void a_held_study_stops_its_discs_although_the_robot_is_not_there(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 3, NULL);
    burn(&f, 2);
    prepare(&f, 1);
    hold_study(&f);
    CHECK_STR(ask_text(&f, "SELECT state FROM job"), "held");
    CHECK_STR(ask_text(&f, "SELECT state FROM disc ORDER BY id"), "abandoned abandoned");
    greet(&f);
    CHECK(fake_hear(&f, robot(&f), "disc") == NULL);
    fixture_done(&f);
}

static void a_robot_whose_program_cannot_start_says_so_in_one_sentence(void)
{
    struct fixture f;
    fixture_init(&f);
    fake_say(&f, robot(&f), json_pack("{s:s, s:s, s:s}", "type", "result", "status", "GONE", "text",
                                      "no robot answers"));
    fake_die(&f, robot(&f));
    advance_s(&f, 1);
    json_t *doc = dw_snapshot_get(dw_daemon_snapshot(f.daemon));
    json_t *faults = json_object_get(json_array_get(json_object_get(doc, "robots"), 0), "faults");
    CHECK_INT(json_array_size(faults), 1);
    CHECK_HAS(dw_json_text(json_array_get(faults, 0), "sentence"), "no robot answers");
    json_decref(doc);
    fixture_done(&f);
}

TESTS(TEST(of_more_discs_than_a_robot_keeps_in_mind_none_is_dropped),
      TEST(a_waiting_patient_comes_before_what_was_routed_and_nobody_waits_for_ever),
      TEST(a_held_study_stops_the_discs_that_do_not_burn_yet),
      TEST(a_held_study_stops_its_discs_although_the_robot_is_not_there),
      TEST(a_robot_whose_program_cannot_start_says_so_in_one_sentence))
