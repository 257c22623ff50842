/** What shall go wrong in the simulated robot, and when. Written as a list:
 *
 *      missed_pick@2, drive_fail@1:500, corrupt@2
 *
 *  Motions are counted from the moment the list is given, the next one is 1:
 *    missed_pick@N  double_pick@N  jam@N  tray_stuck@N  silence@N  dropped@N     at the Nth motion
 *    ink_out@N  print_fail@N                                                     at the Nth label
 *    drive_fail@D:B   drive D fails on the next disc it writes, after B blocks
 *    corrupt@D        one byte of the next disc written in drive D is flipped afterwards
 *    bin_empty@B      input bin B is empty, at once
 *
 *  and every other row of robot/faults.h by its id, where it belongs: at the Nth motion (cover_open@3), at the Nth
 *  label (carriage_jam@1), or with the next disc of drive N (not_blank@2). What is about the robot or its printer and is
 *  planned for 0 (cover_open@0) the machine reports at once, while nothing is asked of it; a label that is being printed
 *  is spoiled by what is about the printer. */
#ifndef DW_ROBOT_SIM_PLAN_H
#define DW_ROBOT_SIM_PLAN_H
#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"
#include "robot/faults.h"

enum dw_sim_fault {
    DW_SIM_MISSED_PICK,
    DW_SIM_DOUBLE_PICK,
    DW_SIM_JAM,
    DW_SIM_TRAY_STUCK,
    DW_SIM_SILENCE,
    DW_SIM_DROPPED,
    DW_SIM_INK_OUT,
    DW_SIM_PRINT_FAIL,
    DW_SIM_DRIVE_FAIL,
    DW_SIM_CORRUPT,
    DW_SIM_BIN_EMPTY,
    DW_SIM_ROW, /**< a row of robot/faults.h */
    DW_SIM_FAULT_COUNT
};
#define DW_SIM_PLAN_MAX 64

struct dw_sim_plan { /* plain data */
    struct dw_sim_planned {
        enum dw_sim_fault fault;
        int64_t at;    /**< occasions to go, or the number of the drive or bin */
        int64_t value; /**< blocks */
        const struct dw_fault *row; /**< with DW_SIM_ROW */
    } item[DW_SIM_PLAN_MAX];
    size_t count;
    const struct dw_fault *struck; /**< the row of the motion or label that struck last; else NULL */
};
/** Add a list. DW_ERR_INVALID names the word that is wrong, DW_ERR_LIMIT: too many; the plan is
 * unchanged. */
DW_MUST_CHECK dw_status dw_sim_plan_add(struct dw_sim_plan *plan, const char *list,
                                        struct dw_error *err);
/** As a list that dw_sim_plan_add() reads back. */
void dw_sim_plan_text(const struct dw_sim_plan *plan, struct dw_buf *out);
/** One more motion (or label): true when a fault strikes now; it is then used up. */
bool dw_sim_plan_motion(struct dw_sim_plan *plan, enum dw_sim_fault *out);
bool dw_sim_plan_label(struct dw_sim_plan *plan, enum dw_sim_fault *out);
/** A fault planned for drive or bin number n: true and used up. value may be NULL. */
bool dw_sim_plan_take(struct dw_sim_plan *plan, enum dw_sim_fault fault, int64_t n, int64_t *value);
/** The row that is planned for this very moment, used up; NULL: none. */
const struct dw_fault *dw_sim_plan_now(struct dw_sim_plan *plan);
/** The smallest value of a fault that is planned for n; -1: none is. It stays planned. */
int64_t dw_sim_plan_value(const struct dw_sim_plan *plan, enum dw_sim_fault fault, int64_t n);
/** The row that is planned for the disc in drive n, used up: before it is burned, or when it is written. NULL: none. */
const struct dw_fault *dw_sim_plan_drive(struct dw_sim_plan *plan, int64_t n, bool written);

#endif
