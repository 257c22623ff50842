/** PTBurn's error numbers as rows of robot/faults.h, each with our own instruction. Three lists that have nothing to do
 * with each other, and none of them is PTRobot's (dw_fault_of_ptrobot()), whose numbers are others from 18 on. The
 * server's own wording is never shown: it may be in any language, and the file it is in is anybody's. */
#ifndef DW_ROBOT_PTBURN_ERRORS_H
#define DW_ROBOT_PTBURN_ERRORS_H
#include <stdbool.h>
#include <stddef.h>
#include "robot/ptburn/job.h"

struct dw_ptburn_error {
    int number;
    const char *row;      /**< of robot/faults.h: who mends it and what we do meanwhile */
    const char *sentence; /**< what is wrong and what to do */
    bool of_disc;         /**< the service only rejects the disc and goes on with the next one by itself */
    bool answerable;      /**< a person's word in the console sends `answer` */
    enum dw_ptburn_message answer;
};

/** SysErrorNumber. NULL: 0, no error. A number nobody has described is a row that asks for a look at the server. */
const struct dw_ptburn_error *dw_ptburn_system_error(int number);
/** JobErrorNumber and DiscErrorNumberX, one list. NULL: 0. */
const struct dw_ptburn_error *dw_ptburn_job_error(int number);
/** Of the burn engine: only in the log of the server, where a technician reads them. NULL: 0, or a number that has no
 * meaning anybody has told. */
const struct dw_ptburn_error *dw_ptburn_engine_error(int number);
#define DW_PTBURN_SYSTEM_ERROR_MAX 42
#define DW_PTBURN_JOB_ERROR_MAX 40
#define DW_PTBURN_ENGINE_ERROR_MAX 39

/** docs/ptburn-errors.md */
void dw_ptburn_errors_print(struct dw_buf *out);

#endif
