/** Inside of a ptburn publisher, shared by robot/ptburn/ptburn*.c. */
#ifndef DW_ROBOT_PTBURN_STATE_H
#define DW_ROBOT_PTBURN_STATE_H
#include "robot/open_faults.h"
#include "robot/ptburn/ptburn.h"
#include "robot/ptburn/record.h"
#include "robot/ptburn/share.h"
#include "robot/worker.h"

#define PTBURN_LOOK_US 2000000         /* the service writes as often */
#define PTBURN_SILENT_US 15000000      /* no tick, no answer: nobody is there */
#define PTBURN_UNCLEAR_US 20000000     /* file and status may differ so long */
#define PTBURN_RETRY_US 10000000       /* after a failure of the share */
#define PTBURN_MESSAGE_US 30000000     /* the service looks for messages every ten seconds */
#define PTBURN_ORPHAN_US 30000000      /* by then the daemon has sent what it has */

/** What is going on with a disc inside its stored state. */
enum ptburn_phase {
    PTBURN_WAITING,    /**< reserved: nothing of it lies on the share */
    PTBURN_PREPARING,  /**< its folder is made */
    PTBURN_WRITING,    /**< a worker writes image and label */
    PTBURN_CHECKING,   /**< a worker judges the image */
    PTBURN_STAGING,    /**< its job file is written */
    PTBURN_STAGED,     /**< ready, not yet a request */
    PTBURN_SUBMITTING, /**< its job file is renamed */
    PTBURN_FOLLOWED,   /**< the service's; also while nobody knows */
    PTBURN_REFUSED     /**< nothing was made, and what is wrong is on its way to the daemon */
};
struct ptburn_disc {
    struct dw_disc_order order;
    enum dw_disc_state state, before;
    enum ptburn_phase phase;
    bool asked; /**< an event is on its way to the daemon */
    enum dw_disc_event event;
    int64_t ask_again_us; /**< the store failed: then again; 0: no */
    bool cancel;
    bool doubted;      /**< a person was asked */
    int answer;        /**< of that person, an event; -1: none */
    int64_t retry_us;  /**< the share failed: not before then */
    int64_t abort_us;  /**< when the service was told last; 0: not */
    int64_t unclear_us; /**< since when; 0: it is clear */
    bool is_on_server; /**< a job of its name was there before it was submitted */
    enum dw_ptburn_bin bin; /**< of its job file */
    char stem[DW_PTBURN_STEM_MAX];
    char content[DW_PTBURN_CONTENT_MAX]; /**< of its record */
    struct dw_ptburn_follow follow;
    enum dw_ptburn_outcome outcome;
    int error;         /**< behind a bad outcome; 0: none told */
    struct dw_ptburn_job_status seen; /**< as last read */
    bool is_seen;
    int drive;         /**< 0: none */
    char why[200];
    const char *why_fault; /**< row or NULL */
    int told_percent; /**< of its stage */
};
struct dw_ptburn {
    struct dw_ptburn_opts opts;
    struct dw_robot_options options;
    struct dw_robot_bins bins;
    struct dw_ptburn_paths paths;
    char client[32];
    dw_ptburn_records *records;
    dw_ptburn_share *share;
    struct ptburn_disc **discs; /**< in the order given */
    size_t count, room;
    struct dw_worker worker;
    int64_t worker_disc;
    /* the server, as last seen */
    struct dw_ptburn_view *view; /**< NULL: not yet */
    int robot;                   /**< index in it; -1: none that is ours */
    int64_t robot_us;            /**< when it was found last */
    bool looking;
    int64_t look_due_us, looked_us;
    dw_status look_status;
    char look_text[200];
    char pulse[2 * DW_PTBURN_VALUE_MAX];
    int64_t pulse_us;    /**< when it changed last; 0: never */
    int system_error;
    int64_t answered_us; /**< when its question was answered last; 0: not */
    int64_t kiosk_us;    /**< when the mode was set last */
    bool count_due;      /**< somebody has filled a bin, and the server was not asked to count yet */
    int message_n;
    int64_t first_look_us;
    int refused_in_a_row; /**< times that the share did not take what a disc needs */
    char refused_text[200];
    int rejected_in_a_row;
    struct dw_open_faults faults;
    char *last_status;
};

/* ptburn.c */
struct ptburn_disc *ptburn_find(dw_ptburn *ptburn, int64_t disc);
void ptburn_forget(dw_ptburn *ptburn, struct ptburn_disc *disc);
int64_t ptburn_now(const dw_ptburn *ptburn);

/* ptburn_disc.c: transitions */
void ptburn_ask(dw_ptburn *ptburn, struct ptburn_disc *disc, enum dw_disc_event event);
void ptburn_resume(dw_ptburn *ptburn, struct ptburn_disc *disc);
/** What follows from all that is known of it; asks for at most one event. */
void ptburn_advance(dw_ptburn *ptburn, struct ptburn_disc *disc);
void ptburn_ask_again(dw_ptburn *ptburn);
/** Nothing was made of it and nothing will be: the daemon is told why. */
void ptburn_refuse(dw_ptburn *ptburn, struct ptburn_disc *disc, const char *fault, const char *why);

/* ptburn_prepare.c: from the order to the request */
void ptburn_prepare_step(dw_ptburn *ptburn);
void ptburn_prepared(dw_ptburn *ptburn, struct ptburn_disc *disc, const struct dw_ptburn_result *result);
void ptburn_sum_up(struct ptburn_disc *disc);
void ptburn_submit(dw_ptburn *ptburn, struct ptburn_disc *disc);
void ptburn_worker_step(dw_ptburn *ptburn);
bool ptburn_lacks_room(const dw_ptburn *ptburn); /**< a disc waits for which the server's disk has no room */

/* ptburn_server.c: what the server shows */
void ptburn_server_step(dw_ptburn *ptburn);
bool ptburn_alive(const dw_ptburn *ptburn); /**< share and service answer */
const struct dw_ptburn_robot *ptburn_robot(const dw_ptburn *ptburn); /**< NULL: not known */
void ptburn_message(dw_ptburn *ptburn, enum dw_ptburn_message message, const char *stem);
void ptburn_op(dw_ptburn *ptburn, enum dw_ptburn_op_kind kind, int64_t disc, const char *stem, char *text);
void ptburn_count_bins(dw_ptburn *ptburn); /**< if that is due, and the server has nothing to do */
/** Its outcome is known: kept before anybody is told. */
void ptburn_decide(dw_ptburn *ptburn, struct ptburn_disc *disc, enum dw_ptburn_outcome outcome);

/* ptburn_bins.c */
bool ptburn_wants_kiosk(const struct dw_robot_options *options); /**< kiosk = on */
/** false: no bin is for it. */
bool ptburn_bin_for(const dw_ptburn *ptburn, const struct dw_disc_order *order, enum dw_ptburn_bin *out);
void ptburn_sense_bins(const dw_ptburn *ptburn, struct dw_sensors *sensors);
int ptburn_blanks_left(const dw_ptburn *ptburn, const char *media);   /**< -1: not counted */
int ptburn_blanks_wanted(const dw_ptburn *ptburn, const char *media); /**< by discs that have none yet */

/* ptburn_faults.c */
void ptburn_raise(dw_ptburn *ptburn, const char *id, const char *detail, int64_t disc, const char *sentence);
void ptburn_clear(dw_ptburn *ptburn, const char *id, const char *detail);
void ptburn_clear_disc(dw_ptburn *ptburn, int64_t disc);
bool ptburn_stopped(const dw_ptburn *ptburn); /**< until somebody acknowledges */
/** What is wrong with share, service and settings, raised and cleared as it comes and goes. */
void ptburn_watch(dw_ptburn *ptburn);

/* ptburn_status.c */
void ptburn_tell(dw_ptburn *ptburn);
void ptburn_tell_progress(dw_ptburn *ptburn, struct ptburn_disc *disc);

#endif
