/** One packet of a capture: a USB transfer as it was given to the bus, or as it ended. */
#ifndef DW_ROBOT_CAPTURE_URB_H
#define DW_ROBOT_CAPTURE_URB_H
#include <stdbool.h>
#include "robot/capture/packets.h"

enum dw_urb_kind { DW_URB_ISOCHRONOUS, DW_URB_INTERRUPT, DW_URB_CONTROL, DW_URB_BULK };
struct dw_urb {
    enum dw_urb_kind kind;
    unsigned bus, device, endpoint; /**< the endpoint without its direction */
    bool in;                        /**< from the device */
    bool ended;                     /**< this record is the end of the transfer; otherwise its beginning */
    bool failed;                    /**< ended, and not well */
    uint64_t id;                    /**< the same in both records of a transfer, and free again afterwards */
    int64_t time_ns;
    const uint8_t *data; /**< payload of this record, as long as the packet's */
    size_t size;         /**< of it, as kept in the file */
    size_t size_on_wire; /**< of it, as it went over the wire; larger than size: cut when it was recorded */
};
/** DW_ERR_CORRUPT: no record of this kind. */
DW_MUST_CHECK dw_status dw_urb_read(enum dw_packets_kind kind, const struct dw_packet *packet, struct dw_urb *out,
                                    struct dw_error *err);

#endif
