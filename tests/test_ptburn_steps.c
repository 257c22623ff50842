/* Every error that PTBurn's papers list, at every step of a disc: the row says what is true, whoever has to mend it is
 * told how, and nothing is delivered that was not made. */
#include "ptburn_fixture.h"

/* From the list to the output bin, as the service tells it. */
static const struct step {
    const char *name, *ending;
    int doing;
} steps[] = {{"queue", "QRJ", 14},  {"start", "INP", 14},  {"load", "INP", 4},  {"record", "INP", 0}, {"finish", "INP", 8},
             {"verify", "INP", 2}, {"wait", "INP", 6}, {"print", "INP", 3}, {"unload", "INP", 5}};
#define STEPS ((int)DW_ARRAY_LEN(steps))

/* Disc 1 has come so far. more: lines of its section. */
static void go_to(struct pt_house *h, int step, const char *more)
{
    for (int i = 0; i <= step; i++) {
        pt_serve(h, 1, steps[i].ending, steps[i].doing, i ? 1 : 0, 0, more);
        pt_run(h, 3);
    }
}

static void finish(struct pt_house *h, const char *more)
{
    go_to(h, STEPS - 1, more);
    pt_serve(h, 1, "DON", 10, 2, 1, more);
    pt_run(h, 4);
}

static void begin(struct pt_house *h, int step)
{
    pt_init(h);
    pt_submitted(h, 1);
    go_to(h, step, "");
}

static void tell(const char *what, int number, int step, int failures)
{
    if (test_failures != failures)
        fprintf(stderr, "  with %s error %d at %s\n", what, number, steps[step].name);
}

static void job_error(int number, int step)
{
    const struct dw_ptburn_error *error = dw_ptburn_job_error(number);
    const struct dw_fault *row = dw_fault_find(error->row);
    struct pt_house h;
    char more[80], key[DW_FAULT_KEY_MAX];
    begin(&h, step);
    snprintf(more, sizeof more, "JobErrorNumber=%d\r\nBadDiscs=%d\r\n", number, step >= 2);
    pt_serve(&h, 1, "ERR", number == 16 ? 13 : 15, 3, 0, more);
    pt_run(&h, 6);
    CHECK_INT(h.row[0].state, DW_DISC_REJECTED);
    CHECK_HAS(h.row[0].why, "PTBurn job error");
    CHECK(!pt_has(&h, 1, DW_DISC_EV_DELIVERED));
    snprintf(key, sizeof key, "%s:%d", row->id, number);
    CHECK_INT(pt_fault(&h, key) >= 0, row->action == DW_FAULT_STOP);
    CHECK_INT(h.faults, row->action == DW_FAULT_STOP);
    CHECK_INT(pt_count(&h, "-1"), 1); /* the service's own file alone */
    pt_done(&h);
}

static void every_error_of_a_job_ends_its_disc_at_every_step(void)
{
    for (int number = 1; number <= DW_PTBURN_JOB_ERROR_MAX + 1; number++) { /* one that nobody has told of as well */
        for (int step = 0; step < STEPS; step++) {
            int failures = test_failures;
            job_error(number, step);
            tell("job", number, step, failures);
        }
    }
}

/* The service rejects the blank and takes another by itself. */
static void disc_error(int number, int step)
{
    struct pt_house h;
    char more[120];
    begin(&h, step);
    snprintf(more, sizeof more, "BadDiscs=1\r\nDiscErrorIndex0=1\r\nDiscErrorNumber0=%d\r\n", number);
    pt_serve(&h, 1, "INP", 9, 1, 0, more);
    pt_run(&h, 4);
    CHECK(!dw_disc_is_final(h.row[0].state));
    finish(&h, more);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    CHECK_HAS(h.row[0].why, "rejected 1 blank before it");
    CHECK_INT(h.faults, 0);
    pt_done(&h);
}

static void every_error_of_a_disc_costs_a_blank_at_every_step_where_there_is_one(void)
{
    int numbers = 0;
    for (int number = 1; number <= DW_PTBURN_JOB_ERROR_MAX; number++) {
        if (!dw_ptburn_job_error(number)->of_disc)
            continue;
        numbers++;
        for (int step = 2; step < STEPS; step++) {
            int failures = test_failures;
            disc_error(number, step);
            tell("disc", number, step, failures);
        }
    }
    CHECK_INT(numbers, 7);
}

/* The robot stands still until a hand, or a word of ours, has helped. */
static void system_error(int number, int step)
{
    const struct dw_ptburn_error *error = dw_ptburn_system_error(number);
    struct pt_house h;
    char key[DW_FAULT_KEY_MAX];
    begin(&h, step);
    enum dw_disc_state before = h.row[0].state;
    h.error = number;
    pt_run(&h, 12);
    snprintf(key, sizeof key, "%s:e%d", error->row, number);
    int fault = pt_fault(&h, key);
    CHECK_STR(fault >= 0 ? h.sentence[fault] : "", error->sentence);
    CHECK_INT(h.faults, 1);
    CHECK_INT(h.row[0].state, before);
    CHECK_STR(pt_heard(&h), "");
    if (error->answerable) {
        dw_ptburn_acknowledge(h.ptburn, key);
        pt_run(&h, 2);
        CHECK_HAS(pt_heard(&h), dw_ptburn_message_name(error->answer));
    }
    h.error = 0;
    pt_run(&h, 6);
    CHECK_INT(h.faults, 0);
    for (int i = step + 1; i < STEPS; i++) {
        pt_serve(&h, 1, steps[i].ending, steps[i].doing, 1, 0, "");
        pt_run(&h, 3);
    }
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    pt_done(&h);
}

static void every_complaint_of_the_machine_is_told_at_every_step_and_the_disc_goes_on(void)
{
    for (int number = 1; number <= DW_PTBURN_SYSTEM_ERROR_MAX + 1; number++) {
        for (int step = 0; step < STEPS; step++) {
            int failures = test_failures;
            system_error(number, step);
            tell("system", number, step, failures);
        }
    }
}

TESTS(TEST(every_error_of_a_job_ends_its_disc_at_every_step),
      TEST(every_error_of_a_disc_costs_a_blank_at_every_step_where_there_is_one),
      TEST(every_complaint_of_the_machine_is_told_at_every_step_and_the_disc_goes_on))
