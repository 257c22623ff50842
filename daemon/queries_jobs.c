/* Jobs, discs, history and the whole, as daemon/queries.h describes them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/query_rows.h"
#include "dicom/person.h"

/* "3,4" as [3, 4]. */
static json_t *number_list(const char *text)
{
    json_t *list = json_array();
    while (*text) {
        char *end;
        long long number = strtoll(text, &end, 10);
        if (end == text)
            break;
        json_array_append_new(list, json_integer(number));
        text = *end == ',' ? end + 1 : end;
    }
    return list;
}

json_t *dw_query_job_row(const struct dw_rows *rows)
{
    static const char *const texts[] = {[1] = "state",    [2] = "reason",    [3] = "step",
                                        [4] = "made_by",  [5] = "recipient", [7] = "media",
                                        [8] = "profile",  [9] = "template",  [11] = "robot",
                                        [15] = "patient_id", [17] = "description",
                                        [24] = "asked_media", [25] = "claim",
                                        [26] = "compress",    [30] = "if_forbidden",
                                        [31] = "rule"};
    static const char *const numbers[] = {[0] = "id",        [6] = "copies",
                                          [12] = "made_at",  [13] = "done_at",
                                          [18] = "objects",  [19] = "left_off",
                                          [20] = "quarantined", [21] = "volumes",
                                          [22] = "discs_delivered", [28] = "forbidden",
                                          [34] = "supplement_of", [35] = "late"};
    char shown[DW_TEXT_MAX];
    json_t *out = json_object();
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++)
        if (texts[i])
            dw_query_set_text(out, texts[i], dw_rows_text(rows, (int)i));
    for (size_t i = 0; i < DW_ARRAY_LEN(numbers); i++)
        if (numbers[i])
            dw_query_set_int(out, numbers[i], dw_rows_int(rows, (int)i));
    dw_person_display(dw_rows_text(rows, 14), shown, sizeof shown);
    dw_query_set_text(out, "patient_name", shown);
    json_object_set_new(out, "viewer", json_boolean(dw_rows_int(rows, 10)));
    json_object_set_new(out, "studies", number_list(dw_rows_text(rows, 16)));
    json_object_set_new(out, "incomplete",
                        json_boolean(dw_rows_int(rows, 19) > 0 || dw_rows_int(rows, 20) > 0));
    dw_query_set_int(out, "discs_wanted", dw_rows_int(rows, 21) * dw_rows_int(rows, 6));
    json_object_set_new(out, "cancel_asked", json_boolean(dw_rows_int(rows, 23)));
    json_object_set_new(out, "nonconformant", json_boolean(dw_rows_int(rows, 27)));
    json_object_set_new(out, "waits", json_boolean(dw_rows_int(rows, 33)));
    int64_t priority = dw_rows_int(rows, 32);
    dw_query_set_text(out, "priority",
                      priority >= 0 && priority < DW_PRIORITY_COUNT
                          ? dw_priority_name((enum dw_priority)priority)
                          : "");
    json_t *question = json_loads(dw_rows_text(rows, 29), 0, NULL);
    json_object_set_new(out, "question", question ? question : json_null());
    return out;
}

#define JOB_WHERE                                                                                  \
    " FROM job j WHERE (? IS NULL OR j.state = ?) AND (j.patient_name || ' ' || j.patient_id ||"   \
    " ' ' || (SELECT group_concat(accession || ' ' || description || ' ' || study_date, ' ')"      \
    " FROM study WHERE id IN (SELECT study FROM job_study WHERE job = j.id))) LIKE ? ESCAPE '\\'"

dw_status dw_query_jobs(dw_queries *queries, const struct dw_query *query, json_t **out,
                        struct dw_error *err)
{
    const char *state = dw_query_state(query);
    char *pattern = dw_query_pattern(query);
    struct dw_rows rows;
    int64_t total = 0;
    json_t *list = NULL;
    if (!pattern)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");

    dw_status st = dw_sql_int(queries->sql, 0, &total, err, "SELECT count(*)" JOB_WHERE, "ttt",
                              state, state, pattern);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT " DW_QUERY_JOB_COLUMNS JOB_WHERE
                          " ORDER BY j.id DESC LIMIT ? OFFSET ?",
                          "tttii", state, state, pattern, dw_query_limit(query),
                          dw_query_offset(query));
    if (st == DW_OK)
        st = dw_query_collect(&rows, dw_query_job_row, &list, err);
    free(pattern);
    if (st == DW_OK)
        *out = dw_query_page(total, "jobs", list);
    return st;
}

#define DISC_COLUMNS                                                                               \
    "SELECT d.id, d.job, d.volume, v.n, v.of, d.copy, d.attempt, d.state, d.robot, d.drive,"       \
    " d.reason, d.image, d.label, d.verified_by, d.reserved_at, d.changed_at, d.delivered_at"      \
    " FROM disc d JOIN volume v ON v.id = d.volume"

json_t *dw_query_disc_row(const struct dw_rows *rows)
{
    static const char *const texts[] = {[7] = "state",  [8] = "robot",  [10] = "reason",
                                        [11] = "image", [12] = "label", [13] = "verified_by"};
    static const char *const numbers[] = {
        [0] = "id",    [1] = "job",           [2] = "volume",       [3] = "n",
        [4] = "of",    [5] = "copy",          [6] = "attempt",      [9] = "drive",
        [14] = "reserved_at", [15] = "changed_at", [16] = "delivered_at"};
    json_t *out = json_object();
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++)
        if (texts[i])
            dw_query_set_text(out, texts[i], dw_rows_text(rows, (int)i));
    for (size_t i = 0; i < DW_ARRAY_LEN(numbers); i++)
        if (numbers[i])
            dw_query_set_int(out, numbers[i], dw_rows_int(rows, (int)i));
    return out;
}

dw_status dw_query_discs(dw_queries *queries, const struct dw_query *query, json_t **out,
                         struct dw_error *err)
{
    const char *state = dw_query_state(query);
    struct dw_rows rows;
    int64_t total = 0;
    json_t *list = NULL;
    dw_status st = dw_sql_int(queries->sql, 0, &total, err,
                              "SELECT count(*) FROM disc d WHERE (? IS NULL OR d.state = ?) AND"
                              " (? = 0 OR d.job = ?)",
                              "ttii", state, state, query->job, query->job);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          DISC_COLUMNS " WHERE (? IS NULL OR d.state = ?) AND (? = 0 OR d.job = ?)"
                                       " ORDER BY d.id DESC LIMIT ? OFFSET ?",
                          "ttiiii", state, state, query->job, query->job, dw_query_limit(query),
                          dw_query_offset(query));
    if (st == DW_OK)
        st = dw_query_collect(&rows, dw_query_disc_row, &list, err);
    if (st == DW_OK)
        *out = dw_query_page(total, "discs", list);
    return st;
}

#define EVENT_COLUMNS "SELECT id, at, level, job, disc, study, robot, text FROM event"

json_t *dw_query_event_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_int(out, "id", dw_rows_int(rows, 0));
    dw_query_set_int(out, "at", dw_rows_int(rows, 1));
    dw_query_set_text(out, "level", dw_rows_text(rows, 2));
    dw_query_set_int(out, "job", dw_rows_int(rows, 3));
    dw_query_set_int(out, "disc", dw_rows_int(rows, 4));
    dw_query_set_int(out, "study", dw_rows_int(rows, 5));
    dw_query_set_text(out, "robot", dw_rows_text(rows, 6));
    dw_query_set_text(out, "text", dw_rows_text(rows, 7));
    return out;
}

dw_status dw_query_events(dw_queries *queries, const struct dw_query *query, json_t **out,
                          struct dw_error *err)
{
    struct dw_rows rows;
    int64_t total = 0;
    json_t *list = NULL;
    dw_status st = dw_sql_int(queries->sql, 0, &total, err,
                              "SELECT count(*) FROM event WHERE ? = 0 OR job = ?", "ii",
                              query->job, query->job);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          EVENT_COLUMNS " WHERE ? = 0 OR job = ? ORDER BY id DESC LIMIT ? OFFSET ?",
                          "iiii", query->job, query->job, dw_query_limit(query),
                          dw_query_offset(query));
    if (st == DW_OK)
        st = dw_query_collect(&rows, dw_query_event_row, &list, err);
    if (st == DW_OK)
        *out = dw_query_page(total, "events", list);
    return st;
}

/* --- one job --- */

static json_t *volume_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_int(out, "id", dw_rows_int(rows, 0));
    dw_query_set_int(out, "n", dw_rows_int(rows, 1));
    dw_query_set_int(out, "of", dw_rows_int(rows, 2));
    dw_query_set_text(out, "state", dw_rows_text(rows, 3));
    dw_query_set_int(out, "blocks", dw_rows_int(rows, 4));
    dw_query_set_int(out, "size_bytes", dw_rows_int(rows, 5));
    dw_query_set_int(out, "objects", dw_rows_int(rows, 6));
    dw_query_set_text(out, "fileset_id", dw_rows_text(rows, 7));
    dw_query_set_text(out, "fileset_uid", dw_rows_text(rows, 8));
    dw_query_set_text(out, "dir", dw_rows_text(rows, 9));
    return out;
}

static json_t *note_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_text(out, "kind", dw_rows_text(rows, 0));
    dw_query_set_int(out, "number", dw_rows_int(rows, 1));
    dw_query_set_text(out, "text", dw_rows_text(rows, 2));
    return out;
}

static dw_status attach_parts(dw_queries *queries, int64_t id, json_t *job, struct dw_error *err)
{
    const int64_t most = DW_LIST_ROWS_MAX;
    struct dw_rows rows;
    int64_t notes = 0;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT id, n, of, state, blocks, size_bytes, objects, fileset_id,"
                                " fileset_uid, dir FROM volume WHERE job = ? ORDER BY n",
                                "i", id);
    if (st == DW_OK)
        st = dw_query_attach(&rows, volume_row, job, "volume_list", err);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          DISC_COLUMNS " WHERE d.job = ? ORDER BY d.id LIMIT 1000", "i", id);
    if (st == DW_OK)
        st = dw_query_attach(&rows, dw_query_disc_row, job, "disc_list", err);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT kind, number, text FROM job_note WHERE job = ? ORDER BY kind,"
                          " number LIMIT ?",
                          "ii", id, most);
    if (st == DW_OK)
        st = dw_query_attach(&rows, note_row, job, "notes", err);
    if (st == DW_OK)
        st = dw_sql_int(queries->sql, 0, &notes, err, "SELECT count(*) FROM job_note WHERE job = ?",
                        "i", id);
    dw_query_set_int(job, "notes_total", notes);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          EVENT_COLUMNS " WHERE job = ? ORDER BY id DESC LIMIT ?", "ii", id, most);
    if (st == DW_OK)
        st = dw_query_attach(&rows, dw_query_event_row, job, "event_list", err);
    return st;
}

dw_status dw_query_job(dw_queries *queries, int64_t id, json_t **out, struct dw_error *err)
{
    struct dw_rows rows;
    json_t *job = NULL;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT " DW_QUERY_JOB_COLUMNS " FROM job j WHERE j.id = ?", "i",
                                id);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows))
        job = dw_query_job_row(&rows);
    st = dw_rows_done(&rows, err);
    if (st == DW_OK && !job)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no job %lld", (long long)id);
    if (st == DW_OK)
        st = attach_parts(queries, id, job, err);
    if (st != DW_OK) {
        json_decref(job);
        return st;
    }
    *out = job;
    return DW_OK;
}
