/** What a PTBurn server says of itself and its robots, for `discwright robots --diagnose`. */
#ifndef DW_ROBOT_PTBURN_REPORT_H
#define DW_ROBOT_PTBURN_REPORT_H
#include <jansson.h>
#include "base/error.h"

/** Of the folder where its share is mounted. Nothing of jobs and clients is in it: their names are other people's. Lasts as
 * long as the share does. Free: json_decref(). */
DW_MUST_CHECK dw_status dw_ptburn_report(const char *share, json_t **out, struct dw_error *err);

#endif
