/** Bays: the places of a robot's drives, and which drive of this machine stands at each. A bay
 * names its drive for good (burn/drive/drives.h) and the device is looked up whenever it is needed,
 * so that a drive may be plugged in anew, or come later, or be said by a person while the robot
 * runs. No drive is opened here. Any thread. */
#ifndef DW_ROBOT_BAYS_H
#define DW_ROBOT_BAYS_H
#include <jansson.h>
#include "robot/mover.h"
#include "robot/options.h"

struct dw_bay { /* plain data: one bay as it was looked at last */
    char address[DW_DEVICE_ADDRESS_MAX];
    char device[DW_DEVICE_ADDRESS_MAX]; /**< what to open; "": nothing is there */
    char serial[DW_DRIVE_SERIAL_MAX]; /**< under which name its past is kept; "": not known here */
    char why[200]; /**< why nothing can be done with it, for people; "": it is there */
};

/** What was asked of a drive failed because it is not there now: it is waited for, whatever lies in it. */
static inline bool dw_bay_is_missing(dw_status st)
{
    return st == DW_ERR_NOT_FOUND || st == DW_ERR_GONE;
}

typedef struct dw_bays dw_bays;
/** root as in burn/drive/drives.h; copied, as devices is. Looked at once. free: dw_bays_free() */
DW_MUST_CHECK dw_status dw_bays_new(const char *root, const struct dw_robot_devices *devices,
                                    dw_bays **out, struct dw_error *err);
void dw_bays_free(dw_bays *bays);
int dw_bays_count(const dw_bays *bays);
bool dw_bays_is_file(dw_bays *bays, int n); /**< "stdio:": no real disc is made in it */
/** Other drives, as said by a person. DW_ERR_CONFLICT: not as many as there are bays. */
DW_MUST_CHECK dw_status dw_bays_set(dw_bays *bays, const struct dw_robot_devices *devices,
                                    struct dw_error *err);
/** What to open for bay n, looked up now. DW_ERR_NOT_FOUND: it is not assigned, or not plugged in.
 */
DW_MUST_CHECK dw_status dw_bays_device(dw_bays *bays, int n, char *out, size_t size,
                                       struct dw_error *err);

/** Look at the machine's drives again. true: what dw_bays_tell() says is different since it was
 * last called. */
bool dw_bays_look(dw_bays *bays);
void dw_bays_get(dw_bays *bays, int n, struct dw_bay *out);
/** How it went, or goes, to open the tray of a drive so that somebody sees which one it is: a
 * sentence, "" not asked. */
void dw_bays_note_tray(dw_bays *bays, const char *device, const char *sentence);
/** `drives` of docs/messages.md: a new reference. */
json_t *dw_bays_tell(dw_bays *bays);
void dw_bays_name_drives(dw_bays *bays,
                         struct dw_sensors *sensors); /**< serials that no sensor knows */

#endif
