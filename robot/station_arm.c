/* The arm: orders to its thread, what came of them, and what it shall do next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "robot/station_state.h"

void station_submit(dw_station *station, const struct dw_arm_job *job)
{
    struct dw_error err = {0};
    dw_status st = dw_arm_submit(station->opts.arm, job, &err);
    if (st == DW_OK) {
        station->arm_jobs++;
        return;
    }
    dw_log_write(station->opts.log, DW_LOG_DEBUG, "arm refuses a job kind=%d", (int)job->kind);
    struct station_disc *disc = station_find(station, job->disc);
    if (job->kind == DW_ARM_SENSE)
        station->sensing = false;
    if (job->kind == DW_ARM_TRAY)
        station_tray_done(station, &(struct dw_arm_result){.job = *job, .status = st, .err = err});
    if (disc && job->kind == DW_ARM_ANSWER)
        station_refuse_answer(station, disc, err.text);
    if (disc && (job->kind == DW_ARM_CARRY || job->kind == DW_ARM_PRINT))
        station_doubt(station, disc, "no_answer", err.text);
}

void station_carry(dw_station *station, struct station_disc *disc, struct dw_place to)
{
    struct dw_arm_job job = {.kind = DW_ARM_CARRY, .disc = disc->order.disc, .to = to};
    job.from =
        disc->state == DW_DISC_LOADING ? (struct dw_place){DW_PLACE_BIN, disc->bin} : disc->at;
    station->arm_owner = disc->order.disc;
    disc->phase = PHASE_MOVING;
    station->carry_began_us = dw_clock_mono_us(&station->opts.clock);
    station_submit(station, &job);
}

void station_print(dw_station *station, struct station_disc *disc)
{
    struct dw_arm_job job = {.kind = DW_ARM_PRINT, .disc = disc->order.disc};
    if (!disc->order.label[0]) {
        disc->phase = PHASE_PRINTED; /* ordered without a label */
        return;
    }
    disc->phase = PHASE_MOVING;
    if (dw_text_copy(job.text, sizeof job.text, disc->order.label))
        station_submit(station, &job);
}

/* --- results --- */

static void leave(dw_station *station, struct station_disc *disc)
{
    if (disc->at.kind == DW_PLACE_DRIVE)
        station->drive[disc->at.number - 1].disc = 0;
}

static void arrived(dw_station *station, struct station_disc *disc, const struct dw_arm_result *r)
{
    leave(station, disc);
    disc->at = r->job.to;
    switch (disc->state) {
    case DW_DISC_LOADING:
        station->drive[disc->at.number - 1].disc = disc->order.disc;
        station_ask(station, disc, DW_DISC_EV_LOADED, "", NULL);
        break;
    case DW_DISC_PRINTING:
        station_print(station, disc);
        break;
    case DW_DISC_DELIVERING:
        disc->image = strdup(r->image);
        disc->label = strdup(r->label);
        station_ask(station, disc, DW_DISC_EV_DELIVERED, "", NULL);
        break;
    case DW_DISC_REJECTING:
        station_ask(station, disc, DW_DISC_EV_OUT, disc->why, disc->why_fault);
        break;
    default:
        station_doubt(station, disc, "position_unknown", "it was carried without an order");
        break;
    }
}

/* With the first reason: a cable, an id that fits twice, a file that is not ours to open. */
static void raise_offline(dw_station *station, const struct dw_error *err)
{
    char sentence[200];
    const char *general = dw_fault_find("robot_offline")->sentence;
    if (station_has_fault(station, "robot_offline"))
        return;
    snprintf(sentence, sizeof sentence, "%s (%.120s)", general, err->text);
    station_raise(station, "robot_offline", 0, 0, NULL, err->text[0] ? sentence : NULL);
}

static bool link_is_gone(const struct dw_arm_result *r)
{
    return r->moved == DW_MOVED_NO && (r->status == DW_ERR_GONE || r->status == DW_ERR_TIMEOUT);
}

/* Nothing has moved: the disc waits where it is for the next try, or leaves as bad. */
static void stayed(dw_station *station, struct station_disc *disc, const struct dw_arm_result *r)
{
    /* Before anything was sent that moves: what is wrong comes and goes with the robot itself. */
    bool missing = r->fault && strcmp(r->fault, "drive_missing") == 0, gone = link_is_gone(r) && !missing;
    const struct dw_fault *row =
        dw_fault_find(gone ? "robot_offline" : r->fault ? r->fault : "pick_failed");
    bool seen = row->about == DW_FAULT_BIN && row->action == DW_FAULT_WAIT;
    /* What the sensors see comes and goes with them; all else holds the arm until it is over or
     * somebody looked. */
    bool withdrawn = r->status == DW_ERR_CANCELLED; /* nobody wants that disc any more: no fault */
    if (missing) /* it is said by the bay itself, and over when the drive is there again */
        station_bays_again(station);
    else if (strcmp(row->id, "robot_offline") == 0)
        raise_offline(station, &r->err);
    else if (seen && !(dw_mover_caps(station->opts.mover) & DW_CAN_COUNT_BINS))
        station_raise(station, "pick_failed", 0, 0, NULL, NULL);
    else if (!withdrawn && !seen && !dw_fault_rejects(row))
        station_raise(station, row->id, 0, 0, NULL, NULL);
    switch (disc->state) {
    case DW_DISC_LOADING:
        station_ask(station, disc, DW_DISC_EV_NOT_LOADED, r->err.text, withdrawn ? NULL : row->id);
        break;
    case DW_DISC_PRINTING:
        disc->phase = PHASE_READY;
        break;
    case DW_DISC_DELIVERING:
        disc->phase = disc->at.kind == DW_PLACE_DRIVE ? PHASE_READY : PHASE_PRINTED;
        break;
    default:
        disc->phase = PHASE_BAD;
        break;
    }
}

static void carried(dw_station *station, struct station_disc *disc, const struct dw_arm_result *r)
{
    if (station->arm_owner == r->job.disc)
        station->arm_owner = 0;
    dw_log_write(station->opts.log, DW_LOG_DEBUG, "carried disc=%lld moved=%s status=%s",
                 (long long)r->job.disc, dw_moved_name(r->moved), dw_status_name(r->status));
    if (!disc)
        return;
    const struct dw_fault *row = dw_fault_find(r->fault);
    if (r->moved == DW_MOVED_YES)
        station_motion_learn(station, r->job.from, r->job.to,
                             (dw_clock_mono_us(&station->opts.clock) - station->carry_began_us) / 1000);
    if (r->moved == DW_MOVED_YES)
        arrived(station, disc, r);
    else if (link_is_gone(r) || (r->moved == DW_MOVED_NO && !(row && row->action == DW_FAULT_ASK)))
        stayed(station, disc, r);
    else
        station_doubt(station, disc, r->fault ? r->fault : "arm_jam", r->err.text);
}

static void print_begun(dw_station *station, struct station_disc *disc,
                        const struct dw_arm_result *r)
{
    if (!disc)
        return;
    if (r->status == DW_OK) {
        disc->phase = PHASE_PRINTING;
        station->print_began_us = dw_clock_mono_us(&station->opts.clock);
        station->ink.labels++;
        return;
    }
    const struct dw_fault *row = dw_fault_find(r->fault ? r->fault : "print_failed");
    if (dw_fault_rejects(row)) {
        station_bad(station, disc, row->id, r->err.text);
        return;
    }
    if (row->action == DW_FAULT_ASK) {
        station_doubt(station, disc, row->id, r->err.text);
        return;
    }
    disc->phase = PHASE_NO_LABEL;
    station_raise(station, dw_fault_holds(row) ? row->id : "print_failed", 0, 0, NULL, NULL);
}

static void answered(dw_station *station, struct station_disc *disc, const struct dw_arm_result *r)
{
    if (!disc || disc->state != DW_DISC_UNKNOWN) { /* acknowledged: nobody waits for an event */
        if (r->status == DW_OK && station->lost_disc == r->job.disc) {
            station->lost_disc = 0;
            station_clear_disc(station, r->job.disc);
        }
        return;
    }
    if (r->status != DW_OK) {
        station_refuse_answer(station, disc, r->err.text);
        return;
    }
    if (station->lost_disc == r->job.disc)
        station->lost_disc = 0;
    if (r->job.to.kind == DW_PLACE_DRIVE) {
        disc->order.drive = r->job.to.number;
        station->drive[r->job.to.number - 1].disc = r->job.disc;
    }
    char name[DW_PLACE_NAME_MAX], text[80];
    dw_place_name(r->job.to, name);
    if (!dw_text_format(text, sizeof text, "a person said: %s", name))
        text[0] = 0;
    station_ask(station, disc, disc->answer, text, NULL);
}

static void take_result(dw_station *station, const struct dw_arm_result *r)
{
    struct station_disc *disc = station_find(station, r->job.disc);
    if (r->sensed) {
        station->sensors = r->sensors;
        station_reported(station, r->sensors.fault);
    }
    switch (r->job.kind) {
    case DW_ARM_CARRY:
        carried(station, disc, r);
        break;
    case DW_ARM_PRINT:
        print_begun(station, disc, r);
        break;
    case DW_ARM_SENSE:
        station->sensing = false;
        if (r->status == DW_OK)
            station_clear(station, "robot_offline", 0, NULL);
        else
            raise_offline(station, &r->err);
        break;
    case DW_ARM_ANSWER:
        answered(station, disc, r);
        break;
    case DW_ARM_REFILL:
        if (r->status == DW_OK && r->job.to.kind == DW_PLACE_PRINTER)
            station_clear(station, "ink_out", 0, NULL);
        break;
    case DW_ARM_TRAY:
        station_tray_done(station, r);
        break;
    case DW_ARM_CLEAR:
    case DW_ARM_INJECT:
        break;
    }
}

void station_arm_step(dw_station *station)
{
    static const size_t size = sizeof(struct dw_arm_result);
    struct dw_arm_result *r = malloc(size); /* paths make it too large for a small stack */
    while (r && dw_arm_take(station->opts.arm, r)) {
        station->arm_jobs--;
        take_result(station, r);
    }
    free(r);
}

/* --- what next --- */

static bool held(const dw_station *station)
{
    if (station->arm_owner || station->tray_asked || station->lost_disc ||
        station_rests(station, DW_FAULT_ROBOT) || station_tray_moves(station))
        return true;
    for (size_t i = 0; i < station->count; i++) {
        const struct station_disc *disc = station->discs[i];
        if (disc->phase == PHASE_DOUBT || disc->state == DW_DISC_UNKNOWN ||
            (disc->phase == PHASE_ASKED && disc->asked == DW_DISC_EV_IN_DOUBT))
            return true;
    }
    return false;
}

int station_bin_with(const dw_station *station, const struct dw_disc_order *order)
{
    for (int i = 0; i < station->sensors.bins; i++) {
        if (strcmp(station->sensors.bin[i].media, order->media) == 0 &&
            dw_stock_fits(order->stock, station->sensors.bin[i].stock) &&
            station->sensors.bin[i].discs != 0 && !station_bin_rests(station, i + 1))
            return i + 1;
    }
    return 0;
}

/* The disc that the next free drive gets, and how many could be loaded. */
static struct station_disc *next_waiting(dw_station *station, struct dw_sched_view *view)
{
    struct dw_sched_waiting waiting[DW_ROBOT_ORDERS_MAX];
    struct station_disc *discs[DW_ROBOT_ORDERS_MAX];
    size_t count = 0;
    int eligible = 0;
    for (size_t i = 0; i < station->count; i++) {
        struct station_disc *disc = station->discs[i];
        if (disc->phase != PHASE_WAITING || !station_bin_with(station, &disc->order))
            continue;
        waiting[count] = (struct dw_sched_waiting){.priority = disc->order.priority,
                                                   .band = disc->order.band,
                                                   .work_ms = station_work_ms(station, disc),
                                                   .passed_over = disc->passed_over,
                                                   .set = station_set_place(station, disc)};
        eligible += waiting[count].set != DW_SCHED_SET_LATER;
        discs[count++] = disc;
    }
    /* The free drive is kept for the moment that it takes to be told of the successor. */
    if (station_set_missing(station))
        eligible = 0;
    view->waiting = eligible;
    return eligible ? discs[dw_sched_pick(view, waiting, count)] : NULL;
}

static enum dw_sched_drive_state drive_state(dw_station *station, int n)
{
    const struct station_drive *drive = &station->drive[n - 1];
    const struct station_disc *disc = station_find(station, drive->disc);
    if (!disc) {
        if (station->sensors.drive[n - 1] == DW_SENSED_DISC || station_drive_rests(station, n))
            return DW_SCHED_DRIVE_BLOCKED;
        return DW_SCHED_DRIVE_EMPTY;
    }
    if (station_bay_missing(station, n)) /* with the disc in it */
        return DW_SCHED_DRIVE_BLOCKED;
    if (disc->phase == PHASE_READY)
        return station_may_leave(station, disc) ? DW_SCHED_DRIVE_READY : DW_SCHED_DRIVE_BLOCKED;
    if (disc->phase == PHASE_BAD)
        return DW_SCHED_DRIVE_BAD;
    return disc->phase == PHASE_WORKING || disc->phase == PHASE_ASKED ? DW_SCHED_DRIVE_WORKING
                                                                      : DW_SCHED_DRIVE_BLOCKED;
}

static enum dw_sched_printer_state printer_state(dw_station *station)
{
    const struct station_disc *disc = station_at(station, (struct dw_place){DW_PLACE_PRINTER, 0});
    if (!disc)
        return station->sensors.in_printer == DW_SENSED_DISC ||
                       station_rests(station, DW_FAULT_PRINTER)
                   ? DW_SCHED_PRINTER_BLOCKED
                   : DW_SCHED_PRINTER_EMPTY;
    switch (disc->phase) {
    case PHASE_PRINTED:
        return DW_SCHED_PRINTER_DONE;
    case PHASE_BAD:
        return DW_SCHED_PRINTER_BAD;
    case PHASE_PRINTING:
        return DW_SCHED_PRINTER_WORKING;
    default:
        return DW_SCHED_PRINTER_BLOCKED;
    }
}

static bool room_in(const struct dw_bin_sensed *pile)
{
    return pile->discs < 0 || pile->discs < pile->capacity;
}

static void look(dw_station *station, struct dw_sched_view *view)
{
    int64_t now = dw_clock_mono_us(&station->opts.clock);
    *view = (struct dw_sched_view){
        .drives = station->sensors.drives,
        .printer = printer_state(station),
        .printer_left_ms = -1,
        .no_printer = !(dw_mover_caps(station->opts.mover) & DW_CAN_PRINT),
        .output_room = room_in(&station->sensors.output),
        .reject_room = room_in(&station->sensors.reject),
        .times = station_times(station),
    };
    for (int i = 0; i < view->drives; i++) {
        const struct station_drive *drive = &station->drive[i];
        view->drive[i].state = drive_state(station, i + 1);
        view->drive[i].left_ms = -1;
        if (drive->done_at_us)
            view->drive[i].left_ms = drive->done_at_us > now ? (drive->done_at_us - now) / 1000 : 0;
    }
    station_set_spans(station, view);
    if (view->printer == DW_SCHED_PRINTER_WORKING && station->print_us) {
        int64_t end_us = station->print_began_us + station->print_us;
        view->printer_left_ms = end_us > now ? (end_us - now) / 1000 : 0;
    }
}

/* Others may be preferred to the first in line, but not for ever. */
static void note_passing(dw_station *station, const struct station_disc *chosen)
{
    struct station_disc *first = NULL;
    for (size_t i = 0; i < station->count; i++) {
        struct station_disc *disc = station->discs[i];
        if (disc->phase == PHASE_WAITING && station_bin_with(station, &disc->order) &&
            (!first || disc->order.priority > first->order.priority))
            first = disc;
    }
    if (first && first != chosen)
        first->passed_over++;
}

/* Before plastic is spent on it, and before a good disc comes to lie in the printer for nothing. */
static bool label_readable(const struct station_disc *disc)
{
    struct stat info;
    const char *path = disc->order.label;
    return !*path || (access(path, R_OK) == 0 && stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
                      info.st_size > 0);
}

static void load(dw_station *station, struct station_disc *disc, int drive)
{
    if (!label_readable(disc)) {
        station_ask(station, disc, DW_DISC_EV_CANCEL, dw_fault_find("label_missing")->sentence,
                    "label_missing");
        return;
    }
    note_passing(station, disc);
    disc->order.drive = drive;
    disc->bin = station_bin_with(station, &disc->order);
    station->drive[drive - 1].disc = disc->order.disc;
    station->arm_owner = disc->order.disc;
    station_ask(station, disc, DW_DISC_EV_LOAD, "", NULL);
}

/* The event that allows the motion is stored first; where it already was, the arm may go. */
static void act(dw_station *station, struct station_disc *disc, struct dw_place to)
{
    station->arm_owner = disc->order.disc;
    if (dw_disc_moves_arm(disc->state) &&
        (to.kind != DW_PLACE_OUTPUT || disc->state == DW_DISC_DELIVERING) &&
        (to.kind != DW_PLACE_REJECT || disc->state == DW_DISC_REJECTING))
        station_carry(station, disc, to);
    else if (to.kind == DW_PLACE_REJECT)
        station_ask(station, disc, DW_DISC_EV_BAD_DISC, disc->why, disc->why_fault);
    else if (to.kind == DW_PLACE_PRINTER)
        station_ask(station, disc, DW_DISC_EV_VERIFIED, "", NULL);
    else
        station_ask(station, disc, DW_DISC_EV_PRINTED, "", NULL);
}

/* Nothing goes on and nothing can begin, but for discs that wait for others of their set: one of them goes, because
 * a machine that stands still helps nobody. */
static struct dw_sched_action break_up(dw_station *station, struct dw_sched_view *view)
{
    int ready = 0;
    for (int i = 0; i < view->drives; i++) {
        const struct station_disc *disc = station_find(station, station->drive[i].disc);
        if (view->drive[i].state == DW_SCHED_DRIVE_WORKING ||
            (view->drive[i].state == DW_SCHED_DRIVE_EMPTY && view->waiting > 0))
            return (struct dw_sched_action){DW_SCHED_NOTHING, 0};
        if (disc && disc->phase == PHASE_READY && !ready)
            ready = i + 1;
    }
    if (!ready || view->printer != DW_SCHED_PRINTER_EMPTY || station->arm_jobs || station_set_missing(station))
        return (struct dw_sched_action){DW_SCHED_NOTHING, 0};
    view->drive[ready - 1].state = DW_SCHED_DRIVE_READY;
    return dw_sched_next(view);
}

void station_schedule(dw_station *station)
{
    struct dw_sched_view view;
    if (held(station))
        return;
    look(station, &view);
    struct station_disc *waiting = next_waiting(station, &view);
    struct dw_sched_action action = dw_sched_next(&view);
    if (action.kind == DW_SCHED_NOTHING)
        action = break_up(station, &view);
    struct dw_place place = {action.drive ? DW_PLACE_DRIVE : DW_PLACE_PRINTER, action.drive};
    struct station_disc *disc = action.kind == DW_SCHED_LOAD ? waiting : station_at(station, place);
    if (!disc)
        return;
    switch (action.kind) {
    case DW_SCHED_LOAD:
        load(station, disc, action.drive);
        break;
    case DW_SCHED_PRINT:
        if (label_readable(disc))
            act(station, disc, (struct dw_place){DW_PLACE_PRINTER, 0});
        else
            station_bad(station, disc, "label_missing", "");
        break;
    case DW_SCHED_DELIVER:
        act(station, disc, (struct dw_place){DW_PLACE_OUTPUT, 0});
        break;
    case DW_SCHED_REJECT:
        act(station, disc, (struct dw_place){DW_PLACE_REJECT, 0});
        break;
    case DW_SCHED_NOTHING:
        break;
    }
}
