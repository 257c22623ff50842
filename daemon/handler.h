/** One answer for every request of daemon/command.h, whoever asks. */
#ifndef DW_DAEMON_HANDLER_H
#define DW_DAEMON_HANDLER_H
#include "daemon/command.h"
#include "daemon/core.h"
#include "daemon/intake/completion.h"
#include "daemon/jobs/jobs.h"
#include "daemon/queries.h"
#include "daemon/snapshot.h"

struct dw_handler { /* borrowed all */
    const struct dw_core *core;
    dw_jobs *jobs;
    dw_completion *completion;
    dw_queries *queries;
    dw_snapshot *snapshot;
};
/** A dw_command_handler: ctx is a struct dw_handler. */
json_t *dw_handler_answer(void *ctx, const json_t *request);

#endif
