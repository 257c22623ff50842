#include "layout/offlinework.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dicom/uid.h"
#include "layout/items.h"

#define PREVIEWS_PER_SERIES 12
#define PREVIEW_EDGE_MAX 1024

struct job {
    uint32_t entry;
    uint32_t frame; /* of a preview */
};
struct work {
    const struct dw_offline_opts *opts;
    struct dw_offline *offline;
    const char *stage;
    char folder[DW_PATH_MAX];
    struct job *jobs;
    size_t count, cap, done;
};

static dw_status open_work(struct work *work, const char *folder, struct dw_error *err)
{
    if (!dw_text_format(work->folder, sizeof work->folder, "%s/%s", work->opts->work, folder))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    if (mkdir(work->folder, 0700) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "make folder '%s': %s", work->folder,
                            strerror(errno));
    return DW_OK;
}

static bool add_job(struct work *work, uint32_t entry, uint32_t frame)
{
    if (work->count == work->cap) {
        size_t cap = work->cap ? work->cap * 2 : 64;
        struct job *bigger = realloc(work->jobs, cap * sizeof *bigger);
        if (!bigger)
            return false;
        work->jobs = bigger;
        work->cap = cap;
    }
    work->jobs[work->count++] = (struct job){entry, frame};
    return true;
}

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for work tasks");
}

static dw_status count_done(struct work *work, struct dw_error *err)
{
    work->done++;
    if (!work->opts->progress)
        return DW_OK;
    return work->opts->progress(work->opts->ctx, work->stage, work->done, work->count, err);
}

static const struct dw_entry *entry_of(const struct work *work, size_t i)
{
    return &work->offline->catalog->entries[work->jobs[i].entry];
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
    if (item && work->jobs[i].frame) {
        /* pages and file names count frames from 1, the task from 0 */
        json_object_set_new(item, "frame", json_integer(work->jobs[i].frame - 1));
        json_object_set_new(item, "max_edge", json_integer(PREVIEW_EDGE_MAX));
    }
    return item;
}

/* Messages are JSON, and file names are any bytes. */
static bool is_sendable(const struct dw_entry *entry)
{
    return dw_text_is_utf8(entry->path, strlen(entry->path));
}

/* --- converting --- */

static void complete_transcode(void *ctx, json_t *task)
{
    json_object_set_new(task, "transfer_syntax", json_string(DW_TS_EXPLICIT_LE));
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
    return dw_catalog_replace(work->offline->catalog, work->jobs[i].entry, &row, err);
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
        st = dw_catalog_leave_off(work->offline->catalog, work->jobs[i].entry, reason, err);
    }
    return st != DW_OK ? st : count_done(work, err);
}

dw_status dw_offline_convert(const struct dw_offline_opts *opts, struct dw_offline *offline,
                             struct dw_error *err)
{
    const dw_catalog *catalog = offline->catalog;
    struct work work = {.opts = opts, .offline = offline, .stage = "convert"};
    struct dw_items items = {
        .task = "transcode", .make = make_item, .complete = complete_transcode, .done = converted,
        .ctx = &work, .spawner = opts->spawner,
    };
    if (catalog->pending == 0)
        return DW_OK;
    dw_status st = open_work(&work, "derived", err);
    for (uint32_t i = 0; st == DW_OK && i < catalog->entry_count; i++) {
        if (catalog->entries[i].state != DW_ENTRY_PENDING)
            continue;
        if (!is_sendable(&catalog->entries[i]))
            st = dw_catalog_leave_off(offline->catalog, i,
                                      "it needs converting, and its path is not UTF-8", err);
        else if (!add_job(&work, i, 0))
            st = no_memory(err);
    }
    items.count = work.count;
    if (st == DW_OK)
        st = dw_items_run(&items, err);
    free(work.jobs);
    return st;
}

/* --- previews --- */

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

/* Of one series: every image up to a dozen, else a dozen evenly spaced; frames of multi-frame images
 * share what room there is. */
static bool choose_of_series(struct work *work, const uint32_t *images, uint32_t count)
{
    uint32_t shown = count < PREVIEWS_PER_SERIES ? count : PREVIEWS_PER_SERIES;
    for (uint32_t i = 0; i < shown; i++) {
        uint32_t image = images[(uint64_t)i * count / shown];
        const struct dw_entry *entry = &work->offline->catalog->entries[image];
        uint32_t frames = entry->frames > 1 ? entry->frames : 1;
        uint32_t room = PREVIEWS_PER_SERIES / shown;
        uint32_t some = frames < room ? frames : room;
        for (uint32_t f = 0; f < some; f++)
            if (!add_job(work, image, (uint32_t)((uint64_t)f * frames / some) + 1))
                return false;
    }
    return true;
}

static bool choose(struct work *work)
{
    const dw_catalog *catalog = work->offline->catalog;
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

dw_status dw_offline_preview(const struct dw_offline_opts *opts, struct dw_offline *offline,
                             struct dw_error *err)
{
    struct work work = {.opts = opts, .offline = offline, .stage = "preview"};
    struct dw_items items = {
        .task = "render", .make = make_item, .done = drawn, .ctx = &work, .spawner = opts->spawner,
    };
    dw_status st = dw_catalog_arrange(offline->catalog, opts->made_at_s, err);
    if (st == DW_OK && !choose(&work))
        st = no_memory(err);
    if (st == DW_OK && work.count > 0) {
        st = open_work(&work, "previews", err);
        items.count = work.count;
        if (st == DW_OK)
            st = dw_items_run(&items, err);
        memcpy(offline->previews, work.folder, sizeof offline->previews);
    }
    free(work.jobs);
    return st;
}
