/** What a gripper that nobody can ask is believed to do, on disk before it is told to do anything else. The file of a
 * robot that has never moved, one that cannot be read and one that was written in mid-motion all mean the same: nobody
 * knows, a person looks. One thread at a time. */
#ifndef DW_ROBOT_USB_GRIPPER_H
#define DW_ROBOT_USB_GRIPPER_H
#include <stdbool.h>
#include "base/file.h"
#include "base/limits.h"

enum dw_gripper_state {
    DW_GRIPPER_DOUBT,
    DW_GRIPPER_EMPTY,
    DW_GRIPPER_MOVING,    /**< empty, and arm or trays are on their way */
    DW_GRIPPER_GRIPPING,  /**< told to, or about to be told */
    DW_GRIPPER_HOLDING,
    DW_GRIPPER_RELEASING, /**< told to, or about to be told */
    DW_GRIPPER_STATE_COUNT
};

struct dw_gripper { /* plain data; change it through the functions alone */
    char path[DW_PATH_MAX];
    const struct dw_disk *disk;
    enum dw_gripper_state state;
    int discs[DW_ROBOT_BINS_MAX]; /**< left in each input bin by our own count, -1: not known */
};
/** Read STATE_DIR/gripper. disk may be NULL: the real one; it is borrowed. DW_ERR_LIMIT: the path is too long. */
DW_MUST_CHECK dw_status dw_gripper_open(const char *state_dir, const struct dw_disk *disk, struct dw_gripper *out,
                                        struct dw_error *err);
/** On disk when this returns. On failure the gripper is in doubt, if only in memory: nothing may be sent. */
DW_MUST_CHECK dw_status dw_gripper_note(struct dw_gripper *gripper, enum dw_gripper_state state, struct dw_error *err);
/** bin from 1. discs -1: not known. */
DW_MUST_CHECK dw_status dw_gripper_count(struct dw_gripper *gripper, int bin, int discs, struct dw_error *err);

#endif
