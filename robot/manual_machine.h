/** Inside of the manual robot, shared by robot/manual.c (the driver) and robot/manual_machine.c (drives, files). */
#ifndef DW_ROBOT_MANUAL_MACHINE_H
#define DW_ROBOT_MANUAL_MACHINE_H
#include <stdatomic.h>
#include "robot/judged.h"
#include "robot/manual.h"

struct dw_manual {
    dw_link link;
    dw_person *person;
    struct dw_manual_sensor sensor;
    dw_bays *bays, *own_bays; /* own_bays: to be freed here */
    struct dw_robot_bins bins;
    char dir[DW_PATH_MAX / 2];
    struct dw_judged judged[DW_ROBOT_DRIVES_MAX];
    atomic_uint in_use; /**< bit n - 1: a disc of ours lies in drive n, which is not to be disturbed */
};

static inline bool dw_manual_is_file(const struct dw_manual *manual, int drive)
{
    return dw_bays_is_file(manual->bays, drive);
}
/** DW_ERR_NOT_FOUND, DW_ERR_GONE: the drive is not there now. */
dw_status dw_manual_look(struct dw_manual *manual, int drive, struct dw_seen *out, struct dw_error *err);
void dw_manual_eject(struct dw_manual *manual, int drive); /**< as well as it can: the person has a button, too */
/** Of a file: a blank is laid in. DW_ERR_CONFLICT: something lies there. */
DW_MUST_CHECK dw_status dw_manual_lay_blank(struct dw_manual *manual, int drive, struct dw_error *err);
/** Of a file: the disc of a row goes from a drive (or from where it was laid before) to another place. Nothing of a
 * real drive. */
DW_MUST_CHECK dw_status dw_manual_lay(struct dw_manual *manual, int64_t disc, struct dw_place from,
                                      struct dw_place to, struct dw_error *err);
/** "" unless the disc lies in the output folder. */
void dw_manual_output_file(const struct dw_manual *manual, int64_t disc, char *out, size_t size);

#endif
