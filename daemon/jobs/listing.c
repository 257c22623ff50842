/* The object list of a job, a few hundred rows in each round of the loop: a study of 100,000 objects must
 * not keep a modality waiting. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/intake/object.h"
#include "daemon/intake/spool.h"
#include "daemon/jobs/select.h"
#include "layout/fileset/objects.h"

#define ROWS_AT_ONCE 300

struct dw_listing {
    const struct dw_core *core;
    const struct dw_job_judge *judge;
    int64_t job, written;
    struct share {
        int64_t study;
        int64_t from, to; /* arrivals: from is the last one that was written */
    } studies[DW_JOB_STUDIES_MAX];
    size_t study_count, study;
    dw_objects_writer *writer;
};

static dw_status load_studies(dw_listing *listing, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(listing->core->sql, &rows, err,
                                "SELECT study, from_arrival, to_arrival FROM job_study WHERE job = ?"
                                " ORDER BY study",
                                "i",
                                listing->job);
    if (st != DW_OK)
        return st;
    while (listing->study_count < DW_JOB_STUDIES_MAX && dw_rows_next(&rows))
        listing->studies[listing->study_count++] = (struct share){
            dw_rows_int(&rows, 0), dw_rows_int(&rows, 1), dw_rows_int(&rows, 2)};
    return dw_rows_done(&rows, err);
}

dw_status dw_listing_start(const struct dw_job_judge *judge, const struct dw_job *job,
                           dw_listing **out, struct dw_error *err)
{
    char folder[DW_PATH_MAX], path[DW_PATH_MAX];
    struct dw_objects_identity identity;
    const struct dw_core *core = judge->core;
    dw_listing *listing = calloc(1, sizeof *listing);
    if (!listing)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");

    *listing = (dw_listing){.core = core, .judge = judge, .job = job->id};
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

/* The columns sha256, detail, record, size_bytes, from `first` on. The row borrows the record. */
static dw_status read_columns(const struct dw_rows *rows, int first, struct dw_object *object,
                              struct dw_objects_row *row, struct dw_error *err)
{
    size_t sha_size = 0, record_size = 0;
    const void *sha256 = dw_rows_blob(rows, first, &sha_size);
    row->record = dw_rows_blob(rows, first + 2, &record_size);
    row->record_size = record_size;
    row->has_sha256 = sha_size == DW_SHA256_SIZE;
    if (row->has_sha256)
        memcpy(row->sha256, sha256, DW_SHA256_SIZE);
    dw_status st = dw_object_detail_read(dw_rows_text(rows, first + 1), object, err);
    object->size_bytes = (uint64_t)dw_rows_int(rows, first + 3);
    return st;
}

/* What was made of the object for the profile takes its place. */
static dw_status write_derived(dw_listing *listing, int64_t number, const char *kind,
                               struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct dw_object object;
    struct dw_objects_row row = {.number = (uint64_t)number, .path = path, .object = &object};
    struct dw_rows rows;
    dw_status st = dw_core_path(listing->core, path, sizeof path, err, "derived/%s/%lld", kind,
                                (long long)number);
    if (st == DW_OK)
        st = dw_sql_query(listing->core->sql, &rows, err,
                          "SELECT sha256, detail, record, size_bytes FROM derived WHERE number = ?"
                          " AND kind = ? AND state = 'ready'",
                          "it", number, kind);
    if (st != DW_OK)
        return st;
    dw_status written = DW_OK;
    if (dw_rows_next(&rows)) {
        written = read_columns(&rows, 0, &object, &row, err);
        if (written == DW_OK)
            written = dw_objects_write(listing->writer, &row, err);
    }
    st = dw_rows_done(&rows, written == DW_OK ? err : NULL);
    return written != DW_OK ? written : st;
}

static dw_status write_row(dw_listing *listing, const struct dw_rows *rows, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct dw_object object;
    struct dw_conversion conversion = {0};
    int64_t number = dw_rows_int(rows, 0);
    struct dw_objects_row row = {.number = (uint64_t)number, .path = path, .object = &object};

    dw_status st = dw_spool_path(listing->core, number, path, sizeof path, err);
    if (st == DW_OK)
        st = read_columns(rows, 1, &object, &row, err);
    if (st == DW_OK)
        st = dw_job_judge_object(listing->judge, number, &object, &conversion, err);
    if (st == DW_OK)
        st = conversion.target && conversion.state == DW_DERIVED_READY
                 ? write_derived(listing, number, conversion.target, err)
                 : dw_objects_write(listing->writer, &row, err);
    return st == DW_OK ? DW_OK : dw_error_prefix(err, st, "object %lld", (long long)number);
}

static dw_status write_some(dw_listing *listing, size_t *count, struct dw_error *err)
{
    struct dw_rows rows;
    struct share *share = &listing->studies[listing->study];
    dw_status written = DW_OK;
    dw_status st = dw_sql_query(listing->core->sql, &rows, err,
                                "SELECT number, sha256, detail, record, size_bytes, arrival FROM"
                                " object WHERE study = ? AND state = 'received' AND arrival > ? AND"
                                " arrival <= ? ORDER BY arrival LIMIT ?",
                                "iiii", share->study, share->from, share->to,
                                (int64_t)ROWS_AT_ONCE);
    if (st != DW_OK)
        return st;
    while (written == DW_OK && dw_rows_next(&rows)) {
        written = write_row(listing, &rows, err);
        share->from = dw_rows_int(&rows, 5);
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
    if (count < ROWS_AT_ONCE)
        listing->study++;
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
