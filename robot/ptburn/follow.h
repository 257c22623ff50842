/** From what a server shows of one job to what its disc's row must say: tables and rules, nothing that waits or reads.
 * A job of ours makes one disc; blanks that the service rejects and replaces by itself meanwhile are only counted. */
#ifndef DW_ROBOT_PTBURN_FOLLOW_H
#define DW_ROBOT_PTBURN_FOLLOW_H
#include <stdbool.h>
#include "robot/disc.h"
#include "robot/ptburn/errors.h"
#include "robot/ptburn/status.h"

/** What has become of the job's file: the service renames it. */
enum dw_ptburn_file {
    DW_PTBURN_FILE_NONE,
    DW_PTBURN_FILE_STAGED,  /**< .TMP: written by us, and not yet a request */
    DW_PTBURN_FILE_REQUEST, /**< .JRQ */
    DW_PTBURN_FILE_QUEUED,  /**< .QRJ */
    DW_PTBURN_FILE_RUNNING, /**< .INP */
    DW_PTBURN_FILE_DONE,    /**< .DON */
    DW_PTBURN_FILE_ERROR,   /**< .ERR, .ABT */
    DW_PTBURN_FILE_COUNT
};
/** "JOB.QRJ": what it is and its stem. false: no job file. Case does not matter. */
bool dw_ptburn_file_read(const char *name, char stem[DW_PTBURN_STEM_MAX], enum dw_ptburn_file *out);
bool dw_ptburn_file_is_live(enum dw_ptburn_file file); /**< the service may still work on it */

/** How far the disc is; never further than what was seen in its order. */
enum dw_ptburn_stage {
    DW_PTBURN_STAGE_QUEUED,
    DW_PTBURN_STAGE_BURNING,
    DW_PTBURN_STAGE_VERIFYING,
    DW_PTBURN_STAGE_PRINTING,
    DW_PTBURN_STAGE_DELIVERING
};
struct dw_ptburn_follow { /* plain data; all zero at the beginning */
    enum dw_ptburn_stage reached; /**< by any blank of this job: never goes back */
    enum dw_ptburn_stage now;     /**< by the blank that is in work */
    bool used;                    /**< a blank was taken for it */
    int bad;                      /**< blanks that the service rejected */
    bool again; /**< it began anew when a good disc may have been out: there may be two of them. Never false again */
};
/** Take in what was read last. */
void dw_ptburn_follow_step(struct dw_ptburn_follow *follow, const struct dw_ptburn_job_status *status);
/** "burning", "verifying"; NULL: nothing that has a percentage. */
const char *dw_ptburn_stage_word(const struct dw_ptburn_job_status *status);

enum dw_ptburn_outcome {
    DW_PTBURN_OPEN,          /**< in work */
    DW_PTBURN_UNCLEAR,       /**< files and status do not agree; the next look may tell */
    DW_PTBURN_GOOD,
    DW_PTBURN_BAD,           /**< job file and status say so */
    DW_PTBURN_STOPPED,       /**< aborted, by us or at the server */
    DW_PTBURN_NOT_SUBMITTED, /**< our file still has its first name: the service never saw it */
    DW_PTBURN_LOST,          /**< nobody can tell: a person is asked */
    DW_PTBURN_OUTCOME_COUNT
};
const char *dw_ptburn_outcome_name(enum dw_ptburn_outcome outcome);
int dw_ptburn_outcome_from_name(const char *name); /**< -1: unknown */
/** status NULL: no robot's file knows the job. Never GOOD unless file, state and count all say so. */
enum dw_ptburn_outcome dw_ptburn_outcome(enum dw_ptburn_file file, const struct dw_ptburn_job_status *status);
/** Whatever its end says of a job that was begun again, only a person can tell how many discs there are. */
enum dw_ptburn_outcome dw_ptburn_outcome_followed(enum dw_ptburn_outcome outcome, const struct dw_ptburn_follow *follow);
/** What an UNCLEAR one is taken for when it has stayed so: LOST, or BAD where a failure is certain. */
enum dw_ptburn_outcome dw_ptburn_outcome_at_last(enum dw_ptburn_file file, const struct dw_ptburn_job_status *status);
/** The error behind BAD; NULL: no number is told. */
const struct dw_ptburn_error *dw_ptburn_why(const struct dw_ptburn_job_status *status);

/** The event to ask for next, so that a row in `state` comes to say what is known; -1: none, it says it already.
 *  cancelled: a person of ours does not want it any more. */
int dw_ptburn_next_event(enum dw_disc_state state, const struct dw_ptburn_follow *follow,
                         enum dw_ptburn_outcome outcome, bool cancelled);

#endif
