/** Time as a value that a test can set. */
#ifndef DW_BASE_CLOCK_H
#define DW_BASE_CLOCK_H
#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dw_clock {
    int64_t (*wall_us)(void *ctx); /**< since 1970, UTC */
    int64_t (*mono_us)(void *ctx); /**< never goes back */
    void *ctx;
};
struct dw_clock dw_clock_system(void);

struct dw_clock_manual { /* a test's clock: both hands stand until moved */
    int64_t wall_us, mono_us;
};
struct dw_clock dw_clock_from_manual(struct dw_clock_manual *manual);
void dw_clock_advance(struct dw_clock_manual *manual, int64_t by_us);

int64_t dw_clock_wall_us(const struct dw_clock *clock);
int64_t dw_clock_mono_us(const struct dw_clock *clock);
/** Wall clock minus monotonic clock: changes only when somebody sets the clock. */
int64_t dw_clock_offset_us(const struct dw_clock *clock);
#define DW_CLOCK_STEP_S 2 /* what is less is steered, not set */
/** By how many seconds the clock was set ahead (back: negative) since *offset_us was taken, which is taken anew. */
int64_t dw_clock_step_s(const struct dw_clock *clock, int64_t *offset_us);
/** "2026-11-21T02:44:56Z" into out. */
void dw_time_iso8601(int64_t wall_us, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
