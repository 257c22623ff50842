#include "robot/person.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "base/text.h"
#include "burn/image/blank.h"

#define FIRST_STEPS 900000 /* numbers that a person can still type */

struct dw_person {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct dw_person_step step;
    enum dw_person_answer answer;
    int64_t count;
    bool closed;
    int event_fd;
};

static const char *const tasks[] = {
    [DW_PERSON_NOTHING] = "nothing",
    [DW_PERSON_INSERT] = "insert",
    [DW_PERSON_HAND_OVER] = "hand_over",
    [DW_PERSON_TO_PRINTER] = "to_printer",
    [DW_PERSON_FROM_PRINTER] = "from_printer",
    [DW_PERSON_THROW_AWAY] = "throw_away",
    [DW_PERSON_CHECK_GRIPPER] = "check_gripper",
    [DW_PERSON_CHECK_DRIVE] = "check_drive",
    [DW_PERSON_CHECK_PRINTER] = "check_printer",
};
static_assert(DW_ARRAY_LEN(tasks) == DW_PERSON_TASK_COUNT, "name every task");

const char *dw_person_task_name(enum dw_person_task task)
{
    assert((unsigned)task < DW_PERSON_TASK_COUNT);
    return tasks[task];
}

void dw_person_sentence(const struct dw_person_step *step, char *out, size_t size)
{
    const struct dw_blank *blank = dw_blank_find(step->media);
    switch (step->task) {
    case DW_PERSON_INSERT:
        snprintf(out, size, "Put a blank %s%s%s%s into drive %d", blank ? blank->title : "disc",
                 step->stock[0] ? " of the pile \"" : "", step->stock, step->stock[0] ? "\"" : "",
                 step->drive);
        break;
    /* The two ways out begin with the verdict and share no word that says what to do: the discs look alike. */
    case DW_PERSON_HAND_OVER:
        snprintf(out, size,
                 "Good disc: take it out of drive %d, write on it what is shown here and put it with the "
                 "finished discs",
                 step->drive);
        break;
    case DW_PERSON_TO_PRINTER:
        if (step->drive)
            snprintf(out, size, "Take the disc out of drive %d and lay it into the label printer", step->drive);
        else
            snprintf(out, size, "Take the disc that the robot has just put out and lay it into the label printer");
        break;
    case DW_PERSON_FROM_PRINTER:
        snprintf(out, size,
                 "Good disc: take it out of the label printer and put it with the finished discs");
        break;
    case DW_PERSON_THROW_AWAY:
        if (step->drive)
            snprintf(out, size, "Bad disc: take it out of drive %d, cut it and throw it away", step->drive);
        else
            snprintf(out, size, "Bad disc: take it out of the label printer, cut it and throw it away");
        break;
    case DW_PERSON_CHECK_GRIPPER:
        snprintf(out, size, "Look at the robot's gripper: is it empty?");
        break;
    case DW_PERSON_CHECK_DRIVE:
        snprintf(out, size, "Look at the robot's drive: is its tray in?");
        break;
    case DW_PERSON_CHECK_PRINTER:
        snprintf(out, size, "Look at the robot's printer: is its tray in?");
        break;
    case DW_PERSON_NOTHING:
    case DW_PERSON_TASK_COUNT:
        out[0] = 0;
        break;
    }
}

dw_status dw_person_new(dw_person **out, struct dw_error *err)
{
    pthread_condattr_t attr;
    dw_person *person = calloc(1, sizeof *person);
    if (!person)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    /* A page may show a step of the program that ran before: its answer must not fit one of this. */
    uint32_t first;
    struct dw_random random = dw_random_system();
    dw_random_fill(&random, &first, sizeof first);
    person->count = first % FIRST_STEPS;
    pthread_mutex_init(&person->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&person->answered, &attr);
    pthread_condattr_destroy(&attr);
    person->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (person->event_fd < 0) {
        int e = errno;
        dw_person_free(person);
        return dw_error_set(err, DW_ERR_INTERNAL, "eventfd: %s", strerror(e));
    }
    *out = person;
    return DW_OK;
}

void dw_person_free(dw_person *person)
{
    if (!person)
        return;
    if (person->event_fd >= 0)
        close(person->event_fd);
    pthread_cond_destroy(&person->answered);
    pthread_mutex_destroy(&person->lock);
    free(person);
}

static void show_locked(dw_person *person)
{
    uint64_t one = 1;
    /* It can only fail when the counter is full, and then it is readable. */
    ssize_t n = write(person->event_fd, &one, sizeof one);
    (void)n;
}

void dw_person_ask(dw_person *person, const struct dw_person_step *step)
{
    pthread_mutex_lock(&person->lock);
    person->step = *step;
    person->step.n = ++person->count;
    person->answer = DW_PERSON_SILENT;
    show_locked(person);
    pthread_mutex_unlock(&person->lock);
}

void dw_person_complain(dw_person *person, const char *wrong)
{
    pthread_mutex_lock(&person->lock);
    if (strcmp(person->step.wrong, wrong) != 0) {
        dw_text_cut(person->step.wrong, sizeof person->step.wrong, wrong);
        show_locked(person);
    }
    pthread_mutex_unlock(&person->lock);
}

enum dw_person_answer dw_person_wait(dw_person *person, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + (int64_t)timeout_ms * 1000000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&person->lock);
    int rc = 0;
    while (!person->closed && person->answer == DW_PERSON_SILENT && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&person->answered, &person->lock, &until);
    enum dw_person_answer answer = person->closed ? DW_PERSON_WITHDRAWN : person->answer;
    person->answer = DW_PERSON_SILENT;
    pthread_mutex_unlock(&person->lock);
    return answer;
}

void dw_person_thank(dw_person *person)
{
    pthread_mutex_lock(&person->lock);
    person->step = (struct dw_person_step){.task = DW_PERSON_NOTHING};
    show_locked(person);
    pthread_mutex_unlock(&person->lock);
}

int dw_person_fd(const dw_person *person)
{
    return person->event_fd;
}

bool dw_person_take(dw_person *person, struct dw_person_step *out)
{
    uint64_t count;
    pthread_mutex_lock(&person->lock);
    ssize_t n = read(person->event_fd, &count, sizeof count); /* EAGAIN: nothing is new */
    (void)n;
    *out = person->step;
    pthread_mutex_unlock(&person->lock);
    return out->task != DW_PERSON_NOTHING;
}

dw_status dw_person_answer(dw_person *person, int64_t n, enum dw_person_answer answer,
                           struct dw_error *err)
{
    dw_status st = DW_OK;
    pthread_mutex_lock(&person->lock);
    if (person->step.task == DW_PERSON_NOTHING || person->step.n != n) {
        st = dw_error_set(err, DW_ERR_CONFLICT, "step %lld is not asked for any more", (long long)n);
    } else {
        person->answer = answer;
        pthread_cond_signal(&person->answered);
    }
    pthread_mutex_unlock(&person->lock);
    return st;
}

void dw_person_withdraw(dw_person *person, int64_t disc)
{
    pthread_mutex_lock(&person->lock);
    if (person->step.task != DW_PERSON_NOTHING && person->step.disc == disc) {
        person->answer = DW_PERSON_WITHDRAWN;
        pthread_cond_signal(&person->answered);
    }
    pthread_mutex_unlock(&person->lock);
}

void dw_person_close(dw_person *person)
{
    pthread_mutex_lock(&person->lock);
    person->closed = true;
    pthread_cond_broadcast(&person->answered);
    pthread_mutex_unlock(&person->lock);
}
