/* What bad discs tell about drives, blanks and the robot, and what the station does about it. */
#include "station_fixture.h"

static int delivered(const struct station_house *h)
{
    int count = 0;
    for (int i = 0; i < h->rows; i++)
        count += h->row[i].state == DW_DISC_DELIVERED;
    return count;
}

static void inject(struct station_house *h, const char *plan)
{
    struct dw_error err = {0};
    CHECK_OK(dw_station_inject(h->station, plan, &err), err);
}

static bool open_fault(const struct station_house *h, const char *key)
{
    return house_fault(h, key) >= 0;
}

static void a_drive_with_bad_discs_in_a_row_rests_until_acknowledged_and_the_others_go_on(void)
{
    static struct station_house h;
    house_init(&h, 6, "write_error@1, read_error@1, close_failed@1");
    h.options.rejects_max = 6;
    house_run(&h);
    CHECK_INT(delivered(&h), 6);
    CHECK(open_fault(&h, "drive_failing:1"));
    int by_drive_1 = 0;
    for (int i = 0; i < h.rows; i++)
        by_drive_1 += h.row[i].state == DW_DISC_DELIVERED && h.row[i].drive == 1;
    CHECK_INT(by_drive_1, 0);
    dw_station_acknowledge(h.station, "drive_failing:1");
    for (int v = 1; v <= 4; v++)
        house_send(&h, house_order(&h, v));
    house_run(&h);
    CHECK_INT(delivered(&h), 10);
    for (int i = h.rows - 4; i < h.rows; i++)
        by_drive_1 += h.row[i].drive == 1;
    CHECK(by_drive_1 > 0);
    CHECK_INT(h.faults, 0);
    house_done(&h);
}

static void a_drive_that_calls_itself_broken_rests_at_once(void)
{
    static struct station_house h;
    house_init(&h, 3, "drive_hardware@2");
    house_run(&h);
    CHECK_INT(delivered(&h), 3);
    CHECK(open_fault(&h, "drive_hardware:2"));
    for (int i = 0; i < h.rows; i++)
        CHECK(h.row[i].state != DW_DISC_DELIVERED || h.row[i].drive == 1);
    house_done(&h);
}

static void what_was_counted_before_a_restart_counts_after_it(void)
{
    static struct station_house h;
    house_init(&h, 0, "");
    dw_station_drive_health(h.station, 1, 3, "");
    dw_station_drive_health(h.station, 2, 1, "drive_hot");
    dw_station_drive_health(h.station, 3, 9, ""); /* there is none */
    CHECK(open_fault(&h, "drive_failing:1") && open_fault(&h, "drive_hot:2"));
    CHECK_INT(h.faults, 2);
    dw_station_rejected(h.station, (int)h.options.rejects_max);
    CHECK(open_fault(&h, "rejected_in_a_row"));
    house_done(&h);
}

static const char *never_blank(struct station_house *h, const char *task,
                               const struct station_row *row, int *written_percent)
{
    *written_percent = 0;
    return strcmp(task, "burn") == 0 ? "write_error" : "";
}

static void discs_rejected_in_a_row_stop_the_robot_with_one_sentence(void)
{
    static struct station_house h;
    house_init(&h, 0, "");
    h.task = never_blank;
    for (int v = 1; v <= 6; v++) {
        char label[96];
        struct dw_error err = {0};
        snprintf(label, sizeof label, "%s/label-%d.png", h.folder, v);
        CHECK_OK(dw_file_save(&house_disk, label, "x", 1, &err), err);
    }
    dw_station_rejected(h.station, 3);
    for (int v = 1; v <= 6; v++)
        house_send(&h, house_order(&h, v));
    house_run(&h);
    CHECK(open_fault(&h, "rejected_in_a_row"));
    int rejected = 0;
    for (int i = 0; i < h.rows; i++)
        rejected += h.row[i].state == DW_DISC_REJECTED;
    CHECK_INT(rejected, h.options.rejects_max - 3);
    h.task = NULL;
    dw_station_acknowledge(h.station, "rejected_in_a_row");
    house_run(&h);
    CHECK_INT(delivered(&h), 6);
    CHECK(!open_fault(&h, "rejected_in_a_row"));
    house_done(&h);
}

static void a_bin_with_two_wrong_discs_in_a_row_is_held_and_no_drive_is_blamed(void)
{
    static struct station_house h;
    house_init(&h, 4, "not_blank@1, disc_unfit@1");
    dw_station_drive_health(h.station, 2, 9,
                            ""); /* one drive, so that one disc comes after the other */
    house_run(&h);
    CHECK(open_fault(&h, "bin_wrong:bin 1"));
    CHECK_INT(h.faults, 2);
    CHECK(!open_fault(&h, "drive_failing:1"));
    CHECK_INT(delivered(&h), 0);
    CHECK_INT(h.burns, 0); /* seen before a byte was written */
    dw_station_acknowledge(h.station, "bin_wrong:bin 1");
    house_run(&h);
    CHECK_INT(delivered(&h), 4);
    house_done(&h);
}

static void one_wrong_disc_between_good_ones_holds_nothing(void)
{
    static struct station_house h;
    house_init(&h, 3, "not_blank@1");
    house_run(&h);
    inject(&h, "too_small@1");
    for (int v = 1; v <= 3; v++)
        house_send(&h, house_order(&h, v));
    house_run(&h);
    CHECK_INT(delivered(&h), 6);
    CHECK_INT(h.faults, 0);
    house_done(&h);
}

static const char *starved(struct station_house *h, const char *task, const struct station_row *row,
                           int *written_percent)
{
    return strcmp(task, "burn") == 0 && row->disc == 1 ? "stream_lost" : "";
}

static void a_drive_that_was_not_fed_fast_enough_writes_slower(void)
{
    static struct station_house h;
    house_init(&h, 1, "");
    h.task = starved;
    house_run(&h);
    CHECK_INT(delivered(&h), 1);
    CHECK_INT(h.burns, 2);
    CHECK_INT(h.last_speed_kbps, 8 * 176);
    house_done(&h);
}

static int64_t speed_of_a_cd(int64_t kbps, int64_t cd, int64_t dvd)
{
    static struct station_house h;
    house_prepare(&h, 1, "");
    h.options.burn_speed_kbps = kbps;
    h.options.burn_speed_cd = cd;
    h.options.burn_speed_dvd = dvd;
    house_on(&h);
    house_send(&h, house_order(&h, 1));
    house_run(&h);
    int64_t told = h.last_speed_kbps;
    house_done(&h);
    return told;
}

static void the_site_says_how_fast_each_kind_of_medium_is_written(void)
{
    CHECK_INT(speed_of_a_cd(0, 0, 4), 0);
    CHECK_INT(speed_of_a_cd(1000, 0, 4), 1000);
    CHECK_INT(speed_of_a_cd(1000, 24, 4), 24 * 176);
}

static const char *lose_label(struct station_house *h, const char *task,
                              const struct station_row *row, int *written_percent)
{
    char label[96];
    snprintf(label, sizeof label, "%s/label-1.png", h->folder);
    if (strcmp(task, "verify") == 0 && row->volume == 1)
        CHECK_INT(unlink(label), 0);
    return "";
}

static void a_label_lost_meanwhile_costs_one_disc_and_the_others_are_finished(void)
{
    static struct station_house h;
    house_init(&h, 3, "");
    h.task = lose_label;
    house_run(&h);
    CHECK_INT(delivered(&h), 2);
    CHECK_STR(dw_disc_state_name(h.row[0].state), "rejected");
    CHECK_STR(h.row[0].fault, "label_missing");
    CHECK_HAS(h.held[1], "label");
    CHECK_INT(h.rows, 3);
    CHECK_INT(h.faults, 0);
    house_done(&h);
}

static const char *no_judge(struct station_house *h, const char *task, const struct station_row *row, int *percent)
{
    return strcmp(task, "check") == 0 ? "check_failed" : "";
}

static void a_judge_that_cannot_work_costs_one_disc_of_a_job_and_no_drive_its_name(void)
{
    static struct station_house h;
    house_init(&h, 3, "");
    h.task = no_judge;
    house_run(&h);
    CHECK_INT(delivered(&h), 0);
    CHECK_INT(h.rows, 3);
    for (int v = 1; v <= 3; v++)
        CHECK_HAS(h.held[v], "could not judge the disc");
    CHECK_INT(h.faults, 0);
    house_done(&h);
}

static void what_passes_by_itself_needs_nobody(void)
{
    static const char *const rows[] = {"cover_open", "robot_busy", "robot_off", "printer_slow"};
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        static struct station_house h;
        char plan[32];
        snprintf(plan, sizeof plan, "%s@2", rows[i]);
        house_init(&h, 3, plan);
        house_run(&h);
        CHECK_INT(delivered(&h), 3);
        CHECK_INT(h.seen, 1); /* told once, not with every look */
        CHECK_INT(h.faults, 0);
        house_done(&h);
    }
}

static void an_answer_for_which_the_arm_has_no_room_is_refused_and_may_be_given_again(void)
{
    static struct station_house h;
    struct dw_error err = {0};
    house_init(&h, 1, "arm_jam@1");
    house_run(&h);
    CHECK_INT(h.row[0].state, DW_DISC_UNKNOWN);
    for (int i = 0; i < DW_ARM_QUEUE_MAX + 1; i++)
        CHECK_OK(dw_station_refill(h.station, "output", 0, "", NULL, &err), err);
    dw_station_place(h.station, 1, "gone");
    CHECK_INT(h.faults, 1);
    CHECK_HAS(h.sentence[0], "jobs are already waiting");
    house_run(&h);
    dw_station_place(h.station, 1, "gone");
    house_run(&h);
    CHECK_INT(h.row[0].state, DW_DISC_ABANDONED);
    CHECK_INT(h.faults, 0);
    house_done(&h);
}

/* The program ended while its arm fetched a blank: of a machine nobody knows how far it came, a person was only asked. */
static void end_while_loading(struct station_house *h, const struct dw_mover_driver *driver)
{
    struct dw_error err = {0};
    house_prepare(h, 1, "");
    h->driver = driver;
    house_on(h);
    struct station_row *row = house_order(h, 1);
    CHECK_OK(dw_journal_begin(h->journal, row->disc, (struct dw_place){DW_PLACE_BIN, 1},
                              (struct dw_place){DW_PLACE_DRIVE, 1}, &err),
             err);
    house_off(h);
    row->state = DW_DISC_UNKNOWN;
    row->before = DW_DISC_LOADING;
    row->drive = 1;
    house_on(h);
    house_send(h, row);
}

static struct dw_mover_driver by_hand(void)
{
    struct dw_mover_driver driver = dw_sim_driver;
    driver.caps |= DW_IS_PERSON;
    return driver;
}

static void a_blank_that_a_person_was_asked_for_is_asked_for_again_after_a_restart(void)
{
    static struct station_house h;
    struct dw_mover_driver person = by_hand();
    end_while_loading(&h, &person);
    house_run(&h);
    CHECK_INT(h.row[0].state, DW_DISC_DELIVERED);
    CHECK_INT(h.rows, 1);
    CHECK_INT(h.seen, 0);
    house_done(&h);
    end_while_loading(&h, NULL);
    house_run(&h);
    CHECK_INT(h.row[0].state, DW_DISC_UNKNOWN);
    CHECK_STR(h.fault[0], "position_unknown:1");
    house_done(&h);
}

static void a_blank_that_was_cancelled_meanwhile_is_not_asked_for_again(void)
{
    static struct station_house h;
    struct dw_mover_driver person = by_hand();
    end_while_loading(&h, &person);
    dw_station_cancel(h.station, 1);
    house_run(&h);
    CHECK_INT(h.row[0].state, DW_DISC_ABANDONED);
    CHECK_INT(h.burns, 0);
    house_done(&h);
}

static struct station_house *watched;
static int motions_seen;

static dw_status watched_move(void *state, dw_link *link, struct dw_place from, struct dw_place to,
                              enum dw_moved *moved, struct dw_error *err)
{
    motions_seen++;
    CHECK_INT(watched->trays_out, 0);
    dw_status st = dw_sim_driver.move(state, link, from, to, moved, err);
    watched->arm_until_us = watched->hands.mono_us + watched->motion_us;
    return st;
}

static void arm_and_trays_never_move_at_the_same_time(void)
{
    static struct station_house h;
    struct dw_mover_driver driver = dw_sim_driver;
    driver.move = watched_move;
    watched = &h;
    motions_seen = 0;
    house_prepare(&h, 6, "");
    h.driver = &driver;
    h.trays = true;
    h.motion_us = 5000000;
    house_on(&h);
    for (int v = 1; v <= 6; v++)
        house_send(&h, house_order(&h, v));
    house_run(&h);
    for (int v = 0; v < 6; v++)
        CHECK_INT(h.row[v].state, DW_DISC_DELIVERED);
    CHECK_INT(h.trays_moved, 6);
    CHECK_INT(motions_seen, 18);
    CHECK_INT(h.seen, 0);
    house_done(&h);
}

static void until_a_tray_is_out(struct station_house *h)
{
    for (int round = 0; round < 200 && h->trays_out == 0; round++) {
        house_work(h);
        dw_station_step(h->station);
        house_daemon(h);
    }
    CHECK_INT(h->trays_out, 1);
    CHECK(!dw_interlock_arm_begin(dw_mover_interlock(h->mover)));
}

/* Whoever stopped the task at once would leave the tray in the way of the arm. */
static void a_disc_that_is_cancelled_while_its_tray_is_out_leaves_when_the_tray_is_in_again(void)
{
    static struct station_house h;
    struct dw_mover_driver driver = dw_sim_driver;
    driver.move = watched_move;
    watched = &h;
    house_prepare(&h, 1, "");
    h.driver = &driver;
    h.trays = true;
    house_on(&h);
    house_send(&h, house_order(&h, 1));
    until_a_tray_is_out(&h);
    dw_station_cancel(h.station, 1);
    house_run(&h);
    CHECK_INT(h.row[0].state, DW_DISC_REJECTED);
    CHECK_STR(h.row[0].why, "cancelled by a person");
    house_done(&h);
}

/* Two discs were in doubt when the program started: of the second answer a person is told that it cannot be. */
static void no_two_discs_are_said_to_lie_in_one_drive(void)
{
    static struct station_house h;
    house_prepare(&h, 2, "");
    h.motion_us = 3000000; /* the first answer is not noted yet */
    house_on(&h);
    for (int v = 1; v <= 2; v++) {
        struct station_row *row = house_order(&h, v);
        row->state = DW_DISC_UNKNOWN;
        row->before = DW_DISC_PRINTING;
        house_send(&h, row);
    }
    dw_station_place(h.station, 1, "drive 1");
    dw_station_place(h.station, 2, "drive 1");
    CHECK(open_fault(&h, "position_unknown:2"));
    CHECK_STR(h.sentence[house_fault(&h, "position_unknown:2")], "disc 1 lies in drive 1");
    dw_station_place(h.station, 2, "gone");
    house_run(&h);
    CHECK_INT(h.row[1].state, DW_DISC_ABANDONED);
    CHECK_INT(h.row[0].drive, 1);
    house_done(&h);
}

static void every_event_names_drive_and_lot(void)
{
    static struct station_house h;
    char want[64];
    house_init(&h, 1, "");
    house_run(&h);
    snprintf(want, sizeof want, "SIM-%s-1", strrchr(h.folder, '/') + 1);
    CHECK_STR(h.row[0].serial, want);
    CHECK_STR(h.row[0].lot, "SIM/cd/A1");
    house_done(&h);
}

TESTS(TEST(a_drive_with_bad_discs_in_a_row_rests_until_acknowledged_and_the_others_go_on),
      TEST(a_drive_that_calls_itself_broken_rests_at_once),
      TEST(what_was_counted_before_a_restart_counts_after_it),
      TEST(discs_rejected_in_a_row_stop_the_robot_with_one_sentence),
      TEST(a_bin_with_two_wrong_discs_in_a_row_is_held_and_no_drive_is_blamed),
      TEST(one_wrong_disc_between_good_ones_holds_nothing),
      TEST(a_drive_that_was_not_fed_fast_enough_writes_slower),
      TEST(the_site_says_how_fast_each_kind_of_medium_is_written),
      TEST(a_label_lost_meanwhile_costs_one_disc_and_the_others_are_finished),
      TEST(a_judge_that_cannot_work_costs_one_disc_of_a_job_and_no_drive_its_name),
      TEST(what_passes_by_itself_needs_nobody),
      TEST(an_answer_for_which_the_arm_has_no_room_is_refused_and_may_be_given_again),
      TEST(a_blank_that_a_person_was_asked_for_is_asked_for_again_after_a_restart),
      TEST(a_blank_that_was_cancelled_meanwhile_is_not_asked_for_again),
      TEST(arm_and_trays_never_move_at_the_same_time),
      TEST(a_disc_that_is_cancelled_while_its_tray_is_out_leaves_when_the_tray_is_in_again),
      TEST(no_two_discs_are_said_to_lie_in_one_drive),
      TEST(every_event_names_drive_and_lot))
