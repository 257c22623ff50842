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
    json_t *drives;              /* `drives` as it told them last */
    char device[DW_OPTION_LIST_MAX]; /* its drives as it was told last */
    char why[200]; /* its program ended with this sentence, and did not come back since; "": none */
};
struct dw_robots {
    const struct dw_core *core;
    dw_robots_disc_fn *on_disc;
    void *ctx;
    struct robot robots[DW_CONFIG_ROBOTS_MAX];
    size_t count;
    json_t *progress; /* {"7": as robot/progress.h writes it} */
    json_t *machine; /* the optical drives of this machine, as a robot told them last */
    uint64_t kick_timer;
};

/** The key of a disc in `progress` and `told`. */
void robots_disc_key(int64_t disc, char out[24]);

/* robots_drives.c: which drives of this machine are a robot's. */
/** What it is told of them, "" of a robot that has them inside; *out_count (how many) is left alone then. */
DW_MUST_CHECK dw_status robots_devices(const struct robot *robot, char *out, size_t size, int64_t *out_count,
                                       struct dw_error *err);
void robots_take_drives(struct robot *robot, struct dw_message *msg); /**< `drives`; its head is taken */
/** Serials and devices of its hello as its bays are now. true: others than it said. */
bool robots_name_drives(struct robot *robot);
void robots_publish_drives(dw_robots *robots); /**< STATE/run/drives: what is not done is logged */
void robots_describe_bays(const struct robot *robot, json_t *out);
void robots_describe_machine(const dw_robots *robots, json_t *doc);

#endif
