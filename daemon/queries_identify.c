/* Which volume a file-set is, and what became of its discs. */
#include "base/channel.h"
#include "daemon/query_rows.h"
#include "dicom/person.h"

static json_t *disc_row(const struct dw_rows *rows)
{
    json_t *out = json_object();
    dw_query_set_int(out, "id", dw_rows_int(rows, 0));
    dw_query_set_int(out, "copy", dw_rows_int(rows, 1));
    dw_query_set_int(out, "attempt", dw_rows_int(rows, 2));
    dw_query_set_text(out, "state", dw_rows_text(rows, 3));
    dw_query_set_int(out, "delivered_at", dw_rows_int(rows, 4));
    dw_query_set_text(out, "reason", dw_rows_text(rows, 5));
    return out;
}

static json_t *volume_row(const struct dw_rows *rows)
{
    char shown[DW_TEXT_MAX];
    json_t *out = json_object();
    dw_query_set_int(out, "volume", dw_rows_int(rows, 0));
    dw_query_set_int(out, "job", dw_rows_int(rows, 1));
    dw_query_set_int(out, "n", dw_rows_int(rows, 2));
    dw_query_set_int(out, "of", dw_rows_int(rows, 3));
    dw_query_set_int(out, "copies", dw_rows_int(rows, 4));
    dw_person_display(dw_rows_text(rows, 5), shown, sizeof shown);
    dw_query_set_text(out, "patient_name", shown);
    dw_query_set_text(out, "patient_id", dw_rows_text(rows, 6));
    dw_query_set_text(out, "job_state", dw_rows_text(rows, 7));
    return out;
}

dw_status dw_query_identify(dw_queries *queries, const char *fileset_uid, json_t **out,
                            struct dw_error *err)
{
    struct dw_rows rows;
    json_t *volume = NULL;
    dw_status st = dw_sql_query(queries->sql, &rows, err,
                                "SELECT v.id, v.job, v.n, v.of, j.copies, j.patient_name, j.patient_id,"
                                " j.state FROM volume v JOIN job j ON j.id = v.job"
                                " WHERE v.fileset_uid = ? ORDER BY v.id DESC LIMIT 1",
                                "t", fileset_uid);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows))
        volume = volume_row(&rows);
    st = dw_rows_done(&rows, err);
    if (st == DW_OK && !volume)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "no job of this appliance made that disc");
    if (st == DW_OK)
        st = dw_sql_query(queries->sql, &rows, err,
                          "SELECT id, copy, attempt, state, delivered_at, reason FROM disc WHERE volume = ?"
                          " ORDER BY copy, attempt LIMIT 1000",
                          "i", dw_json_int(volume, "volume", 0));
    if (st == DW_OK)
        st = dw_query_attach(&rows, disc_row, volume, "discs", err);
    if (st != DW_OK) {
        json_decref(volume);
        return st;
    }
    *out = volume;
    return DW_OK;
}
