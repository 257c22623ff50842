#include "programs/work/task.h"

const struct dw_task_row dw_tasks[] = {
    {"plan", dw_task_plan, false},
    {"transcode", dw_task_transcode, false},
    {"compare", dw_task_compare, false},
    {"render", dw_task_render, false},
    {"label", dw_task_label, false},
    {"burn", dw_task_burn, true},
    {"image", dw_task_image, false},
    {"verify", dw_task_verify, true},
    {"certificate", dw_task_certificate, false},
    {"sample", dw_task_sample, false},
    {0},
};
