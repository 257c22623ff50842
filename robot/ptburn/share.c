#include "robot/ptburn/share.h"

#include <stdlib.h>
#include <strings.h>

#include "robot/errands.h"
#include "share_look.h"

#define LEAVE_BEHIND_S 1

/* --- what was seen --- */

void dw_ptburn_view_free(struct dw_ptburn_view *view)
{
    if (!view)
        return;
    for (size_t i = 0; i < DW_ARRAY_LEN(view->status); i++)
        dw_ptburn_ini_free(view->status[i]);
    free(view->found);
    free(view);
}

enum dw_ptburn_file dw_ptburn_view_file(const struct dw_ptburn_view *view, const char *stem)
{
    enum dw_ptburn_file file = DW_PTBURN_FILE_NONE;
    for (size_t i = 0; i < view->count; i++) {
        const struct dw_ptburn_found *found = &view->found[i];
        /* Caught between two names it is seen under both: the later one is true. */
        if (!found->folder && strcasecmp(found->stem, stem) == 0 && found->file > file)
            file = found->file;
    }
    return file;
}

bool dw_ptburn_view_job(const struct dw_ptburn_view *view, const char *stem, struct dw_ptburn_job_status *out,
                        int *out_robot)
{
    bool any = false;
    for (int i = 0; i < view->server.robots; i++) {
        struct dw_ptburn_job_status status;
        if (!view->status[i] || !dw_ptburn_job_status_read(view->status[i], stem, &status))
            continue;
        bool moved = status.state == DW_PTBURN_JOB_MOVED || status.doing == DW_PTBURN_MOVED;
        if (any && moved)
            continue;
        *out = status;
        *out_robot = i;
        any = true;
        if (!moved)
            return true;
    }
    return any;
}

/* --- what is done there --- */

struct dw_ptburn_share {
    struct dw_ptburn_share_opts opts;
    char path[DW_PATH_MAX / 2], prefix[DW_PTBURN_STEM_MAX];
    dw_errands *errands; /* struct dw_ptburn_result, each holding its operation */
};

static void run(void *ctx, void *errand)
{
    const dw_ptburn_share *share = ctx;
    struct dw_ptburn_result *r = errand;
    const struct dw_ptburn_op *op = &r->op;
    if (share->opts.before)
        share->opts.before(share->opts.ctx);
    switch (op->kind) {
    case DW_PTBURN_OP_LOOK:
        r->status = folder_look(share->path, share->prefix, &r->view, &r->err);
        break;
    case DW_PTBURN_OP_PREPARE:
        r->status = folder_prepare(share->path, op->stem, &r->err);
        break;
    case DW_PTBURN_OP_STAGE:
        r->status = folder_stage(share->path, op->stem, op->text, op->wide, &r->err);
        break;
    case DW_PTBURN_OP_SUBMIT:
        r->status = folder_submit(share->path, op->stem, &r->err);
        break;
    case DW_PTBURN_OP_MESSAGE:
        r->status = folder_message(share->path, op->stem, op->text, op->wide, &r->err);
        break;
    case DW_PTBURN_OP_CLEAN:
        r->status = folder_clean(share->path, op->stem, &r->err);
        break;
    }
    free(r->op.text);
    r->op.text = NULL;
}

static void drop(void *errand)
{
    struct dw_ptburn_result *r = errand;
    free(r->op.text);
    dw_ptburn_view_free(r->view);
}

dw_status dw_ptburn_share_open(const struct dw_ptburn_share_opts *opts, dw_ptburn_share **out, struct dw_error *err)
{
    dw_ptburn_share *share = calloc(1, sizeof *share);
    if (!share)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    const struct dw_errands_opts errands = {
        .size = sizeof(struct dw_ptburn_result), .run = run, .drop = drop, .ctx = share, .by_hand = opts->at_once};
    dw_status st = DW_OK;
    share->opts = *opts;
    if (!dw_text_copy(share->path, sizeof share->path, opts->path) || share->path[0] != '/')
        st = dw_error_set(err, DW_ERR_INVALID, "share: the shared folder is named by its absolute path here");
    else if (!dw_text_copy(share->prefix, sizeof share->prefix, opts->prefix) || !share->prefix[0])
        st = dw_error_set(err, DW_ERR_INVALID, "the names of our jobs begin with nothing, or with too much");
    if (st == DW_OK)
        st = dw_errands_new(&errands, &share->errands, err);
    if (st == DW_OK)
        *out = share;
    else
        free(share);
    return st;
}

void dw_ptburn_share_close(dw_ptburn_share *share)
{
    if (share && dw_errands_leave(share->errands, LEAVE_BEHIND_S))
        free(share); /* else the thread still uses it */
}

int dw_ptburn_share_fd(const dw_ptburn_share *share)
{
    return dw_errands_fd(share->errands);
}

dw_status dw_ptburn_share_submit(dw_ptburn_share *share, const struct dw_ptburn_op *op, struct dw_error *err)
{
    size_t done, waiting = dw_errands_waiting(share->errands, &done);
    const struct dw_ptburn_result errand = {.op = *op};
    dw_status st = waiting + done < DW_PTBURN_OPS_MAX
                       ? dw_errands_submit(share->errands, &errand, err)
                       : dw_error_set(err, DW_ERR_LIMIT, "%d operations wait for the shared folder", DW_PTBURN_OPS_MAX);
    if (st != DW_OK)
        free(op->text);
    else if (share->opts.at_once)
        dw_errands_step(share->errands);
    return st;
}

bool dw_ptburn_share_take(dw_ptburn_share *share, struct dw_ptburn_result *out)
{
    return dw_errands_take(share->errands, out);
}

int64_t dw_ptburn_share_busy_us(dw_ptburn_share *share)
{
    return dw_errands_busy_us(share->errands);
}
