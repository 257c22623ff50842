#include "robot/cups.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "robot/cups_ipp.h"

#define LOOK_MS 500        /* while a label is printed */
#define IDLE_LOOK_MS 5000  /* else */
#define OFFLINE_AFTER_US 3000000 /* one lost answer is no fault */

struct dw_cups {
    struct dw_printer printer;
    struct dw_cups_queue queue;
    struct dw_robot_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, stopping;
    struct dw_printer_now now;
    /* what the thread is asked for, and what came of it */
    bool asked, answered;
    long long disc;
    char path[DW_PATH_MAX]; /* of its label; "": nobody else's must come any more */
    struct dw_error answer;
    /* the thread's own */
    struct dw_clock clock;
    http_t *http;
    bool swept;
    int job; /* 0: none */
    bool lost; /* the label of lost_disc was sent, and whether it came nobody has said */
    long long lost_disc;
    char name[DW_CUPS_NAME_MAX]; /* of the label that was sent last */
    int64_t since_us, done_us, silent_us;
};

static void tell_locked(struct dw_cups *cups, const struct dw_printer_now *now)
{
    uint64_t one = 1;
    if (memcmp(&cups->now, now, sizeof *now) == 0)
        return;
    cups->now = *now;
    /* It can only fail when the counter is full, and then it is readable. */
    ssize_t n = write(cups->printer.fd, &one, sizeof one);
    (void)n;
}

/* --- the thread --- */

static void hang_up(struct dw_cups *cups)
{
    if (cups->http)
        httpClose(cups->http);
    cups->http = NULL;
}

static dw_status call(struct dw_cups *cups, struct dw_error *err)
{
    dw_status st = cups->http ? DW_OK : dw_cups_connect(&cups->queue, &cups->http, err);
    if (st == DW_OK && !cups->swept) {
        st = dw_cups_sweep(cups->http, &cups->queue, err);
        cups->swept = st == DW_OK;
    }
    return st;
}

/* A label whose answer got lost lies in the queue or is printed already: sent again it would be printed twice, the
 * second time on the next disc. */
static dw_status look_for_lost(struct dw_cups *cups, struct dw_error *err)
{
    int job = 0;
    bool done = false;
    dw_status st = dw_cups_find(cups->http, &cups->queue, cups->name, &job, &done, err);
    if (st == DW_OK && job && cups->lost_disc == cups->disc)
        cups->job = job;
    else if (st == DW_OK && job && !done)
        st = dw_cups_cancel(cups->http, &cups->queue, job, err);
    if (st == DW_OK)
        cups->lost = false;
    return st;
}

static dw_status make_way(struct dw_cups *cups, struct dw_error *err)
{
    dw_status st = call(cups, err);
    return st == DW_OK && cups->lost && cups->lost_disc != cups->disc ? look_for_lost(cups, err) : st;
}

static dw_status send_label(struct dw_cups *cups, struct dw_error *err)
{
    struct dw_cups_label label = {cups->name, cups->path, cups->options.printer_media,
                                  cups->options.printer_options};
    dw_status st = call(cups, err);
    cups->job = 0;
    if (st == DW_OK && cups->lost)
        st = look_for_lost(cups, err);
    if (st != DW_OK || cups->job)
        return st;
    dw_cups_name(cups->queue.owner, cups->disc, dw_clock_wall_us(&cups->clock), cups->name);
    st = dw_cups_submit(cups->http, &cups->queue, &label, &cups->job, err);
    cups->lost = st == DW_ERR_GONE || st == DW_ERR_CORRUPT;
    cups->lost_disc = cups->disc;
    return st;
}

static void serve(struct dw_cups *cups)
{
    struct dw_error err = {0};
    bool has_label = cups->path[0];
    dw_status st = has_label ? send_label(cups, &err) : make_way(cups, &err);
    int64_t at = dw_clock_mono_us(&cups->clock);
    if (st == DW_ERR_GONE)
        hang_up(cups);
    if (has_label) {
        cups->since_us = at;
        cups->done_us = 0;
    }
    pthread_mutex_lock(&cups->lock);
    cups->asked = false;
    cups->answered = true;
    cups->answer = err;
    cups->answer.code = st;
    struct dw_printer_now now = cups->now;
    if (has_label)
        now.state = st == DW_OK ? DW_PRINTER_BUSY : DW_PRINTER_IDLE;
    if (st == DW_ERR_GONE) { /* a disc waits for it: until it answers, nobody tries again */
        cups->silent_us = at;
        now.fault = "printer_offline";
        now.sentence = NULL;
    }
    tell_locked(cups, &now);
    pthread_cond_broadcast(&cups->changed);
    pthread_mutex_unlock(&cups->lock);
}

/* A label that is finished is one only when the printer had time to lay the last line on it: most backends say
 * "completed" when the last byte is gone. */
static enum dw_printer_state settle(struct dw_cups *cups)
{
    int64_t now = dw_clock_mono_us(&cups->clock);
    if (cups->done_us == 0)
        cups->done_us = now;
    if (now - cups->done_us < cups->options.printer_settle_s * 1000000)
        return DW_PRINTER_BUSY;
    cups->job = 0;
    return DW_PRINTER_PRINTED;
}

static enum dw_printer_state follow(struct dw_cups *cups, ipp_jstate_t state, bool wants_a_hand)
{
    int64_t now = dw_clock_mono_us(&cups->clock);
    if (state == IPP_JSTATE_COMPLETED)
        return settle(cups);
    if (state == IPP_JSTATE_CANCELED || state == IPP_JSTATE_ABORTED) {
        cups->job = 0; /* how much of it lies on the disc nobody knows */
        return DW_PRINTER_FAILED;
    }
    if (wants_a_hand || state == IPP_JSTATE_STOPPED || state == IPP_JSTATE_HELD)
        cups->since_us = now; /* a person is waited for, not the printer */
    if (now - cups->since_us < cups->options.printer_timeout_s * 1000000)
        return DW_PRINTER_BUSY;
    if (dw_cups_cancel(cups->http, &cups->queue, cups->job, NULL) != DW_OK)
        cups->swept = false; /* it may still be printed, on the next disc: it is taken out when the queue answers */
    cups->job = 0;
    return DW_PRINTER_FAILED;
}

static void look_round(struct dw_cups *cups)
{
    struct dw_error err = {0};
    struct dw_cups_health health = {.ink_percent = -1};
    ipp_jstate_t state = IPP_JSTATE_PENDING;
    pthread_mutex_lock(&cups->lock);
    struct dw_printer_now now = cups->now;
    pthread_mutex_unlock(&cups->lock);
    dw_status st = call(cups, &err);
    if (st == DW_OK)
        st = dw_cups_health(cups->http, &cups->queue, cups->job != 0, &health, &err);
    if (st == DW_OK && cups->job)
        st = dw_cups_job(cups->http, &cups->queue, cups->job, &state, &err);
    if (st == DW_OK) {
        cups->silent_us = 0;
        now.fault = health.fault;
        now.sentence = health.sentence;
        now.ink_percent = health.ink_percent;
        if (cups->job)
            now.state = follow(cups, state, health.fault != NULL);
        if (cups->job && !now.fault && state == IPP_JSTATE_HELD) {
            now.fault = "printer_attention";
            now.sentence = "The label is held in the printer's queue: release it there";
        }
    } else {
        int64_t at = dw_clock_mono_us(&cups->clock);
        hang_up(cups);
        cups->silent_us = cups->silent_us ? cups->silent_us : at;
        if (at - cups->silent_us >= OFFLINE_AFTER_US) {
            now.fault = "printer_offline";
            now.sentence = NULL;
        }
        if (st == DW_ERR_NOT_FOUND && cups->job) { /* the queue has forgotten our label */
            cups->job = 0;
            now.state = DW_PRINTER_FAILED;
        }
    }
    pthread_mutex_lock(&cups->lock);
    tell_locked(cups, &now);
    pthread_mutex_unlock(&cups->lock);
}

static struct timespec in_ms(int ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + (int64_t)ms * 1000000;
    at.tv_sec += ns / 1000000000;
    at.tv_nsec = ns % 1000000000;
    return at;
}

static void *cups_thread(void *ctx)
{
    struct dw_cups *cups = ctx;
    look_round(cups);
    pthread_mutex_lock(&cups->lock);
    while (!cups->stopping) {
        struct timespec until = in_ms(cups->job || cups->silent_us ? LOOK_MS : IDLE_LOOK_MS);
        while (!cups->stopping && !cups->asked &&
               pthread_cond_timedwait(&cups->changed, &cups->lock, &until) != ETIMEDOUT)
            ;
        bool stopping = cups->stopping, asked = cups->asked;
        pthread_mutex_unlock(&cups->lock);
        if (!stopping && asked)
            serve(cups);
        else if (!stopping)
            look_round(cups);
        pthread_mutex_lock(&cups->lock);
    }
    pthread_mutex_unlock(&cups->lock);
    if (cups->job && cups->http) {
        /* Of what cannot be taken out now the next start takes care. */
        dw_status st = dw_cups_cancel(cups->http, &cups->queue, cups->job, NULL);
        (void)st;
    }
    hang_up(cups);
    return NULL;
}

/* --- from the mover --- */

/* The picture's PDF has its size in millimetres and every letter as an outline: it lies beside it where the daemon
 * knew of this printer when the label was drawn. */
static const char *best_of(const char *label_path, char pdf[DW_PATH_MAX])
{
    size_t n = strlen(label_path);
    bool is_png = n > 4 && n < DW_PATH_MAX && dw_text_ends_with(label_path, ".png");
    if (!is_png || !dw_text_format(pdf, DW_PATH_MAX, "%.*s.pdf", (int)(n - 4), label_path))
        return label_path;
    return access(pdf, R_OK) == 0 ? pdf : label_path;
}

/* Every exchange of the thread has its limit, so this ends. */
static dw_status ask_thread(struct dw_cups *cups, long long disc, const char *path, struct dw_error *err)
{
    dw_status st = DW_OK;
    pthread_mutex_lock(&cups->lock);
    if (!dw_text_copy(cups->path, sizeof cups->path, path)) {
        st = dw_error_set(err, DW_ERR_LIMIT, "the label's path is too long");
    } else {
        cups->disc = disc;
        cups->asked = true;
        cups->answered = false;
        pthread_cond_broadcast(&cups->changed);
        while (!cups->answered && !cups->stopping)
            pthread_cond_wait(&cups->changed, &cups->lock);
        st = cups->answered ? cups->answer.code : DW_ERR_CANCELLED;
        if (st != DW_OK)
            st = dw_error_set(err, st, "%.190s", cups->answered ? cups->answer.text : "stopping");
    }
    pthread_mutex_unlock(&cups->lock);
    return st;
}

static dw_status cups_expect(void *ctx, long long disc, struct dw_error *err)
{
    return ask_thread(ctx, disc, "", err);
}

static dw_status cups_print(void *ctx, long long disc, const char *label_path, struct dw_error *err)
{
    char pdf[DW_PATH_MAX];
    label_path = best_of(label_path, pdf);
    if (access(label_path, R_OK) != 0)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "read the label '%.120s': %s", label_path, strerror(errno));
    return ask_thread(ctx, disc, label_path, err);
}

static void cups_look(void *ctx, struct dw_printer_now *out)
{
    struct dw_cups *cups = ctx;
    uint64_t count;
    pthread_mutex_lock(&cups->lock);
    ssize_t n = read(cups->printer.fd, &count, sizeof count); /* EAGAIN: nothing is new */
    (void)n;
    *out = cups->now;
    pthread_mutex_unlock(&cups->lock);
}

static dw_status start_thread(struct dw_cups *cups, struct dw_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the loop */
    int e = pthread_create(&cups->thread, NULL, cups_thread, cups);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e)
        return dw_error_set(err, DW_ERR_INTERNAL, "start the printer's thread: %s", strerror(e));
    cups->started = true;
    return DW_OK;
}

#define OWNER_DIGITS (DW_CUPS_OWNER_MAX - 1)

static dw_status new_owner(const char *path, char out[DW_CUPS_OWNER_MAX], struct dw_error *err)
{
    uint64_t number;
    struct dw_random random = dw_random_system();
    dw_random_fill(&random, &number, sizeof number);
    snprintf(out, DW_CUPS_OWNER_MAX, "%016" PRIx64, number);
    return dw_file_save(NULL, path, out, OWNER_DIGITS, err);
}

/* Made once for each robot, and kept: the next run must know the labels of this one. */
static dw_status know_owner(const char *state_dir, char out[DW_CUPS_OWNER_MAX], struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct dw_buf text = {0};
    if (!dw_text_format(path, sizeof path, "%s/printer-id", state_dir))
        return dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return new_owner(path, out, err);
    dw_status st = dw_file_read_all(path, DW_PATH_MAX, &text, err);
    if (st == DW_OK && (text.size != OWNER_DIGITS || strspn(text.data, "0123456789abcdef") != OWNER_DIGITS))
        st = dw_error_set(err, DW_ERR_CORRUPT, "'%.150s' is damaged: empty the printer's queue and remove it", path);
    if (st == DW_OK)
        dw_text_cut(out, DW_CUPS_OWNER_MAX, text.data);
    dw_buf_done(&text);
    return st;
}

dw_status dw_cups_open(const struct dw_robot_options *options, const char *state_dir, dw_cups **out,
                       struct dw_error *err)
{
    pthread_condattr_t attr;
    dw_cups *cups = calloc(1, sizeof *cups);
    if (!cups)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    cups->options = *options;
    cups->clock = dw_clock_system();
    cups->now = (struct dw_printer_now){.ink_percent = -1};
    pthread_mutex_init(&cups->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&cups->changed, &attr);
    pthread_condattr_destroy(&attr);
    cups->printer = (struct dw_printer){cups_expect, cups_print, cups_look, -1, cups};
    dw_status st = dw_cups_queue_read(options->printer_queue, &cups->queue, err);
    if (st == DW_OK)
        st = know_owner(state_dir, cups->queue.owner, err);
    if (st == DW_OK && (cups->printer.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        st = dw_error_set(err, DW_ERR_INTERNAL, "eventfd: %s", strerror(errno));
    if (st == DW_OK)
        st = start_thread(cups, err);
    if (st == DW_OK)
        *out = cups;
    else
        dw_cups_close(cups);
    return st;
}

void dw_cups_close(dw_cups *cups)
{
    if (!cups)
        return;
    pthread_mutex_lock(&cups->lock);
    cups->stopping = true;
    pthread_cond_broadcast(&cups->changed);
    pthread_mutex_unlock(&cups->lock);
    if (cups->started)
        pthread_join(cups->thread, NULL);
    if (cups->printer.fd >= 0)
        close(cups->printer.fd);
    pthread_cond_destroy(&cups->changed);
    pthread_mutex_destroy(&cups->lock);
    free(cups);
}

const struct dw_printer *dw_cups_printer(dw_cups *cups)
{
    return &cups->printer;
}
