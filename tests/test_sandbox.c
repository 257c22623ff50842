/* What a work task may not do once it is in: a child enters, and its exit code says what was still open. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "programs/work/sandbox.h"
#include "test.h"

enum { REFUSED = 1, SOCKET = 2, EXEC = 4, STACK = 8, CPU = 16, MEMORY = 32, CORE = 64 };

static bool is_open(int what, rlim_t most)
{
    struct rlimit limit;
    return getrlimit(what, &limit) != 0 || limit.rlim_cur > most || limit.rlim_max > most;
}

static int what_is_open(void)
{
    char *const argv[] = {"/bin/true", NULL}, *const environment[] = {NULL};
    struct dw_error err = {0};
    int open = 0;
    if (dw_sandbox_enter(false, &err) != DW_OK)
        return REFUSED;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM)
        open |= SOCKET;
    if (execve(argv[0], argv, environment) == 0 || errno != EPERM)
        open |= EXEC;
    open |= is_open(RLIMIT_STACK, DW_WORK_STACK_MAX) ? STACK : 0;
    open |= is_open(RLIMIT_CPU, DW_WORK_TASK_SECONDS_MAX) ? CPU : 0;
    open |= is_open(RLIMIT_CORE, 0) ? CORE : 0;
#ifndef __SANITIZE_ADDRESS__
    open |= is_open(RLIMIT_AS, DW_WORK_MEMORY_MAX) ? MEMORY : 0;
#endif
    return open;
}

static void a_task_has_no_network_no_other_program_and_bounded_time_memory_and_stack(void)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(what_is_open());
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

TESTS(TEST(a_task_has_no_network_no_other_program_and_bounded_time_memory_and_stack))
