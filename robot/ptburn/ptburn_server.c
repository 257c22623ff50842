/* What the server shows: looked at every two seconds, and what follows from it for each disc. */
#include <stdlib.h>
#include <string.h>

#include "ptburn_state.h"

#define IDLE_LOOK_US 5000000
#define KIOSK_AGAIN_US 60000000
#define SWEEP_AT_ONCE 16

/* --- asking the share --- */

static void take_result(dw_ptburn *ptburn, struct dw_ptburn_result *result);

void ptburn_op(dw_ptburn *ptburn, enum dw_ptburn_op_kind kind, int64_t disc, const char *stem, char *text)
{
    const char *build = ptburn->options.share_unicode;
    bool wide = strcmp(build, "auto") == 0 ? ptburn->view && ptburn->view->server.wide : strcmp(build, "yes") == 0;
    struct dw_ptburn_op op = {.kind = kind, .disc = disc, .text = text, .wide = wide};
    struct dw_error err = {0};
    if (!dw_text_copy(op.stem, sizeof op.stem, stem))
        op.stem[0] = 0; /* cannot be: stems are made to fit */
    dw_status st = dw_ptburn_share_submit(ptburn->share, &op, &err);
    if (st == DW_OK)
        return;
    /* Nobody will answer it: whoever asked hears so at once, and tries again. */
    struct dw_ptburn_result refused = {.op = op, .status = st, .err = err};
    refused.op.text = NULL; /* the share's, also when it refuses */
    take_result(ptburn, &refused);
}

void ptburn_message(dw_ptburn *ptburn, enum dw_ptburn_message message, const char *stem)
{
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    char name[DW_PTBURN_STEM_MAX];
    struct dw_buf text = {0};
    if (!dw_text_format(name, sizeof name, "%sm%d", dw_ptburn_records_prefix(ptburn->records), ++ptburn->message_n % 1000))
        return;
    if (dw_ptburn_message_write(message, ptburn->client, robot ? robot->name : "", &text, NULL) != DW_OK) {
        dw_buf_done(&text);
        return;
    }
    dw_log_write(ptburn->opts.log, DW_LOG_DEBUG, "message to the server: %s", dw_ptburn_message_name(message));
    ptburn_op(ptburn, DW_PTBURN_OP_MESSAGE, 0, stem ? stem : name, text.data);
}

/* --- the robot --- */

const struct dw_ptburn_robot *ptburn_robot(const dw_ptburn *ptburn)
{
    return ptburn->view && ptburn->robot >= 0 ? &ptburn->view->server.robot[ptburn->robot] : NULL;
}

static int find_robot(const dw_ptburn *ptburn, const struct dw_ptburn_server *server)
{
    const char *name = ptburn->options.ptburn_robot;
    for (int i = 0; *name && i < server->robots; i++) {
        if (strcmp(server->robot[i].name, name) == 0)
            return i;
    }
    return !*name && server->robots == 1 ? 0 : -1;
}

bool ptburn_alive(const dw_ptburn *ptburn)
{
    int64_t now = ptburn_now(ptburn);
    return ptburn->view && now - ptburn->looked_us < PTBURN_SILENT_US && ptburn->pulse_us &&
           now - ptburn->pulse_us < PTBURN_SILENT_US;
}

static void take_view(dw_ptburn *ptburn, struct dw_ptburn_view *view)
{
    int64_t now = ptburn_now(ptburn);
    if (!ptburn->first_look_us)
        ptburn->first_look_us = now;
    else if (*view->server.pulse && strcmp(view->server.pulse, ptburn->pulse) != 0)
        ptburn->pulse_us = now; /* only what was seen to change is alive */
    memcpy(ptburn->pulse, view->server.pulse, sizeof ptburn->pulse);
    dw_ptburn_view_free(ptburn->view);
    ptburn->view = view;
    ptburn->looked_us = now;
    ptburn->robot = find_robot(ptburn, &view->server);
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    if (robot)
        ptburn->robot_us = now;
    ptburn->system_error = robot && robot->error > 0 ? robot->error : 0;
    /* The robot's own file is the fresher one where the other does not tell. */
    if (robot && robot->error < 0 && view->status[ptburn->robot])
        ptburn->system_error = dw_ptburn_robot_error(view->status[ptburn->robot], 0);
}

static void set_kiosk(dw_ptburn *ptburn)
{
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    bool on = ptburn_wants_kiosk(&ptburn->options), off = strcmp(ptburn->options.kiosk, "off") == 0;
    int64_t now = ptburn_now(ptburn);
    if (!robot || (!on && !off) || robot->kiosk < 0 || robot->kiosk == (int)on)
        return;
    if (ptburn->kiosk_us && now - ptburn->kiosk_us < KIOSK_AGAIN_US)
        return;
    ptburn->kiosk_us = now;
    ptburn_message(ptburn, on ? DW_PTBURN_KIOSK_ON : DW_PTBURN_KIOSK_OFF, NULL);
}

/* The service counts only while there is no job in the system; meanwhile it counts down with every disc it takes. */
void ptburn_count_bins(dw_ptburn *ptburn)
{
    bool works = !ptburn_robot(ptburn);
    for (int i = 0; ptburn->view && i < ptburn->view->server.robots; i++)
        works |= ptburn->view->server.robot[i].jobs > 0;
    for (size_t i = 0; i < ptburn->count; i++)
        works |= ptburn->discs[i]->phase == PTBURN_SUBMITTING ||
                 (ptburn->discs[i]->phase == PTBURN_FOLLOWED && ptburn->discs[i]->outcome == DW_PTBURN_OPEN);
    if (!ptburn->count_due || works)
        return;
    ptburn->count_due = false;
    ptburn_message(ptburn, DW_PTBURN_CHECK_BINS, NULL);
}

static void answer_for_the_site(dw_ptburn *ptburn)
{
    const struct dw_ptburn_error *error = dw_ptburn_system_error(ptburn->system_error);
    int64_t now = ptburn_now(ptburn);
    if (!error || !error->answerable || error->answer != DW_PTBURN_IGNORE_INK || !ptburn->options.ignore_ink_low ||
        (ptburn->answered_us && now - ptburn->answered_us < PTBURN_MESSAGE_US))
        return;
    ptburn->answered_us = now;
    ptburn_message(ptburn, DW_PTBURN_IGNORE_INK, NULL);
}

/* --- each disc --- */

static void say_why(struct ptburn_disc *disc, enum dw_ptburn_outcome outcome)
{
    const struct dw_ptburn_error *error = dw_ptburn_job_error(disc->error);
    char text[sizeof disc->why + 40];
    text[0] = 0;
    disc->why_fault = NULL;
    if (outcome == DW_PTBURN_GOOD && disc->follow.bad > 0) {
        if (!dw_text_format(text, sizeof text, "the robot rejected %d blank%s before it", disc->follow.bad,
                            disc->follow.bad == 1 ? "" : "s"))
            text[0] = 0;
    } else if (outcome == DW_PTBURN_STOPPED && disc->cancel) {
        dw_text_cut(text, sizeof text, "cancelled by a person");
    } else if (outcome == DW_PTBURN_STOPPED) {
        error = dw_ptburn_job_error(16);
    } else if (outcome == DW_PTBURN_BAD && !error) {
        dw_text_cut(text, sizeof text, "The server ended the job without a reason");
        disc->why_fault = "bad_disc";
    } else if (outcome == DW_PTBURN_NOT_SUBMITTED) {
        dw_text_cut(text, sizeof text, "it never became a job of the server");
    } else if (outcome == DW_PTBURN_LOST) {
        dw_text_cut(text, sizeof text, "the robot's server does not tell what became of it");
        disc->why_fault = "job_lost";
    }
    if ((outcome == DW_PTBURN_BAD || (outcome == DW_PTBURN_STOPPED && !disc->cancel)) && error) {
        const struct dw_fault *row = dw_fault_find(error->row);
        disc->why_fault = dw_fault_rejects(row) ? row->id : NULL;
        if (!dw_text_format(text, sizeof text, "%s (PTBurn job error %d)", error->sentence, disc->error ? disc->error : 16))
            dw_text_cut(text, sizeof text, error->sentence);
    }
    dw_text_cut(disc->why, sizeof disc->why, text);
}

static void raise_what_stops(dw_ptburn *ptburn, const struct ptburn_disc *disc)
{
    const struct dw_ptburn_error *error = dw_ptburn_job_error(disc->error);
    const struct dw_fault *row = error ? dw_fault_find(error->row) : NULL;
    char detail[16];
    if (row && row->action == DW_FAULT_STOP && dw_text_format(detail, sizeof detail, "%d", disc->error))
        ptburn_raise(ptburn, row->id, detail, 0, error->sentence);
}

static bool is_kept(enum dw_ptburn_outcome outcome)
{
    return outcome == DW_PTBURN_GOOD || outcome == DW_PTBURN_BAD || outcome == DW_PTBURN_STOPPED;
}

void ptburn_decide(dw_ptburn *ptburn, struct ptburn_disc *disc, enum dw_ptburn_outcome outcome)
{
    struct dw_ptburn_record record = {.disc = disc->order.disc,
                                      .submitted = true,
                                      .outcome = outcome,
                                      .used = disc->follow.used,
                                      .bad = disc->follow.bad,
                                      .again = disc->follow.again,
                                      .error = disc->error};
    memcpy(record.stem, disc->stem, sizeof record.stem);
    memcpy(record.content, disc->content, sizeof record.content);
    if ((is_kept(outcome) || disc->follow.again) && dw_ptburn_record_save(ptburn->records, &record, NULL) != DW_OK)
        return; /* the disk is full: the server still knows it for a while */
    disc->outcome = outcome;
    say_why(disc, outcome);
    if (outcome == DW_PTBURN_BAD)
        raise_what_stops(ptburn, disc);
}

/* true: it has stayed unclear for so long that it is taken as it is. */
static bool stays_unclear(const dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    int64_t now = ptburn_now(ptburn);
    if (!disc->unclear_us)
        disc->unclear_us = now;
    return now - disc->unclear_us >= PTBURN_UNCLEAR_US && ptburn_alive(ptburn);
}

/* Remembered at once: after a restart of ours nothing else would tell of it. */
static void take_in(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    bool again = disc->follow.again;
    dw_ptburn_follow_step(&disc->follow, &disc->seen);
    disc->error = disc->seen.error ? disc->seen.error : disc->seen.disc_error;
    if (disc->seen.drive >= 0 && disc->seen.drive < DW_ROBOT_DRIVES_MAX)
        disc->drive = disc->seen.drive + 1;
    if (disc->follow.again != again)
        ptburn_decide(ptburn, disc, DW_PTBURN_OPEN);
}

static void look_at_disc(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    int robot = -1;
    if (disc->phase != PTBURN_FOLLOWED || is_kept(disc->outcome))
        return;
    enum dw_ptburn_file file = dw_ptburn_view_file(ptburn->view, disc->stem);
    disc->is_seen = dw_ptburn_view_job(ptburn->view, disc->stem, &disc->seen, &robot);
    const struct dw_ptburn_job_status *status = disc->is_seen ? &disc->seen : NULL;
    if (status)
        take_in(ptburn, disc);
    enum dw_ptburn_outcome outcome = dw_ptburn_outcome_followed(dw_ptburn_outcome(file, status), &disc->follow);
    if (outcome == DW_PTBURN_UNCLEAR) {
        if (disc->outcome != DW_PTBURN_LOST && stays_unclear(ptburn, disc))
            ptburn_decide(ptburn, disc, dw_ptburn_outcome_at_last(file, status));
        return;
    }
    disc->unclear_us = 0;
    if (outcome == disc->outcome)
        return;
    disc->outcome = DW_PTBURN_OPEN; /* it may have come back */
    if (outcome != DW_PTBURN_OPEN)
        ptburn_decide(ptburn, disc, outcome);
}

/* Once, and again as long as it is not heard; never of a job that is over: the message would stay for ever. */
static void abort_if_cancelled(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    int64_t now = ptburn_now(ptburn);
    if (!disc->cancel || disc->phase != PTBURN_FOLLOWED || disc->outcome != DW_PTBURN_OPEN ||
        !dw_ptburn_file_is_live(dw_ptburn_view_file(ptburn->view, disc->stem)) ||
        (disc->abort_us && now - disc->abort_us < PTBURN_MESSAGE_US))
        return;
    disc->abort_us = now;
    ptburn_message(ptburn, DW_PTBURN_ABORT, disc->stem);
}

static void look_at_discs(dw_ptburn *ptburn)
{
    for (size_t i = ptburn->count; i-- > 0;) {
        struct ptburn_disc *disc = ptburn->discs[i];
        look_at_disc(ptburn, disc);
        abort_if_cancelled(ptburn, disc);
        ptburn_tell_progress(ptburn, disc);
        ptburn_advance(ptburn, disc);
    }
}

/* --- what is left over --- */

static bool is_live(const dw_ptburn *ptburn, const char *stem)
{
    return dw_ptburn_file_is_live(dw_ptburn_view_file(ptburn->view, stem));
}

/* Of discs that no row asks for any more: their data leaves the share when the service has done with it. */
static void sweep_records(dw_ptburn *ptburn)
{
    int begun = 0;
    for (size_t i = 0; i < dw_ptburn_record_count(ptburn->records) && begun < SWEEP_AT_ONCE; i++) {
        const struct dw_ptburn_record *record = dw_ptburn_record_at(ptburn->records, i);
        if (ptburn_find(ptburn, record->disc) || is_live(ptburn, record->stem))
            continue;
        begun++;
        ptburn_op(ptburn, DW_PTBURN_OP_CLEAN, record->disc, record->stem, NULL);
    }
}

static int64_t disc_of(const dw_ptburn *ptburn, const char *stem)
{
    int64_t disc = 0;
    size_t n = strlen(dw_ptburn_records_prefix(ptburn->records));
    return strlen(stem) > n && dw_text_int(stem + n, 1, INT64_MAX, &disc) ? disc : 0;
}

/* Folders that our token says are ours and no record knows: our own disk was lost, or set back. */
static void sweep_folders(dw_ptburn *ptburn)
{
    int begun = 0;
    for (size_t i = 0; i < ptburn->view->count && begun < SWEEP_AT_ONCE; i++) {
        const struct dw_ptburn_found *found = &ptburn->view->found[i];
        int64_t disc = disc_of(ptburn, found->stem);
        if ((!found->folder && found->file != DW_PTBURN_FILE_STAGED) || !disc || ptburn_find(ptburn, disc) ||
            dw_ptburn_record_find(ptburn->records, disc) || is_live(ptburn, found->stem))
            continue;
        begun++;
        ptburn_op(ptburn, DW_PTBURN_OP_CLEAN, disc, found->stem, NULL);
    }
}

static void sweep(dw_ptburn *ptburn)
{
    if (ptburn_now(ptburn) - ptburn->first_look_us < PTBURN_ORPHAN_US)
        return;
    sweep_records(ptburn);
    sweep_folders(ptburn);
}

/* --- the loop --- */

static void on_look(dw_ptburn *ptburn, struct dw_ptburn_result *result)
{
    ptburn->looking = false;
    ptburn->look_due_us = ptburn_now(ptburn) + (ptburn->count || ptburn->faults.count ? PTBURN_LOOK_US : IDLE_LOOK_US);
    ptburn->look_status = result->status;
    dw_text_cut(ptburn->look_text, sizeof ptburn->look_text, result->err.text);
    if (result->status != DW_OK)
        return;
    take_view(ptburn, result->view);
    set_kiosk(ptburn);
    answer_for_the_site(ptburn);
    look_at_discs(ptburn);
    ptburn_count_bins(ptburn);
    sweep(ptburn);
}

static void take_result(dw_ptburn *ptburn, struct dw_ptburn_result *result)
{
    struct ptburn_disc *disc = ptburn_find(ptburn, result->op.disc);
    if (result->status != DW_OK)
        dw_log_write(ptburn->opts.log, DW_LOG_DEBUG, "share op=%d status=%s %s", (int)result->op.kind,
                     dw_status_name(result->status), result->err.text);
    if (result->op.kind == DW_PTBURN_OP_LOOK)
        on_look(ptburn, result);
    else if (result->op.kind == DW_PTBURN_OP_CLEAN && !disc && result->status == DW_OK)
        dw_ptburn_record_remove(ptburn->records, result->op.disc);
    else if (disc)
        ptburn_prepared(ptburn, disc, result);
}

void ptburn_server_step(dw_ptburn *ptburn)
{
    struct dw_ptburn_result result;
    while (dw_ptburn_share_take(ptburn->share, &result))
        take_result(ptburn, &result);
    if (!ptburn->looking && ptburn->look_due_us <= ptburn_now(ptburn)) {
        ptburn->looking = true;
        ptburn_op(ptburn, DW_PTBURN_OP_LOOK, 0, "", NULL);
    }
}
