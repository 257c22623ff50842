/** What can become of one piece of plastic: its states, the events that change them, and nothing
 * else. A pure table, the same for the daemon (which stores) and the robot (which asks). A state
 * that moves an arm is stored before the arm moves; a retry is a new disc, never a way back to the
 * beginning. */
#ifndef DW_ROBOT_DISC_H
#define DW_ROBOT_DISC_H
#include <stdbool.h>
#include "base/error.h"

enum dw_disc_state {
    DW_DISC_RESERVED, /**< a row, no plastic yet */
    DW_DISC_LOADING,  /**< arm: input bin -> drive */
    DW_DISC_BURNING,
    DW_DISC_VERIFYING,  /**< read back, then judged by check */
    DW_DISC_PRINTING,   /**< arm: drive -> printer, then the label */
    DW_DISC_DELIVERING, /**< arm: printer -> output bin */
    DW_DISC_DELIVERED,
    DW_DISC_REJECTING, /**< arm: drive or printer -> reject bin */
    DW_DISC_REJECTED,  /**< the bad disc is out */
    DW_DISC_UNKNOWN,   /**< a person says where it is; nothing moves until then */
    DW_DISC_ABANDONED, /**< will never be this disc: cancelled before loading, or taken out by a
                          person */
    DW_DISC_STATE_COUNT
};

enum dw_disc_event {
    DW_DISC_EV_LOAD,       /**< the arm is about to fetch a blank disc */
    DW_DISC_EV_NOT_LOADED, /**< it surely fetched nothing: bin empty, pick missed; of an unknown disc: a person was
                              only asked for its blank when the program ended */
    DW_DISC_EV_LOADED,     /**< the blank is in the drive and the tray is closed */
    DW_DISC_EV_BURNED,     /**< every block was accepted */
    DW_DISC_EV_VERIFIED,   /**< read back, compared and judged */
    DW_DISC_EV_PRINTED,    /**< the label is on it */
    DW_DISC_EV_DELIVERED,  /**< it lies in the output bin */
    DW_DISC_EV_BAD_DISC,   /**< burn, verify, check or print failed: it must leave, unlabelled if it
                              can */
    DW_DISC_EV_OUT,        /**< it lies in the reject bin */
    DW_DISC_EV_CANCEL,     /**< a person no longer wants it */
    DW_DISC_EV_IN_DOUBT,   /**< where it is can no longer be said */
    DW_DISC_EV_FOUND_DRIVE, /**< person: in a drive, and it was good so far: read it again */
    DW_DISC_EV_FOUND_BAD, /**< person: in a drive, and it was not good or not ready: take it out */
    DW_DISC_EV_FOUND_OUTPUT, /**< person: in the output bin, and it was verified and printed */
    DW_DISC_EV_FOUND_REJECT, /**< person: in the reject bin */
    DW_DISC_EV_GONE,         /**< person: not in the robot any more */
    DW_DISC_EVENT_COUNT
};

/** Where does `on` lead from `from`? DW_ERR_CONFLICT: not listed, *to is untouched. */
DW_MUST_CHECK dw_status dw_disc_next(enum dw_disc_state from, enum dw_disc_event on,
                                     enum dw_disc_state *to, struct dw_error *err);
/** What a stored state becomes when the robot or the daemon starts again: where an arm was moving
 * it is DW_DISC_UNKNOWN; final states stay. This is not an event: it is applied once, before
 * anything else. */
enum dw_disc_state dw_disc_after_restart(enum dw_disc_state state);

bool dw_disc_moves_arm(enum dw_disc_state state); /**< an arm may carry the disc in this state */
bool dw_disc_is_final(enum dw_disc_state state);  /**< delivered, rejected, abandoned */
bool dw_disc_in_drive(
    enum dw_disc_state state); /**< burning, verifying: it lies still in its drive */

/** A person's answer about a disc in DW_DISC_UNKNOWN as an event. `before` is the last state it had
 * before (DW_DISC_UNKNOWN when nobody knows), `at` is "drive N", "output", "reject" or "gone".
 * *out_drive is N, else 0. DW_ERR_INVALID: no such place. DW_ERR_CONFLICT: a disc that was not
 * being delivered cannot count as delivered because it lies in the output bin; the sentence says
 * what to do. */
DW_MUST_CHECK dw_status dw_disc_answer(enum dw_disc_state before, const char *at,
                                       enum dw_disc_event *out, int *out_drive,
                                       struct dw_error *err);

/** Stored in the queue, sent in messages and shown: never renamed. From an unknown name or NULL:
 * -1. */
const char *dw_disc_state_name(enum dw_disc_state state);
int dw_disc_state_from_name(const char *name);
const char *dw_disc_event_name(enum dw_disc_event event);
int dw_disc_event_from_name(const char *name);

#endif
