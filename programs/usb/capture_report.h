/** What a capture file says of the device that was chosen in it, for people and as JSON. */
#ifndef DW_PROGRAMS_USB_CAPTURE_REPORT_H
#define DW_PROGRAMS_USB_CAPTURE_REPORT_H
#include <jansson.h>
#include "robot/capture/traffic.h"
#include "robot/usb/dialect_write.h"

struct dw_capture_report {
    const char *file;     /**< its name without folders */
    char recorded[16];    /**< "2026-11-21", the day of its first packet */
    const char *recorder; /**< "USBPcap", "usbmon" */
    const struct dw_traffic_device *device; /**< all that were heard of */
    size_t devices, chosen;
    uint64_t packets, strange;  /**< in the file; of these no records of USB */
    char damage[200];           /**< why not the whole file was read; "" */
    struct dw_traffic_frames frames;
    struct dw_capture_note *note; /**< one for each frame */
    size_t holds[DW_CHECKSUM_COUNT]; /**< for how many of the frames */
};
struct dw_capture_note {
    char known[2 * DW_DIALECT_NAME_MAX]; /**< "DIALECT: COMMAND" of a dialect that has this frame; "" */
    char name[DW_DIALECT_NAME_MAX];      /**< what the owner calls it; "" */
};

#define DW_CAPTURE_HEX_MAX (3 * DW_TRAFFIC_FRAME_MAX + 1)
/** "1B 04 8D" */
const char *dw_capture_hex(const struct dw_traffic_payload *payload, char out[DW_CAPTURE_HEX_MAX]);
/** A device that may be a robot: short transfers to it, and no drive. */
bool dw_capture_is_plausible(const struct dw_traffic_device *device);
/** A line for each plausible device. */
void dw_capture_show_devices(const struct dw_capture_report *report, FILE *to);
void dw_capture_show(const struct dw_capture_report *report);
json_t *dw_capture_to_json(const struct dw_capture_report *report); /**< NULL: out of memory */

#endif
