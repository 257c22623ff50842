/** How fast it goes: of bytes and times that are told. */
#ifndef DW_BURN_DRIVE_METER_H
#define DW_BURN_DRIVE_METER_H
#include <stdint.h>

#define DW_METER_POINTS 12
#define DW_METER_EVERY_US 500000

struct dw_meter { /* zeroed: nothing is known */
    struct {
        int64_t us;
        uint64_t bytes;
    } point[DW_METER_POINTS];
    unsigned count, next;
};
void dw_meter_add(struct dw_meter *meter, int64_t now_us, uint64_t done_bytes);
/** Kilobytes (1000) a second over the last seconds; 0: not known. */
uint32_t dw_meter_kbps(const struct dw_meter *meter);
/** Seconds until left_bytes are done at that speed, rounded up; -1: not known. */
int64_t dw_meter_left_s(const struct dw_meter *meter, uint64_t left_bytes);

#endif
