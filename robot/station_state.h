/** Inside of a station, shared by robot/station*.c. */
#ifndef DW_ROBOT_STATION_STATE_H
#define DW_ROBOT_STATION_STATE_H
#include "robot/open_faults.h"
#include "robot/scheduler.h"
#include "robot/station.h"
#include "robot/worker.h"

/** What is physically going on with a disc inside its stored state. */
enum station_phase {
    PHASE_WAITING,  /**< reserved: for a drive */
    PHASE_ASKED,    /**< for the answer to a request */
    PHASE_MOVING,   /**< on the arm, or the printer is being told to start */
    PHASE_WORKING,  /**< a worker has its drive */
    PHASE_READY,    /**< good, in its drive, waiting for the printer */
    PHASE_PRINTING, /**< the printer is at it */
    PHASE_NO_LABEL, /**< in the printer, which needs a person first */
    PHASE_PRINTED,  /**< in the printer, waiting for the output bin */
    PHASE_BAD,      /**< waiting for the reject bin */
    PHASE_OFFLINE,  /**< in its drive, and the robot cannot be reached to go on */
    PHASE_DOUBT     /**< a person is asked */
};
struct station_disc {
    struct dw_disc_order order;
    enum dw_disc_state state;  /**< as stored */
    enum dw_disc_state before; /**< state before DW_DISC_UNKNOWN */
    enum station_phase phase;
    struct dw_place at;       /**< DW_PLACE_NONE: not in the machine, or not known */
    enum dw_disc_event asked; /**< with PHASE_ASKED */
    int bin;                  /**< it was loaded from; 0: nobody knows any more */
    bool cancel;
    char again[16];            /**< with PHASE_OFFLINE: the task to begin, or "burn" to be ended */
    bool burned;               /**< with PHASE_OFFLINE: it was written, only the drive was not asked yet */
    int passed_over;           /**< how often another disc was loaded although this one was first */
    int64_t ask_again_us;      /**< the answer was a failure of the store; 0: no */
    enum dw_disc_event answer; /**< what a person's answer means, while the arm's thread notes it */
    char *image, *label;       /**< of a delivered disc; owned, NULL: none */
    char why[200];             /**< why it is bad or in doubt */
    const char *why_fault;     /**< row or NULL */
};
struct station_drive {
    int64_t disc; /**< 0: none */
    struct dw_worker worker;
    bool tray; /**< may move, or was not seen in since: the arm rests meanwhile */
    int64_t tray_look_us; /**< its drive is asked where it is, not before this */
    int bad_in_a_row;
    bool slower; /**< data did not come fast enough before */
    char serial[DW_DRIVE_SERIAL_MAX], lot[DW_DISC_LOT_MAX]; /**< as the last task told; "" */
    struct dw_reading reading; /**< of the disc that it burned last */
    int64_t began_us;         /**< of its burn; 0: not since we know it */
    int64_t done_at_us;       /**< when it will probably be judged; 0: not known */
    char failed_at[200]; /**< the drive failed while its worker went on: why; "": it did not */
    uint64_t progress_done, progress_total;
    int64_t progress_us;
};
struct station_rate { /* time over blocks: sums of a straight line */
    double n, x, y, xx, xy;
};
struct station_set { /* the discs of one copy of a job, which leave together and in order */
    int64_t job, copy;
    int out;            /**< of them, delivered */
    int missing_n;      /**< the lowest one that left without being delivered; 0: none */
    int64_t missing_us; /**< when it did; its successor comes soon or never */
};
#define STATION_SETS_MAX 64
struct station_ink { /* how far a cartridge goes */
    int percent;     /**< as last seen */
    int labels;      /**< printed since it was that */
    int steps;       /**< percents gone since the cartridge was new to us */
    double labels_per_percent; /**< 0: not known yet */
    bool runs_out;   /**< before what is ordered is printed */
};

struct dw_station {
    struct dw_station_opts opts;
    struct dw_robot_options options;
    struct dw_sensors sensors;
    struct station_disc **discs; /**< in the order given */
    size_t count, room;
    struct station_drive drive[DW_ROBOT_DRIVES_MAX]; /**< [0] is drive 1 */
    int64_t arm_owner;                               /**< disc that has reserved the arm; 0: none */
    int arm_jobs;                                    /**< submitted and not taken back */
    int rejected_in_a_row;
    int bad_blanks[DW_ROBOT_BINS_MAX]; /**< in a row, of each bin */
    int64_t lost_disc;                 /**< the journal's unfinished motion; 0: none, or answered */
    struct dw_journal_motion *motions; /**< as read at start: where discs went before */
    size_t motion_count;
    struct dw_open_faults faults;
    struct station_set set[STATION_SETS_MAX];
    size_t set_count;
    struct station_ink ink;
    int64_t started_us;
    int64_t sense_due_us; /**< 0: not planned */
    struct station_rate rate[DW_MEDIA_COUNT];
    int64_t load_ms, unload_ms, deliver_ms, reject_ms; /**< as measured; 0: not yet */
    int64_t carry_began_us;
    int64_t print_began_us, print_us; /**< of the label that is printed; what the last one took, 0: not known */
    bool sensing;
    int64_t bays_due_us; /**< when the machine's drives are looked at again */
    bool tray_asked;     /**< to be opened, or being opened */
    json_t *last_status; /**< as told; NULL: nothing yet */
};

/* station.c */
struct station_disc *station_find(dw_station *station, int64_t disc);
struct station_disc *station_at(dw_station *station, struct dw_place place);
void station_forget(dw_station *station, struct station_disc *disc);
const struct dw_journal_motion *station_motion(const dw_station *station, int64_t disc);

/* station_disc.c: transitions */
void station_ask(dw_station *station, struct station_disc *disc, enum dw_disc_event event,
                 const char *text, const char *fault);
/** What follows from the state the disc has now. */
void station_go_on(dw_station *station, struct station_disc *disc);
void station_resume(dw_station *station, struct station_disc *disc);
/** It waits for the reject bin. fault: a row that rejects; NULL: nobody's, it was cancelled. */
void station_bad(dw_station *station, struct station_disc *disc, const char *fault,
                 const char *why);
/** The disc must no longer be guessed about: asked for as in_doubt, or already unknown. */
void station_doubt(dw_station *station, struct station_disc *disc, const char *fault,
                   const char *why);

/* station_health.c: what bad discs tell about drives, blanks and the robot */
/** This event of the disc is stored. */
void station_count(dw_station *station, const struct station_disc *disc, enum dw_disc_event event);
bool station_drive_rests(const dw_station *station, int drive); /**< out of service */
bool station_bin_rests(const dw_station *station, int bin);     /**< its discs are no good */
/** What a person has acknowledged is counted anew. */
void station_count_anew(dw_station *station, const struct dw_open_fault *fault);

/* station_drive.c: workers */
void station_work(dw_station *station, struct station_disc *disc, const char *task);
void station_drives_step(dw_station *station);
bool station_tray_moves(const dw_station *station); /**< of any drive: the arm waits */
void station_trays_unseen(dw_station *station); /**< each may be out: the arm rests until they are seen in */

/* station_arm.c: motions */
void station_carry(dw_station *station, struct station_disc *disc, struct dw_place to);
void station_print(dw_station *station, struct station_disc *disc);
void station_submit(dw_station *station, const struct dw_arm_job *job);
void station_arm_step(dw_station *station);
void station_schedule(dw_station *station);
int station_bin_with(const dw_station *station,
                     const struct dw_disc_order *order); /**< that has a blank for it; 0: none */

/* station_bays.c: drives that come and go */
void station_bays_step(dw_station *station);
void station_bays_again(dw_station *station); /**< look at them in this round */
int64_t station_bays_due_us(const dw_station *station); /**< 0: never */
bool station_bay_missing(const dw_station *station, int drive);
void station_tray_done(dw_station *station, const struct dw_arm_result *r);

/* station_forecast.c */
/** [{supply, left, wanted, minutes}]: what the queue uses up, and warnings before it does. New reference. */
json_t *station_forecast(dw_station *station);

/* station_set.c */
void station_set_join(dw_station *station, const struct station_disc *disc);
void station_set_leave(dw_station *station, const struct station_disc *disc); /**< it is about to be forgotten */
bool station_set_missing(const dw_station *station); /**< a disc of some set may be replaced in a moment */
/** When that is over although nothing happens, on the monotonic clock; 0: no disc is missing. */
int64_t station_set_due_us(const dw_station *station);
/** The label printer may have this verified disc now: it is its turn. */
bool station_may_leave(dw_station *station, const struct station_disc *disc);
/** When the discs of each set will leave that waits for no drive any more. */
void station_set_spans(dw_station *station, struct dw_sched_view *view);
enum dw_sched_set station_set_place(dw_station *station, const struct station_disc *disc);

/* station_rate.c: how long things take here */
void station_rates_init(dw_station *station);
void station_rate_learn(dw_station *station, const char *media, uint32_t blocks, int64_t took_ms);
int64_t station_work_ms(const dw_station *station, const struct station_disc *disc);
void station_motion_learn(dw_station *station, struct dw_place from, struct dw_place to, int64_t took_ms);
struct dw_sched_times station_times(const dw_station *station);

/* station_faults.c */
void station_raise(dw_station *station, const char *id, int64_t disc, int drive, const char *detail,
                   const char *sentence);
void station_refuse_answer(dw_station *station, struct station_disc *disc, const char *why);
void station_clear(dw_station *station, const char *id, int64_t disc, const char *detail);
void station_clear_disc(dw_station *station, int64_t disc); /**< every fault about it */
bool station_has_fault(const dw_station *station, const char *id);
/** Something about it rests: "stop" and "wait" rows that are open. */
bool station_rests(const dw_station *station, enum dw_fault_about about);
/** What the machine itself complains of, as the sensors tell. */
void station_reported(dw_station *station, const char *id);
/** Faults that the sensors see come and go. */
void station_watch(dw_station *station);
/** When station_watch() must run although nothing happens, on the monotonic clock; 0: never */
int64_t station_watch_due_us(const dw_station *station);

/* station_status.c */
void station_tell(dw_station *station); /**< status, if it is different */

#endif
