/** A robot and its daemon in one process and in virtual time: the real station, scheduler, arm,
 * mover, journal and simulated machine; work tasks and the daemon's rows are played. Nothing waits,
 * so hours pass in a moment. The machine is the truth: what was burned and printed on each piece of
 * plastic is written down here beside it. */
#ifndef DW_TESTS_ROBOT_HOUSE_H
#define DW_TESTS_ROBOT_HOUSE_H
#include "base/child.h"
#include "base/file.h"
#include "burn/image/blank.h"
#include "robot/sim.h"
#include "robot/station.h"

#define HOUSE_ROWS_MAX 1200
#define HOUSE_PLASTIC_MAX 2000
#define HOUSE_REQUESTS_MAX 256
#define HOUSE_FAULTS_MAX 64

struct house_times { /* how fast the machine is; by enum dw_media where it depends on the blank */
    int64_t arm_ms, tray_ms, print_ms;
    int64_t begin_ms; /**< until a drive writes or reads its first block */
    int64_t close_ms[DW_MEDIA_COUNT];
    int64_t burn_kbps[DW_MEDIA_COUNT], read_kbps[DW_MEDIA_COUNT], check_kbps;
};
extern const struct house_times house_usual_times;
/** task: "burn", "verify" or "check" */
int64_t house_task_ms(const struct house_times *times, const char *media, const char *task,
                      uint32_t blocks);

struct house_row { /* a disc row of the daemon */
    int64_t disc, job, volume, copy, attempt, priority, band;
    int n, of, drive;
    enum dw_disc_state state, before;
    const char *media;
    uint32_t blocks;
    bool told;        /**< the station was given it */
    int64_t serial;   /**< the plastic, when it was delivered */
    int64_t end_us;   /**< final since */
    int64_t begin_us; /**< its burn began */
};
struct house_plastic { /* by serial number */
    int64_t volume;    /**< what is burned on it; 0: blank */
    int64_t row;       /**< for which row */
    bool whole;        /**< the burn went to its end */
    int64_t label;     /**< volume whose label is printed on it; 0: none */
};
struct house_worker {
    dw_channel *channel; /**< NULL: none */
    char task[16];
    int64_t begins_us, ends_us; /**< 0: the task was not read yet */
    int64_t serial, volume;
    uint32_t blocks;
    int quarters; /**< progress that was told */
};
struct house_fault {
    char key[DW_FAULT_KEY_MAX], sentence[200];
    int64_t disc;
    enum dw_fault_action action;
};
struct house {
    char folder[64];
    struct dw_clock_manual hands;
    struct house_times times;
    struct dw_robot_options options;
    struct dw_spawner spawner;
    struct dw_disk disk;
    int64_t arm_busy_us; /**< passed in the machine since the arm's last job began */
    dw_sim *sim;
    dw_link link; /**< listens in on the machine's */
    dw_journal *journal;
    dw_mover *mover;
    dw_arm *arm;
    dw_station *station;
    struct house_row row[HOUSE_ROWS_MAX];
    int rows;
    bool retry_gone; /**< somebody wants a disc that a person took out once more */
    int window;      /**< so many open discs are given to the station at a time; 0: all */
    struct house_plastic plastic[HOUSE_PLASTIC_MAX];
    struct house_worker worker[DW_ROBOT_DRIVES_MAX * 2];
    struct house_request {
        int64_t disc;
        enum dw_disc_event event;
        int drive;
    } request[HOUSE_REQUESTS_MAX];
    int requests;
    struct house_fault fault[HOUSE_FAULTS_MAX];
    int faults, raised; /**< raised: ever */
    json_t *status;
    int64_t delivered[HOUSE_ROWS_MAX]; /**< discs in the order of their coming out */
    int deliveries;
    /* what went wrong that must never */
    int moved_in_doubt, moved_unasked, burned_twice, labelled_wrong, violations_told;
    /* death */
    bool dead;        /**< nothing more reaches the disk; the process is gone at dies_us */
    bool arm_goes_on; /**< the machine finishes its motion although its program is dead */
    int64_t dies_us;  /**< virtual instant; INT64_MAX: never */
    int writes_left;  /**< the journal's writes until it dies; -1: never */
    bool dies_after_write;
    int requests_left;  /**< requests until it dies; -1: never */
    bool row_is_stored; /**< of the request it dies with */
    bool unplugged;     /**< no frame is answered */
    bool (*unplug_when)(
        void *ctx); /**< asked (with the house) whenever the machine lets time go by; NULL: never */
};

/** options is JSON, as for dw_robot_options_from_json(). The machine is new; nothing runs yet. */
void house_open(struct house *h, const struct house_times *times, const char *options);
void house_close(struct house *h);
/** Start the program: as after a crash if one was there before. */
void house_boot(struct house *h);
/** The program is gone: rows become what the table says, the plastic lies where it lies. */
void house_kill(struct house *h);

struct house_row *house_order(struct house *h, const struct house_row *row);
/** Everything that happens at this instant, then on to the next one, but not beyond until_us.
 * false: nothing will ever happen again by itself, or the program has died. */
bool house_step(struct house *h, int64_t until_us);
/** Until nothing is left to do by itself. */
void house_run(struct house *h, int64_t until_us);
int64_t house_now_us(const struct house *h);
int house_open_rows(const struct house *h);
struct house_row *house_row(struct house *h, int64_t disc);
struct house_fault *house_fault(struct house *h,
                                const char *id); /**< by the beginning of its key; NULL: none */
/** A person who looks where the disc really is and says so; true: there was a question. dice
 * chooses where a disc found on the arm or the floor is laid. */
bool house_answer(struct house *h, unsigned dice);
/** Nothing that must never happen has happened; says what did. */
bool house_is_clean(struct house *h);

#endif
