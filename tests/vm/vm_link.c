/* Runs inside the machine of usblink.py: our USB link against a printer that the kernel itself plays, with usblp bound to
 * it first. One line "@ ok WHAT" or "@ FAIL WHAT" for each thing that was seen. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "robot/diagnose.h"

#define UDC "/sys/kernel/config/usb_gadget/g/UDC"
#define KERNELS_PRINTER "/dev/usb/lp0"
#define FIRMWARE "/dev/g_printer0"
#define PATIENCE_MS 30000

static void seen(bool ok, const char *what, const struct dw_error *err)
{
    printf("@ %s %s%s%s\n", ok ? "ok" : "FAIL", what, !ok && err->text[0] ? ": " : "", ok ? "" : err->text);
    fflush(stdout);
}

static void plug(bool in)
{
    static const char name[] = "dummy_udc.0\n";
    int fd = open(UDC, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, in ? name : "\n", in ? sizeof name - 1 : 1);
    if (n <= 0)
        puts("@ FAIL the gadget cannot be plugged");
    if (fd >= 0)
        close(fd);
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static bool comes(const char *path)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += 50) {
        if (access(path, F_OK) == 0)
            return true;
        pause_ms(50);
    }
    return false;
}

static bool heard(dw_usb_bus *bus)
{
    struct pollfd fd = {.fd = dw_usb_bus_fd(bus), .events = POLLIN};
    return fd.fd >= 0 && poll(&fd, 1, PATIENCE_MS) == 1 && dw_usb_bus_heard(bus);
}

/* While udev has not given its file away a device is there and not ours. */
static dw_status connect_soon(dw_usb *usb, struct dw_error *err)
{
    dw_status st = dw_usb_connect(usb, err);
    for (int ms = 0; st != DW_OK && ms < PATIENCE_MS; ms += 50) {
        pause_ms(50);
        st = dw_usb_connect(usb, err);
    }
    return st;
}

struct firmware {
    int fd;
    ssize_t size;
    unsigned char got[64];
};

/* The gadget takes what it is sent only while somebody reads. */
static void *firmware_reads(void *ctx)
{
    struct firmware *firmware = ctx;
    firmware->size = read(firmware->fd, firmware->got, sizeof firmware->got);
    return NULL;
}

/* One frame goes out, and the firmware finds it whole. */
static void send_and_read(dw_usb *usb, const char *what)
{
    static const unsigned char frame[] = {0x1b, 0x04, 0x8f, 0, 0, 0, 0, 0xae};
    struct firmware firmware = {.fd = open(FIRMWARE, O_RDWR | O_CLOEXEC)};
    struct dw_error err = {0};
    pthread_t thread;
    if (firmware.fd < 0 || pthread_create(&thread, NULL, firmware_reads, &firmware) != 0) {
        seen(false, what, &err);
        return;
    }
    dw_status st = dw_usb_send(usb, frame, sizeof frame, PATIENCE_MS, &err);
    if (st == DW_OK)
        pthread_join(thread, NULL);
    seen(st == DW_OK && firmware.size == (ssize_t)sizeof frame && memcmp(firmware.got, frame, sizeof frame) == 0, what,
         &err);
    if (st == DW_OK)
        close(firmware.fd);
}

static void report(dw_usb_bus *bus)
{
    struct dw_error err = {0};
    json_t *json = NULL;
    static struct dw_diagnose_robot site = {.name = "bravo",
                                            .options = {.driver = "primera", .dialect = "/dialect/discpublisher2-captured.conf"}};
    struct dw_diagnose_opts opts = {.bus = bus, .root = "", .robots = &site, .robot_count = 1};
    if (dw_diagnose(&opts, &json, &err) == DW_OK) {
        fputs("@ report ", stdout);
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
    }
    json_decref(json);
}

static void work(dw_usb_bus *bus, dw_usb *usb)
{
    struct dw_error err = {0};
    uint8_t status = 0;
    char reply[64], id[DW_USB_ID1284_MAX] = "";
    size_t got = 0;
    seen(dw_usb_connect(usb, &err) == DW_OK, "connected", &err);
    seen(access(KERNELS_PRINTER, F_OK) != 0, "usblp is detached meanwhile", &err);
    seen(dw_usb_device_id(usb, id, &err) == DW_OK && strstr(id, "MDL:Robot;"), "it says what it is", &err);
    seen(dw_usb_port_status(usb, &status, &err) == DW_OK && status & DW_USB_PORT_NO_ERROR, "it says its status", &err);
    send_and_read(usb, "a frame arrives as it was sent");
    seen(dw_usb_receive(usb, reply, sizeof reply, &got, 300, &err) == DW_ERR_TIMEOUT, "silence ends by the clock", &err);
    seen(dw_usb_reset(usb, PATIENCE_MS, &err) == DW_OK, "it is connected again after a reset", &err);
    send_and_read(usb, "a frame arrives after a reset");

    dw_usb_bus_heard(bus);
    plug(false);
    seen(heard(bus), "an unplugged device is heard of", &err);
    seen(dw_usb_send(usb, "12345678", 8, 2000, &err) == DW_ERR_GONE, "an unplugged device is gone", &err);
    seen(dw_usb_connect(usb, &err) == DW_ERR_GONE, "and stays gone", &err);
    plug(true);
    seen(heard(bus), "a device that is plugged in is heard of", &err);
    seen(connect_soon(usb, &err) == DW_OK, "it is connected again", &err);
    send_and_read(usb, "a frame arrives after it was plugged in again");
    dw_usb_disconnect(usb);
    seen(comes(KERNELS_PRINTER), "usblp has its printer back", &err);
}

int main(void)
{
    struct dw_error err = {0};
    struct dw_usb_match match = {.vendor = 0x0f25, .class = DW_USB_CLASS_PRINTER};
    dw_usb_bus *bus = NULL;
    dw_usb *usb = NULL;
    seen(dw_usb_bus_open(&bus, &err) == DW_OK, "the bus is open", &err);
    if (!bus)
        return 1;
    plug(true);
    seen(comes(KERNELS_PRINTER) && heard(bus), "usblp takes the printer first", &err);
    report(bus);
    seen(comes(KERNELS_PRINTER), "usblp has it after a report", &err);
    if (dw_usb_new(bus, &match, &usb, &err) == DW_OK)
        work(bus, usb);
    dw_usb_free(usb);
    dw_usb_bus_close(bus);
    puts("@ end");
    return 0;
}
