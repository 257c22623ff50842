/* Inside of robot/capture/traffic: the transfers as they are remembered. */
#ifndef DW_ROBOT_CAPTURE_TRAFFIC_STATE_H
#define DW_ROBOT_CAPTURE_TRAFFIC_STATE_H
#include "robot/capture/traffic.h"

enum event_what {
    EVENT_SENT,
    EVENT_GOT,
    EVENT_LONG,
    EVENT_TRAY_OUT,  /* of a drive */
    EVENT_TRAY_IN,
    EVENT_DISC_USED, /* first read from or written to since its tray went in */
};
struct event {
    int64_t time_ns;
    uint16_t device;
    uint8_t what;
    bool failed;
    int32_t payload; /* of SENT and GOT; -1: not kept */
};
struct payloads {
    struct dw_traffic_payload payload[DW_TRAFFIC_DISTINCT_MAX];
    uint32_t hash[DW_TRAFFIC_DISTINCT_MAX];
    int count;
};
struct open_transfer {
    uint64_t id;
    size_t event;
    bool is_open;
};
struct dw_traffic {
    struct dw_traffic_device device[DW_TRAFFIC_DEVICES_MAX];
    size_t devices;
    bool is_untouched[DW_TRAFFIC_DEVICES_MAX]; /* a drive: its tray went in, its disc was not used yet */
    struct event *events;
    size_t count, room;
    struct payloads sent, got;
    struct open_transfer open[64]; /* the oldest gives way: a host has few on their way at a time */
    size_t open_next;
    int64_t begin_ns;
    bool has_begun;
};

/* How long something lasted after a frame was sent. */
struct pause {
    size_t frame;
    int64_t ms;
};
int64_t pause_between_ms(int64_t from_ns, int64_t to_ns); /* the times of a file may go backwards: never less than nothing */
int pause_compare(const void *a, const void *b);          /* by frame, then by length */

#endif
