#include "programs/work/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/resource.h>

#include "base/limits.h"

static dw_status limit(int what, rlim_t value, const char *name, struct dw_error *err)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "read limit %s: %s", name, strerror(errno));
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
        value = now.rlim_max;
    struct rlimit set = {.rlim_cur = value, .rlim_max = value};
    if (setrlimit(what, &set) != 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "set limit %s: %s", name, strerror(errno));
    return DW_OK;
}

/* A list of what is refused: libraries differ in what they use from one version to the next, and a
 * disc that fails because of a new harmless call helps nobody. Refused calls answer EPERM. */
static const char *const refused[] = {
    "socket",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "execve",
    "execveat",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "bpf",
    "setuid",
    "setgid",
    "setns",
    "unshare",
    "keyctl",
    "add_key",
    "request_key",
    "reboot",
    "swapon",
    "swapoff",
    "process_vm_readv",
    "process_vm_writev",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "settimeofday",
    "clock_settime",
#ifndef __SANITIZE_ADDRESS__ /* its leak checker looks at the process through ptrace */
    "ptrace",
#endif
};
static const char *const refused_without_device[] = {"iopl", "ioperm", "mknod", "mknodat"};

static int refuse(scmp_filter_ctx filter, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        if (number == __NR_SCMP_ERROR)
            continue; /* this kernel's architecture has no such call */
        int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static dw_status load_filter(bool needs_device, struct dw_error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc = filter ? refuse(filter, refused, DW_ARRAY_LEN(refused)) : -ENOMEM;
    if (rc == 0 && !needs_device)
        rc = refuse(filter, refused_without_device, DW_ARRAY_LEN(refused_without_device));
    if (rc == 0)
        rc = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    if (rc != 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "load the system call filter: %s", strerror(-rc));
    return DW_OK;
}

dw_status dw_sandbox_enter(bool needs_device, struct dw_error *err)
{
    dw_status st = limit(RLIMIT_CORE, 0, "core", err);
    if (st == DW_OK)
        st = limit(RLIMIT_CPU, DW_WORK_TASK_SECONDS_MAX, "cpu", err);
    if (st == DW_OK)
        st = limit(RLIMIT_STACK, DW_WORK_STACK_MAX, "stack", err);
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory alone is larger than any honest limit */
    if (st == DW_OK)
        st = limit(RLIMIT_AS, DW_WORK_MEMORY_MAX, "memory", err);
#endif
    return st == DW_OK ? load_filter(needs_device, err) : st;
}
