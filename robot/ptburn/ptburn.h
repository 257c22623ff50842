/** A robot behind the PTBurn service of its maker: a publisher that hands finished images to the service's folder and
 * follows what becomes of them. It moves nothing itself, verifies nothing itself, and says so. The words are those of
 * robot/station.h; one loop thread; never waits: what the share does is done on a thread of its own. */
#ifndef DW_ROBOT_PTBURN_PTBURN_H
#define DW_ROBOT_PTBURN_PTBURN_H
#include <poll.h>
#include "base/child.h"
#include "base/log.h"
#include "robot/publisher.h"
#include "robot/stock.h"

typedef struct dw_ptburn dw_ptburn;
struct dw_ptburn_opts {
    const struct dw_robot_options *options; /**< copied */
    const char *state_dir;
    dw_stock *stock; /**< borrowed; NULL: no pile has a name */
    const struct dw_spawner *spawner; /**< NULL: the real one */
    struct dw_clock clock;
    const struct dw_log *log; /**< debug lines only; may be NULL */
    bool at_once; /**< tests: the share is used on the caller's thread */
    struct dw_publisher_listener listener;
};
#define DW_PTBURN_CAPS                                                                                                 \
    (DW_CAN_SENSE_PICK | DW_CAN_COUNT_BINS | DW_CAN_PRINT | DW_CAN_SENSE_INK | DW_DELEGATES_VERIFY | DW_BD_UNPROVEN |       \
     DW_HAS_FIXED_BINS)
/** What the robot is before its server was asked: as it is set. With one input bin good discs go into the other one,
 * with two, or in kiosk mode, all come out at the front. */
unsigned dw_ptburn_caps(const struct dw_robot_options *options);
/** DW_ERR_INVALID: the options name no folder, or one that no job file could name. */
DW_MUST_CHECK dw_status dw_ptburn_sensors(const struct dw_robot_options *options, struct dw_sensors *out,
                                          struct dw_error *err);

DW_MUST_CHECK dw_status dw_ptburn_new(const struct dw_ptburn_opts *opts, dw_ptburn **out, struct dw_error *err);
void dw_ptburn_free(dw_ptburn *ptburn); /**< kills its workers; jobs on the server go on */

DW_MUST_CHECK dw_status dw_ptburn_order(dw_ptburn *ptburn, json_t *head, struct dw_error *err);
void dw_ptburn_stored(dw_ptburn *ptburn, int64_t disc, enum dw_disc_event event, dw_status status, const char *state);
void dw_ptburn_cancel(dw_ptburn *ptburn, int64_t disc);
void dw_ptburn_rejected(dw_ptburn *ptburn, int in_a_row);
void dw_ptburn_acknowledge(dw_ptburn *ptburn, const char *key);
/** A person's answer. "drive N" is refused: only the service takes a disc out of a drive. */
void dw_ptburn_place(dw_ptburn *ptburn, int64_t disc, const char *at);
/** The service counts discs itself: it is asked to do so as soon as it has nothing to do. media must be what the bin
 * holds by the settings. */
DW_MUST_CHECK dw_status dw_ptburn_refill(dw_ptburn *ptburn, const char *bin, const char *media, const char *stock,
                                         struct dw_error *err);

#define DW_PTBURN_FDS_MAX 3
int dw_ptburn_poll(const dw_ptburn *ptburn, struct pollfd fds[DW_PTBURN_FDS_MAX], int *timeout_ms);
void dw_ptburn_step(dw_ptburn *ptburn);

#endif
