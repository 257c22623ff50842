/* Drives: one work task after the other for the disc that lies in them. */
#include <stdio.h>
#include <string.h>

#include "burn/drive/media.h"
#include "base/text.h"
#include "robot/station_state.h"

#define PROGRESS_MS 250

/* What the site says of this kind of medium. A drive that was not fed fast enough gets no more than any machine can
 * feed. Of media that count no times: as it is. */
static int64_t speed_kbps(const dw_station *station, const struct station_disc *disc)
{
    const struct dw_robot_options *options = &station->options;
    const struct {
        enum dw_media kind;
        const char *medium;
        int64_t wanted;
        double careful;
    } rows[] = {{DW_MEDIA_CD, "CD-R", options->burn_speed_cd, 8},
                {DW_MEDIA_DVD, "DVD+R", options->burn_speed_dvd, 4},
                {DW_MEDIA_BD, "BD-R", options->burn_speed_bd, 2}};
    const struct dw_blank *blank = dw_blank_find(disc->order.media);
    int64_t wanted = options->burn_speed_kbps;
    for (size_t i = 0; blank && i < DW_ARRAY_LEN(rows); i++) {
        const struct dw_medium *medium = dw_medium_of_name(rows[i].medium);
        int64_t slow = dw_medium_speed_kbps(medium, rows[i].careful);
        if (rows[i].kind != blank->media)
            continue;
        if (rows[i].wanted)
            wanted = dw_medium_speed_kbps(medium, (double)rows[i].wanted);
        if (station->drive[disc->at.number - 1].slower && (wanted == 0 || slow < wanted))
            return slow;
    }
    return wanted;
}

static json_t *burn_task(const dw_station *station, const struct station_disc *disc,
                         const char *device)
{
    uint64_t capacity = disc->order.capacity_bytes,
             blank = station->sensors.blank_bytes[disc->at.number - 1];
    if (blank && (capacity == 0 || blank < capacity))
        capacity = blank;
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:s, s:b}", "task", "burn", "tree",
                     disc->order.tree, "media", disc->order.media, "capacity_bytes",
                     (json_int_t)capacity, "drive", device, "speed_kbps",
                     (json_int_t)speed_kbps(station, disc), "chunks", disc->order.chunks,
                     "finalize", 1);
}

/* check reads images by path and real drives by device. */
static json_t *check_task(const struct station_disc *disc, const char *device)
{
    const char *source = strncmp(device, "stdio:", 6) == 0 ? device + 6 : device;
    return json_pack("{s:s, s:s, s:s, s:s}", "task", "check", "source", source, "expect",
                     disc->order.expect, "profile", "");
}

/* The row says what becomes of the disc: it leaves, or a person is asked where it is. */
static void failed(dw_station *station, struct station_disc *disc, const char *fault,
                   const char *why)
{
    const struct dw_fault *row = dw_fault_find(fault);
    if (row && row->action == DW_FAULT_ASK)
        station_doubt(station, disc, row->id, why);
    else
        station_bad(station, disc, row ? row->id : "bad_disc", why);
}

/* The disc lies still in its drive: when the robot is back it goes on. false: something else is wrong. */
static bool offline(dw_station *station, struct station_disc *disc, dw_status st, const char *task,
                    bool burned)
{
    bool missing = station_bay_missing(station, disc->at.number) ||
                   (station->opts.bays && st == DW_ERR_NOT_FOUND);
    if (st != DW_ERR_GONE && st != DW_ERR_TIMEOUT && !missing)
        return false;
    dw_text_cut(disc->again, sizeof disc->again, task);
    disc->burned = burned;
    disc->phase = PHASE_OFFLINE;
    if (missing)
        station_bays_again(station); /* which says what is wrong */
    else
        station_raise(station, "robot_offline", 0, 0, NULL, NULL);
    return true;
}

/* Which drive and which discs these are: as the machine knows, or as the drive has told a task. Two names of one drive
 * would be two drives. */
static void know_drive(dw_station *station, struct station_drive *drive, int n,
                       const json_t *result)
{
    const char *serial = result ? dw_json_text(result, "serial") : station->sensors.serial[n - 1],
               *lot = result ? dw_json_text(result, "lot") : station->sensors.lot[n - 1];
    if (*serial && (!result || !station->sensors.serial[n - 1][0]))
        dw_text_cut(drive->serial, sizeof drive->serial, serial);
    if (*lot)
        dw_text_cut(drive->lot, sizeof drive->lot, lot);
}

void station_work(dw_station *station, struct station_disc *disc, const char *task)
{
    struct station_drive *drive = &station->drive[disc->at.number - 1];
    struct dw_error err = {0};
    char device[DW_PATH_MAX];
    json_t *message = NULL;
    drive->progress_done = drive->progress_total = 0;
    drive->progress_us = 0;
    if (strcmp(task, "burn") == 0) { /* another disc than the last one */
        drive->lot[0] = 0;
        drive->reading = (struct dw_reading){0};
    }
    know_drive(station, drive, disc->at.number, NULL);
    dw_status st =
        dw_mover_drive_device(station->opts.mover, disc->at.number, device, sizeof device, &err);
    if (st != DW_OK) {
        if (!offline(station, disc, st, task, false))
            failed(station, disc, dw_mover_drive_fault(station->opts.mover, disc->at.number),
                   err.text);
        return;
    }
    if (strcmp(task, "burn") == 0)
        message = burn_task(station, disc, device);
    else if (strcmp(task, "check") == 0)
        message = check_task(disc, device);
    else
        message = json_pack("{s:s, s:s, s:s, s:b}", "task", "verify", "chunks", disc->order.chunks,
                            "drive", device, "ask_tray", 1);
    if (!message)
        st = dw_error_set(&err, DW_ERR_INTERNAL, "no task can be written for this disc");
    if (st == DW_OK)
        st = dw_worker_start(&drive->worker, station->opts.spawner, &station->opts.clock, message,
                             &err);
    if (st != DW_OK) {
        failed(station, disc, NULL, err.text);
        return;
    }
    int64_t now = dw_clock_mono_us(&station->opts.clock);
    if (strcmp(task, "burn") == 0) {
        drive->began_us = now;
        drive->done_at_us = now + station_work_ms(station, disc) * 1000;
    }
    disc->phase = PHASE_WORKING;
    dw_log_write(station->opts.log, DW_LOG_DEBUG, "task started disc=%lld drive=%d task=%s",
                 (long long)disc->order.disc, disc->at.number, task);
}

/* --- what they say --- */

struct listening {
    dw_station *station;
    struct station_drive *drive;
};

/* A task counts kilobytes; what a person knows of a drive and its discs is "16x". */
static uint32_t speed_1x_kbps(const struct station_disc *disc)
{
    const struct dw_blank *blank = disc ? dw_blank_find(disc->order.media) : NULL;
    return blank ? dw_media_1x_kbps(blank->media) : 0;
}

static void progressed(void *ctx, const struct dw_progress *progress)
{
    struct listening *l = ctx;
    struct dw_progress told = *progress;
    int64_t now = dw_clock_mono_us(&l->station->opts.clock);
    const struct dw_publisher_listener *listener = &l->station->opts.listener;
    l->drive->progress_done = told.done_bytes;
    l->drive->progress_total = told.total_bytes;
    told.speed_1x_kbps = speed_1x_kbps(station_find(l->station, l->drive->disc));
    struct dw_error err = {0};
    int n = (int)(l->drive - l->station->drive) + 1;
    dw_status st = strcmp(told.stage, "burning") == 0
                       ? dw_mover_drive_writing(l->station->opts.mover, n,
                                                told.done_bytes / DW_BLOCK_SIZE, &err)
                       : DW_OK;
    if (st != DW_OK && st != DW_ERR_GONE && st != DW_ERR_TIMEOUT)
        dw_text_cut(l->drive->failed_at, sizeof l->drive->failed_at, err.text);
    /* The last line of a stage always goes out, the others a few times a second. */
    if (told.done_bytes != told.total_bytes && l->drive->progress_us &&
        now - l->drive->progress_us < PROGRESS_MS * 1000)
        return;
    l->drive->progress_us = now;
    listener->progress(listener->ctx, l->drive->disc, &told);
}

static bool conforms(const json_t *result, struct dw_error *err)
{
    const json_t *findings = json_object_get(result, "findings");
    if (json_is_true(json_object_get(result, "conforms")))
        return true;
    /* The finding's text may quote the disc; its code and nothing else goes into rows and logs. */
    const char *code = dw_json_text(json_array_get(findings, 0), "code");
    dw_error_set(err, DW_ERR_CORRUPT, "what was read back does not conform: %zu findings%s%.40s",
                 json_array_size(findings), *code ? ", the first is " : "", code);
    return false;
}

static void passed(dw_station *station, struct station_disc *disc, const char *task)
{
    struct station_drive *drive = &station->drive[disc->at.number - 1];
    struct dw_error err = {0};
    if (strcmp(task, "burn") == 0) {
        dw_status st = dw_mover_drive_written(station->opts.mover, disc->at.number, &err);
        if (st == DW_OK)
            station_ask(station, disc, DW_DISC_EV_BURNED, "", NULL);
        else if (!offline(station, disc, st, task, true))
            failed(station, disc, dw_mover_drive_fault(station->opts.mover, disc->at.number),
                   err.text);
    } else if (strcmp(task, "verify") == 0) {
        station_work(station, disc, "check");
    } else {
        if (drive->began_us)
            station_rate_learn(station, disc->order.media, disc->order.blocks,
                               (dw_clock_mono_us(&station->opts.clock) - drive->began_us) / 1000);
        drive->began_us = drive->done_at_us = 0;
        disc->phase = PHASE_READY;
    }
}

static void failed_while_burning(dw_station *station, struct station_drive *drive,
                                 struct station_disc *disc)
{
    char why[sizeof drive->failed_at];
    memcpy(why, drive->failed_at, sizeof why);
    drive->failed_at[0] = 0;
    dw_worker_kill(&drive->worker);
    if (disc && disc->phase == PHASE_WORKING)
        failed(station, disc, "write_error", why);
}

static void step_one(dw_station *station, struct station_drive *drive)
{
    struct listening listening = {station, drive};
    struct dw_error err = {0};
    json_t *result = NULL;
    dw_status st = DW_OK;
    char task[16], fault[24] = "";
    memcpy(task, drive->worker.task, sizeof task);
    bool over = dw_worker_step(&drive->worker, &station->opts.clock, progressed, &listening, &st,
                               &result, &err);
    struct station_disc *disc = station_find(station, drive->disc);
    if (drive->failed_at[0]) {
        if (over)
            json_decref(result);
        failed_while_burning(station, drive, disc);
        return;
    }
    if (!over)
        return;
    if (st == DW_OK && strcmp(task, "check") == 0 && !conforms(result, &err)) {
        st = err.code;
        dw_text_cut(fault, sizeof fault, "not_conforming");
    } else {
        dw_text_cut(fault, sizeof fault, dw_json_text(result, "fault"));
    }
    if (disc && strcmp(task, "burn") == 0)
        know_drive(station, drive, disc->order.drive, result);
    else if (disc && strcmp(task, "verify") == 0)
        drive->reading = dw_reading_read(result);
    json_decref(result);
    if (!disc || disc->phase != PHASE_WORKING)
        return;
    dw_log_write(station->opts.log, DW_LOG_DEBUG, "task ended disc=%lld task=%s status=%s",
                 (long long)disc->order.disc, task, dw_status_name(st));
    if (disc->cancel) { /* while its tray was out */
        station_ask(station, disc, DW_DISC_EV_CANCEL, "cancelled by a person", NULL);
    } else if (st == DW_OK) {
        passed(station, disc, task);
    } else {
        dw_error_prefix(&err, st, "%s", task);
        failed(station, disc, fault, err.text);
    }
}

static void go_on_online(dw_station *station, struct station_disc *disc)
{
    char task[16];
    if (disc->phase != PHASE_OFFLINE || station_has_fault(station, "robot_offline") ||
        station_bay_missing(station, disc->at.number))
        return;
    memcpy(task, disc->again, sizeof task);
    if (disc->burned)
        passed(station, disc, task);
    else
        station_work(station, disc, task);
}

/* --- trays --- */

#define TRAY_LOOK_US 1000000

/* A machine with one drive begins each motion with the tray of that one. */
static bool has_trays_in_the_way(const dw_station *station)
{
    return station->opts.bays && station->sensors.drives > 1 &&
           !(dw_mover_caps(station->opts.mover) & DW_IS_PERSON);
}

/* By what its drive says; one that does not say it is believed. */
static bool tray_is_in(dw_station *station, int n)
{
    dw_status (*look)(const char *, enum dw_tray *, struct dw_error *) =
        station->opts.tray_look ? station->opts.tray_look : dw_tray_look;
    int64_t now = dw_clock_mono_us(&station->opts.clock);
    enum dw_tray tray = DW_TRAY_EMPTY;
    char device[DW_DEVICE_ADDRESS_MAX], number[16], sentence[80];
    if (!has_trays_in_the_way(station))
        return true;
    if (now < station->drive[n - 1].tray_look_us)
        return false;
    station->drive[n - 1].tray_look_us = now + TRAY_LOOK_US;
    snprintf(number, sizeof number, "%d", n);
    snprintf(sentence, sizeof sentence, "The tray of drive %d is out: push it in", n);
    if (dw_bays_device(station->opts.bays, n, device, sizeof device, NULL) == DW_OK &&
        look(device, &tray, NULL) == DW_OK && tray == DW_TRAY_OPEN)
        station_raise(station, "tray_out", 0, n, number, sentence);
    else
        station_clear(station, "tray_out", 0, number);
    return tray != DW_TRAY_OPEN;
}

void station_trays_unseen(dw_station *station)
{
    for (int n = 1; has_trays_in_the_way(station) && n <= station->sensors.drives; n++) {
        bool noted = dw_interlock_tray_begin(dw_mover_interlock(station->opts.mover), n);
        (void)noted; /* not while it is in doubt where the arm is: then it does not move anyhow */
        station->drive[n - 1].tray = true;
    }
}

/* What was cancelled meanwhile ends now. */
static void tray_rests(dw_station *station, int n)
{
    struct station_drive *drive = &station->drive[n - 1];
    struct station_disc *disc = station_find(station, drive->disc);
    dw_interlock_tray_rests(dw_mover_interlock(station->opts.mover), n);
    drive->tray = false;
    if (disc && disc->cancel && disc->phase == PHASE_WORKING)
        dw_station_cancel(station, disc->order.disc);
}

/* A task that was killed, or has failed, never says that the tray rests. The arm finishes what it has been sent for; then the
 * tray goes first, because its disc blocks a drive. */
static void watch_tray(dw_station *station, int n)
{
    struct station_drive *drive = &station->drive[n - 1];
    struct dw_interlock *interlock = dw_mover_interlock(station->opts.mover);
    enum dw_worker_tray said = drive->worker.tray;
    if (drive->tray && (said == DW_WORKER_TRAY_RESTS || (said == DW_WORKER_TRAY_UNSAID && tray_is_in(station, n))))
        tray_rests(station, n);
    bool busy = station->arm_owner && !(dw_mover_caps(station->opts.mover) & DW_IS_PERSON);
    if (drive->worker.tray != DW_WORKER_TRAY_ASKED || busy || !dw_interlock_tray_begin(interlock, n))
        return;
    drive->tray = true;
    dw_worker_let_tray(&drive->worker);
}

bool station_tray_moves(const dw_station *station)
{
    for (int i = 0; i < station->sensors.drives; i++) {
        if (station->drive[i].tray && !(dw_mover_caps(station->opts.mover) & DW_IS_PERSON))
            return true;
    }
    return false;
}

void station_drives_step(dw_station *station)
{
    for (size_t i = 0; i < station->count; i++)
        go_on_online(station, station->discs[i]);
    for (int i = 0; i < station->sensors.drives; i++) {
        step_one(station, &station->drive[i]);
        watch_tray(station, i + 1);
    }
}
