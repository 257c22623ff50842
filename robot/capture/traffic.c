#include "robot/capture/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "robot/capture/traffic_state.h"

/* --- transfers that have begun and not ended --- */

static void opened(dw_traffic *traffic, const struct dw_urb *urb, size_t event)
{
    traffic->open[traffic->open_next] = (struct open_transfer){.id = urb->id, .event = event, .is_open = true};
    traffic->open_next = (traffic->open_next + 1) % DW_ARRAY_LEN(traffic->open);
}

static void ended(dw_traffic *traffic, const struct dw_urb *urb)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(traffic->open); i++) {
        struct open_transfer *open = &traffic->open[i];
        if (!open->is_open || open->id != urb->id)
            continue;
        open->is_open = false;
        traffic->events[open->event].failed = urb->failed;
        return;
    }
}

/* --- devices and payloads --- */

static struct dw_traffic_device *device_of(dw_traffic *traffic, const struct dw_urb *urb)
{
    for (size_t i = 0; i < traffic->devices; i++)
        if (traffic->device[i].bus == urb->bus && traffic->device[i].device == urb->device)
            return &traffic->device[i];
    if (traffic->devices == DW_TRAFFIC_DEVICES_MAX)
        return NULL;
    struct dw_traffic_device *device = &traffic->device[traffic->devices++];
    *device = (struct dw_traffic_device){.bus = urb->bus, .device = urb->device, .interface_class = -1};
    return device;
}

static uint32_t mixed(const uint8_t *data, size_t size)
{
    uint32_t hash = 2166136261u; /* FNV-1a: only to compare less */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 16777619u;
    return hash;
}

static int payload_of(struct payloads *payloads, const struct dw_urb *urb)
{
    uint32_t hash = mixed(urb->data, urb->size);
    for (int i = 0; i < payloads->count; i++)
        if (payloads->hash[i] == hash && payloads->payload[i].size == urb->size &&
            memcmp(payloads->payload[i].data, urb->data, urb->size) == 0)
            return i;
    if (payloads->count == DW_TRAFFIC_DISTINCT_MAX)
        return -1;
    struct dw_traffic_payload *payload = &payloads->payload[payloads->count];
    memcpy(payload->data, urb->data, urb->size);
    payload->size = urb->size;
    payloads->hash[payloads->count] = hash;
    return payloads->count++;
}

static dw_status remember(dw_traffic *traffic, const struct event *event, struct dw_error *err)
{
    if (traffic->count == DW_TRAFFIC_EVENTS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d transfers: what comes after them is not looked at",
                            DW_TRAFFIC_EVENTS_MAX);
    if (traffic->count == traffic->room) {
        size_t room = traffic->room ? 2 * traffic->room : 1024;
        struct event *more = realloc(traffic->events, room * sizeof *more);
        if (!more)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        traffic->events = more;
        traffic->room = room;
    }
    traffic->events[traffic->count++] = *event;
    return DW_OK;
}

/* --- what a device says about itself, asked by the host it was recorded on --- */

/* USB 2.0 9.6.1 */
static bool is_device_descriptor(const struct dw_urb *urb)
{
    return urb->size == 18 && urb->data[0] == 18 && urb->data[1] == 1 && urb->data[3] >= 1 && urb->data[3] <= 4 &&
           urb->data[17] >= 1;
}

/* USB 2.0 9.6.3, 9.6.5: a configuration with its interfaces */
static int only_interface_class(const struct dw_urb *urb)
{
    int found = -1;
    for (size_t at = 0; at + 2 <= urb->size && urb->data[at] >= 2; at += urb->data[at]) {
        if (urb->data[at + 1] != 4 || urb->data[at] < 9 || at + 9 > urb->size)
            continue;
        int class = urb->data[at + 5];
        if (found >= 0 && found != class)
            return -1;
        found = class;
    }
    return found;
}

/* USB printer class 1.1, 4.2.1: two bytes of length, most significant first, then text */
static bool is_ieee1284_id(const struct dw_urb *urb)
{
    return urb->size > 6 && ((size_t)urb->data[0] << 8 | urb->data[1]) == urb->size &&
           (memmem(urb->data, urb->size, "MFG:", 4) || memmem(urb->data, urb->size, "MANUFACTURER:", 13));
}

static void learn(struct dw_traffic_device *device, const struct dw_urb *urb)
{
    if (!urb->in || !urb->ended || urb->endpoint != 0 || urb->size != urb->size_on_wire)
        return;
    if (is_device_descriptor(urb)) {
        device->identified = true;
        device->vendor = urb->data[8] | (unsigned)urb->data[9] << 8;
        device->product = urb->data[10] | (unsigned)urb->data[11] << 8;
    } else if (urb->size > 9 && urb->data[0] == 9 && urb->data[1] == 2) {
        device->interface_class = only_interface_class(urb);
    } else if (is_ieee1284_id(urb)) {
        size_t n = 0;
        for (size_t i = 2; i < urb->size && n + 1 < sizeof device->ieee1284; i++)
            if (urb->data[i] >= ' ' && urb->data[i] < 0x7F)
                device->ieee1284[n++] = (char)urb->data[i];
        device->ieee1284[n] = 0;
    }
}

/* Bulk-only mass storage, 5.1: a command begins so and has 31 bytes, of which the first 15 are not SCSI's. */
#define STORAGE_HEADER 15
static bool is_storage_command(const struct dw_urb *urb)
{
    return urb->size == 31 && memcmp(urb->data, "USBC", 4) == 0;
}

/* What a drive is told that has to do with how long its tray takes: START STOP UNIT that moves it (MMC-6 6.48), and the
 * first READ or WRITE afterwards. */
static bool is_of_tray(dw_traffic *traffic, struct dw_traffic_device *device, const struct dw_urb *urb,
                       enum event_what *what)
{
    static const uint8_t uses[] = {0x28, 0x2A, 0xA8, 0xAA, 0xBE};
    const uint8_t *command = urb->data + STORAGE_HEADER;
    bool *is_untouched = &traffic->is_untouched[device - traffic->device];
    if (command[0] == 0x1B && (command[4] & 2)) {
        *is_untouched = command[4] & 1;
        *what = *is_untouched ? EVENT_TRAY_IN : EVENT_TRAY_OUT;
        device->trays++;
        return true;
    }
    if (!*is_untouched || !memchr(uses, command[0], sizeof uses))
        return false;
    *is_untouched = false;
    *what = EVENT_DISC_USED;
    return true;
}

/* --- the transfers --- */

static dw_status add_out(dw_traffic *traffic, struct dw_traffic_device *device, const struct dw_urb *urb,
                         struct dw_error *err)
{
    struct event event = {.time_ns = urb->time_ns, .device = (uint16_t)(device - traffic->device), .payload = -1};
    enum event_what what = EVENT_SENT;
    if (urb->size_on_wire > DW_TRAFFIC_FRAME_MAX) {
        event.what = EVENT_LONG;
        device->long_out++;
        device->long_out_bytes += urb->size_on_wire;
    } else if (urb->size < urb->size_on_wire) {
        device->cut++;
        return DW_OK;
    } else if (is_storage_command(urb)) {
        device->is_storage = true;
        if (!is_of_tray(traffic, device, urb, &what))
            return DW_OK;
        event.what = (uint8_t)what;
    } else {
        event.what = EVENT_SENT;
        event.payload = payload_of(&traffic->sent, urb);
        device->frames++;
        device->unkept += event.payload < 0;
    }
    dw_status st = remember(traffic, &event, err);
    if (st == DW_OK)
        opened(traffic, urb, traffic->count - 1);
    return st;
}

static dw_status add_in(dw_traffic *traffic, struct dw_traffic_device *device, const struct dw_urb *urb,
                        struct dw_error *err)
{
    if (urb->failed || urb->size_on_wire > DW_TRAFFIC_FRAME_MAX || urb->size < urb->size_on_wire || device->frames == 0)
        return DW_OK; /* what comes before anything was sent answers nothing */
    struct event event = {.time_ns = urb->time_ns,
                          .device = (uint16_t)(device - traffic->device),
                          .what = EVENT_GOT,
                          .payload = payload_of(&traffic->got, urb)};
    return remember(traffic, &event, err);
}

dw_status dw_traffic_add(dw_traffic *traffic, const struct dw_urb *urb, struct dw_error *err)
{
    if (!traffic->has_begun)
        traffic->begin_ns = urb->time_ns;
    traffic->has_begun = true;
    struct dw_traffic_device *device = device_of(traffic, urb);
    if (!device)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d devices: what comes after them is not looked at",
                            DW_TRAFFIC_DEVICES_MAX);
    if (urb->kind == DW_URB_CONTROL)
        learn(device, urb);
    if (urb->kind != DW_URB_BULK && urb->kind != DW_URB_INTERRUPT)
        return DW_OK;
    /* A transfer stands there twice: what is sent when it begins, what is received when it ends. */
    if (urb->in != urb->ended) {
        if (urb->ended)
            ended(traffic, urb);
        return DW_OK;
    }
    if (urb->size_on_wire == 0)
        return DW_OK;
    return urb->in ? add_in(traffic, device, urb, err) : add_out(traffic, device, urb, err);
}

dw_status dw_traffic_new(dw_traffic **out, struct dw_error *err)
{
    dw_traffic *traffic = calloc(1, sizeof *traffic);
    if (!traffic)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *out = traffic;
    return DW_OK;
}

void dw_traffic_free(dw_traffic *traffic)
{
    if (!traffic)
        return;
    free(traffic->events);
    free(traffic);
}

size_t dw_traffic_devices(const dw_traffic *traffic, const struct dw_traffic_device **out)
{
    *out = traffic->device;
    return traffic->devices;
}
