/* What the queue will use up, and when: blanks of each kind and ink. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "robot/station_state.h"

struct wanted {
    const struct station_disc *disc;
    size_t given; /* place in the order given */
};

static int by_urgency(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    if (x->disc->order.priority != y->disc->order.priority)
        return x->disc->order.priority > y->disc->order.priority ? -1 : 1;
    return x->given < y->given ? -1 : x->given > y->given;
}

/* Waiting discs as they will probably be loaded. Free: free(); NULL: none. */
static struct wanted *queue_of(const dw_station *station, size_t *count)
{
    struct wanted *queue = station->count ? calloc(station->count, sizeof *queue) : NULL;
    *count = 0;
    for (size_t i = 0; queue && i < station->count; i++) {
        if (station->discs[i]->phase == PHASE_WAITING)
            queue[(*count)++] = (struct wanted){station->discs[i], i};
    }
    if (queue && *count)
        qsort(queue, *count, sizeof *queue, by_urgency);
    return queue;
}

/* Until the drives have come to the first disc that finds nothing: work before it, shared by all.
 * media NULL: any. */
static int64_t minutes_until(const dw_station *station, const struct wanted *queue, size_t count,
                             const char *media, int64_t left)
{
    struct dw_sched_times times = station_times(station);
    int64_t before_ms = 0, now = dw_clock_mono_us(&station->opts.clock);
    int drives = 0;
    for (int i = 0; i < station->sensors.drives; i++) {
        drives += station->drive[i].bad_in_a_row < station->options.drive_failures_max;
        if (station->drive[i].done_at_us > now)
            before_ms += (station->drive[i].done_at_us - now) / 1000;
    }
    for (size_t i = 0; i < count; i++) {
        if ((!media || strcmp(queue[i].disc->order.media, media) == 0) && left-- == 0)
            return before_ms / (drives ? drives : 1) / 60000;
        before_ms += station_work_ms(station, queue[i].disc) + times.load_ms + times.unload_ms;
    }
    return -1;
}

static int64_t blanks_left(const dw_station *station, const char *media)
{
    int64_t left = 0;
    for (int i = 0; i < station->sensors.bins; i++) {
        if (strcmp(station->sensors.bin[i].media, media) != 0)
            continue;
        if (station->sensors.bin[i].discs < 0)
            return -1;
        left += station->sensors.bin[i].discs;
    }
    return left;
}

/* A cartridge tells its level in whole percent: labels between two of them are counted. */
static void learn_ink(dw_station *station)
{
    struct station_ink *ink = &station->ink;
    int percent = station->sensors.ink_percent;
    if (percent < 0 || percent == ink->percent)
        return;
    if (percent < ink->percent && ink->steps++ > 0) /* the first step may have begun anywhere */
        ink->labels_per_percent = (double)ink->labels / (ink->percent - percent);
    if (percent > ink->percent)
        ink->steps = 0;
    ink->percent = percent;
    ink->labels = 0;
}

static int64_t labels_left(const dw_station *station)
{
    const struct station_ink *ink = &station->ink;
    return station->sensors.ink_percent < 0 || ink->labels_per_percent <= 0
               ? -1
               : (int64_t)(ink->labels_per_percent * station->sensors.ink_percent);
}

static json_t *row(const char *supply, int64_t left, int64_t wanted, int64_t minutes)
{
    /* Coarse enough that it does not change all the time. */
    if (minutes > 30)
        minutes = minutes / 10 * 10;
    return json_pack("{s:s, s:I, s:I, s:I}", "supply", supply, "left", (json_int_t)left, "wanted",
                     (json_int_t)wanted, "minutes", (json_int_t)minutes);
}

static void warn(dw_station *station, bool on, const char *media)
{
    char sentence[120];
    snprintf(sentence, sizeof sentence,
             "More %s discs are ordered than are left in the robot: bring some before they run out",
             media);
    if (on)
        station_raise(station, "blanks_low", 0, 0, media, sentence);
    else
        station_clear(station, "blanks_low", 0, media);
}

json_t *station_forecast(dw_station *station)
{
    size_t count, kinds;
    const struct dw_blank *blanks = dw_blank_table(&kinds);
    json_t *out = json_array();
    struct wanted *queue = queue_of(station, &count);
    learn_ink(station);
    for (size_t k = 0; k < kinds; k++) {
        const char *media = blanks[k].name;
        int64_t wanted = 0, left = blanks_left(station, media);
        for (size_t i = 0; i < count; i++)
            wanted += strcmp(queue[i].disc->order.media, media) == 0;
        bool short_of = left > 0 && wanted > left;
        warn(station, short_of, media);
        if (wanted > 0 && left >= 0)
            json_array_append_new(
                out, row(media, left, wanted, minutes_until(station, queue, count, media, left)));
    }
    int64_t labels = labels_left(station), prints = (int64_t)count;
    station->ink.runs_out = labels >= 0 && prints > labels;
    if (labels >= 0 && prints > 0)
        json_array_append_new(
            out, row("ink", labels, prints, minutes_until(station, queue, count, NULL, labels)));
    free(queue);
    return out;
}
