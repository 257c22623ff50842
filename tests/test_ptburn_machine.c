/* What the machine and its server complain of, which bin and whose turn it is. */
#include "robot/ptburn/share.h"

#include "ptburn_fixture.h"

static void every_system_error_is_said_in_our_own_words_and_over_when_the_server_says_so(void)
{
    for (int number = 1; number <= DW_PTBURN_SYSTEM_ERROR_MAX; number++) {
        const struct dw_ptburn_error *error = dw_ptburn_system_error(number);
        struct pt_house h;
        char key[DW_FAULT_KEY_MAX];
        pt_init(&h);
        pt_run(&h, 6);
        h.error = number;
        pt_run(&h, 12);
        snprintf(key, sizeof key, "%s:e%d", error->row, number);
        int fault = pt_fault(&h, key);
        CHECK(fault >= 0);
        CHECK_STR(fault >= 0 ? h.sentence[fault] : "", error->sentence);
        CHECK_INT(h.faults, 1);
        CHECK_STR(pt_heard(&h), ""); /* nobody answers for people */
        dw_ptburn_acknowledge(h.ptburn, key);
        pt_run(&h, 4);
        CHECK_INT(h.faults, 0);
        const char *heard = pt_heard(&h);
        CHECK_INT(*heard != 0, error->answerable);
        if (error->answerable)
            CHECK_HAS(heard, dw_ptburn_message_name(error->answer));
        pt_run(&h, 40);
        CHECK(pt_fault(&h, key) >= 0); /* it did not help */
        h.error = 0;
        pt_run(&h, 8);
        CHECK_INT(h.faults, 0);
        pt_done(&h);
    }
}

static void one_complaint_of_the_machine_takes_the_place_of_the_other(void)
{
    struct pt_house h;
    pt_init(&h);
    h.error = 15;
    pt_run(&h, 12);
    CHECK(pt_fault(&h, "cover_open:e15") >= 0);
    h.error = 99; /* of a later version */
    pt_run(&h, 12);
    CHECK(pt_fault(&h, "cover_open:e15") < 0);
    CHECK(pt_fault(&h, "server_waits:e99") >= 0);
    pt_done(&h);
}

/* Of every number: what becomes of the row, of its job and of the robot. */
static void every_job_error_ends_the_disc_and_says_what_to_do(void)
{
    for (int number = 1; number <= DW_PTBURN_JOB_ERROR_MAX; number++) {
        const struct dw_ptburn_error *error = dw_ptburn_job_error(number);
        const struct dw_fault *row = dw_fault_find(error->row);
        struct pt_house h;
        char more[64], key[DW_FAULT_KEY_MAX];
        pt_init(&h);
        pt_submitted(&h, 1);
        pt_serve(&h, 1, "INP", 0, 1, 0, "");
        pt_run(&h, 4);
        snprintf(more, sizeof more, "JobErrorNumber=%d\r\nBadDiscs=1\r\n", number);
        pt_serve(&h, 1, "ERR", number == 16 ? 13 : 15, 3, 0, more);
        pt_run(&h, 4);
        CHECK_INT(h.row[0].state, DW_DISC_REJECTED);
        CHECK_HAS(h.row[0].why, "PTBurn job error");
        CHECK_STR(h.row[0].fault, dw_fault_rejects(row) ? row->id : "");
        snprintf(key, sizeof key, "%s:%d", row->id, number);
        CHECK_INT(pt_fault(&h, key) >= 0, row->action == DW_FAULT_STOP);
        CHECK_INT(pt_count(&h, "-1"), 1); /* the service's own file alone */
        pt_order(&h, 2, NULL); /* nothing more is sent until somebody has acknowledged what stops */
        pt_run(&h, 20);
        CHECK_INT(pt_is(&h, 2, "JRQ"), row->action != DW_FAULT_STOP);
        dw_ptburn_acknowledge(h.ptburn, key);
        pt_run(&h, 20);
        CHECK(pt_is(&h, 2, "JRQ"));
        pt_done(&h);
    }
}

static void a_failure_without_a_number_is_a_bad_disc_and_many_of_them_stop_the_robot(void)
{
    struct pt_house h;
    pt_init(&h);
    h.options.rejects_max = 2;
    pt_off(&h);
    pt_on(&h);
    for (int disc = 1; disc <= 2; disc++) {
        pt_submitted(&h, disc);
        pt_serve(&h, disc, "ERR", 15, 3, 0, "");
        pt_run(&h, 4);
        CHECK_INT(h.row[disc - 1].state, DW_DISC_REJECTED);
        CHECK_STR(h.row[disc - 1].fault, "bad_disc");
    }
    CHECK(pt_fault(&h, "rejected_in_a_row") >= 0);
    pt_order(&h, 3, NULL);
    pt_run(&h, 20);
    CHECK(pt_is(&h, 3, NULL));
    dw_ptburn_acknowledge(h.ptburn, "rejected_in_a_row");
    pt_run(&h, 20);
    CHECK(pt_is(&h, 3, "JRQ"));
    pt_done(&h);
}

static void what_cannot_be_put_on_a_disc_never_reaches_the_server(void)
{
    static const char *const faults[] = {"source_failed", "label_missing", "too_small", "not_conforming",
                                         "check_failed"};
    for (size_t i = 0; i < DW_ARRAY_LEN(faults); i++) {
        struct pt_house h;
        pt_init(&h);
        h.not_conforming = strcmp(faults[i], "not_conforming") == 0;
        bool is_judge = strcmp(faults[i], "check_failed") == 0;
        h.check_fault = is_judge ? faults[i] : NULL;
        h.image_fault = h.not_conforming || is_judge ? NULL : faults[i];
        pt_order(&h, 1, NULL);
        pt_run(&h, 20);
        CHECK_INT(h.row[0].state, DW_DISC_REJECTED);
        CHECK_STR(h.row[0].fault, faults[i]);
        CHECK_INT(pt_count(&h, "-1"), 0);
        CHECK_INT(h.faults, 0);
        pt_done(&h);
    }
}

static void what_fails_at_the_share_is_tried_again_and_told(void)
{
    struct pt_house h;
    pt_init(&h);
    h.image_fault = "io";
    pt_order(&h, 1, NULL);
    pt_run(&h, 8);
    CHECK_INT(h.faults, 0); /* a server that starts again */
    pt_run(&h, 12);
    CHECK_INT(h.row[0].state, DW_DISC_RESERVED);
    int fault = pt_fault(&h, "share_refuses");
    CHECK_HAS(fault >= 0 ? h.sentence[fault] : "", "rights");
    CHECK_HAS(fault >= 0 ? h.sentence[fault] : "", "as planned");
    h.image_fault = NULL;
    pt_run(&h, 20);
    CHECK(pt_is(&h, 1, "JRQ"));
    CHECK_INT(h.faults, 0);
    pt_done(&h);
}

static void a_disc_waits_while_the_servers_disk_has_no_room_for_it(void)
{
    struct pt_house h;
    pt_init(&h);
    h.system = "DriveSpace=600\r\n";
    pt_order(&h, 1, json_pack("{s:i}", "blocks", 330000)); /* 645 MB */
    pt_order(&h, 2, NULL);
    pt_run(&h, 20);
    int fault = pt_fault(&h, "share_refuses");
    CHECK_HAS(fault >= 0 ? h.sentence[fault] : "", "no room");
    CHECK(pt_is(&h, 1, NULL) && pt_is(&h, 2, "JRQ"));
    h.system = "DriveSpace=800\r\n";
    pt_run(&h, 20);
    CHECK(pt_is(&h, 1, "JRQ"));
    CHECK_INT(h.faults, 0);
    pt_done(&h);
}

static const char *where(const struct pt_house *h, size_t bin)
{
    return dw_json_text(json_array_get(json_object_get(h->status, "bins"), bin), "where");
}

static void of_two_drives_it_is_said_which_is_the_upper_one(void)
{
    struct pt_house h;
    pt_init(&h);
    h.robots = "[RobotList]\r\nRobot0=R\r\n[R]\r\nSysErrorNumber=0\r\nStatusFile=R.txt\r\nSystemDrives=2\r\n";
    pt_put(&h, "Status/R.txt", "[System]\r\nDriveLocation0=Bottom Recorder\r\nDriveLocation1=Top Recorder\r\n");
    pt_run(&h, 8);
    const json_t *drives = json_object_get(h.status, "drives");
    CHECK_STR(dw_json_text(json_array_get(drives, 0), "where"), "bottom");
    CHECK_STR(dw_json_text(json_array_get(drives, 1), "where"), "top");
    pt_done(&h);
}

static void a_bin_is_called_as_it_stands_in_the_machine(void)
{
    struct pt_house h;
    pt_init(&h);
    pt_run(&h, 8);
    CHECK_STR(where(&h, 0), "right");
    CHECK_STR(where(&h, 1), "left"); /* the output */
    h.kiosk = 1;
    pt_run(&h, 8);
    CHECK_STR(where(&h, 1), ""); /* the slide at the front */
    dw_text_cut(h.options.bins, sizeof h.options.bins, "cd,dvd");
    pt_off(&h);
    pt_on(&h);
    pt_run(&h, 8);
    CHECK_STR(where(&h, 1), "left");
    pt_done(&h);
}

#define ALONE "[RobotList]\r\nRobot0=R\r\n[R]\r\nSysErrorNumber=0\r\nStatusFile=R.txt\r\nNumJobs=0\r\n"

/* Four tanks are told as five: the second only repeats the emptiest colour. */
static void every_cartridge_is_told_and_the_one_that_runs_low_is_named(void)
{
    static const char *const names[] = {"black ink", "yellow ink", "cyan ink", "magenta ink"};
    static const int percents[] = {12, 70, 60, 5};
    struct pt_house h;
    pt_init(&h);
    h.robots = ALONE "CartridgeType0=2\r\nCartridgeFill0=12\r\nCartridgeType1=1\r\nCartridgeFill1=5\r\n"
                     "CartridgeType2=3\r\nCartridgeFill2=70\r\nCartridgeType3=4\r\nCartridgeFill3=60\r\n"
                     "CartridgeType4=5\r\nCartridgeFill4=5\r\n";
    pt_run(&h, 8);
    const json_t *supplies = json_object_get(h.status, "supplies");
    CHECK_INT(json_array_size(supplies), 4);
    for (size_t i = 0; i < 4; i++) {
        CHECK_STR(dw_json_text(json_array_get(supplies, i), "name"), names[i]);
        CHECK_INT(dw_json_int(json_array_get(supplies, i), "percent", -1), percents[i]);
    }
    int fault = pt_fault(&h, "ink_low");
    CHECK_HAS(fault >= 0 ? h.sentence[fault] : "", "magenta");
    h.robots = ALONE "CartridgeType0=6\r\nCartridgeFill0=80\r\nCartridgeType1=0\r\nCartridgeFill1=0\r\n";
    pt_run(&h, 8);
    CHECK_INT(h.faults, 0);
    supplies = json_object_get(h.status, "supplies");
    CHECK_INT(json_array_size(supplies), 1);
    CHECK_STR(dw_json_text(json_array_get(supplies, 0), "name"), "ink");
    pt_done(&h);
}

static void more_discs_than_blanks_are_said_before_the_bin_is_empty(void)
{
    struct pt_house h;
    pt_init(&h);
    h.robots = ALONE "DiscsInRightBin=2\r\n";
    for (int disc = 1; disc <= 3; disc++)
        pt_order(&h, disc, NULL);
    pt_run(&h, 8);
    int fault = pt_fault(&h, "blanks_low:cd");
    CHECK_HAS(fault >= 0 ? h.sentence[fault] : "", "More cd discs");
    h.robots = ALONE "DiscsInRightBin=3\r\n";
    pt_run(&h, 8);
    CHECK_INT(h.faults, 0);
    h.robots = ALONE "DiscsInRightBin=255\r\n"; /* not known */
    pt_run(&h, 8);
    CHECK_INT(h.faults, 0);
    pt_done(&h);
}

static int bin_of(const struct pt_house *h, int64_t disc)
{
    char stem[DW_PTBURN_STEM_MAX], path[256];
    struct dw_buf text = {0};
    const char *ending = pt_file(h, disc, stem);
    snprintf(path, sizeof path, "%s/%s.%s", h->share, stem, ending ? ending : "");
    dw_status st = ending ? dw_file_read_all(path, 4096, &text, NULL) : DW_ERR_NOT_FOUND;
    const char *at = st == DW_OK ? strstr(text.data, "BinID = ") : NULL;
    int bin = at ? at[8] - '0' : -1;
    dw_buf_done(&text);
    return bin;
}

static void the_bin_is_the_one_that_holds_the_discs_medium(void)
{
    static const struct {
        const char *bins, *media;
        int kiosk, bin; /* -1: none */
    } rows[] = {{"cd", "cd", 0, 0},     {"cd", "cd", 1, 2},     {"cd,dvd", "cd", 0, 2}, {"cd,dvd", "dvd", 0, 1},
                {"cd,dvd", "cd", 1, 2}, {"cd,dvd", "dvd", 1, 1}, {"cd", "dvd", 0, -1},  {"cd,dvd", "bd", 0, -1}};
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct pt_house h;
        char key[DW_FAULT_KEY_MAX];
        pt_init(&h);
        dw_text_cut(h.options.bins, sizeof h.options.bins, rows[i].bins);
        h.kiosk = rows[i].kiosk;
        pt_off(&h);
        pt_on(&h);
        pt_order(&h, 1, json_pack("{s:s}", "media", rows[i].media));
        pt_run(&h, 20);
        CHECK_INT(bin_of(&h, 1), rows[i].bin);
        snprintf(key, sizeof key, "bin_missing:%s", rows[i].media);
        CHECK_INT(pt_fault(&h, key) >= 0, rows[i].bin < 0);
        pt_done(&h);
    }
}

/* In kiosk mode the service takes blanks from both bins, and in the left one lie finished discs. */
static void no_job_that_begins_in_kiosk_mode_takes_discs_from_the_bin_of_the_finished_ones(void)
{
    struct pt_house h;
    pt_init(&h);
    for (int disc = 1; disc <= 3; disc++)
        pt_order(&h, disc, NULL);
    pt_run(&h, 30);
    CHECK(pt_is(&h, 3, "TMP"));
    CHECK_INT(bin_of(&h, 3), 0);
    h.kiosk = 1; /* somebody at the server */
    pt_run(&h, 4);
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 20);
    CHECK(pt_is(&h, 3, "JRQ"));
    CHECK_INT(bin_of(&h, 3), 2);
    pt_done(&h);
    pt_init(&h);
    dw_text_cut(h.options.kiosk, sizeof h.options.kiosk, "on"); /* and the server has not heard it yet */
    pt_off(&h);
    pt_on(&h);
    pt_order(&h, 1, NULL);
    pt_run(&h, 20);
    CHECK_INT(bin_of(&h, 1), 2);
    CHECK(!(dw_ptburn_caps(&h.options) & DW_HAS_TWO_EXITS)); /* everything comes out at the front */
    pt_done(&h);
}

static void the_server_gets_one_disc_more_than_it_has_drives_and_the_urgent_one_first(void)
{
    struct pt_house h;
    pt_init(&h);
    h.dead = true;
    for (int disc = 1; disc <= 5; disc++)
        pt_order(&h, disc, json_pack("{s:i}", "priority", disc == 4 ? 9 : 0));
    h.dead = false;
    pt_run(&h, 30);
    CHECK_INT(pt_count(&h, ".JRQ"), 2);
    CHECK(pt_is(&h, 4, "JRQ") && pt_is(&h, 1, "JRQ") && pt_is(&h, 2, "TMP") && pt_is(&h, 3, NULL));
    pt_serve(&h, 4, "DON", 10, 2, 1, "");
    pt_run(&h, 20);
    CHECK(pt_is(&h, 2, "JRQ"));
    pt_done(&h);
}

static void the_discs_of_a_set_follow_each_other_and_nothing_comes_between(void)
{
    struct pt_house h;
    pt_init(&h);
    h.dead = true;
    for (int disc = 1; disc <= 3; disc++)
        pt_order(&h, disc, json_pack("{s:i, s:i, s:i}", "job", 7, "volume_n", 4 - disc, "volume_of", 3));
    pt_order(&h, 4, json_pack("{s:i}", "priority", 0));
    h.dead = false;
    pt_run(&h, 30);
    CHECK(pt_is(&h, 3, "JRQ")); /* disc 1 of 3 */
    CHECK_INT(pt_count(&h, ".JRQ"), 1);
    pt_serve(&h, 3, "DON", 10, 2, 1, "");
    pt_run(&h, 20);
    CHECK(pt_is(&h, 2, "JRQ"));
    CHECK_INT(pt_count(&h, ".JRQ"), 1);
    pt_serve(&h, 2, "DON", 10, 2, 1, "");
    pt_run(&h, 20);
    CHECK(pt_is(&h, 1, "JRQ"));
    pt_serve(&h, 1, "DON", 10, 2, 1, "");
    pt_run(&h, 20);
    CHECK(pt_is(&h, 4, "JRQ"));
    pt_done(&h);
}

#define TWO                                                                                                            \
    "[RobotList]\r\nRobot0=R\r\nRobot1=S\r\n[R]\r\nSysErrorNumber=0\r\nStatusFile=R.txt\r\n[S]\r\nSysErrorNumber=15\r\n" \
    "StatusFile=S.txt\r\n"

static void of_several_robots_the_one_that_is_named_is_meant(void)
{
    struct pt_house h;
    pt_init(&h);
    h.robots = TWO;
    pt_order(&h, 1, NULL);
    pt_run(&h, 20);
    int fault = pt_fault(&h, "server_settings:robot");
    CHECK_HAS(fault >= 0 ? h.sentence[fault] : "", "ptburn_robot");
    CHECK(pt_is(&h, 1, NULL));
    dw_text_cut(h.options.ptburn_robot, sizeof h.options.ptburn_robot, "R");
    pt_off(&h);
    pt_on(&h);
    pt_order(&h, 1, NULL);
    pt_run(&h, 20);
    CHECK_INT(h.faults, 0); /* the cover of the other one is not ours */
    CHECK(pt_is(&h, 1, "JRQ"));
    /* moved to the other one by the server, and followed there */
    pt_serve(&h, 1, "INP", 18, 4, 0, "");
    char stem[DW_PTBURN_STEM_MAX], text[200];
    pt_file(&h, 1, stem);
    snprintf(text, sizeof text, "[%s]\r\nCurrentStatusState=10\r\nJobState=2\r\nGoodDiscs=1\r\n", stem);
    pt_put(&h, "Status/S.txt", text);
    pt_run(&h, 4);
    pt_serve(&h, 1, "DON", 18, 4, 0, "");
    pt_run(&h, 4);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    pt_done(&h);
}

static void kiosk_mode_and_little_ink_are_as_the_site_says(void)
{
    struct pt_house h;
    pt_init(&h);
    h.error = 6;
    h.options.ignore_ink_low = true;
    dw_text_cut(h.options.kiosk, sizeof h.options.kiosk, "off");
    h.kiosk = 0;
    pt_off(&h);
    pt_on(&h);
    pt_run(&h, 6);
    CHECK_HAS(pt_heard(&h), "IGNORE_INKLOW");
    CHECK_INT(h.faults, 0);
    h.error = 0;
    h.kiosk = 1;
    pt_run(&h, 8);
    CHECK_HAS(pt_heard(&h), "CHANGE_KIOSK_MODE\r\nValue = 0");
    pt_run(&h, 40); /* the server keeps it */
    CHECK(pt_fault(&h, "server_settings:kiosk") >= 0);
    h.kiosk = 0;
    pt_run(&h, 8);
    CHECK_INT(h.faults, 0);
    pt_done(&h);
}

static void a_refill_lets_the_server_count_as_soon_as_it_has_nothing_to_do(void)
{
    struct pt_house h;
    pt_init(&h);
    pt_run(&h, 6);
    CHECK_INT(dw_ptburn_refill(h.ptburn, "bin 1", "cd", NULL, NULL), DW_OK);
    CHECK_HAS(pt_heard(&h), "CHECK_DISCSINBIN");
    h.jobs = 1;
    pt_run(&h, 8);
    CHECK_INT(dw_ptburn_refill(h.ptburn, "bin 1", "cd", NULL, NULL), DW_OK);
    CHECK_STR(pt_heard(&h), "");
    pt_run(&h, 20);
    CHECK_STR(pt_heard(&h), "");
    h.jobs = 0;
    pt_run(&h, 8);
    CHECK_HAS(pt_heard(&h), "CHECK_DISCSINBIN");
    pt_run(&h, 20);
    CHECK_STR(pt_heard(&h), ""); /* once */
    CHECK_INT(dw_ptburn_refill(h.ptburn, "bin 2", "cd", NULL, NULL), DW_ERR_INVALID);
    CHECK_INT(dw_ptburn_refill(h.ptburn, "bin 1", "dvd", NULL, NULL), DW_ERR_UNSUPPORTED);
    pt_done(&h);
}

static void what_the_share_has_no_room_for_is_asked_of_it_again(void)
{
    struct pt_house h;
    pt_init(&h);
    h.deaf = true;
    pt_order(&h, 1, NULL);
    pt_run(&h, 20);
    CHECK(pt_is(&h, 1, "TMP"));
    for (int i = 0; i < DW_PTBURN_OPS_MAX + 10; i++)
        CHECK_INT(dw_ptburn_refill(h.ptburn, "bin 1", "cd", NULL, NULL), DW_OK);
    h.deaf = false;
    pt_daemon(&h); /* the request is refused, and nobody will ever answer it */
    CHECK(pt_is(&h, 1, "TMP"));
    pt_run(&h, 40);
    CHECK(pt_is(&h, 1, "JRQ"));
    CHECK_INT(h.row[0].state, DW_DISC_LOADING);
    pt_done(&h);
}

static void settings_that_no_job_could_be_written_with_are_refused(void)
{
    struct dw_robot_options options;
    struct dw_sensors sensors;
    struct dw_error err = {0};
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &options);
    CHECK_INT(dw_ptburn_sensors(&options, &sensors, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "share");
    dw_text_cut(options.share, sizeof options.share, "/mnt/ptburn");
    CHECK_INT(dw_ptburn_sensors(&options, &sensors, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "share_unc");
    dw_text_cut(options.share_unc, sizeof options.share_unc, "\\\\SRV\\PTBurnJobs");
    CHECK_OK(dw_ptburn_sensors(&options, &sensors, &err), err);
    CHECK(!(dw_ptburn_caps(&options) & DW_HAS_TWO_EXITS)); /* two input bins: everything comes out at the front */
    dw_text_cut(options.bins, sizeof options.bins, "cd");
    CHECK(dw_ptburn_caps(&options) & DW_HAS_TWO_EXITS);
    CHECK(dw_ptburn_caps(&options) & DW_DELEGATES_VERIFY);
    dw_text_cut(options.bins, sizeof options.bins, "cd,dvd,bd");
    CHECK_INT(dw_ptburn_sensors(&options, &sensors, &err), DW_ERR_INVALID);
}

TESTS(TEST(every_system_error_is_said_in_our_own_words_and_over_when_the_server_says_so),
      TEST(one_complaint_of_the_machine_takes_the_place_of_the_other),
      TEST(every_job_error_ends_the_disc_and_says_what_to_do),
      TEST(a_failure_without_a_number_is_a_bad_disc_and_many_of_them_stop_the_robot),
      TEST(what_cannot_be_put_on_a_disc_never_reaches_the_server), TEST(what_fails_at_the_share_is_tried_again_and_told),
      TEST(a_disc_waits_while_the_servers_disk_has_no_room_for_it),
      TEST(of_two_drives_it_is_said_which_is_the_upper_one), TEST(a_bin_is_called_as_it_stands_in_the_machine),
      TEST(every_cartridge_is_told_and_the_one_that_runs_low_is_named),
      TEST(more_discs_than_blanks_are_said_before_the_bin_is_empty),
      TEST(the_bin_is_the_one_that_holds_the_discs_medium),
      TEST(no_job_that_begins_in_kiosk_mode_takes_discs_from_the_bin_of_the_finished_ones),
      TEST(the_server_gets_one_disc_more_than_it_has_drives_and_the_urgent_one_first),
      TEST(the_discs_of_a_set_follow_each_other_and_nothing_comes_between),
      TEST(of_several_robots_the_one_that_is_named_is_meant), TEST(kiosk_mode_and_little_ink_are_as_the_site_says),
      TEST(a_refill_lets_the_server_count_as_soon_as_it_has_nothing_to_do),
      TEST(what_the_share_has_no_room_for_is_asked_of_it_again),
      TEST(settings_that_no_job_could_be_written_with_are_refused))
