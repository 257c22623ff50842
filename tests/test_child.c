#include "base/child.h"
#include "tests/test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

/* This test is its own child: started again with a task name it plays a work task. */
static dw_status spawn_self(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                            struct dw_error *err)
{
    const char *self[] = {"/proc/self/exe", "as-task", argv[1], NULL};
    return dw_spawner_real.spawn(NULL, self, child_fd, out_pid, err);
}
static const struct dw_spawner self_spawner = {.spawn = spawn_self};

static json_t *task(const char *name)
{
    return json_pack("{s:s}", "task", name);
}

static dw_status count_progress(void *ctx, const struct dw_message *msg, struct dw_error *err)
{
    if (strcmp(msg->type, "progress") == 0 && dw_json_int(msg->head, "done", 0) == 100)
        ++*(int *)ctx;
    return DW_OK;
}

static void a_task_reports_progress_and_a_result(void)
{
    struct dw_error err = {0};
    json_t *result = NULL;
    int finals = 0;
    CHECK_OK(dw_task_run(&self_spawner, task("good"), count_progress, &finals, &result, &err), err);
    CHECK_INT(finals, 1);
    CHECK_INT(dw_json_int(result, "answer", 0), 42);
    json_decref(result);
}

static void a_task_that_fails_says_why(void)
{
    struct dw_error err = {0};
    CHECK_INT(dw_task_run(&self_spawner, task("bad"), NULL, NULL, NULL, &err), DW_ERR_CORRUPT);
    CHECK_STR(err.text, "the input is broken");
}

static void a_task_that_dies_is_one_failed_task(void)
{
    struct dw_error err = {0};
    CHECK_INT(dw_task_run(&self_spawner, task("crash"), NULL, NULL, NULL, &err), DW_ERR_GONE);
    CHECK_HAS(err.text, "task crash ended by signal 9");
}

static dw_status stop_it(void *ctx, const struct dw_message *msg, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CANCELLED, "enough");
}

static void a_cancelled_task_ends(void)
{
    struct dw_error err = {0};
    CHECK_INT(dw_task_run(&self_spawner, task("endless"), stop_it, NULL, NULL, &err),
              DW_ERR_CANCELLED);
    CHECK_STR(err.text, "enough");
}

static void a_missing_program_is_one_sentence(void)
{
    const char *argv[] = {"discwright-nonesuch", NULL};
    struct dw_child child;
    struct dw_error err = {0};
    CHECK_INT(dw_child_start(NULL, argv, &child, &err), DW_ERR_NOT_FOUND);
    CHECK_HAS(err.text, "discwright-nonesuch");
}

static void a_child_inherits_its_channel_and_nothing_else(void)
{
    struct dw_error err = {0};
    json_t *result = NULL;
    int leak = dup(2); /* not close-on-exec */
    CHECK_OK(dw_task_run(&self_spawner, task("descriptors"), NULL, NULL, &result, &err), err);
    CHECK_INT(dw_json_int(result, "open", -1), 0);
    json_decref(result);
    close(leak);
}

static void put_program(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void a_task_with_a_program_of_its_own_is_started_there(void)
{
    char folder[64], work[96], own[96], how[32] = "";
    test_folder(folder);
    snprintf(work, sizeof work, "%s/work", folder);
    snprintf(own, sizeof own, "%s/work-alone", folder);
    put_program(work, "#!/bin/sh\nexit 3\n");
    put_program(own, "#!/bin/sh\nexit 4\n");
    for (int i = 0; i < 2; i++) {
        const char *argv[] = {work, i ? "alone" : "together", NULL};
        struct dw_child child;
        struct dw_error err = {0};
        CHECK_OK(dw_child_start(NULL, argv, &child, &err), err);
        CHECK_INT(poll(&(struct pollfd){.fd = child.pidfd, .events = POLLIN}, 1, 60000), 1);
        CHECK(dw_child_reap(&child, how, sizeof how));
        CHECK_STR(how, i ? "exit 4" : "exit 3");
        dw_child_done(&child);
    }
    unlink(work);
    unlink(own);
    CHECK_INT(rmdir(folder), 0);
}

static int play_task(const char *name)
{
    dw_channel *channel;
    json_t *asked;
    struct dw_error err = {0};
    if (dw_task_open(&channel, &asked, &err) != DW_OK)
        return 9;
    json_t *result = json_pack("{s:s, s:s}", "type", "result", "status", "OK");
    if (strcmp(name, "crash") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(name, "bad") == 0) {
        dw_error_set(&err, DW_ERR_CORRUPT, "the input is broken");
        json_decref(result);
        result = dw_json_from_error("result", err.code, &err);
    }
    if (strcmp(name, "descriptors") == 0) {
        int open = 0;
        for (int fd = DW_CHILD_FD + 1; fd < 256; fd++)
            open += fcntl(fd, F_GETFD) >= 0;
        json_object_set_new(result, "open", json_integer(open));
    }
    for (uint64_t i = 0; i <= 100 || strcmp(name, "endless") == 0; i++)
        if (dw_task_progress(channel, "work", i <= 100 ? i : i % 100, 100, &err) != DW_OK)
            break;
    json_object_set_new(result, "answer", json_integer(42));
    return dw_channel_send(channel, result, NULL, 0, NULL, 0, 1000, &err) != DW_OK;
}

static const struct test_case all[] = {
    TEST(a_task_reports_progress_and_a_result),
    TEST(a_task_that_fails_says_why),
    TEST(a_task_that_dies_is_one_failed_task),
    TEST(a_cancelled_task_ends),
    TEST(a_missing_program_is_one_sentence),
    TEST(a_task_with_a_program_of_its_own_is_started_there),
    TEST(a_child_inherits_its_channel_and_nothing_else),
};

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], "as-task") == 0)
        return play_task(argv[2]);
    return test_run(all, DW_ARRAY_LEN(all), argc, argv);
}
