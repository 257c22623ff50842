/* All USB devices: their descriptors as plain data, and the notice that one came or went. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/text.h"
#include "robot/usb/inside.h"

#define EVENTS_S 60 /* how long the thread waits at a stretch; a stop and every event interrupt it */

struct dw_usb_bus {
    libusb_context *ctx;
    libusb_hotplug_callback_handle hotplug;
    bool hears; /* the machine tells of devices that come and go */
    int event_fd;
    pthread_t thread;
    bool running;
    int stop;
};

dw_status dw_usb_status(int rc)
{
    static const struct {
        int rc;
        dw_status status;
    } rows[] = {{LIBUSB_ERROR_NO_DEVICE, DW_ERR_GONE},       {LIBUSB_ERROR_NOT_FOUND, DW_ERR_GONE},
                {LIBUSB_ERROR_ACCESS, DW_ERR_DENIED},        {LIBUSB_ERROR_BUSY, DW_ERR_BUSY},
                {LIBUSB_ERROR_TIMEOUT, DW_ERR_TIMEOUT},      {LIBUSB_ERROR_OVERFLOW, DW_ERR_CORRUPT},
                {LIBUSB_ERROR_NOT_SUPPORTED, DW_ERR_UNSUPPORTED}, {LIBUSB_ERROR_NO_MEM, DW_ERR_INTERNAL}};
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        if (rows[i].rc == rc)
            return rows[i].status;
    }
    return rc < 0 ? DW_ERR_IO : DW_OK;
}

libusb_context *dw_usb_bus_context(dw_usb_bus *bus)
{
    return bus->ctx;
}

void dw_usb_version(char *out, size_t size)
{
    const struct libusb_version *v = libusb_get_version();
    snprintf(out, size, "%d.%d.%d", v->major, v->minor, v->micro);
}

/* --- notice --- */

static int LIBUSB_CALL on_hotplug(libusb_context *ctx, libusb_device *device, libusb_hotplug_event event, void *self)
{
    uint64_t one = 1;
    ssize_t n = write(((dw_usb_bus *)self)->event_fd, &one, sizeof one); /* full: it is readable */
    (void)n;
    return 0; /* go on listening */
}

static void *wait_for_events(void *self)
{
    dw_usb_bus *bus = self;
    struct timeval wait = {.tv_sec = EVENTS_S};
    while (!__atomic_load_n(&bus->stop, __ATOMIC_ACQUIRE))
        libusb_handle_events_timeout_completed(bus->ctx, &wait, &bus->stop);
    return NULL;
}

dw_status dw_usb_bus_open(dw_usb_bus **out, struct dw_error *err)
{
    dw_usb_bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = DW_OK;
    bus->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bus->event_fd < 0) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "eventfd: %s", strerror(errno));
        goto out;
    }
    int rc = libusb_init(&bus->ctx);
    if (rc != 0) {
        bus->ctx = NULL;
        st = dw_error_set(err, DW_ERR_UNSUPPORTED, "this machine offers no USB: %s", libusb_strerror(rc));
        goto out;
    }
    bus->hears = libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) &&
                 libusb_hotplug_register_callback(
                     bus->ctx, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
                     LIBUSB_HOTPLUG_NO_FLAGS, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
                     LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, bus, &bus->hotplug) == 0;
    rc = pthread_create(&bus->thread, NULL, wait_for_events, bus);
    bus->running = rc == 0;
    if (rc != 0)
        st = dw_error_set(err, DW_ERR_INTERNAL, "thread: %s", strerror(rc));
out:
    if (st != DW_OK)
        dw_usb_bus_close(bus);
    else
        *out = bus;
    return st;
}

void dw_usb_bus_close(dw_usb_bus *bus)
{
    if (!bus)
        return;
    __atomic_store_n(&bus->stop, 1, __ATOMIC_RELEASE);
    if (bus->running) {
        libusb_interrupt_event_handler(bus->ctx);
        pthread_join(bus->thread, NULL);
    }
    if (bus->hears)
        libusb_hotplug_deregister_callback(bus->ctx, bus->hotplug);
    if (bus->ctx)
        libusb_exit(bus->ctx);
    if (bus->event_fd >= 0)
        close(bus->event_fd);
    free(bus);
}

int dw_usb_bus_fd(const dw_usb_bus *bus)
{
    return bus->hears ? bus->event_fd : -1;
}

bool dw_usb_bus_heard(dw_usb_bus *bus)
{
    uint64_t count;
    return read(bus->event_fd, &count, sizeof count) == (ssize_t)sizeof count; /* EAGAIN: nothing is new */
}

/* --- descriptors --- */

static void read_endpoints(const struct libusb_interface_descriptor *from, struct dw_usb_interface *to)
{
    for (int i = 0; i < from->bNumEndpoints && to->endpoints < DW_USB_ENDPOINTS_MAX; i++)
        to->endpoint[to->endpoints++] =
            (struct dw_usb_endpoint){.address = from->endpoint[i].bEndpointAddress,
                                     .type = (enum dw_usb_type)(from->endpoint[i].bmAttributes & 3),
                                     .packet_bytes = from->endpoint[i].wMaxPacketSize & 0x7ff};
}

static void read_interfaces(const struct libusb_config_descriptor *config, struct dw_usb_device *out)
{
    for (int i = 0; i < config->bNumInterfaces; i++) {
        for (int a = 0; a < config->interface[i].num_altsetting; a++) {
            const struct libusb_interface_descriptor *from = &config->interface[i].altsetting[a];
            if (out->interfaces == DW_USB_INTERFACES_MAX)
                return;
            struct dw_usb_interface *to = &out->interface[out->interfaces++];
            *to = (struct dw_usb_interface){.number = from->bInterfaceNumber,
                                            .alternate = from->bAlternateSetting,
                                            .class = from->bInterfaceClass,
                                            .subclass = from->bInterfaceSubClass,
                                            .protocol = from->bInterfaceProtocol};
            read_endpoints(from, to);
        }
    }
}

/* The kernel's name: "1-2.3", a root hub is "usb1". */
static void write_path(libusb_device *device, char out[DW_USB_PATH_MAX])
{
    uint8_t ports[8];
    int count = libusb_get_port_numbers(device, ports, sizeof ports);
    int size = snprintf(out, DW_USB_PATH_MAX, count > 0 ? "%d" : "usb%d", libusb_get_bus_number(device));
    for (int i = 0; i < count && size < DW_USB_PATH_MAX; i++)
        size += snprintf(out + size, DW_USB_PATH_MAX - (size_t)size, "%c%d", i ? '.' : '-', ports[i]);
}

bool dw_usb_describe(libusb_device *device, struct dw_usb_device *out)
{
    struct libusb_device_descriptor d;
    struct libusb_config_descriptor *config;
    if (libusb_get_device_descriptor(device, &d) != 0)
        return false;
    *out = (struct dw_usb_device){.vendor = d.idVendor, .product = d.idProduct, .version = d.bcdDevice};
    write_path(device, out->path);
    if (libusb_get_active_config_descriptor(device, &config) == 0) {
        read_interfaces(config, out);
        libusb_free_config_descriptor(config);
    }
    return true;
}

void dw_usb_printable(char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            *text = '?';
    }
}

void dw_usb_read_texts(libusb_device *device, libusb_device_handle *handle, struct dw_usb_device *out)
{
    struct libusb_device_descriptor d;
    if (libusb_get_device_descriptor(device, &d) != 0)
        return;
    const struct {
        uint8_t index;
        char *text;
    } texts[] = {{d.iManufacturer, out->maker}, {d.iProduct, out->name}, {d.iSerialNumber, out->serial}};
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++) {
        int n = texts[i].index ? libusb_get_string_descriptor_ascii(handle, texts[i].index,
                                                                    (unsigned char *)texts[i].text,
                                                                    DW_USB_TEXT_MAX - 1)
                               : 0;
        texts[i].text[n > 0 ? n : 0] = 0;
        dw_usb_printable(texts[i].text);
    }
}

dw_status dw_usb_bus_list(dw_usb_bus *bus, struct dw_usb_device **out, size_t *count, struct dw_error *err)
{
    libusb_device **list;
    ssize_t found = libusb_get_device_list(bus->ctx, &list);
    if (found < 0)
        return dw_error_set(err, dw_usb_status((int)found), "list USB devices: %s", libusb_strerror((int)found));
    struct dw_usb_device *devices = calloc(DW_USB_DEVICES_MAX, sizeof *devices);
    size_t n = 0;
    for (ssize_t i = 0; devices && i < found && n < DW_USB_DEVICES_MAX; i++) {
        libusb_device_handle *handle;
        if (!dw_usb_describe(list[i], &devices[n]))
            continue;
        if (libusb_open(list[i], &handle) == 0) {
            dw_usb_read_texts(list[i], handle, &devices[n]);
            libusb_close(handle);
        }
        n++;
    }
    libusb_free_device_list(list, 1);
    if (!devices)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *out = devices;
    *count = n;
    return DW_OK;
}
