#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "layout/items.h"
#include "test.h"

#define LAST_ITEM 99

/* A work task in a child of this test: answers each item, and dies at those whose number is in `deadly`. */
struct fake {
    const char *deadly; /* ",3,7," */
    int64_t killed;     /* the first task that comes to it dies; 0: none */
    int64_t slow;       /* waits until a later batch has been answered; 0: none */
    char folder[64];    /* where it sees that, and the death */
    bool refuses;       /* ends every task with a failure before it does anything */
    unsigned started;
};

static void answer(dw_channel *channel, int64_t number)
{
    dw_status st = number % 5 == 0 ? DW_ERR_UNSUPPORTED : DW_OK;
    struct dw_error err = {0};
    if (st != DW_OK)
        dw_error_set(&err, st, "five is not supported");
    json_t *head = dw_json_from_error("item", st, &err);
    json_object_set_new(head, "number", json_integer(number));
    if (dw_channel_send(channel, head, "blob", 4, NULL, 0, 1000, &err) != DW_OK)
        _exit(1);
}

/* The slow item waits for the last one of all, which another worker must have done meanwhile. */
static void wait_for_others(const struct fake *fake, int64_t number)
{
    char path[80];
    struct stat st;
    if (!fake->slow)
        return;
    snprintf(path, sizeof path, "%s/last", fake->folder);
    if (number == LAST_ITEM) {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0)
            close(fd);
    }
    for (int i = 0; number == fake->slow && stat(path, &st) != 0 && i < 10000; i++)
        poll(NULL, 0, 1);
}

/* As the kernel does when memory is short: not the item's fault. */
static void be_killed_once(const struct fake *fake, int64_t number)
{
    char path[80];
    snprintf(path, sizeof path, "%s/killed", fake->folder);
    if (!fake->killed || number != fake->killed)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    close(fd);
    kill(getpid(), SIGKILL);
}

static void be_a_task(const struct fake *fake)
{
    dw_channel *channel;
    json_t *task, *item;
    size_t i;
    struct dw_error err = {0};
    if (dw_task_open(&channel, &task, &err) != DW_OK)
        _exit(1);
    if (fake->refuses) {
        dw_error_set(&err, DW_ERR_NO_SPACE, "no room");
        if (dw_channel_send(channel, dw_json_from_error("result", DW_ERR_NO_SPACE, &err), NULL, 0, NULL,
                            0, 1000, &err) != DW_OK)
            _exit(1);
        _exit(0);
    }
    json_array_foreach(json_object_get(task, "items"), i, item) {
        int64_t number = dw_json_int(item, "number", -1);
        char mark[32];
        snprintf(mark, sizeof mark, ",%lld,", (long long)number);
        if (strstr(fake->deadly, mark)) {
            prctl(PR_SET_DUMPABLE, 0);
            kill(getpid(), SIGKILL);
        }
        be_killed_once(fake, number);
        wait_for_others(fake, number);
        answer(channel, number);
    }
    if (dw_channel_send(channel, dw_json_from_error("result", DW_OK, NULL), NULL, 0, NULL, 0, 1000,
                        &err) != DW_OK)
        _exit(1);
    _exit(0);
}

static dw_status spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                       struct dw_error *err)
{
    struct fake *fake = ctx;
    fake->started++;
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "fork");
    if (pid == 0) {
        if (child_fd != DW_CHILD_FD)
            dup2(child_fd, DW_CHILD_FD);
        for (int fd = DW_CHILD_FD + 1; fd < 64; fd++)
            close(fd);
        be_a_task(fake);
    }
    *out_pid = pid;
    return DW_OK;
}

struct outcome {
    int done[1000]; /* 1: OK, 2: failed, 3: lost with its task */
    char text[200]; /* of the last that was lost */
    size_t padding; /* bytes of each item, to fill messages */
    unsigned workers;
    size_t told;    /* items, in their order */
    size_t stop_at; /* done() ends the run here; 0: never */
};

static json_t *make(void *ctx, size_t i)
{
    struct outcome *outcome = ctx;
    char *padding = calloc(outcome->padding + 1, 1);
    if (!padding)
        return NULL;
    memset(padding, 'x', outcome->padding);
    json_t *item = json_pack("{s:I, s:s}", "number", (json_int_t)i, "src", padding);
    free(padding);
    return item;
}

static dw_status done(void *ctx, size_t i, dw_status st, const char *text,
                      const struct dw_message *msg, struct dw_error *err)
{
    struct outcome *outcome = ctx;
    CHECK_INT(i, outcome->told); /* in order, and nothing twice */
    outcome->told++;
    if (outcome->stop_at && i == outcome->stop_at)
        return dw_error_set(err, DW_ERR_CANCELLED, "enough");
    if (msg) {
        outcome->done[i] = st == DW_OK ? 1 : 2;
        CHECK_INT(msg->blob_size, 4);
        if (st != DW_OK)
            CHECK_STR(text, "five is not supported");
    } else {
        outcome->done[i] = 3;
        snprintf(outcome->text, sizeof outcome->text, "%s", text);
    }
    return DW_OK;
}

static dw_status run(struct fake *fake, struct outcome *outcome, size_t count, struct dw_error *err)
{
    struct dw_spawner spawner = {.spawn = spawn, .ctx = fake};
    struct dw_items items = {.task = "fake", .count = count, .make = make, .done = done,
                             .ctx = outcome, .spawner = &spawner,
                             .workers = outcome->workers ? outcome->workers : 1};
    return dw_items_run(&items, err);
}

static void every_item_gets_its_own_answer(void)
{
    struct fake fake = {.deadly = ""};
    static struct outcome outcome;
    struct dw_error err = {0};
    CHECK_OK(run(&fake, &outcome, 700, &err), err);
    for (int i = 0; i < 700; i++)
        CHECK_INT(outcome.done[i], i % 5 == 0 ? 2 : 1);
    CHECK_INT(fake.started, 3);
}

static void a_crash_costs_only_the_item_at_which_it_was(void)
{
    struct fake fake = {.deadly = ",0,7,8,29,"};
    static struct outcome outcome;
    struct dw_error err = {0};
    CHECK_OK(run(&fake, &outcome, 30, &err), err);
    for (int i = 0; i < 30; i++)
        CHECK_INT(outcome.done[i], i == 0 || i == 7 || i == 8 || i == 29 ? 3 : i % 5 == 0 ? 2 : 1);
    CHECK_HAS(outcome.text, "signal 9");
}

static void a_task_killed_once_costs_nothing(void)
{
    struct fake fake = {.deadly = ",9,", .killed = 7};
    static struct outcome outcome;
    struct dw_error err = {0};
    test_folder(fake.folder);
    CHECK_OK(run(&fake, &outcome, 30, &err), err);
    for (int i = 0; i < 30; i++)
        CHECK_INT(outcome.done[i], i == 9 ? 3 : i % 5 == 0 ? 2 : 1);
    CHECK_INT(fake.started, 4); /* the first, after the kill, after 9, after 9 again */
    CHECK_OK(dw_file_remove_tree(fake.folder, &err), err);
}

static void long_paths_make_smaller_batches(void)
{
    struct fake fake = {.deadly = ""};
    static struct outcome outcome = {.padding = 30000};
    struct dw_error err = {0};
    CHECK_OK(run(&fake, &outcome, 20, &err), err);
    for (int i = 0; i < 20; i++)
        CHECK(outcome.done[i] != 0);
    CHECK_INT(fake.started, 5);
}

static void a_task_that_cannot_work_at_all_ends_the_run(void)
{
    struct fake fake = {.deadly = "", .refuses = true};
    static struct outcome outcome;
    struct dw_error err = {0};
    CHECK_INT(run(&fake, &outcome, 30, &err), DW_ERR_NO_SPACE);
    CHECK_STR(err.text, "no room");
    CHECK_INT(fake.started, 1);
}

static void several_workers_tell_everything_in_order(void)
{
    struct fake fake = {.deadly = ",3,150,151,699,"};
    static struct outcome outcome = {.workers = 3};
    struct dw_error err = {0};
    CHECK_OK(run(&fake, &outcome, 700, &err), err);
    CHECK_INT(outcome.told, 700);
    for (int i = 0; i < 700; i++)
        CHECK_INT(outcome.done[i], i == 3 || i == 150 || i == 151 || i == 699 ? 3
                                   : i % 5 == 0                               ? 2
                                                                              : 1);
}

static void one_slow_item_does_not_hold_up_the_work(void)
{
    struct fake fake = {.deadly = "", .slow = 1};
    static struct outcome outcome = {.workers = 2};
    struct dw_error err = {0};
    test_folder(fake.folder);
    CHECK_OK(run(&fake, &outcome, LAST_ITEM + 1, &err), err);
    CHECK_INT(outcome.told, LAST_ITEM + 1);
    CHECK_INT(outcome.done[1], 1);
    CHECK_OK(dw_file_remove_tree(fake.folder, &err), err);
}

static void a_caller_that_has_enough_ends_all_workers(void)
{
    struct fake fake = {.deadly = ""};
    static struct outcome outcome = {.workers = 4, .stop_at = 20};
    struct dw_error err = {0};
    CHECK_INT(run(&fake, &outcome, 700, &err), DW_ERR_CANCELLED);
    CHECK_STR(err.text, "enough");
    CHECK_INT(outcome.told, 21);
}

TESTS(TEST(every_item_gets_its_own_answer), TEST(a_crash_costs_only_the_item_at_which_it_was),
      TEST(a_task_killed_once_costs_nothing),
      TEST(long_paths_make_smaller_batches), TEST(a_task_that_cannot_work_at_all_ends_the_run),
      TEST(several_workers_tell_everything_in_order), TEST(one_slow_item_does_not_hold_up_the_work),
      TEST(a_caller_that_has_enough_ends_all_workers))
