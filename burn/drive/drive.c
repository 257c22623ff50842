#include "burn/drive/drive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "burn/drive/feed.h"
#include "burn/drive/identity.h"
#include "burn/drive/meter.h"
#include "burn/drive/rewritable.h"

#define LOOK_MS 50
#define READY_MS 60000 /* a disc spins up and is looked at */
#define FIFO_BLOCKS 16384 /* 32 MiB: two seconds of a DVD at 12x */

struct dw_drive {
    struct burn_drive_info *infos;
    char *file; /* of a stdio: drive, else NULL */
    enum dw_burn_fault fault;
    uint64_t taken_bytes; /* of the disc that was burned last, by the drive */
};

/* Returns st. What the drive itself said goes before what we think of it. */
static dw_status blame(dw_drive *drive, enum dw_burn_fault fault, dw_status st,
                       const struct dw_error *err)
{
    drive->fault = dw_sense_fault_of(err ? err->text : "", fault);
    return st;
}

enum dw_burn_fault dw_drive_fault(const dw_drive *drive)
{
    return drive->fault;
}

enum dw_burn_fault dw_drive_open_fault(const struct dw_error *err)
{
    return dw_sense_fault_of(err->text, DW_BURN_FAULT_LINK);
}

dw_status dw_drive_open(const char *address, dw_drive **out, struct dw_error *err)
{
    dw_drive *drive = calloc(1, sizeof *drive);
    if (drive && dw_drive_is_file(address))
        drive->file = strdup(strchr(address, ':') + 1);
    if (!drive || (dw_drive_is_file(address) && !drive->file)) {
        free(drive);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a drive");
    }
    dw_status st = dw_libburn_grab(address, &drive->infos, err);
    if (st != DW_OK) {
        free(drive->file);
        free(drive);
        return st;
    }
    *out = drive;
    return DW_OK;
}

void dw_drive_close(dw_drive *drive)
{
    if (!drive)
        return;
    dw_libburn_release(drive->infos);
    free(drive->file);
    free(drive);
}

static void wait_a_little(void)
{
    struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    nanosleep(&pause, NULL);
}

dw_status dw_drive_disc(dw_drive *drive, struct dw_drive_disc *out, struct dw_error *err)
{
    static const enum dw_drive_state states[] = {
        [BURN_DISC_BLANK] = DW_DRIVE_BLANK,         [BURN_DISC_EMPTY] = DW_DRIVE_NONE,
        [BURN_DISC_APPENDABLE] = DW_DRIVE_WRITTEN,  [BURN_DISC_FULL] = DW_DRIVE_WRITTEN,
        [BURN_DISC_UNGRABBED] = DW_DRIVE_NONE,      [BURN_DISC_UNSUITABLE] = DW_DRIVE_UNSUITABLE,
    };
    struct burn_drive *d = drive->infos[0].drive;
    struct dw_drive_disc disc = {0};
    int profile = 0;
    enum burn_disc_status status = burn_disc_get_status(d);
    for (int waited_ms = 0; status == BURN_DISC_UNREADY; waited_ms += LOOK_MS) {
        if (waited_ms > READY_MS)
            return dw_error_set(err, DW_ERR_TIMEOUT, "the drive is not ready after %d s",
                                READY_MS / 1000);
        wait_a_little();
        status = burn_disc_get_status(d);
    }
    disc.state = (size_t)status < DW_ARRAY_LEN(states) ? states[status] : DW_DRIVE_UNSUITABLE;
    if (disc.state != DW_DRIVE_NONE) {
        if (burn_disc_get_profile(d, &profile, disc.profile_name) <= 0)
            return dw_libburn_error(DW_ERR_IO, "ask for the kind of disc", err);
        disc.medium = dw_medium_of_profile((uint16_t)profile);
        off_t space = burn_disc_available_space(d, NULL);
        disc.free_bytes = space > 0 ? (uint64_t)space : 0;
        if (disc.state == DW_DRIVE_BLANK && dw_rewritable_is(profile) && dw_rewritable_holds_volume(d))
            disc.state = DW_DRIVE_WRITTEN;
    }
    dw_libburn_drain();
    *out = disc;
    return DW_OK;
}

/* --- burning --- */

struct job { /* libburn's model of one session, freed by job_done() on every way out */
    struct burn_disc *disc;
    struct burn_session *session;
    struct burn_track *track;
    struct burn_source *source, *fifo;
    struct burn_write_opts *opts;
};

static void job_done(struct job *job)
{
    if (job->opts)
        burn_write_opts_free(job->opts);
    if (job->fifo)
        burn_source_free(job->fifo);
    if (job->source)
        burn_source_free(job->source);
    if (job->track)
        burn_track_free(job->track);
    if (job->session)
        burn_session_free(job->session);
    if (job->disc)
        burn_disc_free(job->disc);
    dw_libburn_drain();
}

static dw_status check_disc(dw_drive *drive, const dw_plan *plan, struct dw_error *err)
{
    struct dw_drive_disc disc = {0};
    uint64_t need = dw_plan_size_bytes(plan);
    if (drive->file) /* whoever keeps the file knows what it plays */
        return truncate(drive->file, 0) == 0 || errno == ENOENT
                   ? DW_OK
                   : dw_error_set(err, dw_status_from_errno(errno), "blank '%s': %s", drive->file,
                                  strerror(errno));
    dw_status st = dw_drive_disc(drive, &disc, err);
    enum dw_burn_fault fault = DW_BURN_FAULT_NOT_READY;
    if (st == DW_OK && disc.state == DW_DRIVE_NONE) {
        fault = DW_BURN_FAULT_NO_DISC;
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "no disc in the drive");
    } else if (st == DW_OK && (!disc.medium || disc.medium->kind != dw_plan_media(plan))) {
        fault = DW_BURN_FAULT_WRONG_DISC;
        st = dw_error_set(err, DW_ERR_UNSUPPORTED, "the disc in the drive is '%s', not a %s",
                          disc.profile_name, dw_media_name(dw_plan_media(plan)));
    } else if (st == DW_OK && disc.state != DW_DRIVE_BLANK) {
        fault = DW_BURN_FAULT_NOT_BLANK;
        st = dw_error_set(err, DW_ERR_CONFLICT, "the disc in the drive is not blank");
    } else if (st == DW_OK && disc.free_bytes < need) {
        fault = DW_BURN_FAULT_TOO_SMALL;
        st = dw_error_set(err, DW_ERR_LIMIT, "the disc holds %llu bytes, %llu are needed",
                          (unsigned long long)disc.free_bytes, (unsigned long long)need);
    }
    if (st == DW_OK && (st = dw_rewritable_format(drive->infos[0].drive, err)) != DW_OK)
        fault = DW_BURN_FAULT_UNFIT;
    return st == DW_OK ? DW_OK : blame(drive, fault, st, err);
}

/* One session of one track that takes everything the feed has. */
static dw_status compose(dw_drive *drive, struct dw_feed *feed, struct job *job, struct dw_error *err)
{
    job->disc = burn_disc_create();
    job->session = burn_session_create();
    job->track = burn_track_create();
    job->source = dw_feed_source(feed);
    job->opts = burn_write_opts_new(drive->infos[0].drive);
    if (!job->disc || !job->session || !job->track || !job->source || !job->opts)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for burning");
    if (!drive->file) {
        job->fifo = burn_fifo_source_new(job->source, DW_BLOCK_SIZE, FIFO_BLOCKS, 1);
        if (!job->fifo)
            return dw_libburn_error(DW_ERR_INTERNAL, "make a buffer for burning", err);
    }
    burn_track_define_data(job->track, 0, 0, 1, BURN_MODE1);
    if (burn_disc_add_session(job->disc, job->session, BURN_POS_END) <= 0 ||
        burn_track_set_source(job->track, job->fifo ? job->fifo : job->source) != BURN_SOURCE_OK ||
        burn_session_add_track(job->session, job->track, BURN_POS_END) <= 0)
        return dw_libburn_error(DW_ERR_INTERNAL, "describe the session", err);
    return DW_OK;
}

static dw_status set_options(dw_drive *drive, const struct dw_burn_options *options, struct job *job,
                             struct dw_error *err)
{
    char reasons[BURN_REASONS_LEN] = "";
    burn_write_opts_set_perform_opc(job->opts, 0);
    burn_write_opts_set_underrun_proof(job->opts, 1);
    burn_write_opts_set_multi(job->opts, !options->finalize);
    burn_write_opts_set_stdio_fsync(job->opts, 1); /* once, at the end */
    burn_drive_set_speed(drive->infos[0].drive, 0, (int)options->speed_kbps);
    if (burn_write_opts_auto_write_type(job->opts, job->disc, reasons, 0) == BURN_WRITE_NONE) {
        dw_libburn_drain();
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "no way to write this disc: %s", reasons);
    }
    if (burn_precheck_write(job->opts, job->disc, reasons, 0) <= 0) {
        dw_libburn_drain();
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the drive cannot write this disc: %s",
                            reasons);
    }
    return DW_OK;
}

#define START_TRIES 40

/* libburn calls a drive idle a moment before it forgets the thread of the write before, and then refuses the
 * next one without a status: neither cancelled nor begun. */
static void start_writing(dw_drive *drive, struct dw_feed *feed, struct job *job)
{
    struct burn_drive *d = drive->infos[0].drive;
    struct burn_progress unused;
    for (int i = 0; i < START_TRIES; i++) {
        uint64_t done = 0;
        dw_libburn_drain();
        burn_disc_write(job->opts, job->disc);
        if (burn_drive_get_status(d, &unused) != BURN_DRIVE_IDLE || !burn_drive_wrote_well(d) ||
            dw_feed_look(feed, &done, NULL) != DW_OK || done > 0)
            return;
        wait_a_little();
    }
}

/* What libburn's thread and the drive are at. What the feed gave is ahead of what the drive has by a large buffer. */
static void look_at_drive(dw_drive *drive, enum burn_drive_status status,
                          const struct burn_progress *progress, struct dw_burn_live *live)
{
    uint64_t last = live->total_bytes - 1;
    uint64_t written = progress->sector > 0 ? (uint64_t)progress->sector * DW_BLOCK_SIZE : 0;
    bool closing = status == BURN_DRIVE_CLOSING_TRACK || status == BURN_DRIVE_CLOSING_SESSION ||
                   status == BURN_DRIVE_WRITING_LEADOUT || written > last;
    live->buffer_percent = -1;
    if (drive->file)
        return;
    if (closing || live->stage[0] == 'c') {
        live->stage = "closing";
        live->done_bytes = last;
        return;
    }
    if (written < live->done_bytes)
        live->done_bytes = written;
    if (progress->buffer_capacity > 0 && progress->buffer_available <= progress->buffer_capacity)
        live->buffer_percent =
            (int)((uint64_t)(progress->buffer_capacity - progress->buffer_available) * 100 /
                  progress->buffer_capacity);
}

/* Until libburn's thread has ended, whatever happens: its source must not go away before. */
static dw_status watch(dw_drive *drive, struct dw_feed *feed, dw_burn_live_fn *tell, void *ctx,
                       struct dw_error *err)
{
    struct burn_drive *d = drive->infos[0].drive;
    struct burn_progress progress = {0};
    struct dw_clock clock = dw_clock_system();
    struct dw_meter meter = {0};
    struct dw_burn_live live = {.stage = "burning", .total_bytes = feed->total_bytes};
    enum burn_drive_status status;
    dw_status st = DW_OK;
    bool cancelled = false;
    uint64_t before = 0;
    while ((status = burn_drive_get_status(d, &progress)) != BURN_DRIVE_IDLE) {
        if (st == DW_OK && (st = dw_feed_look(feed, &live.done_bytes, err)) != DW_OK)
            blame(drive, DW_BURN_FAULT_SOURCE, st, NULL);
        if (live.done_bytes >= live.total_bytes)
            live.done_bytes = live.total_bytes - 1;
        look_at_drive(drive, status, &progress, &live);
        if (live.done_bytes < before) /* libburn counts from 0 again when a track is written */
            live.done_bytes = before;
        before = drive->taken_bytes = live.done_bytes;
        dw_meter_add(&meter, dw_clock_mono_us(&clock), live.done_bytes);
        live.speed_kbps = dw_meter_kbps(&meter);
        live.left_s = dw_meter_left_s(&meter, live.total_bytes - live.done_bytes);
        if (st == DW_OK && tell)
            st = tell(ctx, &live, err);
        if (st != DW_OK && !cancelled) {
            burn_drive_cancel(d);
            cancelled = true;
        }
        wait_a_little();
    }
    return st;
}

/* libburn fills up with zeros what a source does not give, and calls that well written: the feed decides. */
static dw_status judge(dw_drive *drive, struct dw_feed *feed, struct dw_error *err)
{
    uint64_t done;
    dw_status st = dw_feed_look(feed, &done, err);
    if (st != DW_OK)
        return blame(drive, DW_BURN_FAULT_SOURCE, st, NULL);
    if (!burn_drive_wrote_well(drive->infos[0].drive)) {
        bool all = drive->taken_bytes + 1 >= feed->total_bytes;
        st = dw_libburn_error(DW_ERR_IO, "the disc was not written well", err);
        blame(drive, all ? DW_BURN_FAULT_CLOSE : DW_BURN_FAULT_WRITE, st, err);
        /* libburn swallows the attention of a reset: a drive that took the blocks before has forgotten why. */
        if (drive->fault == DW_BURN_FAULT_REFUSED && drive->taken_bytes > 0 && !all)
            drive->fault = DW_BURN_FAULT_RESET;
        return st;
    }
    if (done != feed->total_bytes) {
        st = dw_error_set(err, DW_ERR_IO, "%llu of %llu bytes were written",
                          (unsigned long long)done, (unsigned long long)feed->total_bytes);
        return blame(drive, DW_BURN_FAULT_WRITE, st, err);
    }
    return DW_OK;
}

dw_status dw_drive_burn(dw_drive *drive, const dw_plan *plan, dw_stream *stream,
                        const struct dw_burn_options *options, dw_burn_live_fn *live, void *ctx,
                        struct dw_error *err)
{
    struct job job = {0};
    struct dw_feed *feed = malloc(sizeof *feed);
    if (!feed)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for burning");
    dw_feed_init(feed, stream, dw_plan_size_bytes(plan));
    drive->fault = DW_BURN_FAULT_NONE;
    drive->taken_bytes = 0;
    dw_status st = check_disc(drive, plan, err);
    if (st == DW_OK && (st = compose(drive, feed, &job, err)) != DW_OK)
        blame(drive, DW_BURN_FAULT_OTHER, st, err);
    if (st == DW_OK && (st = set_options(drive, options, &job, err)) != DW_OK)
        blame(drive, DW_BURN_FAULT_REFUSED, st, err);
    if (st == DW_OK) {
        start_writing(drive, feed, &job);
        st = watch(drive, feed, live, ctx, err);
        if (st == DW_OK)
            st = judge(drive, feed, err);
        if (st == DW_OK && (st = dw_rewritable_end(drive->infos[0].drive, plan, err)) != DW_OK)
            blame(drive, DW_BURN_FAULT_CLOSE, st, err);
    }
    job_done(&job);
    if (st == DW_OK && live) {
        struct dw_burn_live end = {"closing", feed->total_bytes, feed->total_bytes, 0, -1, 0};
        st = live(ctx, &end, err);
    }
    dw_feed_done(feed);
    free(feed);
    return st;
}

void dw_drive_identity(dw_drive *drive, char serial[DW_DRIVE_SERIAL_MAX], char lot[DW_DISC_LOT_MAX])
{
    serial[0] = lot[0] = '\0';
    if (drive->file) /* whoever keeps the file knows */
        return;
    dw_identity_serial(drive->infos[0].drive, serial);
    dw_identity_lot(drive->infos[0].drive, lot);
}
