#include "ptburn_fixture.h"

static void a_disc_goes_the_whole_way_and_leaves_nothing_behind(void)
{
    struct pt_house h;
    char stem[DW_PTBURN_STEM_MAX], path[300];
    struct dw_buf job = {0};
    struct dw_error err = {0};
    pt_init(&h);
    pt_submitted(&h, 1);
    CHECK_STR(h.tasks, "image check ");
    pt_file(&h, 1, stem);
    snprintf(path, sizeof path, "%s/%s.JRQ", h.share, stem);
    CHECK_OK(dw_file_read_all(path, 4096, &job, &err), err);
    CHECK_HAS(job.data, "RobotName = R\r\n");
    CHECK_HAS(job.data, "BinID = 0\r\n");
    CHECK_HAS(job.data, "\\disc.iso\r\n");
    dw_buf_done(&job);
    pt_serve(&h, 1, "QRJ", 14, 0, 0, "");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_LOADING);
    pt_serve(&h, 1, "INP", 0, 1, 0, "");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_BURNING);
    CHECK_INT(h.row[0].drive, 1);
    CHECK_INT(h.progresses, 1); /* 40 percent are told once */
    pt_serve(&h, 1, "INP", 2, 1, 0, "");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_VERIFYING);
    pt_serve(&h, 1, "INP", 3, 1, 0, "");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_PRINTING);
    CHECK_HAS(h.row[0].why, "verified by the robot");
    pt_serve(&h, 1, "DON", 10, 2, 1, "BadDiscs=1\r\n");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    CHECK_HAS(h.row[0].why, "rejected 1 blank before");
    CHECK_INT(pt_count(&h, stem), 1); /* the service's own file alone */
    snprintf(path, sizeof path, "%s/ptburn/1", h.folder);
    CHECK(access(path, F_OK) != 0);
    CHECK_INT(h.faults, 0);
    pt_done(&h);
}

static void a_request_appears_only_when_the_row_says_that_a_blank_may_be_taken(void)
{
    struct pt_house h;
    pt_init(&h);
    h.deaf = true;
    pt_order(&h, 1, NULL);
    pt_run(&h, 20);
    CHECK(pt_is(&h, 1, "TMP"));
    CHECK_INT(h.asked_count, 1);
    CHECK_INT(h.asked[0].event, DW_DISC_EV_LOAD);
    h.deaf = false;
    pt_run(&h, 1);
    CHECK(pt_is(&h, 1, "JRQ"));
    pt_done(&h);
}

static void nothing_is_written_for_a_service_that_does_not_count(void)
{
    struct pt_house h;
    pt_init(&h);
    h.dead = true;
    pt_order(&h, 1, NULL);
    pt_run(&h, 14);
    CHECK_INT(h.faults, 0); /* it may still come */
    pt_run(&h, 6);
    CHECK(pt_fault(&h, "server_silent") >= 0);
    CHECK(!*h.tasks && pt_is(&h, 1, NULL));
    h.dead = false;
    pt_run(&h, 10);
    CHECK_INT(h.faults, 0);
    CHECK(pt_is(&h, 1, "JRQ"));
    pt_done(&h);
}

static void a_share_that_is_gone_is_said_and_gone_on_with(void)
{
    struct pt_house h;
    char hidden[128];
    pt_init(&h);
    pt_submitted(&h, 1);
    snprintf(hidden, sizeof hidden, "%s/hidden", h.folder);
    CHECK_INT(rename(h.share, hidden), 0);
    for (int i = 0; i < 15; i++) { /* without a server that writes */
        dw_ptburn_step(h.ptburn);
        dw_clock_advance(&h.hands, 1000000);
    }
    int fault = pt_fault(&h, "share_silent");
    CHECK(fault >= 0);
    CHECK_HAS(fault >= 0 ? h.sentence[fault] : "", "No such file");
    CHECK_INT(h.row[0].state, DW_DISC_LOADING); /* what nobody sees is not judged */
    CHECK_INT(rename(hidden, h.share), 0);
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 4);
    CHECK_INT(h.faults, 0);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    pt_done(&h);
}

/* --- starting again --- */

static void start_again(struct pt_house *h, int64_t disc)
{
    pt_off(h);
    pt_on(h);
    pt_order(h, disc, NULL);
    pt_run(h, 6);
}

static void a_job_that_is_on_the_server_is_followed_after_a_restart_and_never_submitted_twice(void)
{
    static const char *const endings[] = {"JRQ", "QRJ", "INP"};
    for (size_t i = 0; i < DW_ARRAY_LEN(endings); i++) {
        struct pt_house h;
        pt_init(&h);
        pt_submitted(&h, 1);
        pt_serve(&h, 1, endings[i], 0, 1, 0, "");
        pt_run(&h, 4);
        h.tasks[0] = 0;
        start_again(&h, 1);
        CHECK(pt_is(&h, 1, endings[i]));
        CHECK_STR(h.tasks, "");
        pt_serve(&h, 1, "DON", 10, 2, 1, "");
        pt_run(&h, 4);
        CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
        CHECK(!pt_has(&h, 1, DW_DISC_EV_IN_DOUBT));
        pt_done(&h);
    }
}

static void a_disc_that_was_loaded_in_the_row_alone_begins_anew(void)
{
    struct pt_house h;
    pt_init(&h);
    h.deaf = true;
    pt_order(&h, 1, NULL);
    pt_run(&h, 20);
    CHECK(pt_is(&h, 1, "TMP"));
    h.row[0].state = DW_DISC_LOADING; /* stored, and then the power failed */
    h.deaf = false;
    start_again(&h, 1);
    CHECK(pt_has(&h, 1, DW_DISC_EV_NOT_LOADED));
    pt_run(&h, 20);
    CHECK(pt_is(&h, 1, "JRQ"));
    CHECK_INT(h.row[0].state, DW_DISC_LOADING);
    pt_done(&h);
}

static void a_row_that_was_never_loaded_finds_its_own_job_and_follows_it(void)
{
    struct pt_house h;
    pt_init(&h);
    pt_submitted(&h, 1);
    h.row[0].state = DW_DISC_RESERVED; /* the daemon's disk was set back */
    start_again(&h, 1);
    pt_run(&h, 20);
    CHECK_INT(h.row[0].state, DW_DISC_LOADING);
    CHECK(pt_is(&h, 1, "JRQ"));
    CHECK_INT(pt_count(&h, "-1"), 2); /* that file and its folder */
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    pt_done(&h);
}

static void another_disc_that_got_the_same_number_never_takes_the_job_for_its_own(void)
{
    static const char *const endings[] = {"JRQ", "INP", "DON"};
    for (size_t i = 0; i < DW_ARRAY_LEN(endings); i++) {
        struct pt_house h;
        pt_init(&h);
        pt_submitted(&h, 1);
        if (i > 0)
            pt_serve(&h, 1, endings[i], i == 1 ? 0 : 10, i == 1 ? 1 : 2, i == 1 ? 0 : 1, "");
        pt_off(&h);
        h.row[0].state = DW_DISC_RESERVED; /* the daemon's disk was set back, and the number given once more */
        pt_on(&h);
        pt_order(&h, 1, json_pack("{s:i}", "job", 7));
        pt_run(&h, 20);
        CHECK_INT(h.row[0].state, DW_DISC_REJECTED);
        CHECK_STR(h.row[0].fault, "order_refused");
        CHECK(!pt_has(&h, 1, DW_DISC_EV_VERIFIED));
        CHECK(pt_is(&h, 1, endings[i]));
        CHECK_INT(pt_count(&h, "-1"), i < 2 ? 2 : 1); /* data stays as long as the job needs it */
        pt_done(&h);
    }
}

static void a_job_that_vanished_is_asked_about_and_a_drive_is_no_answer(void)
{
    struct pt_house h;
    char stem[DW_PTBURN_STEM_MAX], path[256];
    pt_init(&h);
    pt_submitted(&h, 1);
    pt_serve(&h, 1, "INP", 2, 1, 0, "");
    pt_run(&h, 4);
    pt_file(&h, 1, stem);
    snprintf(path, sizeof path, "%s/%s.INP", h.share, stem);
    CHECK_INT(unlink(path), 0);
    pt_put(&h, "Status/R.txt", "[System]\r\nSysErrorNumber=0\r\n");
    pt_run(&h, 15);
    CHECK_INT(h.row[0].state, DW_DISC_VERIFYING); /* it may be between two names */
    pt_run(&h, 15);
    CHECK_INT(h.row[0].state, DW_DISC_UNKNOWN);
    CHECK(pt_fault(&h, "job_lost:1") >= 0);
    dw_ptburn_acknowledge(h.ptburn, "job_lost:1");
    CHECK(pt_fault(&h, "job_lost:1") >= 0); /* only an answer ends it */
    dw_ptburn_place(h.ptburn, 1, "drive 1");
    CHECK_HAS(h.sentence[pt_fault(&h, "job_lost:1")], "Only the server");
    dw_ptburn_place(h.ptburn, 1, "output");
    CHECK_HAS(h.sentence[pt_fault(&h, "job_lost:1")], "cannot count as delivered");
    dw_ptburn_place(h.ptburn, 1, "reject");
    pt_run(&h, 2);
    CHECK_INT(h.row[0].state, DW_DISC_REJECTED);
    CHECK_INT(h.faults, 0);
    CHECK_INT(pt_count(&h, stem), 0);
    pt_done(&h);
}

static void a_job_that_comes_back_is_followed_although_a_person_was_asked(void)
{
    struct pt_house h;
    char stem[DW_PTBURN_STEM_MAX], path[256], away[256];
    pt_init(&h);
    pt_submitted(&h, 1);
    pt_file(&h, 1, stem);
    snprintf(path, sizeof path, "%s/%s.JRQ", h.share, stem);
    snprintf(away, sizeof away, "%s/away", h.folder);
    CHECK_INT(rename(path, away), 0);
    pt_run(&h, 30);
    CHECK_INT(h.row[0].state, DW_DISC_UNKNOWN);
    CHECK_INT(rename(away, path), 0);
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_VERIFYING);
    CHECK_INT(h.faults, 0);
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    pt_done(&h);
}

static void a_result_is_kept_before_it_is_told_and_outlives_the_servers_memory(void)
{
    struct pt_house h;
    char stem[DW_PTBURN_STEM_MAX], path[256];
    pt_init(&h);
    pt_submitted(&h, 1);
    h.deaf = true;
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 4);
    pt_file(&h, 1, stem);
    snprintf(path, sizeof path, "%s/%s.DON", h.share, stem);
    CHECK_INT(unlink(path), 0);
    pt_put(&h, "Status/R.txt", "[System]\r\nSysErrorNumber=0\r\n");
    h.deaf = false;
    start_again(&h, 1);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    CHECK_INT(pt_count(&h, stem), 0);
    pt_done(&h);
}

static void what_no_row_asks_for_any_more_leaves_the_share_when_the_service_has_done_with_it(void)
{
    struct pt_house h;
    char stem[DW_PTBURN_STEM_MAX];
    pt_init(&h);
    pt_submitted(&h, 1);
    pt_serve(&h, 1, "INP", 0, 1, 0, "");
    pt_file(&h, 1, stem);
    pt_off(&h);
    pt_on(&h); /* and the daemon has forgotten it */
    pt_run(&h, 50);
    CHECK_INT(pt_count(&h, stem), 2); /* the service is at it */
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 10);
    CHECK_INT(pt_count(&h, stem), 1);
    /* our own disk was lost, too: the token alone tells whose it is */
    char folder[300], record[300];
    snprintf(folder, sizeof folder, "%s/%.*s77", h.share, (int)(strlen(stem) - 1), stem);
    snprintf(record, sizeof record, "%s/DWothers-77", h.share);
    CHECK_INT(mkdir(folder, 0700), 0);
    CHECK_INT(mkdir(record, 0700), 0);
    pt_run(&h, 10);
    CHECK(access(folder, F_OK) != 0);
    CHECK(access(record, F_OK) == 0); /* another appliance's */
    pt_done(&h);
}

/* --- cancelling --- */

static void a_row_that_is_cancelled_before_the_first_look_takes_nothing_from_a_job_that_runs(void)
{
    struct pt_house h;
    pt_init(&h);
    pt_submitted(&h, 1);
    pt_serve(&h, 1, "INP", 0, 1, 0, "");
    pt_off(&h);
    h.row[0].state = DW_DISC_RESERVED; /* the daemon's disk was set back */
    pt_on(&h);
    pt_order(&h, 1, NULL);
    dw_ptburn_cancel(h.ptburn, 1);
    pt_daemon(&h);
    CHECK_INT(h.row[0].state, DW_DISC_ABANDONED);
    pt_run(&h, 6);
    CHECK_INT(pt_count(&h, "-1"), 2); /* the job's file, and the folder that it reads from */
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 40);
    CHECK_INT(pt_count(&h, "-1"), 1);
    pt_done(&h);
}

static void a_cancelled_disc_leaves_as_far_as_it_has_come(void)
{
    struct pt_house h;
    char stem[DW_PTBURN_STEM_MAX];
    pt_init(&h);
    h.dead = true; /* nothing is begun yet */
    pt_order(&h, 1, NULL);
    pt_run(&h, 3);
    dw_ptburn_cancel(h.ptburn, 1);
    pt_run(&h, 2);
    CHECK_INT(h.row[0].state, DW_DISC_ABANDONED);
    h.dead = false;
    pt_submitted(&h, 2); /* in the queue of the server */
    pt_serve(&h, 2, "QRJ", 14, 0, 0, "");
    dw_ptburn_cancel(h.ptburn, 2);
    pt_run(&h, 3);
    CHECK_HAS(pt_heard(&h), "Message = ABORT\r\nClientID = discwright-");
    pt_run(&h, 10);
    CHECK_STR(pt_heard(&h), ""); /* it is given the time to hear it */
    pt_serve(&h, 2, "ERR", 13, 3, 0, "JobErrorNumber=16\r\n");
    pt_run(&h, 4);
    CHECK_INT(h.row[1].state, DW_DISC_ABANDONED);
    pt_submitted(&h, 3); /* half burned */
    pt_serve(&h, 3, "INP", 0, 1, 0, "");
    pt_run(&h, 4);
    dw_ptburn_cancel(h.ptburn, 3);
    pt_run(&h, 3);
    CHECK_HAS(pt_heard(&h), "ABORT");
    pt_serve(&h, 3, "ERR", 13, 3, 0, "JobErrorNumber=16\r\n");
    pt_run(&h, 4);
    CHECK_INT(h.row[2].state, DW_DISC_REJECTED);
    CHECK(pt_has(&h, 3, DW_DISC_EV_CANCEL));
    pt_submitted(&h, 4); /* too late */
    pt_serve(&h, 4, "DON", 10, 2, 1, "");
    dw_ptburn_cancel(h.ptburn, 4);
    pt_run(&h, 4);
    CHECK_INT(h.row[3].state, DW_DISC_DELIVERED);
    CHECK_STR(pt_heard(&h), ""); /* it would lie there for ever */
    pt_file(&h, 2, stem);
    CHECK_INT(pt_count(&h, ".TMP"), 0);
    pt_done(&h);
}

TESTS(TEST(a_disc_goes_the_whole_way_and_leaves_nothing_behind),
      TEST(a_request_appears_only_when_the_row_says_that_a_blank_may_be_taken),
      TEST(nothing_is_written_for_a_service_that_does_not_count), TEST(a_share_that_is_gone_is_said_and_gone_on_with),
      TEST(a_job_that_is_on_the_server_is_followed_after_a_restart_and_never_submitted_twice),
      TEST(a_disc_that_was_loaded_in_the_row_alone_begins_anew),
      TEST(a_row_that_was_never_loaded_finds_its_own_job_and_follows_it),
      TEST(another_disc_that_got_the_same_number_never_takes_the_job_for_its_own),
      TEST(a_job_that_vanished_is_asked_about_and_a_drive_is_no_answer),
      TEST(a_job_that_comes_back_is_followed_although_a_person_was_asked),
      TEST(a_result_is_kept_before_it_is_told_and_outlives_the_servers_memory),
      TEST(what_no_row_asks_for_any_more_leaves_the_share_when_the_service_has_done_with_it),
      TEST(a_row_that_is_cancelled_before_the_first_look_takes_nothing_from_a_job_that_runs),
      TEST(a_cancelled_disc_leaves_as_far_as_it_has_come))
