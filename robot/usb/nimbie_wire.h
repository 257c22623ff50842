/** The words of an Acronova Nimbie: eight bytes out, a series of short texts back. No decisions; robot/usb/nimbie.h has
 * those. One thread at a time. */
#ifndef DW_ROBOT_USB_NIMBIE_WIRE_H
#define DW_ROBOT_USB_NIMBIE_WIRE_H
#include <stdbool.h>
#include <stddef.h>
#include "base/clock.h"
#include "base/error.h"

/** The device below; a test gives other functions. As robot/usb/usb.h has them. */
struct dw_nimbie_device {
    dw_status (*connect)(void *ctx, struct dw_error *err); /**< nothing, if it is connected */
    dw_status (*send)(void *ctx, const void *data, size_t size, int timeout_ms, struct dw_error *err);
    dw_status (*receive)(void *ctx, void *out, size_t max, size_t *got, int timeout_ms, struct dw_error *err);
    dw_status (*reset)(void *ctx, int timeout_ms, struct dw_error *err);
    void *ctx;
};

enum dw_nimbie_command { DW_NIMBIE_STATE, DW_NIMBIE_PLACE, DW_NIMBIE_LIFT, DW_NIMBIE_ACCEPT, DW_NIMBIE_REJECT };
enum dw_nimbie_result {
    DW_NIMBIE_DONE,        /**< AT+O: lifted, or let go */
    DW_NIMBIE_PLACED,      /**< AT+S07 */
    DW_NIMBIE_NO_DISC,     /**< AT+S00: none in the tray */
    DW_NIMBIE_DROPPER,     /**< AT+S03: it holds nothing, or hangs in the way */
    DW_NIMBIE_TRAY,        /**< AT+S10: out where it should be in, or the other way round */
    DW_NIMBIE_TRAY_FULL,   /**< AT+S12 */
    DW_NIMBIE_QUEUE_EMPTY, /**< AT+S14 */
    DW_NIMBIE_FAULT,       /**< AT+E09: nobody knows which */
    DW_NIMBIE_OTHER        /**< none of these; err has it */
};
enum dw_nimbie_state { /* bits */
    DW_NIMBIE_QUEUE = 1,   /**< a disc is to be had */
    DW_NIMBIE_IN_TRAY = 2, /**< in the open tray; what lies in a closed one it does not see */
    DW_NIMBIE_LIFTED = 4,
    DW_NIMBIE_TRAY_OUT = 8
};

enum dw_nimbie_step { /* whether the next answer is that to the next question */
    DW_NIMBIE_STRANGE,    /**< just connected: what an earlier program did not fetch is thrown away first */
    DW_NIMBIE_IN_STEP,
    DW_NIMBIE_OUT_OF_STEP /**< an answer may still be on its way: nothing is asked before a reset */
};
struct dw_nimbie_wire { /* {.device = ..., .clock = ..., .wait = ...} */
    struct dw_nimbie_device device;
    struct dw_clock clock;
    void (*wait)(void *ctx, int ms);
    void *wait_ctx;
    enum dw_nimbie_step step;
};
/** Say it and wait for the result, half a minute at the longest. Not OK: nobody knows whether it was obeyed, unless
 * DW_ERR_GONE came from connect (*sent false: nothing was sent). OTHER goes with DW_OK, and its words are in err. */
DW_MUST_CHECK dw_status dw_nimbie_say(struct dw_nimbie_wire *wire, enum dw_nimbie_command command, bool *sent,
                                      enum dw_nimbie_result *out, struct dw_error *err);
/** Moves nothing. *out: bits of enum dw_nimbie_state. DW_ERR_IO: it reports AT+E09 instead. */
DW_MUST_CHECK dw_status dw_nimbie_look(struct dw_nimbie_wire *wire, unsigned *out, struct dw_error *err);
/** Reset the USB and connect again, after AT+E09 or when answers do not fit the questions any more. */
DW_MUST_CHECK dw_status dw_nimbie_recover(struct dw_nimbie_wire *wire, struct dw_error *err);

#endif
