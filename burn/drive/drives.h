/** The optical drives of this machine as kernel and udev tell of them: read from files alone, so
 * that no drive is opened and no burn disturbed. Numbers (/dev/sr1) change when a drive is plugged
 * in anew; its serial does not. */
#ifndef DW_BURN_DRIVE_DRIVES_H
#define DW_BURN_DRIVE_DRIVES_H
#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"
#include "base/limits.h"

#define DW_OPTICAL_TEXT_MAX 120
struct dw_optical {                           /* plain data; "": not told */
    char device[24];                          /**< "/dev/sr0" */
    char serial[DW_OPTICAL_TEXT_MAX];         /**< DISCWRIGHT_SERIAL of our udev rules, else udev's
                                                 ID_SERIAL */
    char path[DW_OPTICAL_TEXT_MAX];           /**< ID_PATH: where it is plugged in */
    char vendor[16], model[24], revision[16]; /**< of its INQUIRY */
};
struct dw_drives {
    struct dw_optical drive[DW_OPTICAL_MAX];
    size_t count; /**< in the order of their numbers */
};
/** root stands before /sys, /run and /dev: "" is this machine, a test has a tree of its own.
 * DW_ERR_LIMIT: more than DW_OPTICAL_MAX. A machine without a drive has none, which is no error. */
DW_MUST_CHECK dw_status dw_drives_list(const char *root, struct dw_drives *out,
                                       struct dw_error *err);

/** How a drive is named for good: "serial:TEXT"; where another says the same serial, or it says
 * none, "path:TEXT"; where neither is known its device. */
void dw_drives_address(const struct dw_drives *drives, size_t i, char *out, size_t size);
/** Under which name its past is kept: the serial, and where another drive says the same one the
 * path, too. "": it is not known which drive this is. */
void dw_drives_identity(const struct dw_drives *drives, size_t i, char out[DW_DRIVE_SERIAL_MAX]);

bool dw_drives_is_name(
    const char *address); /**< "serial:" or "path:": to be looked for, not to be opened */
/** The drive that is named so, or of which this is the device. DW_ERR_NOT_FOUND: it is not plugged
 * in. DW_ERR_CONFLICT: two drives say this serial. */
DW_MUST_CHECK dw_status dw_drives_find(const struct dw_drives *drives, const char *address,
                                       size_t *out_i, struct dw_error *err);
/** What to open right now: the device of a named drive, anything else as it is. */
DW_MUST_CHECK dw_status dw_drives_resolve(const char *root, const char *address, char *out,
                                          size_t size, struct dw_error *err);

#endif
