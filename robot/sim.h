/** The simulated Disc Publisher: bins, an arm, drives that are files for libburn's "stdio:", a
 * printer, faults on request. The machine (sim_machine.c) stands behind a dw_link and knows physics
 * only; the driver "sim" (sim.c) talks to it in frames like any other driver. What lies where is
 * kept in STATE_DIR/sim.json, the discs are STATE_DIR/discs/disc-N.iso, later output/ or reject/.
 */
#ifndef DW_ROBOT_SIM_H
#define DW_ROBOT_SIM_H
#include "base/clock.h"
#include "base/file.h"
#include "robot/mover.h"
#include "robot/options.h"

extern const struct dw_mover_driver dw_sim_driver;

/** How the machine lets time go by. false: stop at once, as if the power failed. */
struct dw_sim_waiter {
    bool (*wait)(void *ctx, int64_t us);
    void *ctx;
};
/** Time goes by on its own in the tests that use this: the manual clock is moved. */
struct dw_sim_waiter dw_sim_waiter_manual(struct dw_clock_manual *clock);

typedef struct dw_sim dw_sim;
struct dw_sim_opts {
    const char *state_dir; /**< made if it is missing; NULL: the machine lives in memory alone */
    const struct dw_robot_options *options; /**< copied */
    struct dw_clock clock;
    struct dw_sim_waiter waiter;
    const struct dw_disk *disk; /**< NULL: the real one */
    /** Optional: the label at `path` is being printed on the disc with this serial number. */
    void (*on_label)(void *ctx, int64_t serial, const char *path);
    void *ctx; /**< of on_label */
};
/** Unpack a new machine or find the one that stood here. free: dw_sim_close() */
DW_MUST_CHECK dw_status dw_sim_open(const struct dw_sim_opts *opts, dw_sim **out,
                                    struct dw_error *err);
void dw_sim_close(dw_sim *sim);
/** Frames are taken from any thread. Lives as long as the machine.
 *
 *      I            -> I discwright-sim                 identify
 *      S            -> S {sensors as JSON}
 *      M B1 D2 7    -> M                                carry (disc row 7, may be left out); places
 * are B1.. D1.. P O R P PATH       -> P                                begin to print D 1, W 1 -> D
 * stdio:PATH, W                  device of a drive; drive has written F B1 -1 dvd  -> F fill a bin
 * (F P: new ink, F O 0: emptied) H 7 D1 N     -> H                                a person's hand:
 * the disc of row 7 (0: what lies at D1) is gone gone) X LIST       -> X plan faults
 * (robot/sim_plan.h) L -> L
 * {"image":..., "label":...}     what was delivered last anything     -> E FAULT no|unknown
 * SENTENCE      FAULT of robot/faults.h or "-" */
dw_link *dw_sim_link(dw_sim *sim);

#endif
