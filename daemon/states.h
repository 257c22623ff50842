/** What can become of a study, a job and a volume: tables and nothing else. (Discs: robot/disc.h.) State
 *  names are stored and shown: never renamed. */
#ifndef DW_DAEMON_STATES_H
#define DW_DAEMON_STATES_H
#include <stdbool.h>
#include "base/error.h"

enum dw_study_state {
    DW_STUDY_RECEIVING, /**< objects may still come */
    DW_STUDY_COMPLETE,  /**< quiet for the configured time */
    DW_STUDY_PUBLISHED, /**< a job of it is done */
    DW_STUDY_PURGED,    /**< its files are gone by the rule of retention */
    DW_STUDY_HELD,      /**< a person decides; the reason says what */
    DW_STUDY_DELETED,   /**< hidden, and can be taken back for the time of grace */
    DW_STUDY_PURGING,   /**< its files are going, and none of them counts any more */
    DW_STUDY_STATE_COUNT
};
enum dw_study_event {
    DW_STUDY_EV_QUIET,
    DW_STUDY_EV_OBJECT,    /**< one more arrived */
    DW_STUDY_EV_CONFLICT,  /**< one arrived that speaks of another patient */
    DW_STUDY_EV_RELEASE,   /**< person: what is in it may be published */
    DW_STUDY_EV_PUBLISHED,
    DW_STUDY_EV_DELETE,
    DW_STUDY_EV_UNDELETE,           /**< person: take it back, it was complete */
    DW_STUDY_EV_UNDELETE_PUBLISHED, /**< the same, it was published */
    DW_STUDY_EV_PURGE,              /**< the time of grace is over */
    DW_STUDY_EV_PURGED,             /**< nothing of it is left */
    DW_STUDY_EVENT_COUNT
};

enum dw_job_state {
    DW_JOB_QUEUED,
    DW_JOB_PREPARING, /**< objects, previews, plan, labels */
    DW_JOB_ACTIVE,    /**< its discs are with the robot */
    DW_JOB_DONE,      /**< every (volume, copy) was delivered */
    DW_JOB_FAILED,
    DW_JOB_HELD, /**< a person decides */
    DW_JOB_CANCELLED,
    DW_JOB_STATE_COUNT
};
enum dw_job_event {
    DW_JOB_EV_START,
    DW_JOB_EV_PLANNED, /**< volumes are ready, discs reserved */
    DW_JOB_EV_RESTART, /**< the daemon started again: preparing begins anew */
    DW_JOB_EV_FINISH,
    DW_JOB_EV_FAIL,
    DW_JOB_EV_HOLD,
    DW_JOB_EV_CANCEL,
    DW_JOB_EV_RELEASE,     /**< person: what a rule held may be made */
    DW_JOB_EV_RETRY,       /**< person: prepare again */
    DW_JOB_EV_RETRY_DISCS, /**< person: the volumes are good, burn what is missing */
    DW_JOB_EV_MORE,        /**< person: more copies of the same volumes */
    DW_JOB_EVENT_COUNT
};

enum dw_volume_state { DW_VOLUME_PLANNED, DW_VOLUME_READY, DW_VOLUME_STATE_COUNT };
enum dw_volume_event { DW_VOLUME_EV_LABELLED, DW_VOLUME_EVENT_COUNT };

/** Where does `on` lead from `from`? DW_ERR_CONFLICT: not listed, *to is untouched. */
DW_MUST_CHECK dw_status dw_study_next(enum dw_study_state from, enum dw_study_event on,
                                      enum dw_study_state *to, struct dw_error *err);
DW_MUST_CHECK dw_status dw_job_next(enum dw_job_state from, enum dw_job_event on,
                                    enum dw_job_state *to, struct dw_error *err);
DW_MUST_CHECK dw_status dw_volume_next(enum dw_volume_state from, enum dw_volume_event on,
                                       enum dw_volume_state *to, struct dw_error *err);

bool dw_job_is_final(enum dw_job_state state); /**< done, cancelled: nothing happens by itself any more */

/** -1: not one of them, or NULL. */
const char *dw_study_state_name(enum dw_study_state state);
int dw_study_state_from_name(const char *name);
const char *dw_study_event_name(enum dw_study_event event);
const char *dw_job_state_name(enum dw_job_state state);
int dw_job_state_from_name(const char *name);
const char *dw_job_event_name(enum dw_job_event event);
const char *dw_volume_state_name(enum dw_volume_state state);
int dw_volume_state_from_name(const char *name);
const char *dw_volume_event_name(enum dw_volume_event event);

#endif
