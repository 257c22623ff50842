/* Which of the waiting discs is loaded next. */
#include <assert.h>
#include <stddef.h>

#include "robot/scheduler.h"

#define CHOICE_MAX (4 * DW_ROBOT_DRIVES_MAX + 2)

/* a comes before b: by its priority, then as given. */
static bool before(const struct dw_sched_waiting *waiting, size_t a, size_t b)
{
    return waiting[a].priority > waiting[b].priority ||
           (waiting[a].priority == waiting[b].priority && a < b);
}

/* The first in line of a kind; count: there is none. */
static size_t first_of(const struct dw_sched_waiting *waiting, size_t count, enum dw_sched_set set)
{
    size_t first = count;
    for (size_t i = 0; i < count; i++) {
        if (waiting[i].set == set && (first == count || before(waiting, i, first)))
            first = i;
    }
    return first;
}

static size_t head_of_line(const struct dw_sched_waiting *waiting, size_t count)
{
    size_t head = count;
    for (size_t i = 0; i < count; i++) {
        if (waiting[i].set != DW_SCHED_SET_LATER && (head == count || before(waiting, i, head)))
            head = i;
    }
    return head;
}

static bool may_swap(const struct dw_sched_waiting *waiting, size_t i, size_t head)
{
    return waiting[i].band == waiting[head].band && waiting[i].set == DW_SCHED_SET_NONE;
}

/* Once the rest of the queue is little more than the longest disc of the band, that one decides
 * when everything is done: it must not be the last to begin. count: it is not so far yet. */
static size_t longest_at_the_end(const struct dw_sched_view *view,
                                 const struct dw_sched_waiting *waiting, size_t count, size_t head)
{
    int64_t rest_ms = 0;
    size_t longest = head;
    int drives = 0;
    for (size_t i = 0; i < count; i++) {
        rest_ms += waiting[i].work_ms + view->times.load_ms + view->times.unload_ms;
        if (may_swap(waiting, i, head) && waiting[i].work_ms > waiting[longest].work_ms)
            longest = i;
    }
    for (int i = 0; i < view->drives; i++) {
        drives += view->drive[i].state != DW_SCHED_DRIVE_BLOCKED;
        if (view->drive[i].state == DW_SCHED_DRIVE_WORKING && view->drive[i].left_ms > 0)
            rest_ms += view->drive[i].left_ms;
    }
    bool end = rest_ms < (drives > 1 ? drives : 1) * 3 * waiting[longest].work_ms / 2;
    return end ? longest : count;
}

/* How long drives will stand full because the printer (or the arm) is busy with another disc, if
 * one more is done in done_ms. */
static int64_t queueing_ms(const struct dw_sched_view *view, int64_t done_ms)
{
    int64_t at[DW_ROBOT_DRIVES_MAX + 1], free_ms = 0, sum = 0;
    const struct dw_sched_times *t = &view->times;
    int64_t arm_ms = t->unload_ms + t->load_ms + t->deliver_ms;
    int64_t each_ms = t->print_ms + t->deliver_ms + t->unload_ms;
    size_t count = 0;
    if (view->no_printer || each_ms < arm_ms)
        each_ms = arm_ms;
    at[count++] = done_ms;
    for (int i = 0; i < view->drives; i++) {
        if (view->drive[i].state != DW_SCHED_DRIVE_WORKING || view->drive[i].left_ms < 0)
            continue;
        size_t k = count++;
        for (; k > 0 && at[k - 1] > view->drive[i].left_ms; k--)
            at[k] = at[k - 1];
        at[k] = view->drive[i].left_ms;
    }
    if (view->printer == DW_SCHED_PRINTER_WORKING && view->printer_left_ms > 0)
        free_ms = view->printer_left_ms + t->deliver_ms;
    for (size_t i = 0; i < count; i++) {
        if (free_ms > at[i])
            sum += free_ms - at[i];
        free_ms = (free_ms > at[i] ? free_ms : at[i]) + each_ms;
    }
    return sum;
}

/* How long a disc that is done in done_ms will stand in its drive because the discs of a set leave. */
static int64_t standing_ms(const struct dw_sched_view *view, int64_t done_ms)
{
    int64_t at = done_ms;
    for (int i = 0; i < view->spans; i++) {
        const struct dw_sched_span *span = &view->span[i];
        if (span->from_ms <= at && at < span->until_ms) {
            at = span->until_ms;
            i = -1; /* there it may meet another one */
        }
    }
    return at - done_ms;
}

/* The next few of the band in their order. */
static size_t next_few(const struct dw_sched_waiting *waiting, size_t count, size_t head,
                       size_t max, size_t out[CHOICE_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!may_swap(waiting, i, head))
            continue;
        size_t k = n;
        for (; k > 0 && before(waiting, i, out[k - 1]); k--) {
            if (k < max)
                out[k] = out[k - 1];
        }
        if (k < max)
            out[k] = i;
        n += n < max;
    }
    return n;
}

size_t dw_sched_pick(const struct dw_sched_view *view, const struct dw_sched_waiting *waiting,
                     size_t count)
{
    /* Who does not meet a set is rarer than who does not meet another at the printer. */
    size_t few[CHOICE_MAX], max = (view->spans ? 4 : 2) * (size_t)view->drives + 2;
    assert(max <= CHOICE_MAX);
    size_t next = first_of(waiting, count, DW_SCHED_SET_NEXT);
    if (next < count)
        return next;
    size_t head = head_of_line(waiting, count),
           begun = first_of(waiting, count, DW_SCHED_SET_BEGUN);
    assert(head < count);
    if (begun < count && waiting[begun].band >= waiting[head].band)
        return begun;
    if (!may_swap(waiting, head, head) || waiting[head].passed_over >= 2 * view->drives)
        return head;
    size_t longest = longest_at_the_end(view, waiting, count, head);
    if (longest < count)
        return longest;
    size_t n = next_few(waiting, count, head, max, few), best = head;
    int64_t least = -1;
    for (size_t i = 0; i < n; i++) {
        /* A little for each place in the line: of equals the first one. */
        int64_t done_ms = view->times.load_ms + waiting[few[i]].work_ms;
        int64_t cost = queueing_ms(view, done_ms) + standing_ms(view, done_ms) +
                       (int64_t)i * view->times.deliver_ms / 4;
        if (least < 0 || cost < least) {
            least = cost;
            best = few[i];
        }
    }
    return best;
}
