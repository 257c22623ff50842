/** STATE/run/control.sock: the command line's door. SEQPACKET, framed as base/channel; only our own user (and
 *  root) can open it. Requests and replies are those of daemon/command.h. Loop thread only. */
#ifndef DW_DAEMON_CONTROL_H
#define DW_DAEMON_CONTROL_H
#include "daemon/command.h"
#include "daemon/core.h"

#define DW_CONTROL_CLIENTS_MAX 16

typedef struct dw_control dw_control;
DW_MUST_CHECK dw_status dw_control_new(const struct dw_core *core, dw_command_handler *handler,
                                       void *ctx, dw_control **out, struct dw_error *err);
void dw_control_free(dw_control *control);

#endif
