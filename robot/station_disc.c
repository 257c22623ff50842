/* Transitions: what is asked of the daemon, and what its answer sets in motion. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "robot/station_state.h"

#define ASK_AGAIN_MS 5000

void station_ask(dw_station *station, struct station_disc *disc, enum dw_disc_event event,
                 const char *text, const char *fault)
{
    if (text != disc->why)
        dw_text_cut(disc->why, sizeof disc->why, text);
    disc->why_fault = fault;
    disc->phase = PHASE_ASKED;
    disc->asked = event;
    const struct station_drive *drive =
        disc->order.drive ? &station->drive[disc->order.drive - 1] : NULL;
    struct dw_disc_request request = {
        .disc = disc->order.disc,
        .event = event,
        .drive = disc->order.drive,
        .text = disc->why,
        .fault = fault ? fault : "",
        .image = disc->image ? disc->image : "",
        .label = disc->label ? disc->label : "",
        .serial = drive ? drive->serial : "",
        .lot = drive ? drive->lot : "",
        .reading = drive ? drive->reading : (struct dw_reading){0},
    };
    dw_log_write(station->opts.log, DW_LOG_DEBUG, "disc asks disc=%lld event=%s drive=%d",
                 (long long)disc->order.disc, dw_disc_event_name(event), disc->order.drive);
    station->opts.listener.request(station->opts.listener.ctx, &request);
}

/* The disc lies in its drive; false: it does not, and a person is asked. */
static bool claim_drive(dw_station *station, struct station_disc *disc)
{
    int n = disc->order.drive;
    struct dw_place place = {DW_PLACE_DRIVE, n};
    if (n < 1 || n > station->sensors.drives || station->sensors.drive[n - 1] == DW_SENSED_EMPTY ||
        station_at(station, place) || station->lost_disc == disc->order.disc) {
        station_doubt(station, disc, "position_unknown", "the disc is not in the drive it was in");
        return false;
    }
    disc->at = place;
    station->drive[n - 1].disc = disc->order.disc;
    return true;
}

/* The last motion tells what the disc had reached, if the daemon does not. */
static enum dw_disc_state state_before(const dw_station *station, const struct station_disc *disc)
{
    const struct dw_journal_motion *motion = station_motion(station, disc->order.disc);
    if (disc->before != DW_DISC_UNKNOWN || !motion)
        return disc->before;
    switch (motion->to.kind) {
    case DW_PLACE_DRIVE:
        return DW_DISC_LOADING;
    case DW_PLACE_PRINTER:
        return DW_DISC_PRINTING;
    case DW_PLACE_OUTPUT:
        return DW_DISC_DELIVERING;
    case DW_PLACE_REJECT:
        return DW_DISC_REJECTING;
    default:
        return DW_DISC_UNKNOWN;
    }
}

static void ask_person(dw_station *station, struct station_disc *disc)
{
    disc->phase = PHASE_DOUBT;
    disc->at = (struct dw_place){0};
    station_raise(station, disc->why_fault ? disc->why_fault : "position_unknown", disc->order.disc,
                  0, NULL, NULL);
}

void station_resume(dw_station *station, struct station_disc *disc)
{
    switch (disc->state) {
    case DW_DISC_RESERVED:
        disc->phase = PHASE_WAITING;
        disc->order.drive = 0;
        break;
    case DW_DISC_VERIFYING:
        if (claim_drive(station, disc))
            station_work(station, disc, "verify");
        break;
    case DW_DISC_REJECTING:
        if (claim_drive(station, disc))
            disc->phase = PHASE_BAD;
        break;
    case DW_DISC_BURNING:
        if (claim_drive(station, disc))
            station_bad(station, disc, "interrupted", "");
        break;
    case DW_DISC_UNKNOWN:
        disc->before = state_before(station, disc);
        if (disc->before == DW_DISC_LOADING && (dw_mover_caps(station->opts.mover) & DW_IS_PERSON))
            station_ask(station, disc, DW_DISC_EV_NOT_LOADED, "a person was only asked for a blank", NULL);
        else
            ask_person(station, disc);
        break;
    case DW_DISC_LOADING:
    case DW_DISC_PRINTING:
    case DW_DISC_DELIVERING:
        station_doubt(station, disc, "position_unknown", "the arm was at work when we stopped");
        break;
    default: /* final states are never taken in */
        break;
    }
}

void station_doubt(dw_station *station, struct station_disc *disc, const char *fault,
                   const char *why)
{
    if (station->arm_owner == disc->order.disc)
        station->arm_owner = 0;
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        if (station->drive[i].disc == disc->order.disc) {
            dw_worker_kill(&station->drive[i].worker);
            station->drive[i].disc = 0;
        }
    }
    disc->at = (struct dw_place){0};
    const struct dw_fault *row = dw_fault_find(fault);
    if (!row || row->action != DW_FAULT_ASK) { /* what stopped it is one thing, where it is another */
        if (row && dw_fault_holds(row))
            station_raise(station, row->id, 0, 0, NULL, NULL);
        fault = "position_unknown";
    }
    if (disc->state == DW_DISC_UNKNOWN) {
        disc->why_fault = fault;
        ask_person(station, disc);
    } else {
        station_ask(station, disc, DW_DISC_EV_IN_DOUBT, why, fault);
    }
}

void station_bad(dw_station *station, struct station_disc *disc, const char *fault, const char *why)
{
    const struct dw_fault *row = dw_fault_find(fault);
    if (row && !dw_fault_rejects(row))
        row = dw_fault_find("bad_disc");
    char text[sizeof disc->why + 100];
    if (row && *why)
        snprintf(text, sizeof text, "%s (%s)", row->sentence, why);
    else
        snprintf(text, sizeof text, "%s", row ? row->sentence : why);
    dw_text_cut(disc->why, sizeof disc->why, text);
    disc->why_fault = row ? row->id : NULL;
    disc->phase = PHASE_BAD;
    dw_log_write(station->opts.log, DW_LOG_DEBUG, "disc bad disc=%lld drive=%d",
                 (long long)disc->order.disc, disc->order.drive);
}

/* The plastic is in the drive, and its person may have changed their mind meanwhile. */
static void in_drive(dw_station *station, struct station_disc *disc, const char *task)
{
    if (disc->cancel)
        station_ask(station, disc, DW_DISC_EV_CANCEL, "cancelled by a person", NULL);
    else
        station_work(station, disc, task);
}

static void back_to_waiting(dw_station *station, struct station_disc *disc)
{
    if (disc->order.drive)
        station->drive[disc->order.drive - 1].disc = 0;
    disc->order.drive = 0;
    disc->at = (struct dw_place){0};
    disc->phase = PHASE_WAITING;
    if (disc->cancel)
        station_ask(station, disc, DW_DISC_EV_CANCEL, "cancelled by a person", NULL);
}

void station_go_on(dw_station *station, struct station_disc *disc)
{
    bool has_arm = station->arm_owner == disc->order.disc;
    if (disc->state != DW_DISC_UNKNOWN)
        station_clear_disc(station, disc->order.disc);
    switch (disc->state) {
    case DW_DISC_RESERVED:
        back_to_waiting(station, disc);
        break;
    case DW_DISC_LOADING:
        if (disc->cancel) { /* nothing has moved yet */
            station->arm_owner = 0;
            station_ask(station, disc, DW_DISC_EV_NOT_LOADED, "cancelled by a person", NULL);
        } else {
            station_carry(station, disc, (struct dw_place){DW_PLACE_DRIVE, disc->order.drive});
        }
        break;
    case DW_DISC_BURNING:
        in_drive(station, disc, "burn");
        break;
    case DW_DISC_VERIFYING:
        in_drive(station, disc, "verify");
        break;
    case DW_DISC_PRINTING:
        if (dw_mover_caps(station->opts.mover) & DW_CAN_PRINT)
            station_carry(station, disc, (struct dw_place){DW_PLACE_PRINTER, 0});
        else
            station_ask(station, disc, DW_DISC_EV_PRINTED, "this robot has no printer", NULL);
        break;
    case DW_DISC_DELIVERING:
        station_carry(station, disc, (struct dw_place){DW_PLACE_OUTPUT, 0});
        break;
    case DW_DISC_REJECTING:
        disc->phase = PHASE_BAD;
        if (has_arm)
            station_carry(station, disc, (struct dw_place){DW_PLACE_REJECT, 0});
        break;
    case DW_DISC_UNKNOWN:
        ask_person(station, disc);
        break;
    default: /* final */
        station_forget(station, disc);
        break;
    }
}

/* The row is not what we think. Nothing is moved on our own word. */
static void out_of_step(dw_station *station, struct station_disc *disc, int told)
{
    if (told >= 0 && dw_disc_is_final((enum dw_disc_state)told)) {
        station_forget(station, disc); /* plastic, if there is any, is now a foreign disc */
        return;
    }
    if (station->arm_owner == disc->order.disc)
        station->arm_owner = 0;
    if (told >= 0 && told != (int)disc->state) {
        disc->before = disc->state;
        disc->state = (enum dw_disc_state)told;
    }
    disc->phase = PHASE_DOUBT;
    disc->why_fault = "out_of_step";
    station_raise(station, "out_of_step", disc->order.disc, disc->order.drive, NULL, NULL);
}

static bool store_may_recover(dw_status status)
{
    return status == DW_ERR_BUSY || status == DW_ERR_IO || status == DW_ERR_NO_SPACE ||
           status == DW_ERR_TIMEOUT;
}

void dw_station_stored(dw_station *station, int64_t number, enum dw_disc_event event,
                       dw_status status, const char *state)
{
    struct station_disc *disc = station_find(station, number);
    enum dw_disc_state to = DW_DISC_UNKNOWN;
    int told = dw_disc_state_from_name(state); /* -1: not said */
    if (!disc || disc->phase != PHASE_ASKED || disc->asked != event || disc->ask_again_us)
        return; /* an answer to nothing we wait for moves nothing */
    bool listed = dw_disc_next(disc->state, event, &to, NULL) == DW_OK;
    if (listed && status == DW_OK && told < 0)
        told = (int)to;
    if (!listed || (told != (int)to && (status == DW_OK || !store_may_recover(status)))) {
        out_of_step(station, disc, told);
        return;
    }
    if (told != (int)to) { /* nothing is lost: the same question again, later */
        disc->ask_again_us = dw_clock_mono_us(&station->opts.clock) + ASK_AGAIN_MS * 1000LL;
        return;
    }
    if (to == DW_DISC_UNKNOWN)
        disc->before = disc->state;
    disc->state = to;
    station_count(station, disc, event);
    station_go_on(station, disc);
}
