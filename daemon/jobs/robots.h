/** The daemon's side of robots: one discwright-robot for each that is configured, started again
 * when it dies. What the robot asks to have stored is stored before it hears so. Loop thread only.
 */
#ifndef DW_DAEMON_JOBS_ROBOTS_H
#define DW_DAEMON_JOBS_ROBOTS_H
#include <jansson.h>
#include "daemon/core.h"
#include "burn/image/blank.h"
#include "robot/disc.h"

typedef struct dw_robots dw_robots;
/** A disc changed its state; inside the transaction that stores it. Not OK: neither is stored. */
typedef dw_status dw_robots_disc_fn(void *ctx, int64_t disc, enum dw_disc_state state,
                                    struct dw_error *err);
DW_MUST_CHECK dw_status dw_robots_new(const struct dw_core *core, dw_robots_disc_fn *on_disc,
                                      void *ctx, dw_robots **out, struct dw_error *err);
void dw_robots_free(dw_robots *robots);
void dw_robots_start(dw_robots *robots); /**< what cannot be started is logged and tried again */
/** New discs are reserved: tell the robots of them in this round. */
void dw_robots_kick(dw_robots *robots);

/** A person's orders. DW_ERR_NOT_FOUND: no such robot or disc. DW_ERR_GONE: its program is not
 * running, or does not know this disc yet. */
DW_MUST_CHECK dw_status dw_robots_cancel(dw_robots *robots, int64_t disc, struct dw_error *err);
/** Where a disc in doubt is. The robot is told and asks for the transition; without a robot it is
 * stored at once. DW_ERR_CONFLICT: the disc is not in doubt, or cannot count as delivered. */
DW_MUST_CHECK dw_status dw_robots_answer(dw_robots *robots, int64_t disc, const char *at,
                                         struct dw_error *err);
DW_MUST_CHECK dw_status dw_robots_refill(dw_robots *robots, const char *name, const char *bin,
                                         int64_t discs, const char *media, struct dw_error *err);
DW_MUST_CHECK dw_status dw_robots_acknowledge(dw_robots *robots, const char *name, const char *key,
                                              struct dw_error *err);
/** A person has done the step that a robot asks for, or failed: answer is "done" or "failed".
 * DW_ERR_CONFLICT: step n is not asked for any more. */
DW_MUST_CHECK dw_status dw_robots_step(dw_robots *robots, const char *name, int64_t n,
                                       const char *answer, struct dw_error *err);
/** Drive n of a robot is this drive of the machine from now on, whatever discwright.conf says now ("": what it says).
 * address: as the robot lists it, or a serial. DW_ERR_CONFLICT: it is another's drive, or a disc lies in drive n.
 * DW_ERR_UNSUPPORTED: the robot's drives are inside of it. */
DW_MUST_CHECK dw_status dw_robots_assign(dw_robots *robots, const char *name, int64_t n,
                                         const char *address, struct dw_error *err);
/** Open the tray of a drive so that a person sees which one it is. is_free: they have looked whether an arm is in its
 * way. DW_ERR_CONFLICT: a disc of ours is in hand, or nobody has looked. How it went the robot tells. */
DW_MUST_CHECK dw_status dw_robots_tray(dw_robots *robots, const char *name, const char *address,
                                       bool is_free, struct dw_error *err);
struct dw_bin_load {
    const struct dw_blank *blank;
    int64_t discs; /**< -1: nobody counts */
};
struct dw_loaded {
    struct dw_bin_load bin[DW_ROBOT_BINS_MAX];
    size_t count;
};
/** What lies in the input bins of a robot, empty bins included. Of one that does not answer, what
 * its bins are for. An unknown name: nothing. */
void dw_robots_loaded(const dw_robots *robots, const char *name, struct dw_loaded *out);
/** "robots" and "discs" of daemon/snapshot.h into doc. */
void dw_robots_describe(const dw_robots *robots, json_t *doc);

#endif
