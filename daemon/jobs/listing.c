/* The object list of a job, a few hundred rows in each round of the loop: a study of 100,000 objects must
 * not keep a modality waiting. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/intake/spool.h"
#include "daemon/jobs/select.h"
#include "layout/fileset/objects.h"

#define ROWS_AT_ONCE 300

struct dw_listing {
    const struct dw_core *core;
    int64_t job, newest, written;
    int64_t studies[DW_JOB_STUDIES_MAX];
    size_t study_count, study;
    int64_t after; /* last number of the present study that was written */
    dw_objects_writer *writer;
};

static dw_status load_studies(dw_listing *listing, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(listing->core->sql, &rows, err,
                                "SELECT study FROM job_study WHERE job = ? ORDER BY study", "i",
                                listing->job);
    if (st != DW_OK)
        return st;
    while (listing->study_count < DW_JOB_STUDIES_MAX && dw_rows_next(&rows))
        listing->studies[listing->study_count++] = dw_rows_int(&rows, 0);
    return dw_rows_done(&rows, err);
}

dw_status dw_listing_start(const struct dw_core *core, const struct dw_job *job, int64_t newest,
                           dw_listing **out, struct dw_error *err)
{
    char folder[DW_PATH_MAX], path[DW_PATH_MAX];
    struct dw_objects_identity identity;
    dw_listing *listing = calloc(1, sizeof *listing);
    if (!listing)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");

    *listing = (dw_listing){.core = core, .job = job->id, .newest = newest};
    dw_text_cut(identity.patient_id, sizeof identity.patient_id, job->identity.patient_id);
    dw_text_cut(identity.issuer, sizeof identity.issuer, job->identity.issuer);
    dw_text_cut(identity.patient_name, sizeof identity.patient_name, job->identity.patient_name);
    dw_text_cut(identity.birth_date, sizeof identity.birth_date, job->identity.birth_date);
    dw_status st = dw_core_path(core, folder, sizeof folder, err, "jobs/%lld", (long long)job->id);
    if (st == DW_OK)
        st = dw_file_make_dirs(folder, err);
    if (st == DW_OK)
        st = dw_core_path(core, path, sizeof path, err, "jobs/%lld/objects", (long long)job->id);
    if (st == DW_OK)
        st = load_studies(listing, err);
    if (st == DW_OK)
        st = dw_objects_create(path, &identity, &listing->writer, err);
    if (st != DW_OK) {
        free(listing);
        return st;
    }
    *out = listing;
    return DW_OK;
}

static dw_status parse_detail(const char *text, struct dw_object *out, struct dw_error *err)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    dw_status st = dw_object_from_json(json, out, err);
    json_decref(json);
    return st;
}

/* One row: as received, or what was made of it for the profile. */
static dw_status write_row(dw_listing *listing, const struct dw_rows *rows, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct dw_object object;
    size_t sha_size = 0, record_size = 0;
    int64_t number = dw_rows_int(rows, 0);
    bool derived = dw_rows_int(rows, 1) != 0;
    struct dw_objects_row row = {.number = (uint64_t)number, .path = path, .object = &object};

    const void *sha256 = dw_rows_blob(rows, 2, &sha_size);
    row.record = dw_rows_blob(rows, 4, &record_size);
    row.record_size = record_size;
    if (sha_size == DW_SHA256_SIZE) {
        memcpy(row.sha256, sha256, DW_SHA256_SIZE);
        row.has_sha256 = true;
    }
    dw_status st = derived ? dw_core_path(listing->core, path, sizeof path, err,
                                          "derived/" DW_KIND_PLAIN "/%lld", (long long)number)
                           : dw_spool_path(listing->core, number, path, sizeof path, err);
    if (st == DW_OK)
        st = parse_detail(dw_rows_text(rows, 3), &object, err);
    object.size_bytes = (uint64_t)dw_rows_int(rows, 5);
    if (st == DW_OK)
        st = dw_objects_write(listing->writer, &row, err);
    return st == DW_OK ? DW_OK : dw_error_prefix(err, st, "object %lld", (long long)number);
}

static dw_status write_some(dw_listing *listing, size_t *count, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status written = DW_OK;
    dw_status st = dw_sql_query(
        listing->core->sql, &rows, err,
        "SELECT o.number, d.number IS NOT NULL, coalesce(d.sha256, o.sha256),"
        " coalesce(d.detail, o.detail), coalesce(d.record, o.record),"
        " coalesce(d.size_bytes, o.size_bytes)"
        " FROM object o LEFT JOIN derived d ON d.number = o.number AND"
        " d.kind = '" DW_KIND_PLAIN "' AND d.state = 'ready'"
        " WHERE o.study = ? AND o.state = 'received' AND o.number > ? AND o.number <= ?"
        " ORDER BY o.number LIMIT ?",
        "iiii", listing->studies[listing->study], listing->after, listing->newest,
        (int64_t)ROWS_AT_ONCE);
    if (st != DW_OK)
        return st;
    while (written == DW_OK && dw_rows_next(&rows)) {
        written = write_row(listing, &rows, err);
        listing->after = dw_rows_int(&rows, 0);
        ++*count;
    }
    st = dw_rows_done(&rows, written == DW_OK ? err : NULL);
    return written != DW_OK ? written : st;
}

dw_status dw_listing_step(dw_listing *listing, bool *out_more, struct dw_error *err)
{
    size_t count = 0;
    *out_more = true;
    if (listing->study == listing->study_count) {
        *out_more = false;
        return dw_objects_publish(listing->writer, err);
    }
    dw_status st = write_some(listing, &count, err);
    listing->written += (int64_t)count;
    if (count < ROWS_AT_ONCE) {
        listing->study++;
        listing->after = 0;
    }
    return st;
}

int64_t dw_listing_rows(const dw_listing *listing)
{
    return listing->written;
}

void dw_listing_free(dw_listing *listing)
{
    if (!listing)
        return;
    dw_objects_writer_free(listing->writer);
    free(listing);
}
