/** Orders to the loop thread. The control socket and the HTTP threads speak the same requests, answered
 *  by the same handler: {"type": NAME, ...} -> {"type": "reply", "status": "OK", "text": "", ...}.
 *  text is one sentence for a person when status is not OK.
 *
 *  | type          | members                                              | reply members               |
 *  | studies, jobs, discs, events | filter, state, job, limit, offset     | as daemon/queries.h says    |
 *  | study, job    | id                                                   | "study": {}, "job": {}      |
 *  | robots, robot | name                                                 | "robots": []; "robot": {}   |
 *  | status        |                                                      | "appliance": {} + snapshot  |
 *  | burn          | study or studies [ids], copies 1, media "", profile "", template "", viewer true, robot "",
 *  |               | recipient "", by "desk", priority "normal"           | "job": id                   |
 *  | cancel, retry | job                                                  |                             |
 *  | resolve       | job, answer: "leave-off", "as-is" or "profile" with media "", profile "", by "cli": what
 *  |               | becomes of objects that the profile forbids          |                             |
 *  | copy          | job, copies 1: more discs of the same volumes        | "job": id                   |
 *  | supplement    | job, by "cli": a disc of what came after the discs of this job were begun | "job": id |
 *  | release_job   | job: one that a rule holds, by "cli"                 |                             |
 *  | rules         | study "" (number or accession number, as text)       | "rules": [], or             |
 *  |               |                                                      | daemon/intake/explain.h     |
 *  | complete      | study: do not wait for the quiet time                |                             |
 *  | release       | study, user, reason, answer "leave-out": a held study; objects that named another patient stay
 *  |               | quarantined, or with "accept" those of objects [numbers] (absent: all that may be) are taken
 *  |               | into it                                              |                             |
 *  | pin, unpin    | study: retention never takes it, or may again        |                             |
 *  | delete, undelete | study: hide it for the time of grace, or take it back |                         |
 *  | audit         | study, job, limit, offset                            | "audit": []                 |
 *  | answer        | disc, at: "output", "reject", "drive N", "gone"      |                             |
 *  | refill        | robot, bin, discs, media                             |                             |
 *  | robot_drives  | name                                                 | "bays": [], "machine": [] of the snapshot |
 *  | assign        | robot, drive n, address: of a drive of the machine, or its serial; "" takes it back |   |
 *  | tray          | robot, address, free false: somebody has looked that no arm is in its way | how it went is
 *  |               |                                                      | said in "machine"           |
 *  | acknowledge   | robot, key                                           |                             |
 *
 *  What a person decides is kept in the audit table (daemon/audit.h): every such order may have user and
 *  reason, and release needs them. The doors add door ("cli", "console") and, at the control socket, login: the
 *  name of the user who connected, which stands in for user.
 *
 *  An empty media, profile, template or robot means the configured one. HTTP threads should answer the
 *  reading types from their own dw_queries and dw_snapshot instead of asking the loop. */
#ifndef DW_DAEMON_COMMAND_H
#define DW_DAEMON_COMMAND_H
#include <jansson.h>
#include "base/error.h"

typedef struct dw_commands dw_commands;

/** Executed on the loop thread. Returns a new reply object, never NULL; request is borrowed. */
typedef json_t *dw_command_handler(void *ctx, const json_t *request);

DW_MUST_CHECK dw_status dw_commands_new(dw_commands **out, struct dw_error *err);
/** Every waiting or later dw_command_post() returns DW_ERR_GONE. Call before the threads are joined. */
void dw_commands_close(dw_commands *commands);
void dw_commands_free(dw_commands *commands); /**< after the last poster has returned */
int dw_commands_fd(const dw_commands *commands); /**< an eventfd: readable when commands wait */
/** Loop thread: execute what waits. */
void dw_commands_run(dw_commands *commands, dw_command_handler *handler, void *ctx);

/** Any thread but the loop's. request is stolen. Blocks up to timeout_ms. DW_OK: the loop answered and
 *  *reply is yours, whatever its own "status" says (dw_json_to_error() reads it). DW_ERR_TIMEOUT: no
 *  answer in time (a repeated order is safe only after looking at what there is); DW_ERR_GONE: the daemon is stopping;
 *  DW_ERR_BUSY: too many are waiting already. */
DW_MUST_CHECK dw_status dw_command_post(dw_commands *commands, json_t *request, json_t **reply,
                                        int timeout_ms, struct dw_error *err);

#endif
