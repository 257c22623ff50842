/* Driver "nimbie": motions in the order in which tray and disc never meet, and what is seen meanwhile. */
#include <string.h>

#include "base/text.h"
#include "robot/usb/nimbie_machine.h"

/* Commands return before the mechanics are done, or after: the state is asked until it fits. */
#define POLL_MS 100
#define GENERAL_MS 10000
#define TRAY_MS 15000
#define PLACE_MS 30000
#define SPIN_UP_MS 90000 /* a two-layer disc of a poor lot takes a minute */

struct nimbie_state {
    const char *last_fault;
};

static dw_nimbie *machine(dw_link *link)
{
    return link->ctx;
}

static void use(dw_nimbie *nimbie, bool in_use)
{
    atomic_store(&nimbie->in_use, in_use);
    if (!in_use)
        dw_judged_forget(&nimbie->judged);
}

/* --- a motion, step by step --- */

struct motion {
    dw_nimbie *nimbie;
    const char *fault;
    enum dw_moved moved; /* what is true if it ends here */
};

static dw_status ended(struct motion *motion, const char *fault, dw_status st)
{
    motion->fault = fault;
    return st;
}

static dw_status look(struct motion *motion, unsigned *state, const char *silent, struct dw_error *err)
{
    dw_status st = dw_nimbie_look(&motion->nimbie->wire, state, err);
    return st == DW_OK ? DW_OK : ended(motion, st == DW_ERR_IO ? "robot_failure" : silent, st);
}

/* What cannot be kept is not known after a restart: no disc waits for that. */
static void count(dw_nimbie *nimbie, int discs)
{
    if (nimbie->discs == discs)
        return;
    dw_status st = dw_nimbie_count(nimbie, discs, NULL);
    (void)st;
}

/* Until the bits of mask are as wanted. */
static dw_status wait_for(struct motion *motion, unsigned mask, unsigned wanted, int most_ms, const char *what,
                          const char *fault, struct dw_error *err)
{
    const struct dw_nimbie_wire *wire = &motion->nimbie->wire;
    int64_t until_us = dw_clock_mono_us(&wire->clock) + most_ms * 1000LL; /* an answer may take long itself */
    for (;;) {
        unsigned state = 0;
        dw_status st = look(motion, &state, "no_answer", err);
        if (st != DW_OK)
            return st;
        if ((state & mask) == wanted)
            return DW_OK;
        if (dw_clock_mono_us(&wire->clock) >= until_us)
            return ended(motion, fault, dw_error_set(err, DW_ERR_IO, "%s within %d s", what, most_ms / 1000));
        wire->wait(wire->wait_ctx, POLL_MS);
    }
}

/* Before anything has moved a drive that is not there is waited for. */
static const char *drive_fault(const struct motion *motion, dw_status st, const char *fault)
{
    return dw_bay_is_missing(st) && motion->moved == DW_MOVED_NO ? "drive_missing" : fault;
}

static dw_status open_tray(struct motion *motion, struct dw_error *err)
{
    dw_nimbie *nimbie = motion->nimbie;
    dw_status st = nimbie->drive.open(nimbie->drive.ctx, nimbie->address, err);
    if (st != DW_OK)
        return ended(motion, drive_fault(motion, st, "tray_stuck"), st);
    return wait_for(motion, DW_NIMBIE_TRAY_OUT, DW_NIMBIE_TRAY_OUT, TRAY_MS, "the Nimbie does not see the tray come out",
                    "tray_stuck", err);
}

static dw_status close_tray(struct motion *motion, struct dw_error *err)
{
    dw_nimbie *nimbie = motion->nimbie;
    dw_status st = nimbie->drive.close(nimbie->drive.ctx, nimbie->address, err);
    if (st != DW_OK)
        return ended(motion, "tray_stuck", st);
    return wait_for(motion, DW_NIMBIE_TRAY_OUT, 0, TRAY_MS, "the Nimbie does not see the tray go in", "tray_stuck", err);
}

/* What a result that was not hoped for means. Nothing moved: only where the Nimbie says why it did not begin. */
static const struct {
    enum dw_nimbie_result result;
    const char *fault, *sentence;
    dw_status status;
    bool nothing_moved;
} refusals[] = {
    {DW_NIMBIE_NO_DISC, "position_unknown", "the Nimbie finds no disc in the open tray", DW_ERR_CONFLICT, false},
    {DW_NIMBIE_DROPPER, "arm_jam", "the Nimbie's dropper reports an error", DW_ERR_IO, false},
    {DW_NIMBIE_TRAY, "tray_stuck", "the Nimbie finds the tray at the wrong place", DW_ERR_IO, true},
    {DW_NIMBIE_TRAY_FULL, "discs_in_drive", "the Nimbie finds a disc in the tray already", DW_ERR_CONFLICT, true},
    {DW_NIMBIE_QUEUE_EMPTY, "bin_empty", "the Nimbie's queue is empty", DW_ERR_NOT_FOUND, true},
    {DW_NIMBIE_FAULT, "robot_failure", "the Nimbie reports a fault of its own (AT+E09)", DW_ERR_IO, false},
};

static dw_status refused(struct motion *motion, enum dw_nimbie_result result, struct dw_error *err)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(refusals); i++) {
        if (refusals[i].result != result)
            continue;
        motion->moved = refusals[i].nothing_moved ? motion->moved : DW_MOVED_UNKNOWN;
        dw_status st = dw_error_set(err, refusals[i].status, "%s", refusals[i].sentence);
        if (result == DW_NIMBIE_FAULT)
            motion->nimbie->wire.step = DW_NIMBIE_OUT_OF_STEP; /* the next question resets it first */
        return ended(motion, refusals[i].fault, st);
    }
    motion->moved = DW_MOVED_UNKNOWN;
    return result == DW_NIMBIE_OTHER /* then its words are there */
               ? ended(motion, "arm_jam", DW_ERR_IO)
               : ended(motion, "arm_jam", dw_error_set(err, DW_ERR_IO, "the Nimbie answers what was not asked"));
}

static dw_status command(struct motion *motion, enum dw_nimbie_command command, enum dw_nimbie_result hoped,
                         struct dw_error *err)
{
    enum dw_nimbie_result result = DW_NIMBIE_OTHER;
    bool sent = false;
    dw_status st = dw_nimbie_say(&motion->nimbie->wire, command, &sent, &result, err);
    if (st != DW_OK && sent)
        motion->moved = DW_MOVED_UNKNOWN;
    if (st != DW_OK)
        return ended(motion, sent ? "no_answer" : "robot_offline", st);
    return result == hoped ? DW_OK : refused(motion, result, err);
}

/* Nothing hangs in the lift, and the Nimbie answers at all. */
static dw_status begin(struct motion *motion, unsigned *state, struct dw_error *err)
{
    dw_status st = look(motion, state, "robot_offline", err);
    if (st != DW_OK)
        return st;
    if (!(*state & DW_NIMBIE_LIFTED))
        return DW_OK;
    motion->moved = DW_MOVED_UNKNOWN;
    return ended(motion, "position_unknown", dw_error_set(err, DW_ERR_CONFLICT, "a disc hangs in the Nimbie's lift"));
}

/* The drive is the sensor of what the Nimbie cannot see. One that has fallen asleep spins up first. */
static dw_status look_into_drive(struct motion *motion, struct dw_seen *seen, struct dw_error *err)
{
    dw_nimbie *nimbie = motion->nimbie;
    const struct dw_nimbie_wire *wire = &nimbie->wire;
    int64_t until_us = dw_clock_mono_us(&wire->clock) + SPIN_UP_MS * 1000LL;
    dw_status st = nimbie->drive.look(nimbie->drive.ctx, nimbie->address, seen, err);
    while (st == DW_OK && seen->state == DW_SEEN_BUSY && dw_clock_mono_us(&wire->clock) < until_us) {
        wire->wait(wire->wait_ctx, POLL_MS);
        st = nimbie->drive.look(nimbie->drive.ctx, nimbie->address, seen, err);
    }
    return st == DW_OK ? DW_OK : ended(motion, drive_fault(motion, st, "drive_link"), st);
}

/* --- from the queue into the drive --- */

static dw_status place_disc(struct motion *motion, struct dw_error *err)
{
    dw_status st = command(motion, DW_NIMBIE_PLACE, DW_NIMBIE_PLACED, err);
    if (st != DW_OK)
        return st;
    motion->moved = DW_MOVED_UNKNOWN; /* from here on a disc is under way */
    if (motion->nimbie->discs > 0)
        count(motion->nimbie, motion->nimbie->discs - 1);
    st = wait_for(motion, DW_NIMBIE_IN_TRAY, DW_NIMBIE_IN_TRAY, PLACE_MS, "no disc came to lie in the tray",
                  "position_unknown", err);
    return st == DW_OK ? close_tray(motion, err) : st;
}

static dw_status check_loaded(struct motion *motion, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = look_into_drive(motion, &seen, err);
    if (st == DW_OK && (seen.state == DW_SEEN_EMPTY || seen.state == DW_SEEN_OPEN))
        st = ended(motion, "no_disc", dw_error_set(err, DW_ERR_CONFLICT, "the drive finds no disc after one was placed"));
    return st;
}

static dw_status load(struct motion *motion, struct dw_error *err)
{
    unsigned state = 0;
    dw_status st = begin(motion, &state, err);
    if (st != DW_OK)
        return st;
    if (!(state & DW_NIMBIE_QUEUE))
        return refused(motion, DW_NIMBIE_QUEUE_EMPTY, err);
    st = open_tray(motion, err);
    if (st == DW_OK)
        st = look(motion, &state, "robot_offline", err);
    if (st == DW_OK && (state & DW_NIMBIE_IN_TRAY))
        return refused(motion, DW_NIMBIE_TRAY_FULL, err);
    if (st == DW_OK)
        st = place_disc(motion, err);
    if (st == DW_OK)
        st = check_loaded(motion, err);
    if (motion->fault && strcmp(motion->fault, "bin_empty") == 0) { /* nothing was placed: as it was before */
        struct motion back = {.nimbie = motion->nimbie};
        if (close_tray(&back, NULL) != DW_OK)
            return ended(motion, "tray_stuck", st);
    }
    if (st == DW_OK)
        use(motion->nimbie, true);
    return st;
}

/* --- out of the drive --- */

/* What lies in it must be what was read back; afterwards nobody looks at it any more. */
static dw_status check_identity(struct motion *motion, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = look_into_drive(motion, &seen, err);
    if (st != DW_OK)
        return st;
    if (seen.state == DW_SEEN_EMPTY)
        return ended(motion, "position_unknown",
                     dw_error_set(err, DW_ERR_CONFLICT, "the drive was emptied before its disc was fetched"));
    st = dw_judged_check(&motion->nimbie->judged, &seen, err);
    return st == DW_OK ? DW_OK : ended(motion, "position_unknown", st);
}

/* The disc falls past the tray, which therefore must be in; and the drive must be empty, or it was not this disc. */
static dw_status let_go(struct motion *motion, enum dw_nimbie_command exit, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = close_tray(motion, err);
    if (st == DW_OK)
        st = look_into_drive(motion, &seen, err);
    if (st == DW_OK && seen.state != DW_SEEN_EMPTY)
        st = ended(motion, "discs_in_drive",
                   dw_error_set(err, DW_ERR_CONFLICT, "the drive is not empty after its disc was lifted"));
    if (st == DW_OK)
        st = command(motion, exit, DW_NIMBIE_DONE, err);
    return st == DW_OK ? wait_for(motion, DW_NIMBIE_LIFTED, 0, GENERAL_MS, "the disc did not leave the lift", "arm_jam", err)
                       : st;
}

static dw_status lift(struct motion *motion, struct dw_error *err)
{
    dw_status st = open_tray(motion, err);
    if (st == DW_OK)
        st = wait_for(motion, DW_NIMBIE_IN_TRAY, DW_NIMBIE_IN_TRAY, GENERAL_MS, "the Nimbie sees no disc in the open tray",
                      "position_unknown", err);
    if (st == DW_OK)
        st = command(motion, DW_NIMBIE_LIFT, DW_NIMBIE_DONE, err);
    return st == DW_OK ? wait_for(motion, DW_NIMBIE_LIFTED, DW_NIMBIE_LIFTED, GENERAL_MS, "the disc was not lifted",
                                  "arm_jam", err)
                       : st;
}

static dw_status unload(struct motion *motion, enum dw_nimbie_command exit, struct dw_error *err)
{
    unsigned state = 0;
    dw_status st = begin(motion, &state, err);
    if (st == DW_OK && exit == DW_NIMBIE_ACCEPT && (state & DW_NIMBIE_TRAY_OUT))
        st = close_tray(motion, err); /* a hand was here: which disc lies in it now the drive alone can say */
    if (st == DW_OK && exit == DW_NIMBIE_ACCEPT)
        st = check_identity(motion, err);
    if (st != DW_OK)
        return st; /* it lies where it was */
    motion->moved = DW_MOVED_UNKNOWN;
    st = lift(motion, err);
    if (st == DW_OK)
        st = let_go(motion, exit, err);
    use(motion->nimbie, false);
    return st;
}

static dw_status nimbie_move(void *state, dw_link *link, struct dw_place from, struct dw_place to, enum dw_moved *moved,
                             struct dw_error *err)
{
    struct motion motion = {.nimbie = machine(link), .moved = DW_MOVED_NO};
    dw_status st;
    if (from.kind == DW_PLACE_BIN && from.number == 1)
        st = load(&motion, err);
    else if (from.kind == DW_PLACE_DRIVE && to.kind == DW_PLACE_OUTPUT)
        st = unload(&motion, DW_NIMBIE_ACCEPT, err);
    else if (from.kind == DW_PLACE_DRIVE && to.kind == DW_PLACE_REJECT)
        st = unload(&motion, DW_NIMBIE_REJECT, err);
    else
        st = dw_error_set(err, DW_ERR_INVALID, "a Nimbie has no way there");
    *moved = st == DW_OK ? DW_MOVED_YES : motion.moved;
    ((struct nimbie_state *)state)->last_fault = motion.fault;
    return st;
}

/* --- what it sees --- */

/* One that is switched off is waited for. */
static dw_status nimbie_probe(void *state, dw_link *link, struct dw_error *err)
{
    unsigned seen = 0;
    dw_status st = dw_nimbie_look(&machine(link)->wire, &seen, err);
    if (st == DW_ERR_IO)
        st = dw_nimbie_recover(&machine(link)->wire, err); /* AT+E09 of an earlier life */
    return st == DW_ERR_GONE ? DW_OK : st;
}

static enum dw_sensed drive_sensed(const struct dw_seen *seen)
{
    switch (seen->state) {
    case DW_SEEN_EMPTY:
        return DW_SENSED_EMPTY;
    case DW_SEEN_BLANK:
    case DW_SEEN_WRITTEN:
    case DW_SEEN_STRANGE:
        return DW_SENSED_DISC;
    case DW_SEEN_OPEN: /* the Nimbie says that it is in */
    case DW_SEEN_BUSY:
    case DW_SEEN_UNKNOWN:
        break;
    }
    return DW_SENSED_UNKNOWN;
}

/* A disc in the lift came from the drive and goes back to nobody: it counts as the drive's, so that it is known for a
 * stranger there. */
static dw_status sense_drive(dw_nimbie *nimbie, unsigned state, struct dw_sensors *out, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    out->arm = state & DW_NIMBIE_LIFTED ? DW_SENSED_DISC : DW_SENSED_EMPTY;
    out->drive[0] = DW_SENSED_UNKNOWN;
    if (state & DW_NIMBIE_LIFTED)
        out->drive[0] = DW_SENSED_DISC;
    else if (state & DW_NIMBIE_TRAY_OUT)
        out->drive[0] = state & DW_NIMBIE_IN_TRAY ? DW_SENSED_DISC : DW_SENSED_EMPTY;
    else if (!atomic_load(&nimbie->in_use)) {
        dw_status st = nimbie->drive.look(nimbie->drive.ctx, nimbie->address, &seen, err);
        if (st != DW_OK && !dw_bay_is_missing(st))
            return st;
        out->drive[0] = drive_sensed(&seen);
    }
    return DW_OK;
}

/* It sees whether there is one: what was said of how many holds as long as that agrees. */
static int queue_sensed(dw_nimbie *nimbie, unsigned state)
{
    bool is_empty = !(state & DW_NIMBIE_QUEUE);
    if (is_empty && nimbie->discs > 0)
        count(nimbie, 0);
    else if (!is_empty && nimbie->discs == 0)
        count(nimbie, -1);
    return is_empty ? 0 : nimbie->discs;
}

static dw_status nimbie_sense(void *state, dw_link *link, struct dw_sensors *out, struct dw_error *err)
{
    dw_nimbie *nimbie = machine(link);
    unsigned seen = 0;
    ((struct nimbie_state *)state)->last_fault = NULL;
    *out = (struct dw_sensors){.drives = 1,
                               .bins = 1,
                               .output = {.discs = -1},
                               .reject = {.discs = -1},
                               .bin = {{.discs = -1, .capacity = nimbie->bin_capacity}},
                               .ink_percent = -1};
    dw_text_cut(out->bin[0].media, sizeof out->bin[0].media, nimbie->bins.blank[0]->name);
    dw_status st = dw_nimbie_look(&nimbie->wire, &seen, err);
    if (st == DW_ERR_IO) { /* AT+E09: what helps is tried once, then it is told */
        st = dw_nimbie_recover(&nimbie->wire, err);
        if (st == DW_OK)
            st = dw_nimbie_look(&nimbie->wire, &seen, err);
        if (st == DW_ERR_IO) {
            out->fault = "robot_failure";
            return DW_OK;
        }
    }
    if (st == DW_OK)
        out->bin[0].discs = queue_sensed(nimbie, seen);
    if (st == DW_OK)
        st = sense_drive(nimbie, seen, out, err);
    if (st != DW_OK)
        ((struct nimbie_state *)state)->last_fault = "robot_offline";
    return st;
}

static const char *nimbie_last_fault(void *state)
{
    return ((struct nimbie_state *)state)->last_fault;
}

static dw_status nimbie_drive_device(void *state, dw_link *link, int drive, char *out, size_t size, struct dw_error *err)
{
    dw_nimbie *nimbie = machine(link);
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    if (drive != 1)
        return dw_error_set(err, DW_ERR_INVALID, "drive %d has no device", drive);
    dw_status st = dw_nimbie_device(nimbie, out, size, err);
    if (st != DW_OK)
        return st;
    use(nimbie, true); /* it is about to be worked with, perhaps after a restart */
    st = nimbie->drive.look(nimbie->drive.ctx, nimbie->address, &seen, NULL);
    dw_judged_begin(&nimbie->judged, st, &seen);
    return DW_OK;
}

/* --- a person has answered --- */

static dw_status nimbie_refill(void *state, dw_link *link, struct dw_place bin, int discs, const char *media,
                               struct dw_error *err)
{
    dw_nimbie *nimbie = machine(link);
    if (bin.kind != DW_PLACE_BIN)
        return DW_OK; /* nobody counts what comes out */
    if (*media && dw_blank_find(media) != nimbie->bins.blank[0])
        return dw_error_set(err, DW_ERR_INVALID, "the queue is for blanks of the kind %s by the settings (bins)",
                            nimbie->bins.blank[0]->name);
    if (discs > nimbie->bin_capacity)
        return dw_error_set(err, DW_ERR_INVALID, "the queue holds at most %d discs", nimbie->bin_capacity);
    return dw_nimbie_count(nimbie, discs < 0 ? nimbie->bin_capacity : discs, err);
}

/* A disc that is still seen in the lift or the drive, and that a person gave up, goes to the reject exit. */
static dw_status throw_away(struct motion *motion, unsigned state, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    if (state & DW_NIMBIE_LIFTED)
        return let_go(motion, DW_NIMBIE_REJECT, err);
    if (!(state & DW_NIMBIE_TRAY_OUT)) {
        dw_status st = look_into_drive(motion, &seen, err);
        if (st != DW_OK || seen.state == DW_SEEN_EMPTY)
            return st;
    } else if (!(state & DW_NIMBIE_IN_TRAY)) {
        return DW_OK;
    }
    dw_status st = lift(motion, err);
    return st == DW_OK ? let_go(motion, DW_NIMBIE_REJECT, err) : st;
}

static dw_status nimbie_put(void *state, dw_link *link, int64_t disc, struct dw_place from, struct dw_place at,
                            struct dw_error *err)
{
    dw_nimbie *nimbie = machine(link);
    struct motion motion = {.nimbie = nimbie, .moved = DW_MOVED_UNKNOWN};
    unsigned seen = 0;
    dw_status st = dw_nimbie_look(&nimbie->wire, &seen, err);
    bool lifted = seen & DW_NIMBIE_LIFTED;
    if (st != DW_OK)
        return st;
    if (lifted && (at.kind == DW_PLACE_OUTPUT || at.kind == DW_PLACE_DRIVE))
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "a disc hangs in the robot's lift: answer reject, and it comes out at the reject exit");
    if (at.kind == DW_PLACE_DRIVE)
        st = seen & DW_NIMBIE_TRAY_OUT ? close_tray(&motion, err) : DW_OK;
    else if (lifted || (disc == 0 && from.kind == DW_PLACE_DRIVE))
        st = throw_away(&motion, seen, err);
    if (st == DW_OK)
        use(nimbie, at.kind == DW_PLACE_DRIVE);
    ((struct nimbie_state *)state)->last_fault = motion.fault;
    return st;
}

const struct dw_mover_driver dw_nimbie_driver = {
    .name = "nimbie",
    .usb_ids = nimbie_ids,
    .state_size = sizeof(struct nimbie_state),
    .caps = DW_CAN_SENSE_POSITION | DW_CAN_SENSE_PICK | DW_HAS_TWO_EXITS | DW_HAS_FIXED_BINS,
    .probe = nimbie_probe,
    .sense = nimbie_sense,
    .move = nimbie_move,
    .last_fault = nimbie_last_fault,
    .drive_device = nimbie_drive_device,
    .refill = nimbie_refill,
    .put = nimbie_put,
};
