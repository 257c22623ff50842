#include "robot/capture/urb.h"

#include <string.h>

/* --- USBPcap: little endian, packed, its own length first; behind the 27 bytes a control transfer has its stage --- */

#define USBPCAP_HEADER 27
#define USBPCAP_ENDED 0x01 /* of the info byte: from the bus driver back to the program */

static uint64_t little(const uint8_t *at, size_t size)
{
    uint64_t n = 0;
    while (size--)
        n = n << 8 | at[size];
    return n;
}

static dw_status read_usbpcap(const struct dw_packet *packet, struct dw_urb *out, struct dw_error *err)
{
    const uint8_t *at = packet->data;
    size_t header = packet->size >= USBPCAP_HEADER ? (size_t)little(at, 2) : 0;
    if (header < USBPCAP_HEADER || header > packet->size)
        return dw_error_set(err, DW_ERR_CORRUPT, "a record of USBPcap with a header of %zu bytes in a packet of %zu",
                            header, packet->size);
    if (at[22] > DW_URB_BULK)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "a record of USBPcap that is no transfer (%u)", at[22]);
    *out = (struct dw_urb){.kind = (enum dw_urb_kind)at[22],
                           .bus = (unsigned)little(at + 17, 2),
                           .device = (unsigned)little(at + 19, 2),
                           .endpoint = at[21] & 0x0Fu,
                           .in = (at[21] & 0x80) != 0,
                           .ended = (at[16] & USBPCAP_ENDED) != 0,
                           .id = little(at + 2, 8),
                           .data = at + header,
                           .size = packet->size - header,
                           .size_on_wire = (size_t)little(at + 23, 4)};
    out->failed = out->ended && (at[13] & 0x80); /* of the four bytes of status: what Windows calls an error */
    return DW_OK;
}

/* --- usbmon: libpcap has turned the numbers into this machine's byte order --- */

struct usbmon_header {
    uint64_t id;
    uint8_t event, kind, endpoint, device;
    uint16_t bus;
    char setup_flag, data_flag;
    int64_t seconds;
    int32_t us, status;
    uint32_t size_on_wire, size;
    uint8_t setup[8];
};
#define USBMON_HEADER 48
#define USBMON_LONG_HEADER 64
_Static_assert(sizeof(struct usbmon_header) == USBMON_HEADER, "as the kernel lays it out");

static bool event_ends(uint8_t event)
{
    return event == 'C' || event == 'E'; /* complete; or the host controller did not even take it */
}

static dw_status read_usbmon(const struct dw_packet *packet, size_t header_size, struct dw_urb *out,
                             struct dw_error *err)
{
    struct usbmon_header head;
    if (packet->size < header_size)
        return dw_error_set(err, DW_ERR_CORRUPT, "a record of usbmon of %zu bytes, its header has %zu", packet->size,
                            header_size);
    memcpy(&head, packet->data, sizeof head);
    if (head.kind > DW_URB_BULK || (head.event != 'S' && !event_ends(head.event)))
        return dw_error_set(err, DW_ERR_CORRUPT, "a record of usbmon of kind %u and event %u", head.kind, head.event);
    *out = (struct dw_urb){.kind = (enum dw_urb_kind)head.kind,
                           .bus = head.bus,
                           .device = head.device,
                           .endpoint = head.endpoint & 0x0Fu,
                           .in = (head.endpoint & 0x80) != 0,
                           .ended = event_ends(head.event),
                           .id = head.id,
                           .data = packet->data + header_size,
                           .size = packet->size - header_size};
    out->failed = out->ended && head.status != 0;
    /* Only one of the two records has a payload. Where there is none, the length is that of the transfer. */
    bool has_payload = out->in == out->ended;
    if (head.size < out->size)
        out->size = head.size;
    out->size_on_wire = has_payload ? head.size_on_wire : 0;
    return DW_OK;
}

dw_status dw_urb_read(enum dw_packets_kind kind, const struct dw_packet *packet, struct dw_urb *out,
                      struct dw_error *err)
{
    dw_status st = kind == DW_PACKETS_USBPCAP
                       ? read_usbpcap(packet, out, err)
                       : read_usbmon(packet, kind == DW_PACKETS_USBMON ? USBMON_HEADER : USBMON_LONG_HEADER, out, err);
    if (st != DW_OK)
        return st;
    if (out->size > out->size_on_wire)
        out->size = out->size_on_wire;
    out->time_ns = packet->time_ns;
    return DW_OK;
}
