/* What robots.c (their programs) and robots_asked.c (what people ask of them) share. */
#ifndef DW_DAEMON_JOBS_ROBOTS_STATE_H
#define DW_DAEMON_JOBS_ROBOTS_STATE_H
#include "daemon/jobs/robots.h"

struct robot {
    dw_robots *robots;
    const struct dw_config_robot *config;
    dw_kid *kid;
    bool greeted;                    /* its `hello` came: it may be told of discs */
    json_t *hello, *status, *faults; /* faults: {key: fault} */
    unsigned failures;
    uint64_t restart_timer;
    json_t *told;  /* {"7": true}: live discs it knows */
    char why[200]; /* its program ended with this sentence, and did not come back since; "": none */
};
struct dw_robots {
    const struct dw_core *core;
    dw_robots_disc_fn *on_disc;
    void *ctx;
    struct robot robots[DW_CONFIG_ROBOTS_MAX];
    size_t count;
    json_t *progress; /* {"7": as robot/progress.h writes it} */
    uint64_t kick_timer;
};

/** The key of a disc in `progress` and `told`. */
void robots_disc_key(int64_t disc, char out[24]);

#endif
