/** Work tasks (`discwright-work TASK`): at most DW_WORKERS_MAX at a time, the others wait in line. A task
 *  that crashes, hangs or is refused ends its own and nothing else. Loop thread only. */
#ifndef DW_DAEMON_JOBS_WORK_H
#define DW_DAEMON_JOBS_WORK_H
#include <jansson.h>
#include "daemon/core.h"

#define DW_WORK_SILENCE_S 900 /* a task that says nothing for so long hangs */

typedef struct dw_work dw_work;
typedef struct dw_work_task dw_work_task;

DW_MUST_CHECK dw_status dw_work_new(const struct dw_core *core, dw_work **out, struct dw_error *err);
void dw_work_free(dw_work *work); /**< forgets the tasks; dw_children_free() ends their programs */

struct dw_work_events {
    /** Everything but the result: progress, items. May be NULL. */
    void (*on_message)(void *ctx, const struct dw_message *msg);
    /** Once, last: st and err are the task's own. result is borrowed and NULL when there was none (the
     *  program died: DW_ERR_GONE). Not called after dw_work_stop(). */
    void (*on_result)(void *ctx, dw_status st, const struct dw_error *err, const json_t *result);
};
/** task is stolen and holds "task". events is borrowed. Starts now or when a place is free; a program that
 *  cannot be started is told by on_result in a later round. */
DW_MUST_CHECK dw_status dw_work_start(dw_work *work, json_t *task,
                                      const struct dw_work_events *events, void *ctx,
                                      dw_work_task **out, struct dw_error *err);
void dw_work_stop(dw_work_task *task); /**< no callback follows; NULL is fine */
size_t dw_work_running(const dw_work *work);

#endif
