#include "burn/drive/meter.h"

void dw_meter_add(struct dw_meter *meter, int64_t now_us, uint64_t done_bytes)
{
    unsigned last = (meter->next + DW_METER_POINTS - 1) % DW_METER_POINTS;
    if (meter->count && now_us - meter->point[last].us < DW_METER_EVERY_US)
        return;
    meter->point[meter->next].us = now_us;
    meter->point[meter->next].bytes = done_bytes;
    meter->next = (meter->next + 1) % DW_METER_POINTS;
    if (meter->count < DW_METER_POINTS)
        meter->count++;
}

uint32_t dw_meter_kbps(const struct dw_meter *meter)
{
    if (meter->count < 2)
        return 0;
    unsigned last = (meter->next + DW_METER_POINTS - 1) % DW_METER_POINTS;
    unsigned first = (meter->next + DW_METER_POINTS - meter->count) % DW_METER_POINTS;
    int64_t us = meter->point[last].us - meter->point[first].us;
    if (us <= 0 || meter->point[last].bytes < meter->point[first].bytes)
        return 0;
    uint64_t bytes = meter->point[last].bytes - meter->point[first].bytes;
    return (uint32_t)(bytes * 1000 / (uint64_t)us);
}

int64_t dw_meter_left_s(const struct dw_meter *meter, uint64_t left_bytes)
{
    uint64_t per_second = (uint64_t)dw_meter_kbps(meter) * 1000;
    return per_second == 0 ? -1 : (int64_t)((left_bytes + per_second - 1) / per_second);
}
