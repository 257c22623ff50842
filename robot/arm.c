#include "robot/arm.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "burn/drive/tray.h"

struct node {
    struct node *next;
    struct dw_arm_result result; /* holds the job */
};

struct list {
    struct node *first, **end;
    int count;
};

struct dw_arm {
    dw_mover *mover;
    struct dw_arm_time time;
    bool virtual, started, stopping;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int event_fd;
    struct list jobs, results;
    struct node *held_back; /* in virtual time: done, and not over before due_us */
    int64_t due_us;
};

static void push(struct list *list, struct node *node)
{
    node->next = NULL;
    *list->end = node;
    list->end = &node->next;
    list->count++;
}

static struct node *pull(struct list *list)
{
    struct node *node = list->first;
    if (!node)
        return NULL;
    list->first = node->next;
    if (!list->first)
        list->end = &list->first;
    list->count--;
    return node;
}

static bool is_stopping(dw_arm *arm)
{
    pthread_mutex_lock(&arm->lock);
    bool stopping = arm->stopping;
    pthread_mutex_unlock(&arm->lock);
    return stopping;
}

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
    for (int n = 0; n < 10 * job->discs && !is_stopping(arm); n++)
        nanosleep(&moment, NULL);
    r->status = dw_tray_close(job->text, &r->err);
    r->moved = r->status == DW_OK ? DW_MOVED_YES : DW_MOVED_UNKNOWN;
}

static void run(dw_arm *arm, struct dw_arm_result *r)
{
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

static void deliver_locked(dw_arm *arm, struct node *node)
{
    uint64_t one = 1;
    push(&arm->results, node);
    /* It can only fail when the counter is full, and then it is readable. */
    ssize_t n = write(arm->event_fd, &one, sizeof one);
    (void)n;
}

static void *arm_thread(void *ctx)
{
    dw_arm *arm = ctx;
    pthread_mutex_lock(&arm->lock);
    while (!arm->stopping) {
        struct node *node = pull(&arm->jobs);
        if (!node) {
            pthread_cond_wait(&arm->wake, &arm->lock);
            continue;
        }
        pthread_mutex_unlock(&arm->lock);
        run(arm, &node->result);
        pthread_mutex_lock(&arm->lock);
        deliver_locked(arm, node);
    }
    pthread_mutex_unlock(&arm->lock);
    return NULL;
}

static dw_status start_thread(dw_arm *arm, struct dw_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the loop */
    int e = pthread_create(&arm->thread, NULL, arm_thread, arm);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e)
        return dw_error_set(err, DW_ERR_INTERNAL, "start the arm's thread: %s", strerror(e));
    arm->started = true;
    return DW_OK;
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
    arm->jobs.end = &arm->jobs.first;
    arm->results.end = &arm->results.first;
    pthread_mutex_init(&arm->lock, NULL);
    pthread_cond_init(&arm->wake, NULL);
    arm->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    dw_status st = DW_OK;
    if (arm->event_fd < 0)
        st = dw_error_set(err, DW_ERR_INTERNAL, "eventfd: %s", strerror(errno));
    else if (!arm->virtual)
        st = start_thread(arm, err);
    if (st == DW_OK)
        *out = arm;
    else
        dw_arm_free(arm);
    return st;
}

void dw_arm_free(dw_arm *arm)
{
    struct node *node;
    if (!arm)
        return;
    pthread_mutex_lock(&arm->lock);
    arm->stopping = true;
    pthread_cond_signal(&arm->wake);
    pthread_mutex_unlock(&arm->lock);
    if (arm->started)
        pthread_join(arm->thread, NULL);
    while ((node = pull(&arm->jobs)) || (node = pull(&arm->results)))
        free(node);
    free(arm->held_back);
    if (arm->event_fd >= 0)
        close(arm->event_fd);
    pthread_cond_destroy(&arm->wake);
    pthread_mutex_destroy(&arm->lock);
    free(arm);
}

int dw_arm_fd(const dw_arm *arm)
{
    return arm->event_fd;
}

int64_t dw_arm_due_us(const dw_arm *arm)
{
    return arm->held_back ? arm->due_us : 0;
}

static void begin_virtual(dw_arm *arm)
{
    if (arm->held_back || !(arm->held_back = pull(&arm->jobs)))
        return;
    run(arm, &arm->held_back->result);
    arm->due_us = arm->time.now_us(arm->time.ctx) + arm->time.took_us(arm->time.ctx);
}

static struct node *take_virtual(dw_arm *arm)
{
    struct node *node = arm->held_back;
    if (!node || arm->time.now_us(arm->time.ctx) < arm->due_us)
        return NULL;
    arm->held_back = NULL;
    begin_virtual(arm);
    return node;
}

static int room_for(enum dw_arm_job_kind kind)
{
    bool own = kind == DW_ARM_CARRY || kind == DW_ARM_PRINT || kind == DW_ARM_SENSE;
    return own ? DW_ARM_QUEUE_MAX : DW_ARM_QUEUE_MAX - DW_ARM_QUEUE_KEPT;
}

dw_status dw_arm_submit(dw_arm *arm, const struct dw_arm_job *job, struct dw_error *err)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    node->result.job = *job;
    pthread_mutex_lock(&arm->lock);
    bool full = arm->jobs.count >= room_for(job->kind);
    if (!full) {
        push(&arm->jobs, node);
        pthread_cond_signal(&arm->wake);
    }
    pthread_mutex_unlock(&arm->lock);
    if (!full && arm->virtual)
        begin_virtual(arm);
    if (!full)
        return DW_OK;
    free(node);
    return dw_error_set(err, DW_ERR_LIMIT, "%d jobs are already waiting for the arm",
                        room_for(job->kind));
}

bool dw_arm_take(dw_arm *arm, struct dw_arm_result *out)
{
    struct node *node;
    if (arm->virtual) {
        node = take_virtual(arm);
    } else {
        uint64_t count;
        pthread_mutex_lock(&arm->lock);
        node = pull(&arm->results);
        if (arm->results.count == 0) {
            ssize_t n = read(arm->event_fd, &count, sizeof count); /* EAGAIN: nothing was there */
            (void)n;
        }
        pthread_mutex_unlock(&arm->lock);
    }
    if (!node)
        return false;
    *out = node->result;
    free(node);
    return true;
}
