/** The arm's own thread: motions take seconds, and the loop that listens to drives and daemon must
 * not wait for them. Jobs are done one after the other in the order given; results are taken by the
 * loop. In virtual time there is no thread and no waiting: a job is done when its turn comes, and
 * its result is held back until the clock has passed what it took. */
#ifndef DW_ROBOT_ARM_H
#define DW_ROBOT_ARM_H
#include "robot/mover.h"

enum dw_arm_job_kind {
    DW_ARM_CARRY,
    DW_ARM_PRINT,
    DW_ARM_SENSE,
    DW_ARM_REFILL,
    DW_ARM_INJECT,
    DW_ARM_ANSWER, /**< a person has said where a disc is */
    DW_ARM_CLEAR,  /**< a person has taken whatever lay at `from` out */
    DW_ARM_TRAY    /**< a person wants to see which drive `text` is: its tray opens, while no motion is made */
};
struct dw_arm_job {
    enum dw_arm_job_kind kind;
    int64_t disc;
    struct dw_place from, to; /**< REFILL: `to`; ANSWER: `to` is where it is */
    int discs;                /**< REFILL; TRAY: seconds after which it goes in again, 0: it stays out */
    char text[DW_PATH_MAX];   /**< label path, media, faults, device */
};
struct dw_arm_result {
    struct dw_arm_job job;
    dw_status status;
    struct dw_error err;
    enum dw_moved moved;                         /**< CARRY */
    const char *fault;                           /**< row of robot/faults.h or NULL */
    bool sensed;                                 /**< sensors are fresh */
    struct dw_sensors sensors;                   /**< read after the job */
    char image[DW_PATH_MAX], label[DW_PATH_MAX]; /**< after carrying to the output bin */
};
#define DW_ARM_QUEUE_MAX 32
/** Places of the queue for carrying, printing and sensing: however often people say that they have
 * done something, a motion is never refused for it. */
#define DW_ARM_QUEUE_KEPT 4

struct dw_arm_time { /* virtual time; plain data */
    int64_t (*now_us)(void *ctx);
    int64_t (*took_us)(void *ctx); /**< what the machine was busy for since the last call */
    void *ctx;
};
typedef struct dw_arm dw_arm;
/** time NULL: the real one, with a thread. mover is borrowed. */
DW_MUST_CHECK dw_status dw_arm_new(dw_mover *mover, const struct dw_arm_time *time, dw_arm **out,
                                   struct dw_error *err);
/** Waits for the job that runs: make the device stop first if that takes long. */
void dw_arm_free(dw_arm *arm);
int dw_arm_fd(const dw_arm *arm); /**< readable while a result is waiting; -1: in virtual time */
int64_t dw_arm_due_us(const dw_arm *arm); /**< virtual time of the next result; 0: none is coming */
/** Copied. DW_ERR_LIMIT: DW_ARM_QUEUE_MAX jobs are waiting, less DW_ARM_QUEUE_KEPT
 * for what people do. */
DW_MUST_CHECK dw_status dw_arm_submit(dw_arm *arm, const struct dw_arm_job *job,
                                      struct dw_error *err);
/** false: none yet. */
bool dw_arm_take(dw_arm *arm, struct dw_arm_result *out);

#endif
