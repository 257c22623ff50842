/* Runs inside the machine of usblink.py. vm_link: our USB link against a printer that the kernel itself plays, with usblp
 * bound to it first. vm_link misfortunes: against the firmware of vm_robot, on a printer in user space that can stall, too.
 * One line "@ ok WHAT" or "@ FAIL WHAT" for each thing that was seen. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "robot/diagnose.h"

#define UDC "/sys/kernel/config/usb_gadget/g/UDC"
#define KERNELS_PRINTER "/dev/usb/lp0"
#define FIRMWARE "/dev/g_printer0"
#define PATIENCE_MS 30000
#define DOOR "/run/world.sock"
#define LOG "/tmp/world.log"
#define DONE 0x06

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

/* --- misfortunes --- */

static const unsigned char to_left[] = {0x1b, 0x04, 0x8d, 0, 0, 0, 0, 0xac},
                           to_right[] = {0x1b, 0x04, 0x90, 0, 0, 0, 0, 0xaf};

/* Whether the firmware says these words to that line. */
static bool tell(const char *line, const char *words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = DOOR};
    char answer[1024] = "";
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    bool told = fd >= 0 && connect(fd, (void *)&address, sizeof address) == 0 &&
                write(fd, line, strlen(line)) > 0 && read(fd, answer, sizeof answer - 1) > 0;
    if (fd >= 0)
        close(fd);
    return told && strstr(answer, words);
}

static bool soon_says(const char *line, const char *words)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += 50) {
        if (tell(line, words))
            return true;
        pause_ms(50);
    }
    return false;
}

static bool soon_logs(const char *words)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += 50) {
        char log[8192] = "";
        FILE *file = fopen(LOG, "r");
        size_t n = file ? fread(log, 1, sizeof log - 1, file) : 0;
        if (file)
            fclose(file);
        if (n && strstr(log, words))
            return true;
        pause_ms(50);
    }
    return false;
}

static bool inflicted(const char *line, const char *sign)
{
    return tell(line, "ok") && soon_logs(sign);
}

static void nothing_comes_twice(dw_usb *usb)
{
    struct dw_error err = {0};
    seen(inflicted("stall-out", "the next frame is refused") &&
             dw_usb_send(usb, to_right, sizeof to_right, PATIENCE_MS, &err) == DW_ERR_IO && strstr(err.text, "stall"),
         "a stall is told", &err);
    seen(dw_usb_send(usb, to_right, sizeof to_right, PATIENCE_MS, &err) == DW_OK && soon_logs("frame 1: 90"),
         "the next frame passes after a stall", &err);
    seen(soon_says("state", "moves=0") && inflicted("hold 600000", "nothing is taken from here on") &&
             dw_usb_send(usb, to_left, sizeof to_left, 500, &err) == DW_ERR_TIMEOUT,
         "a frame that is not taken is given up by the clock", &err);
    seen(inflicted("hold 0", "what comes is taken again") &&
             dw_usb_send(usb, to_right, sizeof to_right, PATIENCE_MS, &err) == DW_OK && soon_logs("frame 2: 90"),
         "what was given up does not come later", &err);
    seen(soon_says("state", "moves=0") && tell("lose 1", "ok") &&
             dw_usb_send(usb, to_left, sizeof to_left, PATIENCE_MS, &err) == DW_OK && soon_logs("the frame is lost") &&
             tell("state", "arm=right "),
         "of a frame that is lost behind the cable the link knows nothing", &err);
}

static void answers_come_late(dw_usb *usb)
{
    struct dw_error err = {0};
    unsigned char reply[64] = {0};
    size_t got = 0;
    seen(soon_says("state", "moves=0") && tell("answers yes", "ok") && tell("late 1500", "ok") &&
             dw_usb_send(usb, to_right, sizeof to_right, PATIENCE_MS, &err) == DW_OK &&
             dw_usb_receive(usb, reply, sizeof reply, &got, 100, &err) == DW_ERR_TIMEOUT,
         "an answer is waited for by the clock", &err);
    seen(dw_usb_receive(usb, reply, sizeof reply, &got, PATIENCE_MS, &err) == DW_OK && got == 1 && reply[0] == DONE,
         "one that comes late is there for whoever asks next", &err);
}

/* The arm is on its way for six seconds. */
static void plug_is_pulled(dw_usb_bus *bus, dw_usb *usb)
{
    struct dw_error err = {0};
    unsigned char reply[64];
    size_t got = 0;
    dw_usb_bus_heard(bus);
    seen(soon_says("state", "moves=0") && tell("arm-step 2000", "ok") && tell("unplug-at 1 200", "ok") &&
             dw_usb_send(usb, to_left, sizeof to_left, PATIENCE_MS, &err) == DW_OK &&
             dw_usb_receive(usb, reply, sizeof reply, &got, PATIENCE_MS, &err) == DW_ERR_GONE && tell("state", "moves=1"),
         "a plug that is pulled in mid-move ends the waiting", &err);
    seen(heard(bus), "a plug that was pulled is heard of", &err);
    seen(tell("state", "crashes=0"), "no frame came while something moved", &err);
}

static void suffer(dw_usb_bus *bus, dw_usb *usb)
{
    struct dw_error err = {0};
    seen(tell("plug", "ok") && comes(KERNELS_PRINTER) && heard(bus) && connect_soon(usb, &err) == DW_OK,
         "connected with the firmware", &err);
    nothing_comes_twice(usb);
    answers_come_late(usb);
    plug_is_pulled(bus, usb);
}

int main(int argc, char **argv)
{
    struct dw_error err = {0};
    struct dw_usb_match match = {.vendor = 0x0f25, .class = DW_USB_CLASS_PRINTER};
    bool unlucky = argc == 2 && strcmp(argv[1], "misfortunes") == 0;
    dw_usb_bus *bus = NULL;
    dw_usb *usb = NULL;
    seen(dw_usb_bus_open(&bus, &err) == DW_OK, "the bus is open", &err);
    if (!bus)
        return 1;
    if (!unlucky) {
        plug(true);
        seen(comes(KERNELS_PRINTER) && heard(bus), "usblp takes the printer first", &err);
        report(bus);
        seen(comes(KERNELS_PRINTER), "usblp has it after a report", &err);
    }
    if (dw_usb_new(bus, &match, &usb, &err) == DW_OK)
        (unlucky ? suffer : work)(bus, usb);
    dw_usb_free(usb);
    dw_usb_bus_close(bus);
    printf("@ end%s\n", unlucky ? " of misfortunes" : "");
    return 0;
}
