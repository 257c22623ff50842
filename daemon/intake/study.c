#include "daemon/intake/study.h"

#include <string.h>
#include "base/text.h"

dw_status dw_study_state(const struct dw_core *core, int64_t id, enum dw_study_state *out,
                         struct dw_error *err)
{
    struct dw_rows rows;
    int state = -1;
    bool found = false;
    dw_status st =
        dw_sql_query(core->sql, &rows, err, "SELECT state FROM study WHERE id = ?", "i", id);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        found = true;
        state = dw_study_state_from_name(dw_rows_text(&rows, 0));
    }
    st = dw_rows_done(&rows, err);
    if (st != DW_OK)
        return st;
    if (!found)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no study %lld", (long long)id);
    if (state < 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "study %lld has a state of no meaning",
                            (long long)id);
    *out = (enum dw_study_state)state;
    return DW_OK;
}

dw_status dw_study_apply(const struct dw_core *core, int64_t id, enum dw_study_event on,
                         const char *reason, enum dw_study_state *out_to, struct dw_error *err)
{
    enum dw_study_state from, to;
    dw_status st = dw_study_state(core, id, &from, err);
    if (st == DW_OK)
        st = dw_study_next(from, on, &to, err);
    if (st != DW_OK)
        return st;
    st = dw_sql_exec(core->sql, err,
                     "UPDATE study SET state = ?, reason = ? WHERE id = ? AND state = ?", "ttit",
                     dw_study_state_name(to), reason ? reason : "", id, dw_study_state_name(from));
    if (st != DW_OK)
        return st;
    if (dw_sql_changes(core->sql) != 1)
        return dw_error_set(err, DW_ERR_CONFLICT, "study %lld has changed meanwhile", (long long)id);
    dw_log_write(&core->log, DW_LOG_INFO, "study=%lld %s -> %s", (long long)id,
                 dw_study_state_name(from), dw_study_state_name(to));
    dw_core_event(core, ((struct dw_event){.level = DW_LOG_INFO, .study = id}), "%s -> %s",
                  dw_study_state_name(from), dw_study_state_name(to));
    dw_core_changed(core);
    if (out_to)
        *out_to = to;
    return DW_OK;
}

static void copy_identity(const struct dw_rows *rows, int column, struct dw_identity *out)
{
    dw_text_cut(out->patient_id, sizeof out->patient_id, dw_rows_text(rows, column));
    dw_text_cut(out->issuer, sizeof out->issuer, dw_rows_text(rows, column + 1));
    dw_text_cut(out->patient_name, sizeof out->patient_name, dw_rows_text(rows, column + 2));
    dw_text_cut(out->birth_date, sizeof out->birth_date, dw_rows_text(rows, column + 3));
    dw_text_cut(out->sex, sizeof out->sex, dw_rows_text(rows, column + 4));
}

dw_status dw_study_identity(const struct dw_core *core, int64_t id, struct dw_identity *out,
                            struct dw_error *err)
{
    struct dw_rows rows;
    bool found = false;
    dw_status st = dw_sql_query(
        core->sql, &rows, err,
        "SELECT patient_id, issuer, patient_name, birth_date, sex FROM study WHERE id = ?", "i", id);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        found = true;
        copy_identity(&rows, 0, out);
    }
    st = dw_rows_done(&rows, err);
    if (st == DW_OK && !found)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no study %lld", (long long)id);
    return st;
}

static dw_status insert(const struct dw_core *core, const struct dw_object *object, int64_t *out_id,
                        struct dw_error *err)
{
    int64_t now = dw_core_now_s(core);
    dw_status st = dw_sql_exec(
        core->sql, err,
        "INSERT INTO study(study_uid, state, patient_id, issuer, patient_name, birth_date, sex,"
        " study_date, study_time, study_id, accession, description, institution, referring,"
        " first_at, last_at) VALUES(?, 'receiving', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "tttttttttttttii", object->study_uid, object->patient_id, object->issuer,
        object->patient_name, object->birth_date, object->sex, object->study_date,
        object->study_time, object->study_id, object->accession, object->study_description,
        object->institution, object->referring_physician, now, now);
    if (st != DW_OK)
        return st;
    *out_id = dw_sql_last_id(core->sql);
    dw_log_write(&core->log, DW_LOG_INFO, "study=%lld first object", (long long)*out_id);
    return DW_OK;
}

static bool knows_more(const char *locked, const char *here)
{
    return !*locked && *here;
}

/* What the lock left open is locked by the first who knows it: two birth dates must not both pass a lock
 * that has none. */
dw_status dw_study_lock_rest(const struct dw_core *core, int64_t id, const struct dw_identity *locked,
                             const struct dw_identity *here, struct dw_error *err)
{
    if (!knows_more(locked->issuer, here->issuer) &&
        !knows_more(locked->birth_date, here->birth_date) && !knows_more(locked->sex, here->sex))
        return DW_OK;
    return dw_sql_exec(core->sql, err,
                       "UPDATE study SET issuer = CASE WHEN issuer = '' THEN ? ELSE issuer END,"
                       " birth_date = CASE WHEN birth_date = '' THEN ? ELSE birth_date END,"
                       " sex = CASE WHEN sex = '' THEN ? ELSE sex END WHERE id = ?",
                       "ttti", here->issuer, here->birth_date, here->sex, id);
}

dw_status dw_study_of(const struct dw_core *core, const struct dw_object *object, int64_t *out_id,
                      const char **out_difference, struct dw_error *err)
{
    struct dw_identity locked, here;
    struct dw_rows rows;
    int64_t id = 0;

    *out_difference = NULL;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT id, patient_id, issuer, patient_name, birth_date, sex FROM"
                                " study WHERE study_uid = ?",
                                "t", object->study_uid);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        id = dw_rows_int(&rows, 0);
        copy_identity(&rows, 1, &locked);
    }
    st = dw_rows_done(&rows, err);
    if (st != DW_OK)
        return st;
    if (id == 0)
        return insert(core, object, out_id, err);
    dw_identity_of(object, &here);
    *out_difference = dw_identity_difference(&locked, &here);
    *out_id = id;
    return *out_difference ? DW_OK : dw_study_lock_rest(core, id, &locked, &here, err);
}

dw_status dw_study_again(const struct dw_core *core, int64_t id, struct dw_error *err)
{
    return dw_sql_exec(core->sql, err,
                       "UPDATE study SET last_at = iif(state = 'receiving', ?1, last_at), kept_from = ?1"
                       " WHERE id = ?2",
                       "ii", dw_core_now_s(core), id);
}

/* "CT\SR" with one more, once each and in the order of arrival. */
static void add_word(const char *list, const char *word, char *out, size_t size)
{
    size_t n = strlen(word);
    for (const char *p = list; *p;) {
        size_t length = strcspn(p, "\\");
        if (length == n && memcmp(p, word, n) == 0)
            n = 0;
        p += length + (p[length] == '\\');
    }
    if (n == 0 || !dw_text_format(out, size, "%s%s%s", list, *list ? "\\" : "", word))
        dw_text_cut(out, size, list);
}

struct lists { /* columns of a study that grow with its objects */
    int state;
    char modalities[DW_TEXT_MAX], called[DW_TEXT_MAX], calling[DW_TEXT_MAX];
};

static dw_status read_lists(const struct dw_core *core, int64_t id, const struct dw_object *object,
                            const struct dw_sender *from, struct lists *out, struct dw_error *err)
{
    struct dw_rows rows;
    out->state = -1;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT state, modalities, called, calling FROM study WHERE id = ?",
                                "i", id);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        out->state = dw_study_state_from_name(dw_rows_text(&rows, 0));
        add_word(dw_rows_text(&rows, 1), object->modality, out->modalities, sizeof out->modalities);
        add_word(dw_rows_text(&rows, 2), from->called ? from->called : "", out->called,
                 sizeof out->called);
        add_word(dw_rows_text(&rows, 3), from->calling ? from->calling : "", out->calling,
                 sizeof out->calling);
    }
    st = dw_rows_done(&rows, err);
    if (st == DW_OK && out->state < 0)
        st = dw_error_set(err, DW_ERR_CORRUPT, "study %lld has a state of no meaning",
                          (long long)id);
    return st;
}

dw_status dw_study_add(const struct dw_core *core, int64_t id, const struct dw_object *object,
                       const struct dw_sender *from, uint64_t size_bytes, struct dw_error *err)
{
    struct lists lists;
    dw_status st = read_lists(core, id, object, from, &lists, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "UPDATE study SET objects = objects + 1, arrivals = arrivals + 1,"
                         " size_bytes = size_bytes + ?, last_at = ?, modalities = ?, called = ?,"
                         " calling = ? WHERE id = ?",
                         "iittti", (int64_t)size_bytes, dw_core_now_s(core), lists.modalities,
                         lists.called, lists.calling, id);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err,
                         "INSERT INTO series(study, series_uid, modality, number, description,"
                         " body_part, station, objects) VALUES(?, ?, ?, nullif(?, ?), ?, ?, ?, 1)"
                         " ON CONFLICT DO UPDATE SET objects = objects + 1,"
                         " body_part = iif(body_part = '', excluded.body_part, body_part),"
                         " station = iif(station = '', excluded.station, station)",
                         "ittiittt", id, object->series_uid, object->modality,
                         object->series_number, INT64_MIN, object->series_description,
                         object->body_part, object->station);
    /* Held stays held: a person has not decided yet. */
    if (st == DW_OK && lists.state != DW_STUDY_RECEIVING && lists.state != DW_STUDY_HELD)
        st = dw_study_apply(core, id, DW_STUDY_EV_OBJECT, NULL, NULL, err);
    return st;
}
