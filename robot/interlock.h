/** Arm and trays of one robot never move at the same time: a tray that comes out below the arm, or in the way of what it
 * carries, breaks both. The mover asks for the arm, whoever lets a task move a tray asks for it. Any thread; never blocks. */
#ifndef DW_ROBOT_INTERLOCK_H
#define DW_ROBOT_INTERLOCK_H
#include <pthread.h>
#include <stdbool.h>
#include "base/error.h"

struct dw_interlock {
    pthread_mutex_t lock;
    bool sees; /* the arm is a person's: it gets out of the way */
    unsigned trays; /* bit n - 1: a task may move that of drive n */
    bool arm;       /* it moves, or nobody knows where it stands */
};
void dw_interlock_init(struct dw_interlock *interlock, bool sees);
void dw_interlock_done(struct dw_interlock *interlock);
/** false: a tray moves; the arm must not. */
DW_MUST_CHECK bool dw_interlock_arm_begin(struct dw_interlock *interlock);
/** It has come to rest. known: where; else no tray moves until this is said. */
void dw_interlock_arm_rests(struct dw_interlock *interlock, bool known);
/** false: not yet, because the arm moves or may be anywhere. Else the tray may move until it is said that it rests. */
DW_MUST_CHECK bool dw_interlock_tray_begin(struct dw_interlock *interlock, int drive);
void dw_interlock_tray_rests(struct dw_interlock *interlock, int drive);

#endif
