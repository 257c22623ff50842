/** Children: one posix_spawn, one channel on descriptor 3, and what every work task says.
 *
 *  A work task (`discwright-work TASK`, or `discwright-work-TASK` beside it where there is one) reads one message {"type":"task", "task":NAME, ...}, may send
 *  {"type":"progress","stage":S,"done":N,"total":M} (throttled to a few a second) and others of its own,
 *  and ends with exactly one {"type":"result","status":"OK","text":"", ...}. If the channel closes
 *  without a result, the task failed: DW_ERR_GONE, "task NAME ended by signal 11". When the parent
 *  goes (EOF on the channel) the child stops at once: PR_SET_PDEATHSIG is set as a second net. */
#ifndef DW_BASE_CHILD_H
#define DW_BASE_CHILD_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/channel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_CHILD_FD 3

struct dw_child {
    pid_t pid;           /**< 0: none */
    int pidfd;           /**< readable when it ended; -1: none */
    dw_channel *channel; /**< ours */
};
/** The spawner is a seam: a test counts, refuses or replaces children. NULL means the real one. */
struct dw_spawner {
    dw_status (*spawn)(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                       struct dw_error *err);
    void *ctx;
};
extern const struct dw_spawner dw_spawner_real;

/** Start program with its end of a new channel as descriptor 3 and nothing else above 2. argv[0] is a
 *  name found by dw_child_find_program() or an absolute path; argv ends with NULL. */
DW_MUST_CHECK dw_status dw_child_start(const struct dw_spawner *spawner, const char *const argv[],
                                       struct dw_child *out, struct dw_error *err);
/** Beside the running program (build/bin), in libexec/discwright of the tree it is installed in, else
 *  DW_LIBEXEC_DIR, else DW_BIN_DIR. */
DW_MUST_CHECK dw_status dw_child_find_program(const char *name, char *out, size_t size,
                                              struct dw_error *err);
/** Wait for the end; kill (SIGTERM, then SIGKILL after grace_ms). *out_how: "exit 0", "signal 11". */
void dw_child_stop(struct dw_child *child, int grace_ms, char *out_how, size_t size);
/** Reap if it has ended: true, and child->pid = 0. Never waits. */
bool dw_child_reap(struct dw_child *child, char *out_how, size_t size);
void dw_child_done(struct dw_child *child); /**< closes channel and pidfd; kills and reaps if still alive */

/** Run one work task to its end from a program that may wait (CLI, tests). `task` is stolen and must
 *  hold "task". on_message (may be NULL) sees everything but the result; returning non-OK cancels.
 *  *out_result (may be NULL) is the result head, to be freed by json_decref(). The task's own failure is
 *  returned as the function's. */
typedef dw_status dw_task_message_fn(void *ctx, const struct dw_message *msg, struct dw_error *err);
DW_MUST_CHECK dw_status dw_task_run(const struct dw_spawner *spawner, json_t *task,
                                    dw_task_message_fn *on_message, void *ctx, json_t **out_result,
                                    struct dw_error *err);

/* --- inside a work task --- */
/** The channel on descriptor 3, with PR_SET_PDEATHSIG set. DW_ERR_INVALID: not started by us. */
DW_MUST_CHECK dw_status dw_task_open(dw_channel **out, json_t **out_task, struct dw_error *err);
/** At most about 5 lines a second (the last, done == total, always); DW_ERR_CANCELLED: parent is gone. */
DW_MUST_CHECK dw_status dw_task_progress(dw_channel *channel, const char *stage, uint64_t done,
                                         uint64_t total, struct dw_error *err);
/** The same with members of `more` beside done and total; stolen, may be NULL. */
DW_MUST_CHECK dw_status dw_task_progress_with(dw_channel *channel, const char *stage, uint64_t done,
                                              uint64_t total, json_t *more, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
