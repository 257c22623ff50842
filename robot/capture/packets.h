/** Packets of a capture file, pcap or pcapng of any byte order, read by libpcap. The file is a stranger's. One thread. */
#ifndef DW_ROBOT_CAPTURE_PACKETS_H
#define DW_ROBOT_CAPTURE_PACKETS_H
#include <stdint.h>
#include <stdio.h>
#include "base/error.h"

enum dw_packets_kind { /* the link type, which says what stands before the payload */
    DW_PACKETS_USBPCAP,   /**< 249: Windows, USBPcap */
    DW_PACKETS_USBMON,    /**< 189: Linux, a header of 48 bytes */
    DW_PACKETS_USBMON_LONG /**< 220: Linux, a header of 64 bytes */
};
struct dw_packet {
    int64_t time_ns;     /**< since 1970 */
    const uint8_t *data; /**< valid until the next call */
    size_t size;         /**< as kept in the file; 0: nothing was */
};

typedef struct dw_packets dw_packets;
/** file becomes the packets', on failure too. DW_ERR_CORRUPT: no capture file; DW_ERR_UNSUPPORTED: one of something else
 *  than USB. free: dw_packets_close() */
DW_MUST_CHECK dw_status dw_packets_open(FILE *file, dw_packets **out, struct dw_error *err);
void dw_packets_close(dw_packets *packets);
enum dw_packets_kind dw_packets_kind(const dw_packets *packets);
/** DW_ERR_NOT_FOUND: that was the last. DW_ERR_CORRUPT: the file is broken or cut here; what was read before is good. */
DW_MUST_CHECK dw_status dw_packets_next(dw_packets *packets, struct dw_packet *out, struct dw_error *err);

#endif
