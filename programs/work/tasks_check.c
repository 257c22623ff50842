/* The tasks of discwright-work-check. Its start costs a tenth of that of discwright-work, which loads what draws
 * labels and decodes pictures: with a disc in memory that took longer than to judge it. */
#include "programs/work/task.h"

const struct dw_task_row dw_tasks[] = {
    {"check", dw_task_check, true},
    {0},
};
