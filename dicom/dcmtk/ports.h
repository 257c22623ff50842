/** The sockets that are listened on: for each port one for every address it is bound to. */
#ifndef DW_DICOM_DCMTK_PORTS_H
#define DW_DICOM_DCMTK_PORTS_H
#include <stddef.h>
#include "dicom/dcmtk/receiver.h"

#define DW_SOCKETS_MAX 32

struct dw_ports {
    struct dw_listening {
        int fd;
        size_t port; /**< index into the options */
    } sockets[DW_SOCKETS_MAX];
    size_t count;
    uint16_t numbers[DW_PORTS_MAX]; /**< as bound, where the options say 0 */
};
/** Open one port of opts that was closed; on failure it stays closed. */
DW_MUST_CHECK dw_status dw_ports_add(const struct dw_port_opts *opts, size_t index, struct dw_ports *ports,
                                     struct dw_error *err);
/** Every port that is not closed. On failure nothing stays open; codes as dw_receiver_open(). */
DW_MUST_CHECK dw_status dw_ports_open(const struct dw_port_opts *opts, size_t count,
                                      struct dw_ports *out, struct dw_error *err);
void dw_ports_close(struct dw_ports *ports);

#endif
