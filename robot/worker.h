/** One work task in one drive: started, listened to, and over only when its process is gone, so
 * that the next one finds the drive free. Never waits. */
#ifndef DW_ROBOT_WORKER_H
#define DW_ROBOT_WORKER_H
#include "base/child.h"
#include "base/clock.h"
#include "robot/progress.h"

#define DW_WORKER_ENDING_MS 10000 /* from its result to its end; then it is killed */

enum dw_worker_tray { DW_WORKER_TRAY_UNSAID, DW_WORKER_TRAY_ASKED, DW_WORKER_TRAY_MOVES, DW_WORKER_TRAY_RESTS };
struct dw_worker { /* plain data; all zero: none */
    struct dw_child child;
    char task[16];
    enum dw_worker_tray tray; /**< ASKED: it waits for dw_worker_let_tray() before it moves that of its drive */
    int64_t started_us, result_us; /**< monotonic; result_us 0: none yet */
    json_t *result;                /**< owned */
};
/** task is stolen, and holds "task". */
DW_MUST_CHECK dw_status dw_worker_start(struct dw_worker *worker, const struct dw_spawner *spawner,
                                        const struct dw_clock *clock, json_t *task,
                                        struct dw_error *err);
bool dw_worker_running(const struct dw_worker *worker);
typedef void dw_worker_progress_fn(void *ctx, const struct dw_progress *progress);
/** Read what is there. true: it is over; *out is its status and err its sentence ("burn ended by
 * signal 9"), *result (owned by the caller, NULL when it died) its answer, and worker is all zero
 * again. */
bool dw_worker_step(struct dw_worker *worker, const struct dw_clock *clock,
                    dw_worker_progress_fn *progress, void *ctx, dw_status *out, json_t **result,
                    struct dw_error *err);
/** What it has asked for: the tray may move. A worker that is gone is told nothing. */
void dw_worker_let_tray(struct dw_worker *worker);
void dw_worker_kill(struct dw_worker *worker); /**< at once; nothing is reported */
/** Adds at most two entries for poll(); returns how many. */
struct pollfd;
int dw_worker_poll(const struct dw_worker *worker, struct pollfd *fds);

#endif
