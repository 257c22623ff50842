/** What a site may say about one robot, written [robot NAME] in discwright.conf. One table: the
 * daemon's parser, --print-config and the man page read it, and the values travel in `config` to
 * the robot. */
#ifndef DW_ROBOT_OPTIONS_H
#define DW_ROBOT_OPTIONS_H
#include <jansson.h>
#include <stdbool.h>
#include "base/limits.h"
#include "base/options.h"
#include "burn/image/blank.h"

struct dw_robot_options {
    char driver[DW_OPTION_TEXT_MAX];
    char device[DW_OPTION_LIST_MAX]; /**< drives of a robot that does not bring its own */
    char usb[DW_OPTION_TEXT_MAX]; /**< which USB device the robot is; "": the only one that fits its driver */
    char dialect[DW_OPTION_TEXT_MAX]; /**< what it speaks; "": what the device says */
    char right_bin[DW_OPTION_TEXT_MAX], left_bin[DW_OPTION_TEXT_MAX]; /**< "input", "output", "reject", "none" */
    int64_t drives;
    char bins[DW_OPTION_TEXT_MAX]; /**< blanks of the input bins: "cd,dvd-dl" */
    int64_t bin_capacity, output_capacity, reject_capacity;
    int64_t burn_speed_kbps;
    int64_t burn_speed_cd, burn_speed_dvd, burn_speed_bd; /**< times; 0: burn_speed_kbps */
    int64_t pick_retries;
    bool delegated_verify;
    char printer[DW_OPTION_TEXT_MAX]; /**< "own", "cups", "none" */
    char printer_queue[DW_OPTION_TEXT_MAX], printer_media[DW_OPTION_TEXT_MAX];
    char printer_options[DW_OPTION_TEXT_MAX];
    int64_t printer_timeout_s, printer_settle_s;
    int64_t drive_failures_max;
    int64_t rejects_max;
    /* ptburn */
    char share[DW_OPTION_TEXT_MAX], share_unc[DW_OPTION_TEXT_MAX];
    char share_unicode[DW_OPTION_TEXT_MAX]; /**< "auto", "yes", "no" */
    char ptburn_robot[DW_OPTION_TEXT_MAX];
    char kiosk[DW_OPTION_TEXT_MAX]; /**< "leave", "on", "off" */
    bool ignore_ink_low;
    int64_t print_quality; /**< -1: as the server is set */
    /* simulator */
    int64_t initial_discs;
    uint64_t blank_capacity;
    int64_t time_scale; /**< percent of the real times; 0: nothing waits */
    int64_t arm_ms, tray_ms, print_ms;
    int64_t ink_prints;
    char faults[DW_OPTION_TEXT_MAX];
};
extern const struct dw_option dw_robot_options_table[];
extern const size_t dw_robot_options_count;

/** {"driver": "sim", "drives": "2", ...}: every value as it would be typed. Free: json_decref(). */
json_t *dw_robot_options_to_json(const struct dw_robot_options *options);
/** Defaults, then what json says; numbers and booleans are taken as well as text. json may be NULL.
 *  DW_ERR_NOT_FOUND: unknown key. DW_ERR_INVALID: bad value; `out` is then half filled. */
DW_MUST_CHECK dw_status dw_robot_options_from_json(const json_t *json, struct dw_robot_options *out,
                                                   struct dw_error *err);

/** What lies in the input bins, one kind of blank in each. */
struct dw_robot_bins {
    const struct dw_blank *blank[DW_ROBOT_BINS_MAX]; /**< of burn/image/blank.h */
    char stock[DW_ROBOT_BINS_MAX][DW_STOCK_NAME_MAX]; /**< pile they are of; "": no name */
    int count;
};
bool dw_robot_stock_is_name(const char *name); /**< of a pile: letters, digits, '-' and '_'; "" is one */
/** Read options.bins. DW_ERR_INVALID: empty, or a word that names no blank. DW_ERR_LIMIT: more than
 * DW_ROBOT_BINS_MAX. */
DW_MUST_CHECK dw_status dw_robot_bins_read(const char *text, struct dw_robot_bins *out,
                                           struct dw_error *err);

#define DW_DEVICE_ASSIGN "assign" /* of a place: a person says in the console which drive it is */
#define DW_DEVICE_ADDRESS_MAX 256
/** The drives that options.device names, in the order of their places. */
struct dw_robot_devices {
    char address[DW_ROBOT_DRIVES_MAX][DW_DEVICE_ADDRESS_MAX]; /**< as in burn/drive/drives.h, or DW_DEVICE_ASSIGN */
    bool is_file[DW_ROBOT_DRIVES_MAX]; /**< "stdio:": no real disc is made in it */
    int count;
};
/** DW_ERR_INVALID: none, one twice, or what is no absolute path and no name. DW_ERR_LIMIT: more than
 *  DW_ROBOT_DRIVES_MAX. */
DW_MUST_CHECK dw_status dw_robot_devices_read(const char *text, struct dw_robot_devices *out,
                                              struct dw_error *err);
/** The same of a robot's options: without device, or with DW_DEVICE_ASSIGN alone, every drive of it is to be assigned. */
DW_MUST_CHECK dw_status dw_robot_devices_of(const struct dw_robot_options *options, struct dw_robot_devices *out,
                                            struct dw_error *err);
/** "serial:A,assign": what dw_robot_devices_read() takes. */
void dw_robot_devices_write(const struct dw_robot_devices *devices, char *out, size_t size);
bool dw_robot_has_devices(const char *driver); /**< it burns in drives of this machine, which options.device names */

#endif
