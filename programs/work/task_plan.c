/* Task `plan`: an object list becomes the volumes of a job (docs/messages.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "dicom/scan.h"
#include "layout/disc.h"
#include "layout/fileset/objects.h"
#include "layout/fileset/report.h"
#include "programs/work/task.h"

#define LIST_MAX 400

struct plan_task {
    dw_channel *channel;
    const char *derived; /* folder of what was converted beforehand; "" none */
    dw_catalog *catalog;
    struct dw_objects_identity identity;
    bool has_identity;
};

static dw_status read_media(const json_t *task, enum dw_media *out, struct dw_error *err)
{
    int media = dw_media_from_name(dw_json_text(task, "media"));
    if (media < 0)
        return dw_error_set(err, DW_ERR_INVALID, "medium '%s' is not cd, dvd or bd",
                            dw_json_text(task, "media"));
    if (media == DW_MEDIA_BD)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "Blu-ray discs need UDF 2.50, which is not written yet");
    *out = (enum dw_media)media;
    return DW_OK;
}

static dw_status read_objects(struct plan_task *plan, const char *path, struct dw_error *err)
{
    dw_objects_reader *reader;
    uint64_t rows = 0;
    dw_status st = dw_objects_open(path, &reader, err);
    if (st != DW_OK)
        return st;
    plan->has_identity = dw_objects_identity(reader, &plan->identity);
    for (bool more = true; st == DW_OK && more;) {
        struct dw_objects_row row;
        st = dw_objects_read(reader, &row, &more, err);
        if (st == DW_OK && more)
            st = dw_catalog_add(plan->catalog, &row, err);
        rows += more;
        if (st == DW_OK)
            st = dw_task_progress(plan->channel, "planning", rows, rows + more, err);
    }
    dw_objects_reader_free(reader);
    return st;
}

/* Converted files lie under derived/<transfer syntax>/<number>; their records are read from them anew,
 * because converting may change what the directory has to say. */
static dw_status take_derived(struct plan_task *plan, uint32_t i, struct dw_object *object,
                              struct dw_buf *record, struct dw_error *err)
{
    const struct dw_entry *entry = &plan->catalog->entries[i];
    char path[DW_PATH_MAX];
    struct dw_error scan_err = {0};
    if (!plan->derived[0] ||
        !dw_text_format(path, sizeof path, "%s/%s/%llu", plan->derived, DW_TS_EXPLICIT_LE,
                        (unsigned long long)entry->number))
        return dw_catalog_leave_off(plan->catalog, i, "it was not converted for this medium", err);
    if (dw_scan_object_path(path, NULL, object, record, &scan_err) != DW_OK)
        return dw_catalog_leave_off(plan->catalog, i, "it could not be converted for this medium",
                                    err);
    struct dw_objects_row row = {
        .number = entry->number,
        .path = path,
        .object = object,
        .record = record->data,
        .record_size = record->size,
    };
    return dw_catalog_replace(plan->catalog, i, &row, err);
}

static dw_status take_all_derived(struct plan_task *plan, struct dw_error *err)
{
    struct dw_object *object = malloc(sizeof *object);
    struct dw_buf record = {0};
    dw_status st = DW_OK;
    if (!object)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for converted objects");
    for (uint32_t i = 0; st == DW_OK && i < plan->catalog->entry_count; i++)
        if (plan->catalog->entries[i].state == DW_ENTRY_PENDING)
            st = take_derived(plan, i, object, &record, err);
    dw_buf_done(&record);
    free(object);
    return st;
}

/* A result is one message. A list too long for it ends with a row that says so and where the rest is. */
static void set_list(json_t *result, const char *key, json_t *list, bool of_rows)
{
    size_t count = json_array_size(list);
    for (size_t i = count; i > LIST_MAX; i--)
        json_array_remove(list, i - 1);
    if (count > LIST_MAX) {
        json_t *text = json_sprintf("and %zu more, which the report.json of each volume names",
                                    count - LIST_MAX);
        json_array_append_new(list, of_rows ? json_pack("{s:i, s:o}", "number", 0, "reason", text)
                                            : text);
    }
    json_object_set_new(result, key, list);
}

static dw_status make_discs(struct plan_task *plan, const json_t *task, enum dw_media media,
                            json_t *result, struct dw_error *err)
{
    struct dw_disc_rows rows = {0};
    struct dw_disc_opts opts = {
        .media = media,
        .capacity_bytes = (uint64_t)dw_json_int(task, "capacity_bytes", 0),
        .viewer = json_is_true(json_object_get(task, "viewer")),
        .one_patient = true,
        .institution = dw_json_text(task, "institution"),
        .institution_contact = dw_json_text(task, "contact"),
        .made_at_s = dw_json_int(task, "made_at_s", 0),
        .previews = dw_json_text(task, "previews"),
        .out = dw_json_text(task, "out"),
        .identity = plan->has_identity ? &plan->identity : NULL,
    };
    if (!dw_text_unhex(dw_json_text(task, "seed"), opts.seed, sizeof opts.seed))
        return dw_error_set(err, DW_ERR_INVALID, "the seed is not 64 hexadecimal digits");
    if (!opts.out[0])
        return dw_error_set(err, DW_ERR_INVALID, "the task names no folder to write to");
    dw_status st = dw_disc_make(plan->catalog, &opts, &rows, err);
    if (st == DW_OK) {
        json_t *made = dw_disc_rows_json(&rows);
        json_object_set(result, "volumes", json_object_get(made, "volumes"));
        set_list(result, "repairs", json_incref(json_object_get(made, "repairs")), false);
        json_decref(made);
    }
    set_list(result, "left_off", dw_report_left_off(plan->catalog, UINT32_MAX), true);
    dw_disc_rows_done(&rows);
    return st;
}

dw_status dw_task_plan(dw_channel *channel, const json_t *task, json_t *result, struct dw_error *err)
{
    struct plan_task plan = {.channel = channel, .derived = dw_json_text(task, "derived")};
    const struct dw_profile *profile;
    enum dw_media media = DW_MEDIA_CD;
    dw_status st = read_media(task, &media, err);
    if (st == DW_OK)
        st = dw_profile_choose(dw_json_text(task, "profile"), media, &profile, err);
    if (st == DW_OK)
        st = dw_catalog_new(&(struct dw_catalog_opts){.profile = profile,
                                                      .one_patient = true,
                                                      .forbidden = DW_FORBIDDEN_LEAVE_OFF},
                            &plan.catalog, err);
    if (st == DW_OK)
        st = read_objects(&plan, dw_json_text(task, "objects"), err);
    if (st == DW_OK)
        st = take_all_derived(&plan, err);
    if (st == DW_OK)
        st = make_discs(&plan, task, media, result, err);
    dw_catalog_free(plan.catalog);
    return st;
}
