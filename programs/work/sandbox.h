/** What a work task may not do, set before it reads a byte from outside: rlimits and a seccomp filter
 *  without sockets, exec, ptrace and mounts. */
#ifndef DW_PROGRAMS_WORK_SANDBOX_H
#define DW_PROGRAMS_WORK_SANDBOX_H
#include <stdbool.h>
#include "base/error.h"

/** needs_device: burning and reading back talk to a drive and keep ioctl(2) and threads' priorities. */
DW_MUST_CHECK dw_status dw_sandbox_enter(bool needs_device, struct dw_error *err);

#endif
