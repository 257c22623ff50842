/** Inside of the Primera driver, shared by robot/usb/primera*.c. */
#ifndef DW_ROBOT_USB_PRIMERA_MACHINE_H
#define DW_ROBOT_USB_PRIMERA_MACHINE_H
#include <stdatomic.h>
#include "robot/judged.h"
#include "robot/usb/dialect.h"
#include "robot/usb/gripper.h"
#include "robot/usb/primera.h"

#define PRIMERA_VENDOR 0x0f25

/** Where the arm lets a disc go, or takes a blank from. */
enum primera_spot { SPOT_RIGHT, SPOT_LEFT, SPOT_SLIDE /**< over the closed tray: down the slide at the front */ };

struct dw_primera {
    struct dw_primera_opts opts;
    struct dw_clock clock;
    struct dw_primera_drives drives;
    struct dw_robot_devices devices;
    struct dw_robot_bins bins; /**< as many as inputs */
    enum primera_spot input[2], output, reject;
    int inputs;
    dw_usb *usb;
    dw_link link;
    struct dw_dialect dialect;
    const struct dw_dialect_command *to_right, *to_left, *grip, *release, *to_drive[DW_ROBOT_DRIVES_MAX];
    struct dw_gripper gripper;
    atomic_uint in_use;                              /**< bit n-1: drive n is worked with, and is not looked at */
    unsigned out; /* bit n-1: we opened its tray and have not seen it closed; of the arm's thread */
    struct dw_judged judged[DW_ROBOT_DRIVES_MAX];
    _Atomic uint64_t blank_bytes[DW_ROBOT_DRIVES_MAX]; /**< as seen when it was loaded */
};

/** What a motion needs to know of where it is: from when on its failure is a doubt, and why it failed. */
struct primera_motion {
    struct dw_primera *m;
    int64_t disc;
    enum dw_moved moved;
    const char *fault;
};

/* primera_motion.c */
/** A blank from input bin `bin` into a drive, seen there afterwards. */
dw_status primera_load(struct primera_motion *motion, int bin, int drive, struct dw_error *err);
/** The disc of a drive to where this machine lets it go; the drive is seen empty before the arm leaves. check: it must
 * be the disc that was read back. */
dw_status primera_unload(struct primera_motion *motion, int drive, enum primera_spot to, bool check,
                         struct dw_error *err);
/** What drive n says, once a disc that spins up has done so. */
dw_status primera_look(struct dw_primera *m, int drive, struct dw_seen *out, struct dw_error *err);
/** Where it is to be opened now. */
dw_status primera_address(const struct dw_primera *m, int drive, char *out, size_t size, struct dw_error *err);
void primera_use(struct dw_primera *m, int drive, bool in_use);
bool primera_in_use(struct dw_primera *m, int drive);

/* primera_ask.c */
/** The three questions, one after the other, until all are answered with yes; the gripper is empty then. Waits for a
 * person. DW_ERR_CANCELLED: the program ends, or nobody wants the disc any more. */
dw_status primera_ask_three(struct dw_primera *m, int64_t disc, struct dw_error *err);
/** A person carries on where the arm cannot go: between output and label printer. */
dw_status primera_by_hand(struct dw_primera *m, int64_t disc, enum dw_person_task task, struct dw_error *err);

/* primera_open.c */
/** Connected, and still there: sends nothing that moves. */
dw_status primera_reach(struct dw_primera *m, struct dw_error *err);

#endif
