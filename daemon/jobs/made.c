#include "daemon/jobs/made.h"

#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "daemon/intake/spool.h"
#include "daemon/jobs/volume.h"
#include "burn/image/blank.h"

#define FAILED_TOLD_MAX 400 /* one message holds them */
#define REASON_MAX 200

dw_status dw_made_folder(const struct dw_core *core, const char *kind, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    dw_status st = dw_core_path(core, path, sizeof path, err, "derived/%s", kind);
    return st == DW_OK ? dw_file_make_dirs(path, err) : st;
}

dw_status dw_made_remove_folders(const struct dw_core *core, int64_t job, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    dw_status st = dw_core_path(core, path, sizeof path, err, "volumes");
    if (st == DW_OK)
        st = dw_file_make_dirs(path, err);
    for (int n = 1; n <= DW_VOLUMES_PER_JOB_MAX && st == DW_OK; n++) {
        st = dw_core_path(core, path, sizeof path, err, "volumes/%lld-%d", (long long)job, n);
        if (st == DW_OK)
            st = dw_file_remove_tree(path, err);
    }
    return st;
}

/* --- conversions --- */

json_t *dw_made_conversion_item(const struct dw_core *core, const char *kind, int64_t number)
{
    char src[DW_PATH_MAX], dst[DW_PATH_MAX];
    if (dw_spool_path(core, number, src, sizeof src, NULL) != DW_OK ||
        dw_core_path(core, dst, sizeof dst, NULL, "derived/%s/%lld", kind,
                     (long long)number) != DW_OK)
        return NULL;
    return json_pack("{s:I, s:s, s:s}", "number", (json_int_t)number, "src", src, "dst", dst);
}

dw_status dw_made_store_conversion(const struct dw_core *core, const char *kind, int64_t number,
                                   const struct dw_message *msg, struct dw_error *err)
{
    uint8_t sha256[DW_SHA256_SIZE];
    struct dw_object object;
    json_t *described = json_object_get(msg->head, "object");
    if (!dw_text_unhex(dw_json_text(msg->head, "sha256"), sha256, sizeof sha256))
        return dw_error_set(err, DW_ERR_CORRUPT, "a converted object without SHA-256");
    dw_status st = dw_object_from_json(described, &object, err);
    if (st != DW_OK)
        return st;
    char *detail = json_dumps(described, JSON_COMPACT);
    if (!detail)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    st = dw_sql_exec(core->sql, err,
                     "INSERT INTO derived(number, kind, state, sha256, size_bytes, detail, record)"
                     " VALUES(?, ?, 'ready', ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                     " state = 'ready', reason = '', sha256 = excluded.sha256,"
                     " size_bytes = excluded.size_bytes, detail = excluded.detail,"
                     " record = excluded.record",
                     "itbitb", number, kind, (const void *)sha256, sizeof sha256,
                     dw_json_int(msg->head, "size_bytes", 0), detail, msg->blob, msg->blob_size);
    free(detail);
    return st;
}

dw_status dw_made_store_failure(const struct dw_core *core, int64_t number, const char *kind,
                                const struct dw_error *why, struct dw_error *err)
{
    dw_log_write(&core->log, DW_LOG_WARNING, "object=%lld kind=%s not made: %s", (long long)number,
                 kind, why->text);
    return dw_sql_exec(core->sql, err,
                       "INSERT INTO derived(number, kind, state, reason) VALUES(?, ?, 'failed', ?)"
                       " ON CONFLICT DO UPDATE SET state = 'failed', reason = excluded.reason",
                       "itt", number, kind, why->text);
}

dw_status dw_made_forget_failures(const struct dw_core *core, int64_t job, struct dw_error *err)
{
    return dw_sql_exec(core->sql, err,
                       "DELETE FROM derived WHERE state = 'failed' AND number IN (SELECT number FROM"
                       " object WHERE state = 'received' AND study IN"
                       " (SELECT study FROM job_study WHERE job = ?))",
                       "i", job);
}

/* --- icons --- */

dw_status dw_made_icon_kind(int64_t edge, char out[DW_ICON_KIND_MAX], struct dw_error *err)
{
    return dw_text_format(out, DW_ICON_KIND_MAX, "icon-%lld", (long long)edge)
               ? DW_OK
               : dw_error_set(err, DW_ERR_INTERNAL, "a name does not fit");
}

json_t *dw_made_icon_item(const struct dw_core *core, int64_t number, int64_t edge)
{
    char src[DW_PATH_MAX], dst[DW_PATH_MAX];
    if (dw_spool_path(core, number, src, sizeof src, NULL) != DW_OK ||
        dw_core_path(core, dst, sizeof dst, NULL, "derived/icon-%lld/%lld", (long long)edge,
                     (long long)number) != DW_OK)
        return NULL;
    return json_pack("{s:I, s:s, s:s, s:I}", "number", (json_int_t)number, "src", src, "dst", dst,
                     "icon", (json_int_t)edge);
}

dw_status dw_made_store_picture(const struct dw_core *core, const char *kind, int64_t number,
                             dw_status st, const struct dw_error *why, struct dw_error *err)
{
    if (st != DW_OK)
        return dw_made_store_failure(core, number, kind, why, err);
    return dw_sql_exec(core->sql, err,
                       "INSERT INTO derived(number, kind, state) VALUES(?, ?, 'ready')"
                       " ON CONFLICT DO UPDATE SET state = 'ready', reason = ''",
                       "it", number, kind);
}

/* --- previews --- */

static bool preview_kind(const struct dw_batch_item *item, char out[40])
{
    return dw_text_format(out, 40, "preview-%lld.jpg", (long long)item->frame);
}

json_t *dw_made_preview_item(const struct dw_core *core, const struct dw_batch_item *item,
                             int64_t max_edge)
{
    char src[DW_PATH_MAX], dst[DW_PATH_MAX];
    if (dw_spool_path(core, item->number, src, sizeof src, NULL) != DW_OK ||
        dw_core_path(core, dst, sizeof dst, NULL, "derived/" DW_KIND_PREVIEWS "/%lld-%lld.jpg",
                     (long long)item->number, (long long)item->frame) != DW_OK)
        return NULL;
    /* Pages and file names count frames from 1, the task from 0. */
    return json_pack("{s:I, s:s, s:s, s:I, s:I}", "number", (json_int_t)item->number, "src", src,
                     "dst", dst, "frame", (json_int_t)(item->frame - 1), "max_edge",
                     (json_int_t)max_edge);
}

dw_status dw_made_store_preview(const struct dw_core *core, const struct dw_batch_item *item,
                                dw_status st, const struct dw_error *why, struct dw_error *err)
{
    char kind[40];
    if (!preview_kind(item, kind))
        return dw_error_set(err, DW_ERR_INTERNAL, "a name does not fit");
    return dw_made_store_picture(core, kind, item->number, st, why, err);
}

/* --- the plan --- */

/* [{number, reason}] of what could not be converted, in which form ever: the plan asks only for what it
 * needs. More than that are named by the plan in its own words. */
static dw_status list_failed(const struct dw_core *core, const struct dw_job *job, json_t **out,
                             struct dw_error *err)
{
    struct dw_rows rows;
    json_t *list = json_array();
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT d.number, d.reason FROM derived d JOIN object o ON"
                                " o.number = d.number WHERE d.state = 'failed' AND d.kind LIKE '1.2.%'"
                                " AND o.state = 'received' AND o.study IN"
                                " (SELECT study FROM job_study WHERE job = ?) ORDER BY d.number LIMIT ?",
                                "ii", job->id, (int64_t)FAILED_TOLD_MAX);
    while (st == DW_OK && dw_rows_next(&rows)) {
        char reason[REASON_MAX];
        dw_text_cut(reason, sizeof reason, dw_rows_text(&rows, 1));
        json_array_append_new(
            list, json_pack("{s:I, s:o}", "number", (json_int_t)dw_rows_int(&rows, 0), "reason",
                            json_sprintf("it could not be converted for the medium: %s", reason)));
    }
    if (st == DW_OK)
        st = dw_rows_done(&rows, err);
    if (st != DW_OK) {
        json_decref(list);
        return st;
    }
    *out = list;
    return DW_OK;
}

/* How this site wants its discs, and what a person has decided for this job. */
static void set_policy(const struct dw_core *core, const struct dw_job *job, json_t *task)
{
    const struct dw_config *config = core->config;
    bool bd = dw_media_from_name(job->media) == DW_MEDIA_BD;
    enum dw_forbidden forbidden = job->forbidden;
    /* Whoever answered did so while the site still allowed it. */
    if (forbidden == DW_FORBIDDEN_AS_IS && !config->jobs.nonconformant)
        forbidden = DW_FORBIDDEN_HOLD;
    json_object_set_new(task, "forbidden", json_string(dw_forbidden_name(forbidden)));
    json_object_set_new(task, "compress", json_string(job->compress));
    json_object_set_new(task, "keys", json_string(config->directory.keys));
    json_object_set_new(task, "private", json_boolean(config->directory.private));
    json_object_set_new(task, "multivolume", json_boolean(config->directory.multivolume));
    json_object_set_new(task, "udf", json_string(bd ? config->disc.udf_bd : ""));
    json_object_set_new(task, "joliet", json_boolean(config->disc.joliet && !bd));
    json_object_set_new(task, "publisher", json_string(config->jobs.institution));
}

dw_status dw_made_plan_task(const struct dw_core *core, const struct dw_job *job,
                            const char *icons, json_t **out, struct dw_error *err)
{
    char objects[DW_PATH_MAX], volumes[DW_PATH_MAX], previews[DW_PATH_MAX], derived[DW_PATH_MAX],
        icon_folder[DW_PATH_MAX] = "";
    json_t *failed = NULL;
    dw_status st =
        dw_core_path(core, objects, sizeof objects, err, "jobs/%lld/objects", (long long)job->id);
    if (st == DW_OK)
        st = dw_core_path(core, volumes, sizeof volumes, err, "volumes/%lld", (long long)job->id);
    if (st == DW_OK)
        st = dw_core_path(core, previews, sizeof previews, err, "derived/" DW_KIND_PREVIEWS);
    if (st == DW_OK)
        st = dw_core_path(core, derived, sizeof derived, err, "derived");
    if (st == DW_OK && *icons)
        st = dw_core_path(core, icon_folder, sizeof icon_folder, err, "derived/%s", icons);
    if (st == DW_OK)
        st = list_failed(core, job, &failed, err);
    if (st != DW_OK)
        return st;
    *out = json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:b, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:o}",
        "task", "plan", "job", (json_int_t)job->id, "objects", objects, "out", volumes, "media",
        dw_media_name((enum dw_media)dw_media_from_name(job->media)), "blank", job->media,
        "profile", job->profile, "capacity_bytes", (json_int_t)core->config->jobs.volume_size,
        "viewer", job->viewer, "institution", core->config->jobs.institution, "contact",
        core->config->jobs.contact, "made_at_s", (json_int_t)job->made_at, "seed", job->seed,
        "previews", previews, "derived", derived, "icons", icon_folder, "failed", failed);
    if (!*out)
        return dw_error_set(err, DW_ERR_INTERNAL, "the plan's order is no JSON");
    json_object_set_new(*out, "supplement_of", json_integer((json_int_t)job->supplement_of));
    set_policy(core, job, *out);
    return DW_OK;
}

static dw_status store_notes(const struct dw_core *core, const struct dw_job *job,
                             const json_t *result, struct dw_error *err)
{
    const json_t *row;
    size_t i;
    dw_status st = DW_OK;
    json_array_foreach (json_object_get(result, "left_off"), i, row) {
        st = dw_job_note(core, job->id, "left_off", dw_json_int(row, "number", 0),
                         dw_json_text(row, "reason"), err);
        if (st != DW_OK)
            return st;
    }
    json_array_foreach (json_object_get(result, "repairs"), i, row) {
        if (!json_is_string(row))
            continue;
        st = dw_job_note(core, job->id, "repair", 0, json_string_value(row), err);
        if (st != DW_OK)
            return st;
    }
    return st;
}

dw_status dw_made_store_plan(const struct dw_core *core, const struct dw_job *job,
                             const json_t *result, int64_t *out_volumes, struct dw_error *err)
{
    const json_t *volumes = json_object_get(result, "volumes"), *volume;
    size_t i, count = json_array_size(volumes);

    if (count < 1 || count > DW_VOLUMES_PER_JOB_MAX)
        return dw_error_set(err, DW_ERR_CORRUPT, "the plan names %zu volumes", count);
    dw_status st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    json_array_foreach (volumes, i, volume) {
        st = dw_volume_row_insert(core, job->id, job->media, volume, err);
        if (st != DW_OK)
            break;
    }
    if (st == DW_OK)
        st = store_notes(core, job, result, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "UPDATE job SET claim = ?, nonconformant = ? WHERE id = ?",
                         "tii", dw_json_text(result, "profile"),
                         (int64_t)json_is_true(json_object_get(result, "nonconformant")), job->id);
    st = dw_sql_end(core->sql, st, err);
    if (st == DW_OK) {
        *out_volumes = (int64_t)count;
        dw_log_write(&core->log, DW_LOG_INFO, "job=%lld planned volumes=%zu left_off=%zu",
                     (long long)job->id, count,
                     json_array_size(json_object_get(result, "left_off")));
    }
    return st;
}
