/* A USB function in user space: what it is, and what the host asks of a printer beside its data. */
#include <endian.h>
#include <string.h>
#include <unistd.h>

#include <linux/usb/functionfs.h>

#include "world.h"

#define ID "MFG:Emulated;MDL:Disc robot of a test;CLS:PRINTER;"

struct speed {
    struct usb_interface_descriptor interface;
    struct usb_endpoint_descriptor_no_audio out, in;
} __attribute__((packed));
struct description {
    struct usb_functionfs_descs_head_v2 head;
    uint32_t full_count, high_count;
    struct speed full, high;
} __attribute__((packed));

static struct speed speed(bool printer, bool interrupts, uint16_t packet)
{
    uint8_t type = interrupts ? USB_ENDPOINT_XFER_INT : USB_ENDPOINT_XFER_BULK;
    struct usb_endpoint_descriptor_no_audio out = {
        .bLength = sizeof out, .bDescriptorType = USB_DT_ENDPOINT, .bEndpointAddress = 2 | USB_DIR_OUT,
        .bmAttributes = type, .wMaxPacketSize = htole16(packet), .bInterval = interrupts ? 1 : 0};
    struct speed speed = {
        .interface = {.bLength = sizeof speed.interface, .bDescriptorType = USB_DT_INTERFACE, .bNumEndpoints = 2,
                      .bInterfaceClass = printer ? USB_CLASS_PRINTER : USB_CLASS_VENDOR_SPEC,
                      .bInterfaceSubClass = printer ? 1 : 0, .bInterfaceProtocol = printer ? 2 : 0},
        .out = out, .in = out};
    speed.in.bEndpointAddress = 1 | USB_DIR_IN;
    return speed;
}

bool functionfs_describe(int ep0, bool printer, bool interrupts)
{
    struct description description = {
        .head = {.magic = htole32(FUNCTIONFS_DESCRIPTORS_MAGIC_V2), .length = htole32(sizeof description),
                 .flags = htole32(FUNCTIONFS_HAS_FS_DESC | FUNCTIONFS_HAS_HS_DESC)},
        .full_count = htole32(3), .high_count = htole32(3),
        .full = speed(printer, interrupts, 64), .high = speed(printer, interrupts, interrupts ? 64 : 512)};
    struct usb_functionfs_strings_head strings = {.magic = htole32(FUNCTIONFS_STRINGS_MAGIC), .length = htole32(sizeof strings)};
    return write(ep0, &description, sizeof description) == (ssize_t)sizeof description &&
           write(ep0, &strings, sizeof strings) == (ssize_t)sizeof strings;
}

/* USB Device Class Definition for Printing Devices 1.1, 4.2 */
void functionfs_setup(int ep0, uint8_t request, bool in)
{
    uint8_t data[2 + sizeof ID - 1] = {0, sizeof data};
    ssize_t n = -1;
    memcpy(data + 2, ID, sizeof ID - 1);
    if (in && request == 0) {
        n = write(ep0, data, sizeof data);
    } else if (in && request == 1) {
        data[0] = 0x18; /* selected, no error */
        n = write(ep0, data, 1);
    } else if (!in && request == 2) {
        n = read(ep0, data, 0); /* acknowledged */
    } else { /* the other direction is a stall */
        n = in ? read(ep0, data, 0) : write(ep0, data, 0);
    }
    (void)n; /* the host may have gone */
}
