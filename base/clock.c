#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t system_wall(void *ctx)
{
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono(void *ctx)
{
    return read_clock(CLOCK_MONOTONIC);
}

struct dw_clock dw_clock_system(void)
{
    return (struct dw_clock){.wall_us = system_wall, .mono_us = system_mono};
}

static int64_t manual_wall(void *ctx)
{
    return ((struct dw_clock_manual *)ctx)->wall_us;
}

static int64_t manual_mono(void *ctx)
{
    return ((struct dw_clock_manual *)ctx)->mono_us;
}

struct dw_clock dw_clock_from_manual(struct dw_clock_manual *manual)
{
    return (struct dw_clock){.wall_us = manual_wall, .mono_us = manual_mono, .ctx = manual};
}

void dw_clock_advance(struct dw_clock_manual *manual, int64_t by_us)
{
    manual->wall_us += by_us;
    manual->mono_us += by_us;
}

int64_t dw_clock_wall_us(const struct dw_clock *clock)
{
    return clock->wall_us(clock->ctx);
}

int64_t dw_clock_mono_us(const struct dw_clock *clock)
{
    return clock->mono_us(clock->ctx);
}

int64_t dw_clock_offset_us(const struct dw_clock *clock)
{
    return dw_clock_wall_us(clock) - dw_clock_mono_us(clock);
}

int64_t dw_clock_step_s(const struct dw_clock *clock, int64_t *offset_us)
{
    int64_t before = *offset_us;
    *offset_us = dw_clock_offset_us(clock);
    int64_t step = (*offset_us - before) / 1000000;
    return step >= DW_CLOCK_STEP_S || step <= -DW_CLOCK_STEP_S ? step : 0;
}

void dw_time_iso8601(int64_t wall_us, char *out, size_t size)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm tm;
    if (size == 0)
        return;
    if (!gmtime_r(&seconds, &tm) || strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
}
