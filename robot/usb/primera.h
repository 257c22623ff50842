/** A Primera Disc Publisher at the end of its USB cable, moved by the frames of a dialect
 * (robot/usb/dialect.h). It tells nothing: every motion is waited for by the clock, the gripper is
 * known from a journal alone, and the optical drive is the only sensor there is. Where a motion may
 * have gone wrong nothing moves again until a person has looked (robot/person.h): the gripper, the
 * drive's tray, the printer's tray. */
#ifndef DW_ROBOT_USB_PRIMERA_H
#define DW_ROBOT_USB_PRIMERA_H
#include "base/clock.h"
#include "burn/drive/sensor.h"
#include "robot/bays.h"
#include "robot/mover.h"
#include "robot/options.h"
#include "robot/person.h"
#include "robot/usb/usb.h"

extern const struct dw_mover_driver dw_primera_driver;

struct dw_primera_drives { /* plain data; a test's drives */
    dw_status (*look)(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err);
    dw_status (*open)(void *ctx, const char *address, struct dw_error *err);  /**< returns when the tray is out */
    dw_status (*close)(void *ctx, const char *address, struct dw_error *err); /**< returns when it is in */
    void *ctx;
};
struct dw_primera_waiter {
    bool (*wait)(void *ctx, int64_t us); /**< false: stop at once, the arm stays where it is */
    void *ctx;
};
typedef struct dw_primera dw_primera;
struct dw_primera_opts {
    const char *state_dir;                  /**< is there already */
    const struct dw_robot_options *options; /**< borrowed: usb, dialect, device, and what bins there are */
    dw_usb_bus *bus;                        /**< borrowed */
    dw_person *person;                      /**< borrowed */
    dw_bays *bays;                          /**< borrowed; NULL: its drives are what device says, for ever */
    const struct dw_clock *clock;           /**< copied; NULL: the system's */
    struct dw_primera_waiter waiter;
    const struct dw_primera_drives *drives; /**< NULL: burn/drive/sensor.h and tray.h */
};
/** Opens no device where the site names the dialect; otherwise the device says which one it speaks.
 * DW_ERR_INVALID, DW_ERR_NOT_FOUND, DW_ERR_UNSUPPORTED: the settings do not fit each other, or this
 * dialect. free: dw_primera_close() */
DW_MUST_CHECK dw_status dw_primera_open(const struct dw_primera_opts *opts, dw_primera **out,
                                        struct dw_error *err);
void dw_primera_close(dw_primera *primera); /**< NULL is fine */
dw_link *dw_primera_link(dw_primera *primera);
int dw_primera_drive_count(const dw_primera *primera);

#endif
