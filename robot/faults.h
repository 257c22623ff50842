/** What can go wrong with a robot, as rows: one sentence for the people in front of it, who can
 * mend it, and what we do meanwhile. A hardware event is one of these and not a dw_status. The
 * station does what the row says: another action is another line of the table, not of the code. */
#ifndef DW_ROBOT_FAULTS_H
#define DW_ROBOT_FAULTS_H
#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

enum dw_fault_who { DW_FAULT_STAFF, DW_FAULT_IT, DW_FAULT_SERVICE, DW_FAULT_WHO_COUNT };
enum dw_fault_action {
    DW_FAULT_WARN,         /**< work goes on */
    DW_FAULT_WAIT,         /**< what it is about rests, and goes on by itself when it is over */
    DW_FAULT_RETRY,        /**< the same motion again, robot.pick_retries times; then it stops */
    DW_FAULT_STOP,         /**< what it is about rests until a person has acknowledged it */
    DW_FAULT_REJECT_DISC,  /**< the disc is rejected, the next blank is tried */
    DW_FAULT_SLOWER,       /**< the same, and this drive writes slower from now on */
    DW_FAULT_RETIRE_DRIVE, /**< the same, and this drive gets no more until acknowledged */
    DW_FAULT_HOLD_JOB,     /**< the disc is rejected; another would end alike, so its job is held */
    DW_FAULT_ASK,          /**< a person must say where the disc is; nothing moves until then */
    DW_FAULT_ACTION_COUNT
};
/** What a fault is about: what rests, and what a driver may report it of. */
enum dw_fault_about {
    DW_FAULT_ROBOT, /**< arm, cover, power: everything that moves */
    DW_FAULT_PRINTER,
    DW_FAULT_BIN,
    DW_FAULT_DRIVE,
    DW_FAULT_DISC,
    DW_FAULT_ABOUT_COUNT
};
struct dw_fault {
    const char *id; /**< first part of the key in messages and rows: never renamed */
    const char *sentence;
    enum dw_fault_who who;
    enum dw_fault_action action;
    enum dw_fault_about about;
    bool against_drive; /**< a bad disc of its drive: so many in a row retire it */
    bool against_blank; /**< the blank was no good before anything was written on it */
    bool of_server;     /**< only of a robot that stands behind a server of its maker */
};
extern const struct dw_fault dw_faults[];
extern const size_t dw_faults_count;

/** NULL when there is none of that name, or id is NULL. */
const struct dw_fault *dw_fault_find(const char *id);
/** The row of a system error of PTRobot: NULL of 0 (none); of a number nobody has described yet
 * that of any failure of the machine. */
const struct dw_fault *dw_fault_of_ptrobot(int number);
#define DW_FAULT_PTROBOT_MAX 58 /* the last one that is described */

bool dw_fault_rejects(const struct dw_fault *row);    /**< the disc it strikes leaves as bad */
const char *dw_fault_who_name(enum dw_fault_who who); /**< "staff", "it", "service" */
/** Something rests, by itself or until acknowledged. */
bool dw_fault_holds(const struct dw_fault *row);
/** "warn", "wait", "retry", "stop", "reject_disc", "slower", "retire_drive", "hold_job", "ask" */
const char *dw_fault_action_name(enum dw_fault_action action);
/** What we do meanwhile, as a sentence for people. */
const char *dw_fault_action_text(const struct dw_fault *row);

#endif
