/** The robot that everybody has: ordinary drives and a person. Moves are steps that the person is asked for
 * (robot/person.h); the drives are the sensors, so that nobody presses a button for what a drive sees itself. What is
 * no drive but a file ("stdio:/path", tests and demonstrations) has a person who lays discs in and takes them out at
 * the press of a button; those discs are then STATE_DIR/output/disc-N.iso, STATE_DIR/reject/disc-N.iso. */
#ifndef DW_ROBOT_MANUAL_H
#define DW_ROBOT_MANUAL_H
#include "burn/drive/sensor.h"
#include "robot/bays.h"
#include "robot/mover.h"
#include "robot/options.h"
#include "robot/person.h"

extern const struct dw_mover_driver dw_manual_driver;

struct dw_manual_sensor { /* plain data; a test's drives */
    dw_status (*look)(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err);
    dw_status (*eject)(void *ctx, const char *address, struct dw_error *err);
    void *ctx;
};
typedef struct dw_manual dw_manual;
struct dw_manual_opts {
    const char *state_dir;                  /**< made if it is missing */
    const struct dw_robot_options *options; /**< device and bins are read */
    dw_person *person;                      /**< borrowed */
    dw_bays *bays;                          /**< borrowed; NULL: as options.device says, for ever */
    const struct dw_manual_sensor *sensor;  /**< NULL: burn/drive/sensor.h */
};
/** DW_ERR_INVALID: no device, or bins that make no sense. free: dw_manual_close() */
DW_MUST_CHECK dw_status dw_manual_open(const struct dw_manual_opts *opts, dw_manual **out,
                                       struct dw_error *err);
void dw_manual_close(dw_manual *manual);
bool dw_manual_is_simulated(const dw_manual *manual); /**< one of its drives is a file */
/** There is no wire between driver and drives: the link only carries the manual to its driver. */
dw_link *dw_manual_link(dw_manual *manual);

#endif
