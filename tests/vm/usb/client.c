/* vm_usb VID:PID WORD...: what a host may do with an emulated robot, one word after the other: "id", "status",
 * "send=HEX", "read" (messages until an empty one), "read=COUNT", "clear" (halted endpoints), "reset", "sleep=MS",
 * "arrives", "leaves" (by hotplug, within 20 s), "tray-out", "tray-in" (of /dev/sr0). Each prints one line. */
#include <fcntl.h>
#include <linux/cdrom.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <libusb.h>

#define TIMEOUT_MS 2000

struct host {
    libusb_context *context;
    libusb_device_handle *handle;
    uint16_t vendor, product;
    uint8_t in, out;
    bool interrupts;
    int arrived, left;
};

static int on_hotplug(libusb_context *context, libusb_device *device, libusb_hotplug_event event, void *arg)
{
    struct host *host = arg;
    (void)context, (void)device;
    *(event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED ? &host->arrived : &host->left) += 1;
    return 0;
}

static void wait_for(struct host *host, const char *word, const int *count)
{
    struct timeval slice = {.tv_usec = 100000};
    int before = *count;
    for (int i = 0; i < 200 && *count == before; i++)
        libusb_handle_events_timeout_completed(host->context, &slice, NULL);
    printf("%s: %s\n", word, *count != before ? "yes" : "no");
}

static int endpoints(struct host *host)
{
    struct libusb_config_descriptor *config = NULL;
    int rc = libusb_get_active_config_descriptor(libusb_get_device(host->handle), &config);
    if (rc != 0)
        return rc;
    const struct libusb_interface_descriptor *interface = config->interface[0].altsetting;
    for (int i = 0; i < interface->bNumEndpoints; i++) {
        const struct libusb_endpoint_descriptor *endpoint = &interface->endpoint[i];
        *(endpoint->bEndpointAddress & LIBUSB_ENDPOINT_IN ? &host->in : &host->out) = endpoint->bEndpointAddress;
        host->interrupts = (endpoint->bmAttributes & 3) == LIBUSB_TRANSFER_TYPE_INTERRUPT;
    }
    libusb_free_config_descriptor(config);
    return 0;
}

static int reach(struct host *host)
{
    if (host->handle)
        return 0;
    host->handle = libusb_open_device_with_vid_pid(host->context, host->vendor, host->product);
    if (!host->handle)
        return LIBUSB_ERROR_NO_DEVICE;
    libusb_set_auto_detach_kernel_driver(host->handle, 1);
    int rc = endpoints(host);
    return rc ? rc : libusb_claim_interface(host->handle, 0);
}

static void leave(struct host *host)
{
    if (!host->handle)
        return;
    libusb_release_interface(host->handle, 0); /* the kernel's driver is back */
    libusb_close(host->handle);
    host->handle = NULL;
}

static int transfer(struct host *host, uint8_t endpoint, uint8_t *data, int size, int *done)
{
    return host->interrupts ? libusb_interrupt_transfer(host->handle, endpoint, data, size, done, TIMEOUT_MS)
                            : libusb_bulk_transfer(host->handle, endpoint, data, size, done, TIMEOUT_MS);
}

static void send_hex(struct host *host, const char *hex)
{
    uint8_t data[256];
    int size = 0, done = 0;
    for (; hex[0] && hex[1] && size < (int)sizeof data; hex += 2) {
        char pair[3] = {hex[0], hex[1], 0};
        data[size++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    int rc = transfer(host, host->out, data, size, &done);
    printf("sent: %s %d\n", rc ? libusb_error_name(rc) : "OK", done);
}

static void read_messages(struct host *host, int most)
{
    printf("read:");
    for (int i = 0; i < most; i++) {
        uint8_t data[65] = {0};
        int done = 0, rc = transfer(host, host->in, data, 64, &done);
        data[done] = 0;
        printf(" '%s'/%d", rc ? libusb_error_name(rc) : (char *)data, done);
        if (rc || !done)
            break;
    }
    printf("\n");
}

static void describe(struct host *host, const char *word)
{
    uint8_t data[256] = {0};
    bool id = strcmp(word, "id") == 0;
    int rc = libusb_control_transfer(host->handle, 0xA1, id ? 0 : 1, 0, 0, data, id ? 255 : 1, TIMEOUT_MS);
    if (rc < 0)
        printf("%s: %s\n", word, libusb_error_name(rc));
    else if (id)
        printf("id: %.*s\n", rc - 2, (char *)data + 2);
    else
        printf("status: %02x\n", data[0]);
}

static void tray(const char *word)
{
    int fd = open("/dev/sr0", O_RDONLY | O_NONBLOCK);
    ioctl(fd, CDROM_LOCKDOOR, 0); /* udev locks what it has looked at */
    int rc = ioctl(fd, strcmp(word, "tray-out") == 0 ? CDROMEJECT : CDROMCLOSETRAY);
    printf("%s: %s\n", word, rc ? "no" : "yes");
    close(fd);
}

static void obey(struct host *host, const char *word)
{
    int rc = reach(host);
    if (rc)
        printf("%s: %s\n", word, libusb_error_name(rc));
    else if (strncmp(word, "send=", 5) == 0)
        send_hex(host, word + 5);
    else if (strncmp(word, "read", 4) == 0)
        read_messages(host, word[4] ? (int)strtol(word + 5, NULL, 10) : 12);
    else if (strcmp(word, "clear") == 0)
        printf("clear: %d %d\n", libusb_clear_halt(host->handle, host->out), libusb_clear_halt(host->handle, host->in));
    else if (strcmp(word, "reset") == 0)
        printf("reset: %s\n", libusb_error_name(libusb_reset_device(host->handle)));
    else
        describe(host, word);
}

int main(int argc, char **argv)
{
    struct host host = {0};
    char *end = NULL;
    if (argc < 3 || libusb_init(&host.context) != 0)
        return 2;
    host.vendor = (uint16_t)strtoul(argv[1], &end, 16);
    host.product = (uint16_t)strtoul(end + 1, NULL, 16);
    libusb_hotplug_register_callback(host.context, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0,
                                     host.vendor, host.product, LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, &host, NULL);
    for (int i = 2; i < argc; i++) {
        bool leaves = strcmp(argv[i], "leaves") == 0;
        if (leaves || strcmp(argv[i], "arrives") == 0) {
            leave(&host);
            wait_for(&host, argv[i], leaves ? &host.left : &host.arrived);
        } else if (strncmp(argv[i], "sleep=", 6) == 0) {
            usleep((useconds_t)strtol(argv[i] + 6, NULL, 10) * 1000);
        } else if (strncmp(argv[i], "tray-", 5) == 0) {
            tray(argv[i]);
        } else {
            obey(&host, argv[i]);
        }
        fflush(stdout);
    }
    leave(&host);
    libusb_exit(host.context);
    return 0;
}
