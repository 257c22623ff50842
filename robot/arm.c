#include "robot/arm.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "burn/drive/tray.h"
#include "robot/errands.h"

struct dw_arm {
    dw_mover *mover;
    struct dw_arm_time time;
    bool virtual;
    dw_errands *errands; /* struct dw_arm_result, each holding its job */
    bool held_back;      /* in virtual time: one is done, and not over before due_us */
    int64_t due_us;
};

/* Below an arm a tray is out only as long as nothing else is done: then it goes in again, and if it does not, nobody
 * may move (DW_MOVED_UNKNOWN). */
static void show_tray(dw_arm *arm, struct dw_arm_result *r)
{
    const struct timespec moment = {.tv_nsec = 100000000};
    const struct dw_arm_job *job = &r->job;
    r->status = dw_tray_open(job->text, &r->err);
    r->moved = DW_MOVED_NO;
    if (r->status != DW_OK || job->discs == 0)
        return;
    for (int n = 0; n < 10 * job->discs && !dw_errands_stopping(arm->errands); n++)
        nanosleep(&moment, NULL);
    r->status = dw_tray_close(job->text, &r->err);
    r->moved = r->status == DW_OK ? DW_MOVED_YES : DW_MOVED_UNKNOWN;
}

static void run(void *ctx, void *errand)
{
    dw_arm *arm = ctx;
    struct dw_arm_result *r = errand;
    const struct dw_arm_job *job = &r->job;
    switch (job->kind) {
    case DW_ARM_CARRY:
        r->status = dw_mover_carry(arm->mover, job->disc, job->from, job->to, &r->moved, &r->err);
        break;
    case DW_ARM_PRINT:
        r->status = dw_mover_print(arm->mover, job->disc, job->text, &r->err);
        break;
    case DW_ARM_SENSE:
        break;
    case DW_ARM_REFILL:
        r->status = dw_mover_refill(arm->mover, job->to, job->discs, job->text, &r->err);
        break;
    case DW_ARM_INJECT:
        r->status = dw_mover_inject(arm->mover, job->text, &r->err);
        break;
    case DW_ARM_ANSWER:
        r->status = dw_mover_answered(arm->mover, job->disc, job->to, &r->err);
        break;
    case DW_ARM_CLEAR:
        r->status = dw_mover_cleared(arm->mover, job->from, &r->err);
        break;
    case DW_ARM_TRAY:
        show_tray(arm, r);
        break;
    }
    r->fault = r->status == DW_OK ? NULL : dw_mover_last_fault(arm->mover);
    if (job->kind == DW_ARM_CARRY && job->to.kind == DW_PLACE_OUTPUT && r->moved == DW_MOVED_YES &&
        dw_mover_delivered_files(arm->mover, r->image, r->label, sizeof r->image, NULL) != DW_OK)
        r->image[0] = r->label[0] = 0; /* only a convenience: the disc itself is delivered */
    struct dw_error sense_err = {0};
    dw_status st = dw_mover_sense(arm->mover, &r->sensors, &sense_err);
    r->sensed = st == DW_OK;
    if (job->kind == DW_ARM_SENSE && st != DW_OK) {
        r->status = st;
        r->err = sense_err;
        r->fault = dw_mover_last_fault(arm->mover);
    }
}

dw_status dw_arm_new(dw_mover *mover, const struct dw_arm_time *time, dw_arm **out,
                     struct dw_error *err)
{
    dw_arm *arm = calloc(1, sizeof *arm);
    if (!arm)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    arm->mover = mover;
    arm->virtual = time != NULL;
    if (time)
        arm->time = *time;
    const struct dw_errands_opts opts = {
        .size = sizeof(struct dw_arm_result), .run = run, .ctx = arm, .by_hand = arm->virtual};
    dw_status st = dw_errands_new(&opts, &arm->errands, err);
    if (st == DW_OK)
        *out = arm;
    else
        free(arm);
    return st;
}

void dw_arm_free(dw_arm *arm)
{
    if (!arm)
        return;
    dw_errands_free(arm->errands);
    free(arm);
}

int dw_arm_fd(const dw_arm *arm)
{
    return arm->virtual ? -1 : dw_errands_fd(arm->errands);
}

int64_t dw_arm_due_us(const dw_arm *arm)
{
    return arm->held_back ? arm->due_us : 0;
}

static void begin_virtual(dw_arm *arm)
{
    if (arm->held_back || !dw_errands_step(arm->errands))
        return;
    arm->held_back = true;
    arm->due_us = arm->time.now_us(arm->time.ctx) + arm->time.took_us(arm->time.ctx);
}

static size_t room_for(enum dw_arm_job_kind kind)
{
    bool own = kind == DW_ARM_CARRY || kind == DW_ARM_PRINT || kind == DW_ARM_SENSE;
    return own ? DW_ARM_QUEUE_MAX : DW_ARM_QUEUE_MAX - DW_ARM_QUEUE_KEPT;
}

dw_status dw_arm_submit(dw_arm *arm, const struct dw_arm_job *job, struct dw_error *err)
{
    size_t done;
    if (dw_errands_waiting(arm->errands, &done) >= room_for(job->kind))
        return dw_error_set(err, DW_ERR_LIMIT, "%zu jobs are already waiting for the arm",
                            room_for(job->kind));
    struct dw_arm_result *r = calloc(1, sizeof *r); /* paths make it too large for a small stack */
    if (!r)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    r->job = *job;
    dw_status st = dw_errands_submit(arm->errands, r, err);
    free(r);
    if (st == DW_OK && arm->virtual)
        begin_virtual(arm);
    return st;
}

bool dw_arm_take(dw_arm *arm, struct dw_arm_result *out)
{
    if (!arm->virtual)
        return dw_errands_take(arm->errands, out);
    if (!arm->held_back || arm->time.now_us(arm->time.ctx) < arm->due_us ||
        !dw_errands_take(arm->errands, out))
        return false;
    arm->held_back = false;
    begin_virtual(arm);
    return true;
}
