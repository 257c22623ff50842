/** A USB bus that a test plays: the functions of libusb that robot/usb/ calls, defined in the test's own program. */
#ifndef DW_TESTS_FAKE_LIBUSB_H
#define DW_TESTS_FAKE_LIBUSB_H
#include <libusb.h>
#include <pthread.h>
#include <stdbool.h>

#define FAKE_DEVICES_MAX 4
struct fake_frame {
    uint8_t endpoint;
    bool bulk;
    unsigned timeout_ms;
    size_t size;
    unsigned char data[64];
};
struct fake_device { /* what a test sets up, and what it looks at afterwards */
    uint16_t vendor, product;
    uint8_t bus, ports[4];
    int port_count;
    const struct libusb_config_descriptor *config;
    const char *id1284;
    int id1284_length; /* instead of the true one, if not 0 */
    uint8_t port_status;
    const char *text; /* of each of its string descriptors */
    bool plugged, denied, busy, usblp; /* usblp: the kernel's driver has its interface */
    bool claimed, open, halted, reset_renames;
    int alternate, alternates_set, detached, given_back, resets;
    int next_rc, next_done; /* of the next transfer; next_done -1: all of it */
    const char *answer;     /* of the next IN transfer */
    size_t answer_size;
    bool answers_frames;    /* one for each frame, and none without */
    bool owes_answer;
    const char *old_answer; /* one byte that nobody has fetched */
    int frames;
    struct fake_frame frame[16]; /* the first ones */
    void (*on_frame)(void *ctx, const unsigned char *data, size_t size); /* it has taken one */
    void *ctx;
};
struct fake_bus {
    struct fake_device device[FAKE_DEVICES_MAX];
    int count;
    bool no_usb, no_hotplug;
};
extern struct fake_bus fake_bus;
/** Some device came or went: as udev tells. */
void fake_bus_tell(void);

/* A printer as a Disc Publisher might be, 7/1/2 with bulk 0x02 and 0x81, and one more interface before it. */
extern const struct libusb_config_descriptor fake_printer, fake_printer_oneway, fake_interrupt, fake_alternates;
struct fake_device *fake_bus_add(uint16_t vendor, uint16_t product, uint8_t port,
                                 const struct libusb_config_descriptor *config);

#endif
