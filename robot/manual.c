/* Driver "manual": every motion is a step that a person is asked for, and the drive is asked whether it is done. */
#include "robot/manual.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "robot/manual_machine.h"

#define LOOK_MS 500 /* between two looks at a drive */

struct manual_state {
    const char *last_fault;
    int64_t row, delivered; /* of the next motion; of what was handed over last */
};

static struct dw_manual *machine(dw_link *link)
{
    return link->ctx;
}

static void use(struct dw_manual *manual, int drive, bool in_use)
{
    unsigned bit = 1u << (drive - 1);
    if (in_use) {
        atomic_fetch_or(&manual->in_use, bit);
    } else {
        atomic_fetch_and(&manual->in_use, ~bit);
        dw_judged_forget(&manual->judged[drive - 1]);
    }
}

static bool is_in_use(struct dw_manual *manual, int drive)
{
    return atomic_load(&manual->in_use) & 1u << (drive - 1);
}

static const char *fault_of(dw_status st)
{
    return st == DW_ERR_CANCELLED ? NULL : dw_bay_is_missing(st) ? "drive_missing" : "robot_offline";
}

/* A drive that is not there keeps the others from nothing: it is waited for (robot/bays.h). */
static dw_status manual_probe(void *state, dw_link *link, struct dw_error *err)
{
    struct dw_seen seen;
    dw_status st = DW_OK;
    for (int n = 1; st == DW_OK && n <= dw_bays_count(machine(link)->bays); n++) {
        st = dw_manual_look(machine(link), n, &seen, err);
        if (dw_bay_is_missing(st))
            st = DW_OK;
    }
    return st;
}

/* A blank that somebody has laid in beforehand is welcome, and a written disc is spoken of when a blank is needed:
 * neither is a disc that must be looked for. */
static dw_status manual_sense(void *state, dw_link *link, struct dw_sensors *out, struct dw_error *err)
{
    struct dw_manual *manual = machine(link);
    ((struct manual_state *)state)->last_fault = NULL;
    *out = (struct dw_sensors){.drives = dw_bays_count(manual->bays),
                               .bins = manual->bins.count,
                               .output = {.discs = -1},
                               .reject = {.discs = -1},
                               .ink_percent = -1};
    for (int i = 0; i < out->bins; i++) {
        out->bin[i].discs = -1;
        dw_text_cut(out->bin[i].media, sizeof out->bin[i].media, manual->bins.blank[i]->name);
    }
    for (int n = 1; n <= out->drives; n++) {
        struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
        dw_status st = is_in_use(manual, n) ? DW_OK : dw_manual_look(manual, n, &seen, err);
        if (st != DW_OK && !dw_bay_is_missing(st)) {
            ((struct manual_state *)state)->last_fault = "robot_offline";
            return st;
        }
        bool empty = seen.state == DW_SEEN_OPEN || seen.state == DW_SEEN_EMPTY;
        out->drive[n - 1] = empty ? DW_SENSED_EMPTY : DW_SENSED_UNKNOWN;
    }
    return DW_OK;
}

/* --- a blank goes in --- */

struct insertion {
    struct dw_manual *manual;
    int drive;
    const struct dw_blank *wanted;
    bool pushed_out; /* the wrong disc that lies there now */
};

/* true: it lies there. */
static bool judge(struct insertion *in, const struct dw_seen *seen, bool says_done)
{
    char wrong[160] = "";
    switch (seen->state) {
    case DW_SEEN_BLANK:
        if (!seen->blank || seen->blank == in->wanted)
            return true;
        snprintf(wrong, sizeof wrong, "That is a blank %s: a blank %s is needed", seen->blank->title,
                 in->wanted->title);
        break;
    case DW_SEEN_WRITTEN:
        snprintf(wrong, sizeof wrong, "That disc is written already: take it out, a blank %s is needed",
                 in->wanted->title);
        break;
    case DW_SEEN_STRANGE:
        snprintf(wrong, sizeof wrong, "The drive cannot write that disc: take it out, a blank %s is needed",
                 in->wanted->title);
        break;
    case DW_SEEN_UNKNOWN:
        return says_done;
    case DW_SEEN_OPEN:
    case DW_SEEN_EMPTY:
        in->pushed_out = false;
        if (says_done)
            dw_person_complain(in->manual->person,
                               "The drive sees no disc: lay it in and push the tray in");
        return false; /* what was said before stands until a disc is seen */
    case DW_SEEN_BUSY:
        return false;
    }
    dw_person_complain(in->manual->person, wrong);
    if (!in->pushed_out)
        dw_manual_eject(in->manual, in->drive);
    in->pushed_out = true;
    return false;
}

static dw_status look_for_blank(struct insertion *in, bool says_done, bool *there, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = dw_manual_look(in->manual, in->drive, &seen, err);
    /* Of a file the button is the hand. */
    if (st == DW_OK && says_done && seen.state == DW_SEEN_EMPTY &&
        dw_manual_is_file(in->manual, in->drive)) {
        st = dw_manual_lay_blank(in->manual, in->drive, err);
        if (st == DW_OK)
            st = dw_manual_look(in->manual, in->drive, &seen, err);
    }
    *there = st == DW_OK && judge(in, &seen, says_done);
    return st;
}

/* Nothing of it is written yet, so nothing is in doubt: whatever lies there comes out, and the step is asked for again. */
static void begin_anew(struct insertion *in)
{
    char wrong[160];
    snprintf(wrong, sizeof wrong,
             "Something went wrong: take out what lies in the drive and lay in another blank %s, or cancel the job",
             in->wanted->title);
    dw_person_complain(in->manual->person, wrong);
    dw_manual_eject(in->manual, in->drive);
    in->pushed_out = true;
}

static dw_status wait_for_blank(struct insertion *in, struct dw_error *err)
{
    bool there = false;
    for (;;) {
        enum dw_person_answer answer = dw_person_wait(in->manual->person, LOOK_MS);
        if (answer == DW_PERSON_WITHDRAWN)
            return dw_error_set(err, DW_ERR_CANCELLED, "the blank is not needed any more");
        if (answer == DW_PERSON_FAILED) {
            begin_anew(in);
            continue;
        }
        dw_status st = look_for_blank(in, answer == DW_PERSON_DONE, &there, err);
        if (st != DW_OK || there)
            return st;
    }
}

static dw_status insert(struct manual_state *state, struct dw_manual *manual, int bin, int drive,
                        enum dw_moved *moved, struct dw_error *err)
{
    struct insertion in = {.manual = manual, .drive = drive, .wanted = manual->bins.blank[bin - 1]};
    struct dw_person_step step = {.task = DW_PERSON_INSERT, .disc = state->row, .drive = drive};
    bool there = false;
    *moved = DW_MOVED_NO;
    dw_text_cut(step.media, sizeof step.media, in.wanted->name);
    dw_text_cut(step.stock, sizeof step.stock, manual->bins.stock[bin - 1]);
    dw_person_ask(manual->person, &step);
    dw_status st = look_for_blank(&in, false, &there, err);
    if (st == DW_OK && !there) {
        dw_manual_eject(manual, drive);
        st = wait_for_blank(&in, err);
    }
    dw_person_thank(manual->person);
    if (st != DW_OK) {
        state->last_fault = fault_of(st);
        return st;
    }
    use(manual, drive, true);
    *moved = DW_MOVED_YES;
    return DW_OK;
}

/* --- a disc comes out --- */

static bool is_out(const struct dw_seen *seen)
{
    return seen->state == DW_SEEN_OPEN || seen->state == DW_SEEN_EMPTY;
}

/* What the drive says must be the disc that was read back; after that only a person's word remains. */
static dw_status check_in_drive(struct dw_manual *manual, int drive, enum dw_person_task task,
                                struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = dw_manual_look(manual, drive, &seen, err);
    if (st != DW_OK)
        return st;
    if (is_out(&seen))
        return dw_error_set(err, DW_ERR_CONFLICT, "drive %d was emptied before anybody was asked to", drive);
    if (task != DW_PERSON_THROW_AWAY && (st = dw_judged_check(&manual->judged[drive - 1], &seen, err)) != DW_OK)
        return dw_error_prefix(err, st, "drive %d", drive);
    return DW_OK;
}

static dw_status wait_until_out(struct dw_manual *manual, int drive, struct dw_error *err)
{
    for (;;) {
        struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
        enum dw_person_answer answer = dw_person_wait(manual->person, LOOK_MS);
        if (answer == DW_PERSON_WITHDRAWN)
            return dw_error_set(err, DW_ERR_CANCELLED, "nobody has said that the disc is out");
        if (answer == DW_PERSON_FAILED)
            return dw_error_set(err, DW_ERR_CONFLICT, "a person said that something went wrong");
        if (answer != DW_PERSON_DONE)
            continue;
        if (drive == 0 || dw_manual_is_file(manual, drive))
            return DW_OK;
        dw_status st = dw_manual_look(manual, drive, &seen, err);
        if (st != DW_OK || is_out(&seen) || seen.state == DW_SEEN_UNKNOWN)
            return st;
        dw_person_complain(manual->person, "There is still a disc in the drive: take it out");
        dw_manual_eject(manual, drive);
    }
}

static dw_status take_out(struct manual_state *state, struct dw_manual *manual, enum dw_person_task task,
                          struct dw_place from, struct dw_place to, enum dw_moved *moved,
                          struct dw_error *err)
{
    int drive = from.kind == DW_PLACE_DRIVE ? from.number : 0;
    struct dw_person_step step = {.task = task, .disc = state->row, .drive = drive};
    *moved = DW_MOVED_UNKNOWN;
    state->last_fault = "position_unknown";
    dw_status st = drive ? check_in_drive(manual, drive, task, err) : DW_OK;
    if (dw_bay_is_missing(st)) { /* with the disc in it: nobody was asked for anything yet */
        *moved = DW_MOVED_NO;
        state->last_fault = fault_of(st);
        return st;
    }
    if (st == DW_OK) {
        if (drive)
            dw_manual_eject(manual, drive);
        dw_person_ask(manual->person, &step);
        st = wait_until_out(manual, drive, err);
        dw_person_thank(manual->person);
    }
    if (drive)
        use(manual, drive, false);
    if (st == DW_OK)
        st = dw_manual_lay(manual, state->row, from, to, err);
    if (st != DW_OK)
        return st;
    state->last_fault = NULL;
    state->delivered = to.kind == DW_PLACE_OUTPUT ? state->row : state->delivered;
    *moved = DW_MOVED_YES;
    return DW_OK;
}

static const struct errand {
    enum dw_place_kind from, to;
    enum dw_person_task task;
} errands[] = {
    {DW_PLACE_BIN, DW_PLACE_DRIVE, DW_PERSON_INSERT},
    {DW_PLACE_DRIVE, DW_PLACE_OUTPUT, DW_PERSON_HAND_OVER},
    {DW_PLACE_DRIVE, DW_PLACE_PRINTER, DW_PERSON_TO_PRINTER},
    {DW_PLACE_PRINTER, DW_PLACE_OUTPUT, DW_PERSON_FROM_PRINTER},
    {DW_PLACE_DRIVE, DW_PLACE_REJECT, DW_PERSON_THROW_AWAY},
    {DW_PLACE_PRINTER, DW_PLACE_REJECT, DW_PERSON_THROW_AWAY},
};

static dw_status manual_move(void *state, dw_link *link, struct dw_place from, struct dw_place to,
                             enum dw_moved *moved, struct dw_error *err)
{
    struct dw_manual *manual = machine(link);
    *moved = DW_MOVED_NO;
    if (from.kind == DW_PLACE_BIN && from.number > manual->bins.count)
        return dw_error_set(err, DW_ERR_INVALID, "this robot has %d kinds of blanks", manual->bins.count);
    for (size_t i = 0; i < DW_ARRAY_LEN(errands); i++) {
        const struct errand *errand = &errands[i];
        if (errand->from != from.kind || errand->to != to.kind)
            continue;
        return errand->task == DW_PERSON_INSERT
                   ? insert(state, manual, from.number, to.number, moved, err)
                   : take_out(state, manual, errand->task, from, to, moved, err);
    }
    return dw_error_set(err, DW_ERR_INVALID, "nobody is asked to carry a disc that way");
}

/* --- the rest --- */

static const char *manual_last_fault(void *state)
{
    return ((struct manual_state *)state)->last_fault;
}

static dw_status manual_drive_device(void *state, dw_link *link, int drive, char *out, size_t size,
                                     struct dw_error *err)
{
    struct dw_manual *manual = machine(link);
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = dw_bays_device(manual->bays, drive, out, size, err);
    if (st != DW_OK)
        return st;
    use(manual, drive, true); /* it is about to be worked with, perhaps after a restart */
    st = dw_manual_look(manual, drive, &seen, NULL);
    dw_judged_begin(&manual->judged[drive - 1], st, &seen);
    return DW_OK;
}

static void manual_about(void *state, int64_t disc)
{
    ((struct manual_state *)state)->row = disc;
}

/* A person has answered where a disc is: what plays it follows. */
static dw_status manual_put(void *state, dw_link *link, int64_t disc, struct dw_place from,
                            struct dw_place at, struct dw_error *err)
{
    if (from.kind == DW_PLACE_DRIVE)
        use(machine(link), from.number, false);
    if (at.kind == DW_PLACE_DRIVE)
        use(machine(link), at.number, true);
    return dw_manual_lay(machine(link), disc, from, at, err);
}

static dw_status manual_delivered_files(void *state, dw_link *link, char *image, char *label,
                                        size_t size, struct dw_error *err)
{
    dw_manual_output_file(machine(link), ((struct manual_state *)state)->delivered, image, size);
    label[0] = 0;
    return DW_OK;
}

const struct dw_mover_driver dw_manual_driver = {
    .name = "manual",
    .state_size = sizeof(struct manual_state),
    .caps = DW_IS_PERSON | DW_HAS_TWO_EXITS, /* a person who is told which disc is bad */
    .probe = manual_probe,
    .sense = manual_sense,
    .move = manual_move,
    .last_fault = manual_last_fault,
    .drive_device = manual_drive_device,
    .about = manual_about,
    .put = manual_put,
    .delivered_files = manual_delivered_files,
};
