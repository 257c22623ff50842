#include "robot/capture/waits.h"

#include <stdlib.h>

#include "robot/capture/traffic_state.h"

enum act { ACT_NONE, ACT_GRIPPED, ACT_RELEASED }; /* over the drive, since the arm came there */
struct watch {
    const dw_traffic *traffic;
    size_t index;
    const enum dw_traffic_role *roles;
    int frame_of[DW_TRAFFIC_DISTINCT_MAX]; /* payload -> frame; -1: none of this device's */
    struct dw_traffic_waits *out;
    bool holds, is_over_drive, sees_trays;
    enum act act;
    int64_t arm_ns, act_ns;
    int64_t open_ns, close_ns; /* the last order to the tray; 0: it was another, or has been counted */
    bool is_fresh;             /* closed on a disc that was just let go */
    struct pause *pauses;
    size_t pause_count;
    int last_frame; /* named, and nothing that moves since; -1: none */
    int64_t last_ns;
};

static void take(struct watch *w, enum dw_wait which, int64_t from_ns, int64_t to_ns, bool is_exact)
{
    struct dw_traffic_wait *wait = &w->out->wait[which];
    int64_t ms = pause_between_ms(from_ns, to_ns);
    if (wait->is_exact && !is_exact)
        return;
    if (is_exact && !wait->is_exact)
        *wait = (struct dw_traffic_wait){.is_exact = true};
    if (ms > wait->ms)
        wait->ms = ms;
}

/* --- the robot's frames --- */

static void on_arm(struct watch *w, bool to_drive, int64_t ns)
{
    if (w->close_ns && !w->is_fresh) {
        take(w, DW_WAIT_TRAY_IN, w->close_ns, ns, true);
    } else if (w->act == ACT_GRIPPED && !w->sees_trays) {
        take(w, DW_WAIT_LIFTED, w->act_ns, ns, false);
        take(w, DW_WAIT_TRAY_IN, w->act_ns, ns, false);
    }
    w->act = ACT_NONE;
    w->close_ns = 0;
    w->is_over_drive = to_drive;
    w->arm_ns = ns;
}

static void on_grip(struct watch *w, int64_t ns)
{
    w->holds = true;
    if (!w->is_over_drive)
        return;
    take(w, DW_WAIT_OVER_DISC, w->arm_ns, ns, true);
    w->act = ACT_GRIPPED;
    w->act_ns = ns;
}

static void on_release(struct watch *w, int64_t ns)
{
    w->holds = false;
    if (!w->is_over_drive || w->act == ACT_GRIPPED) /* lifted and let go without a way between: down the slide */
        return;
    if (w->open_ns)
        take(w, DW_WAIT_TRAY_OUT, w->open_ns, ns, true);
    else if (!w->sees_trays)
        take(w, DW_WAIT_TRAY_OUT, w->arm_ns, ns, false);
    w->act = ACT_RELEASED;
    w->act_ns = ns;
}

static void on_role(struct watch *w, enum dw_traffic_role role, int64_t ns)
{
    if (role == DW_ROLE_TOGGLE)
        role = w->holds ? DW_ROLE_RELEASE : DW_ROLE_GRIP;
    if (role == DW_ROLE_ARM || role == DW_ROLE_ARM_DRIVE)
        on_arm(w, role == DW_ROLE_ARM_DRIVE, ns);
    else if (role == DW_ROLE_GRIP)
        on_grip(w, ns);
    else if (role == DW_ROLE_RELEASE)
        on_release(w, ns);
}

static void end_pause(struct watch *w, int64_t ns)
{
    if (w->last_frame >= 0)
        w->pauses[w->pause_count++] = (struct pause){(size_t)w->last_frame, pause_between_ms(w->last_ns, ns)};
    w->last_frame = -1;
}

static void on_sent(struct watch *w, const struct event *event)
{
    int frame = event->payload < 0 ? -1 : w->frame_of[event->payload];
    if (frame < 0 || event->failed || w->roles[frame] == DW_ROLE_NONE)
        return;
    end_pause(w, event->time_ns);
    w->last_frame = frame;
    w->last_ns = event->time_ns;
    on_role(w, w->roles[frame], event->time_ns);
}

/* --- the drive's tray --- */

static void on_tray(struct watch *w, const struct event *event)
{
    int64_t ns = event->time_ns;
    if (event->failed || !w->sees_trays)
        return;
    if (event->what == EVENT_TRAY_OUT) {
        w->open_ns = ns;
        w->close_ns = 0;
    } else if (event->what == EVENT_TRAY_IN) {
        if (w->act == ACT_GRIPPED)
            take(w, DW_WAIT_LIFTED, w->act_ns, ns, true);
        w->is_fresh = w->act == ACT_RELEASED;
        w->close_ns = ns;
        w->open_ns = 0;
    } else if (w->close_ns && w->is_fresh) {
        take(w, DW_WAIT_DISC_IN, w->close_ns, ns, true);
        w->close_ns = 0;
    }
}

static void walk(struct watch *w)
{
    for (size_t i = 0; i < w->traffic->count; i++) {
        const struct event *event = &w->traffic->events[i];
        bool is_robot = event->device == w->index;
        if (event->what >= EVENT_TRAY_OUT)
            on_tray(w, event);
        else if (is_robot && event->what == EVENT_SENT)
            on_sent(w, event);
        else if (is_robot && event->what == EVENT_LONG)
            end_pause(w, event->time_ns);
    }
}

/* --- all together --- */

static void sum_up(struct watch *w, size_t frames, int64_t *settle_ms)
{
    for (size_t i = 0; i < frames; i++)
        settle_ms[i] = -1;
    if (w->pause_count == 0)
        return;
    qsort(w->pauses, w->pause_count, sizeof *w->pauses, pause_compare);
    for (size_t i = 0, end; i < w->pause_count; i = end) {
        for (end = i; end < w->pause_count && w->pauses[end].frame == w->pauses[i].frame; end++)
            continue;
        settle_ms[w->pauses[i].frame] = w->pauses[i + (end - i - 1) / 2].ms;
    }
}

/* Of two drives nobody could tell which one the arm was over. */
static bool sees_one_tray(const dw_traffic *traffic)
{
    size_t drives = 0;
    for (size_t i = 0; i < traffic->devices; i++)
        drives += traffic->device[i].trays > 0;
    return drives == 1;
}

dw_status dw_traffic_waits(const dw_traffic *traffic, size_t index, const struct dw_traffic_frames *frames,
                           const enum dw_traffic_role *roles, struct dw_traffic_waits *out, int64_t *settle_ms,
                           struct dw_error *err)
{
    struct watch w = {.traffic = traffic, .index = index, .roles = roles, .out = out, .last_frame = -1};
    w.pauses = calloc(traffic->count + 1, sizeof *w.pauses);
    if (!w.pauses)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (size_t i = 0; i < DW_ARRAY_LEN(w.frame_of); i++)
        w.frame_of[i] = -1;
    for (size_t i = 0; i < frames->count; i++)
        w.frame_of[frames->frame[i].place] = (int)i;
    *out = (struct dw_traffic_waits){.wait = {{.ms = 0}}};
    w.sees_trays = sees_one_tray(traffic);
    walk(&w);
    sum_up(&w, frames->count, settle_ms);
    free(w.pauses);
    return DW_OK;
}
