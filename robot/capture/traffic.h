/** What went over the bus, transfer by transfer, and for one device as frames: short transfers to it, each distinct one
 * once, with how often, how long the next one waited, and what came back. Print data is counted and never kept. One
 * thread. */
#ifndef DW_ROBOT_CAPTURE_TRAFFIC_H
#define DW_ROBOT_CAPTURE_TRAFFIC_H
#include "robot/capture/urb.h"

#define DW_TRAFFIC_DEVICES_MAX 64
#define DW_TRAFFIC_EVENTS_MAX 500000 /* transfers of a capture that we remember */
#define DW_TRAFFIC_DISTINCT_MAX 1024 /* payloads, each way */
#define DW_TRAFFIC_FRAME_MAX 64      /* bytes: longer transfers are data, not commands */
#define DW_TRAFFIC_REPLIES_MAX 4     /* distinct ones told of a frame */
#define DW_TRAFFIC_ID_MAX 256        /* bytes of an IEEE 1284 id that are kept, with the final zero */
/* What is sent so shortly before or after print data belongs to it, and may carry a name. */
#define DW_TRAFFIC_NEAR_PRINT_NS 1000000000LL

struct dw_traffic_device {
    unsigned bus, device;
    bool identified;          /**< its device descriptor was recorded */
    unsigned vendor, product; /**< then */
    int interface_class;      /**< the only one of its interfaces; -1: not recorded, or several */
    char ieee1284[DW_TRAFFIC_ID_MAX]; /**< "": not recorded */
    bool is_storage;          /**< a drive: its transfers are SCSI commands and nobody's frames */
    uint64_t trays;           /**< orders to its tray */
    uint64_t frames;          /**< short transfers to it, those near print data too */
    uint64_t long_out, long_out_bytes; /**< print data, most likely */
    uint64_t cut;             /**< short transfers of which the file has only a part */
    uint64_t unkept;          /**< short transfers beyond DW_TRAFFIC_DISTINCT_MAX distinct ones */
};

struct dw_traffic_payload {
    uint8_t data[DW_TRAFFIC_FRAME_MAX];
    size_t size;
};
struct dw_traffic_frame {
    struct dw_traffic_payload sent;
    int place; /**< of these bytes among all that were sent to anybody */
    uint64_t count, failed;  /**< failed: the device did not take it */
    int64_t first_ms;        /**< since the first packet of the file */
    uint64_t gaps;           /**< how often something was sent after it */
    int64_t gap_min_ms, gap_median_ms; /**< until then */
    struct {
        struct dw_traffic_payload got;
        uint64_t count;
    } reply[DW_TRAFFIC_REPLIES_MAX];
    size_t replies;
    uint64_t other_replies; /**< beyond these */
};
struct dw_traffic_frames { /* plain data; free: dw_traffic_frames_done() */
    struct dw_traffic_frame *frame; /**< in the order they were first sent */
    size_t count;
    uint64_t near_print; /**< short transfers left out, because they stand beside print data */
};

typedef struct dw_traffic dw_traffic;
DW_MUST_CHECK dw_status dw_traffic_new(dw_traffic **out, struct dw_error *err); /**< free: dw_traffic_free() */
void dw_traffic_free(dw_traffic *traffic);
/** In the order of the file. DW_ERR_LIMIT: more than we remember; what was added before stays. */
DW_MUST_CHECK dw_status dw_traffic_add(dw_traffic *traffic, const struct dw_urb *urb, struct dw_error *err);
/** Every device that something was heard of, in the order of its first transfer. Valid until the next add. */
size_t dw_traffic_devices(const dw_traffic *traffic, const struct dw_traffic_device **out);
/** The frames of device `index` of that list. */
DW_MUST_CHECK dw_status dw_traffic_frames(const dw_traffic *traffic, size_t index, struct dw_traffic_frames *out,
                                          struct dw_error *err);
void dw_traffic_frames_done(struct dw_traffic_frames *frames);

#endif
