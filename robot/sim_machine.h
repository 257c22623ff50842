/** Inside of the simulated robot, shared by robot/sim_machine.c and robot/sim_motion.c. */
#ifndef DW_ROBOT_SIM_MACHINE_H
#define DW_ROBOT_SIM_MACHINE_H
#include <pthread.h>
#include "robot/sim.h"
#include "robot/sim_world.h"

struct dw_sim {
    dw_link link;
    pthread_mutex_t lock; /**< holds the world; never held while time goes by */
    struct dw_robot_options options;
    struct dw_clock clock;
    struct dw_sim_waiter waiter;
    const struct dw_disk *disk;
    bool in_memory; /**< no files; dir is only a word */
    void (*on_label)(void *ctx, int64_t serial, const char *path);
    void *ctx;
    char dir[DW_PATH_MAX / 2];
    struct dw_sim_world world;
    int64_t print_end_us;
};

/** What a frame is answered with when it failed. */
struct dw_sim_failure {
    const char *fault;   /**< row of robot/faults.h; NULL: none */
    enum dw_moved moved; /**< NO or UNKNOWN */
    char text[160];
    bool silent; /**< no answer at all */
};

/** "DIR/FOLDER/disc-N.iso". false: too long */
DW_MUST_CHECK bool dw_sim_disc_path(const dw_sim *sim, const char *folder, int64_t serial,
                                    const char *ending, char *out, size_t size);
DW_MUST_CHECK dw_status dw_sim_save_locked(dw_sim *sim, struct dw_error *err);
/** Files follow the plastic: blank files exist, delivered and rejected discs lie in their folders.
 * May be done again after a crash in its middle. */
DW_MUST_CHECK dw_status dw_sim_settle_files_locked(dw_sim *sim, struct dw_error *err);
/** Let ms of machine time pass, unlocked meanwhile. false: the power failed. */
DW_MUST_CHECK bool dw_sim_pass_locked(dw_sim *sim, int64_t ms);
/** The printer finishes when its time is over. */
void dw_sim_printer_locked(dw_sim *sim);

/** One motion; true: done. row 0: nobody said whose disc it is. */
bool dw_sim_motion_locked(dw_sim *sim, int64_t row, struct dw_place from, struct dw_place to,
                          struct dw_sim_failure *failure);
/** A person's hand. */
bool dw_sim_hand_locked(dw_sim *sim, int64_t row, struct dw_place from, struct dw_place at,
                        struct dw_sim_failure *failure);
/** The row of the plan that strikes a motion or a label before anything has happened. true: the machine only
 * complains and works on. */
bool dw_sim_strike(dw_sim *sim, struct dw_sim_failure *failure);
bool dw_sim_fail(struct dw_sim_failure *failure, const char *fault, enum dw_moved moved,
                 const char *fmt, ...) DW_PRINTF(4, 5); /**< always false */

/** Frames are answered with the world locked; false: failure says why. */
struct dw_sim_frame {
    char letter;
    bool (*run)(dw_sim *sim, char *rest, struct dw_buf *reply, struct dw_sim_failure *failure);
};
extern const struct dw_sim_frame dw_sim_frames[];
extern const size_t dw_sim_frames_count;
void dw_sim_apply_at_once(dw_sim *sim); /**< what is planned for now: empty bins, complaints */
#define DW_SIM_HEARD 2 /* a complaint is over when it was heard so often: somebody has closed the cover */

#endif
