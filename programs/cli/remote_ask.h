/** One request over the daemon's control socket. */
#ifndef DW_PROGRAMS_CLI_REMOTE_ASK_H
#define DW_PROGRAMS_CLI_REMOTE_ASK_H
#include <jansson.h>
#include "base/error.h"

#define DW_REMOTE_CONFIG "/etc/discwright/discwright.conf"

/** config and state_folder say where it listens; NULL: the usual place. request is borrowed. The status of the reply
 *  is the status here. DW_ERR_GONE: nobody answers. */
DW_MUST_CHECK dw_status dw_remote_ask(const char *config, const char *state_folder, json_t *request,
                                      json_t **reply, struct dw_error *err);

#endif
