/** What should the arm do next, and which disc is loaded next? Greedy list scheduling with one step
 * of look-ahead over discs, drives, arm and printer: pure functions of what is in front of them, no
 * memory, no clock. */
#ifndef DW_ROBOT_SCHEDULER_H
#define DW_ROBOT_SCHEDULER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/limits.h"

enum dw_sched_drive_state {
    DW_SCHED_DRIVE_EMPTY,
    DW_SCHED_DRIVE_WORKING, /**< burning, verifying, checking */
    DW_SCHED_DRIVE_READY,   /**< its disc waits for the printer (or, without one, the output bin) */
    DW_SCHED_DRIVE_BAD,     /**< its disc waits for the reject bin */
    DW_SCHED_DRIVE_BLOCKED  /**< not to be touched */
};
enum dw_sched_printer_state {
    DW_SCHED_PRINTER_EMPTY,
    DW_SCHED_PRINTER_WORKING,
    DW_SCHED_PRINTER_DONE,   /**< its disc waits for the output bin */
    DW_SCHED_PRINTER_BAD,    /**< its disc waits for the reject bin */
    DW_SCHED_PRINTER_BLOCKED /**< not to be touched, or there is none */
};
enum dw_sched_kind {
    DW_SCHED_NOTHING,
    DW_SCHED_LOAD,    /**< next waiting disc: bin -> drive */
    DW_SCHED_PRINT,   /**< drive -> printer (or output) */
    DW_SCHED_DELIVER, /**< printer -> output */
    DW_SCHED_REJECT   /**< drive (or printer: drive 0) -> reject */
};
struct dw_sched_action {
    enum dw_sched_kind kind;
    int drive; /**< from 1; 0: printer */
};
struct dw_sched_times { /* what the machine usually takes */
    int64_t load_ms, unload_ms, deliver_ms, reject_ms;
    int64_t print_ms; /**< 0: no printer */
};
#define DW_SCHED_SPANS_MAX (2 * DW_ROBOT_DRIVES_MAX)
struct dw_sched_span { /* from when the first disc of a set leaves until the last one does nobody else may */
    int64_t from_ms, until_ms;
};
struct dw_sched_view {
    int drives;
    struct {
        enum dw_sched_drive_state state;
        int64_t left_ms; /**< WORKING: until it is done, if known; -1 */
    } drive[DW_ROBOT_DRIVES_MAX];
    enum dw_sched_printer_state printer;
    int64_t printer_left_ms;
    bool no_printer; /**< a READY disc goes straight to the output bin */
    int waiting;     /**< discs that could be loaded now: their bin is not empty */
    bool output_room, reject_room;
    struct dw_sched_span span[DW_SCHED_SPANS_MAX]; /**< of sets that are in the machine with all their discs */
    int spans;
    struct dw_sched_times times;
};
/** The arm is free and nothing is in doubt: what now? */
struct dw_sched_action dw_sched_next(const struct dw_sched_view *view);

enum dw_sched_set { /* a disc and the others of its set */
    DW_SCHED_SET_NONE,  /**< alone, or the first of a set of which nothing is in the machine */
    DW_SCHED_SET_LATER, /**< it has to wait for the first one to be loaded: never picked */
    DW_SCHED_SET_BEGUN, /**< others of its set are in the machine */
    DW_SCHED_SET_NEXT   /**< they wait for this very disc before they may be delivered */
};
struct dw_sched_waiting { /* a disc that could be loaded now */
    int64_t priority;     /**< the highest first; equal ones in the order given */
    int64_t band;         /**< only discs of one band change places, and none goes before a higher one */
    int64_t work_ms;      /**< from its first block until it is judged */
    int passed_over;      /**< how often another was taken although this one was first */
    enum dw_sched_set set;
};
/** Which one goes into the free drive? One at least is not LATER. The discs of a set stay together. Else the first in line,
 * but for two things inside its band: towards the end of the queue the longest come first, so that no drive
 * works alone for long; and one of the next few is preferred that will not have to wait in its drive when it is done,
 * neither for the printer, which takes one at a time, nor for the discs of a set, which leave together. */
size_t dw_sched_pick(const struct dw_sched_view *view, const struct dw_sched_waiting *waiting,
                     size_t count);

#endif
