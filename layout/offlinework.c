#include "layout/offlinework.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dicom/uid.h"
#include "layout/discpages.h"
#include "layout/items.h"

#define ICON_EDGE 64
#define ICON_EDGE_XA 128 /* AUG-GEN-CD, and PS3.11 A.3.3.2 */
#define XA_CLASSES "1.2.840.10008.5.1.4.1.1.12." /* all X-ray angiography and fluoroscopy */

struct job {
    uint32_t entry;
    uint32_t frame; /* of a preview, from 1 */
    uint32_t icon;  /* edge of an icon; 0: not one */
};
struct work {
    struct dw_offline_work *run;
    const char *stage;
    const char *target; /* transfer syntax of this round */
    char folder[DW_PATH_MAX];
    struct job *jobs;
    size_t count, cap, done;
};

static dw_status open_work(struct work *work, const char *folder, struct dw_error *err)
{
    if (!dw_text_format(work->folder, sizeof work->folder, "%s/%s", work->run->opts->work, folder))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    return dw_file_make_dirs(work->folder, err);
}

static bool add_job(struct work *work, struct job job)
{
    if (work->count == work->cap) {
        size_t cap = work->cap ? work->cap * 2 : 64;
        struct job *bigger = realloc(work->jobs, cap * sizeof *bigger);
        if (!bigger)
            return false;
        work->jobs = bigger;
        work->cap = cap;
    }
    work->jobs[work->count++] = job;
    return true;
}

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for work tasks");
}

static dw_status count_done(struct work *work, struct dw_error *err)
{
    const struct dw_offline_opts *opts = work->run->opts;
    work->done++;
    return opts->progress ? opts->progress(opts->ctx, work->stage, work->done, work->count, err)
                          : DW_OK;
}

static const struct dw_entry *entry_of(const struct work *work, size_t i)
{
    return &work->run->catalog->entries[work->jobs[i].entry];
}

static bool target_path(const struct work *work, size_t i, char *out, size_t size)
{
    unsigned long long number = entry_of(work, i)->number;
    if (work->jobs[i].frame)
        return dw_text_format(out, size, "%s/%llu-%u.jpg", work->folder, number,
                              work->jobs[i].frame);
    return dw_text_format(out, size, "%s/%llu", work->folder, number);
}

/* The task looks at paths from where it was started, which is where we are. */
static json_t *make_item(void *ctx, size_t i)
{
    const struct work *work = ctx;
    char dst[DW_PATH_MAX];
    if (!target_path(work, i, dst, sizeof dst))
        return NULL;
    json_t *item = json_pack("{s:I, s:s, s:s}", "number", (json_int_t)entry_of(work, i)->number,
                             "src", entry_of(work, i)->path, "dst", dst);
    if (item && work->jobs[i].icon)
        json_object_set_new(item, "icon", json_integer(work->jobs[i].icon));
    if (item && work->jobs[i].frame) {
        /* pages and file names count frames from 1, the task from 0 */
        json_object_set_new(item, "frame", json_integer(work->jobs[i].frame - 1));
        json_object_set_new(item, "max_edge", json_integer(DW_PREVIEW_EDGE));
    }
    return item;
}

/* Messages are JSON, and file names are any bytes. */
static bool is_sendable(const struct dw_entry *entry)
{
    return dw_text_is_utf8(entry->path, strlen(entry->path));
}

static dw_status run_items(struct work *work, const char *task,
                           void (*complete)(void *ctx, json_t *task),
                           dw_status (*done)(void *ctx, size_t i, dw_status st, const char *text,
                                             const struct dw_message *msg, struct dw_error *err),
                           struct dw_error *err)
{
    struct dw_items items = {
        .task = task,
        .count = work->count,
        .make = make_item,
        .complete = complete,
        .done = done,
        .ctx = work,
        .spawner = work->run->opts->spawner,
    };
    return work->count > 0 ? dw_items_run(&items, err) : DW_OK;
}

/* --- converting --- */

static void complete_transcode(void *ctx, json_t *task)
{
    const struct work *work = ctx;
    json_object_set_new(task, "transfer_syntax", json_string(work->target));
}

static dw_status take_converted(struct work *work, size_t i, const struct dw_message *msg,
                                struct dw_error *err)
{
    char dst[DW_PATH_MAX];
    struct dw_object object;
    struct dw_objects_row row = {.number = entry_of(work, i)->number, .object = &object};
    dw_status st = dw_object_from_json(json_object_get(msg->head, "object"), &object, err);
    if (st != DW_OK)
        return st;
    if (!target_path(work, i, dst, sizeof dst) ||
        !dw_text_unhex(dw_json_text(msg->head, "sha256"), row.sha256, DW_SHA256_SIZE))
        return dw_error_set(err, DW_ERR_CORRUPT, "the answer of the transcode task is damaged");
    row.has_sha256 = true;
    row.path = dst;
    row.record = msg->blob;
    row.record_size = msg->blob_size;
    object.size_bytes = (uint64_t)dw_json_int(msg->head, "size_bytes", (int64_t)object.size_bytes);
    const char *compress = work->run->catalog->opts.compress;
    work->run->converted++;
    work->run->compressed += compress && strcmp(compress, work->target) == 0;
    return dw_catalog_replace(work->run->catalog, work->jobs[i].entry, &row, err);
}

static dw_status converted(void *ctx, size_t i, dw_status st, const char *text,
                           const struct dw_message *msg, struct dw_error *err)
{
    struct work *work = ctx;
    char reason[240];
    if (st == DW_OK && msg)
        st = take_converted(work, i, msg, err);
    else {
        if (!dw_text_format(reason, sizeof reason, "it could not be converted: %s", text))
            dw_text_cut(reason, sizeof reason, "it could not be converted");
        st = dw_catalog_convert_failed(work->run->catalog, work->jobs[i].entry, reason, err);
    }
    return st != DW_OK ? st : count_done(work, err);
}

/* The pending objects of one target: a task makes one transfer syntax. */
static dw_status convert_to(struct dw_offline_work *run, const char *target, struct dw_error *err)
{
    struct work work = {.run = run, .stage = "convert", .target = target};
    char folder[16 + DW_UID_MAX];
    if (!dw_text_format(folder, sizeof folder, "derived/%s", target))
        return dw_error_set(err, DW_ERR_INTERNAL, "a transfer syntax is too long");
    dw_status st = open_work(&work, folder, err);
    for (uint32_t i = 0; st == DW_OK && i < run->catalog->entry_count; i++) {
        const struct dw_entry *entry = &run->catalog->entries[i];
        if (entry->state != DW_ENTRY_PENDING || strcmp(entry->target, target) != 0)
            continue;
        if (!is_sendable(entry))
            st = dw_catalog_convert_failed(run->catalog, i,
                                           "it needs converting, and its path is not UTF-8", err);
        else if (!add_job(&work, (struct job){.entry = i}))
            st = no_memory(err);
    }
    if (st == DW_OK)
        st = run_items(&work, "transcode", complete_transcode, converted, err);
    free(work.jobs);
    return st;
}

static const char *next_target(const dw_catalog *catalog)
{
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        if (catalog->entries[i].state == DW_ENTRY_PENDING)
            return catalog->entries[i].target;
    return NULL;
}

/* What cannot be compressed may be pending once more, for its plain form: each object fails once at most for
 * each target, so this ends. */
dw_status dw_offline_convert(struct dw_offline_work *run, struct dw_error *err)
{
    dw_status st = DW_OK;
    const char *target;
    while (st == DW_OK && (target = next_target(run->catalog)) != NULL)
        st = convert_to(run, target, err);
    return st;
}

/* --- previews and icons --- */

static dw_status drawn(void *ctx, size_t i, dw_status st, const char *text,
                       const struct dw_message *msg, struct dw_error *err)
{
    struct work *work = ctx;
    char dst[DW_PATH_MAX];
    if ((st != DW_OK || !msg) && target_path(work, i, dst, sizeof dst))
        unlink(dst); /* half a picture is worse than none */
    return count_done(work, err);
}

static bool can_be_drawn(const struct dw_entry *entry)
{
    return is_sendable(entry) && entry->sop_class->is_image && entry->has_pixels &&
           (!entry->syntax->encapsulated || entry->syntax->decodable);
}

/* Of one series: every image up to the most, else so many evenly spaced; frames of multi-frame images
 * share what room there is. */
static bool choose_of_series(struct work *work, const uint32_t *images, uint32_t count)
{
    uint32_t shown = count < DW_PREVIEWS_PER_SERIES ? count : DW_PREVIEWS_PER_SERIES;
    for (uint32_t i = 0; i < shown; i++) {
        uint32_t image = images[(uint64_t)i * count / shown];
        const struct dw_entry *entry = &work->run->catalog->entries[image];
        uint32_t frames = entry->frames > 1 ? entry->frames : 1;
        uint32_t room = DW_PREVIEWS_PER_SERIES / shown;
        uint32_t some = frames < room ? frames : room;
        for (uint32_t f = 0; f < some; f++)
            if (!add_job(work, (struct job){.entry = image,
                                            .frame = (uint32_t)((uint64_t)f * frames / some) + 1}))
                return false;
    }
    return true;
}

static bool choose(struct work *work)
{
    const dw_catalog *catalog = work->run->catalog;
    uint32_t *images = calloc((size_t)catalog->order_count + 1, sizeof *images), count = 0;
    bool ok = images != NULL;
    for (uint32_t i = 0; ok && i < catalog->order_count; i++) {
        const struct dw_entry *entry = &catalog->entries[catalog->order[i]];
        if (can_be_drawn(entry))
            images[count++] = catalog->order[i];
        bool ends = i + 1 == catalog->order_count ||
                    catalog->entries[catalog->order[i + 1]].series != entry->series;
        if (ends && count > 0) {
            ok = choose_of_series(work, images, count);
            count = 0;
        }
    }
    free(images);
    return ok;
}

/* Draw what was chosen into a folder of the work folder and say where that is. */
static dw_status draw(struct work *work, const char *folder, char out[DW_PATH_MAX],
                      struct dw_error *err)
{
    dw_status st = DW_OK;
    if (work->count > 0) {
        st = open_work(work, folder, err);
        if (st == DW_OK)
            st = run_items(work, "render", NULL, drawn, err);
        memcpy(out, work->folder, sizeof work->folder);
    }
    free(work->jobs);
    return st;
}

dw_status dw_offline_preview(struct dw_offline_work *run, struct dw_error *err)
{
    struct work work = {.run = run, .stage = "preview"};
    dw_status st = dw_catalog_arrange(run->catalog, run->opts->made_at_s, err);
    if (st == DW_OK && !choose(&work))
        st = no_memory(err);
    if (st == DW_OK)
        return draw(&work, "previews", run->previews, err);
    free(work.jobs);
    return st;
}

static uint32_t icon_edge(const struct dw_offline_work *run, const struct dw_entry *entry)
{
    if (run->catalog->opts.profile->icon_edge)
        return run->catalog->opts.profile->icon_edge;
    bool xa = strncmp(entry->sop_class->uid, XA_CLASSES, strlen(XA_CLASSES)) == 0;
    return !run->opts->augmented ? 0 : xa ? ICON_EDGE_XA : ICON_EDGE;
}

dw_status dw_offline_icons(struct dw_offline_work *run, struct dw_error *err)
{
    struct work work = {.run = run, .stage = "icons"};
    for (uint32_t i = 0; i < run->catalog->entry_count; i++) {
        const struct dw_entry *entry = &run->catalog->entries[i];
        struct job job = {.entry = i};
        if (entry->state != DW_ENTRY_READY || !can_be_drawn(entry))
            continue;
        job.icon = icon_edge(run, entry);
        if (job.icon && !add_job(&work, job)) {
            free(work.jobs);
            return no_memory(err);
        }
    }
    return draw(&work, "icons", run->icons, err);
}
