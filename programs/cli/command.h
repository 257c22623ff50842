/** Commands of `discwright`: one function each, found by name in programs/cli/main.c. */
#ifndef DW_PROGRAMS_CLI_COMMAND_H
#define DW_PROGRAMS_CLI_COMMAND_H
#include "base/error.h"

/** argv[0] is the command's own name. Prints its own --help. Returns the exit code: what
 *  dw_status_exit_code() says; errors are one sentence on stderr, "discwright: ...". */
typedef int dw_command_fn(int argc, char **argv);
dw_command_fn dw_command_disc, dw_command_fileset, dw_command_master, dw_command_check,
    dw_command_label, dw_command_sample, dw_command_identify, dw_command_capture,
    dw_command_diagnose;
/** What asks the daemon (the table in remote.c): argv[0] says which. */
dw_command_fn dw_command_remote;

#endif
