/* Sets: the discs of one copy of a job. They come out of the machine one after the other and in
 * order, and nothing else between them, because a person takes them out as one pile. */
#include <string.h>

#include "robot/station_state.h"

#define REPLACED_WITHIN_US 10000000 /* a rejected disc has a successor by then, or will have none  \
                                     */

static bool is_set(const struct station_disc *disc)
{
    return disc->order.of > 1;
}

static bool of_set(const struct station_disc *disc, const struct station_set *set)
{
    return is_set(disc) && disc->order.job == set->job && disc->order.copy == set->copy;
}

static struct station_set *find(dw_station *station, const struct station_disc *disc)
{
    for (size_t i = 0; i < station->set_count; i++) {
        if (of_set(disc, &station->set[i]))
            return &station->set[i];
    }
    return NULL;
}

static bool has_discs(const dw_station *station, const struct station_set *set)
{
    for (size_t i = 0; i < station->count; i++) {
        if (of_set(station->discs[i], set))
            return true;
    }
    return false;
}

static bool missing(const dw_station *station, const struct station_set *set)
{
    return set->missing_n &&
           dw_clock_mono_us(&station->opts.clock) - set->missing_us < REPLACED_WITHIN_US;
}

int64_t station_set_due_us(const dw_station *station)
{
    int64_t due = 0;
    for (size_t i = 0; i < station->set_count; i++) {
        int64_t end = station->set[i].missing_us + REPLACED_WITHIN_US;
        if (missing(station, &station->set[i]) && (due == 0 || end < due))
            due = end;
    }
    return due;
}

void station_set_join(dw_station *station, const struct station_disc *disc)
{
    if (!is_set(disc))
        return;
    struct station_set *set = find(station, disc);
    /* Those that are forgotten here are of discs that left long ago. */
    for (size_t i = 0; !set && i < station->set_count; i++) {
        if (!has_discs(station, &station->set[i]) && !missing(station, &station->set[i]))
            set = &station->set[i];
    }
    if (!set && station->set_count == STATION_SETS_MAX)
        return; /* its discs are delivered one by one */
    if (!set)
        set = &station->set[station->set_count++];
    if (!of_set(disc, set))
        *set = (struct station_set){.job = disc->order.job, .copy = disc->order.copy};
    if (disc->order.set_out > set->out)
        set->out = disc->order.set_out;
    if (disc->order.n <= set->missing_n)
        set->missing_n = 0;
}

void station_set_leave(dw_station *station, const struct station_disc *disc)
{
    struct station_set *set = is_set(disc) ? find(station, disc) : NULL;
    if (!set)
        return;
    if (disc->state == DW_DISC_DELIVERED) {
        set->out++;
    } else if (!set->missing_n || disc->order.n < set->missing_n) {
        set->missing_n = disc->order.n;
        set->missing_us = dw_clock_mono_us(&station->opts.clock);
    }
}

static bool on_its_way_out(const struct station_disc *disc)
{
    return disc->state == DW_DISC_PRINTING || disc->state == DW_DISC_DELIVERING;
}

/* The one that has to leave next; NULL: all are out or on their way. */
static struct station_disc *next_of(const dw_station *station, const struct station_set *set)
{
    struct station_disc *next = NULL;
    for (size_t i = 0; i < station->count; i++) {
        struct station_disc *disc = station->discs[i];
        if (of_set(disc, set) && !on_its_way_out(disc) && (!next || disc->order.n < next->order.n))
            next = disc;
    }
    return next;
}

static bool is_bad(const struct station_disc *disc)
{
    return disc->state == DW_DISC_REJECTING || disc->phase == PHASE_BAD;
}

/* One before it has left or will leave without being delivered. */
static bool waits_for_a_lower_one(const dw_station *station, const struct station_set *set,
                                  const struct station_disc *disc)
{
    if (missing(station, set) && set->missing_n < disc->order.n)
        return true;
    for (size_t i = 0; i < station->count; i++) {
        const struct station_disc *other = station->discs[i];
        if (of_set(other, set) && other->order.n < disc->order.n && is_bad(other))
            return true;
    }
    return false;
}

bool station_set_missing(const dw_station *station)
{
    for (size_t i = 0; i < station->set_count; i++) {
        if (missing(station, &station->set[i]))
            return true;
    }
    for (size_t i = 0; i < station->count; i++) {
        const struct station_disc *disc = station->discs[i];
        if (is_set(disc) && disc->phase == PHASE_ASKED && disc->asked == DW_DISC_EV_OUT)
            return true;
    }
    return false;
}

/* A drive that a waiting disc will get without anybody leaving through the printer. */
static bool drive_comes_free(dw_station *station)
{
    for (int i = 0; i < station->sensors.drives; i++) {
        const struct station_disc *disc = station_find(station, station->drive[i].disc);
        if (station_drive_rests(station, i + 1))
            continue;
        if (disc ? disc->phase == PHASE_BAD || disc->state == DW_DISC_REJECTING
                 : station->sensors.drive[i] != DW_SENSED_DISC)
            return true;
    }
    return false;
}

/* One disc of it is out or nearly so and others follow, by themselves. A set that cannot go on lets
 * others pass. */
static bool is_open(dw_station *station, const struct station_set *set)
{
    const struct station_disc *next = next_of(station, set);
    bool begun = set->out > 0;
    for (size_t i = 0; i < station->count; i++)
        begun |= of_set(station->discs[i], set) && on_its_way_out(station->discs[i]);
    if (!begun)
        return false;
    if (missing(station, set))
        return true;
    if (!next)
        return false;
    return next->phase != PHASE_WAITING ||
           (station_bin_with(station, &next->order) && drive_comes_free(station));
}

bool station_may_leave(dw_station *station, const struct station_disc *disc)
{
    const struct station_set *own = is_set(disc) ? find(station, disc) : NULL;
    if (own && (next_of(station, own) != disc || waits_for_a_lower_one(station, own, disc)))
        return false;
    for (size_t i = 0; i < station->set_count; i++) {
        if (&station->set[i] != own && is_open(station, &station->set[i]))
            return false;
    }
    return true;
}

enum dw_sched_set station_set_place(dw_station *station, const struct station_disc *disc)
{
    const struct station_set *set = is_set(disc) ? find(station, disc) : NULL;
    if (!set)
        return DW_SCHED_SET_NONE;
    if (waits_for_a_lower_one(station, set, disc))
        return DW_SCHED_SET_LATER;
    bool next = next_of(station, set) == disc, begun = set->out > 0;
    for (size_t i = 0; i < station->count; i++)
        begun |= of_set(station->discs[i], set) && station->discs[i]->phase != PHASE_WAITING;
    if (begun)
        return next ? DW_SCHED_SET_NEXT : DW_SCHED_SET_BEGUN;
    return next ? DW_SCHED_SET_NONE : DW_SCHED_SET_LATER;
}

/* Until a disc in the machine can leave, by what its drive says; -1: not known. */
static int64_t left_ms(const dw_station *station, const struct dw_sched_view *view, const struct station_disc *disc)
{
    int drive = disc->order.drive;
    if (disc->phase == PHASE_READY || on_its_way_out(disc))
        return 0;
    return drive >= 1 && drive <= view->drives && station->drive[drive - 1].disc == disc->order.disc
               ? view->drive[drive - 1].left_ms
               : -1;
}

/* false: it is not in the machine with all its discs, or nobody knows for how long. */
static bool span_of(dw_station *station, const struct station_set *set, const struct dw_sched_view *view,
                    struct dw_sched_span *out)
{
    int discs = 0;
    *out = (struct dw_sched_span){.from_ms = set->out > 0 ? 0 : INT64_MAX};
    for (size_t i = 0; i < station->count; i++) {
        const struct station_disc *disc = station->discs[i];
        if (!of_set(disc, set))
            continue;
        int64_t left = disc->phase == PHASE_WAITING || is_bad(disc) ? -1 : left_ms(station, view, disc);
        if (left < 0)
            return false;
        out->from_ms = left < out->from_ms ? left : out->from_ms;
        out->until_ms = left > out->until_ms ? left : out->until_ms;
        discs++;
    }
    return discs > 0 && out->until_ms > out->from_ms;
}

void station_set_spans(dw_station *station, struct dw_sched_view *view)
{
    view->spans = 0;
    for (size_t i = 0; i < station->set_count && view->spans < DW_SCHED_SPANS_MAX; i++)
        view->spans += span_of(station, &station->set[i], view, &view->span[view->spans]);
}
