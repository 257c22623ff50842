/* Task `plan`: an object list becomes the volumes of a job (docs/messages.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "burn/image/udf.h"
#include "dicom/scan.h"
#include "layout/disc.h"
#include "layout/fileset/objects.h"
#include "layout/fileset/report.h"
#include "programs/work/task.h"

#define LIST_MAX 400

struct plan_task {
    dw_channel *channel;
    const json_t *task;
    struct dw_catalog_opts want;
    struct dw_disc_opts disc;
    dw_catalog *catalog;
    struct dw_objects_identity identity;
    bool has_identity;
};

static bool flag(const json_t *task, const char *name)
{
    return json_is_true(json_object_get(task, name));
}

static dw_status read_medium(struct plan_task *plan, struct dw_error *err)
{
    const char *name = dw_json_text(plan->task, "media"), *blank = dw_json_text(plan->task, "blank");
    int media = dw_media_from_name(name);
    if (media < 0)
        return dw_error_set(err, DW_ERR_INVALID, "medium '%.40s' is not cd, dvd or bd", name);
    plan->disc.media = (enum dw_media)media;
    plan->disc.capacity_bytes = (uint64_t)dw_json_int(plan->task, "capacity_bytes", 0);
    if (blank[0]) {
        const struct dw_blank *found = dw_blank_find(blank);
        if (!found || found->media != plan->disc.media)
            return dw_error_set(err, DW_ERR_INVALID, "'%.40s' is no blank disc of the medium %s", blank,
                                dw_media_name(plan->disc.media));
        if (plan->disc.capacity_bytes == 0)
            plan->disc.capacity_bytes = dw_blank_capacity_bytes(found);
    }
    const char *udf = dw_json_text(plan->task, "udf");
    if (udf[0]) {
        plan->disc.udf_revision = dw_udf_revision_from_name(udf);
        if (plan->disc.udf_revision == 0)
            return dw_error_set(err, DW_ERR_INVALID, "'%.40s' is no revision of UDF", udf);
    }
    return dw_profile_choose(dw_json_text(plan->task, "profile"), plan->disc.media,
                             &plan->want.profile, err);
}

static dw_status read_policy(struct plan_task *plan, struct dw_error *err)
{
    const char *forbidden = dw_json_text(plan->task, "forbidden");
    const char *keys = dw_json_text(plan->task, "keys");
    int policy = forbidden[0] ? dw_forbidden_from_name(forbidden) : DW_FORBIDDEN_HOLD;
    if (policy < 0)
        return dw_error_set(err, DW_ERR_INVALID, "forbidden is '%.40s', not hold, leave-off or as-is",
                            forbidden);
    if (keys[0] && strcmp(keys, "standard") != 0 && strcmp(keys, "augmented") != 0)
        return dw_error_set(err, DW_ERR_INVALID, "keys is '%.40s', not standard or augmented", keys);
    plan->want.forbidden = (enum dw_forbidden)policy;
    plan->want.augmented = strcmp(keys, "augmented") == 0;
    plan->want.allow_private = flag(plan->task, "private");
    plan->want.compress = dw_json_text(plan->task, "compress");
    plan->want.one_patient = true;
    return DW_OK;
}

static dw_status read_disc(struct plan_task *plan, struct dw_error *err)
{
    const json_t *task = plan->task;
    struct dw_disc_opts *disc = &plan->disc;
    disc->viewer = flag(task, "viewer");
    disc->joliet = flag(task, "joliet");
    disc->multivolume = flag(task, "multivolume");
    disc->one_patient = true;
    disc->publisher = dw_json_text(task, "publisher");
    disc->institution = dw_json_text(task, "institution");
    disc->institution_contact = dw_json_text(task, "contact");
    disc->made_at_s = dw_json_int(task, "made_at_s", 0);
    disc->supplement_of = dw_json_int(task, "supplement_of", 0);
    disc->previews = dw_json_text(task, "previews");
    disc->icons = dw_json_text(task, "icons");
    disc->out = dw_json_text(task, "out");
    if (!dw_text_unhex(dw_json_text(task, "seed"), disc->seed, sizeof disc->seed))
        return dw_error_set(err, DW_ERR_INVALID, "the seed is not 64 hexadecimal digits");
    if (!disc->out[0])
        return dw_error_set(err, DW_ERR_INVALID, "the task names no folder to write to");
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

/* Why number was not converted; the one who converts knows, and says so in the task. */
static const char *known_failure(const json_t *failures, uint64_t number)
{
    char key[24];
    if (!dw_text_format(key, sizeof key, "%llu", (unsigned long long)number))
        return "";
    return dw_json_text(failures, key);
}

/* Converted files lie under derived/<transfer syntax>/<number>; their records are read from them anew,
 * because converting may change what the directory has to say. */
static dw_status take_derived(struct plan_task *plan, const json_t *failures, uint32_t i,
                              struct dw_object *object, struct dw_buf *record, struct dw_error *err)
{
    const struct dw_entry *entry = &plan->catalog->entries[i];
    const char *derived = dw_json_text(plan->task, "derived");
    const char *why = known_failure(failures, entry->number);
    char path[DW_PATH_MAX];
    struct dw_error scan_err = {0};
    if (!derived[0] || !dw_text_format(path, sizeof path, "%s/%s/%llu", derived, entry->target,
                                       (unsigned long long)entry->number) ||
        access(path, F_OK) != 0)
        return dw_catalog_convert_failed(plan->catalog, i,
                                         why[0] ? why : "it was not converted for this profile", err);
    if (dw_scan_object_path(path, NULL, object, record, &scan_err) != DW_OK)
        return dw_catalog_convert_failed(
            plan->catalog, i, why[0] ? why : "it could not be converted for this profile", err);
    struct dw_objects_row row = {
        .number = entry->number,
        .path = path,
        .object = object,
        .record = record->data,
        .record_size = record->size,
    };
    return dw_catalog_replace(plan->catalog, i, &row, err);
}

/* [{number, reason}] as {"number": reason}. */
static json_t *index_failures(const json_t *failed)
{
    json_t *failures = json_object(), *item;
    size_t i;
    json_array_foreach((json_t *)failed, i, item) {
        char key[24];
        if (dw_text_format(key, sizeof key, "%lld", (long long)dw_json_int(item, "number", 0)))
            json_object_set(failures, key, json_object_get(item, "reason"));
    }
    return failures;
}

/* What could not be compressed may be pending again, for its plain form. */
static dw_status take_all_derived(struct plan_task *plan, struct dw_error *err)
{
    struct dw_object *object = malloc(sizeof *object);
    json_t *failures = index_failures(json_object_get(plan->task, "failed"));
    struct dw_buf record = {.max = DW_RECORD_MAX};
    dw_status st = DW_OK;
    if (!object || !failures)
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for converted objects");
    for (uint32_t i = 0; st == DW_OK && i < plan->catalog->entry_count; i++)
        while (st == DW_OK && plan->catalog->entries[i].state == DW_ENTRY_PENDING)
            st = take_derived(plan, failures, i, object, &record, err);
    dw_buf_done(&record);
    json_decref(failures);
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

/* Why nothing is made: the objects, and the profiles that take all of them. */
static void tell_forbidden(struct plan_task *plan, json_t *result)
{
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    uint64_t takers = dw_catalog_takers(plan->catalog);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (takers >> i & 1)
            json_array_append_new(list, json_pack("{s:s, s:s}", "profile", table[i].name, "media",
                                                  dw_media_name(table[i].media)));
    set_list(result, "forbidden", dw_report_forbidden(plan->catalog), true);
    json_object_set_new(result, "takers", list);
}

static dw_status make_discs(struct plan_task *plan, json_t *result, struct dw_error *err)
{
    struct dw_disc_rows rows = {0};
    plan->disc.identity = plan->has_identity ? &plan->identity : NULL;
    dw_status st = dw_disc_make(plan->catalog, &plan->disc, &rows, err);
    if (st == DW_OK) {
        json_t *made = dw_disc_rows_json(&rows);
        json_object_set(result, "volumes", json_object_get(made, "volumes"));
        set_list(result, "repairs", json_incref(json_object_get(made, "repairs")), false);
        json_decref(made);
        json_object_set_new(result, "profile", json_string(dw_catalog_claim(plan->catalog)));
        json_object_set_new(result, "nonconformant", json_boolean(plan->catalog->nonconformant));
    } else if (plan->catalog->forbidden > 0)
        tell_forbidden(plan, result);
    set_list(result, "left_off", dw_report_left_off(plan->catalog, UINT32_MAX), true);
    dw_disc_rows_done(&rows);
    return st;
}

dw_status dw_task_plan(dw_channel *channel, const json_t *task, json_t *result, struct dw_error *err)
{
    struct plan_task plan = {.channel = channel, .task = task};
    dw_status st = read_medium(&plan, err);
    if (st == DW_OK)
        st = read_policy(&plan, err);
    if (st == DW_OK)
        st = read_disc(&plan, err);
    if (st == DW_OK)
        st = dw_catalog_new(&plan.want, &plan.catalog, err);
    if (st == DW_OK)
        st = read_objects(&plan, dw_json_text(task, "objects"), err);
    if (st == DW_OK)
        st = take_all_derived(&plan, err);
    if (st == DW_OK)
        st = make_discs(&plan, result, err);
    dw_catalog_free(plan.catalog);
    return st;
}
