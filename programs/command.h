/** Commands of `discwright`, one function each. `discwright` itself has those that only ask somebody: a task or the
 *  daemon. What needs libraries that take long to load is in a part of it, a program of its own that takes its place:
 *  every other command would wait for them, too. */
#ifndef DW_PROGRAMS_COMMAND_H
#define DW_PROGRAMS_COMMAND_H
#include <stddef.h>
#include "base/error.h"

/** argv[0] is the command's own name. Prints its own --help. Returns the exit code: what
 *  dw_status_exit_code() says; errors are one sentence on stderr, "discwright: ...". */
typedef int dw_command_fn(int argc, char **argv);
/** discwright (programs/cli); remote is what asks the daemon, and argv[0] says which (the table in remote.c). */
dw_command_fn dw_command_check, dw_command_label, dw_command_sample, dw_command_identify, dw_command_remote;
/** discwright-make (programs/make). */
dw_command_fn dw_command_disc, dw_command_fileset, dw_command_master;
/** discwright-usb (programs/usb). */
dw_command_fn dw_command_capture, dw_command_diagnose;

/** main() of a part: the command that argv[1] names. */
struct dw_part_command {
    const char *name;
    dw_command_fn *run;
};
int dw_part_main(const struct dw_part_command *commands, size_t count, int argc, char **argv);
/** Give this process to a part; argv[0] is the command, and argv[-1] must be there. Returns only what went wrong. */
int dw_part_become(const char *program, char **argv);

#endif
