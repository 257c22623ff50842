/** What the daemon sees of a robot, whatever kind it is: it takes orders for discs, says what it is
 * doing, asks for every transition to be stored before it acts, and reports faults for people. The
 * words of docs/messages.md as plain data; robot/station.h is the publisher that moves discs
 * itself, a delegating one (a hot folder) would offer the same words. */
#ifndef DW_ROBOT_PUBLISHER_H
#define DW_ROBOT_PUBLISHER_H
#include <jansson.h>
#include "robot/disc.h"
#include "robot/faults.h"
#include "robot/mover.h"
#include "robot/options.h"
#include "robot/person.h"
#include "robot/progress.h"
#include "robot/reading.h"

#define DW_ROBOT_ORDERS_MAX 2000 /* discs a robot keeps in mind */

/** One disc to be made, or to be gone on with after a restart. */
struct dw_disc_order {
    json_t *head; /**< owned; the texts below lie inside it */
    int64_t disc, job;
    enum dw_disc_state state,
        before;        /**< before: last known state of an unknown disc, else DW_DISC_UNKNOWN */
    int drive;         /**< 0: none yet */
    int64_t priority;  /**< of those that wait, the highest is loaded first, then the oldest */
    int64_t band;      /**< only discs of one band may change places for a better use of the machine */
    int64_t copy;
    int set_out;       /**< of the set, delivered already when this was ordered */
    int n, of;         /**< disc n of the `of` discs of one copy: a set, delivered together and in order */
    const char *media; /**< the blank it is burned on, by its name in burn/image/blank.h */
    uint32_t blocks;
    uint64_t capacity_bytes;
    const char *tree, *chunks, *label, *expect; /**< paths; label and expect may be "" */
    const char *stock; /**< only a blank of this pile; "": any */
};
/** head is borrowed and referenced. DW_ERR_INVALID names the member that is wrong. free: _done() */
DW_MUST_CHECK dw_status dw_disc_order_read(json_t *head, struct dw_disc_order *out,
                                           struct dw_error *err);
void dw_disc_order_done(struct dw_disc_order *order);

/** "Store this, then I act." */
struct dw_disc_request {
    int64_t disc;
    enum dw_disc_event event;
    int drive;
    const char *text;          /**< why, one sentence; "" */
    const char *fault;         /**< row of robot/faults.h; "" */
    const char *image, *label; /**< files of a delivered disc of the simulator; "" */
    const char *serial, *lot;  /**< of the drive, and of the disc in it; "": not known */
    struct dw_reading reading; /**< of this disc in that drive */
};

#define DW_FAULT_KEY_MAX 40
struct dw_fault_report {
    const char *key; /**< "bin_empty:cd": what to acknowledge; the row's id comes first */
    const struct dw_fault *row;
    const char *sentence; /**< the row's, or a more exact one */
    int64_t disc;         /**< 0: none */
    int drive;            /**< 0: none */
};

/** Whom a publisher tells. Called on the publisher's loop thread, from inside its functions. */
struct dw_publisher_listener {
    void (*request)(void *ctx, const struct dw_disc_request *request);
    void (*progress)(void *ctx, int64_t disc, const struct dw_progress *progress);
    void (*fault)(void *ctx, const struct dw_fault_report *report);
    void (*cleared)(void *ctx, const char *key);
    void (*status)(void *ctx, json_t *status); /**< stolen, to be read only; only when something is different */
    void *ctx;
    void (*drives)(void *ctx, json_t *drives); /**< optional; stolen: robot/bays.h, when something is different */
};

/** What staff and IT should know of a robot before a disc is ordered from it: the sentences of its capabilities,
 * one table for every console. Returns how many of out[] were filled. */
#define DW_PUBLISHER_NOTES_MAX 12
size_t dw_publisher_notes(unsigned caps, const char *out[DW_PUBLISHER_NOTES_MAX]);
/** May this appliance work with a publisher of these capabilities? DW_ERR_DENIED: the site wants to verify every
 * disc itself (robot.delegated_verify) and this one is verified by the robot. */
DW_MUST_CHECK dw_status dw_publisher_accept(unsigned caps, const struct dw_robot_options *options,
                                            struct dw_error *err);

/** Its discs are burned and verified by another machine: robot.driver alone tells. */
bool dw_publisher_delegates(const struct dw_robot_options *options);
/** What its printer takes besides the PNG, as the ending of a file beside it: "pdf" (a printer with a queue takes it in
 * millimetres), "jpg" (a PTBurn server takes no PNG), "" nothing. */
const char *dw_publisher_label_kind(const struct dw_robot_options *options);

/* Messages, each a new object: json_decref() or dw_channel_post(). */
json_t *dw_publisher_hello(const char *driver, unsigned caps, const struct dw_sensors *sensors);
json_t *dw_publisher_request(const struct dw_disc_request *request);
json_t *dw_publisher_progress(int64_t disc, const struct dw_progress *progress);
json_t *dw_publisher_fault(const struct dw_fault_report *report);
json_t *dw_publisher_cleared(const char *key);
/** {n, task, sentence, disc, job, drive, media, stock, wrong} */
json_t *dw_publisher_step(const struct dw_person_step *step, int64_t job);
/** [{name, role, discs, capacity, media}] of all bins */
json_t *dw_publisher_bins(const struct dw_sensors *sensors);

#endif
