#include "fake_libusb.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct fake_bus fake_bus;

static struct {
    libusb_hotplug_callback_fn heard;
    void *ctx;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int told;
} ears = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* --- descriptors --- */

#define ENDPOINT(address, kind, bytes)                                                              \
    {                                                                                               \
        .bLength = 7, .bDescriptorType = 5, .bEndpointAddress = (address), .bmAttributes = (kind), \
        .wMaxPacketSize = (bytes)                                                                  \
    }
static const struct libusb_endpoint_descriptor both_ways[] = {ENDPOINT(0x81, 2, 64), ENDPOINT(0x02, 2, 64)};
static const struct libusb_endpoint_descriptor one_way[] = {ENDPOINT(0x05, 2, 512)};
static const struct libusb_endpoint_descriptor by_interrupt[] = {ENDPOINT(0x83, 3, 64), ENDPOINT(0x04, 3, 64)};
static const struct libusb_interface_descriptor storage[] = {{.bInterfaceNumber = 0, .bInterfaceClass = 8}};
static const struct libusb_interface_descriptor printer[] = {{.bInterfaceNumber = 1,
                                                              .bInterfaceClass = 7,
                                                              .bInterfaceSubClass = 1,
                                                              .bInterfaceProtocol = 2,
                                                              .bNumEndpoints = 2,
                                                              .endpoint = both_ways}};
static const struct libusb_interface_descriptor mute[] = {
    {.bInterfaceClass = 7, .bInterfaceSubClass = 1, .bInterfaceProtocol = 1, .bNumEndpoints = 1, .endpoint = one_way}};
static const struct libusb_interface_descriptor vendors_own[] = {
    {.bInterfaceClass = 0xff, .bNumEndpoints = 2, .endpoint = by_interrupt}};
static const struct libusb_interface_descriptor settings[] = {
    {.bAlternateSetting = 0, .bInterfaceClass = 7, .bInterfaceProtocol = 3, .bNumEndpoints = 2, .endpoint = both_ways},
    {.bAlternateSetting = 1, .bInterfaceClass = 7, .bInterfaceProtocol = 1, .bNumEndpoints = 1, .endpoint = one_way},
    {.bAlternateSetting = 2, .bInterfaceClass = 7, .bInterfaceProtocol = 2, .bNumEndpoints = 2, .endpoint = both_ways}};
static const struct libusb_interface storage_and_printer[] = {{storage, 1}, {printer, 1}};
static const struct libusb_interface only_mute[] = {{mute, 1}};
static const struct libusb_interface only_vendors_own[] = {{vendors_own, 1}};
static const struct libusb_interface three_settings[] = {{settings, 3}};
const struct libusb_config_descriptor fake_printer = {.bNumInterfaces = 2, .interface = storage_and_printer};
const struct libusb_config_descriptor fake_printer_oneway = {.bNumInterfaces = 1, .interface = only_mute};
const struct libusb_config_descriptor fake_interrupt = {.bNumInterfaces = 1, .interface = only_vendors_own};
const struct libusb_config_descriptor fake_alternates = {.bNumInterfaces = 1, .interface = three_settings};

struct fake_device *fake_bus_add(uint16_t vendor, uint16_t product, uint8_t port,
                                 const struct libusb_config_descriptor *config)
{
    struct fake_device *device = &fake_bus.device[fake_bus.count++];
    *device = (struct fake_device){.vendor = vendor,
                                   .product = product,
                                   .bus = 1,
                                   .ports = {2, port},
                                   .port_count = 2,
                                   .config = config,
                                   .text = "Synthetic\x01 1",
                                   .plugged = true,
                                   .usblp = true,
                                   .next_done = -1};
    return device;
}

static struct fake_device *of(const void *pointer)
{
    return (struct fake_device *)pointer;
}

/* --- the bus --- */

int LIBUSB_CALL libusb_init(libusb_context **ctx)
{
    *ctx = (libusb_context *)&fake_bus;
    return fake_bus.no_usb ? LIBUSB_ERROR_OTHER : 0;
}

void LIBUSB_CALL libusb_exit(libusb_context *ctx)
{
}

const char *LIBUSB_CALL libusb_strerror(int rc)
{
    return rc == LIBUSB_ERROR_ACCESS ? "Access denied" : "Some error";
}

int LIBUSB_CALL libusb_has_capability(uint32_t capability)
{
    return !fake_bus.no_hotplug;
}

int LIBUSB_CALL libusb_hotplug_register_callback(libusb_context *ctx, int events, int flags, int vendor, int product,
                                                 int class, libusb_hotplug_callback_fn fn, void *user,
                                                 libusb_hotplug_callback_handle *out)
{
    pthread_mutex_lock(&ears.lock);
    ears.heard = fn;
    ears.ctx = user;
    pthread_mutex_unlock(&ears.lock);
    return 0;
}

void LIBUSB_CALL libusb_hotplug_deregister_callback(libusb_context *ctx, libusb_hotplug_callback_handle handle)
{
    ears.heard = NULL;
}

void fake_bus_tell(void)
{
    pthread_mutex_lock(&ears.lock);
    ears.told++;
    pthread_cond_signal(&ears.wake);
    pthread_mutex_unlock(&ears.lock);
}

void LIBUSB_CALL libusb_interrupt_event_handler(libusb_context *ctx)
{
    pthread_mutex_lock(&ears.lock);
    pthread_cond_signal(&ears.wake);
    pthread_mutex_unlock(&ears.lock);
}

int LIBUSB_CALL libusb_handle_events_timeout_completed(libusb_context *ctx, struct timeval *wait, int *completed)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait->tv_sec;
    pthread_mutex_lock(&ears.lock);
    if (!ears.told && !__atomic_load_n(completed, __ATOMIC_ACQUIRE))
        pthread_cond_timedwait(&ears.wake, &ears.lock, &until);
    for (; ears.told; ears.told--)
        ears.heard(ctx, NULL, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED, ears.ctx);
    pthread_mutex_unlock(&ears.lock);
    return 0;
}

ssize_t LIBUSB_CALL libusb_get_device_list(libusb_context *ctx, libusb_device ***out)
{
    ssize_t n = 0;
    *out = calloc(FAKE_DEVICES_MAX + 1, sizeof **out);
    for (int i = 0; i < fake_bus.count; i++) {
        if (fake_bus.device[i].plugged)
            (*out)[n++] = (libusb_device *)&fake_bus.device[i];
    }
    return n;
}

void LIBUSB_CALL libusb_free_device_list(libusb_device **list, int unref)
{
    free(list);
}

int LIBUSB_CALL libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *out)
{
    *out = (struct libusb_device_descriptor){.idVendor = of(device)->vendor,
                                             .idProduct = of(device)->product,
                                             .bcdDevice = 0x0100,
                                             .iManufacturer = 1,
                                             .iProduct = 2,
                                             .iSerialNumber = 3};
    return 0;
}

int LIBUSB_CALL libusb_get_active_config_descriptor(libusb_device *device, struct libusb_config_descriptor **out)
{
    *out = (struct libusb_config_descriptor *)of(device)->config;
    return *out ? 0 : LIBUSB_ERROR_NOT_FOUND;
}

void LIBUSB_CALL libusb_free_config_descriptor(struct libusb_config_descriptor *config)
{
}

uint8_t LIBUSB_CALL libusb_get_bus_number(libusb_device *device)
{
    return of(device)->bus;
}

int LIBUSB_CALL libusb_get_port_numbers(libusb_device *device, uint8_t *out, int max)
{
    memcpy(out, of(device)->ports, (size_t)of(device)->port_count);
    return of(device)->port_count;
}

/* --- one device --- */

int LIBUSB_CALL libusb_open(libusb_device *device, libusb_device_handle **out)
{
    if (of(device)->denied)
        return LIBUSB_ERROR_ACCESS;
    of(device)->open = true;
    *out = (libusb_device_handle *)device;
    return 0;
}

void LIBUSB_CALL libusb_close(libusb_device_handle *handle)
{
    of(handle)->open = false;
}

int LIBUSB_CALL libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t index, unsigned char *out,
                                                   int size)
{
    int n = (int)strlen(of(handle)->text);
    memcpy(out, of(handle)->text, (size_t)(n < size ? n : size));
    return n < size ? n : size;
}

int LIBUSB_CALL libusb_set_auto_detach_kernel_driver(libusb_device_handle *handle, int enable)
{
    return 0;
}

int LIBUSB_CALL libusb_claim_interface(libusb_device_handle *handle, int interface)
{
    struct fake_device *device = of(handle);
    if (device->busy)
        return LIBUSB_ERROR_BUSY;
    device->detached += device->usblp;
    device->usblp = false;
    device->claimed = true;
    return 0;
}

int LIBUSB_CALL libusb_release_interface(libusb_device_handle *handle, int interface)
{
    struct fake_device *device = of(handle);
    device->claimed = false;
    device->usblp = device->plugged;
    device->given_back += device->plugged;
    return 0;
}

int LIBUSB_CALL libusb_set_interface_alt_setting(libusb_device_handle *handle, int interface, int alternate)
{
    of(handle)->alternate = alternate;
    of(handle)->alternates_set++;
    return 0;
}

int LIBUSB_CALL libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
    of(handle)->halted = false;
    return 0;
}

int LIBUSB_CALL libusb_reset_device(libusb_device_handle *handle)
{
    of(handle)->resets++;
    return of(handle)->reset_renames ? LIBUSB_ERROR_NOT_FOUND : 0;
}

static int pass(struct fake_device *device, bool bulk, uint8_t endpoint, unsigned char *data, int size, int *done,
                unsigned timeout_ms)
{
    int rc = device->next_rc;
    *done = 0;
    if (!device->plugged)
        return LIBUSB_ERROR_NO_DEVICE;
    if (device->halted)
        return LIBUSB_ERROR_PIPE;
    device->next_rc = 0;
    device->halted = rc == LIBUSB_ERROR_PIPE;
    if (endpoint & 0x80 && rc == 0 && device->old_answer) {
        *done = 1;
        data[0] = (unsigned char)*device->old_answer;
        device->old_answer = NULL;
    } else if (endpoint & 0x80 && rc == 0 && device->answers_frames && !device->owes_answer) {
        return LIBUSB_ERROR_TIMEOUT;
    } else if (endpoint & 0x80 && rc == 0) {
        device->owes_answer = false;
        *done = (int)device->answer_size < size ? (int)device->answer_size : size;
        if (*done)
            memcpy(data, device->answer, (size_t)*done);
    } else if (!(endpoint & 0x80)) {
        struct fake_frame *frame = &device->frame[device->frames < 15 ? device->frames : 15];
        device->frames++;
        *frame = (struct fake_frame){
            .endpoint = endpoint, .bulk = bulk, .timeout_ms = timeout_ms, .size = (size_t)size};
        memcpy(frame->data, data, (size_t)size < sizeof frame->data ? (size_t)size : sizeof frame->data);
        *done = rc ? 0 : device->next_done < 0 ? size : device->next_done;
        device->owes_answer = rc == 0;
        if (rc == 0 && device->on_frame)
            device->on_frame(device->ctx, data, (size_t)size);
    }
    return rc;
}

int LIBUSB_CALL libusb_bulk_transfer(libusb_device_handle *handle, unsigned char endpoint, unsigned char *data,
                                     int size, int *done, unsigned int timeout_ms)
{
    return pass(of(handle), true, endpoint, data, size, done, timeout_ms);
}

int LIBUSB_CALL libusb_interrupt_transfer(libusb_device_handle *handle, unsigned char endpoint, unsigned char *data,
                                          int size, int *done, unsigned int timeout_ms)
{
    return pass(of(handle), false, endpoint, data, size, done, timeout_ms);
}

int LIBUSB_CALL libusb_control_transfer(libusb_device_handle *handle, uint8_t type, uint8_t request, uint16_t value,
                                        uint16_t index, unsigned char *data, uint16_t size, unsigned int timeout_ms)
{
    struct fake_device *device = of(handle);
    if (!device->plugged)
        return LIBUSB_ERROR_NO_DEVICE;
    if (!device->claimed || type != 0xa1)
        return LIBUSB_ERROR_IO;
    if (request == 1) {
        data[0] = device->port_status;
        return 1;
    }
    if (!device->id1284)
        return LIBUSB_ERROR_PIPE;
    size_t n = strlen(device->id1284) + 2;
    size_t said = device->id1284_length ? (size_t)device->id1284_length : n;
    data[0] = (unsigned char)(said >> 8);
    data[1] = (unsigned char)said;
    memcpy(data + 2, device->id1284, n - 2);
    return (int)n;
}
