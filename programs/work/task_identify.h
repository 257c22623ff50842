/** Whose disc is this? The part of the task "check" that reads no more than the directory. */
#ifndef DW_PROGRAMS_WORK_TASK_IDENTIFY_H
#define DW_PROGRAMS_WORK_TASK_IDENTIFY_H
#include <jansson.h>
#include "check/source.h"

/** What a disc says of itself into result: label, fileset_uid, fileset_id, objects, patients [{name, id}] (the first
 *  few; patients_total). DW_ERR_NOT_FOUND: there is no DICOMDIR. */
DW_MUST_CHECK dw_status dw_task_identify(dw_check_source *source, json_t *result, struct dw_error *err);

#endif
