/** Who answers the daemon's words: a station, which moves discs itself, or a publisher that hands them to the
 * server of another machine. One maker for each; the session knows none of them. */
#ifndef DW_PROGRAMS_ROBOT_MAKER_H
#define DW_PROGRAMS_ROBOT_MAKER_H
#include <poll.h>
#include "base/log.h"
#include "robot/publisher.h"
#include "robot/station.h"

#define PUBLISHER_FDS_MAX (DW_STATION_FDS_MAX + 1)

/** The words of docs/messages.md, each as robot/station.h has it. `self` is what make() gave. */
struct publisher_words {
    dw_status (*order)(void *self, json_t *head, struct dw_error *err);
    void (*stored)(void *self, int64_t disc, enum dw_disc_event event, dw_status status, const char *state);
    void (*acknowledge)(void *self, const char *key);
    void (*cancel)(void *self, int64_t disc);
    void (*place)(void *self, int64_t disc, const char *at);
    dw_status (*refill)(void *self, const char *bin, int discs, const char *media, const char *stock,
                        struct dw_error *err);
    dw_status (*step_answer)(void *self, int64_t n, const char *answer, struct dw_error *err);
    void (*drive_health)(void *self, int drive, int bad_in_a_row, const char *out);
    void (*rejected)(void *self, int in_a_row);
    dw_status (*inject)(void *self, const char *faults, struct dw_error *err);
    /* These two NULL: no drive of this machine is its. */
    dw_status (*devices)(void *self, const char *device, struct dw_error *err);
    dw_status (*tray)(void *self, const char *device, struct dw_error *err);
    int (*poll)(const void *self, struct pollfd fds[PUBLISHER_FDS_MAX], int *timeout_ms);
    void (*step)(void *self);
    void (*free)(void *self); /**< also what make() left half made; not with NULL */
};

struct maker_opts {
    struct dw_robot_options *options; /**< may be corrected by what the machine is */
    const char *state_dir;
    const json_t *placed; /**< of `config`; lives as long as make(). What was noted of it is told with hello */
    struct dw_clock clock;
    const struct dw_log *log;
    struct dw_publisher_listener listener;
    void (*hello)(void *ctx, json_t *hello); /**< stolen; once, before anything else is told. ctx: the listener's */
};
struct maker {
    const struct publisher_words *words;
    /** *self is set on failure, too, if there is something to free. */
    dw_status (*make)(const struct maker_opts *opts, void **self, struct dw_error *err);
};
extern const struct maker maker_station, maker_ptburn;

#endif
