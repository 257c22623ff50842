/** How long the maker's program waited between the motions that an owner has named: what a dialect needs besides frames. */
#ifndef DW_ROBOT_CAPTURE_WAITS_H
#define DW_ROBOT_CAPTURE_WAITS_H
#include "robot/capture/traffic.h"

/** What a frame makes the robot do. */
enum dw_traffic_role {
    DW_ROLE_NONE, /**< nobody has named it: a question for its state, perhaps */
    DW_ROLE_ARM,  /**< the arm goes away from the drive */
    DW_ROLE_ARM_DRIVE,
    DW_ROLE_GRIP,
    DW_ROLE_RELEASE,
    DW_ROLE_TOGGLE, /**< grips first, and then lets go */
    DW_ROLE_OTHER
};
/** As the waits of robot/usb/dialect.h. */
enum dw_wait { DW_WAIT_TRAY_IN, DW_WAIT_TRAY_OUT, DW_WAIT_DISC_IN, DW_WAIT_OVER_DISC, DW_WAIT_LIFTED, DW_WAIT_COUNT };
struct dw_traffic_wait {
    int64_t ms; /**< the longest; 0: not seen */
    /** Between the very two things. Otherwise the orders to the tray are not in the recording, and it is the whole pause
     * between two frames in which the tray moved, too: never less. */
    bool is_exact;
};
struct dw_traffic_waits {
    struct dw_traffic_wait wait[DW_WAIT_COUNT];
};
/** roles: one for each frame of device `index`. settle_ms: the same, filled with the middle pause between a named frame and
 * the next named one (or print data), questions left out; -1: none. Trays count where those of one drive alone were moved. */
DW_MUST_CHECK dw_status dw_traffic_waits(const dw_traffic *traffic, size_t index, const struct dw_traffic_frames *frames,
                                         const enum dw_traffic_role *roles, struct dw_traffic_waits *out,
                                         int64_t *settle_ms, struct dw_error *err);

#endif
