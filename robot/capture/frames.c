/* From transfers to frames: robot/capture/traffic.h. */
#include <stdlib.h>
#include <string.h>

#include "robot/capture/traffic_state.h"

#define NS_PER_MS 1000000

struct digest {
    const dw_traffic *traffic;
    size_t device;
    struct dw_traffic_frames *out;
    int frame_of[DW_TRAFFIC_DISTINCT_MAX]; /* payload -> frame; -1: none yet */
    struct pause *gaps;
    size_t gap_count;
    const struct event *last; /* sent, and nothing else since */
    size_t last_frame;
};

int64_t pause_between_ms(int64_t from_ns, int64_t to_ns)
{
    return to_ns > from_ns ? (to_ns - from_ns) / NS_PER_MS : 0;
}

static struct dw_traffic_frame *frame_of(struct digest *digest, const struct event *event)
{
    int *known = &digest->frame_of[event->payload];
    if (*known < 0) {
        *known = (int)digest->out->count++;
        digest->out->frame[*known] = (struct dw_traffic_frame){
            .sent = digest->traffic->sent.payload[event->payload],
            .place = event->payload,
            .first_ms = pause_between_ms(digest->traffic->begin_ns, event->time_ns)};
    }
    digest->last_frame = (size_t)*known;
    return &digest->out->frame[*known];
}

static void waited(struct digest *digest, const struct event *event)
{
    if (!digest->last)
        return;
    digest->gaps[digest->gap_count++] =
        (struct pause){digest->last_frame, pause_between_ms(digest->last->time_ns, event->time_ns)};
    digest->last = NULL;
}

static void take_sent(struct digest *digest, const struct event *event, bool near_print)
{
    waited(digest, event);
    if (near_print) {
        digest->out->near_print++;
        return;
    }
    if (event->payload < 0)
        return;
    struct dw_traffic_frame *frame = frame_of(digest, event);
    frame->count++;
    frame->failed += event->failed;
    digest->last = event;
}

static void take_got(struct digest *digest, const struct event *event)
{
    if (!digest->last)
        return;
    struct dw_traffic_frame *frame = &digest->out->frame[digest->last_frame];
    if (event->payload < 0) {
        frame->other_replies++;
        return;
    }
    const struct dw_traffic_payload *got = &digest->traffic->got.payload[event->payload];
    for (size_t i = 0; i < frame->replies; i++) {
        if (frame->reply[i].got.size == got->size && memcmp(frame->reply[i].got.data, got->data, got->size) == 0) {
            frame->reply[i].count++;
            return;
        }
    }
    if (frame->replies == DW_TRAFFIC_REPLIES_MAX) {
        frame->other_replies++;
        return;
    }
    frame->reply[frame->replies].got = *got;
    frame->reply[frame->replies++].count = 1;
}

/* The print data nearest behind each place of the list, then one walk: no pair of events is compared twice. */
static void walk(struct digest *digest)
{
    const dw_traffic *traffic = digest->traffic;
    int64_t printed_ns = INT64_MIN / 2;
    size_t ahead = 0;
    for (size_t i = 0; i < traffic->count; i++) {
        const struct event *event = &traffic->events[i];
        if (event->device != digest->device)
            continue;
        if (ahead <= i)
            ahead = i + 1;
        while (ahead < traffic->count && (traffic->events[ahead].device != digest->device ||
                                          traffic->events[ahead].what != EVENT_LONG))
            ahead++;
        int64_t will_print_ns = ahead < traffic->count ? traffic->events[ahead].time_ns : INT64_MAX;
        if (event->what == EVENT_LONG) {
            waited(digest, event);
            printed_ns = event->time_ns;
        } else if (event->what == EVENT_SENT) {
            take_sent(digest, event, event->time_ns - printed_ns < DW_TRAFFIC_NEAR_PRINT_NS ||
                                         will_print_ns - event->time_ns < DW_TRAFFIC_NEAR_PRINT_NS);
        } else {
            take_got(digest, event);
        }
    }
}

int pause_compare(const void *a, const void *b)
{
    const struct pause *one = a, *other = b;
    if (one->frame != other->frame)
        return one->frame < other->frame ? -1 : 1;
    return (one->ms > other->ms) - (one->ms < other->ms);
}

static void sum_up_gaps(struct digest *digest)
{
    if (digest->gap_count == 0)
        return;
    qsort(digest->gaps, digest->gap_count, sizeof *digest->gaps, pause_compare);
    for (size_t i = 0, end; i < digest->gap_count; i = end) {
        struct dw_traffic_frame *frame = &digest->out->frame[digest->gaps[i].frame];
        for (end = i; end < digest->gap_count && digest->gaps[end].frame == digest->gaps[i].frame; end++)
            continue;
        frame->gaps = end - i;
        frame->gap_min_ms = digest->gaps[i].ms;
        frame->gap_median_ms = digest->gaps[i + (end - i - 1) / 2].ms;
    }
}

dw_status dw_traffic_frames(const dw_traffic *traffic, size_t index, struct dw_traffic_frames *out,
                            struct dw_error *err)
{
    struct dw_traffic_frames frames = {.count = 0};
    struct digest digest = {.traffic = traffic, .device = index, .out = &frames};
    for (size_t i = 0; i < DW_ARRAY_LEN(digest.frame_of); i++)
        digest.frame_of[i] = -1;
    frames.frame = calloc((size_t)traffic->sent.count + 1, sizeof *frames.frame);
    digest.gaps = calloc(traffic->count + 1, sizeof *digest.gaps);
    dw_status st = frames.frame && digest.gaps ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    if (st == DW_OK) {
        walk(&digest);
        sum_up_gaps(&digest);
        *out = frames;
    } else {
        dw_traffic_frames_done(&frames);
    }
    free(digest.gaps);
    return st;
}

void dw_traffic_frames_done(struct dw_traffic_frames *frames)
{
    free(frames->frame);
    frames->frame = NULL;
    frames->count = 0;
}
