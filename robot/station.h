/** A robot that moves discs itself: the publisher behind discwright-robot. It asks for every
 * transition to be stored (listener.request), waits for dw_station_stored() and only then moves; it
 * runs one work task per drive; whenever the arm is free the scheduler says what it does next. One
 * loop thread; never waits. */
#ifndef DW_ROBOT_STATION_H
#define DW_ROBOT_STATION_H
#include <poll.h>
#include "base/child.h"
#include "base/log.h"
#include "burn/drive/tray.h"
#include "robot/arm.h"
#include "robot/bays.h"
#include "robot/options.h"
#include "robot/person.h"
#include "robot/publisher.h"
#include "robot/stock.h"

typedef struct dw_station dw_station;
struct dw_station_opts {
    const struct dw_robot_options *options; /**< copied */
    dw_mover *mover;                  /**< borrowed; used for drives only, the arm does the rest */
    dw_arm *arm;                      /**< borrowed */
    dw_stock *stock;                  /**< borrowed; NULL: no pile has a name */
    dw_person *person;                /**< borrowed; NULL: the arm is a machine */
    dw_bays *bays;                    /**< borrowed; NULL: its drives are inside of it */
    const dw_journal *journal;        /**< read in dw_station_new() alone */
    struct dw_sensors sensors;        /**< as read before the arm was started */
    const struct dw_spawner *spawner; /**< NULL: the real one */
    /** NULL: dw_tray_look() */
    dw_status (*tray_look)(const char *address, enum dw_tray *out, struct dw_error *err);
    struct dw_clock clock;
    const struct dw_log *log; /**< debug lines only; may be NULL */
    struct dw_publisher_listener listener;
};
DW_MUST_CHECK dw_status dw_station_new(const struct dw_station_opts *opts, dw_station **out,
                                       struct dw_error *err);
void dw_station_free(dw_station *station); /**< kills its workers */

/** `disc`: make it or go on with it. A disc that is known is left alone. head is borrowed. */
DW_MUST_CHECK dw_status dw_station_order(dw_station *station, json_t *head, struct dw_error *err);
/** `stored`: the answer to one request. status not OK: the row has `state` and keeps it. */
void dw_station_stored(dw_station *station, int64_t disc, enum dw_disc_event event,
                       dw_status status, const char *state);
void dw_station_cancel(dw_station *station, int64_t disc);
/** What was counted before this program was started: bad discs of a drive in a row, and the row it was taken out of
 * service for ("": none); rejected discs in a row. Before the first order. */
void dw_station_drive_health(dw_station *station, int drive, int bad_in_a_row, const char *out);
void dw_station_rejected(dw_station *station, int in_a_row);
/** Somebody has done what the fault's sentence asks for. An unknown key is ignored. */
void dw_station_acknowledge(dw_station *station, const char *key);
/** The machine may have come or gone: its sensors are read soon. */
void dw_station_look(dw_station *station);
/** A person's answer; one that makes no sense is said back as the fault's new sentence. */
void dw_station_place(dw_station *station, int64_t disc, const char *at);
/** "bin 1", "output", "reject", "printer". stock: the pile it is of from now on, NULL: as before. DW_ERR_INVALID: no such bin. */
DW_MUST_CHECK dw_status dw_station_refill(dw_station *station, const char *bin, int discs,
                                          const char *media, const char *stock, struct dw_error *err);
/** Simulated robots only: robot/sim_plan.h */
DW_MUST_CHECK dw_status dw_station_inject(dw_station *station, const char *faults,
                                          struct dw_error *err);

/** What a person says of step n: "done" or "failed". DW_ERR_CONFLICT: it is not asked for any more;
 * DW_ERR_UNSUPPORTED: this robot asks nobody. */
DW_MUST_CHECK dw_status dw_station_step_answer(dw_station *station, int64_t n, const char *answer,
                                               struct dw_error *err);

/** Which drives stand at the bays from now on. DW_ERR_UNSUPPORTED: they are inside of this robot. DW_ERR_CONFLICT: another
 * count of them. */
DW_MUST_CHECK dw_status dw_station_devices(dw_station *station, const char *device, struct dw_error *err);
/** Open the tray of a drive of this machine, so that a person sees which one it is; how it went is told with the drives.
 * DW_ERR_CONFLICT: a disc is in hand, or nobody knows where one is. */
DW_MUST_CHECK dw_status dw_station_tray(dw_station *station, const char *device, struct dw_error *err);

#define DW_STATION_FDS_MAX (2 * DW_ROBOT_DRIVES_MAX + 3)
/** What to poll for, and for how long at most (-1: for ever). */
int dw_station_poll(const dw_station *station, struct pollfd fds[DW_STATION_FDS_MAX],
                    int *timeout_ms);
/** Take what has happened and start what can be started. After each poll and each call above. */
void dw_station_step(dw_station *station);

#endif
