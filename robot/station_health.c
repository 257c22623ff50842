/* What bad discs tell: a drive that makes several in a row, blanks that are none, a robot that
 * rejects whatever it makes. Counted when the event is stored, so that the daemon's rows say the
 * same after a restart. */
#include <stdio.h>
#include <string.h>

#include "robot/station_state.h"

#define BAD_BLANKS_MAX 2 /* of a bin, in a row: one may be a single wrong disc */

static void bin_word(int bin, char out[16])
{
    snprintf(out, 16, "bin %d", bin);
}

static void count_blank(dw_station *station, int bin)
{
    char detail[16];
    bin_word(bin, detail);
    if (++station->bad_blanks[bin - 1] >= BAD_BLANKS_MAX)
        station_raise(station, "bin_wrong", 0, 0, detail, NULL);
}

static void retire(dw_station *station, int drive, const char *id)
{
    station_raise(station, id, 0, drive, NULL, NULL);
}

static void count_bad(dw_station *station, const struct station_disc *disc,
                      const struct dw_fault *row)
{
    int n = disc->order.drive;
    if (++station->rejected_in_a_row >= station->options.rejects_max)
        station_raise(station, "rejected_in_a_row", 0, 0, NULL, NULL);
    if (row->against_blank && disc->bin)
        count_blank(station, disc->bin);
    if (!n)
        return;
    struct station_drive *drive = &station->drive[n - 1];
    if (row->action == DW_FAULT_SLOWER)
        drive->slower = true;
    if (row->against_drive)
        drive->bad_in_a_row++;
    if (row->action == DW_FAULT_RETIRE_DRIVE)
        retire(station, n, row->id);
    else if (row->against_drive && drive->bad_in_a_row >= station->options.drive_failures_max)
        retire(station, n, "drive_failing");
}

void station_count(dw_station *station, const struct station_disc *disc, enum dw_disc_event event)
{
    const struct dw_fault *row = dw_fault_find(disc->why_fault);
    if (event == DW_DISC_EV_BAD_DISC && row)
        count_bad(station, disc, row);
    else if (event == DW_DISC_EV_BURNED && disc->bin)
        station->bad_blanks[disc->bin - 1] = 0;
    else if (event == DW_DISC_EV_VERIFIED && disc->order.drive)
        station->drive[disc->order.drive - 1].bad_in_a_row = 0;
    else if (event == DW_DISC_EV_DELIVERED)
        station->rejected_in_a_row = 0;
}

void station_count_anew(dw_station *station, const struct dw_open_fault *fault)
{
    char detail[16];
    if (strcmp(fault->row->id, "drive_missing") == 0) /* whoever plugs it in has not judged its discs */
        return;
    if (fault->drive && fault->row->about == DW_FAULT_DRIVE)
        station->drive[fault->drive - 1].bad_in_a_row = 0;
    if (strcmp(fault->row->id, "rejected_in_a_row") == 0)
        station->rejected_in_a_row = 0;
    for (int i = 0; strcmp(fault->row->id, "bin_wrong") == 0 && i < DW_ROBOT_BINS_MAX; i++) {
        bin_word(i + 1, detail);
        if (dw_text_ends_with(fault->key, detail))
            station->bad_blanks[i] = 0;
    }
}

bool station_drive_rests(const dw_station *station, int drive)
{
    for (size_t i = 0; i < station->faults.count; i++) {
        const struct dw_open_fault *fault = &station->faults.fault[i];
        if (fault->drive == drive && !fault->disc && fault->row->about == DW_FAULT_DRIVE)
            return true;
    }
    return false;
}

bool station_bin_rests(const dw_station *station, int bin)
{
    char detail[16], end[20];
    bin_word(bin, detail);
    snprintf(end, sizeof end, ":%s", detail);
    for (size_t i = 0; i < station->faults.count; i++) {
        const struct dw_open_fault *fault = &station->faults.fault[i];
        if (fault->row->about == DW_FAULT_BIN && fault->row->action == DW_FAULT_STOP &&
            dw_text_ends_with(fault->key, end))
            return true;
    }
    return false;
}

void dw_station_drive_health(dw_station *station, int drive, int bad_in_a_row, const char *out)
{
    const struct dw_fault *row = dw_fault_find(out);
    if (drive < 1 || drive > station->sensors.drives || bad_in_a_row < 0)
        return;
    station->drive[drive - 1].bad_in_a_row = bad_in_a_row;
    if (row && row->about == DW_FAULT_DRIVE)
        retire(station, drive, row->id);
    else if (bad_in_a_row >= station->options.drive_failures_max)
        retire(station, drive, "drive_failing");
}

void dw_station_rejected(dw_station *station, int in_a_row)
{
    station->rejected_in_a_row = in_a_row < 0 ? 0 : in_a_row;
    if (station->rejected_in_a_row >= station->options.rejects_max)
        station_raise(station, "rejected_in_a_row", 0, 0, NULL, NULL);
}
