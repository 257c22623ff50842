#include "daemon/intake/object.h"

#include <string.h>
#include "base/hash.h"
#include "base/text.h"
#include "daemon/intake/conflict.h"
#include "daemon/intake/purge.h"
#include "daemon/intake/retention.h"
#include "daemon/intake/spool.h"
#include "daemon/intake/study.h"

struct entering {
    const struct dw_core *core;
    const struct dw_arrival *arrival;
    struct dw_object object;
    uint8_t sha256[DW_SHA256_SIZE];
    uint64_t size_bytes;
    char reason[200]; /* "" while nothing speaks against it */
};

static dw_status read_arrival(struct entering *in, struct dw_error *err)
{
    const struct dw_arrival *arrival = in->arrival;
    if (arrival->number <= 0)
        return dw_error_set(err, DW_ERR_INVALID, "an object without a number");
    if (!dw_text_unhex(arrival->sha256, in->sha256, sizeof in->sha256))
        return dw_error_set(err, DW_ERR_INVALID, "object %lld has no SHA-256",
                            (long long)arrival->number);
    dw_status st = dw_spool_size(in->core, arrival->number, &in->size_bytes, err);
    if (st != DW_OK)
        return st;
    st = dw_object_from_json(arrival->detail, &in->object, err);
    if (arrival->reason) {
        /* What a broken object says of itself may be broken too: what can be read is kept. */
        if (st != DW_OK)
            memset(&in->object, 0, sizeof in->object);
        dw_text_cut(in->reason, sizeof in->reason,
                    *arrival->reason ? arrival->reason : "refused by the scanner");
        return DW_OK;
    }
    if (st == DW_OK && (!in->object.study_uid[0] || !in->object.series_uid[0] ||
                        !in->object.sop_instance[0] || !in->object.sop_class[0]))
        st = dw_error_set(err, DW_ERR_INVALID, "object %lld lacks a UID", (long long)arrival->number);
    return st;
}

#define OTHER_BYTES "an object with the same SOP Instance UID and other bytes was here first"

/* What is here of the same SOP instance already. */
struct twin {
    int64_t number, study; /* 0: nothing is */
    bool same, recoded;    /* with these bytes; with others in another transfer syntax */
};

static dw_status find_twin(struct entering *in, struct twin *out, struct dw_error *err)
{
    struct dw_rows rows;
    size_t size = 0;

    *out = (struct twin){0};
    dw_status st = dw_sql_query(
        in->core->sql, &rows, err,
        "SELECT sha256, number, transfer_syntax, study FROM object WHERE sop_instance = ?"
        " AND state = 'received'",
        "t", in->object.sop_instance);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        const void *sha256 = dw_rows_blob(&rows, 0, &size);
        out->same = size == DW_SHA256_SIZE && memcmp(sha256, in->sha256, size) == 0;
        out->number = dw_rows_int(&rows, 1);
        out->study = dw_rows_int(&rows, 3);
        out->recoded = strcmp(dw_rows_text(&rows, 2), in->object.transfer_syntax) != 0;
    }
    return dw_rows_done(&rows, err);
}

static dw_status insert(struct entering *in, int64_t study, struct dw_error *err)
{
    const struct dw_object *object = &in->object;
    char *detail = json_dumps(in->arrival->detail ? in->arrival->detail : json_null(),
                              JSON_COMPACT | JSON_ENCODE_ANY);
    if (!detail)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    /* INT64_MIN means absent; NULL sorts first in SQLite as well. */
    dw_status st = dw_sql_exec(
        in->core->sql, err,
        "INSERT INTO object(number, study, state, reason, sha256, size_bytes, study_uid, series_uid,"
        " sop_instance, sop_class, transfer_syntax, modality, instance_number, frames, calling,"
        " called, received_at, detail, record, arrival)"
        " VALUES(?1, nullif(?2, 0), ?3, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ?), ?, ?, ?, ?, ?, ?,"
        " iif(?3 = 'received', (SELECT arrivals + 1 FROM study WHERE id = ?2), NULL))",
        "iittbittttttiiittitb", in->arrival->number, study,
        in->reason[0] ? "quarantined" : "received", in->reason, (const void *)in->sha256,
        sizeof in->sha256, (int64_t)in->size_bytes, object->study_uid, object->series_uid,
        object->sop_instance, object->sop_class, object->transfer_syntax, object->modality,
        object->instance_number, INT64_MIN, (int64_t)object->frames, in->arrival->calling,
        in->arrival->called ? in->arrival->called : "", dw_core_now_s(in->core), detail, in->arrival->record, in->arrival->record_size);
    free(detail);
    return st;
}

/* A study that exists learns of it; one that does not is not made by something broken. */
static dw_status store_quarantined(struct entering *in, int64_t study, struct dw_stored *out,
                                   struct dw_error *err)
{
    int64_t twin = 0;
    dw_status st = DW_OK;
    out->quarantined = true;
    if (study == 0)
        st = dw_sql_int(in->core->sql, 0, &study, err, "SELECT id FROM study WHERE study_uid = ?",
                        "t", in->object.study_uid);
    if (st == DW_OK)
        st = dw_sql_int(in->core->sql, 0, &twin, err,
                        "SELECT 1 FROM object WHERE state = 'quarantined' AND study_uid = ?"
                        " AND sha256 = ?",
                        "tb", in->object.study_uid, (const void *)in->sha256, sizeof in->sha256);
    if (st != DW_OK)
        return st;
    out->study = study;
    if (twin) {
        out->duplicate = true;
        return DW_OK;
    }
    st = insert(in, study, err);
    if (st != DW_OK)
        return st;
    dw_log_write(&in->core->log, DW_LOG_WARNING, "object=%lld study=%lld quarantined: %s",
                 (long long)in->arrival->number, (long long)study, in->reason);
    dw_core_event(in->core, ((struct dw_event){.level = DW_LOG_WARNING, .study = study}),
                  "object %lld quarantined: %s", (long long)in->arrival->number, in->reason);
    return DW_OK;
}

static dw_status hold(struct entering *in, int64_t study, const char *difference,
                      struct dw_error *err)
{
    enum dw_study_state state;
    dw_status st = dw_study_state(in->core, study, &state, err);
    if (st != DW_OK || state == DW_STUDY_HELD)
        return st;
    char reason[160];
    if (!dw_text_format(reason, sizeof reason,
                        "object %lld of this study names another patient (%s differs)",
                        (long long)in->arrival->number, difference))
        reason[0] = '\0';
    return dw_study_apply(in->core, study, DW_STUDY_EV_CONFLICT, reason, NULL, err);
}

/* Kept, on no disc, and shown beside what the study has. The same bytes once more ask nothing anew: a person
 * has decided about them, or is about to. */
static dw_status store_foreign(struct entering *in, struct dw_stored *out, const char *difference,
                               struct dw_error *err)
{
    struct dw_identity locked, here;
    int64_t study = out->study;
    if (!dw_text_format(in->reason, sizeof in->reason,
                        "names another patient than the first object of its study (%s differs)",
                        difference))
        return dw_error_set(err, DW_ERR_INTERNAL, "a reason does not fit");
    dw_status st = store_quarantined(in, study, out, err);
    if (st != DW_OK || out->duplicate)
        return st;
    dw_identity_of(&in->object, &here);
    st = dw_study_identity(in->core, study, &locked, err);
    if (st == DW_OK)
        st = dw_conflict_add(in->core,
                             &(struct dw_conflict){.study = study,
                                                   .number = in->arrival->number,
                                                   .locked = &locked,
                                                   .other = &here,
                                                   .calling = in->arrival->calling},
                             err);
    return st == DW_OK ? hold(in, study, difference, err) : st;
}

/* What stands in for a known instance may also speak of another patient, which weighs more. */
static dw_status compare_other(struct entering *in, int64_t *out_study, const char **out_difference,
                               struct dw_error *err)
{
    struct dw_identity locked, here;
    *out_difference = NULL;
    dw_status st = dw_sql_int(in->core->sql, 0, out_study, err,
                              "SELECT id FROM study WHERE study_uid = ?", "t", in->object.study_uid);
    if (st != DW_OK || *out_study == 0)
        return st;
    dw_identity_of(&in->object, &here);
    st = dw_study_identity(in->core, *out_study, &locked, err);
    if (st == DW_OK)
        *out_difference = dw_identity_difference(&locked, &here);
    return st;
}

static dw_status store_other(struct entering *in, int64_t twin, bool recoded, struct dw_stored *out,
                             struct dw_error *err)
{
    const char *difference;
    dw_status st = compare_other(in, &out->study, &difference, err);
    if (st != DW_OK)
        return st;
    if (difference)
        return store_foreign(in, out, difference, err);
    dw_text_cut(in->reason, sizeof in->reason, OTHER_BYTES);
    st = store_quarantined(in, 0, out, err);
    out->twin = st == DW_OK && recoded && !out->duplicate ? twin : 0;
    return st;
}

/* Success says that the object is here, so it must be: a file that was lost is the one that has just come. Who
 * sends a study once more is still at it, and wants it kept. */
static dw_status store_same(struct entering *in, const struct twin *twin, struct dw_stored *out,
                            struct dw_error *err)
{
    uint64_t size_bytes = 0;
    dw_status st = DW_OK;
    if (dw_spool_size(in->core, twin->number, &size_bytes, NULL) != DW_OK ||
        size_bytes != in->size_bytes) {
        st = dw_spool_put_back(in->core, in->arrival->number, twin->number, err);
        if (st == DW_OK)
            dw_log_write(&in->core->log, DW_LOG_WARNING, "object=%lld its lost file has come again",
                         (long long)twin->number);
    }
    out->duplicate = st == DW_OK;
    out->study = twin->study;
    return st == DW_OK ? dw_study_again(in->core, twin->study, err) : st;
}

static dw_status store_good(struct entering *in, struct dw_stored *out, struct dw_error *err)
{
    struct twin twin;
    const char *difference = NULL;
    dw_status st = find_twin(in, &twin, err);
    if (st != DW_OK)
        return st;
    if (twin.same)
        return store_same(in, &twin, out, err);
    if (twin.number)
        return store_other(in, twin.number, twin.recoded, out, err);
    st = dw_study_of(in->core, &in->object, &out->study, &difference, err);
    if (st != DW_OK)
        return st;
    if (difference)
        return store_foreign(in, out, difference, err);
    const struct dw_sender from = {.called = in->arrival->called, .calling = in->arrival->calling};
    st = insert(in, out->study, err);
    return st == DW_OK ? dw_study_add(in->core, out->study, &in->object, &from, in->size_bytes, err) : st;
}

dw_status dw_object_store(const struct dw_core *core, const struct dw_arrival *arrival,
                          struct dw_stored *out, struct dw_error *err)
{
    struct entering in = {.core = core, .arrival = arrival};

    *out = (struct dw_stored){0};
    dw_status st = read_arrival(&in, err);
    if (st == DW_OK)
        st = dw_purge_before(core, in.object.study_uid, err);
    if (st == DW_OK)
        st = dw_retention_take_back(core, in.object.study_uid, err);
    if (st != DW_OK)
        return st;
    return arrival->reason ? store_quarantined(&in, 0, out, err) : store_good(&in, out, err);
}

dw_status dw_object_drop(const struct dw_core *core, int64_t number, int64_t twin,
                         int64_t *out_study, struct dw_error *err)
{
    *out_study = 0;
    dw_status st = dw_sql_int(core->sql, 0, out_study, err,
                              "SELECT twin.study FROM object AS aside JOIN object AS twin"
                              " ON twin.sop_instance = aside.sop_instance"
                              " AND twin.study_uid = aside.study_uid"
                              " WHERE aside.number = ? AND aside.state = 'quarantined'"
                              " AND aside.reason = ? AND twin.number = ? AND twin.state = 'received'"
                              " AND twin.study NOT IN (SELECT id FROM study WHERE state IN ('deleted',"
                              " 'purging'))",
                              "iti", number, OTHER_BYTES, twin);
    if (st == DW_OK && *out_study == 0)
        st = dw_error_set(err, DW_ERR_CONFLICT, "object %lld was not put aside because of object %lld",
                          (long long)number, (long long)twin);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "DELETE FROM object WHERE number = ?", "i", number);
    if (st != DW_OK)
        return st;
    dw_log_write(&core->log, DW_LOG_INFO,
                 "object=%lld study=%lld says what object %lld says in another transfer syntax: not kept",
                 (long long)number, (long long)*out_study, (long long)twin);
    dw_core_event(core, ((struct dw_event){.level = DW_LOG_INFO, .study = *out_study}),
                  "object %lld is object %lld in another transfer syntax and was not kept",
                  (long long)number, (long long)twin);
    return DW_OK;
}

dw_status dw_object_detail_read(const char *detail, struct dw_object *out, struct dw_error *err)
{
    json_t *json = json_loads(detail, JSON_REJECT_DUPLICATES, NULL);
    dw_status st = dw_object_from_json(json, out, err);
    json_decref(json);
    return st;
}
