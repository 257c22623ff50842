/** What the daemon answered, as lines for people on standard output. */
#ifndef DW_PROGRAMS_CLI_REMOTE_SHOW_H
#define DW_PROGRAMS_CLI_REMOTE_SHOW_H
#include <jansson.h>

/** {bays, machine}: the drives of a robot, and those of this machine. */
void dw_show_bays(const json_t *reply);

/** The reply to the request of that name (daemon/command.h); order: the job that was made. */
typedef void dw_show_fn(const json_t *reply);
dw_show_fn dw_show_studies, dw_show_study, dw_show_audit, dw_show_jobs, dw_show_job, dw_show_rules,
    dw_show_order, dw_show_nothing,
    dw_show_robots, dw_show_robot, dw_show_drives, dw_show_status;

#endif
