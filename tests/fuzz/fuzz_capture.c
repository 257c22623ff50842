/* Fuzz target: a byte that says which, then a capture file, or records of one kind each behind two bytes of length. What
 * is understood adds up, and nothing of print data is kept. */
#include "fuzz.h"
#include <stdlib.h>
#include "robot/capture/waits.h"

static void require_urb(const struct dw_urb *urb, const struct dw_packet *packet)
{
    require(urb->size <= urb->size_on_wire && urb->endpoint < 16);
    require(urb->data >= packet->data && urb->data + urb->size <= packet->data + packet->size);
}

static void add(dw_traffic *traffic, enum dw_packets_kind kind, const struct dw_packet *packet)
{
    struct dw_urb urb;
    struct dw_error err = {0};
    dw_status st = dw_urb_read(kind, packet, &urb, &err);
    require_told(st, &err);
    if (st != DW_OK)
        return;
    require_urb(&urb, packet);
    st = dw_traffic_add(traffic, &urb, &err);
    require_told(st, &err);
    require(st == DW_OK || st == DW_ERR_LIMIT);
}

static void read_file(dw_traffic *traffic, const uint8_t *data, size_t size)
{
    dw_packets *packets = NULL;
    struct dw_packet packet;
    struct dw_error err = {0};
    FILE *file = fmemopen((void *)data, size, "rb");
    require(file != NULL);
    dw_status st = dw_packets_open(file, &packets, &err);
    require_told(st, &err);
    if (st != DW_OK)
        return;
    while ((st = dw_packets_next(packets, &packet, &err)) == DW_OK)
        add(traffic, dw_packets_kind(packets), &packet);
    require(st == DW_ERR_NOT_FOUND || st == DW_ERR_CORRUPT);
    dw_packets_close(packets);
}

static void read_records(dw_traffic *traffic, enum dw_packets_kind kind, const uint8_t *data, size_t size)
{
    int64_t ms = 0;
    while (size >= 2) {
        size_t length = (size_t)data[0] << 8 | data[1];
        data += 2;
        size -= 2;
        length = length < size ? length : size;
        struct dw_packet packet = {.time_ns = ms++ * 300000000, .data = data, .size = length};
        add(traffic, kind, &packet);
        data += length;
        size -= length;
    }
}

static void require_frames(const struct dw_traffic_device *device, const struct dw_traffic_frames *frames)
{
    uint64_t count = frames->near_print;
    for (size_t i = 0; i < frames->count; i++) {
        const struct dw_traffic_frame *frame = &frames->frame[i];
        count += frame->count;
        require(frame->sent.size > 0 && frame->sent.size <= DW_TRAFFIC_FRAME_MAX);
        require(frame->failed <= frame->count && frame->gaps <= frame->count && frame->first_ms >= 0);
        require(frame->gaps == 0 || (frame->gap_min_ms >= 0 && frame->gap_min_ms <= frame->gap_median_ms));
        require(frame->replies <= DW_TRAFFIC_REPLIES_MAX);
        for (size_t other = 0; other < i; other++)
            require(frames->frame[other].sent.size != frame->sent.size ||
                    memcmp(frames->frame[other].sent.data, frame->sent.data, frame->sent.size) != 0);
    }
    require(count <= device->frames && count + device->unkept >= device->frames);
}

/* Whatever their owner calls them. */
static void require_waits(const dw_traffic *traffic, size_t index, const struct dw_traffic_frames *frames)
{
    struct dw_traffic_waits waits;
    enum dw_traffic_role *roles = calloc(frames->count + 1, sizeof *roles);
    int64_t *settle_ms = calloc(frames->count + 1, sizeof *settle_ms);
    require(roles && settle_ms);
    for (size_t i = 0; i < frames->count; i++)
        roles[i] = (enum dw_traffic_role)(i % (DW_ROLE_OTHER + 1));
    require(dw_traffic_waits(traffic, index, frames, roles, &waits, settle_ms, NULL) == DW_OK);
    for (size_t i = 0; i < frames->count; i++)
        require(settle_ms[i] >= -1 && (roles[i] != DW_ROLE_NONE || settle_ms[i] == -1));
    for (size_t i = 0; i < DW_WAIT_COUNT; i++)
        require(waits.wait[i].ms >= 0);
    free(roles);
    free(settle_ms);
}

static void digest(const dw_traffic *traffic)
{
    const struct dw_traffic_device *device;
    size_t devices = dw_traffic_devices(traffic, &device);
    require(devices <= DW_TRAFFIC_DEVICES_MAX);
    for (size_t i = 0; i < devices; i++) {
        struct dw_traffic_frames frames;
        require(dw_traffic_frames(traffic, i, &frames, NULL) == DW_OK);
        require_frames(&device[i], &frames);
        require_waits(traffic, i, &frames);
        for (const char *c = device[i].ieee1284; *c; c++)
            require(*c >= ' ' && *c < 0x7F);
        dw_traffic_frames_done(&frames);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dw_traffic *traffic = NULL;
    if (size < 2)
        return 0;
    require(dw_traffic_new(&traffic, NULL) == DW_OK);
    if (data[0] % 4 == 3)
        read_file(traffic, data + 1, size - 1);
    else
        read_records(traffic, (enum dw_packets_kind)(data[0] % 4), data + 1, size - 1);
    digest(traffic);
    dw_traffic_free(traffic);
    return 0;
}
