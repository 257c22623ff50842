#include "robot/cups_ipp.h"

#include "base/file.h"
#include "base/text.h"
#include "print_server.h"
#include "robot/cups.h"
#include "test.h"

static void add_job(ipp_t *answer, const char *title, int id)
{
    ippAddSeparator(answer);
    ippAddString(answer, IPP_TAG_JOB, IPP_TAG_NAME, "job-name", NULL, title);
    ippAddInteger(answer, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", id);
}

/* A printer may name a job before it numbers it: the number must not be that of the job before. */
static void only_our_labels_are_listed_whatever_the_order_of_their_attributes(void)
{
    char ours[DW_CUPS_NAME_MAX], other[DW_CUPS_NAME_MAX];
    struct dw_cups_listed jobs[4];
    ipp_t *answer = ippNew();
    dw_cups_name("0a1b", 7, 1, ours);
    dw_cups_name("0a1b", 7, 2, other);
    add_job(answer, "a letter", 11);
    add_job(answer, ours, 12);
    ippAddSeparator(answer);
    ippAddInteger(answer, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", 13);
    ippAddString(answer, IPP_TAG_JOB, IPP_TAG_NAME, "job-name", NULL, other);
    add_job(answer, "another letter", 14);
    ippAddSeparator(answer);
    ippAddString(answer, IPP_TAG_JOB, IPP_TAG_NAME, "job-name", NULL, ours); /* it has no number */
    CHECK_INT(dw_cups_list(answer, "0a1b", jobs, DW_ARRAY_LEN(jobs)), 2);
    CHECK_INT(jobs[0].job, 12);
    CHECK_STR(jobs[0].name, ours);
    CHECK_INT(jobs[1].job, 13);
    CHECK_INT(dw_cups_list(answer, "0a1b", jobs, 1), 1);
    ippDelete(answer);
    answer = ippNew();
    CHECK_INT(dw_cups_list(answer, "0a1b", jobs, DW_ARRAY_LEN(jobs)), 0);
    ippDelete(answer);
}

static void the_name_of_a_label_tells_its_disc_and_which_one_it_is(void)
{
    char a[DW_CUPS_NAME_MAX], b[DW_CUPS_NAME_MAX];
    dw_cups_name("0123456789abcdef", INT64_MAX, INT64_MAX, a);
    dw_cups_name("0123456789abcdef", INT64_MAX, INT64_MAX - 1, b);
    CHECK_INT(strncmp(a, DW_CUPS_JOB_NAME " ", strlen(DW_CUPS_JOB_NAME) + 1), 0);
    CHECK(strcmp(a, b) != 0);
}

static dw_cups *open_in(const char *folder, dw_status expected)
{
    struct dw_robot_options options = {.printer_queue = "ipp://127.0.0.1:1/printers/disc"};
    struct dw_error err = {0};
    dw_cups *cups = NULL;
    CHECK_INT(dw_cups_open(&options, folder, &cups, &err), expected);
    return cups;
}

static void id_of(const char *folder, char out[32])
{
    char path[128];
    struct dw_buf text = {0};
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/printer-id", folder);
    CHECK_OK(dw_file_read_all(path, 31, &text, &err), err);
    dw_text_cut(out, 32, text.data);
    dw_buf_done(&text);
}

/* Two appliances may print in one queue: neither takes out what the other one is about to print. */
static void labels_of_another_robot_are_not_ours(void)
{
    char a[64], b[64], first[32], again[32], other[32], name[DW_CUPS_NAME_MAX], path[128];
    struct dw_cups_listed jobs[2];
    struct dw_error err = {0};
    test_folder(a);
    test_folder(b);
    dw_cups_close(open_in(a, DW_OK));
    dw_cups_close(open_in(b, DW_OK));
    id_of(a, first);
    id_of(b, other);
    dw_cups_close(open_in(a, DW_OK));
    id_of(a, again);
    CHECK_STR(again, first);
    CHECK(strcmp(first, other) != 0);
    ipp_t *answer = ippNew();
    dw_cups_name(first, 7, 1, name);
    add_job(answer, name, 12);
    dw_cups_name(other, 7, 1, name);
    add_job(answer, name, 13);
    CHECK_INT(dw_cups_list(answer, first, jobs, DW_ARRAY_LEN(jobs)), 1);
    CHECK_INT(jobs[0].job, 12);
    ippDelete(answer);
    snprintf(path, sizeof path, "%s/printer-id", b);
    CHECK_OK(dw_file_save(NULL, path, "", 0, &err), err);
    dw_cups_close(open_in(b, DW_ERR_CORRUPT)); /* nobody knows which ones are ours */
    CHECK_OK(dw_file_remove_tree(a, &err), err);
    CHECK_OK(dw_file_remove_tree(b, &err), err);
}

/* --- with a print server --- */

struct beside {
    struct print_server server;
    char folder[64], label[96];
    dw_cups *cups;
    const struct dw_printer *printer;
};

static void beside_begin(struct beside *b, int64_t timeout_s)
{
    struct dw_robot_options options = {.printer_timeout_s = timeout_s, .printer_media = "disc"};
    struct dw_error err = {0};
    print_begin(&b->server);
    test_folder(b->folder);
    snprintf(b->label, sizeof b->label, "%s/label.png", b->folder);
    CHECK_OK(dw_file_save(NULL, b->label, "a picture", 9, &err), err);
    snprintf(options.printer_queue, sizeof options.printer_queue, "ipp://127.0.0.1:%d/printers/disc", b->server.port);
    CHECK_OK(dw_cups_open(&options, b->folder, &b->cups, &err), err);
    b->printer = dw_cups_printer(b->cups);
}

static void beside_end(struct beside *b)
{
    struct dw_error err = {0};
    dw_cups_close(b->cups);
    print_end(&b->server);
    CHECK_OK(dw_file_remove_tree(b->folder, &err), err);
}

static int state_of(struct beside *b, int job)
{
    CHECK(atomic_load(&b->server.jobs) >= job);
    return atomic_load(&b->server.state[job - 1]);
}

/* Its disc was given up while the answer was waited for, and another one lies in the printer when it prints again. */
static void a_label_whose_disc_was_given_up_is_taken_out_before_another_disc_is_laid_in(void)
{
    struct beside b;
    struct dw_error err = {0};
    beside_begin(&b, 600);
    CHECK_OK(b.printer->expect(b.printer->ctx, 7, &err), err);
    atomic_store(&b.server.loses_answer, true);
    CHECK_INT(b.printer->print(b.printer->ctx, 7, b.label, &err), DW_ERR_GONE);
    CHECK_INT(state_of(&b, 1), IPP_JSTATE_PENDING);
    CHECK_OK(b.printer->expect(b.printer->ctx, 7, &err), err); /* its own may come */
    CHECK_INT(state_of(&b, 1), IPP_JSTATE_PENDING);
    CHECK_OK(b.printer->expect(b.printer->ctx, 8, &err), err);
    CHECK_INT(state_of(&b, 1), IPP_JSTATE_CANCELED);
    CHECK_OK(b.printer->print(b.printer->ctx, 8, b.label, &err), err);
    CHECK_INT(atomic_load(&b.server.jobs), 2);
    CHECK_INT(state_of(&b, 2), IPP_JSTATE_PENDING);
    beside_end(&b);
}

static void no_disc_is_laid_in_while_nobody_knows_what_the_queue_holds(void)
{
    struct beside b;
    struct dw_error err = {0};
    const char *fault = NULL;
    beside_begin(&b, 600);
    CHECK_OK(dw_printer_expect(b.printer, 7, &fault, &err), err);
    CHECK(fault == NULL);
    atomic_store(&b.server.loses_answer, true);
    CHECK_INT(dw_printer_print(b.printer, 7, b.label, &fault, &err), DW_ERR_GONE);
    CHECK_STR(fault, "printer_offline");
    print_end(&b.server);
    CHECK_INT(dw_printer_expect(b.printer, 8, &fault, &err), DW_ERR_BUSY);
    CHECK_STR(fault, "printer_offline");
    dw_cups_close(b.cups);
    CHECK_OK(dw_file_remove_tree(b.folder, &err), err);
}

/* It took too long, its disc is rejected, and the queue did not hear that nobody wants it any more. */
static void a_label_that_could_not_be_cancelled_is_taken_out_before_another_disc_is_laid_in(void)
{
    struct beside b;
    struct dw_error err = {0};
    struct dw_printer_now now = {.state = DW_PRINTER_IDLE};
    beside_begin(&b, 0);
    atomic_store(&b.server.refuses_cancel, true);
    CHECK_OK(b.printer->print(b.printer->ctx, 7, b.label, &err), err);
    while (now.state != DW_PRINTER_FAILED) {
        struct pollfd fd = {.fd = b.printer->fd, .events = POLLIN};
        bool told = poll(&fd, 1, 30000) > 0;
        CHECK(told);
        if (!told)
            break;
        b.printer->look(b.printer->ctx, &now);
    }
    CHECK_OK(b.printer->expect(b.printer->ctx, 8, &err), err);
    CHECK_INT(state_of(&b, 1), IPP_JSTATE_CANCELED);
    beside_end(&b);
}

TESTS(TEST(only_our_labels_are_listed_whatever_the_order_of_their_attributes),
      TEST(labels_of_another_robot_are_not_ours),
      TEST(a_label_whose_disc_was_given_up_is_taken_out_before_another_disc_is_laid_in),
      TEST(no_disc_is_laid_in_while_nobody_knows_what_the_queue_holds),
      TEST(a_label_that_could_not_be_cancelled_is_taken_out_before_another_disc_is_laid_in),
      TEST(the_name_of_a_label_tells_its_disc_and_which_one_it_is))
