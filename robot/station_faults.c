/* Faults: raised once, told once, and cleared by a person or by the sensors. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "robot/station_state.h"

#define INK_LOW_PERCENT 10
#define FOREIGN_AFTER_US 5000000 /* the daemon needs a moment to say what it knows */

bool station_has_fault(const dw_station *station, const char *id)
{
    for (size_t i = 0; i < station->faults.count; i++) {
        if (strcmp(station->faults.fault[i].row->id, id) == 0)
            return true;
    }
    return false;
}

bool station_rests(const dw_station *station, enum dw_fault_about about)
{
    for (size_t i = 0; i < station->faults.count; i++) {
        const struct dw_fault *row = station->faults.fault[i].row;
        if (row->about == about && dw_fault_holds(row))
            return true;
    }
    return false;
}

void station_raise(dw_station *station, const char *id, int64_t disc, int drive, const char *detail,
                   const char *sentence)
{
    dw_open_faults_raise(&station->faults, id, disc, drive, detail, sentence);
}

void station_clear(dw_station *station, const char *id, int64_t disc, const char *detail)
{
    dw_open_faults_clear(&station->faults, id, disc, 0, detail);
}

void station_clear_disc(dw_station *station, int64_t disc)
{
    dw_open_faults_clear_disc(&station->faults, disc);
}

/* A person's answer was refused: said even if it was said before, or they would wait for nothing. The drive that they named
 * is free for another answer. */
void station_refuse_answer(dw_station *station, struct station_disc *disc, const char *why)
{
    disc->phase = PHASE_DOUBT;
    disc->at = (struct dw_place){0};
    const char *id = disc->why_fault ? disc->why_fault : "position_unknown";
    char key[DW_FAULT_KEY_MAX];
    dw_open_faults_key(key, id, disc->order.disc, 0, NULL);
    struct dw_open_fault *fault = dw_open_faults_find(&station->faults, key);
    if (fault)
        fault->sentence[0] = 0;
    station_raise(station, id, disc->order.disc, 0, NULL, why);
}

/* --- what a person has done --- */

static void refill(dw_station *station, enum dw_place_kind kind)
{
    station_submit(station, &(struct dw_arm_job){.kind = DW_ARM_REFILL, .to = {kind, 0}});
}

static void reconsider(dw_station *station, const struct dw_open_fault *fault)
{
    struct station_disc *disc = station_find(station, fault->disc);
    const char *id = fault->row->id;
    if (strcmp(id, "output_full") == 0) {
        refill(station, DW_PLACE_OUTPUT);
    } else if (strcmp(id, "reject_full") == 0) {
        refill(station, DW_PLACE_REJECT);
    } else if (strcmp(id, "ink_out") == 0 || strcmp(id, "ink_low") == 0) {
        refill(station, DW_PLACE_PRINTER);
    } else if (strcmp(id, "foreign_disc") == 0) {
        struct dw_place place = {fault->drive ? DW_PLACE_DRIVE : DW_PLACE_PRINTER, fault->drive};
        station_submit(station, &(struct dw_arm_job){.kind = DW_ARM_CLEAR, .from = place});
    } else if (strcmp(id, "out_of_step") == 0 && disc) {
        station_doubt(station, disc, "position_unknown", "robot and appliance disagreed");
    }
    station_count_anew(station, fault);
}

void dw_station_acknowledge(dw_station *station, const char *key)
{
    struct dw_open_fault *fault = dw_open_faults_find(&station->faults, key);
    if (!fault)
        return;
    struct dw_open_fault copy = *fault;
    if (copy.row->action == DW_FAULT_ASK && strcmp(copy.row->id, "out_of_step") != 0) {
        /* Only an answer ends this; but where no row is in doubt, nobody can be asked for one: then
         * the word that somebody has looked and taken it out is the answer. */
        const struct station_disc *disc = station_find(station, copy.disc);
        if (copy.disc == station->lost_disc && (!disc || disc->state != DW_DISC_UNKNOWN))
            station_submit(station, &(struct dw_arm_job){.kind = DW_ARM_ANSWER, .disc = copy.disc});
        return;
    }
    dw_open_faults_remove(&station->faults, fault);
    reconsider(station, &copy);
    station->sense_due_us = dw_clock_mono_us(&station->opts.clock);
}

/* --- what the sensors see --- */

/* That it cannot be reached at all a machine cannot say, and of its drives and of a printer beside it it knows nothing. */
static bool machine_can_tell(const struct dw_fault *row)
{
    return row->about != DW_FAULT_BIN && strcmp(row->id, "robot_offline") != 0 &&
           strcmp(row->id, "drive_missing") != 0 && strcmp(row->id, "tray_out") != 0 &&
           strcmp(row->id, "printer_attention") != 0 && strcmp(row->id, "printer_offline") != 0;
}

/* What the arm or the printer met and waits for is over when the machine complains of it no more.
 */
void station_reported(dw_station *station, const char *id)
{
    const struct dw_fault *row = dw_fault_find(id);
    for (size_t i = station->faults.count; i-- > 0;) {
        const struct dw_fault *open = station->faults.fault[i].row;
        if (open != row && open->action == DW_FAULT_WAIT && machine_can_tell(open))
            dw_open_faults_remove(&station->faults, &station->faults.fault[i]);
    }
    if (row && (row->about == DW_FAULT_ROBOT || row->about == DW_FAULT_PRINTER) &&
        (dw_fault_holds(row) || row->action == DW_FAULT_WARN))
        station_raise(station, row->id, 0, 0, NULL, NULL);
}

static void raise_or_clear(dw_station *station, bool on, const char *id, int drive,
                           const char *detail)
{
    if (on)
        station_raise(station, id, 0, drive, detail, NULL);
    else
        station_clear(station, id, 0, detail);
}

/* What one waiting disc finds: a bin that is for it, and one with blanks in it. */
static void look_for_bin(const dw_station *station, const struct dw_disc_order *order,
                         bool *present, bool *filled)
{
    *present = *filled = false;
    for (int i = 0; i < station->sensors.bins; i++) {
        const struct dw_bin_sensed *bin = &station->sensors.bin[i];
        bool fits =
            strcmp(bin->media, order->media) == 0 && dw_stock_fits(order->stock, bin->stock);
        *present |= fits;
        *filled |= fits && bin->discs != 0;
    }
}

static void watch_kind(dw_station *station, const char *media)
{
    const char *stock = "";
    char sentence[160];
    bool missing = false, empty = false;
    for (size_t i = 0; i < station->count; i++) {
        const struct station_disc *disc = station->discs[i];
        bool present, filled;
        if (disc->phase != PHASE_WAITING || strcmp(disc->order.media, media) != 0)
            continue;
        look_for_bin(station, &disc->order, &present, &filled);
        missing |= !present;
        empty |= present && !filled;
        if (!filled && *disc->order.stock)
            stock = disc->order.stock;
    }
    snprintf(sentence, sizeof sentence, "%s discs of the pile \"%s\": fill one and say so",
             missing ? "No input bin holds" : "The input bin has no more", stock);
    if (missing)
        station_raise(station, "bin_missing", 0, 0, media, *stock ? sentence : NULL);
    else
        station_clear(station, "bin_missing", 0, media);
    if (empty)
        station_raise(station, "bin_empty", 0, 0, media, *stock && !missing ? sentence : NULL);
    else
        station_clear(station, "bin_empty", 0, media);
}

static void watch_bins(dw_station *station)
{
    size_t kinds;
    const struct dw_blank *blanks = dw_blank_table(&kinds);
    for (size_t m = 0; m < kinds; m++)
        watch_kind(station, blanks[m].name);
}

static bool full(const struct dw_bin_sensed *pile)
{
    return pile->discs >= 0 && pile->discs >= pile->capacity;
}

int64_t station_watch_due_us(const dw_station *station)
{
    int64_t due = station->started_us + FOREIGN_AFTER_US;
    return dw_clock_mono_us(&station->opts.clock) < due ? due : 0;
}

static void watch_foreign(dw_station *station)
{
    if (station_watch_due_us(station) || station->arm_owner || station->lost_disc ||
        station->arm_jobs)
        return;
    for (size_t i = 0; i < station->count; i++) {
        if (station->discs[i]->state == DW_DISC_UNKNOWN)
            return; /* it may be the one */
    }
    for (int i = 0; i < station->sensors.drives; i++) {
        char detail[16];
        snprintf(detail, sizeof detail, "%d", i + 1);
        raise_or_clear(station,
                       station->sensors.drive[i] == DW_SENSED_DISC && !station->drive[i].disc,
                       "foreign_disc", i + 1, detail);
    }
    raise_or_clear(station,
                   station->sensors.in_printer == DW_SENSED_DISC &&
                       !station_at(station, (struct dw_place){DW_PLACE_PRINTER, 0}),
                   "foreign_disc", 0, "printer");
}

/* A printer of its own says itself what it wants, and goes on by itself when it has got it. */
static void watch_printer_beside(dw_station *station)
{
    static const char *const ids[] = {"printer_attention", "printer_offline"};
    const char *id = station->sensors.printer_fault;
    for (size_t i = 0; i < DW_ARRAY_LEN(ids); i++) {
        if (id && strcmp(id, ids[i]) == 0)
            station_raise(station, id, 0, 0, NULL, station->sensors.printer_sentence);
        else
            station_clear(station, ids[i], 0, NULL);
    }
}

static void watch_printer(dw_station *station)
{
    struct station_disc *disc = station_at(station, (struct dw_place){DW_PLACE_PRINTER, 0});
    int ink = station->sensors.ink_percent;
    if (dw_mover_printer_fd(station->opts.mover) >= 0)
        watch_printer_beside(station);
    raise_or_clear(station,
                   ink >= 0 && (ink <= INK_LOW_PERCENT || station->ink.runs_out) &&
                       !station_has_fault(station, "ink_out"),
                   "ink_low", 0, NULL);
    if (!disc)
        return;
    if (disc->phase == PHASE_PRINTING && station->sensors.printer == DW_PRINTER_PRINTED) {
        disc->phase = PHASE_PRINTED;
        station->print_us = dw_clock_mono_us(&station->opts.clock) - station->print_began_us;
    } else if (disc->phase == PHASE_PRINTING && station->sensors.printer == DW_PRINTER_FAILED) {
        station_bad(station, disc, "label_spoiled", "");
    } else if (disc->phase == PHASE_PRINTING && station->sensors.printer == DW_PRINTER_NO_INK) {
        disc->phase = PHASE_NO_LABEL;
        station_raise(station, "ink_out", 0, 0, NULL, NULL);
    } else if (disc->phase == PHASE_NO_LABEL && !station_rests(station, DW_FAULT_PRINTER)) {
        station_print(station, disc);
    }
}

void station_watch(dw_station *station)
{
    bool delivering = false, rejecting = false;
    watch_printer(station);
    watch_bins(station);
    for (size_t i = 0; i < station->count; i++) {
        delivering |= station->discs[i]->phase == PHASE_PRINTED;
        rejecting |= station->discs[i]->phase == PHASE_BAD;
    }
    /* While the arm's thread still has something to do, what was sensed may be from before somebody
     * emptied the bin. */
    if (!station->arm_jobs) {
        raise_or_clear(station, delivering && full(&station->sensors.output), "output_full", 0,
                       NULL);
        raise_or_clear(station, rejecting && full(&station->sensors.reject), "reject_full", 0,
                       NULL);
    }
    watch_foreign(station);
}
