/* Physics of the simulated arm. Each thing that happens is saved before time goes on, so a killed
 * process leaves the disc where plastic would be: in the bin, on the arm, on the floor or at its
 * target. */
#include "robot/sim_machine.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool dw_sim_fail(struct dw_sim_failure *failure, const char *fault, enum dw_moved moved,
                 const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(failure->text, sizeof failure->text, fmt, args);
    va_end(args);
    failure->fault = fault;
    failure->moved = moved;
    return false;
}

bool dw_sim_strike(dw_sim *sim, struct dw_sim_failure *failure)
{
    const struct dw_fault *row = sim->world.plan.struck;
    if (row->action == DW_FAULT_WAIT || row->action == DW_FAULT_WARN) {
        sim->world.trouble = row;
        sim->world.trouble_left = DW_SIM_HEARD;
    }
    return row->action == DW_FAULT_WARN ||
           dw_sim_fail(failure, row->id, DW_MOVED_NO, "the machine reports it");
}

static bool saved(dw_sim *sim, struct dw_sim_failure *failure)
{
    struct dw_error err = {0};
    if (dw_sim_save_locked(sim, &err) == DW_OK && dw_sim_settle_files_locked(sim, &err) == DW_OK)
        return true;
    return dw_sim_fail(failure, NULL, DW_MOVED_UNKNOWN, "%s", err.text);
}

static bool passed(dw_sim *sim, int64_t ms, struct dw_sim_failure *failure)
{
    if (dw_sim_pass_locked(sim, ms))
        return true;
    failure->silent = true;
    return dw_sim_fail(failure, "no_answer", DW_MOVED_UNKNOWN, "power lost");
}

static struct dw_sim_disc *seat_of(dw_sim *sim, struct dw_place place)
{
    if (place.kind == DW_PLACE_DRIVE && place.number >= 1 && place.number <= sim->world.drives)
        return &sim->world.drive[place.number - 1];
    if (place.kind == DW_PLACE_PRINTER)
        return &sim->world.in_printer;
    return NULL;
}

static struct dw_sim_pile *pile_of(dw_sim *sim, struct dw_place place)
{
    if (place.kind == DW_PLACE_OUTPUT)
        return &sim->world.output;
    return place.kind == DW_PLACE_REJECT ? &sim->world.reject : NULL;
}

static struct dw_bin_sensed *bin_of(dw_sim *sim, struct dw_place place)
{
    if (place.kind == DW_PLACE_BIN && place.number >= 1 && place.number <= sim->world.bins)
        return &sim->world.bin[place.number - 1];
    return NULL;
}

/* The next blank disc of a bin gets its number when it leaves the bin. */
static struct dw_sim_disc next_blank(dw_sim *sim, struct dw_bin_sensed *bin)
{
    struct dw_sim_disc disc = {.serial = sim->world.next_serial++};
    memcpy(disc.media, bin->media, sizeof disc.media);
    bin->discs--;
    return disc;
}

static bool pick(dw_sim *sim, int64_t row, struct dw_place from, bool two,
                 struct dw_sim_failure *failure)
{
    struct dw_sim_world *world = &sim->world;
    struct dw_bin_sensed *bin = bin_of(sim, from);
    struct dw_sim_disc *seat = seat_of(sim, from);
    if (bin) {
        if (bin->discs == 0)
            return dw_sim_fail(failure, "bin_empty", DW_MOVED_NO, "bin %d is empty", from.number);
        if (two && bin->discs > 1)
            world->second = next_blank(sim, bin);
        world->arm = next_blank(sim, bin);
    } else {
        if (!seat || !seat->serial)
            return dw_sim_fail(failure, "pick_failed", DW_MOVED_NO, "there is no disc to pick up");
        world->arm = *seat;
        *seat = (struct dw_sim_disc){0};
        if (from.kind == DW_PLACE_PRINTER)
            world->printer = DW_PRINTER_IDLE;
    }
    if (row)
        world->arm.row = row;
    if (!saved(sim, failure))
        return false;
    return !two || dw_sim_fail(failure, "double_pick", DW_MOVED_UNKNOWN, "two discs on the arm");
}

static bool place_disc(dw_sim *sim, struct dw_sim_disc *disc, struct dw_place to,
                       struct dw_sim_failure *failure)
{
    struct dw_sim_disc *seat = seat_of(sim, to);
    struct dw_sim_pile *pile = pile_of(sim, to);
    if (seat && !seat->serial) {
        *seat = *disc;
        if (to.kind == DW_PLACE_PRINTER)
            sim->world.printer = DW_PRINTER_IDLE;
    } else if (pile && pile->count < pile->capacity && pile->count < DW_BIN_DISCS_MAX) {
        pile->disc[pile->count++] = *disc;
    } else {
        return dw_sim_fail(failure, "arm_jam", DW_MOVED_UNKNOWN, "no room for the disc");
    }
    *disc = (struct dw_sim_disc){0};
    return saved(sim, failure);
}

/* Faults that strike after the pick leave the disc on the arm or on the floor. */
static bool struck(dw_sim *sim, enum dw_sim_fault fault, struct dw_sim_failure *failure)
{
    switch (fault) {
    case DW_SIM_JAM:
        return !dw_sim_fail(failure, "arm_jam", DW_MOVED_UNKNOWN, "the arm met resistance");
    case DW_SIM_DROPPED:
        sim->world.floor = sim->world.arm;
        sim->world.arm = (struct dw_sim_disc){0};
        if (saved(sim, failure))
            dw_sim_fail(failure, "disc_dropped", DW_MOVED_UNKNOWN, "the disc is no longer held");
        return true;
    case DW_SIM_ROW:
        if (sim->world.plan.struck->action != DW_FAULT_ASK)
            return false;
        return !dw_sim_fail(failure, sim->world.plan.struck->id, DW_MOVED_UNKNOWN,
                            "the machine stopped");
    case DW_SIM_SILENCE:
        failure->silent = true;
        return !dw_sim_fail(failure, "no_answer", DW_MOVED_UNKNOWN, "silence");
    default:
        return false;
    }
}

static bool tray(dw_sim *sim, struct dw_place place, bool stuck, struct dw_sim_failure *failure)
{
    if (place.kind != DW_PLACE_DRIVE)
        return true;
    if (!passed(sim, sim->options.tray_ms, failure))
        return false;
    return !stuck || dw_sim_fail(failure, "tray_stuck", DW_MOVED_UNKNOWN,
                                 "the tray of drive %d does not move", place.number);
}

bool dw_sim_motion_locked(dw_sim *sim, int64_t row, struct dw_place from, struct dw_place to,
                          struct dw_sim_failure *failure)
{
    enum dw_sim_fault fault = DW_SIM_FAULT_COUNT;
    bool strikes = dw_sim_plan_motion(&sim->world.plan, &fault);
    bool stuck = strikes && fault == DW_SIM_TRAY_STUCK;
    if (strikes && !saved(sim, failure))
        return false;
    if (strikes && fault == DW_SIM_ROW && sim->world.plan.struck->action != DW_FAULT_ASK &&
        !dw_sim_strike(sim, failure))
        return false;
    if (sim->world.arm.serial)
        return dw_sim_fail(failure, "arm_jam", DW_MOVED_UNKNOWN, "the arm already holds a disc");
    /* To the disc, and the tray out; the arm waits above until the tray has stopped. */
    if (!passed(sim, sim->options.arm_ms / 4, failure) || !tray(sim, from, stuck, failure))
        return false;
    if (strikes && fault == DW_SIM_MISSED_PICK)
        return dw_sim_fail(failure, "pick_failed", DW_MOVED_NO, "the picker holds nothing");
    if (!pick(sim, row, from, strikes && fault == DW_SIM_DOUBLE_PICK && from.kind == DW_PLACE_BIN,
              failure))
        return false;
    if (strikes && struck(sim, fault, failure))
        return false;
    /* The tray is closed before the arm leaves with the disc. */
    if (!tray(sim, from, false, failure) || !passed(sim, sim->options.arm_ms / 2, failure) ||
        !tray(sim, to, stuck, failure))
        return false;
    if (!place_disc(sim, &sim->world.arm, to, failure))
        return false;
    return tray(sim, to, false, failure) && passed(sim, sim->options.arm_ms / 4, failure);
}

static struct dw_sim_disc *in_pile(struct dw_sim_pile *pile, int64_t row)
{
    for (int i = 0; i < pile->count; i++) {
        if (pile->disc[i].row == row)
            return &pile->disc[i];
    }
    return NULL;
}

/* The disc of a row, wherever it is; NULL: in no place of the machine. Another one is never touched
 * in its stead, not even when the same question is asked again after a crash. */
static struct dw_sim_disc *disc_of(dw_sim *sim, int64_t row)
{
    struct dw_sim_world *world = &sim->world;
    struct dw_sim_disc *loose[] = {&world->arm, &world->floor, &world->in_printer}, *found;
    for (size_t i = 0; i < DW_ARRAY_LEN(loose); i++) {
        if (loose[i]->serial && loose[i]->row == row)
            return loose[i];
    }
    for (int i = 0; i < world->drives; i++) {
        if (world->drive[i].serial && world->drive[i].row == row)
            return &world->drive[i];
    }
    found = in_pile(&world->output, row);
    return found ? found : in_pile(&world->reject, row);
}

static struct dw_sim_disc *disc_meant(dw_sim *sim, int64_t row, struct dw_place from)
{
    struct dw_sim_disc *seat = seat_of(sim, from);
    if (row)
        return disc_of(sim, row);
    return seat && seat->serial ? seat : NULL;
}

static struct dw_sim_disc take_out(dw_sim *sim, struct dw_sim_disc *disc)
{
    struct dw_sim_pile *piles[] = {&sim->world.output, &sim->world.reject};
    struct dw_sim_disc copy = *disc;
    *disc = (struct dw_sim_disc){0};
    for (size_t p = 0; p < DW_ARRAY_LEN(piles); p++) {
        struct dw_sim_pile *pile = piles[p];
        for (int i = 0; i < pile->count; i++) {
            if (pile->disc[i].serial)
                continue;
            memmove(&pile->disc[i], &pile->disc[i + 1],
                    (size_t)(pile->count - i - 1) * sizeof pile->disc[0]);
            pile->count--;
        }
    }
    return copy;
}

static void remove_files(dw_sim *sim, int64_t serial)
{
    static const char *const folders[] = {"discs", "output", "reject"};
    static const char *const endings[] = {"iso", "png"};
    char path[DW_PATH_MAX];
    for (size_t f = 0; f < DW_ARRAY_LEN(folders); f++) {
        for (size_t e = 0; e < DW_ARRAY_LEN(endings); e++) {
            if (dw_sim_disc_path(sim, folders[f], serial, endings[e], path, sizeof path))
                unlink(path);
        }
    }
}

/* The person takes the disc into the hand: it is nowhere in the machine any more. */
static struct dw_sim_disc take_in_hand(dw_sim *sim, struct dw_sim_disc *meant, int64_t row,
                                       struct dw_place from, struct dw_place at)
{
    struct dw_sim_disc hand = {0};
    struct dw_bin_sensed *bin = bin_of(sim, from);
    if (meant) {
        hand = take_out(sim, meant);
    } else if (bin && bin->discs > 0 && at.kind != DW_PLACE_NONE) {
        hand = next_blank(sim, bin); /* never picked: the person takes the next one */
        hand.row = row;
    }
    if (sim->world.second.serial) { /* back to the others, without a number */
        if (bin && bin->discs < bin->capacity)
            bin->discs++;
        sim->world.second = (struct dw_sim_disc){0};
    }
    if (!sim->world.in_printer.serial)
        sim->world.printer = DW_PRINTER_IDLE;
    return hand;
}

bool dw_sim_hand_locked(dw_sim *sim, int64_t row, struct dw_place from, struct dw_place at,
                        struct dw_sim_failure *failure)
{
    assert(sim);
    struct dw_sim_disc *seat = seat_of(sim, at), *meant = disc_meant(sim, row, from);
    if (seat && seat->serial && seat != meant)
        return dw_sim_fail(failure, "position_unknown", DW_MOVED_UNKNOWN,
                           "another disc lies there already");
    struct dw_sim_pile *pile = pile_of(sim, at);
    if (pile && pile->count >= pile->capacity && !(meant && in_pile(pile, meant->row)))
        return dw_sim_fail(failure, "position_unknown", DW_MOVED_UNKNOWN,
                           "that bin is full: empty it first");
    int64_t second = sim->world.second.serial;
    struct dw_sim_disc hand = take_in_hand(sim, meant, row, from, at);
    int64_t taken_home = at.kind == DW_PLACE_NONE ? hand.serial : 0;
    bool ok =
        hand.serial && !taken_home ? place_disc(sim, &hand, at, failure) : saved(sim, failure);
    if (ok && taken_home)
        remove_files(sim, taken_home);
    if (ok && second)
        remove_files(sim, second); /* a blank among blanks again */
    return ok;
}
