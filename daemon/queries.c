#include "daemon/queries.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/query_rows.h"
#include "dicom/person.h"

dw_status dw_queries_open(const char *db_path, dw_queries **out, struct dw_error *err)
{
    dw_queries *queries = calloc(1, sizeof *queries);
    if (!queries)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_sql_open(db_path, true, &queries->sql, err);
    if (st != DW_OK) {
        free(queries);
        return st;
    }
    *out = queries;
    return DW_OK;
}

void dw_queries_close(dw_queries *queries)
{
    if (!queries)
        return;
    dw_sql_close(queries->sql);
    free(queries);
}

/* --- helpers --- */

int64_t dw_query_limit(const struct dw_query *query)
{
    return query->limit < 1 || query->limit > DW_LIST_ROWS_MAX ? DW_LIST_ROWS_MAX : query->limit;
}

int64_t dw_query_offset(const struct dw_query *query)
{
    return query->offset > 0 ? query->offset : 0;
}

const char *dw_query_state(const struct dw_query *query)
{
    return query->state && *query->state ? query->state : NULL;
}

char *dw_query_pattern(const struct dw_query *query)
{
    const char *filter = query->filter ? query->filter : "";
    char *out = malloc(2 * strlen(filter) + 3), *p = out;
    if (!out)
        return NULL;
    *p++ = '%';
    for (; *filter; filter++) {
        /* The words of a name come in any order of marks: "Müller, Anna" is stored "Müller^Anna". */
        if (*filter == ' ' || *filter == ',') {
            if (p[-1] != '%')
                *p++ = '%';
            continue;
        }
        if (*filter == '%' || *filter == '_' || *filter == '\\')
            *p++ = '\\';
        *p++ = *filter;
    }
    if (p[-1] != '%' || p == out + 1)
        *p++ = '%';
    *p = '\0';
    return out;
}

void dw_query_set_text(json_t *object, const char *key, const char *text)
{
    json_t *value = json_string(text);
    json_object_set_new(object, key, value ? value : json_string(""));
}

void dw_query_set_int(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

json_t *dw_query_page(int64_t total, const char *key, json_t *list)
{
    json_t *out = json_object();
    dw_query_set_int(out, "total", total);
    json_object_set_new(out, key, list);
    return out;
}

dw_status dw_query_collect(struct dw_rows *rows, dw_query_row_fn *fn, json_t **out,
                           struct dw_error *err)
{
    json_t *list = json_array();
    while (dw_rows_next(rows))
        json_array_append_new(list, fn(rows));
    dw_status st = dw_rows_done(rows, err);
    if (st != DW_OK) {
        json_decref(list);
        return st;
    }
    *out = list;
    return DW_OK;
}

dw_status dw_query_attach(struct dw_rows *rows, dw_query_row_fn *fn, json_t *object,
                          const char *key, struct dw_error *err)
{
    json_t *list = NULL;
    dw_status st = dw_query_collect(rows, fn, &list, err);
    if (st == DW_OK)
        json_object_set_new(object, key, list);
    return st;
}

/* --- studies --- */

#define STUDY_COLUMNS                                                                              \
    "s.id, s.state, s.reason, s.patient_name, s.patient_id, s.issuer, s.birth_date, s.sex,"        \
    " s.study_uid, s.study_date, s.study_time, s.accession, s.description, s.institution,"         \
    " s.referring, s.modalities, s.objects,"                                                       \
    " (SELECT count(*) FROM series WHERE study = s.id),"                                           \
    " (SELECT count(*) FROM object WHERE study_uid = s.study_uid AND state = 'quarantined'),"      \
    " s.size_bytes, s.first_at, s.last_at,"                                                        \
    " (SELECT max(job) FROM job_study WHERE study = s.id),"                                        \
    " (SELECT state FROM job WHERE id = (SELECT max(job) FROM job_study WHERE study = s.id)),"     \
    " s.rule, s.action, f.id, (SELECT " DW_LATE " FROM job j WHERE j.id = f.id), s.pinned,"          \
    " s.deleted_at"
/* f: the job that a supplement of this study would belong to. */
#define STUDY_FROM                                                                                 \
    " FROM study s LEFT JOIN job f ON f.id = (SELECT max(y.job) FROM job_study y JOIN job z ON"    \
    " z.id = y.job WHERE y.study = s.id AND z.supplement_of = 0 AND z.state IN ('active', 'done'))"
#define STUDY_WHERE                                                                                \
    " WHERE iif(? IS NULL, s.state NOT IN ('deleted', 'purging'), s.state = ?) AND NOT s.forgotten AND (s.patient_name || ' ' || s.patient_id ||" \
    " ' ' || s.accession || ' ' || s.description || ' ' || s.study_date || ' ' ||"                \
    " substr(s.study_date, 1, 4) || '-' || substr(s.study_date, 5, 2) || '-' ||"                   \
    " substr(s.study_date, 7, 2)) LIKE ? ESCAPE '\\'"

static json_t *study_row(const struct dw_rows *rows)
{
    static const struct {
        const char *key;
        char kind; /* t text, i number, n name, d date */
    } columns[] = {
        {"id", 'i'},           {"state", 't'},       {"reason", 't'},      {"patient_name", 'n'},
        {"patient_id", 't'},   {"issuer", 't'},      {"birth_date", 'd'},  {"sex", 't'},
        {"study_uid", 't'},    {"study_date", 'd'},  {"study_time", 't'},  {"accession", 't'},
        {"description", 't'},  {"institution", 't'}, {"referring", 'n'},   {"modalities", 't'},
        {"objects", 'i'},      {"series", 'i'},      {"quarantined", 'i'}, {"size_bytes", 'i'},
        {"first_at", 'i'},     {"last_at", 'i'},     {"job", 'i'},         {"job_state", 't'},
        {"rule", 't'},         {"action", 't'},      {"late_job", 'i'},    {"late", 'i'},
        {"pinned", 'i'},       {"deleted_at", 'i'},
    };
    char shown[DW_TEXT_MAX];
    json_t *out = json_object();
    for (size_t i = 0; i < DW_ARRAY_LEN(columns); i++) {
        const char *text = dw_rows_text(rows, (int)i);
        if (columns[i].kind == 'i') {
            dw_query_set_int(out, columns[i].key, dw_rows_int(rows, (int)i));
            continue;
        }
        if (columns[i].kind == 'n') {
            dw_person_display(text, shown, sizeof shown);
            text = shown;
        } else if (columns[i].kind == 'd') {
            dw_date_display(text, shown, sizeof shown);
            text = shown;
        }
        dw_query_set_text(out, columns[i].key, text);
    }
    dw_query_set_text(out, "patient_name_dicom", dw_rows_text(rows, 3));
    return out;
}

dw_status dw_query_studies(dw_queries *queries, const struct dw_query *query, json_t **out,
                           struct dw_error *err)
{
    const char *state = dw_query_state(query);
    char *pattern = dw_query_pattern(query);
    struct dw_rows rows;
    int64_t total = 0;
    json_t *list = NULL;
    if (!pattern)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");

    dw_status st = dw_sql_int(queries->sql, 0, &total, err, "SELECT count(*) FROM study s" STUDY_WHERE, "ttt",
                              state, state, pattern);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT " STUDY_COLUMNS STUDY_FROM STUDY_WHERE
                          " ORDER BY s.last_at DESC, s.id DESC LIMIT ? OFFSET ?",
                          "tttii", state, state, pattern, dw_query_limit(query),
                          dw_query_offset(query));
    if (st == DW_OK)
        st = dw_query_collect(&rows, study_row, &list, err);
    free(pattern);
    if (st == DW_OK)
        *out = dw_query_page(total, "studies", list);
    return st;
}

static json_t *series_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_text(out, "series_uid", dw_rows_text(rows, 0));
    dw_query_set_text(out, "modality", dw_rows_text(rows, 1));
    dw_query_set_int(out, "number", dw_rows_int(rows, 2));
    dw_query_set_text(out, "description", dw_rows_text(rows, 3));
    dw_query_set_int(out, "objects", dw_rows_int(rows, 4));
    return out;
}

static json_t *quarantine_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_int(out, "number", dw_rows_int(rows, 0));
    dw_query_set_text(out, "reason", dw_rows_text(rows, 1));
    dw_query_set_int(out, "at", dw_rows_int(rows, 2));
    return out;
}

static dw_status attach_parts(dw_queries *queries, int64_t id, json_t *study, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT series_uid, modality, number, description, objects FROM"
                                " series WHERE study = ? ORDER BY number, series_uid LIMIT 1000",
                                "i", id);
    if (st == DW_OK)
        st = dw_query_attach(&rows, series_row, study, "series_list", err);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT " DW_QUERY_JOB_COLUMNS " FROM job j WHERE j.id IN"
                          " (SELECT job FROM job_study WHERE study = ?) ORDER BY j.id DESC LIMIT ?",
                          "ii", id, (int64_t)DW_LIST_ROWS_MAX);
    if (st == DW_OK)
        st = dw_query_attach(&rows, dw_query_job_row, study, "jobs", err);
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT number, reason, received_at FROM object WHERE"
                          " state = 'quarantined' AND study_uid ="
                          " (SELECT study_uid FROM study WHERE id = ?) ORDER BY number LIMIT ?",
                          "ii", id, (int64_t)DW_LIST_ROWS_MAX);
    if (st == DW_OK)
        st = dw_query_attach(&rows, quarantine_row, study, "quarantine", err);
    if (st == DW_OK)
        st = dw_query_attach_conflicts(queries, id, study, err);
    return st;
}

dw_status dw_query_study(dw_queries *queries, int64_t id, json_t **out, struct dw_error *err)
{
    struct dw_rows rows;
    json_t *study = NULL;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT " STUDY_COLUMNS STUDY_FROM " WHERE s.id = ?", "i", id);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows))
        study = study_row(&rows);
    st = dw_rows_done(&rows, err);
    if (st == DW_OK && !study)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no study %lld", (long long)id);
    if (st == DW_OK)
        st = attach_parts(queries, id, study, err);
    if (st != DW_OK) {
        json_decref(study);
        return st;
    }
    *out = study;
    return DW_OK;
}
