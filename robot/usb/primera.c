/* Driver "primera": what the core asks for, made of motions that are told and never answered. */
#include "robot/usb/primera.h"

#include <string.h>

#include "base/text.h"
#include "robot/usb/primera_machine.h"

struct primera_state {
    const char *last_fault;
    int64_t row; /* of the next motion */
};

static struct dw_primera *machine(dw_link *link)
{
    return link->ctx;
}

/* Whether it is there at all: it answers nothing more. One that is switched off is waited for. */
static dw_status primera_probe(void *state, dw_link *link, struct dw_error *err)
{
    dw_status st = primera_reach(machine(link), err);
    return st == DW_ERR_GONE ? DW_OK : st;
}

static unsigned primera_more_caps(void *state, dw_link *link)
{
    const struct dw_primera *m = machine(link);
    unsigned caps = m->output != m->reject ? DW_HAS_TWO_EXITS : 0;
    for (int i = 0; i < m->devices.count; i++)
        caps |= m->devices.is_file[i] ? (unsigned)DW_IS_SIMULATED : 0;
    return m->grip->missed.bytes.size ? caps | DW_CAN_SENSE_PICK : caps;
}

static enum dw_sensed sensed(const struct dw_seen *seen)
{
    switch (seen->state) {
    case DW_SEEN_OPEN:
    case DW_SEEN_EMPTY:
        return DW_SENSED_EMPTY;
    case DW_SEEN_BLANK:
    case DW_SEEN_WRITTEN:
    case DW_SEEN_STRANGE:
        return DW_SENSED_DISC;
    case DW_SEEN_UNKNOWN:
    case DW_SEEN_BUSY:
        break;
    }
    return DW_SENSED_UNKNOWN;
}

static dw_status primera_sense(void *state, dw_link *link, struct dw_sensors *out, struct dw_error *err)
{
    struct dw_primera *m = machine(link);
    dw_status st = primera_reach(m, err);
    ((struct primera_state *)state)->last_fault = st == DW_OK ? NULL : "robot_offline";
    *out = (struct dw_sensors){.drives = m->devices.count,
                               .bins = m->inputs,
                               .output = {.discs = -1},
                               .reject = {.discs = -1},
                               .ink_percent = -1};
    for (int i = 0; i < out->bins; i++) {
        out->bin[i].discs = m->gripper.discs[i];
        out->bin[i].capacity = (int)m->opts.options->bin_capacity;
        dw_text_cut(out->bin[i].media, sizeof out->bin[i].media, m->bins.blank[i]->name);
    }
    for (int n = 1; st == DW_OK && n <= out->drives; n++) {
        struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
        char address[256];
        out->blank_bytes[n - 1] = atomic_load(&m->blank_bytes[n - 1]);
        if (primera_in_use(m, n))
            continue;
        st = primera_address(m, n, address, sizeof address, err);
        if (st == DW_OK)
            st = m->drives.look(m->drives.ctx, address, &seen, err);
        if (dw_bay_is_missing(st))
            st = DW_OK; /* it is waited for (robot/bays.h), the others work */
        if (st != DW_OK)
            ((struct primera_state *)state)->last_fault = "robot_offline";
        out->drive[n - 1] = sensed(&seen);
    }
    return st;
}

/* --- moving --- */

static dw_status to_printer(struct primera_motion *motion, int drive, struct dw_error *err)
{
    dw_status st = primera_unload(motion, drive, motion->m->output, true, err);
    if (st != DW_OK)
        return st;
    motion->moved = DW_MOVED_UNKNOWN;
    motion->fault = "position_unknown";
    st = primera_by_hand(motion->m, motion->disc, DW_PERSON_TO_PRINTER, err);
    if (st == DW_OK)
        motion->moved = DW_MOVED_YES;
    return st;
}

static dw_status from_printer(struct primera_motion *motion, enum dw_place_kind to, struct dw_error *err)
{
    motion->moved = DW_MOVED_UNKNOWN;
    motion->fault = "position_unknown";
    dw_status st = primera_by_hand(motion->m, motion->disc,
                                   to == DW_PLACE_OUTPUT ? DW_PERSON_FROM_PRINTER : DW_PERSON_THROW_AWAY, err);
    if (st == DW_OK)
        motion->moved = DW_MOVED_YES;
    return st;
}

static dw_status carry(struct primera_motion *motion, struct dw_place from, struct dw_place to, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    if (from.kind == DW_PLACE_PRINTER)
        return from_printer(motion, to.kind, err);
    if (from.kind == DW_PLACE_BIN && from.number > m->inputs)
        return dw_error_set(err, DW_ERR_INVALID, "this robot has %d input bins", m->inputs);
    dw_status st = primera_reach(m, err);
    motion->fault = st == DW_OK ? NULL : "robot_offline";
    if (st == DW_OK && m->gripper.state != DW_GRIPPER_EMPTY)
        st = primera_ask_three(m, motion->disc, err);
    if (st != DW_OK)
        return st;
    if (from.kind == DW_PLACE_BIN)
        return primera_load(motion, from.number, to.number, err);
    if (to.kind == DW_PLACE_PRINTER)
        return to_printer(motion, from.number, err);
    return primera_unload(motion, from.number, to.kind == DW_PLACE_OUTPUT ? m->output : m->reject,
                          to.kind == DW_PLACE_OUTPUT, err);
}

static dw_status primera_move(void *state, dw_link *link, struct dw_place from, struct dw_place to,
                              enum dw_moved *moved, struct dw_error *err)
{
    struct primera_state *s = state;
    struct dw_error own = {0}; /* sentences are built on, whoever asked */
    struct primera_motion motion = {.m = machine(link), .disc = s->row, .moved = DW_MOVED_NO};
    dw_status st = carry(&motion, from, to, &own);
    if (st != DW_OK && err)
        *err = own;
    if (st != DW_OK && motion.moved == DW_MOVED_UNKNOWN && !motion.fault)
        motion.fault = "position_unknown";
    s->last_fault = st == DW_OK ? NULL : motion.fault;
    *moved = motion.moved;
    return st;
}

/* --- the rest --- */

static const char *primera_last_fault(void *state)
{
    return ((struct primera_state *)state)->last_fault;
}

static dw_status primera_drive_device(void *state, dw_link *link, int drive, char *out, size_t size,
                                      struct dw_error *err)
{
    struct dw_primera *m = machine(link);
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    if (drive > m->devices.count)
        return dw_error_set(err, DW_ERR_INVALID, "drive %d has no device", drive);
    dw_status st = primera_address(m, drive, out, size, err);
    if (st != DW_OK)
        return st;
    primera_use(m, drive, true); /* it is about to be worked with, perhaps after a restart */
    st = m->drives.look(m->drives.ctx, out, &seen, NULL);
    dw_judged_begin(&m->judged[drive - 1], st, &seen);
    return DW_OK;
}

static dw_status primera_refill(void *state, dw_link *link, struct dw_place bin, int discs, const char *media,
                                struct dw_error *err)
{
    struct dw_primera *m = machine(link);
    if (bin.kind != DW_PLACE_BIN)
        return DW_OK; /* nobody counts what comes out */
    if (bin.number > m->inputs)
        return dw_error_set(err, DW_ERR_INVALID, "this robot has %d input bins", m->inputs);
    if (*media && dw_blank_find(media) != m->bins.blank[bin.number - 1])
        return dw_error_set(err, DW_ERR_INVALID, "bin %d is for blanks of the kind %s by the settings (bins)",
                            bin.number, m->bins.blank[bin.number - 1]->name);
    int capacity = (int)m->opts.options->bin_capacity;
    if (discs > capacity)
        return dw_error_set(err, DW_ERR_INVALID, "bin %d holds at most %d discs", bin.number, capacity);
    return dw_gripper_count(&m->gripper, bin.number, discs < 0 ? capacity : discs, err);
}

static void primera_about(void *state, int64_t disc)
{
    ((struct primera_state *)state)->row = disc;
}

/* A person has said where a disc is. What the gripper does is asked before the next motion, not here: an answer may be
 * noted before there is a console to ask in. */
static dw_status primera_put(void *state, dw_link *link, int64_t disc, struct dw_place from, struct dw_place at,
                             struct dw_error *err)
{
    struct dw_primera *m = machine(link);
    if (from.kind == DW_PLACE_DRIVE)
        primera_use(m, from.number, false);
    if (at.kind == DW_PLACE_DRIVE)
        primera_use(m, at.number, true);
    return DW_OK;
}

static const struct dw_usb_id usb_ids[] = {
    /* Any product, because none is known in public; of them a printer alone: the vendor has other devices. */
    {.vendor = PRIMERA_VENDOR, .interface_class = DW_USB_CLASS_PRINTER},
    {.vendor = 0},
};

const struct dw_mover_driver dw_primera_driver = {
    .name = "primera",
    .usb_ids = usb_ids,
    .state_size = sizeof(struct primera_state),
    .caps = DW_HAS_FIXED_BINS,
    .probe = primera_probe,
    .more_caps = primera_more_caps,
    .sense = primera_sense,
    .move = primera_move,
    .last_fault = primera_last_fault,
    .drive_device = primera_drive_device,
    .refill = primera_refill,
    .about = primera_about,
    .put = primera_put,
};
