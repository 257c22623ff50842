/** Inside of robot/usb/usb.h, shared by bus.c and usb.c: the only place that sees libusb. */
#ifndef DW_ROBOT_USB_INSIDE_H
#define DW_ROBOT_USB_INSIDE_H
#include <libusb.h>
#include "robot/usb/usb.h"

libusb_context *dw_usb_bus_context(dw_usb_bus *bus);
dw_status dw_usb_status(int rc); /**< of a libusb call; 0 and up are DW_OK */
/** Descriptors without texts, nothing is opened. false: the device went meanwhile. */
bool dw_usb_describe(libusb_device *device, struct dw_usb_device *out);
void dw_usb_read_texts(libusb_device *device, libusb_device_handle *handle, struct dw_usb_device *out);
void dw_usb_printable(char *text); /**< control characters and what is no ASCII become '?' */

#endif
