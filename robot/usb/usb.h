/** One USB device through libusb-1.0: found by rules, claimed from the kernel's driver and given back to it, spoken to
 * with one transfer for each frame, and found again after it was unplugged, switched off or reset. */
#ifndef DW_ROBOT_USB_USB_H
#define DW_ROBOT_USB_USB_H
#include "robot/link.h"
#include "robot/usb/pick.h"

/** All devices of the machine. Has a thread of its own, which only waits. Any thread may use it; it must outlive every
 * dw_usb of it. */
typedef struct dw_usb_bus dw_usb_bus;
/** DW_ERR_UNSUPPORTED: the machine has no USB. free: dw_usb_bus_close() */
DW_MUST_CHECK dw_status dw_usb_bus_open(dw_usb_bus **out, struct dw_error *err);
void dw_usb_bus_close(dw_usb_bus *bus); /**< NULL is fine */
/** Readable once a device came or went (by udev, where that runs) and until dw_usb_bus_heard(); for poll(2). -1: this
 * machine does not tell, look again from time to time. */
int dw_usb_bus_fd(const dw_usb_bus *bus);
bool dw_usb_bus_heard(dw_usb_bus *bus); /**< one did since the last call */
#define DW_USB_DEVICES_MAX 64 /* of the machine; more are not looked at */
/** What is plugged in, *count devices into a new array: free(). Texts of devices that we may not open are "". Claims
 * nothing and asks no device for more than its descriptors. */
DW_MUST_CHECK dw_status dw_usb_bus_list(dw_usb_bus *bus, struct dw_usb_device **out, size_t *count,
                                        struct dw_error *err);

void dw_usb_version(char *out, size_t size); /**< of libusb: "1.0.26" */

/** A device that may come and go. From one thread at a time. */
typedef struct dw_usb dw_usb;
/** bus is borrowed, match copied; nothing is opened yet. free: dw_usb_free() */
DW_MUST_CHECK dw_status dw_usb_new(dw_usb_bus *bus, const struct dw_usb_match *match, dw_usb **out,
                                   struct dw_error *err);
void dw_usb_free(dw_usb *usb); /**< disconnects; NULL is fine */

/** Find the device, claim its interface and detach the kernel's driver from it; nothing if that is done already. Sends
 * no frame. DW_ERR_GONE: none is plugged in that fits; DW_ERR_CONFLICT: more than one; DW_ERR_DENIED: this account
 * may not open it; DW_ERR_BUSY: another program has it; DW_ERR_UNSUPPORTED: no interface takes data. */
DW_MUST_CHECK dw_status dw_usb_connect(dw_usb *usb, struct dw_error *err);
/** Gives it back to the kernel's driver (usblp), the next connect claims it anew. */
void dw_usb_disconnect(dw_usb *usb);
/** Its descriptors and the pipes in use; NULL while it is not connected. Valid until it is disconnected. */
const struct dw_usb_device *dw_usb_device(const dw_usb *usb);
const struct dw_usb_pipes *dw_usb_pipes(const dw_usb *usb);

/* Each of these is one transfer, and waits for timeout_ms (1 and up) at the longest. DW_ERR_GONE: not connected, or
 * unplugged meanwhile; it is disconnected then. DW_ERR_IO: refused; a halted pipe is cleared, so that the next frame
 * may pass, and nothing is sent again. DW_ERR_TIMEOUT: not taken, or no answer, in time. */
/** DW_ERR_IO also: the device took only a part. After any failure the device may have obeyed. */
DW_MUST_CHECK dw_status dw_usb_send(dw_usb *usb, const void *data, size_t size, int timeout_ms,
                                    struct dw_error *err);
/** *got may be 0: an empty message. DW_ERR_CORRUPT: the answer is longer than max; DW_ERR_UNSUPPORTED: no pipe leads
 * back. */
DW_MUST_CHECK dw_status dw_usb_receive(dw_usb *usb, void *out, size_t max, size_t *got, int timeout_ms,
                                       struct dw_error *err);

/* Printer class alone (class 7), else DW_ERR_UNSUPPORTED; neither makes the device do anything. */
/** GET_DEVICE_ID, as text: what is not printable in it is '?'. */
DW_MUST_CHECK dw_status dw_usb_device_id(dw_usb *usb, char out[DW_USB_ID1284_MAX], struct dw_error *err);
#define DW_USB_PORT_NO_ERROR 0x08
#define DW_USB_PORT_SELECTED 0x10
#define DW_USB_PORT_PAPER_EMPTY 0x20
/** GET_PORT_STATUS: the byte above (printer class 1.1, 4.2.2). */
DW_MUST_CHECK dw_status dw_usb_port_status(dw_usb *usb, uint8_t *out, struct dw_error *err);

/** A reset of the bus for this device, which then is connected again; waits timeout_ms at the longest for it to come
 * back. DW_ERR_GONE: it did not. */
DW_MUST_CHECK dw_status dw_usb_reset(dw_usb *usb, int timeout_ms, struct dw_error *err);

/** The device as a wire: send_size 0 sends nothing, reply_max 0 waits for nothing; otherwise one transfer each. Does not
 * connect by itself. Lives as long as usb. */
dw_link *dw_usb_link(dw_usb *usb);

#endif
