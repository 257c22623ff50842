#include "daemon/jobs/health.h"

#include <string.h>

#include "base/text.h"
#include "robot/faults.h"
#include "robot/publisher.h"

#define SERIAL_MAX (DW_ROBOT_NAME_MAX + DW_DRIVE_SERIAL_MAX)

/* Until a drive has told its serial its place stands for it. */
static dw_status key_of_place(const char *robot, int64_t place, char out[SERIAL_MAX],
                              struct dw_error *err)
{
    return dw_text_format(out, SERIAL_MAX, "%s drive %lld", robot, (long long)place)
               ? DW_OK
               : dw_error_set(err, DW_ERR_LIMIT, "the name of a drive is too long");
}

/* What was counted for its place is a drive's own once it is known; and so is what was counted under a shorter name of it,
 * as the drive itself says it, or before another with its serial came; or with the place, when that one has gone. */
static dw_status adopt(const struct dw_core *core, const char *robot, int64_t place, const char *serial,
                       struct dw_error *err)
{
    char by_place[SERIAL_MAX];
    dw_status st = key_of_place(robot, place, by_place, err);
    if (st != DW_OK)
        return st;
    return dw_sql_exec(core->sql, err,
                       "UPDATE drive SET serial = ?1 WHERE serial = (SELECT serial FROM drive WHERE robot = ?2"
                       " AND place = ?3 AND (serial = ?4 OR instr(?1, serial) > 0 OR instr(serial, ?1 || ' at ') = 1) ORDER BY last_at DESC LIMIT 1)"
                       " AND NOT EXISTS (SELECT 1 FROM drive WHERE serial = ?1)",
                       "ttit", serial, robot, place, by_place);
}

/* The row of a drive, made when it is new. */
static dw_status find_drive(const struct dw_core *core, const char *robot, int64_t place,
                            const char *told, char out[SERIAL_MAX], struct dw_error *err)
{
    char by_place[SERIAL_MAX];
    int64_t now = dw_core_now_s(core);
    dw_status st = key_of_place(robot, place, by_place, err);
    if (st == DW_OK && !dw_text_copy(out, SERIAL_MAX, *told ? told : by_place))
        st = dw_error_set(err, DW_ERR_LIMIT, "the serial of a drive is too long");
    if (st == DW_OK && *told)
        st = adopt(core, robot, place, out, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "INSERT INTO drive(serial, robot, place, first_at, last_at)"
                         " VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET robot = excluded.robot,"
                         " place = excluded.place, last_at = excluded.last_at",
                         "ttiii", out, robot, place, now, now);
    return st;
}

/* Of good and bad discs alike. An event that is none of a disc that was read tells zeros. */
static dw_status count_reading(const struct dw_core *core, const char *serial, const json_t *event,
                               struct dw_error *err)
{
    struct dw_reading reading = dw_reading_read(json_object_get(event, "reading"));
    return dw_sql_exec(core->sql, err,
                       "UPDATE drive SET read_bytes = read_bytes + ?, read_ms = read_ms + ?,"
                       " read_retries = read_retries + ?, read_slow = read_slow + ? WHERE serial = ?",
                       "iiiit", reading.bytes, reading.ms, reading.retries, reading.slow, serial);
}

static dw_status count_drive(const struct dw_core *core, const char *robot, const json_t *event,
                             const struct dw_fault *row, struct dw_error *err)
{
    char serial[SERIAL_MAX];
    int64_t place = dw_json_int(event, "drive", 0);
    if (place < 1 || (row && !row->against_drive))
        return DW_OK;
    dw_status st = find_drive(core, robot, place, dw_json_text(event, "serial"), serial, err);
    if (st == DW_OK && !row)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE drive SET good = good + 1, bad_in_a_row = 0 WHERE serial = ?", "t",
                         serial);
    else if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE drive SET bad = bad + 1, bad_in_a_row = bad_in_a_row + 1,"
                         " out = iif(?, ?, out) WHERE serial = ?",
                         "itt", (int64_t)(row->action == DW_FAULT_RETIRE_DRIVE), row->id, serial);
    return st == DW_OK ? count_reading(core, serial, event, err) : st;
}

static dw_status count_lot(const struct dw_core *core, const json_t *event,
                           const struct dw_fault *row, struct dw_error *err)
{
    const char *lot = dw_json_text(event, "lot");
    int64_t now = dw_core_now_s(core), bad = row != NULL;
    if (!*lot || strlen(lot) >= DW_DISC_LOT_MAX ||
        (row && !row->against_drive && !row->against_blank))
        return DW_OK;
    return dw_sql_exec(
        core->sql, err,
        "INSERT INTO lot(code, media, good, bad, first_at, last_at) VALUES(?, coalesce("
        "(SELECT v.media FROM disc d JOIN volume v ON v.id = d.volume WHERE d.id = ?),"
        " ''), ?, ?, ?, ?) ON CONFLICT DO UPDATE SET good = good + excluded.good,"
        " bad = bad + excluded.bad, last_at = excluded.last_at",
        "tiiiii", lot, dw_json_int(event, "disc", 0), !bad, bad, now, now);
}

static dw_status count_robot(const struct dw_core *core, const char *robot, bool rejected,
                             struct dw_error *err)
{
    return dw_sql_exec(
        core->sql, err,
        "INSERT INTO robot(name, rejected_in_a_row) VALUES(?1, ?2) ON CONFLICT DO UPDATE"
        " SET rejected_in_a_row = iif(?2, rejected_in_a_row + 1, 0)",
        "ti", robot, (int64_t)rejected);
}

dw_status dw_health_count(const struct dw_core *core, const char *robot, const json_t *event,
                          enum dw_disc_event on, struct dw_error *err)
{
    const struct dw_fault *row = dw_fault_find(dw_json_text(event, "fault"));
    bool good = on == DW_DISC_EV_VERIFIED, bad = on == DW_DISC_EV_BAD_DISC && row;
    dw_status st = DW_OK;
    if (good || bad)
        st = count_drive(core, robot, event, bad ? row : NULL, err);
    if (st == DW_OK && (good || bad))
        st = count_lot(core, event, bad ? row : NULL, err);
    if (st == DW_OK && (bad || on == DW_DISC_EV_DELIVERED))
        st = count_robot(core, robot, bad, err);
    return st;
}

/* "drive_failing:2": the drive it took out of service, or 0. */
static int64_t drive_of_key(const char *key)
{
    char id[40];
    int64_t place = 0;
    const char *colon = strchr(key, ':');
    if (!colon || !dw_text_format(id, sizeof id, "%.*s", (int)(colon - key), key))
        return 0;
    const struct dw_fault *row = dw_fault_find(id);
    bool retired =
        row && (row->action == DW_FAULT_RETIRE_DRIVE || strcmp(id, "drive_failing") == 0);
    return retired && dw_text_int(colon + 1, 1, DW_ROBOT_DRIVES_MAX, &place) ? place : 0;
}

dw_status dw_health_cleared(const struct dw_core *core, const char *robot, const char *key,
                            struct dw_error *err)
{
    int64_t place = drive_of_key(key);
    if (place)
        return dw_sql_exec(
            core->sql, err,
            "UPDATE drive SET bad_in_a_row = 0, out = '' WHERE robot = ? AND place = ?", "ti",
            robot, place);
    return strcmp(key, "rejected_in_a_row") == 0 ? count_robot(core, robot, false, err) : DW_OK;
}

/* A drive whose serial is known brings its own past along, wherever it was before, and none if it is new. */
static dw_status add_drive(const struct dw_core *core, const char *robot, int64_t place,
                           const char *serial, json_t *list, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = *serial ? adopt(core, robot, place, serial, err) : DW_OK;
    if (st == DW_OK)
        st = dw_sql_query(core->sql, &rows, err,
                     "SELECT bad_in_a_row, out FROM drive WHERE iif(?1 = '', robot = ?2 AND"
                     " place = ?3, serial = ?1) ORDER BY last_at DESC LIMIT 1",
                     "tti", serial, robot, place);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows))
        json_array_append_new(list, json_pack("{s:I, s:I, s:s}", "n", (json_int_t)place,
                                              "bad_in_a_row", (json_int_t)dw_rows_int(&rows, 0),
                                              "out", dw_rows_text(&rows, 1)));
    else if (*serial)
        json_array_append_new(list, json_pack("{s:I, s:i, s:s}", "n", (json_int_t)place, "bad_in_a_row", 0,
                                              "out", ""));
    return dw_rows_done(&rows, err);
}

dw_status dw_health_message(const struct dw_core *core, const char *robot, const json_t *hello,
                            json_t **out, struct dw_error *err)
{
    const json_t *serials = json_object_get(hello, "serials");
    int64_t drives = dw_json_int(hello, "drives", 0), rejected = 0;
    json_t *list = json_array();
    dw_status st = dw_sql_int(core->sql, 0, &rejected, err,
                              "SELECT rejected_in_a_row FROM robot WHERE name = ?", "t", robot);
    for (int64_t n = 1; st == DW_OK && n <= drives && n <= DW_ROBOT_DRIVES_MAX; n++) {
        const char *serial = json_string_value(json_array_get(serials, (size_t)n - 1));
        st = add_drive(core, robot, n, serial ? serial : "", list, err);
    }
    if (st != DW_OK) {
        json_decref(list);
        return st;
    }
    *out = json_pack("{s:s, s:o, s:I}", "type", "health", "drives", list, "rejected_in_a_row",
                     (json_int_t)rejected);
    return DW_OK;
}
