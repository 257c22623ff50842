#include "daemon/jobs/prepare.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/intake/spool.h"
#include "daemon/jobs/forbidden.h"
#include "daemon/jobs/judge.h"
#include "daemon/jobs/labels.h"
#include "daemon/jobs/made.h"
#include "daemon/jobs/medium.h"
#include "daemon/jobs/select.h"
#include "daemon/jobs/volume.h"
#include "robot/publisher.h"

/* Compressed, plain after all, and what two sets of rules of a profile ask for; a round more costs nothing. */
#define CONVERSION_ROUNDS_MAX 6
#define AUGMENTED_ICON_EDGE 64 /* where the profile does not ask for another size */

struct dw_prepare {
    const struct dw_core *core;
    dw_work *work;
    struct dw_job job;
    struct dw_job_judge judge;
    const char *target; /* what is being converted to */
    unsigned rounds;    /* of converting, one for each target */
    int64_t icon_edge;  /* 0: no icons are asked for */
    char icon_kind[DW_ICON_KIND_MAX];
    const struct dw_stage *stage;
    dw_batch *batch;
    struct dw_batch_opts batch_opts;
    dw_work_task *task;
    dw_listing *listing;
    uint64_t timer;
    int64_t done, total;
    int64_t volumes, volume; /* volume: whose label is being drawn */
    unsigned crashes;        /* of the task at hand, in a row */
    dw_prepare_end_fn *on_end;
    void *ctx;
};
/* A step and how it begins. The order of the table is the order of work. */
struct dw_stage {
    const char *name; /* stored in job.step and shown: never renamed */
    dw_status (*begin)(dw_prepare *prepare, struct dw_error *err);
};

static void next_stage(void *ctx);

static void prepare_free(void *ctx)
{
    dw_prepare *prepare = ctx;
    dw_listing_free(prepare->listing);
    free(prepare);
}

/* The list has served its plan, or will be written anew. */
static void remove_list(dw_prepare *prepare)
{
    char path[DW_PATH_MAX];
    if (dw_core_path(prepare->core, path, sizeof path, NULL, "jobs/%lld",
                     (long long)prepare->job.id) != DW_OK ||
        dw_file_remove_tree(path, NULL) != DW_OK)
        dw_log_write(&prepare->core->log, DW_LOG_WARNING, "job=%lld object list not removed",
                     (long long)prepare->job.id);
}

void dw_prepare_stop(dw_prepare *prepare)
{
    if (!prepare)
        return;
    remove_list(prepare);
    dw_batch_stop(prepare->batch);
    dw_work_stop(prepare->task);
    dw_loop_cancel(prepare->core->loop, prepare->timer);
    prepare->batch = NULL;
    prepare->task = NULL;
    dw_loop_defer(prepare->core->loop, prepare_free, prepare);
}

static void end_as(dw_prepare *prepare, enum dw_prepare_end how, const struct dw_error *err)
{
    dw_prepare_end_fn *on_end = prepare->on_end;
    void *ctx = prepare->ctx;
    int64_t job = prepare->job.id;
    struct dw_error copy = *err;
    dw_prepare_stop(prepare);
    on_end(ctx, job, how, &copy);
}

static void end(dw_prepare *prepare, dw_status st, const struct dw_error *err)
{
    end_as(prepare, st == DW_OK ? DW_PREPARE_READY : DW_PREPARE_FAILED, err);
}

static void go_on(dw_prepare *prepare, dw_status st, const struct dw_error *err)
{
    if (st != DW_OK)
        end(prepare, st, err);
    else
        prepare->timer = dw_loop_after(prepare->core->loop, 0, next_stage, prepare);
}

static void set_progress(dw_prepare *prepare, int64_t done, int64_t total)
{
    prepare->done = done;
    prepare->total = total;
    dw_core_changed(prepare->core);
}

static void on_batch_progress(void *ctx, size_t done, size_t total)
{
    set_progress(ctx, (int64_t)done, (int64_t)total);
}

static void on_batch_done(void *ctx, dw_status st, const struct dw_error *err)
{
    dw_prepare *prepare = ctx;
    prepare->batch = NULL;
    go_on(prepare, st, err);
}

static void on_task_message(void *ctx, const struct dw_message *msg)
{
    if (strcmp(msg->type, "progress") == 0)
        set_progress(ctx, dw_json_int(msg->head, "done", 0), dw_json_int(msg->head, "total", 0));
}

static dw_status run_batch(dw_prepare *prepare, struct dw_batch_opts opts,
                           struct dw_batch_item *items, size_t count, struct dw_error *err)
{
    opts.on_progress = on_batch_progress;
    opts.ctx = prepare;
    prepare->batch_opts = opts;
    return dw_batch_start(prepare->core, prepare->work, &prepare->batch_opts, items, count,
                          &prepare->batch, err);
}

/* --- converting --- */

static dw_status begin_converting(dw_prepare *prepare, struct dw_error *err);

static json_t *describe_conversion(void *ctx, const struct dw_batch_item *item)
{
    dw_prepare *prepare = ctx;
    return dw_made_conversion_item(prepare->core, prepare->target, item->number);
}

static void on_converted(void *ctx, const struct dw_batch_item *item, dw_status st,
                         const struct dw_error *err, const struct dw_message *msg)
{
    dw_prepare *prepare = ctx;
    struct dw_error why = {0};
    dw_status stored =
        st == DW_OK
            ? dw_made_store_conversion(prepare->core, prepare->target, item->number, msg, &why)
            : dw_made_store_failure(prepare->core, item->number, prepare->target, err, &why);
    if (stored != DW_OK)
        dw_log_write(&prepare->core->log, DW_LOG_ERROR, "job=%lld object=%lld not stored: %s",
                     (long long)prepare->job.id, (long long)item->number, why.text);
}

/* What was done may leave something for another target: images for one, reports for the other. */
static void on_target_done(void *ctx, dw_status st, const struct dw_error *err)
{
    dw_prepare *prepare = ctx;
    struct dw_error own = *err;
    prepare->batch = NULL;
    if (st == DW_OK && prepare->target && ++prepare->rounds < CONVERSION_ROUNDS_MAX) {
        st = begin_converting(prepare, &own);
        if (st != DW_OK)
            end(prepare, st, &own);
        return;
    }
    go_on(prepare, st, &own);
}

static dw_status begin_converting(dw_prepare *prepare, struct dw_error *err)
{
    struct dw_batch_item *items = NULL;
    size_t count = 0;
    dw_status st = dw_select_conversions(&prepare->judge, &prepare->job,
                                         &prepare->target, &items, &count, err);
    if (st == DW_OK && prepare->target)
        st = dw_made_folder(prepare->core, prepare->target, err);
    if (st != DW_OK) {
        free(items);
        return st;
    }
    struct dw_batch_opts opts = {.task = "transcode",
                                 .transfer_syntax = prepare->target,
                                 .describe = describe_conversion,
                                 .on_item = on_converted,
                                 .on_done = on_target_done};
    return run_batch(prepare, opts, items, count, err);
}

/* --- icons --- */

static json_t *describe_icon(void *ctx, const struct dw_batch_item *item)
{
    dw_prepare *prepare = ctx;
    return dw_made_icon_item(prepare->core, item->number, prepare->icon_edge);
}

static void on_icon(void *ctx, const struct dw_batch_item *item, dw_status st,
                    const struct dw_error *err, const struct dw_message *msg)
{
    dw_prepare *prepare = ctx;
    struct dw_error why = {0};
    if (dw_made_store_picture(prepare->core, prepare->icon_kind, item->number, st, err, &why) !=
        DW_OK)
        dw_log_write(&prepare->core->log, DW_LOG_WARNING, "job=%lld object=%lld icon: %s",
                     (long long)prepare->job.id, (long long)item->number, why.text);
}

static dw_status begin_icons(dw_prepare *prepare, struct dw_error *err)
{
    static const struct dw_batch_opts opts = {
        .task = "render", .describe = describe_icon, .on_item = on_icon, .on_done = on_batch_done};
    const struct dw_profile *profile = prepare->judge.profile;
    struct dw_batch_item *items = NULL;
    size_t count = 0;
    bool augmented = strcmp(prepare->core->config->directory.keys, "augmented") == 0;
    dw_status st = DW_OK;
    if (augmented || profile->icon_required)
        prepare->icon_edge = profile->icon_edge ? profile->icon_edge : AUGMENTED_ICON_EDGE;
    if (prepare->icon_edge) {
        st = dw_made_icon_kind(prepare->icon_edge, prepare->icon_kind, err);
        if (st == DW_OK)
            st = dw_made_folder(prepare->core, prepare->icon_kind, err);
        if (st == DW_OK)
            st = dw_select_icons(prepare->core, &prepare->job, prepare->icon_kind,
                                 &items, &count, err);
    }
    return st == DW_OK ? run_batch(prepare, opts, items, count, err) : st;
}

/* --- previews --- */

static json_t *describe_preview(void *ctx, const struct dw_batch_item *item)
{
    dw_prepare *prepare = ctx;
    return dw_made_preview_item(prepare->core, item, DW_PREVIEW_EDGE);
}

static void on_preview(void *ctx, const struct dw_batch_item *item, dw_status st,
                       const struct dw_error *err, const struct dw_message *msg)
{
    dw_prepare *prepare = ctx;
    struct dw_error why = {0};
    if (dw_made_store_preview(prepare->core, item, st, err, &why) != DW_OK)
        dw_log_write(&prepare->core->log, DW_LOG_WARNING, "job=%lld object=%lld preview: %s",
                     (long long)prepare->job.id, (long long)item->number, why.text);
}

static dw_status begin_previews(dw_prepare *prepare, struct dw_error *err)
{
    static const struct dw_batch_opts opts = {
        .task = "render", .describe = describe_preview, .on_item = on_preview,
        .on_done = on_batch_done};
    struct dw_batch_item *items = NULL;
    size_t count = 0;
    dw_status st = dw_made_folder(prepare->core, DW_KIND_PREVIEWS, err);
    if (st == DW_OK && prepare->job.viewer)
        st = dw_select_previews(prepare->core, &prepare->job, &items, &count, err);
    return st == DW_OK ? run_batch(prepare, opts, items, count, err) : st;
}

/* --- the list --- */

static void list_some(void *ctx)
{
    dw_prepare *prepare = ctx;
    struct dw_error err = {0};
    bool more = false;

    prepare->timer = 0;
    dw_status st = dw_listing_step(prepare->listing, &more, &err);
    set_progress(prepare, dw_listing_rows(prepare->listing), prepare->job.objects);
    if (st == DW_OK && more) {
        prepare->timer = dw_loop_after(prepare->core->loop, 0, list_some, prepare);
        return;
    }
    if (st == DW_OK)
        st = dw_sql_exec(prepare->core->sql, &err, "UPDATE job SET objects = ? WHERE id = ?", "ii",
                         dw_listing_rows(prepare->listing), prepare->job.id);
    dw_listing_free(prepare->listing);
    prepare->listing = NULL;
    go_on(prepare, st, &err);
}

static dw_status begin_listing(dw_prepare *prepare, struct dw_error *err)
{
    dw_status st = dw_select_note_quarantined(prepare->core, prepare->job.id, err);
    if (st == DW_OK)
        st = dw_listing_start(&prepare->judge, &prepare->job, &prepare->listing,
                              err);
    if (st == DW_OK)
        prepare->timer = dw_loop_after(prepare->core->loop, 0, list_some, prepare);
    return st;
}

/* A task that died (and did not say why) may have been killed from outside: it gets a second chance. */
#define CRASHES_MAX 2

static bool try_again(dw_prepare *prepare, dw_status st, const json_t *result,
                      const struct dw_error *err)
{
    if (st != DW_ERR_GONE || result || ++prepare->crashes >= CRASHES_MAX) {
        prepare->crashes = 0;
        return false;
    }
    dw_log_write(&prepare->core->log, DW_LOG_WARNING, "job=%lld %s: tried again",
                 (long long)prepare->job.id, err->text);
    return true;
}

/* --- the plan --- */

static dw_status begin_planning(dw_prepare *prepare, struct dw_error *err);

static void on_planned(void *ctx, dw_status st, const struct dw_error *err, const json_t *result)
{
    dw_prepare *prepare = ctx;
    struct dw_error own = *err;
    prepare->task = NULL;
    if (try_again(prepare, st, result, err)) {
        st = dw_made_remove_folders(prepare->core, prepare->job.id, &own);
        if (st == DW_OK)
            st = begin_planning(prepare, &own);
        if (st != DW_OK)
            end(prepare, st, &own);
        return;
    }
    if (dw_forbidden_is_question(st, result)) {
        st = dw_forbidden_ask(prepare->core, &prepare->job, result, &own);
        end_as(prepare, st == DW_OK ? DW_PREPARE_HELD : DW_PREPARE_FAILED, &own);
        return;
    }
    if (st == DW_OK)
        st = dw_made_store_plan(prepare->core, &prepare->job, result, &prepare->volumes, &own);
    go_on(prepare, st, &own);
}

static dw_status begin_planning(dw_prepare *prepare, struct dw_error *err)
{
    static const struct dw_work_events events = {.on_message = on_task_message,
                                                 .on_result = on_planned};
    json_t *task = NULL;
    dw_status st =
        dw_made_plan_task(prepare->core, &prepare->job, prepare->icon_kind, &task, err);
    return st == DW_OK ? dw_work_start(prepare->work, task, &events, prepare, &prepare->task, err)
                       : st;
}

/* --- labels --- */

static dw_status draw_label(dw_prepare *prepare, struct dw_error *err);

static void on_drawn(void *ctx, dw_status st, const struct dw_error *err, const json_t *result)
{
    dw_prepare *prepare = ctx;
    struct dw_error own = *err;
    prepare->task = NULL;
    set_progress(prepare, prepare->volume, prepare->volumes);
    bool again = try_again(prepare, st, result, err);
    if (again) {
        prepare->volume--;
        st = DW_OK;
    }
    if (st != DW_OK)
        dw_error_prefix(&own, st, "label of disc %lld", (long long)prepare->volume);
    if (st != DW_OK || (!again && prepare->volume == prepare->volumes)) {
        go_on(prepare, st, &own);
        return;
    }
    st = draw_label(prepare, &own);
    if (st != DW_OK)
        end(prepare, st, &own);
}

static dw_status draw_label(dw_prepare *prepare, struct dw_error *err)
{
    static const struct dw_work_events events = {.on_result = on_drawn};
    struct dw_volume_row volume;
    char out[DW_PATH_MAX], also[DW_PATH_MAX] = "", stock[DW_PATH_MAX];
    json_t *values = NULL;

    prepare->volume++;
    dw_status st =
        dw_volume_row_find(prepare->core, prepare->job.id, prepare->volume, &volume, err);
    if (st == DW_OK)
        st = dw_core_path(prepare->core, out, sizeof out, err, "%s/label.png", volume.dir);
    if (st == DW_OK)
        st = dw_labels_values(prepare->core, &prepare->job, &volume, &values, err);
    if (st == DW_OK)
        st = dw_core_path(prepare->core, stock, sizeof stock, err, "%s/stock", volume.dir);
    const struct dw_config_robot *robot =
        dw_config_robot_find(prepare->core->config, prepare->job.robot);
    const char *kind = robot ? dw_publisher_label_kind(&robot->options) : "";
    if (st == DW_OK && *kind)
        st = dw_core_path(prepare->core, also, sizeof also, err, "%s/label.%s", volume.dir, kind);
    if (st != DW_OK) {
        json_decref(values);
        return st;
    }
    json_t *task = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "task", "label", "template",
                             prepare->job.template, "out", out, "also", also, "stock",
                             stock, "values", values);
    return dw_work_start(prepare->work, task, &events, prepare, &prepare->task, err);
}

static dw_status begin_labels(dw_prepare *prepare, struct dw_error *err)
{
    prepare->volume = 0;
    if (prepare->volumes < 1)
        return dw_error_set(err, DW_ERR_CORRUPT, "the plan has no volume");
    dw_status st = dw_job_load(prepare->core, prepare->job.id, &prepare->job, err); /* what it claims */
    return st == DW_OK ? draw_label(prepare, err) : st;
}

static const struct dw_stage stages[] = {
    {"transcoding", begin_converting}, {"icons", begin_icons},       {"previews", begin_previews},
    {"listing", begin_listing},        {"planning", begin_planning}, {"labels", begin_labels},
    {NULL, NULL},
};

static void next_stage(void *ctx)
{
    dw_prepare *prepare = ctx;
    struct dw_error err = {0};

    prepare->timer = 0;
    prepare->stage = prepare->stage ? prepare->stage + 1 : stages;
    set_progress(prepare, 0, 0);
    if (!prepare->stage->name) {
        end(prepare, DW_OK, &err);
        return;
    }
    dw_status st =
        dw_job_set_step(prepare->core, prepare->job.id, prepare->stage->name, &err);
    if (st == DW_OK)
        st = prepare->stage->begin(prepare, &err);
    if (st != DW_OK)
        end(prepare, st, &err);
}

dw_status dw_prepare_start(const struct dw_core *core, dw_work *work, const dw_robots *robots,
                           int64_t job, dw_prepare_end_fn *on_end, void *ctx, dw_prepare **out,
                           struct dw_error *err)
{
    dw_prepare *prepare = calloc(1, sizeof *prepare);
    if (!prepare)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    prepare->core = core;
    prepare->work = work;
    prepare->on_end = on_end;
    prepare->ctx = ctx;
    bool any = false;
    dw_status st = dw_job_check_studies(core, job, err);
    if (st == DW_OK)
        st = dw_job_clear(core, job, err);
    if (st == DW_OK)
        st = dw_made_remove_folders(core, job, err);
    if (st == DW_OK)
        st = dw_select_freeze(core, job, &any, err);
    if (st == DW_OK)
        st = dw_medium_decide(core, robots, job, err);
    if (st == DW_OK)
        st = dw_job_load(core, job, &prepare->job, err);
    if (st == DW_OK)
        st = dw_job_judge_init(core, &prepare->job, &prepare->judge, err);
    if (st == DW_OK && !any)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "no object is left that could be published");
    if (st != DW_OK) {
        free(prepare);
        return st;
    }
    prepare->timer = dw_loop_after(core->loop, 0, next_stage, prepare);
    *out = prepare;
    return DW_OK;
}

int64_t dw_prepare_job(const dw_prepare *prepare)
{
    return prepare->job.id;
}

json_t *dw_prepare_describe(const dw_prepare *prepare)
{
    return json_pack("{s:s, s:I, s:I}", "stage",
                     prepare->stage && prepare->stage->name ? prepare->stage->name : "", "done",
                     (json_int_t)prepare->done, "total", (json_int_t)prepare->total);
}
