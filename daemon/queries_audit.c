/* Whose images they are, and who decided what, as daemon/queries.h describes them. */
#include <string.h>

#include "daemon/intake/conflict.h"
#include "daemon/query_rows.h"
#include "dicom/person.h"

static const char *title_of(const char *field)
{
    for (size_t i = 0; i < DW_IDENTITY_FIELDS; i++)
        if (strcmp(dw_identity_fields[i].key, field) == 0)
            return dw_identity_fields[i].title;
    return "";
}

/* Names stay as they came: a prefix that display leaves out may be the difference. */
static void set_value(json_t *object, const char *key, const char *field, const char *value)
{
    char shown[DW_TEXT_MAX];
    if (strcmp(field, "birth_date") == 0) {
        dw_date_display(value, shown, sizeof shown);
        value = shown;
    }
    dw_query_set_text(object, key, value);
}

static json_t *conflict_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    const char *field = dw_rows_text(rows, 0);
    dw_query_set_text(out, "field", field);
    dw_query_set_text(out, "title", title_of(field));
    set_value(out, "locked", field, dw_rows_text(rows, 1));
    set_value(out, "other", field, dw_rows_text(rows, 2));
    dw_query_set_text(out, "calling", dw_rows_text(rows, 3));
    dw_query_set_int(out, "first_object", dw_rows_int(rows, 4));
    dw_query_set_int(out, "objects", dw_rows_int(rows, 5));
    dw_query_set_int(out, "first_at", dw_rows_int(rows, 6));
    dw_query_set_int(out, "last_at", dw_rows_int(rows, 7));
    dw_query_set_text(out, "answer", dw_rows_text(rows, 8));
    return out;
}

static json_t *number_row(const struct dw_rows *rows)
{
    return json_integer((json_int_t)dw_rows_int(rows, 0));
}

#define ACCEPTABLE                                                                                 \
    " FROM conflict WHERE study = ? AND answer = '' GROUP BY number HAVING min(" DW_CONFLICT_UNGATED ")"

dw_status dw_query_attach_conflicts(dw_queries *queries, int64_t study, json_t *object,
                                    struct dw_error *err)
{
    struct dw_rows rows;
    int64_t total = 0;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT field, locked, other, calling, min(number), count(*),"
                                " min(at), max(at), answer FROM conflict WHERE study = ?"
                                " GROUP BY field, locked, other, calling, answer"
                                " ORDER BY answer <> '', min(number), field LIMIT ?",
                                "ii", study, (int64_t)DW_LIST_ROWS_MAX);
    if (st == DW_OK)
        st = dw_query_attach(&rows, conflict_row, object, "conflicts", err);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err, "SELECT number" ACCEPTABLE " ORDER BY 1 LIMIT ?",
                          "ii", study, (int64_t)DW_LIST_ROWS_MAX);
    if (st == DW_OK)
        st = dw_query_attach(&rows, number_row, object, "acceptable", err);
    if (st == DW_OK)
        st = dw_sql_int(queries->sql, 0, &total, err,
                        "SELECT count(*) FROM (SELECT number" ACCEPTABLE ")", "i", study);
    dw_query_set_int(object, "acceptable_total", total);
    return st;
}

static json_t *audit_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_int(out, "id", dw_rows_int(rows, 0));
    dw_query_set_int(out, "at", dw_rows_int(rows, 1));
    dw_query_set_text(out, "user", dw_rows_text(rows, 2));
    dw_query_set_text(out, "door", dw_rows_text(rows, 3));
    dw_query_set_text(out, "action", dw_rows_text(rows, 4));
    dw_query_set_int(out, "study", dw_rows_int(rows, 5));
    dw_query_set_int(out, "job", dw_rows_int(rows, 6));
    dw_query_set_int(out, "disc", dw_rows_int(rows, 7));
    dw_query_set_text(out, "reason", dw_rows_text(rows, 8));
    dw_query_set_text(out, "detail", dw_rows_text(rows, 9));
    dw_query_set_text(out, "result", dw_rows_text(rows, 10));
    return out;
}

#define AUDIT_WHERE                                                                                \
    " FROM audit WHERE (?1 = 0 OR job = ?1) AND (?2 = 0 OR study = ?2 OR job IN"                   \
    " (SELECT job FROM job_study WHERE study = ?2) OR disc IN (SELECT id FROM disc WHERE job IN"   \
    " (SELECT job FROM job_study WHERE study = ?2)))"

dw_status dw_query_audit(dw_queries *queries, const struct dw_query *query, json_t **out,
                         struct dw_error *err)
{
    struct dw_rows rows;
    int64_t total = 0;
    json_t *list = NULL;
    dw_status st = dw_sql_int(queries->sql, 0, &total, err, "SELECT count(*)" AUDIT_WHERE, "ii",
                              query->job, query->study);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT id, at, user, door, action, study, job, disc, reason, detail,"
                          " result" AUDIT_WHERE " ORDER BY id DESC LIMIT ?3 OFFSET ?4",
                          "iiii", query->job, query->study, dw_query_limit(query),
                          dw_query_offset(query));
    if (st == DW_OK)
        st = dw_query_collect(&rows, audit_row, &list, err);
    if (st == DW_OK)
        *out = dw_query_page(total, "audit", list);
    return st;
}
