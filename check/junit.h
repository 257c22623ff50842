/** The judgement as JUnit XML, which build servers and test dashboards show: a suite for each group, a case
 *  for each code that was judged. An error is a failure; warnings and notes stand in the case's output. */
#ifndef DW_CHECK_JUNIT_H
#define DW_CHECK_JUNIT_H
#include <jansson.h>
#include "base/text.h"

/** head as dw_check_report_json() made it. Codes that this disc gave no occasion for have no case: those of the
 *  volume for a folder, of a file system or DICOMDIR that is not there, of the job's identity without a job.
 *  seconds: how long it took. */
void dw_check_junit(const json_t *head, double seconds, struct dw_buf *out);

#endif
