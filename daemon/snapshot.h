/** What is true right now and in no table: robots as they last described themselves, progress of tasks
 *  and discs, what is listened on. The loop thread publishes a new immutable document; any thread takes
 *  a reference to the newest one. Nothing in a published document is changed again.
 *
 *  {"version": 17,                                  grows with each publication
 *   "listening": {"dicom": 11112, "aet": "DISCWRIGHT", "ports": [{"name", "port"}]},   dicom: the main port, or
 *                                                    the first there is; 0: not yet (or no more)
 *   "associations": 2, "tasks": 1,
 *   "answers": {"0000": 120, "A700": 2},     C-STORE statuses since the daemon began
 *   "robots": [{"name", "driver", "simulated": true, "connected": true, "activity", "arm",
 *               "caps": [..], "drives": [{"n", "state", "disc", "where": "top"}],
 *               "devices": [of drive 1, 2 ..., what to open now; none of a robot with its drives inside],
 *               "bays": [{"n", "address", "device", "serial", "why", "assigned": by a person}], likewise
 *               "bins": [{"name", "role", "discs", "capacity", "media", "where": as people call it}],
 *               "supplies": [{"name", "percent"}],
 *               "faults": [{"key", "sentence", "who", "action", "disc", "drive"}]}],
 *   "machine": [{"address", "device", "vendor", "model", "revision", "serial", "path", "tray", "robot", "drive"}],
 *                                                    drives of this machine; robot "": nobody's
 *   "jobs":  {"12": {"stage": "planning", "done": 3, "total": 60}},      while it is being prepared
 *   "discs": {"7": {"stage": "burning", "done": 100, "total": 4000, "speed_kbps", "speed_1x_kbps",
 *                   "buffer_percent", "left_s"}}}    while the robot works on it; see robot/progress.h
 */
#ifndef DW_DAEMON_SNAPSHOT_H
#define DW_DAEMON_SNAPSHOT_H
#include <jansson.h>
#include "base/error.h"

typedef struct dw_snapshot dw_snapshot;
DW_MUST_CHECK dw_status dw_snapshot_new(dw_snapshot **out, struct dw_error *err);
void dw_snapshot_free(dw_snapshot *snapshot); /**< no reader may be inside any more */
/** Loop thread only. doc is stolen and must not be touched afterwards. */
void dw_snapshot_publish(dw_snapshot *snapshot, json_t *doc);
/** Any thread. The newest document as a private copy: json_decref() it. Never NULL: {} before the first. */
json_t *dw_snapshot_get(dw_snapshot *snapshot);

#endif
