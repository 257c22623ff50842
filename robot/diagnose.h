/** What a machine knows of the robots and drives at its cables, for whoever writes their drivers: descriptors, what a
 * printer says of itself, which dialect it would be spoken to in and why. No patient data is anywhere near it, and of
 * devices that are no robots it tells the ids alone. */
#ifndef DW_ROBOT_DIAGNOSE_H
#define DW_ROBOT_DIAGNOSE_H
#include <jansson.h>
#include "robot/options.h"
#include "robot/usb/usb.h"

struct dw_diagnose_robot { /* a [robot NAME] of the site */
    char name[64];
    struct dw_robot_options options;
};
struct dw_diagnose_opts {
    dw_usb_bus *bus;  /**< NULL: this machine has no USB */
    const char *root; /**< stands before /sys, /run and /dev; "" is this machine */
    const struct dw_diagnose_robot *robots;
    size_t robot_count;
};
/** New reference: {discwright, kernel, machine, libusb, devices, drives, robots}, as docs/primera.md shows it. Only
 * devices that a driver or the site names are claimed for a moment, to be asked for id and status; nothing moves. */
DW_MUST_CHECK dw_status dw_diagnose(const struct dw_diagnose_opts *opts, json_t **out, struct dw_error *err);

#endif
