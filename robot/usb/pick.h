/** Which USB device is meant, and which of its pipes are used: decided from its descriptors, by nothing else. */
#ifndef DW_ROBOT_USB_PICK_H
#define DW_ROBOT_USB_PICK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

#define DW_USB_PATH_MAX 32     /* "1-2.3.1": bus, and the ports of the hubs on the way (seven at most) */
#define DW_USB_TEXT_MAX 128    /* a string descriptor holds 126 characters */
#define DW_USB_ID1284_MAX 1024 /* bytes of an IEEE-1284 device id */
#define DW_USB_INTERFACES_MAX 32 /* alternate settings of all interfaces together; more are not looked at */
#define DW_USB_ENDPOINTS_MAX 8   /* of one alternate setting; more are not looked at */
#define DW_USB_CLASS_PRINTER 7

enum dw_usb_type { DW_USB_CONTROL, DW_USB_ISOCHRONOUS, DW_USB_BULK, DW_USB_INTERRUPT }; /* USB 2.0 9.6.6 */
struct dw_usb_endpoint {
    uint8_t address; /**< bit 7: towards the host */
    enum dw_usb_type type;
    uint16_t packet_bytes;
};
struct dw_usb_interface { /* one alternate setting */
    uint8_t number, alternate, class, subclass, protocol;
    int endpoints;
    struct dw_usb_endpoint endpoint[DW_USB_ENDPOINTS_MAX];
};
struct dw_usb_device { /* plain data, as its descriptors tell */
    uint16_t vendor, product, version; /**< version: bcdDevice */
    char path[DW_USB_PATH_MAX];        /**< where it is plugged in; stays the same over a reset */
    char maker[DW_USB_TEXT_MAX], name[DW_USB_TEXT_MAX], serial[DW_USB_TEXT_MAX]; /**< "": it says none, or may
                                                                                    not be asked */
    int interfaces;
    struct dw_usb_interface interface[DW_USB_INTERFACES_MAX]; /**< of the active configuration */
};

/** Rules that all have to fit; {0} fits everything. */
struct dw_usb_match {
    uint16_t vendor, product; /**< 0: any */
    int class;                /**< of an interface; 0: any */
    char path[DW_USB_PATH_MAX];
    char id1284[DW_USB_TEXT_MAX]; /**< fnmatch(3) pattern over the whole IEEE-1284 id, either case; "": any */
};
/** "": whatever fits *out already. "0f25:0012", "1-2.3" or "1284:*MDL:Bravo*" narrow it. DW_ERR_INVALID: none of these;
 *  *out is unchanged. */
DW_MUST_CHECK dw_status dw_usb_match_read(const char *text, struct dw_usb_match *out, struct dw_error *err);
/** All rules but the IEEE-1284 pattern, for which a device must be opened. */
bool dw_usb_match_fits(const struct dw_usb_match *match, const struct dw_usb_device *device);
bool dw_usb_match_id(const struct dw_usb_match *match, const char *id1284);
/** For sentences: "USB printer 0f25:0012 at 1-2.3"; "a USB device" of {0}. */
#define DW_USB_MATCH_TEXT_MAX 192
void dw_usb_match_text(const struct dw_usb_match *match, char out[DW_USB_MATCH_TEXT_MAX]);

struct dw_usb_pipes { /* the interface to claim and what is talked through */
    const struct dw_usb_interface *interface; /**< of the device */
    struct dw_usb_endpoint out, in;           /**< in.address 0: there is none */
};
/** The first interface of this class (0: any) with a way out: bulk if it has that, else interrupt; likewise the way in.
 *  Of a printer's alternate settings the one that also answers. DW_ERR_UNSUPPORTED: it has none. */
DW_MUST_CHECK dw_status dw_usb_pipes_pick(const struct dw_usb_device *device, int class, struct dw_usb_pipes *out,
                                          struct dw_error *err);

/** The value of a key of an IEEE-1284 id such as "MFG:Primera;MDL:...;": each key by its short or its long name
 *  ("MFG" finds MANUFACTURER too). "": it has no such key. A value that is too long is cut. */
void dw_usb_id1284_value(const char *id1284, const char *key, char *out, size_t size);

#endif
