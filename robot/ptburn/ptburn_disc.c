/* Transitions: what is asked of the daemon, and what its answer lets go on. */
#include <string.h>

#include "ptburn_state.h"

#define ASK_AGAIN_US 5000000
#define MADE_TWICE "The robot's server was interrupted and made this disc again: destroy the second one, then say where the good one is"

/* What is said with an event: a reason where there is one, and where the disc was verified. */
static const char *text_of(const struct ptburn_disc *disc, enum dw_disc_event event)
{
    if (event == DW_DISC_EV_VERIFIED)
        return "verified by the robot, not by this appliance";
    return disc->why;
}

/* A row before it is known to be bad says nothing of a fault. */
static const char *fault_of(const struct ptburn_disc *disc, enum dw_disc_event event)
{
    bool tells = event == DW_DISC_EV_BAD_DISC || event == DW_DISC_EV_OUT || event == DW_DISC_EV_FOUND_REJECT ||
                 event == DW_DISC_EV_IN_DOUBT;
    return tells && disc->why_fault ? disc->why_fault : "";
}

void ptburn_ask(dw_ptburn *ptburn, struct ptburn_disc *disc, enum dw_disc_event event)
{
    disc->asked = true;
    disc->event = event;
    const struct dw_disc_request request = {
        .disc = disc->order.disc,
        .event = event,
        .drive = disc->drive,
        .text = text_of(disc, event),
        .fault = fault_of(disc, event),
        .image = "",
        .label = "",
        .serial = "",
        .lot = "",
    };
    dw_log_write(ptburn->opts.log, DW_LOG_DEBUG, "disc asks disc=%lld event=%s", (long long)disc->order.disc,
                 dw_disc_event_name(event));
    ptburn->opts.listener.request(ptburn->opts.listener.ctx, &request);
}

void ptburn_resume(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    const struct dw_ptburn_record *record = dw_ptburn_record_find(ptburn->records, disc->order.disc);
    if (disc->state == DW_DISC_RESERVED) {
        disc->phase = PTBURN_WAITING;
        disc->drive = 0;
        return;
    }
    disc->phase = PTBURN_FOLLOWED;
    disc->follow.again = record && record->again;
    bool loading = disc->state == DW_DISC_LOADING || (disc->state == DW_DISC_UNKNOWN && disc->before == DW_DISC_LOADING);
    if (record && record->outcome != DW_PTBURN_OPEN) {
        disc->follow.used = record->used;
        disc->follow.bad = record->bad;
        disc->error = record->error;
        ptburn_decide(ptburn, disc, record->outcome);
    } else if (record && !record->submitted && loading) {
        ptburn_decide(ptburn, disc, DW_PTBURN_NOT_SUBMITTED);
    }
    ptburn_advance(ptburn, disc);
}

void ptburn_refuse(dw_ptburn *ptburn, struct ptburn_disc *disc, const char *fault, const char *why)
{
    const struct dw_fault *row = dw_fault_find(fault);
    if (!dw_text_format(disc->why, sizeof disc->why, "%.100s (%.90s)", row->sentence, why))
        dw_text_cut(disc->why, sizeof disc->why, row->sentence);
    disc->why_fault = row->id;
    disc->phase = PTBURN_REFUSED;
    disc->outcome = DW_PTBURN_BAD;
    struct dw_ptburn_record record = {.disc = disc->order.disc, .outcome = DW_PTBURN_BAD};
    memcpy(record.stem, disc->stem, sizeof record.stem);
    memcpy(record.content, disc->content, sizeof record.content);
    /* Should this be lost it is found out again. */
    dw_status st = dw_ptburn_record_save(ptburn->records, &record, NULL);
    (void)st;
    ptburn_advance(ptburn, disc);
}

static bool is_busy(enum ptburn_phase phase)
{
    return phase == PTBURN_PREPARING || phase == PTBURN_STAGING || phase == PTBURN_SUBMITTING;
}

static int reserved_event(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    if (disc->is_on_server || disc->phase == PTBURN_REFUSED)
        return DW_DISC_EV_LOAD;
    if (!disc->cancel || is_busy(disc->phase))
        return -1;
    if (ptburn->worker_disc == disc->order.disc) {
        dw_worker_kill(&ptburn->worker);
        ptburn->worker_disc = 0;
    }
    dw_text_cut(disc->why, sizeof disc->why, "cancelled by a person");
    return DW_DISC_EV_CANCEL;
}

static void ask_person(dw_ptburn *ptburn, struct ptburn_disc *disc, const char *refused)
{
    disc->doubted = true;
    ptburn_raise(ptburn, "job_lost", NULL, disc->order.disc, refused);
}

void ptburn_advance(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    int on = -1;
    if (disc->asked)
        return;
    if (disc->state == DW_DISC_RESERVED)
        on = reserved_event(ptburn, disc);
    else if (disc->state == DW_DISC_UNKNOWN && disc->answer >= 0)
        on = disc->answer;
    else if (disc->phase == PTBURN_FOLLOWED || disc->phase == PTBURN_REFUSED)
        on = dw_ptburn_next_event(disc->state, &disc->follow, disc->outcome, disc->cancel);
    if (on < 0 && disc->state == DW_DISC_UNKNOWN && disc->outcome == DW_PTBURN_LOST && !disc->doubted)
        ask_person(ptburn, disc, disc->follow.again ? MADE_TWICE : NULL);
    if (on >= 0)
        ptburn_ask(ptburn, disc, (enum dw_disc_event)on);
}

/* A blank will be taken only from here on. */
static void on_load(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    if (disc->is_on_server) {
        disc->is_on_server = false;
        disc->phase = PTBURN_FOLLOWED;
    } else if (disc->phase == PTBURN_STAGED && disc->cancel) {
        ptburn_ask(ptburn, disc, DW_DISC_EV_NOT_LOADED);
    } else if (disc->phase == PTBURN_STAGED) {
        ptburn_submit(ptburn, disc);
    }
}

/* Surely nothing was made: from the beginning, with what lies on the share made anew. */
static void on_not_loaded(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    disc->phase = PTBURN_WAITING;
    disc->outcome = DW_PTBURN_OPEN;
    disc->follow = (struct dw_ptburn_follow){0};
    disc->drive = 0;
    disc->abort_us = 0;
    disc->retry_us = ptburn_now(ptburn) + PTBURN_RETRY_US;
}

static void count_rejects(dw_ptburn *ptburn, const struct ptburn_disc *disc, enum dw_disc_event event)
{
    if (event == DW_DISC_EV_DELIVERED || event == DW_DISC_EV_FOUND_OUTPUT)
        ptburn->rejected_in_a_row = 0;
    else if (event == DW_DISC_EV_BAD_DISC && *fault_of(disc, event))
        ptburn->rejected_in_a_row++;
}

static void on_stored(dw_ptburn *ptburn, struct ptburn_disc *disc, enum dw_disc_event event)
{
    count_rejects(ptburn, disc, event);
    if (disc->state != DW_DISC_UNKNOWN) {
        disc->doubted = false;
        disc->answer = -1;
        ptburn_clear_disc(ptburn, disc->order.disc);
    }
    if (dw_disc_is_final(disc->state)) {
        ptburn_forget(ptburn, disc);
        return;
    }
    if (event == DW_DISC_EV_LOAD)
        on_load(ptburn, disc);
    else if (event == DW_DISC_EV_NOT_LOADED)
        on_not_loaded(ptburn, disc);
    ptburn_advance(ptburn, disc);
}

static bool store_may_recover(dw_status status)
{
    return status == DW_ERR_BUSY || status == DW_ERR_IO || status == DW_ERR_NO_SPACE || status == DW_ERR_TIMEOUT;
}

/* The row is not what we think: it is followed from where it is, and the service decides what is true. */
static void out_of_step(dw_ptburn *ptburn, struct ptburn_disc *disc, int told)
{
    if (told < 0)
        return;
    disc->before = disc->state;
    disc->state = (enum dw_disc_state)told;
    if (dw_disc_is_final(disc->state))
        ptburn_forget(ptburn, disc);
    else if (disc->phase == PTBURN_FOLLOWED)
        ptburn_raise(ptburn, "out_of_step", NULL, disc->order.disc, NULL);
}

void dw_ptburn_stored(dw_ptburn *ptburn, int64_t number, enum dw_disc_event event, dw_status status, const char *state)
{
    struct ptburn_disc *disc = ptburn_find(ptburn, number);
    enum dw_disc_state to = DW_DISC_UNKNOWN;
    int told = dw_disc_state_from_name(state); /* -1: not said */
    if (!disc || !disc->asked || disc->event != event || disc->ask_again_us)
        return; /* an answer to nothing we wait for moves nothing */
    bool listed = dw_disc_next(disc->state, event, &to, NULL) == DW_OK;
    if (listed && status == DW_OK && told < 0)
        told = (int)to;
    if (listed && told != (int)to && status != DW_OK && store_may_recover(status)) {
        disc->ask_again_us = ptburn_now(ptburn) + ASK_AGAIN_US;
        return;
    }
    disc->asked = false;
    if (!listed || told != (int)to) {
        out_of_step(ptburn, disc, told);
        return;
    }
    if (to == DW_DISC_UNKNOWN)
        disc->before = disc->state;
    disc->state = to;
    on_stored(ptburn, disc, event);
}

void ptburn_ask_again(dw_ptburn *ptburn)
{
    int64_t now = ptburn_now(ptburn);
    for (size_t i = 0; i < ptburn->count; i++) {
        struct ptburn_disc *disc = ptburn->discs[i];
        if (!disc->ask_again_us || disc->ask_again_us > now)
            continue;
        disc->ask_again_us = 0;
        ptburn_ask(ptburn, disc, disc->event);
    }
}

void dw_ptburn_cancel(dw_ptburn *ptburn, int64_t number)
{
    struct ptburn_disc *disc = ptburn_find(ptburn, number);
    if (!disc)
        return;
    disc->cancel = true;
    ptburn_advance(ptburn, disc);
}

void dw_ptburn_place(dw_ptburn *ptburn, int64_t number, const char *at)
{
    struct ptburn_disc *disc = ptburn_find(ptburn, number);
    struct dw_error err = {0};
    enum dw_disc_event event;
    int drive = 0;
    if (!disc || disc->state != DW_DISC_UNKNOWN || disc->asked)
        return;
    dw_status st = dw_disc_answer(disc->before, at, &event, &drive, &err);
    if (st == DW_OK && disc->outcome != DW_PTBURN_LOST)
        st = dw_error_set(&err, DW_ERR_BUSY, "The robot's server has not said yet what it knows of this disc: wait for it");
    else if (st == DW_OK && drive)
        st = dw_error_set(&err, DW_ERR_INVALID,
                          "Only the server takes a disc out of a drive: let it do so, then say reject or taken out");
    if (st != DW_OK) {
        ptburn_clear_disc(ptburn, number); /* said even if it was said before, or they would wait for nothing */
        ask_person(ptburn, disc, err.text);
        return;
    }
    disc->answer = (int)event;
    dw_text_cut(disc->why, sizeof disc->why, "a person has said where it is");
    ptburn_advance(ptburn, disc);
}
