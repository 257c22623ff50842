/* What is kept of drives, lots of media and robots, and what a disc's failure means for its job. */
#include "core_fixture.h"
#include "daemon/jobs/disc.h"
#include "daemon/jobs/health.h"
#include "daemon/jobs/outcome.h"
#include "daemon/jobs/robot_store.h"
#include "daemon/queries.h"
#include "daemon/schema.h"
#include "robot/faults.h"

static dw_status settle(void *ctx, int64_t disc, enum dw_disc_state state, struct dw_error *err)
{
    bool reserved;
    return dw_outcome_apply(ctx, disc, state, &reserved, err);
}

static int64_t reserve(struct core_fixture *f, int64_t copy)
{
    struct dw_error err = {0};
    int64_t id = 0;
    CHECK_OK(dw_disc_reserve(&f->core, 1, 1, copy, "sim1", &id, &err), err);
    return id;
}

static void say(struct core_fixture *f, int64_t disc, const char *event, int drive,
                const char *fault, const char *serial)
{
    struct dw_error err = {0};
    enum dw_disc_state state;
    json_t *head = json_pack("{s:I, s:s, s:i, s:s, s:s, s:s, s:s}", "disc", (json_int_t)disc,
                             "event", event, "drive", drive, "fault", fault, "text", "why",
                             "serial", serial, "lot", "CMCMAG/AE1/1");
    CHECK_OK(dw_robot_store_event(&f->core, "sim1", head, settle, &f->core, &state, &err), err);
    json_decref(head);
}

static int64_t bad_disc(struct core_fixture *f, int drive, const char *fault, const char *serial)
{
    core_script(f, "UPDATE job SET state = 'active', copies = 100");
    static int64_t copy;
    int64_t id = reserve(f, ++copy);
    say(f, id, "load", drive, "", serial);
    say(f, id, "loaded", drive, "", serial);
    say(f, id, "bad_disc", drive, fault, serial);
    return id;
}

static int64_t good_disc(struct core_fixture *f, int drive, const char *serial)
{
    static int64_t copy = 1000;
    int64_t id = reserve(f, ++copy);
    say(f, id, "load", drive, "", serial);
    say(f, id, "loaded", drive, "", serial);
    say(f, id, "burned", drive, "", serial);
    say(f, id, "verified", drive, "", serial);
    return id;
}

static const char *drive_row(struct core_fixture *f, const char *serial)
{
    static char out[256];
    struct dw_rows rows;
    struct dw_error err = {0};
    out[0] = 0;
    CHECK_OK(
        dw_sql_query(f->core.sql, &rows, &err,
                     "SELECT robot || '/' || place || ' ' || good || ' good ' || bad || ' bad ' ||"
                     " bad_in_a_row || ' in a row ' || out FROM drive WHERE serial = ?",
                     "t", serial),
        err);
    while (dw_rows_next(&rows))
        snprintf(out, sizeof out, "%s", dw_rows_text(&rows, 0));
    CHECK_OK(dw_rows_done(&rows, &err), err);
    return out;
}

static void opened(struct core_fixture *f)
{
    core_open(f);
    core_script(f, CORE_JOB CORE_VOLUME);
}

static void good_and_bad_discs_of_a_drive_are_counted_under_its_serial(void)
{
    struct core_fixture f;
    opened(&f);
    bad_disc(&f, 1, "write_error", "S1");
    bad_disc(&f, 1, "read_differs", "S1");
    CHECK_STR(drive_row(&f, "S1"), "sim1/1 0 good 2 bad 2 in a row ");
    good_disc(&f, 1, "S1");
    CHECK_STR(drive_row(&f, "S1"), "sim1/1 1 good 2 bad 0 in a row ");
    bad_disc(&f, 1, "not_blank", "S1"); /* no fault of the drive */
    bad_disc(&f, 1, "label_spoiled", "S1");
    bad_disc(&f, 1, "", "S1"); /* cancelled */
    CHECK_STR(drive_row(&f, "S1"), "sim1/1 1 good 2 bad 0 in a row ");
    good_disc(&f, 2, "S1"); /* carried to another place */
    CHECK_STR(drive_row(&f, "S1"), "sim1/2 2 good 2 bad 0 in a row ");
    CHECK_STR(core_text(&f, "SELECT code || ' ' || media || ' ' || good || ' ' || bad FROM lot"),
              "CMCMAG/AE1/1 cd 2 3");
    core_close(&f);
}

static void what_was_counted_for_a_place_is_the_drives_own_once_its_serial_is_known(void)
{
    struct core_fixture f;
    opened(&f);
    bad_disc(&f, 1, "drive_link", "");
    CHECK_STR(drive_row(&f, "sim1 drive 1"), "sim1/1 0 good 1 bad 1 in a row drive_link");
    good_disc(&f, 1, "S1");
    CHECK_STR(drive_row(&f, "S1"), "sim1/1 1 good 1 bad 0 in a row drive_link");
    CHECK_STR(core_text(&f, "SELECT count(*) FROM drive"), "1");
    core_close(&f);
}

static char *message(struct core_fixture *f, const char *hello);

static void a_drive_that_gets_a_longer_name_keeps_its_past(void)
{
    struct core_fixture f;
    opened(&f);
    bad_disc(&f, 1, "drive_hardware", "K9GG6SM1234"); /* as the drive itself says it */
    bad_disc(&f, 2, "write_error", "");
    CHECK_HAS(message(&f, "{\"drives\": 2, \"serials\": [\"HL-DT-ST_BD-RE_K9GG6SM1234\", \"at usb-1\"]}"),
              "drive_hardware");
    CHECK_STR(drive_row(&f, "HL-DT-ST_BD-RE_K9GG6SM1234"), "sim1/1 0 good 1 bad 1 in a row drive_hardware");
    CHECK_STR(drive_row(&f, "at usb-1"), "sim1/2 0 good 1 bad 1 in a row ");
    /* Another of its serial has come: where it is plugged in belongs to its name now. */
    good_disc(&f, 1, "HL-DT-ST_BD-RE_K9GG6SM1234 at usb-2");
    CHECK_STR(drive_row(&f, "HL-DT-ST_BD-RE_K9GG6SM1234 at usb-2"), "sim1/1 1 good 1 bad 0 in a row drive_hardware");
    good_disc(&f, 2, "HL-DT-ST_BD-RE_K9GG6SM1234 at usb-3");
    CHECK_STR(drive_row(&f, "HL-DT-ST_BD-RE_K9GG6SM1234 at usb-3"), "sim1/2 1 good 0 bad 0 in a row ");
    good_disc(&f, 1, "HL-DT-ST_BD-RE_K9GG6SM1234"); /* it has gone again */
    CHECK_STR(drive_row(&f, "HL-DT-ST_BD-RE_K9GG6SM1234"), "sim1/1 2 good 1 bad 0 in a row drive_hardware");
    CHECK_STR(core_text(&f, "SELECT count(*) FROM drive"), "3");
    core_close(&f);
}

static char *message(struct core_fixture *f, const char *hello)
{
    static char text[512];
    struct dw_error err = {0};
    json_t *head = json_loads(hello, 0, NULL), *out = NULL;
    CHECK_OK(dw_health_message(&f->core, "sim1", head, &out, &err), err);
    char *dumped = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);
    snprintf(text, sizeof text, "%s", dumped);
    free(dumped);
    json_decref(out);
    json_decref(head);
    return text;
}

static void a_robot_that_starts_hears_what_rests_and_an_acknowledgement_forgives_it(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    opened(&f);
    bad_disc(&f, 1, "write_error", "S1");
    bad_disc(&f, 2, "drive_hardware", "S2");
    CHECK_STR(message(&f, "{\"drives\": 2, \"serials\": [\"S1\", \"S2\"]}"),
              "{\"drives\":[{\"bad_in_a_row\":1,\"n\":1,\"out\":\"\"},{\"bad_in_a_row\":1,\"n\":2,"
              "\"out\":\"drive_hardware\"}],\"rejected_in_a_row\":2,\"type\":\"health\"}");
    /* A new drive in the place of the broken one has no past; of one that does not tell, the place
     * is known. */
    CHECK_HAS(message(&f, "{\"drives\": 2, \"serials\": [\"S1\", \"S3\"]}"),
              "[{\"bad_in_a_row\":1,\"n\":1");
    CHECK(!strstr(message(&f, "{\"drives\": 2, \"serials\": [\"S1\", \"S3\"]}"), "drive_hardware"));
    CHECK_HAS(message(&f, "{\"drives\": 2}"), "drive_hardware");
    CHECK_OK(dw_robot_clear_fault(&f.core, "sim1", "drive_failing:7", &err), err);
    CHECK_OK(dw_robot_clear_fault(&f.core, "sim1", "no_disc:2", &err),
             err); /* disc 2, not drive 2 */
    CHECK_HAS(message(&f, "{\"drives\": 2}"), "drive_hardware");
    CHECK_OK(dw_robot_clear_fault(&f.core, "sim1", "drive_hardware:2", &err), err);
    CHECK_OK(dw_robot_clear_fault(&f.core, "sim1", "rejected_in_a_row", &err), err);
    CHECK_STR(message(&f, "{\"drives\": 2, \"serials\": [\"S1\", \"S2\"]}"),
              "{\"drives\":[{\"bad_in_a_row\":1,\"n\":1,\"out\":\"\"},{\"bad_in_a_row\":0,\"n\":2,"
              "\"out\":\"\"}],\"rejected_in_a_row\":0,\"type\":\"health\"}");
    core_close(&f);
}

static void a_delivered_disc_ends_the_row_of_rejected_ones(void)
{
    struct core_fixture f;
    opened(&f);
    for (int i = 0; i < 3; i++)
        bad_disc(&f, 1, "write_error", "S1");
    int64_t good = good_disc(&f, 2, "S2");
    CHECK_STR(core_text(&f, "SELECT rejected_in_a_row FROM robot"), "3");
    say(&f, good, "printed", 2, "", "S2");
    say(&f, good, "delivered", 2, "", "S2");
    CHECK_STR(core_text(&f, "SELECT rejected_in_a_row FROM robot"), "0");
    core_close(&f);
}

static void a_failure_that_another_disc_would_share_holds_the_job_with_its_sentence(void)
{
    static const char *const faults[] = {"source_failed", "not_conforming", "label_missing"};
    struct core_fixture f;
    opened(&f);
    for (size_t i = 0; i < DW_ARRAY_LEN(faults); i++) {
        int64_t id = bad_disc(&f, 1, faults[i], "S1");
        say(&f, id, "out", 1, faults[i], "S1");
        CHECK_STR(core_text(&f, "SELECT state FROM job"), "held");
        CHECK_STR(core_text(&f, "SELECT reason FROM job"), dw_fault_find(faults[i])->sentence);
    }
    CHECK_STR(core_text(&f, "SELECT count(*) FROM disc WHERE state = 'reserved'"), "0");
    core_script(&f, "UPDATE job SET state = 'active'");
    int64_t waiting = reserve(&f, 90);
    say(&f, waiting, "cancel", 0, "label_missing", "");
    CHECK_HAS(core_text(&f, "SELECT reason FROM job"), "label");
    core_script(&f, "UPDATE job SET state = 'active'");
    int64_t id = bad_disc(&f, 1, "write_error", "S1");
    say(&f, id, "out", 1, "write_error", "S1");
    CHECK_STR(core_text(&f, "SELECT state FROM job"), "active");
    CHECK_STR(core_text(&f, "SELECT count(*) FROM disc WHERE state = 'reserved'"), "1");
    core_close(&f);
}

static void a_fault_that_no_table_knows_makes_no_row_that_cannot_be_read(void)
{
    struct core_fixture f;
    opened(&f);
    int64_t id = bad_disc(&f, 1, "a_fault_that_nobody_has_ever_heard_of_before", "S1");
    CHECK_STR(core_text(&f, "SELECT fault FROM disc"), "");
    say(&f, id, "out", 1, "", "S1");
    CHECK_STR(core_text(&f, "SELECT state FROM disc ORDER BY id LIMIT 1"), "rejected");
    core_close(&f);
}

static void say_reading(struct core_fixture *f, int64_t disc, const char *event, const char *fault,
                        const char *reading)
{
    struct dw_error err = {0};
    enum dw_disc_state state;
    json_t *head = json_pack("{s:I, s:s, s:i, s:s, s:s, s:o}", "disc", (json_int_t)disc, "event",
                             event, "drive", 1, "fault", fault, "serial", "S1", "reading",
                             json_loads(reading, 0, NULL));
    CHECK_OK(dw_robot_store_event(&f->core, "sim1", head, settle, &f->core, &state, &err), err);
    json_decref(head);
}

static const char *judged_disc(struct core_fixture *f, const char *event, const char *fault, const char *reading)
{
    static int64_t copy = 5000;
    core_script(f, "UPDATE job SET state = 'active', copies = 100");
    int64_t id = reserve(f, ++copy);
    say(f, id, "load", 1, "", "S1");
    say(f, id, "loaded", 1, "", "S1");
    say(f, id, "burned", 1, "", "S1");
    say_reading(f, id, event, fault, reading);
    return core_text(f, "SELECT read_bytes || ' ' || read_ms || ' ' || read_retries || ' ' || read_slow FROM"
                        " drive WHERE serial = 'S1'");
}

static void what_reading_its_discs_back_has_cost_is_summed_for_a_drive(void)
{
    struct core_fixture f;
    opened(&f);
    CHECK_STR(judged_disc(&f, "verified", "",
                          "{\"read_bytes\": 1000, \"read_ms\": 20, \"retries\": 3, \"slow\": 1}"),
              "1000 20 3 1");
    CHECK_STR(judged_disc(&f, "bad_disc", "read_differs",
                          "{\"read_bytes\": 500, \"read_ms\": 30, \"retries\": 4, \"slow\": 2}"),
              "1500 50 7 3");
    CHECK_STR(judged_disc(&f, "bad_disc", "label_spoiled", /* it was counted when it was verified */
                          "{\"read_bytes\": 500, \"read_ms\": 30, \"retries\": 4, \"slow\": 2}"),
              "1500 50 7 3");
    CHECK_STR(judged_disc(&f, "verified", "", "{\"read_bytes\": 500, \"read_ms\": 30, \"retries\": -4}"),
              "1500 50 7 3");
    CHECK_STR(judged_disc(&f, "verified", "", "{\"read_bytes\": 9223372036854775807, \"read_ms\": 30}"),
              "1500 50 7 3");
    core_close(&f);
}

static void drives_and_lots_are_listed(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    dw_queries *queries = NULL;
    json_t *out = NULL;
    char db[160];
    opened(&f);
    good_disc(&f, 1, "S1");
    bad_disc(&f, 1, "drive_hot", "S1");
    core_script(&f, "UPDATE drive SET read_bytes = 4000, read_ms = 3, read_retries = 2, read_slow = 1");
    snprintf(db, sizeof db, "%s/discwright.db", f.state);
    CHECK_OK(dw_queries_open(db, &queries, &err), err);
    CHECK_OK(dw_query_drives(queries, &out, &err), err);
    const json_t *drive = json_array_get(json_object_get(out, "drives"), 0),
                 *lot = json_array_get(json_object_get(out, "lots"), 0);
    CHECK_STR(dw_json_text(drive, "serial"), "S1");
    CHECK_STR(dw_json_text(drive, "out"), "drive_hot");
    CHECK_INT(dw_json_int(drive, "discs", 0), 2);
    CHECK_INT(dw_json_int(drive, "read_bytes", 0), 4000);
    CHECK_INT(dw_json_int(drive, "read_ms", 0), 3);
    CHECK_INT(dw_json_int(drive, "read_retries", 0), 2);
    CHECK_INT(dw_json_int(drive, "read_slow", 0), 1);
    CHECK_INT(dw_json_int(lot, "good", 0), 1);
    CHECK_INT(dw_json_int(lot, "bad", 0), 1);
    json_decref(out);
    dw_queries_close(queries);
    core_close(&f);
}

static void discs_of_before_are_counted_for_the_places_they_were_made_in(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    char path[128];
    dw_sql *old = NULL;
    int64_t count = 0;
    core_open(&f);
    snprintf(path, sizeof path, "%s/old.db", f.state);
    CHECK_OK(dw_sql_open(path, false, &old, &err), err);
    for (int i = 0; i < 7; i++)
        CHECK_OK(dw_sql_script(old, dw_schema_migrations[i], &err), err);
    CHECK_OK(dw_sql_script(
                 old,
                 CORE_JOB CORE_VOLUME
                 "INSERT INTO disc(volume, job, copy, attempt, state, robot, drive, reserved_at,"
                 " changed_at) VALUES(1, 1, 1, 1, 'rejected', 'sim1', 2, 10, 20),"
                 " (1, 1, 1, 2, 'delivered', 'sim1', 2, 30, 40), (1, 1, 2, 1, 'burning', 'sim1',"
                 " 2, 50, 60), (1, 1, 3, 1, 'abandoned', 'sim1', 0, 50, 60);"
                 "PRAGMA user_version = 7",
                 &err),
             err);
    CHECK_OK(dw_store_migrate(old, &err), err);
    CHECK_OK(
        dw_sql_int(old, 0, &count, &err,
                   "SELECT count(*) FROM drive WHERE serial = 'sim1 drive 2' AND robot = 'sim1' AND"
                   " place = 2 AND good = 1 AND bad = 1 AND bad_in_a_row = 0 AND out = '' AND"
                   " first_at = 10 AND last_at = 40 AND read_bytes = 0 AND read_ms = 0 AND"
                   " read_retries = 0 AND read_slow = 0",
                   ""),
        err);
    CHECK_INT(count, 1);
    CHECK_OK(dw_sql_int(old, 0, &count, &err, "SELECT count(*) FROM drive", ""), err);
    CHECK_INT(count, 1);
    dw_sql_close(old);
    core_close(&f);
}

TESTS(TEST(good_and_bad_discs_of_a_drive_are_counted_under_its_serial),
      TEST(what_was_counted_for_a_place_is_the_drives_own_once_its_serial_is_known),
      TEST(a_drive_that_gets_a_longer_name_keeps_its_past),
      TEST(a_robot_that_starts_hears_what_rests_and_an_acknowledgement_forgives_it),
      TEST(a_delivered_disc_ends_the_row_of_rejected_ones),
      TEST(a_failure_that_another_disc_would_share_holds_the_job_with_its_sentence),
      TEST(a_fault_that_no_table_knows_makes_no_row_that_cannot_be_read),
      TEST(what_reading_its_discs_back_has_cost_is_summed_for_a_drive), TEST(drives_and_lots_are_listed),
      TEST(discs_of_before_are_counted_for_the_places_they_were_made_in))
