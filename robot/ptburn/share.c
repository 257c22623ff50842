#include "robot/ptburn/share.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
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

/* --- the thread --- */

struct node {
    struct node *next;
    struct dw_ptburn_result result; /* holds the operation */
};
struct list {
    struct node *first, **end;
    size_t count;
};

struct dw_ptburn_share {
    struct dw_ptburn_share_opts opts;
    char path[DW_PATH_MAX / 2], prefix[DW_PTBURN_STEM_MAX];
    pthread_t thread;
    bool started, stopping;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int event_fd;
    int64_t since_us; /* 0: nothing runs */
    struct list ops, results;
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

static void drop(struct list *list)
{
    struct node *node;
    while ((node = pull(list)) != NULL) {
        free(node->result.op.text);
        dw_ptburn_view_free(node->result.view);
        free(node);
    }
}

static void run(const dw_ptburn_share *share, struct dw_ptburn_result *r)
{
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

static void deliver_locked(dw_ptburn_share *share, struct node *node)
{
    uint64_t one = 1;
    push(&share->results, node);
    ssize_t n = write(share->event_fd, &one, sizeof one); /* fails only when it is readable anyway */
    (void)n;
}

static void *share_thread(void *ctx)
{
    dw_ptburn_share *share = ctx;
    const struct dw_clock clock = dw_clock_system();
    pthread_mutex_lock(&share->lock);
    while (!share->stopping) {
        struct node *node = pull(&share->ops);
        if (!node) {
            pthread_cond_wait(&share->wake, &share->lock);
            continue;
        }
        share->since_us = dw_clock_mono_us(&clock);
        pthread_mutex_unlock(&share->lock);
        run(share, &node->result);
        pthread_mutex_lock(&share->lock);
        share->since_us = 0;
        deliver_locked(share, node);
    }
    pthread_mutex_unlock(&share->lock);
    return NULL;
}

static void destroy(dw_ptburn_share *share)
{
    drop(&share->ops);
    drop(&share->results);
    if (share->event_fd >= 0)
        close(share->event_fd);
    pthread_mutex_destroy(&share->lock);
    pthread_cond_destroy(&share->wake);
    free(share);
}

dw_status dw_ptburn_share_open(const struct dw_ptburn_share_opts *opts, dw_ptburn_share **out, struct dw_error *err)
{
    dw_ptburn_share *share = calloc(1, sizeof *share);
    if (!share)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    share->opts = *opts;
    share->ops.end = &share->ops.first;
    share->results.end = &share->results.first;
    pthread_mutex_init(&share->lock, NULL);
    pthread_cond_init(&share->wake, NULL);
    share->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    dw_status st = DW_OK;
    if (share->event_fd < 0)
        st = dw_error_set(err, DW_ERR_INTERNAL, "eventfd: %s", strerror(errno));
    else if (!dw_text_copy(share->path, sizeof share->path, opts->path) || share->path[0] != '/')
        st = dw_error_set(err, DW_ERR_INVALID, "share: the shared folder is named by its absolute path here");
    else if (!dw_text_copy(share->prefix, sizeof share->prefix, opts->prefix) || !share->prefix[0])
        st = dw_error_set(err, DW_ERR_INVALID, "the names of our jobs begin with nothing, or with too much");
    if (st == DW_OK && !opts->at_once) {
        int rc = pthread_create(&share->thread, NULL, share_thread, share);
        share->started = rc == 0;
        if (rc != 0)
            st = dw_error_set(err, DW_ERR_INTERNAL, "start a thread: %s", strerror(rc));
    }
    if (st == DW_OK)
        *out = share;
    else
        destroy(share);
    return st;
}

void dw_ptburn_share_close(dw_ptburn_share *share)
{
    if (!share)
        return;
    if (share->started) {
        struct timespec until;
        pthread_mutex_lock(&share->lock);
        share->stopping = true;
        pthread_cond_signal(&share->wake);
        pthread_mutex_unlock(&share->lock);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += LEAVE_BEHIND_S;
        if (pthread_timedjoin_np(share->thread, NULL, &until) != 0) {
            pthread_detach(share->thread);
            return; /* it still uses its memory */
        }
    }
    destroy(share);
}

int dw_ptburn_share_fd(const dw_ptburn_share *share)
{
    return share->event_fd;
}

dw_status dw_ptburn_share_submit(dw_ptburn_share *share, const struct dw_ptburn_op *op, struct dw_error *err)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node) {
        free(op->text);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    node->result.op = *op;
    pthread_mutex_lock(&share->lock);
    bool room = share->ops.count + share->results.count < DW_PTBURN_OPS_MAX; /* the caller alone adds to them */
    pthread_mutex_unlock(&share->lock);
    if (!room) {
        free(op->text);
        free(node);
        return dw_error_set(err, DW_ERR_LIMIT, "%d operations wait for the shared folder", DW_PTBURN_OPS_MAX);
    }
    if (share->opts.at_once)
        run(share, &node->result);
    pthread_mutex_lock(&share->lock);
    if (share->opts.at_once)
        deliver_locked(share, node);
    else
        push(&share->ops, node);
    pthread_cond_signal(&share->wake);
    pthread_mutex_unlock(&share->lock);
    return DW_OK;
}

bool dw_ptburn_share_take(dw_ptburn_share *share, struct dw_ptburn_result *out)
{
    uint64_t count;
    pthread_mutex_lock(&share->lock);
    struct node *node = pull(&share->results);
    if (!share->results.first) {
        ssize_t n = read(share->event_fd, &count, sizeof count); /* nothing to read is what we want */
        (void)n;
    }
    pthread_mutex_unlock(&share->lock);
    if (!node)
        return false;
    *out = node->result;
    free(node);
    return true;
}

int64_t dw_ptburn_share_busy_us(dw_ptburn_share *share)
{
    const struct dw_clock clock = dw_clock_system();
    pthread_mutex_lock(&share->lock);
    int64_t since = share->since_us;
    pthread_mutex_unlock(&share->lock);
    return since ? dw_clock_mono_us(&clock) - since : 0;
}
