/* What the robot is doing, in words for the console. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "robot/station_state.h"

static const char *drive_word(dw_station *station, int n)
{
    const struct station_disc *disc = station_find(station, station->drive[n - 1].disc);
    bool in_doubt = station->lost_disc != 0;
    for (size_t i = 0; i < station->count; i++)
        in_doubt |= station->discs[i]->state == DW_DISC_UNKNOWN;
    if (!disc && in_doubt && station->sensors.drive[n - 1] == DW_SENSED_DISC)
        return "unknown disc"; /* perhaps the one a person is asked about */
    if (!disc && station_bay_missing(station, n))
        return "missing";
    if (!disc)
        return station->sensors.drive[n - 1] == DW_SENSED_DISC ? "foreign"
               : station_drive_rests(station, n)               ? "failing"
                                                               : "empty";
    if (disc->phase == PHASE_READY)
        return "waiting for the printer";
    if (disc->phase == PHASE_BAD)
        return "bad disc";
    return dw_disc_state_name(disc->state);
}

static void activity_text(dw_station *station, char *out, size_t size)
{
    const struct station_disc *disc = station_find(station, station->arm_owner);
    if (disc)
        snprintf(out, size, "%s disc %lld", dw_disc_state_name(disc->state),
                 (long long)disc->order.disc);
    else if (station->count == 0)
        snprintf(out, size, "idle");
    else
        snprintf(out, size, "%zu disc%s in hand", station->count, station->count == 1 ? "" : "s");
}

static const char *arm_word(const dw_station *station)
{
    bool doubt = station->lost_disc != 0;
    for (size_t i = 0; i < station->count; i++)
        doubt |= station->discs[i]->phase == PHASE_DOUBT;
    if (doubt)
        return "in doubt";
    if (station_rests(station, DW_FAULT_ROBOT))
        return "held";
    return station->arm_owner ? "moving" : "idle";
}

/* What a person is asked to do right now; null: nothing. */
static json_t *step_to_json(dw_station *station)
{
    struct dw_person_step step;
    if (!station->opts.person || !dw_person_take(station->opts.person, &step))
        return json_null();
    const struct station_disc *disc = station_find(station, step.disc);
    return dw_publisher_step(&step, disc ? disc->order.job : 0);
}

void station_tell(dw_station *station)
{
    char activity[80];
    json_t *drives = json_array(), *supplies = json_array();
    for (int i = 0; i < station->sensors.drives; i++)
        json_array_append_new(drives, json_pack("{s:i, s:s, s:I}", "n", i + 1, "state",
                                                drive_word(station, i + 1), "disc",
                                                (json_int_t)station->drive[i].disc));
    if (station->sensors.ink_percent >= 0)
        json_array_append_new(supplies, json_pack("{s:s, s:i}", "name", "ink", "percent",
                                                  station->sensors.ink_percent));
    activity_text(station, activity, sizeof activity);
    json_t *status = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "type", "status", "activity",
                               activity, "arm", arm_word(station), "drives", drives, "bins",
                               dw_publisher_bins(&station->sensors), "supplies", supplies,
                               "forecast", station_forecast(station), "step", step_to_json(station));
    if (!status || (station->last_status && json_equal(status, station->last_status))) {
        json_decref(status);
        return;
    }
    json_decref(station->last_status);
    station->last_status = json_incref(status);
    station->opts.listener.status(station->opts.listener.ctx, status);
}
