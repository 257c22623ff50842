#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "robot/usb/inside.h"

#define CONTROL_MS 2000 /* a class request; USB 2.0 9.2.6.4 allows 5 s, printers answer in some ms */
#define RETURN_MS 50    /* between two looks for a device that was reset */
#define CLASS_IN 0xa1   /* bmRequestType: towards the host, class, interface (USB 2.0 9.3) */
#define GET_DEVICE_ID 0
#define GET_PORT_STATUS 1

struct dw_usb {
    dw_usb_bus *bus;
    struct dw_usb_match match;
    libusb_device_handle *handle; /* NULL: not connected */
    struct dw_usb_device device;
    struct dw_usb_pipes pipes; /* of device */
    dw_link link;
};

static dw_status said(int rc, struct dw_error *err, const char *what)
{
    return dw_error_set(err, dw_usb_status(rc), "%s: %s", what, libusb_strerror(rc));
}

static dw_status not_connected(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_GONE, "the USB device is not connected");
}

/* --- taking it --- */

static dw_status claim(dw_usb *usb, struct dw_error *err)
{
    const struct dw_usb_interface *interface = usb->pipes.interface;
    char what[96];
    snprintf(what, sizeof what, "claim interface %d of USB device %s", interface->number, usb->device.path);
    /* Where the kernel's driver cannot be detached, claiming says so. */
    libusb_set_auto_detach_kernel_driver(usb->handle, 1);
    int rc = libusb_claim_interface(usb->handle, interface->number);
    if (rc != 0)
        return said(rc, err, what);
    if (interface->alternate != 0)
        rc = libusb_set_interface_alt_setting(usb->handle, interface->number, interface->alternate);
    if (rc == 0)
        return DW_OK;
    libusb_release_interface(usb->handle, interface->number);
    return said(rc, err, what);
}

/* Nothing of usb but the handle and what was read from the device is changed. */
static dw_status take(dw_usb *usb, libusb_device *device, struct dw_error *err)
{
    dw_status st = dw_usb_pipes_pick(&usb->device, usb->match.class, &usb->pipes, err);
    if (st != DW_OK)
        return st;
    int rc = libusb_open(device, &usb->handle);
    if (rc != 0) {
        usb->handle = NULL;
        return dw_error_set(err, dw_usb_status(rc), "open USB device %04x:%04x at %s: %s",
                            (unsigned)usb->device.vendor, (unsigned)usb->device.product, usb->device.path,
                            libusb_strerror(rc));
    }
    st = claim(usb, err);
    if (st != DW_OK) {
        libusb_close(usb->handle);
        usb->handle = NULL;
        return st;
    }
    dw_usb_read_texts(device, usb->handle, &usb->device);
    return DW_OK;
}

static bool id_fits(dw_usb *usb)
{
    char id[DW_USB_ID1284_MAX] = "";
    return !usb->match.id1284[0] ||
           (dw_usb_device_id(usb, id, NULL) == DW_OK && dw_usb_match_id(&usb->match, id));
}

/* Of those that fit by their descriptors only one that is opened can say its IEEE-1284 id. */
static dw_status find(dw_usb *usb, libusb_device **list, libusb_device **out, struct dw_error *err)
{
    char meant[DW_USB_MATCH_TEXT_MAX], path[DW_USB_PATH_MAX] = "";
    dw_status why = DW_ERR_GONE;
    int count = 0;
    dw_usb_match_text(&usb->match, meant);
    dw_error_set(err, DW_ERR_GONE, "%s is switched off or unplugged", meant);
    for (; *list; list++) {
        if (!dw_usb_describe(*list, &usb->device) || !dw_usb_match_fits(&usb->match, &usb->device))
            continue;
        if (usb->match.id1284[0]) {
            dw_status st = take(usb, *list, err);
            if (st != DW_OK) {
                why = st;
                continue;
            }
            bool fits = id_fits(usb);
            dw_usb_disconnect(usb);
            if (!fits)
                continue;
        }
        *out = *list;
        dw_text_cut(path, sizeof path, usb->device.path);
        count++;
    }
    if (count > 1)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "%d USB devices fit (%s): name one by its port, such as usb = %s", count, meant,
                            path);
    return count == 1 ? DW_OK : why;
}

dw_status dw_usb_connect(dw_usb *usb, struct dw_error *err)
{
    libusb_device **list, *device = NULL;
    if (usb->handle)
        return DW_OK;
    ssize_t found = libusb_get_device_list(dw_usb_bus_context(usb->bus), &list);
    if (found < 0)
        return said((int)found, err, "list USB devices");
    dw_status st = find(usb, list, &device, err);
    if (st == DW_OK && !dw_usb_describe(device, &usb->device))
        st = dw_error_set(err, DW_ERR_GONE, "the USB device went while it was opened");
    if (st == DW_OK)
        st = take(usb, device, err);
    libusb_free_device_list(list, 1);
    return st;
}

void dw_usb_disconnect(dw_usb *usb)
{
    if (!usb->handle)
        return;
    libusb_release_interface(usb->handle, usb->pipes.interface->number); /* usblp gets it back */
    libusb_close(usb->handle);
    usb->handle = NULL;
}

const struct dw_usb_device *dw_usb_device(const dw_usb *usb)
{
    return usb->handle ? &usb->device : NULL;
}

const struct dw_usb_pipes *dw_usb_pipes(const dw_usb *usb)
{
    return usb->handle ? &usb->pipes : NULL;
}

/* --- transfers --- */

/* A halted pipe passes nothing until it is cleared; of a device that is gone nothing is kept. */
static dw_status failed(dw_usb *usb, int rc, uint8_t endpoint, const char *what, struct dw_error *err)
{
    if (rc == LIBUSB_ERROR_PIPE) {
        if (libusb_clear_halt(usb->handle, endpoint) == LIBUSB_ERROR_NO_DEVICE)
            rc = LIBUSB_ERROR_NO_DEVICE;
        else
            return dw_error_set(err, DW_ERR_IO, "%s: the device refused it (stall)", what);
    }
    if (rc == LIBUSB_ERROR_NO_DEVICE) {
        dw_usb_disconnect(usb);
        return dw_error_set(err, DW_ERR_GONE, "%s: the USB device was unplugged or switched off", what);
    }
    return said(rc, err, what);
}

static int transfer(dw_usb *usb, const struct dw_usb_endpoint *endpoint, void *data, int size, int *done,
                    int timeout_ms)
{
    /* 0 would wait for ever. */
    unsigned limit_ms = timeout_ms > 0 ? (unsigned)timeout_ms : 1;
    return endpoint->type == DW_USB_BULK
               ? libusb_bulk_transfer(usb->handle, endpoint->address, data, size, done, limit_ms)
               : libusb_interrupt_transfer(usb->handle, endpoint->address, data, size, done, limit_ms);
}

dw_status dw_usb_send(dw_usb *usb, const void *data, size_t size, int timeout_ms, struct dw_error *err)
{
    unsigned char frame[DW_LINK_FRAME_MAX];
    int done = 0;
    if (size > sizeof frame)
        return dw_error_set(err, DW_ERR_LIMIT, "a frame holds at most %zu bytes", sizeof frame);
    if (!usb->handle)
        return not_connected(err);
    memcpy(frame, data, size); /* libusb wants to be allowed to write */
    int rc = transfer(usb, &usb->pipes.out, frame, (int)size, &done, timeout_ms);
    if (rc == LIBUSB_ERROR_TIMEOUT)
        return dw_error_set(err, DW_ERR_TIMEOUT, "the device took %d of %zu bytes within %d ms", done, size,
                            timeout_ms);
    if (rc != 0)
        return failed(usb, rc, usb->pipes.out.address, "send a frame", err);
    return (size_t)done == size ? DW_OK
                                : dw_error_set(err, DW_ERR_IO, "the device took %d of %zu bytes", done, size);
}

dw_status dw_usb_receive(dw_usb *usb, void *out, size_t max, size_t *got, int timeout_ms, struct dw_error *err)
{
    unsigned char frame[DW_LINK_FRAME_MAX];
    int done = 0;
    if (!usb->handle)
        return not_connected(err);
    if (!usb->pipes.in.address)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the device has no pipe for answers");
    /* Whole packets: the rest of one that is longer than max would be babble on the bus. */
    size_t packet = usb->pipes.in.packet_bytes ? usb->pipes.in.packet_bytes : 64;
    size_t room = (max + packet - 1) / packet * packet;
    if (room > sizeof frame)
        return dw_error_set(err, DW_ERR_LIMIT, "an answer holds at most %zu bytes", sizeof frame);
    int rc = transfer(usb, &usb->pipes.in, frame, (int)room, &done, timeout_ms);
    if (rc == LIBUSB_ERROR_TIMEOUT && done == 0)
        return dw_error_set(err, DW_ERR_TIMEOUT, "no answer within %d ms", timeout_ms);
    if (rc != 0 && rc != LIBUSB_ERROR_TIMEOUT)
        return failed(usb, rc, usb->pipes.in.address, "receive an answer", err);
    if ((size_t)done > max)
        return dw_error_set(err, DW_ERR_CORRUPT, "the answer has %d bytes, expected at most %zu", done, max);
    memcpy(out, frame, (size_t)done);
    *got = (size_t)done;
    return DW_OK;
}

/* --- requests of the printer class --- */

static dw_status ask_class(dw_usb *usb, uint8_t request, unsigned char *out, uint16_t size, int *got,
                           const char *what, struct dw_error *err)
{
    if (!usb->handle)
        return not_connected(err);
    const struct dw_usb_interface *interface = usb->pipes.interface;
    if (interface->class != DW_USB_CLASS_PRINTER)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "%s: the device is no printer", what);
    /* Printer class 1.1, 4.2: GET_DEVICE_ID names the alternate setting in the low byte, GET_PORT_STATUS
     * the interface alone. */
    uint16_t index = request == GET_DEVICE_ID ? (uint16_t)(interface->number << 8 | interface->alternate)
                                              : interface->number;
    int rc = libusb_control_transfer(usb->handle, CLASS_IN, request, 0, index, out, size, CONTROL_MS);
    if (rc == LIBUSB_ERROR_PIPE) /* endpoint 0 clears itself */
        return dw_error_set(err, DW_ERR_IO, "%s: the device refused it (stall)", what);
    if (rc < 0)
        return failed(usb, rc, 0, what, err);
    *got = rc;
    return DW_OK;
}

dw_status dw_usb_device_id(dw_usb *usb, char out[DW_USB_ID1284_MAX], struct dw_error *err)
{
    unsigned char id[DW_USB_ID1284_MAX] = {0};
    int got = 0;
    dw_status st = ask_class(usb, GET_DEVICE_ID, id, sizeof id - 1, &got, "ask for the IEEE-1284 id", err);
    if (st != DW_OK)
        return st;
    if (got < 2)
        return dw_error_set(err, DW_ERR_CORRUPT, "the IEEE-1284 id has no length");
    int length = id[0] << 8 | id[1]; /* it should count itself (IEEE 1284-2000 7.6); of some devices it does not */
    id[length >= 2 && length + 2 < got ? length : got] = 0;
    dw_usb_printable((char *)id + 2);
    dw_text_cut(out, DW_USB_ID1284_MAX, (const char *)id + 2);
    return DW_OK;
}

dw_status dw_usb_port_status(dw_usb *usb, uint8_t *out, struct dw_error *err)
{
    int got = 0;
    dw_status st = ask_class(usb, GET_PORT_STATUS, out, 1, &got, "ask for the port status", err);
    return st != DW_OK || got == 1 ? st : dw_error_set(err, DW_ERR_CORRUPT, "the port status is empty");
}

/* --- coming back --- */

dw_status dw_usb_reset(dw_usb *usb, int timeout_ms, struct dw_error *err)
{
    struct dw_clock clock = dw_clock_system();
    int64_t until_us = dw_clock_mono_us(&clock) + (int64_t)timeout_ms * 1000;
    if (!usb->handle)
        return not_connected(err);
    int rc = libusb_reset_device(usb->handle);
    dw_usb_disconnect(usb);
    /* NOT_FOUND: it comes back as another device (libusb_reset_device(3)). */
    if (rc != 0 && rc != LIBUSB_ERROR_NOT_FOUND && rc != LIBUSB_ERROR_NO_DEVICE)
        return said(rc, err, "reset the USB device");
    for (;;) {
        dw_status st = dw_usb_connect(usb, err);
        /* While udev has not seen it yet, its file is not ours. */
        if ((st != DW_ERR_GONE && st != DW_ERR_DENIED) || dw_clock_mono_us(&clock) >= until_us)
            return st;
        nanosleep(&(struct timespec){.tv_nsec = RETURN_MS * 1000000L}, NULL);
    }
}

/* --- as a wire --- */

static dw_status exchange(void *ctx, const void *send, size_t send_size, void *reply, size_t reply_max,
                          size_t *reply_size, int timeout_ms, struct dw_error *err)
{
    dw_usb *usb = ctx;
    dw_status st = send_size ? dw_usb_send(usb, send, send_size, timeout_ms, err) : DW_OK;
    return st == DW_OK && reply_max ? dw_usb_receive(usb, reply, reply_max, reply_size, timeout_ms, err) : st;
}

dw_link *dw_usb_link(dw_usb *usb)
{
    return &usb->link;
}

dw_status dw_usb_new(dw_usb_bus *bus, const struct dw_usb_match *match, dw_usb **out, struct dw_error *err)
{
    dw_usb *usb = calloc(1, sizeof *usb);
    if (!usb)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    usb->bus = bus;
    usb->match = *match;
    usb->link = (dw_link){.exchange = exchange, .ctx = usb};
    *out = usb;
    return DW_OK;
}

void dw_usb_free(dw_usb *usb)
{
    if (!usb)
        return;
    dw_usb_disconnect(usb);
    free(usb);
}
