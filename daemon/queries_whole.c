/* Robots and the appliance as a whole, as daemon/queries.h describes them. */
#include <string.h>

#include "burn/image/blank.h"
#include "daemon/query_rows.h"
#include "layout/fileset/profile.h"

static json_t *robot_entry(json_t *list, const char *name)
{
    json_t *entry;
    size_t i;
    json_array_foreach (list, i, entry)
        if (strcmp(json_string_value(json_object_get(entry, "name")), name) == 0)
            return entry;
    entry = json_pack("{s:s, s:[], s:i, s:i, s:i}", "name", name, "faults", "discs_delivered", 0,
                      "discs_rejected", 0, "discs_unknown", 0);
    json_array_append_new(list, entry);
    return entry;
}

static dw_status add_disc_counts(dw_queries *queries, json_t *list, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT robot, sum(state = 'delivered'), sum(state = 'rejected'),"
                                " sum(state = 'unknown') FROM disc GROUP BY robot",
                                "");
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows)) {
        json_t *entry = robot_entry(list, dw_rows_text(&rows, 0));
        dw_query_set_int(entry, "discs_delivered", dw_rows_int(&rows, 1));
        dw_query_set_int(entry, "discs_rejected", dw_rows_int(&rows, 2));
        dw_query_set_int(entry, "discs_unknown", dw_rows_int(&rows, 3));
    }
    return dw_rows_done(&rows, err);
}

static dw_status add_faults(dw_queries *queries, json_t *list, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT robot, key, sentence, who, action, disc, drive, raised_at,"
                                " acknowledged FROM fault WHERE cleared_at = 0 AND robot <> ''"
                                " ORDER BY id LIMIT ?",
                                "i", (int64_t)DW_LIST_ROWS_MAX);
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows)) {
        json_t *fault = json_object();
        dw_query_set_text(fault, "key", dw_rows_text(&rows, 1));
        dw_query_set_text(fault, "sentence", dw_rows_text(&rows, 2));
        dw_query_set_text(fault, "who", dw_rows_text(&rows, 3));
        dw_query_set_text(fault, "action", dw_rows_text(&rows, 4));
        dw_query_set_int(fault, "disc", dw_rows_int(&rows, 5));
        dw_query_set_int(fault, "drive", dw_rows_int(&rows, 6));
        dw_query_set_int(fault, "raised_at", dw_rows_int(&rows, 7));
        json_object_set_new(fault, "acknowledged", json_boolean(dw_rows_int(&rows, 8)));
        json_array_append_new(
            json_object_get(robot_entry(list, dw_rows_text(&rows, 0)), "faults"), fault);
    }
    return dw_rows_done(&rows, err);
}

dw_status dw_query_robots(dw_queries *queries, json_t **out, struct dw_error *err)
{
    json_t *list = json_array();
    dw_status st = add_disc_counts(queries, list, err);
    if (st == DW_OK)
        st = add_faults(queries, list, err);
    if (st != DW_OK) {
        json_decref(list);
        return st;
    }
    *out = json_pack("{s:o}", "robots", list);
    return DW_OK;
}

static json_t *drive_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_text(out, "serial", dw_rows_text(rows, 0));
    dw_query_set_text(out, "robot", dw_rows_text(rows, 1));
    dw_query_set_int(out, "drive", dw_rows_int(rows, 2));
    dw_query_set_int(out, "good", dw_rows_int(rows, 3));
    dw_query_set_int(out, "bad", dw_rows_int(rows, 4));
    dw_query_set_int(out, "bad_in_a_row", dw_rows_int(rows, 5));
    dw_query_set_text(out, "out", dw_rows_text(rows, 6));
    dw_query_set_int(out, "discs", dw_rows_int(rows, 3) + dw_rows_int(rows, 4));
    dw_query_set_int(out, "last_at", dw_rows_int(rows, 7));
    dw_query_set_int(out, "read_bytes", dw_rows_int(rows, 8));
    dw_query_set_int(out, "read_ms", dw_rows_int(rows, 9));
    dw_query_set_int(out, "read_retries", dw_rows_int(rows, 10));
    dw_query_set_int(out, "read_slow", dw_rows_int(rows, 11));
    return out;
}

static json_t *lot_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_text(out, "code", dw_rows_text(rows, 0));
    dw_query_set_text(out, "media", dw_rows_text(rows, 1));
    dw_query_set_int(out, "good", dw_rows_int(rows, 2));
    dw_query_set_int(out, "bad", dw_rows_int(rows, 3));
    dw_query_set_int(out, "last_at", dw_rows_int(rows, 4));
    return out;
}

dw_status dw_query_drives(dw_queries *queries, json_t **out, struct dw_error *err)
{
    struct dw_rows rows;
    json_t *drives = NULL, *lots = NULL;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT serial, robot, place, good, bad, bad_in_a_row, out, last_at,"
                                " read_bytes, read_ms, read_retries, read_slow FROM"
                                " drive ORDER BY robot, place, last_at DESC LIMIT ?",
                                "i", (int64_t)DW_LIST_ROWS_MAX);
    if (st == DW_OK)
        st = dw_query_collect(&rows, drive_row, &drives, err);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT code, media, good, bad, last_at FROM lot ORDER BY last_at DESC LIMIT ?",
                          "i", (int64_t)DW_LIST_ROWS_MAX);
    if (st == DW_OK)
        st = dw_query_collect(&rows, lot_row, &lots, err);
    if (st == DW_OK)
        *out = json_pack("{s:o, s:o}", "drives", drives, "lots", lots);
    else
        json_decref(drives);
    return st;
}

static dw_status count_states(dw_queries *queries, const char *text, json_t *object,
                              const char *key, struct dw_error *err)
{
    struct dw_rows rows;
    json_t *counts = json_object();
    json_object_set_new(object, key, counts);
    dw_status st = dw_sql_query(queries->sql, &rows, err, text, "");
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows))
        dw_query_set_int(counts, dw_rows_text(&rows, 0), dw_rows_int(&rows, 1));
    return dw_rows_done(&rows, err);
}

static json_t *alarm_row(const struct dw_rows *rows)
{
    json_t *text = json_string(dw_rows_text(rows, 0));
    return text ? text : json_string("");
}

dw_status dw_query_status(dw_queries *queries, json_t **out, struct dw_error *err)
{
    static const struct {
        const char *key, *text;
    } numbers[] = {
        /* Sums of rows that are kept up to date, not a walk over every object. */
        {"objects", "SELECT coalesce(sum(objects), 0) FROM study"},
        {"spool_bytes", "SELECT coalesce(sum(size_bytes), 0) FROM study WHERE state <> 'purged'"},
        {"quarantined", "SELECT count(*) FROM object WHERE state = 'quarantined'"},
        {"quarantined_without_study", "SELECT count(*) FROM object WHERE state = 'quarantined'"
                                      " AND study_uid NOT IN (SELECT study_uid FROM study)"},
        {"faults", "SELECT count(*) FROM fault WHERE cleared_at = 0"},
    };
    struct dw_rows rows;
    json_t *status = json_object();
    dw_status st = count_states(queries, "SELECT state, count(*) FROM study GROUP BY state", status,
                                "studies", err);
    if (st == DW_OK)
        st = count_states(queries, "SELECT state, count(*) FROM job GROUP BY state", status, "jobs",
                          err);
    if (st == DW_OK)
        st = count_states(queries, "SELECT state, count(*) FROM disc GROUP BY state", status,
                          "discs", err);
    for (size_t i = 0; i < DW_ARRAY_LEN(numbers) && st == DW_OK; i++) {
        int64_t value = 0;
        st = dw_sql_int(queries->sql, 0, &value, err, numbers[i].text, "");
        dw_query_set_int(status, numbers[i].key, value);
    }
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT sentence FROM fault WHERE cleared_at = 0 AND robot = ''", "");
    if (st == DW_OK)
        st = dw_query_attach(&rows, alarm_row, status, "alarms", err);
    if (st != DW_OK) {
        json_decref(status);
        return st;
    }
    *out = status;
    return DW_OK;
}

dw_status dw_query_choices(dw_queries *queries, json_t **out, struct dw_error *err)
{
    size_t blank_count, profile_count;
    const struct dw_blank *blanks = dw_blank_table(&blank_count);
    const struct dw_profile *table = dw_profile_table(&profile_count);
    json_t *media = json_array(), *profiles = json_array();
    (void)queries;
    (void)err;
    for (size_t i = 0; i < blank_count; i++)
        json_array_append_new(media, json_pack("{s:s, s:s, s:s}", "name", blanks[i].name, "title",
                                               blanks[i].title, "kind",
                                               dw_media_name(blanks[i].media)));
    for (size_t i = 0; i < profile_count; i++)
        json_array_append_new(profiles, json_pack("{s:s, s:s}", "name", table[i].name, "media",
                                                  dw_media_name(table[i].media)));
    *out = json_pack("{s:o, s:o}", "media", media, "profiles", profiles);
    return DW_OK;
}
