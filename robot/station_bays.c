/* The robot's bays: a drive that is missing is waited for, and said so; and a person may see which
 * drive is which. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "robot/station_state.h"

#define SHOWN_S 10 /* a tray is out below an arm, and the arm waits */
#define LOOK_US 2000000 /* files of kernel and udev: no drive is asked */

int64_t station_bays_due_us(const dw_station *station)
{
    return station->opts.bays ? station->bays_due_us : 0;
}

void station_bays_again(dw_station *station)
{
    station->bays_due_us = dw_clock_mono_us(&station->opts.clock);
}

bool station_bay_missing(const dw_station *station, int drive)
{
    struct dw_bay bay;
    if (!station->opts.bays)
        return false;
    dw_bays_get(station->opts.bays, drive, &bay);
    return bay.why[0] != 0;
}

static void watch(dw_station *station, int drive)
{
    char detail[16];
    struct dw_bay bay;
    snprintf(detail, sizeof detail, "%d", drive);
    dw_bays_get(station->opts.bays, drive, &bay);
    if (bay.why[0])
        station_raise(station, "drive_missing", 0, drive, detail, bay.why);
    else
        station_clear(station, "drive_missing", 0, detail);
}

static void tell(dw_station *station)
{
    const struct dw_publisher_listener *listener = &station->opts.listener;
    if (listener->drives)
        listener->drives(listener->ctx, dw_bays_tell(station->opts.bays));
}

void station_bays_step(dw_station *station)
{
    int64_t now = dw_clock_mono_us(&station->opts.clock);
    if (!station->opts.bays)
        return;
    if (now >= station->bays_due_us) {
        station->bays_due_us = now + LOOK_US;
        if (dw_bays_look(station->opts.bays))
            tell(station);
    }
    for (int n = 1; n <= station->sensors.drives; n++)
        watch(station, n);
    dw_bays_name_drives(station->opts.bays, &station->sensors);
}

dw_status dw_station_devices(dw_station *station, const char *device, struct dw_error *err)
{
    struct dw_robot_devices devices;
    if (!station->opts.bays)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the drives of this robot are inside of it");
    dw_status st = dw_robot_devices_read(device, &devices, err);
    if (st == DW_OK)
        st = dw_bays_set(station->opts.bays, &devices, err);
    station_bays_again(station);
    return st;
}

/* --- which one is it? --- */

static dw_status may_open(const dw_station *station, struct dw_error *err)
{
    if (station->lost_disc)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "nobody knows where disc %lld is: look for it first",
                            (long long)station->lost_disc);
    for (size_t i = 0; i < station->count; i++) {
        const struct station_disc *disc = station->discs[i];
        if (disc->phase != PHASE_WAITING)
            return dw_error_set(err, DW_ERR_CONFLICT, "disc %lld is in hand: wait until it is out",
                                (long long)disc->order.disc);
    }
    if (station->arm_owner || station->tray_asked)
        return dw_error_set(err, DW_ERR_BUSY, "the robot is busy: try again in a moment");
    return DW_OK;
}

static void note(dw_station *station, const char *device, const char *how, const char *why)
{
    char sentence[200];
    snprintf(sentence, sizeof sentence, "%s%.140s", how, why);
    dw_bays_note_tray(station->opts.bays, device, sentence);
    station_bays_again(station);
}

dw_status dw_station_tray(dw_station *station, const char *device, struct dw_error *err)
{
    bool person = dw_mover_caps(station->opts.mover) & DW_IS_PERSON;
    struct dw_arm_job job = {.kind = DW_ARM_TRAY, .discs = person ? 0 : SHOWN_S};
    if (!station->opts.bays)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the drives of this robot are inside of it");
    dw_status st = may_open(station, err);
    if (st == DW_OK && !dw_text_copy(job.text, sizeof job.text, device))
        st = dw_error_set(err, DW_ERR_LIMIT, "the path of a drive is too long");
    if (st != DW_OK) { /* the daemon has passed it on already: its line says why */
        note(station, device, "Its tray was not opened: ", err->text);
        return st;
    }
    note(station, device, "Its tray opens", "");
    station->tray_asked = true;
    station_submit(station, &job);
    return DW_OK;
}

void station_tray_done(dw_station *station, const struct dw_arm_result *r)
{
    station->tray_asked = false;
    station_trays_unseen(station); /* one that failed may have stopped half out */
    if (r->moved == DW_MOVED_UNKNOWN)
        station_raise(station, "robot_failure", 0, 0, NULL,
                      "A tray was opened and does not go in again: push it in, then acknowledge");
    if (r->status == DW_OK)
        note(station, r->job.text, "Its tray was opened", r->job.discs ? " and closed again" : "");
    else if (r->moved == DW_MOVED_UNKNOWN)
        note(station, r->job.text, "Its tray was opened and does not go in again: ", r->err.text);
    else
        note(station, r->job.text, "Its tray was not opened: ", r->err.text);
}
