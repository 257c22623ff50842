/* How long things take in this machine, learned from what they took. Until then by the speeds that
 * are usual. */
#include <assert.h>

#include "burn/image/blank.h"
#include "robot/station_state.h"

#define FORGET 0.97 /* of what was learned, with each new disc: the last thirty count */

/* Burning, reading back and judging of what people usually have: speed and what does not depend on
 * the size. */
static const struct {
    double ms_per_block, fixed_ms;
} usual[] = {
    [DW_MEDIA_CD] = {0.85, 60000}, [DW_MEDIA_DVD] = {0.35, 65000}, [DW_MEDIA_BD] = {0.22, 70000}};
static_assert(DW_ARRAY_LEN(usual) == DW_MEDIA_COUNT, "a speed for every medium");

static void add_point(struct station_rate *rate, double x, double y, double weight)
{
    rate->n += weight;
    rate->x += weight * x;
    rate->y += weight * y;
    rate->xx += weight * x * x;
    rate->xy += weight * x * y;
}

void station_rates_init(dw_station *station)
{
    for (int i = 0; i < DW_MEDIA_COUNT; i++) {
        double full = (double)dw_media_capacity_bytes((enum dw_media)i) / DW_BLOCK_SIZE;
        /* Two guesses that weigh less than two real discs. */
        add_point(&station->rate[i], full / 10,
                  usual[i].fixed_ms + usual[i].ms_per_block * full / 10, 0.5);
        add_point(&station->rate[i], full, usual[i].fixed_ms + usual[i].ms_per_block * full, 0.5);
    }
}

void station_rate_learn(dw_station *station, const char *media, uint32_t blocks, int64_t took_ms)
{
    int kind = dw_media_from_name(media);
    if (kind < 0 || took_ms <= 0)
        return;
    struct station_rate *rate = &station->rate[kind];
    rate->n *= FORGET;
    rate->x *= FORGET;
    rate->y *= FORGET;
    rate->xx *= FORGET;
    rate->xy *= FORGET;
    add_point(rate, blocks, (double)took_ms, 1);
}

/* The straight line through what was seen, never below what the first block alone would take. */
int64_t station_work_ms(const dw_station *station, const struct station_disc *disc)
{
    int kind = dw_media_from_name(disc->order.media);
    const struct station_rate *rate = &station->rate[kind < 0 ? 0 : kind];
    double wide = rate->n * rate->xx - rate->x * rate->x;
    double slope = wide > 1 ? (rate->n * rate->xy - rate->x * rate->y) / wide : rate->y / rate->x;
    if (slope < 0)
        slope = 0;
    double ms = (rate->y - slope * rate->x) / rate->n + slope * disc->order.blocks;
    return ms > 1000 ? (int64_t)ms : 1000;
}

static void learn(int64_t *known_ms, int64_t took_ms)
{
    *known_ms = *known_ms ? (3 * *known_ms + took_ms) / 4 : took_ms;
}

void station_motion_learn(dw_station *station, struct dw_place from, struct dw_place to,
                          int64_t took_ms)
{
    if (to.kind == DW_PLACE_DRIVE)
        learn(&station->load_ms, took_ms);
    else if (to.kind == DW_PLACE_REJECT)
        learn(&station->reject_ms, took_ms);
    else if (from.kind == DW_PLACE_DRIVE)
        learn(&station->unload_ms, took_ms);
    else
        learn(&station->deliver_ms, took_ms);
}

/* What was not measured yet is taken from the options; a way to or from a drive waits for its tray
 * twice. */
struct dw_sched_times station_times(const dw_station *station)
{
    const struct dw_robot_options *o = &station->options;
    int64_t tray = 2 * o->tray_ms,
            print = station->print_us ? station->print_us / 1000 : o->print_ms;
    return (struct dw_sched_times){
        .load_ms = station->load_ms ? station->load_ms : o->arm_ms + tray + 1,
        .unload_ms = station->unload_ms ? station->unload_ms : o->arm_ms + tray + 1,
        .deliver_ms = station->deliver_ms ? station->deliver_ms : o->arm_ms + 1,
        .reject_ms = station->reject_ms ? station->reject_ms : o->arm_ms + tray + 1,
        .print_ms = dw_mover_caps(station->opts.mover) & DW_CAN_PRINT ? print : 0,
    };
}
