/** Rows of discs: one piece of plastic each. dw_disc_apply() alone changes a state, by the table of
 *  robot/disc.h, and it is stored before anything moves. A retry is a new row. */
#ifndef DW_DAEMON_JOBS_DISC_H
#define DW_DAEMON_JOBS_DISC_H
#include "daemon/core.h"
#include "robot/disc.h"

struct dw_disc_row { /* plain data */
    int64_t id, volume, job, copy, attempt, drive;
    enum dw_disc_state state;
    int before; /**< enum dw_disc_state before it became unknown; -1: nobody knows */
    char robot[DW_ROBOT_NAME_MAX];
    bool answered; /**< a person has said where it is, and its robot has not heard that yet */
    char fault[24]; /**< row of robot/faults.h that its last event named; "" none */
};
DW_MUST_CHECK dw_status dw_disc_row_load(const struct dw_core *core, int64_t id,
                                         struct dw_disc_row *out, struct dw_error *err);
/** A new disc of (volume, copy), the attempt after the last one. In the caller's transaction.
 *  DW_ERR_CONFLICT: one is delivered or under way already. */
DW_MUST_CHECK dw_status dw_disc_reserve(const struct dw_core *core, int64_t volume, int64_t job,
                                        int64_t copy, const char *robot, int64_t *out_id,
                                        struct dw_error *err);

struct dw_disc_detail { /* what comes with an event; NULL and 0: leave as it is */
    int64_t drive;
    const char *reason, *image, *label;
    const char *fault; /**< NULL: none, whatever was before */
    const char *verified_by; /**< "us", "robot": whoever read it back when it is verified; NULL: us */
    const char *placed; /**< where a person put it, which its robot must still be told; NULL: nothing, likewise */
};
/** Move a disc: refused when the table does not list it or the row has changed meanwhile. */
DW_MUST_CHECK dw_status dw_disc_apply(const struct dw_core *core, int64_t id, enum dw_disc_event on,
                                      const struct dw_disc_detail *detail,
                                      enum dw_disc_state *out_to, struct dw_error *err);
/** Every disc that was with a robot becomes what its table says after a restart; one with an answer that its robot has
 *  not heard was not. robot NULL: of all robots (the daemon started). Not an event: applied before the robot is told
 *  anything. */
DW_MUST_CHECK dw_status dw_disc_restart(const struct dw_core *core, const char *robot,
                                        struct dw_error *err);

struct dw_disc_counts {
    int64_t wanted;    /**< volumes x copies of the job */
    int64_t delivered; /**< of these */
    int64_t live;      /**< discs that are not final */
    int64_t unknown;   /**< of the live ones, those a person must find */
};
DW_MUST_CHECK dw_status dw_disc_count(const struct dw_core *core, int64_t job,
                                      struct dw_disc_counts *out, struct dw_error *err);

#endif
