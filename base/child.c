#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

extern char **environ;

static bool is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

/* A task may have a program of its own beside the one that has the others: "discwright-work-check". */
static dw_status find_task_program(const char *const argv[], char *out, size_t size, struct dw_error *err)
{
    char own[DW_PATH_MAX];
    dw_status st = dw_child_find_program(argv[0], out, size, err);
    if (st == DW_OK && argv[1] && dw_text_format(own, sizeof own, "%s-%s", out, argv[1]) && is_program(own) &&
        !dw_text_copy(out, size, own))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of program %s is too long", argv[0]);
    return st;
}

/* close_range() of glibc 2.34 as a spawn action: nothing but 0-3 reaches a child. */
static dw_status real_spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                            struct dw_error *err)
{
    char program[DW_PATH_MAX];
    dw_status st = find_task_program(argv, program, sizeof program, err);
    if (st != DW_OK)
        return st;
    /* dup2 of 3 onto 3 would leave close-on-exec set, so the source is moved away first. */
    int source = fcntl(child_fd, F_DUPFD_CLOEXEC, DW_CHILD_FD + 1);
    if (source < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "start %s: %s", argv[0],
                            strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, source, DW_CHILD_FD);
    posix_spawn_file_actions_addclosefrom_np(&actions, DW_CHILD_FD + 1);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int e = posix_spawn(out_pid, program, &actions, &attr, (char *const *)(uintptr_t)argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    close(source);
    if (e)
        return dw_error_set(err, dw_status_from_errno(e), "start %s: %s", argv[0], strerror(e));
    return DW_OK;
}

const struct dw_spawner dw_spawner_real = {.spawn = real_spawn};

dw_status dw_child_find_program(const char *name, char *out, size_t size, struct dw_error *err)
{
    if (name[0] == '/' && dw_text_copy(out, size, name))
        return DW_OK;
    char self[DW_PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = '\0';
        char *slash = strrchr(self, '/');
        *slash = '\0';
        if (dw_text_format(out, size, "%s/%s", self, name) && is_program(out))
            return DW_OK;
        /* Tests live in build/tests beside build/bin. */
        if (dw_text_format(out, size, "%s/../bin/%s", self, name) && is_program(out))
            return DW_OK;
        /* An installed tree may be anywhere: bin/ or sbin/ beside libexec/discwright/. */
        if (dw_text_format(out, size, "%s/../libexec/discwright/%s", self, name) && is_program(out))
            return DW_OK;
    }
    if (dw_text_format(out, size, "%s/%s", DW_LIBEXEC_DIR, name) && is_program(out))
        return DW_OK;
    if (dw_text_format(out, size, "%s/%s", DW_BIN_DIR, name) && is_program(out))
        return DW_OK;
    return dw_error_set(err, DW_ERR_NOT_FOUND, "program %s is not installed", name);
}

dw_status dw_child_start(const struct dw_spawner *spawner, const char *const argv[],
                         struct dw_child *out, struct dw_error *err)
{
    int fds[2];
    struct dw_child child = {.pidfd = -1};
    spawner = spawner ? spawner : &dw_spawner_real;
    dw_status st = dw_channel_pair(fds, err);
    if (st != DW_OK)
        return st;
    st = dw_channel_new(fds[0], &child.channel, err);
    if (st == DW_OK)
        st = spawner->spawn(spawner->ctx, argv, fds[1], &child.pid, err);
    close(fds[1]);
    if (st != DW_OK) {
        dw_channel_free(child.channel);
        return st;
    }
    if (child.pid > 0) /* a fake spawner may have no process */
        child.pidfd = (int)syscall(SYS_pidfd_open, child.pid, 0);
    *out = child;
    return DW_OK;
}

static void describe_end(int status, char *out, size_t size)
{
    if (!out || size == 0)
        return;
    if (WIFSIGNALED(status))
        snprintf(out, size, "signal %d", WTERMSIG(status));
    else
        snprintf(out, size, "exit %d", WEXITSTATUS(status));
}

static void forget(struct dw_child *child)
{
    child->pid = 0;
    if (child->pidfd >= 0)
        close(child->pidfd);
    child->pidfd = -1;
}

bool dw_child_reap(struct dw_child *child, char *out_how, size_t size)
{
    int status = 0;
    if (child->pid <= 0)
        return true;
    pid_t got = waitpid(child->pid, &status, WNOHANG);
    if (got == 0)
        return false;
    describe_end(got == child->pid ? status : 0, out_how, size);
    forget(child);
    return true;
}

static void wait_ms(int pidfd, int ms)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    while (poll(&p, pidfd >= 0 ? 1 : 0, ms) < 0 && errno == EINTR)
        ;
}

void dw_child_stop(struct dw_child *child, int grace_ms, char *out_how, size_t size)
{
    if (dw_child_reap(child, out_how, size))
        return;
    kill(child->pid, SIGTERM);
    wait_ms(child->pidfd, grace_ms);
    if (dw_child_reap(child, out_how, size))
        return;
    kill(child->pid, SIGKILL);
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    describe_end(status, out_how, size);
    forget(child);
}

void dw_child_done(struct dw_child *child)
{
    dw_channel_free(child->channel);
    child->channel = NULL;
    if (child->pid > 0)
        dw_child_stop(child, 0, NULL, 0);
    forget(child);
}
