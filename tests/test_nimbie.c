/* Driver "nimbie" against a machine that tests/nimbie_world.h plays: its motions, and what is seen of them. */
#include "base/file.h"
#include "nimbie_world.h"

/* --- what goes well --- */

static void a_disc_is_placed_into_the_open_tray_and_taken_in(void)
{
    struct house h = full_house();
    move_in(&h);
    load(&h);
    CHECK_STR(h.said, "open place close");
    CHECK(h.queue == 2 && h.disc == DW_SEEN_BLANK && !h.tray_out);
    move_out(&h);
}

static void a_good_disc_falls_past_the_closed_tray_to_the_accept_exit(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    load(&h);
    read_back(&h);
    CHECK_INT(carry(&h, drive, output, DW_OK, &err), DW_MOVED_YES);
    CHECK_STR(h.said, "open lift close accept");
    CHECK(h.accepted == 1 && h.rejected == 0 && !h.lifted);
    move_out(&h);
}

static void a_bad_disc_goes_to_the_reject_exit(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    load(&h);
    CHECK_INT(carry(&h, drive, reject, DW_OK, &err), DW_MOVED_YES); /* blank as it still is */
    CHECK_STR(h.said, "open lift close reject");
    CHECK(h.accepted == 0 && h.rejected == 1);
    move_out(&h);
}

static void mechanics_that_are_slower_than_their_answer_are_waited_for(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    h.lag = 40;
    load(&h);
    CHECK_INT(h.waits, 3 * 40);
    read_back(&h);
    CHECK_INT(carry(&h, drive, output, DW_OK, &err), DW_MOVED_YES);
    CHECK_INT(h.waits, 7 * 40);
    CHECK_INT(h.accepted, 1);
    move_out(&h);
}

static void the_queue_and_the_drive_are_seen(void)
{
    struct house h = full_house();
    move_in(&h);
    struct dw_sensors now = sensed(&h);
    CHECK(now.drives == 1 && now.bins == 1 && now.bin[0].discs == -1 && now.output.discs == -1);
    CHECK_STR(now.bin[0].media, "cd");
    CHECK(now.drive[0] == DW_SENSED_EMPTY && now.arm == DW_SENSED_EMPTY && now.fault == NULL);
    h.queue = 0;
    CHECK_INT(sensed(&h).bin[0].discs, 0);
    h.disc = DW_SEEN_WRITTEN;
    CHECK_INT(sensed(&h).drive[0], DW_SENSED_DISC);
    h.tray_out = true;
    CHECK_INT(sensed(&h).drive[0], DW_SENSED_DISC);
    CHECK_INT(h.moves, 0);
    move_out(&h);
}

static void it_says_that_it_has_two_exits_and_no_printer(void)
{
    CHECK(dw_nimbie_driver.caps & DW_HAS_TWO_EXITS);
    CHECK(!(dw_nimbie_driver.caps & DW_CAN_PRINT));
    CHECK(dw_nimbie_driver.usb_ids[0].vendor == 0x1723 && dw_nimbie_driver.usb_ids[0].product == 0x0945);
}

static int blanks(struct house *h)
{
    return sensed(h).bin[0].discs;
}

static void blanks_are_counted_from_what_a_person_said_as_long_as_the_queue_agrees(void)
{
    struct house h = full_house();
    struct dw_error err = {0};
    char folder[64];
    h.state_dir = test_folder(folder);
    h.queue = 3;
    move_in(&h);
    CHECK_INT(blanks(&h), -1); /* nobody has said anything yet */
    CHECK_OK(dw_mover_refill(h.mover, bin, 2, "cd", &err), err);
    CHECK_INT(blanks(&h), 2);
    CHECK_INT(carry(&h, bin, drive, DW_OK, &err), DW_MOVED_YES);
    CHECK_INT(blanks(&h), 1);
    move_out(&h);
    move_in(&h); /* after a restart */
    CHECK_INT(blanks(&h), 1);
    h.queue = 0;
    CHECK_INT(blanks(&h), 0); /* what it sees is true */
    h.queue = 5;
    CHECK_INT(blanks(&h), -1); /* somebody has filled it without a word */
    CHECK_INT(dw_mover_refill(h.mover, bin, 5, "dvd", &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "cd");
    CHECK_INT(dw_mover_refill(h.mover, bin, 1000, "cd", &err), DW_ERR_INVALID);
    move_out(&h);
}

/* --- what does not --- */

static void an_empty_queue_moves_nothing(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    h.queue = 0;
    CHECK_INT(carry(&h, bin, drive, DW_ERR_NOT_FOUND, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "bin_empty");
    CHECK_STR(h.said, "");
    h.queue = 1;
    h.answer = "AT+S14"; /* seen at the last moment */
    CHECK_INT(carry(&h, bin, drive, DW_ERR_NOT_FOUND, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "bin_empty");
    CHECK_STR(h.said, "open place close");
    CHECK(!dw_mover_in_doubt(h.mover));
    move_out(&h);
}

/* Of a disc that may be under way a person is asked; of one that surely is not, too, where a hand is needed. */
static void every_answer_that_was_not_hoped_for_has_its_row(void)
{
    static const struct {
        const char *answer;
        enum dw_moved load, unload;
        const char *load_fault, *unload_fault;
    } rows[] = {
        {"AT+S00", DW_MOVED_UNKNOWN, DW_MOVED_UNKNOWN, "position_unknown", "position_unknown"},
        {"AT+S03", DW_MOVED_UNKNOWN, DW_MOVED_UNKNOWN, "arm_jam", "arm_jam"},
        {"AT+S10", DW_MOVED_NO, DW_MOVED_UNKNOWN, "tray_stuck", "tray_stuck"},
        {"AT+S12", DW_MOVED_NO, DW_MOVED_UNKNOWN, "discs_in_drive", "discs_in_drive"},
        {"AT+E09", DW_MOVED_UNKNOWN, DW_MOVED_UNKNOWN, "robot_failure", "robot_failure"},
        {"AT+S99", DW_MOVED_UNKNOWN, DW_MOVED_UNKNOWN, "arm_jam", "arm_jam"},
        {"silence", DW_MOVED_UNKNOWN, DW_MOVED_UNKNOWN, "no_answer", "no_answer"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        for (int out = 0; out < 2; out++) {
            struct house h = full_house();
            enum dw_moved moved = DW_MOVED_YES;
            struct dw_error err = {0};
            move_in(&h);
            if (out) {
                load(&h);
                read_back(&h);
            }
            h.answer = rows[i].answer;
            CHECK(dw_mover_move(h.mover, out ? drive : bin, out ? output : drive, &moved, &err) != DW_OK);
            CHECK_INT(moved, out ? rows[i].unload : rows[i].load);
            CHECK_STR(dw_mover_last_fault(h.mover), out ? rows[i].unload_fault : rows[i].load_fault);
            CHECK(h.accepted == 0 && err.text[0]);
            CHECK_INT(h.moves, out ? 2 : 1); /* nothing was tried again */
            move_out(&h);
        }
    }
}

static void a_tray_that_does_not_come_out_stops_before_anything_is_placed(void)
{
    struct house h = full_house();
    struct dw_error err;
    h.terse = true;
    move_in(&h);
    h.tray_sticks = true;
    CHECK_INT(carry(&h, bin, drive, DW_ERR_IO, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "tray_stuck");
    h.tray_sticks = false;
    h.deaf_tray = true; /* the drive says it is out, the Nimbie does not see it */
    CHECK_INT(carry(&h, bin, drive, DW_ERR_IO, &err), DW_MOVED_NO);
    CHECK_HAS(err.text, "within 15 s");
    CHECK(h.moves == 0 && h.waits == 150);
    move_out(&h);
}

static void a_disc_that_does_not_arrive_in_the_tray_is_asked_for_after_30_seconds(void)
{
    struct house h = full_house();
    struct dw_error err;
    h.terse = true;
    move_in(&h);
    h.answer = "AT+S07"; /* it says so */
    CHECK_INT(carry(&h, bin, drive, DW_ERR_IO, &err), DW_MOVED_UNKNOWN);
    CHECK_HAS(err.text, "within 30 s");
    CHECK_INT(h.waits, 300);
    CHECK(dw_mover_in_doubt(h.mover));
    move_out(&h);
}

static void a_drive_that_finds_no_disc_after_loading_is_believed(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    h.vanishes = true; /* beside the tray, say */
    CHECK_INT(carry(&h, bin, drive, DW_ERR_CONFLICT, &err), DW_MOVED_UNKNOWN);
    CHECK_STR(dw_mover_last_fault(h.mover), "no_disc");
    move_out(&h);
}

static void another_disc_than_the_one_read_back_is_not_handed_out(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    load(&h);
    read_back(&h);
    h.volume = 8;
    CHECK_INT(carry(&h, drive, output, DW_ERR_CONFLICT, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "position_unknown");
    CHECK_STR(h.said, "");
    h.tray_out = true; /* and somebody has pressed the button of the drive */
    CHECK_INT(carry(&h, drive, output, DW_ERR_CONFLICT, &err), DW_MOVED_NO);
    CHECK_STR(h.said, "close");
    h.volume = 7;
    h.disc = DW_SEEN_BLANK;
    CHECK_INT(carry(&h, drive, output, DW_ERR_CONFLICT, &err), DW_MOVED_NO);
    move_out(&h);
}

/* The drive was busy as the last task began, or all the time: what an earlier look told holds, and without one a person
 * is asked. */
static void a_disc_is_handed_out_only_if_the_drive_has_said_which_one_was_read_back(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    load(&h);
    read_back(&h);
    h.sleepy = 1;
    begin_task(&h);
    h.volume = 8;
    CHECK_INT(carry(&h, drive, output, DW_ERR_CONFLICT, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "position_unknown");
    h.volume = 7;
    CHECK_INT(carry(&h, drive, output, DW_OK, &err), DW_MOVED_YES);
    load(&h); /* of the disc before it nothing is believed */
    h.disc = DW_SEEN_WRITTEN;
    h.sleepy = 1;
    begin_task(&h);
    CHECK_INT(carry(&h, drive, output, DW_ERR_CONFLICT, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "position_unknown");
    CHECK_HAS(err.text, "did not say");
    CHECK_STR(h.said, "");
    move_out(&h);
}

static void a_drive_that_has_fallen_asleep_is_waited_for(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    load(&h);
    read_back(&h);
    h.sleepy = 50;
    CHECK_INT(carry(&h, drive, output, DW_OK, &err), DW_MOVED_YES);
    CHECK_INT(h.waits, 50);
    load(&h);
    read_back(&h);
    h.sleepy = 1000;
    CHECK_INT(carry(&h, drive, output, DW_ERR_CONFLICT, &err), DW_MOVED_NO);
    CHECK_INT(h.waits, 50 + 900);
    move_out(&h);
}

static void a_drive_that_somebody_emptied_is_not_opened_for_a_disc(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    load(&h);
    h.disc = DW_SEEN_EMPTY;
    CHECK_INT(carry(&h, drive, output, DW_ERR_CONFLICT, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "position_unknown");
    CHECK_STR(h.said, "");
    move_out(&h);
}

static void a_second_disc_in_the_drive_keeps_the_first_in_the_lift(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    load(&h);
    read_back(&h);
    h.doubles = true;
    CHECK_INT(carry(&h, drive, output, DW_ERR_CONFLICT, &err), DW_MOVED_UNKNOWN);
    CHECK_STR(dw_mover_last_fault(h.mover), "discs_in_drive");
    CHECK_STR(h.said, "open lift close");
    CHECK(h.lifted && h.accepted == 0);
    move_out(&h);
}

static void an_unplugged_robot_is_waited_for_before_a_motion_and_asked_about_after_it(void)
{
    struct house h = full_house();
    struct dw_error err;
    struct dw_sensors now;
    move_in(&h);
    h.unplugged = true;
    CHECK_INT(dw_mover_sense(h.mover, &now, &err), DW_ERR_GONE);
    CHECK_STR(dw_mover_last_fault(h.mover), "robot_offline");
    CHECK_INT(carry(&h, bin, drive, DW_ERR_GONE, &err), DW_MOVED_NO);
    CHECK(!dw_mover_in_doubt(h.mover));
    h.unplugged = false;
    load(&h);
    move_out(&h);
}

static void one_that_is_switched_off_at_the_start_is_waited_for(void)
{
    struct house h = full_house();
    struct dw_sensors now = {0};
    struct dw_error err = {0};
    h.unplugged = true;
    move_in(&h);
    CHECK_INT(dw_mover_sense(h.mover, &now, &err), DW_ERR_GONE);
    CHECK_STR(dw_mover_last_fault(h.mover), "robot_offline");
    CHECK(now.drives == 1 && now.bins == 1 && now.bin[0].discs == -1);
    h.unplugged = false;
    load(&h);
    move_out(&h);
}

static void a_missing_drive_is_waited_for_before_a_motion_and_asked_about_in_it(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    h.no_drive = true;
    CHECK_INT(sensed(&h).drive[0], DW_SENSED_UNKNOWN);
    CHECK_INT(carry(&h, bin, drive, DW_ERR_NOT_FOUND, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "drive_missing");
    h.no_drive = false;
    load(&h);
    h.no_drive = true;
    CHECK_INT(carry(&h, drive, output, DW_ERR_NOT_FOUND, &err), DW_MOVED_NO);
    CHECK_STR(dw_mover_last_fault(h.mover), "drive_missing");
    CHECK(h.accepted == 0 && !dw_mover_in_doubt(h.mover));
    move_out(&h);
}

/* --- what is found at the start --- */

static void a_disc_in_the_lift_is_told_and_nothing_moves(void)
{
    struct house h = full_house();
    struct dw_error err;
    h.lifted = h.tray_out = true;
    move_in(&h);
    struct dw_sensors now = sensed(&h);
    CHECK(now.arm == DW_SENSED_DISC && now.drive[0] == DW_SENSED_DISC);
    CHECK_INT(carry(&h, bin, drive, DW_ERR_CONFLICT, &err), DW_MOVED_UNKNOWN);
    CHECK_STR(h.said, "");
    CHECK(h.lifted && h.tray_out);
    move_out(&h);
}

static void a_stranger_that_a_person_has_acknowledged_goes_to_the_reject_exit(void)
{
    struct dw_error err = {0};
    for (int where = 0; where < 4; where++) { /* lift, closed drive, open tray, taken out already */
        static const char *const said[] = {"close reject", "open lift close reject", "open lift close reject", ""};
        struct house h = full_house();
        h.lifted = where == 0;
        h.tray_out = where == 0 || where == 2;
        h.disc = where == 1 || where == 2 ? DW_SEEN_WRITTEN : DW_SEEN_EMPTY;
        move_in(&h);
        CHECK_OK(dw_mover_cleared(h.mover, drive, &err), err);
        CHECK_STR(h.said, said[where]);
        CHECK_INT(h.rejected, where < 3);
        CHECK(h.accepted == 0 && sensed(&h).drive[0] == DW_SENSED_EMPTY);
        move_out(&h);
    }
}

/* A crash in mid-motion: the journal asks, the lift knows better than to believe everything. */
static void a_disc_in_the_lift_contradicts_who_says_that_it_was_handed_out(void)
{
    char folder[64], path[96];
    struct dw_error err = {0};
    struct dw_clock clock = dw_clock_system();
    dw_journal *journal = NULL;
    struct house h = full_house();
    struct dw_robot_options options = plain_options();
    test_folder(folder);
    snprintf(path, sizeof path, "%s/journal", folder);
    CHECK_OK(dw_journal_open(path, NULL, &clock, &journal, &err), err);
    CHECK_OK(dw_journal_begin(journal, 5, drive, output, &err), err);
    h.lifted = h.tray_out = true;
    struct dw_mover_opts mover = {.drives = 1, .bins = 1, .journal = journal};
    CHECK_OK(open_house(&h, &options, &err), err);
    CHECK_OK(dw_mover_new(&dw_nimbie_driver, dw_nimbie_link(h.nimbie), &mover, &h.mover, &err), err);
    CHECK(dw_mover_in_doubt(h.mover));
    CHECK_INT(dw_mover_answered(h.mover, 5, output, &err), DW_ERR_CONFLICT);
    CHECK_HAS(err.text, "answer reject");
    CHECK_INT(dw_mover_answered(h.mover, 5, drive, &err), DW_ERR_CONFLICT);
    CHECK(h.lifted && dw_mover_in_doubt(h.mover));
    CHECK_STR(h.said, "");
    CHECK_OK(dw_mover_answered(h.mover, 5, reject, &err), err);
    CHECK_STR(h.said, "close reject");
    CHECK(h.rejected == 1 && !dw_mover_in_doubt(h.mover));
    move_out(&h);
    dw_journal_close(journal);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

/* --- options --- */

static void options_that_no_nimbie_has_are_refused(void)
{
    static const struct {
        const char *device, *bins, *printer, *part;
    } rows[] = {
        {"/dev/sr0,/dev/sr1", "cd", "own", "one drive"}, {"stdio:/tmp/x", "cd", "own", "no file"},
        {"/dev/sr0", "cd,dvd", "own", "one queue"},      {"/dev/sr0", "cd", "cups", "printer"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct house h = full_house();
        struct dw_error err = {0};
        struct dw_robot_options options = plain_options();
        snprintf(options.device, sizeof options.device, "%s", rows[i].device);
        snprintf(options.bins, sizeof options.bins, "%s", rows[i].bins);
        snprintf(options.printer, sizeof options.printer, "%s", rows[i].printer);
        CHECK_INT(open_house(&h, &options, &err), DW_ERR_INVALID);
        CHECK_HAS(err.text, rows[i].part);
    }
}

TESTS(TEST(a_disc_is_placed_into_the_open_tray_and_taken_in),
      TEST(a_good_disc_falls_past_the_closed_tray_to_the_accept_exit), TEST(a_bad_disc_goes_to_the_reject_exit),
      TEST(mechanics_that_are_slower_than_their_answer_are_waited_for), TEST(the_queue_and_the_drive_are_seen),
      TEST(it_says_that_it_has_two_exits_and_no_printer),
      TEST(blanks_are_counted_from_what_a_person_said_as_long_as_the_queue_agrees),
      TEST(an_empty_queue_moves_nothing), TEST(every_answer_that_was_not_hoped_for_has_its_row),
      TEST(a_tray_that_does_not_come_out_stops_before_anything_is_placed),
      TEST(a_disc_that_does_not_arrive_in_the_tray_is_asked_for_after_30_seconds),
      TEST(a_drive_that_finds_no_disc_after_loading_is_believed),
      TEST(another_disc_than_the_one_read_back_is_not_handed_out),
      TEST(a_disc_is_handed_out_only_if_the_drive_has_said_which_one_was_read_back),
      TEST(a_drive_that_has_fallen_asleep_is_waited_for),
      TEST(a_drive_that_somebody_emptied_is_not_opened_for_a_disc),
      TEST(a_second_disc_in_the_drive_keeps_the_first_in_the_lift),
      TEST(an_unplugged_robot_is_waited_for_before_a_motion_and_asked_about_after_it),
      TEST(one_that_is_switched_off_at_the_start_is_waited_for),
      TEST(a_missing_drive_is_waited_for_before_a_motion_and_asked_about_in_it),
      TEST(a_disc_in_the_lift_is_told_and_nothing_moves),
      TEST(a_stranger_that_a_person_has_acknowledged_goes_to_the_reject_exit),
      TEST(a_disc_in_the_lift_contradicts_who_says_that_it_was_handed_out),
      TEST(options_that_no_nimbie_has_are_refused))
