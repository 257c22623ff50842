#include "robot/mover.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "burn/drive/drives.h"
#include "robot/faults.h"

struct dw_mover {
    const struct dw_mover_driver *driver;
    void *state;
    dw_link *link;
    struct dw_mover_opts opts;
    pthread_mutex_t lock; /* one call to the driver at a time */
    unsigned caps;
    bool in_doubt;
    int64_t doubtful_disc; /* 0: from a move without a number */
    const char *last_fault;
    struct dw_interlock interlock;
};

const char *dw_moved_name(enum dw_moved moved)
{
    static const char *const names[] = {
        [DW_MOVED_NO] = "no", [DW_MOVED_YES] = "yes", [DW_MOVED_UNKNOWN] = "unknown"};
    assert((unsigned)moved < DW_ARRAY_LEN(names));
    return names[moved];
}

/* Ways a disc may go. Nothing is ever taken out of output or reject: that is a person's. */
static const struct way {
    enum dw_place_kind from, to;
} ways[] = {
    {DW_PLACE_BIN, DW_PLACE_DRIVE},      {DW_PLACE_DRIVE, DW_PLACE_PRINTER},
    {DW_PLACE_DRIVE, DW_PLACE_OUTPUT},   {DW_PLACE_DRIVE, DW_PLACE_REJECT},
    {DW_PLACE_PRINTER, DW_PLACE_OUTPUT}, {DW_PLACE_PRINTER, DW_PLACE_REJECT},
};

/* A person was asked for a blank when we ended: whether one lies in the drive by now the drive says when it is asked for
 * again, and nothing is written on it. */
static bool only_asked_for(const struct dw_mover_driver *driver, const struct dw_journal_motion *motion)
{
    return (driver->caps & DW_IS_PERSON) && motion->from.kind == DW_PLACE_BIN;
}

dw_status dw_mover_new(const struct dw_mover_driver *driver, dw_link *link,
                       const struct dw_mover_opts *opts, dw_mover **out, struct dw_error *err)
{
    dw_mover *mover = calloc(1, sizeof *mover);
    if (!mover)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    mover->driver = driver;
    mover->link = link;
    mover->opts = *opts;
    pthread_mutex_init(&mover->lock, NULL);
    dw_interlock_init(&mover->interlock, driver->caps & DW_IS_PERSON);
    dw_status st = DW_OK;
    mover->state = calloc(1, driver->state_size ? driver->state_size : 1);
    if (!mover->state) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        goto out;
    }
    const struct dw_journal_motion *open =
        opts->journal ? dw_journal_unfinished(opts->journal) : NULL;
    if (open && only_asked_for(driver, open)) {
        st = dw_journal_answer(opts->journal, open->disc, (struct dw_place){.kind = DW_PLACE_NONE}, err);
    } else if (open) {
        mover->in_doubt = true;
        mover->doubtful_disc = open->disc;
        dw_interlock_arm_rests(&mover->interlock, false);
    }
    if (st == DW_OK)
        st = driver->probe(mover->state, link, err);
    mover->caps = driver->caps;
    if (st == DW_OK && driver->more_caps)
        mover->caps |= driver->more_caps(mover->state, link);
out:
    if (st == DW_OK)
        *out = mover;
    else
        dw_mover_free(mover);
    return st;
}

void dw_mover_free(dw_mover *mover)
{
    if (!mover)
        return;
    dw_interlock_done(&mover->interlock);
    pthread_mutex_destroy(&mover->lock);
    free(mover->state);
    free(mover);
}

unsigned dw_mover_caps(const dw_mover *mover)
{
    return mover->caps | (mover->opts.printer ? DW_CAN_PRINT : 0u);
}

const char *dw_mover_name(const dw_mover *mover)
{
    return mover->driver->name;
}

/* Remember the row that explains a failure. */
static dw_status noted_locked(dw_mover *mover, dw_status st)
{
    mover->last_fault = NULL;
    if (st != DW_OK && mover->driver->last_fault)
        mover->last_fault = mover->driver->last_fault(mover->state);
    return st;
}

static dw_status sense_locked(dw_mover *mover, struct dw_sensors *out, struct dw_error *err)
{
    struct dw_sensors sensors = {.ink_percent = -1};
    dw_status st = noted_locked(mover, mover->driver->sense(mover->state, mover->link, &sensors, err));
    if (st == DW_OK)
        dw_mover_look_at_printer(mover, &sensors);
    if (st == DW_OK || st == DW_ERR_GONE)
        *out = sensors;
    return st;
}

dw_status dw_mover_sense(dw_mover *mover, struct dw_sensors *out, struct dw_error *err)
{
    pthread_mutex_lock(&mover->lock);
    dw_status st = sense_locked(mover, out, err);
    pthread_mutex_unlock(&mover->lock);
    return st;
}

static bool place_exists(const dw_mover *mover, struct dw_place place)
{
    switch (place.kind) {
    case DW_PLACE_BIN:
        return place.number >= 1 && place.number <= mover->opts.bins;
    case DW_PLACE_DRIVE:
        return place.number >= 1 && place.number <= mover->opts.drives;
    case DW_PLACE_PRINTER:
        return (dw_mover_caps(mover) & DW_CAN_PRINT) && place.number == 0;
    case DW_PLACE_OUTPUT:
    case DW_PLACE_REJECT:
        return place.number == 0;
    case DW_PLACE_NONE:
    case DW_PLACE_KIND_COUNT:
        break;
    }
    return false;
}

static dw_status check_way(const dw_mover *mover, struct dw_place from, struct dw_place to,
                           struct dw_error *err)
{
    char a[DW_PLACE_NAME_MAX], b[DW_PLACE_NAME_MAX];
    if (!place_exists(mover, from) || !place_exists(mover, to))
        return dw_error_set(
            err, DW_ERR_INVALID, "this robot has %d bins and %d drives: no way from %s to %s",
            mover->opts.bins, mover->opts.drives, dw_place_name(from, a), dw_place_name(to, b));
    for (size_t i = 0; i < DW_ARRAY_LEN(ways); i++) {
        if (ways[i].from == from.kind && ways[i].to == to.kind)
            return DW_OK;
    }
    return dw_error_set(err, DW_ERR_INVALID, "a disc never goes from %s to %s",
                        dw_place_name(from, a), dw_place_name(to, b));
}

static enum dw_sensed sensed_at(const struct dw_sensors *sensors, struct dw_place place)
{
    if (place.kind == DW_PLACE_DRIVE)
        return sensors->drive[place.number - 1];
    if (place.kind == DW_PLACE_PRINTER)
        return sensors->in_printer;
    return DW_SENSED_UNKNOWN;
}

/* What the sensors can tell beforehand. A disc that is not where we think it is means doubt. */
static dw_status check_sensors_locked(dw_mover *mover, struct dw_place from, struct dw_place to,
                                      enum dw_moved *moved, struct dw_error *err)
{
    struct dw_sensors now;
    char name[DW_PLACE_NAME_MAX];
    if (!(mover->caps & (DW_CAN_SENSE_POSITION | DW_CAN_COUNT_BINS)))
        return DW_OK;
    dw_status st = sense_locked(mover, &now, err);
    if (st != DW_OK)
        return st; /* nothing was sent that moves */
    if (from.kind == DW_PLACE_BIN && from.number > now.bins)
        return dw_error_set(err, DW_ERR_INVALID, "this robot has %d input bins", now.bins);
    if (from.kind == DW_PLACE_BIN && now.bin[from.number - 1].discs == 0) {
        mover->last_fault = "bin_empty";
        return dw_error_set(err, DW_ERR_NOT_FOUND, "%s is empty", dw_place_name(from, name));
    }
    const struct dw_bin_sensed *pile = to.kind == DW_PLACE_OUTPUT   ? &now.output
                                       : to.kind == DW_PLACE_REJECT ? &now.reject
                                                                    : NULL;
    if (pile && pile->discs >= 0 && pile->discs >= pile->capacity) {
        mover->last_fault = to.kind == DW_PLACE_OUTPUT ? "output_full" : "reject_full";
        return dw_error_set(err, DW_ERR_CONFLICT, "%s holds %d discs and is full",
                            dw_place_name(to, name), pile->discs);
    }
    const struct dw_fault *complaint = dw_fault_find(now.fault);
    if (complaint && complaint->about == DW_FAULT_ROBOT && dw_fault_holds(complaint)) {
        mover->last_fault = complaint->id;
        return dw_error_set(err, DW_ERR_BUSY, "the robot is not ready to move");
    }
    if (now.arm == DW_SENSED_DISC || sensed_at(&now, to) == DW_SENSED_DISC ||
        sensed_at(&now, from) == DW_SENSED_EMPTY) {
        mover->last_fault = "position_unknown";
        *moved = DW_MOVED_UNKNOWN;
        if (now.arm == DW_SENSED_DISC)
            return dw_error_set(err, DW_ERR_CONFLICT, "the arm already holds a disc");
        if (sensed_at(&now, to) == DW_SENSED_DISC)
            return dw_error_set(err, DW_ERR_CONFLICT, "%s already holds a disc",
                                dw_place_name(to, name));
        return dw_error_set(err, DW_ERR_CONFLICT, "%s is empty, a disc was expected there",
                            dw_place_name(from, name));
    }
    return DW_OK;
}

/* Closed covers and switches do not come of trying. */
static bool worth_retrying(const dw_mover *mover)
{
    const struct dw_fault *row = dw_fault_find(mover->last_fault);
    return !row || row->action == DW_FAULT_RETRY;
}

static dw_status try_locked(dw_mover *mover, struct dw_place from, struct dw_place to,
                             enum dw_moved *moved, struct dw_error *err)
{
    for (int attempt = 0;; attempt++) {
        *moved = DW_MOVED_UNKNOWN; /* a driver that forgets to say is not believed */
        dw_status st = noted_locked(
            mover, mover->driver->move(mover->state, mover->link, from, to, moved, err));
        if (st == DW_OK && *moved != DW_MOVED_YES)
            st = dw_error_set(err, DW_ERR_INTERNAL, "driver %s reports success of no motion",
                              mover->driver->name);
        if (*moved == DW_MOVED_UNKNOWN)
            mover->in_doubt = true;
        /* The same frame again is safe only while the driver is sure that nothing moved and
         * somebody answers at all. */
        if (st == DW_OK || *moved != DW_MOVED_NO || attempt >= mover->opts.pick_retries ||
            !worth_retrying(mover) ||
            st == DW_ERR_GONE || st == DW_ERR_CANCELLED || st == DW_ERR_NOT_FOUND)
            return st;
    }
}

static dw_status move_locked(dw_mover *mover, struct dw_place from, struct dw_place to,
                             enum dw_moved *moved, struct dw_error *err)
{
    *moved = DW_MOVED_NO;
    if (!dw_interlock_arm_begin(&mover->interlock))
        return dw_error_set(err, DW_ERR_BUSY, "the tray of a drive is moving");
    dw_status st = try_locked(mover, from, to, moved, err);
    dw_interlock_arm_rests(&mover->interlock, !mover->in_doubt);
    return st;
}

struct dw_interlock *dw_mover_interlock(dw_mover *mover)
{
    return &mover->interlock;
}

static dw_status ready_locked(dw_mover *mover, int64_t disc, struct dw_place from, struct dw_place to,
                              enum dw_moved *moved, struct dw_error *err)
{
    *moved = DW_MOVED_NO;
    mover->last_fault = NULL;
    dw_status st = check_way(mover, from, to, err);
    if (st != DW_OK)
        return st;
    if (mover->in_doubt)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "where an earlier disc went is not known: nothing moves until a "
                            "person has said it");
    st = check_sensors_locked(mover, from, to, moved, err);
    if (*moved == DW_MOVED_UNKNOWN) {
        mover->in_doubt = true;
        dw_interlock_arm_rests(&mover->interlock, false);
    }
    if (st == DW_OK && to.kind == DW_PLACE_PRINTER && mover->opts.printer)
        st = dw_printer_expect(mover->opts.printer, disc, &mover->last_fault, err);
    return st;
}

dw_status dw_mover_move(dw_mover *mover, struct dw_place from, struct dw_place to,
                        enum dw_moved *moved, struct dw_error *err)
{
    pthread_mutex_lock(&mover->lock);
    dw_status st = ready_locked(mover, 0, from, to, moved, err);
    if (st == DW_OK)
        st = move_locked(mover, from, to, moved, err);
    pthread_mutex_unlock(&mover->lock);
    return st;
}

dw_status dw_mover_carry(dw_mover *mover, int64_t disc, struct dw_place from, struct dw_place to,
                         enum dw_moved *moved, struct dw_error *err)
{
    pthread_mutex_lock(&mover->lock);
    bool was_in_doubt = mover->in_doubt;
    dw_status st = ready_locked(mover, disc, from, to, moved, err);
    if (st == DW_OK) {
        dw_journal *journal = mover->opts.journal;
        st = journal ? dw_journal_begin(journal, disc, from, to, err) : DW_OK;
        if (st == DW_OK) {
            if (mover->driver->about)
                mover->driver->about(mover->state, disc);
            st = move_locked(mover, from, to, moved, err);
            /* Without the closing line a restart asks a person: safe, so the motion's own result
             * stands. */
            dw_status closed = journal ? dw_journal_end(journal, disc, dw_moved_name(*moved),
                                                        st == DW_OK ? err : NULL)
                                       : DW_OK;
            if (st == DW_OK)
                st = closed;
        }
    }
    if (mover->in_doubt && !was_in_doubt)
        mover->doubtful_disc = disc;
    pthread_mutex_unlock(&mover->lock);
    return st;
}

void dw_mover_look_at_printer(const dw_mover *mover, struct dw_sensors *sensors)
{
    struct dw_printer_now now;
    if (!mover->opts.printer)
        return;
    mover->opts.printer->look(mover->opts.printer->ctx, &now);
    sensors->printer = now.state;
    sensors->ink_percent = now.ink_percent;
    sensors->printer_fault = now.fault;
    sensors->printer_sentence = now.sentence;
}

int dw_mover_printer_fd(const dw_mover *mover)
{
    return mover->opts.printer ? mover->opts.printer->fd : -1;
}

dw_status dw_mover_print(dw_mover *mover, int64_t disc, const char *label_path,
                         struct dw_error *err)
{
    pthread_mutex_lock(&mover->lock);
    dw_status st;
    if (!(dw_mover_caps(mover) & DW_CAN_PRINT))
        st = dw_error_set(err, DW_ERR_UNSUPPORTED, "this robot has no printer");
    else if (mover->in_doubt)
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "disc %lld is not printed while a position is in doubt", (long long)disc);
    else if (mover->opts.printer)
        st = dw_printer_print(mover->opts.printer, disc, label_path, &mover->last_fault, err);
    else
        st = noted_locked(mover, mover->driver->print(mover->state, mover->link, label_path, err));
    pthread_mutex_unlock(&mover->lock);
    return st;
}

bool dw_mover_in_doubt(dw_mover *mover)
{
    pthread_mutex_lock(&mover->lock);
    bool in_doubt = mover->in_doubt;
    pthread_mutex_unlock(&mover->lock);
    return in_doubt;
}

dw_status dw_mover_answered(dw_mover *mover, int64_t disc, struct dw_place at, struct dw_error *err)
{
    dw_status st = DW_OK;
    pthread_mutex_lock(&mover->lock);
    const struct dw_journal_motion *motion =
        mover->opts.journal ? dw_journal_find(mover->opts.journal, disc) : NULL;
    if (motion && mover->driver->put) {
        struct dw_place from = motion->unfinished ? motion->from : motion->at;
        st = noted_locked(mover, mover->driver->put(mover->state, mover->link, disc, from, at, err));
    }
    if (st == DW_OK && mover->opts.journal)
        st = dw_journal_answer(mover->opts.journal, disc, at, err);
    if (st == DW_OK && mover->doubtful_disc == disc) {
        mover->in_doubt = false;
        dw_interlock_arm_rests(&mover->interlock, true);
    }
    pthread_mutex_unlock(&mover->lock);
    return st;
}

dw_status dw_mover_cleared(dw_mover *mover, struct dw_place place, struct dw_error *err)
{
    dw_status st = DW_OK;
    struct dw_place out = {.kind = DW_PLACE_NONE};
    pthread_mutex_lock(&mover->lock);
    if ((place.kind != DW_PLACE_DRIVE && place.kind != DW_PLACE_PRINTER) ||
        !place_exists(mover, place))
        st = dw_error_set(err, DW_ERR_INVALID, "nothing can be taken out there");
    else if (mover->in_doubt)
        st = dw_error_set(err, DW_ERR_CONFLICT, "first say where the disc in doubt is");
    else if (mover->driver->put)
        st = noted_locked(mover, mover->driver->put(mover->state, mover->link, 0, place, out, err));
    pthread_mutex_unlock(&mover->lock);
    return st;
}

const char *dw_mover_last_fault(dw_mover *mover)
{
    pthread_mutex_lock(&mover->lock);
    const char *fault = mover->last_fault;
    pthread_mutex_unlock(&mover->lock);
    return fault;
}

dw_status dw_mover_refill(dw_mover *mover, struct dw_place bin, int discs, const char *media,
                          struct dw_error *err)
{
    dw_status st = DW_OK;
    pthread_mutex_lock(&mover->lock);
    if (bin.kind == DW_PLACE_DRIVE || bin.kind == DW_PLACE_NONE || !place_exists(mover, bin))
        st = dw_error_set(err, DW_ERR_INVALID, "there is no such bin");
    else if (mover->driver->refill)
        st = noted_locked(mover, mover->driver->refill(mover->state, mover->link, bin, discs, media, err));
    pthread_mutex_unlock(&mover->lock);
    return st;
}

dw_status dw_mover_inject(dw_mover *mover, const char *faults, struct dw_error *err)
{
    dw_status st;
    pthread_mutex_lock(&mover->lock);
    if (mover->driver->inject)
        st = mover->driver->inject(mover->state, mover->link, faults, err);
    else
        st = dw_error_set(err, DW_ERR_UNSUPPORTED, "only a simulated robot fails on command");
    pthread_mutex_unlock(&mover->lock);
    return st;
}

dw_status dw_mover_drive_device(dw_mover *mover, int drive, char *out, size_t size,
                                struct dw_error *err)
{
    char named[DW_PATH_MAX];
    if (drive < 1 || drive > mover->opts.drives)
        return dw_error_set(err, DW_ERR_INVALID, "there is no drive %d", drive);
    dw_status st = mover->driver->drive_device(mover->state, mover->link, drive, named, sizeof named, err);
    return st == DW_OK ? dw_drives_resolve("", named, out, size, err) : st;
}

dw_status dw_mover_drive_writing(dw_mover *mover, int drive, uint64_t blocks, struct dw_error *err)
{
    if (drive < 1 || drive > mover->opts.drives)
        return dw_error_set(err, DW_ERR_INVALID, "there is no drive %d", drive);
    if (!mover->driver->drive_writing)
        return DW_OK;
    return mover->driver->drive_writing(mover->state, mover->link, drive, blocks, err);
}

dw_status dw_mover_drive_written(dw_mover *mover, int drive, struct dw_error *err)
{
    if (drive < 1 || drive > mover->opts.drives)
        return dw_error_set(err, DW_ERR_INVALID, "there is no drive %d", drive);
    if (!mover->driver->drive_written)
        return DW_OK;
    return mover->driver->drive_written(mover->state, mover->link, drive, err);
}

const char *dw_mover_drive_fault(dw_mover *mover, int drive)
{
    if (!mover->driver->drive_fault || drive < 1 || drive > mover->opts.drives)
        return NULL;
    return mover->driver->drive_fault(mover->state, drive);
}

dw_status dw_mover_delivered_files(dw_mover *mover, char *image, char *label, size_t size,
                                   struct dw_error *err)
{
    image[0] = label[0] = 0;
    if (!mover->driver->delivered_files)
        return DW_OK;
    pthread_mutex_lock(&mover->lock);
    dw_status st =
        mover->driver->delivered_files(mover->state, mover->link, image, label, size, err);
    pthread_mutex_unlock(&mover->lock);
    return st;
}
