/** Work tasks: one function each, found by name in programs/work/main.c. */
#ifndef DW_PROGRAMS_WORK_TASK_H
#define DW_PROGRAMS_WORK_TASK_H
#include "base/child.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Do it. Progress and other messages go over channel; what the result carries besides status and text is
 *  set in `result` (docs/messages.md lists it for each task). */
typedef dw_status dw_task_fn(dw_channel *channel, const json_t *task, json_t *result,
                             struct dw_error *err);

dw_task_fn dw_task_plan, dw_task_transcode, dw_task_compare, dw_task_render, dw_task_label, dw_task_burn,
    dw_task_image, dw_task_verify, dw_task_check, dw_task_certificate, dw_task_sample;

struct dw_task_row {
    const char *name;
    dw_task_fn *run;
    bool needs_device; /**< what the sandbox lets it do (programs/work/sandbox.h) */
};
extern const struct dw_task_row dw_tasks[]; /**< of this program; ends with a row without a name */

#ifdef __cplusplus
}
#endif
#endif
