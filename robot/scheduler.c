#include "robot/scheduler.h"

#include <stddef.h>

#define ACTIONS_MAX (2 * DW_ROBOT_DRIVES_MAX + 2)

static int64_t duration_of(const struct dw_sched_view *view, struct dw_sched_action action)
{
    switch (action.kind) {
    case DW_SCHED_LOAD:
        return view->times.load_ms;
    case DW_SCHED_PRINT:
        return view->times.unload_ms;
    case DW_SCHED_DELIVER:
        return view->times.deliver_ms;
    case DW_SCHED_REJECT:
        return view->times.reject_ms;
    case DW_SCHED_NOTHING:
        break;
    }
    return 0;
}

/* Everything the arm could do now, in the order that decides between equals: finish discs first. */
static size_t possible(const struct dw_sched_view *view, struct dw_sched_action out[ACTIONS_MAX])
{
    size_t count = 0;
    if (view->printer == DW_SCHED_PRINTER_DONE && view->output_room)
        out[count++] = (struct dw_sched_action){DW_SCHED_DELIVER, 0};
    bool way_out = view->no_printer ? view->output_room : view->printer == DW_SCHED_PRINTER_EMPTY;
    for (int i = 0; way_out && i < view->drives; i++) {
        if (view->drive[i].state == DW_SCHED_DRIVE_READY)
            out[count++] = (struct dw_sched_action){DW_SCHED_PRINT, i + 1};
    }
    if (view->printer == DW_SCHED_PRINTER_BAD && view->reject_room)
        out[count++] = (struct dw_sched_action){DW_SCHED_REJECT, 0};
    for (int i = 0; view->reject_room && i < view->drives; i++) {
        if (view->drive[i].state == DW_SCHED_DRIVE_BAD)
            out[count++] = (struct dw_sched_action){DW_SCHED_REJECT, i + 1};
    }
    for (int i = 0; view->waiting > 0 && i < view->drives; i++) {
        if (view->drive[i].state == DW_SCHED_DRIVE_EMPTY) {
            out[count++] = (struct dw_sched_action){DW_SCHED_LOAD, i + 1};
            break; /* empty drives are alike */
        }
    }
    return count;
}

/* The world after an action has taken its time: what was to end by then has ended. */
static struct dw_sched_view after(const struct dw_sched_view *view, struct dw_sched_action action)
{
    struct dw_sched_view next = *view;
    int64_t took = duration_of(view, action);
    for (int i = 0; i < next.drives; i++) {
        if (next.drive[i].state != DW_SCHED_DRIVE_WORKING || next.drive[i].left_ms < 0)
            continue;
        next.drive[i].left_ms -= took;
        if (next.drive[i].left_ms <= 0)
            next.drive[i].state = DW_SCHED_DRIVE_READY;
    }
    if (next.printer == DW_SCHED_PRINTER_WORKING && next.printer_left_ms >= 0) {
        next.printer_left_ms -= took;
        if (next.printer_left_ms <= 0)
            next.printer = DW_SCHED_PRINTER_DONE;
    }
    if (action.kind == DW_SCHED_LOAD) {
        next.drive[action.drive - 1].state = DW_SCHED_DRIVE_WORKING;
        next.drive[action.drive - 1].left_ms = -1;
        next.waiting--;
    } else if (action.kind == DW_SCHED_PRINT) {
        next.drive[action.drive - 1].state = DW_SCHED_DRIVE_EMPTY;
        if (!next.no_printer)
            next.printer = DW_SCHED_PRINTER_WORKING;
        next.printer_left_ms = -1;
    } else if (action.kind == DW_SCHED_DELIVER) {
        next.printer = DW_SCHED_PRINTER_EMPTY;
    } else if (action.kind == DW_SCHED_REJECT && action.drive) {
        next.drive[action.drive - 1].state = DW_SCHED_DRIVE_EMPTY;
    } else if (action.kind == DW_SCHED_REJECT) {
        next.printer = DW_SCHED_PRINTER_EMPTY;
    }
    return next;
}

/* Machines that stand still although there is work for them: how many, per unit of time. Drives are
 * what a robot has too few of, so one weighs as much as two printers. */
static int64_t standing(const struct dw_sched_view *view)
{
    int64_t cost = 0;
    bool ready = false;
    int idle = 0;
    for (int i = 0; i < view->drives; i++) {
        bool done = view->drive[i].state == DW_SCHED_DRIVE_READY ||
                    view->drive[i].state == DW_SCHED_DRIVE_BAD;
        ready |= view->drive[i].state == DW_SCHED_DRIVE_READY;
        if (view->drive[i].state == DW_SCHED_DRIVE_EMPTY && idle < view->waiting) {
            idle++;
            cost += 4;
        } else if (done) {
            cost += idle < view->waiting ? 5 : 1; /* it must be emptied before it can work again */
            idle++;
        }
    }
    if (view->printer == DW_SCHED_PRINTER_EMPTY && ready)
        cost += 2;
    if (view->printer == DW_SCHED_PRINTER_DONE || view->printer == DW_SCHED_PRINTER_BAD)
        cost += ready ? 3 : 2;
    return cost;
}

/* Standing during the action, during the best one after it, and what remains from then on for as
 * long as both took: an action that leaves more machines running is worth waiting for. */
static int64_t cost_of(const struct dw_sched_view *view, struct dw_sched_action first)
{
    struct dw_sched_action second[ACTIONS_MAX];
    struct dw_sched_view then = after(view, first);
    size_t count = possible(&then, second);
    int64_t first_ms = duration_of(view, first);
    int64_t longest =
        view->times.load_ms > view->times.unload_ms ? view->times.load_ms : view->times.unload_ms;
    int64_t base = standing(view) * first_ms, best = -1;
    for (size_t i = 0; i < count; i++) {
        struct dw_sched_view last = after(&then, second[i]);
        int64_t ms = duration_of(&then, second[i]);
        /* Over the same span for all: what one pair saves in time is charged with its end state. */
        int64_t rest = 3 * longest - first_ms - ms;
        int64_t cost = standing(&then) * ms + standing(&last) * (rest > 0 ? rest : 0);
        if (best < 0 || cost < best)
            best = cost;
    }
    if (best < 0)
        best = standing(&then) * (3 * longest - first_ms > 0 ? 3 * longest - first_ms : 0);
    return base + best;
}

struct dw_sched_action dw_sched_next(const struct dw_sched_view *view)
{
    struct dw_sched_action actions[ACTIONS_MAX], chosen = {DW_SCHED_NOTHING, 0};
    size_t count = possible(view, actions);
    int64_t best = -1;
    for (size_t i = 0; i < count; i++) {
        int64_t cost = cost_of(view, actions[i]);
        if (best < 0 || cost < best) {
            best = cost;
            chosen = actions[i];
        }
    }
    return chosen;
}
