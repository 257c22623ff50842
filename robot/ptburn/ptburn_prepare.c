/* From the order to the request: folder, image, label and job file, one disc after the other, and a disc ahead of what
 * the service works on. */
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "burn/drive/media.h"
#include "ptburn_state.h"

#define EXPECT_MAX 65536 /* bytes of what a disc is expected to hold */
#define LABEL_MB 2
#define AHEAD 1 /* jobs on the server beyond its drives */

/* --- whose turn it is --- */

static bool is_same_set(const struct ptburn_disc *a, const struct ptburn_disc *b)
{
    return a->order.of > 1 && a->order.job == b->order.job && a->order.copy == b->order.copy;
}

static bool is_on_its_way(const struct ptburn_disc *disc)
{
    return disc->phase == PTBURN_SUBMITTING || disc->phase == PTBURN_FOLLOWED || disc->phase == PTBURN_REFUSED ||
           (disc->phase == PTBURN_STAGED && disc->asked);
}

/* The discs of one copy come out together and in order: with several drives the service would mix them. */
static bool waits_for_its_set(const dw_ptburn *ptburn, const struct ptburn_disc *disc)
{
    for (size_t i = 0; i < ptburn->count; i++) {
        if (is_same_set(disc, ptburn->discs[i]) && ptburn->discs[i]->order.n < disc->order.n)
            return true;
    }
    return false;
}

static bool set_has_begun(const dw_ptburn *ptburn, const struct ptburn_disc *disc)
{
    if (disc->order.of > 1 && disc->order.set_out > 0)
        return true;
    for (size_t i = 0; i < ptburn->count; i++) {
        if (is_same_set(disc, ptburn->discs[i]) && is_on_its_way(ptburn->discs[i]))
            return true;
    }
    return false;
}

static bool goes_before(const dw_ptburn *ptburn, const struct ptburn_disc *a, const struct ptburn_disc *b)
{
    bool a_begun = set_has_begun(ptburn, a), b_begun = set_has_begun(ptburn, b);
    if (a_begun != b_begun)
        return a_begun;
    if (is_same_set(a, b))
        return a->order.n < b->order.n;
    if (a->order.priority != b->order.priority)
        return a->order.priority > b->order.priority;
    return a->order.disc < b->order.disc;
}

/* The server tells how much room its disk has left. */
static bool has_room_for(const dw_ptburn *ptburn, const struct ptburn_disc *disc)
{
    int64_t free_mb = ptburn->view ? ptburn->view->server.free_mb : -1;
    return free_mb < 0 || free_mb >= (int64_t)disc->order.blocks * DW_BLOCK_SIZE / (1024 * 1024) + LABEL_MB;
}

bool ptburn_lacks_room(const dw_ptburn *ptburn)
{
    for (size_t i = 0; i < ptburn->count; i++) {
        if (ptburn->discs[i]->phase == PTBURN_WAITING && !has_room_for(ptburn, ptburn->discs[i]))
            return true;
    }
    return false;
}

static struct ptburn_disc *pick(const dw_ptburn *ptburn, enum ptburn_phase phase)
{
    struct ptburn_disc *best = NULL;
    enum dw_ptburn_bin bin;
    for (size_t i = 0; i < ptburn->count; i++) {
        struct ptburn_disc *disc = ptburn->discs[i];
        bool waits = disc->phase != phase || disc->state != DW_DISC_RESERVED || disc->asked || disc->cancel ||
                     disc->retry_us > ptburn_now(ptburn) || !ptburn_bin_for(ptburn, &disc->order, &bin) ||
                     (phase == PTBURN_STAGED && waits_for_its_set(ptburn, disc)) ||
                     (phase == PTBURN_WAITING && !has_room_for(ptburn, disc));
        if (!waits && (!best || goes_before(ptburn, disc, best)))
            best = disc;
    }
    return best;
}

static int count_phase(const dw_ptburn *ptburn, enum ptburn_phase from, enum ptburn_phase to)
{
    int count = 0;
    for (size_t i = 0; i < ptburn->count; i++)
        count += ptburn->discs[i]->phase >= from && ptburn->discs[i]->phase <= to;
    return count;
}

static int count_on_server(const dw_ptburn *ptburn)
{
    int count = 0;
    for (size_t i = 0; i < ptburn->count; i++) {
        const struct ptburn_disc *disc = ptburn->discs[i];
        count += is_on_its_way(disc) && disc->outcome != DW_PTBURN_LOST;
    }
    return count;
}

/* --- the steps --- */

static bool path_in(const dw_ptburn *ptburn, const struct ptburn_disc *disc, const char *name, char out[DW_PATH_MAX])
{
    return dw_text_format(out, DW_PATH_MAX, "%s/%s/%s", ptburn->options.share, disc->stem, name);
}

/* The daemon draws it beside the one for the console. */
static bool label_of(const struct ptburn_disc *disc, char out[DW_PATH_MAX])
{
    size_t n = strlen(disc->order.label);
    if (n < 4)
        return dw_text_copy(out, DW_PATH_MAX, "");
    return dw_text_format(out, DW_PATH_MAX, "%.*s.jpg", (int)n - 4, disc->order.label);
}

static void try_later(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    disc->phase = PTBURN_WAITING;
    disc->retry_us = ptburn_now(ptburn) + PTBURN_RETRY_US;
    ptburn_advance(ptburn, disc);
}

/* Once may be a server that starts again; then it is told. */
static void refused(dw_ptburn *ptburn, struct ptburn_disc *disc, const struct dw_error *why)
{
    ptburn->refused_in_a_row++;
    dw_text_cut(ptburn->refused_text, sizeof ptburn->refused_text, why->text);
    try_later(ptburn, disc);
}

static dw_status save_record(dw_ptburn *ptburn, const struct ptburn_disc *disc, bool submitted)
{
    struct dw_ptburn_record record = {.disc = disc->order.disc, .submitted = submitted, .again = disc->follow.again};
    memcpy(record.stem, disc->stem, sizeof record.stem);
    memcpy(record.content, disc->content, sizeof record.content);
    return dw_ptburn_record_save(ptburn->records, &record, NULL);
}

/* Of whom and of what: the daemon's disk may be set back, and gives the number of a disc once more. */
void ptburn_sum_up(struct ptburn_disc *disc)
{
    const struct dw_disc_order *order = &disc->order;
    struct dw_buf expect = {0}, text = {0};
    uint8_t sum[DW_SHA256_SIZE];
    dw_buf_init(&text, 0);
    dw_buf_addf(&text, "%lld %lld %d %d\n", (long long)order->job, (long long)order->copy, order->n, order->of);
    if (*order->expect && dw_file_read_all(order->expect, EXPECT_MAX, &expect, NULL) == DW_OK)
        dw_buf_add(&text, expect.data, expect.size);
    dw_sha256_of(text.data, text.size, sum);
    dw_text_hex(sum, sizeof sum, disc->content);
    dw_buf_done(&expect);
    dw_buf_done(&text);
}

static void prepare(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    disc->phase = PTBURN_PREPARING;
    ptburn_op(ptburn, DW_PTBURN_OP_PREPARE, disc->order.disc, disc->stem, NULL);
}

static void start_worker(dw_ptburn *ptburn, struct ptburn_disc *disc, json_t *task, enum ptburn_phase phase)
{
    dw_status st = task ? dw_worker_start(&ptburn->worker, ptburn->opts.spawner, &ptburn->opts.clock, task, NULL)
                        : DW_ERR_INTERNAL;
    if (st != DW_OK) {
        try_later(ptburn, disc);
        return;
    }
    ptburn->worker_disc = disc->order.disc;
    disc->phase = phase;
}

static void write_image(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    char image[DW_PATH_MAX], label[DW_PATH_MAX], label_out[DW_PATH_MAX];
    json_t *task = NULL;
    if (path_in(ptburn, disc, DW_PTBURN_IMAGE, image) && path_in(ptburn, disc, DW_PTBURN_LABEL, label_out) &&
        label_of(disc, label))
        task = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "task", "image", "tree", disc->order.tree, "media",
                         disc->order.media, "capacity_bytes", (json_int_t)disc->order.capacity_bytes, "out", image,
                         "chunks", disc->order.chunks, "label", label, "label_out", label_out);
    start_worker(ptburn, disc, task, PTBURN_WRITING);
}

/* The last look of ours at what goes on the disc: what the robot reads back we do not see. */
static void check_image(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    char image[DW_PATH_MAX];
    json_t *task = NULL;
    if (path_in(ptburn, disc, DW_PTBURN_IMAGE, image))
        task = json_pack("{s:s, s:s, s:s, s:s}", "task", "check", "source", image, "expect", disc->order.expect,
                         "profile", "");
    start_worker(ptburn, disc, task, PTBURN_CHECKING);
}

/* "16": the service counts in times, as people do. */
static int speed_of(const dw_ptburn *ptburn, const struct ptburn_disc *disc)
{
    const struct dw_robot_options *options = &ptburn->options;
    const int64_t wanted[] = {
        [DW_MEDIA_CD] = options->burn_speed_cd, [DW_MEDIA_DVD] = options->burn_speed_dvd, [DW_MEDIA_BD] = options->burn_speed_bd};
    const struct dw_blank *blank = dw_blank_find(disc->order.media);
    if (!blank)
        return 0;
    int64_t times = (size_t)blank->media < DW_ARRAY_LEN(wanted) ? wanted[blank->media] : 0;
    int64_t once = dw_media_1x_kbps(blank->media);
    if (times == 0 && options->burn_speed_kbps && once)
        times = options->burn_speed_kbps / once > 0 ? options->burn_speed_kbps / once : 1;
    return times > 100 ? 100 : (int)times;
}

static void stage(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    char image[DW_PATH_MAX], label[DW_PATH_MAX];
    struct dw_error err = {0};
    struct dw_buf text = {0};
    struct dw_ptburn_job job = {.stem = disc->stem,
                                .client = ptburn->client,
                                .robot = ptburn_robot(ptburn) ? ptburn_robot(ptburn)->name : ptburn->options.ptburn_robot,
                                .image = image,
                                .label = *disc->order.label ? label : "",
                                .speed = speed_of(ptburn, disc),
                                .quality = ptburn->options.print_quality};
    if (!ptburn_bin_for(ptburn, &disc->order, &job.bin)) {
        try_later(ptburn, disc);
        return;
    }
    dw_status st = path_in(ptburn, disc, DW_PTBURN_IMAGE, image) && path_in(ptburn, disc, DW_PTBURN_LABEL, label)
                       ? dw_ptburn_job_write(&job, &ptburn->paths, &text, &err)
                       : dw_error_set(&err, DW_ERR_LIMIT, "a path is too long");
    if (st != DW_OK) {
        dw_buf_done(&text);
        ptburn_refuse(ptburn, disc, "order_refused", err.text);
        return;
    }
    disc->phase = PTBURN_STAGING;
    disc->bin = job.bin;
    ptburn_op(ptburn, DW_PTBURN_OP_STAGE, disc->order.disc, disc->stem, text.data);
}

/* Between its job file and its turn a bin may have run empty, or somebody have changed the robot's mode: what was right
 * would empty the bin of the finished discs. */
static void take_turn(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    enum dw_ptburn_bin bin = disc->bin;
    if (ptburn_bin_for(ptburn, &disc->order, &bin) && bin == disc->bin)
        ptburn_ask(ptburn, disc, DW_DISC_EV_LOAD);
    else
        stage(ptburn, disc);
}

/* The row says that a blank may be taken, and our record that the request may exist: only now it may. */
void ptburn_submit(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    if (save_record(ptburn, disc, true) != DW_OK) {
        disc->phase = PTBURN_FOLLOWED;
        disc->outcome = DW_PTBURN_NOT_SUBMITTED;
        return;
    }
    disc->phase = PTBURN_SUBMITTING;
    ptburn_op(ptburn, DW_PTBURN_OP_SUBMIT, disc->order.disc, disc->stem, NULL);
}

static void on_prepare(dw_ptburn *ptburn, struct ptburn_disc *disc, const struct dw_ptburn_result *result)
{
    dw_status status = result->status;
    const struct dw_ptburn_record *record = dw_ptburn_record_find(ptburn->records, disc->order.disc);
    bool is_ours = record && strcmp(record->content, disc->content) == 0;
    if (status == DW_ERR_CONFLICT && !is_ours) { /* another patient's, perhaps: its success must not be told as this one's */
        ptburn_refuse(ptburn, disc, "order_refused", "a job of its number, but of another disc, is on the server");
    } else if (status == DW_ERR_CONFLICT) { /* this very disc was submitted before: it is followed, never made twice */
        disc->is_on_server = true;
        disc->follow.again = record->again;
        disc->phase = PTBURN_STAGED;
        dw_status st = save_record(ptburn, disc, true);
        (void)st; /* what is on the share says the same */
        ptburn_advance(ptburn, disc);
    } else if (status != DW_OK) {
        refused(ptburn, disc, &result->err);
    } else if (save_record(ptburn, disc, false) != DW_OK || disc->cancel) {
        try_later(ptburn, disc); /* of the record: the disk has no room */
    } else {
        write_image(ptburn, disc);
    }
}

void ptburn_prepared(dw_ptburn *ptburn, struct ptburn_disc *disc, const struct dw_ptburn_result *result)
{
    if (result->op.kind == DW_PTBURN_OP_PREPARE && disc->phase == PTBURN_PREPARING) {
        on_prepare(ptburn, disc, result);
    } else if (result->op.kind == DW_PTBURN_OP_STAGE && disc->phase == PTBURN_STAGING) {
        if (result->status != DW_OK) {
            refused(ptburn, disc, &result->err);
        } else if (disc->cancel) {
            try_later(ptburn, disc);
        } else {
            disc->phase = PTBURN_STAGED;
            ptburn->refused_in_a_row = 0;
        }
    } else if (result->op.kind == DW_PTBURN_OP_SUBMIT && disc->phase == PTBURN_SUBMITTING) {
        /* A rename whose answer got lost may have happened: the next look tells. */
        disc->phase = PTBURN_FOLLOWED;
        ptburn->look_due_us = 0;
    }
}

void ptburn_prepare_step(dw_ptburn *ptburn)
{
    struct ptburn_disc *disc;
    if (!ptburn_alive(ptburn) || !ptburn_robot(ptburn) || ptburn_stopped(ptburn))
        return;
    int drives = ptburn_robot(ptburn)->drives > 0 ? ptburn_robot(ptburn)->drives : (int)ptburn->options.drives;
    if (count_on_server(ptburn) < drives + AHEAD && (disc = pick(ptburn, PTBURN_STAGED)) != NULL)
        take_turn(ptburn, disc);
    if (count_phase(ptburn, PTBURN_PREPARING, PTBURN_STAGING) == 0 && !dw_worker_running(&ptburn->worker) &&
        count_phase(ptburn, PTBURN_STAGED, PTBURN_STAGED) == 0 && (disc = pick(ptburn, PTBURN_WAITING)) != NULL)
        prepare(ptburn, disc);
}

/* --- the worker --- */

static void on_progress(void *ctx, const struct dw_progress *progress)
{
    dw_ptburn *ptburn = ctx;
    ptburn->opts.listener.progress(ptburn->opts.listener.ctx, ptburn->worker_disc, progress);
}

/* A task that names the fault was not kept from its work by the share: it would end like this again. */
static void on_failed(dw_ptburn *ptburn, struct ptburn_disc *disc, const json_t *result, const struct dw_error *err)
{
    const char *fault = dw_json_text(result, "fault");
    if (*fault && dw_fault_find(fault))
        ptburn_refuse(ptburn, disc, fault, err->text);
    else
        refused(ptburn, disc, err);
}


static void on_checked(dw_ptburn *ptburn, struct ptburn_disc *disc, dw_status st, const json_t *result,
                       const struct dw_error *err)
{
    /* The finding's text may quote the disc; its code and nothing else goes into rows and logs. */
    const char *code = dw_json_text(json_array_get(json_object_get(result, "findings"), 0), "code");
    if (st == DW_OK && json_is_true(json_object_get(result, "conforms")))
        stage(ptburn, disc);
    else if (st == DW_OK)
        ptburn_refuse(ptburn, disc, "not_conforming", *code ? code : "no code");
    else
        on_failed(ptburn, disc, result, err);
}

void ptburn_worker_step(dw_ptburn *ptburn)
{
    struct dw_error err = {0};
    json_t *result = NULL;
    dw_status st = DW_OK;
    if (!dw_worker_step(&ptburn->worker, &ptburn->opts.clock, on_progress, ptburn, &st, &result, &err))
        return;
    struct ptburn_disc *disc = ptburn_find(ptburn, ptburn->worker_disc);
    ptburn->worker_disc = 0;
    if (disc)
        dw_log_write(ptburn->opts.log, DW_LOG_DEBUG, "task ended disc=%lld status=%s", (long long)disc->order.disc,
                     dw_status_name(st));
    if (disc && disc->phase == PTBURN_WRITING && st == DW_OK)
        check_image(ptburn, disc);
    else if (disc && disc->phase == PTBURN_WRITING)
        on_failed(ptburn, disc, result, &err);
    else if (disc && disc->phase == PTBURN_CHECKING)
        on_checked(ptburn, disc, st, result, &err);
    json_decref(result);
}
