/* A thread that does one errand after the other. */
#include "robot/errands.h"

#include <poll.h>
#include <unistd.h>

#include "test.h"

struct errand {
    int number, result;
    int *dropped; /* counts those that nobody took */
};
struct worker {
    int gate[2], came[2]; /* an errand says that it came, and waits for a byte */
    int runs;
};

static void run(void *ctx, void *errand)
{
    struct worker *w = ctx;
    struct errand *e = errand;
    char byte = 0;
    e->result = 10 * e->number + w->runs++;
    if (e->number < 0) {
        CHECK_INT(write(w->came[1], &byte, 1), 1);
        CHECK_INT(read(w->gate[0], &byte, 1), 1);
    }
}

static void drop(void *errand)
{
    struct errand *e = errand;
    ++*e->dropped;
}

static dw_errands *begin(struct worker *w, bool by_hand)
{
    dw_errands *errands = NULL;
    struct dw_error err = {0};
    const struct dw_errands_opts opts = {sizeof(struct errand), run, drop, w, by_hand};
    CHECK(pipe(w->gate) == 0 && pipe(w->came) == 0);
    CHECK_OK(dw_errands_new(&opts, &errands, &err), err);
    return errands;
}

static void end(struct worker *w)
{
    for (int i = 0; i < 2; i++)
        CHECK(close(w->gate[i]) == 0 && close(w->came[i]) == 0);
}

static void submit(dw_errands *errands, int number, int *dropped)
{
    struct dw_error err = {0};
    const struct errand e = {number, 0, dropped};
    CHECK_OK(dw_errands_submit(errands, &e, &err), err);
}

static struct errand taken(dw_errands *errands)
{
    struct errand e = {0};
    struct pollfd fd = {.fd = dw_errands_fd(errands), .events = POLLIN};
    CHECK_INT(poll(&fd, 1, 20000), 1);
    CHECK(dw_errands_take(errands, &e));
    return e;
}

static void they_are_done_in_order_and_come_back_with_what_came_of_them(void)
{
    struct worker w = {.runs = 0};
    struct errand none;
    int dropped = 0;
    dw_errands *errands = begin(&w, false);
    for (int i = 1; i <= 3; i++)
        submit(errands, i, &dropped);
    for (int i = 1; i <= 3; i++)
        CHECK_INT(taken(errands).result, 10 * i + i - 1);
    CHECK(!dw_errands_take(errands, &none));
    struct pollfd fd = {.fd = dw_errands_fd(errands), .events = POLLIN};
    CHECK_INT(poll(&fd, 1, 0), 0);
    dw_errands_free(errands);
    CHECK_INT(dropped, 0);
    end(&w);
}

static void what_has_not_begun_is_dropped_at_the_end_and_what_runs_is_waited_for(void)
{
    struct worker w = {.runs = 0};
    int dropped = 0;
    char byte = 0;
    size_t done;
    dw_errands *errands = begin(&w, false);
    submit(errands, -1, &dropped);
    submit(errands, 1, &dropped);
    CHECK_INT(read(w.came[0], &byte, 1), 1);
    CHECK_INT(dw_errands_waiting(errands, &done), 1);
    CHECK_INT(done, 0);
    CHECK(!dw_errands_stopping(errands));
    CHECK_INT(write(w.gate[1], &byte, 1), 1);
    CHECK_INT(taken(errands).number, -1);
    CHECK_INT(taken(errands).number, 1);
    submit(errands, -2, &dropped);
    CHECK_INT(read(w.came[0], &byte, 1), 1);
    CHECK(dw_errands_busy_us(errands) > 0);
    submit(errands, 2, &dropped);
    CHECK_INT(write(w.gate[1], &byte, 1), 1);
    CHECK(dw_errands_leave(errands, 20));
    CHECK_INT(dropped, 2); /* the second one may have run by then: nobody took it, either */
    end(&w);
}

static void by_hand_nothing_happens_by_itself(void)
{
    struct worker w = {.runs = 0};
    struct errand e;
    int dropped = 0;
    size_t done;
    dw_errands *errands = begin(&w, true);
    CHECK(!dw_errands_step(errands));
    submit(errands, 1, &dropped);
    submit(errands, 2, &dropped);
    CHECK_INT(dw_errands_waiting(errands, &done), 2);
    CHECK(!dw_errands_take(errands, &e));
    CHECK(dw_errands_step(errands));
    CHECK_INT(dw_errands_waiting(errands, &done), 1);
    CHECK_INT(done, 1);
    CHECK(dw_errands_take(errands, &e) && e.result == 10);
    CHECK_INT(dw_errands_busy_us(errands), 0);
    dw_errands_free(errands);
    CHECK_INT(dropped, 1);
    end(&w);
}

TESTS(TEST(they_are_done_in_order_and_come_back_with_what_came_of_them),
      TEST(what_has_not_begun_is_dropped_at_the_end_and_what_runs_is_waited_for),
      TEST(by_hand_nothing_happens_by_itself))
