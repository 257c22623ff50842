/** Driver "nimbie": the autoloader Acronova Nimbie NB21, one queue, one ordinary drive below it, two exits, no printer.
 * It sees its queue, its lift and the open tray; what lies in the closed drive the drive itself says. */
#ifndef DW_ROBOT_USB_NIMBIE_H
#define DW_ROBOT_USB_NIMBIE_H
#include "burn/drive/sensor.h"
#include "robot/bays.h"
#include "robot/mover.h"
#include "robot/options.h"
#include "robot/usb/nimbie_wire.h"
#include "robot/usb/usb.h"

extern const struct dw_mover_driver dw_nimbie_driver;

struct dw_nimbie_drive { /* a test's drive; tray.h and sensor.h of burn/drive have the real one */
    dw_status (*open)(void *ctx, const char *address, struct dw_error *err);
    dw_status (*close)(void *ctx, const char *address, struct dw_error *err);
    dw_status (*look)(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err);
    void *ctx;
};
typedef struct dw_nimbie dw_nimbie;
struct dw_nimbie_opts {
    const struct dw_robot_options *options; /**< usb, device, bins, printer are read */
    dw_usb_bus *bus;                        /**< borrowed; may be NULL if device is given */
    const struct dw_nimbie_device *device;  /**< copied; NULL: the real one, on bus */
    const struct dw_nimbie_drive *drive;    /**< copied; NULL: the real one */
    dw_bays *bays;                          /**< borrowed; NULL: the drive is what device says, for ever */
    const char *state_dir;                  /**< copied; NULL: what a person says of the queue is not kept */
    const struct dw_clock *clock;           /**< copied; NULL: the system's */
    void (*wait)(void *ctx, int ms);        /**< NULL: sleeps */
    void *wait_ctx;
};
/** Opens nothing yet. DW_ERR_INVALID: other than one drive and one bin, a printer beside it, or no such `usb`. free:
 * dw_nimbie_close() */
DW_MUST_CHECK dw_status dw_nimbie_open(const struct dw_nimbie_opts *opts, dw_nimbie **out, struct dw_error *err);
void dw_nimbie_close(dw_nimbie *nimbie); /**< gives the device back; NULL is fine */
/** Frames alone cannot carry what it says: the link only carries the Nimbie to its driver. */
dw_link *dw_nimbie_link(dw_nimbie *nimbie);

#endif
