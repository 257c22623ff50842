/* A Disc Publisher on USB: the order of its motions, and what is known when one goes wrong. */
#include "robot/usb/primera.h"

#include "primera_world.h"

/* --- the motions --- */

static void a_blank_goes_in_as_it_did_on_the_real_machine(void)
{
    struct world w;
    world_begin(&w);
    world_start(&w);
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    CHECK_STR(w.log, LOAD);
    CHECK(w.disc_in && !w.tray_out && !w.holding);
    CHECK(world_journal_says(&w, "state = empty"));
    world_end(&w);
}

static void a_tray_that_is_out_is_closed_before_the_arm_moves(void)
{
    struct world w;
    world_begin(&w);
    w.tray_out = true;
    world_start(&w);
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    CHECK_STR(w.log, "in 5000 " LOAD);
    world_end(&w);
}

static void a_finished_disc_leaves_once_its_drive_is_seen_empty(void)
{
    struct world w;
    world_begin(&w);
    w.disc_in = true;
    world_start(&w);
    CHECK_INT(move(&w, DRIVE, REJECT, DW_OK, NULL), DW_MOVED_YES);
    CHECK_STR(w.log, "out recorder 30000 toggle 10000 in 5000 toggle 20000");
    CHECK_INT(w.slide, 1);
    w.log[0] = 0;
    read_back(&w);
    CHECK_INT(move(&w, DRIVE, OUTPUT, DW_OK, NULL), DW_MOVED_YES);
    CHECK_STR(w.log, "out recorder 30000 toggle 10000 in 5000 left 10000 toggle 20000");
    CHECK_INT(w.left, 1);
    CHECK(world_journal_says(&w, "state = empty"));
    world_end(&w);
}

static void a_site_says_what_its_bins_are_for(void)
{
    static const struct {
        const char *right, *left, *bins;
        int from; /* 1 right, 2 left */
        const char *good, *bad;
        bool two_exits;
    } rows[] = {
        {"input", "output", "cd", 1, "left 10000 toggle 20000", "toggle 20000", true},
        {"output", "input", "cd", 2, "right 10000 toggle 20000", "toggle 20000", true},
        {"input", "reject", "cd", 1, "toggle 20000", "left 10000 toggle 20000", true},
        {"input", "input", "cd,dvd", 1, "toggle 20000", "toggle 20000", false},
        {"input", "none", "cd", 1, "toggle 20000", "toggle 20000", false},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct world w;
        world_begin(&w);
        snprintf(w.options.right_bin, sizeof w.options.right_bin, "%s", rows[i].right);
        snprintf(w.options.left_bin, sizeof w.options.left_bin, "%s", rows[i].left);
        snprintf(w.options.bins, sizeof w.options.bins, "%s", rows[i].bins);
        w.left = 5;
        world_start(&w);
        CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
        CHECK(strncmp(w.log, rows[i].from == 1 ? "right" : "left ", 5) == 0);
        read_back(&w);
        CHECK_INT(move(&w, DRIVE, OUTPUT, DW_OK, NULL), DW_MOVED_YES);
        CHECK_HAS(w.log, rows[i].good);
        CHECK(strcmp(w.log + strlen(w.log) - strlen(rows[i].good), rows[i].good) == 0);
        w.disc_in = true;
        CHECK_INT(move(&w, DRIVE, REJECT, DW_OK, NULL), DW_MOVED_YES);
        CHECK(strcmp(w.log + strlen(w.log) - strlen(rows[i].bad), rows[i].bad) == 0);
        CHECK_INT((dw_mover_caps(w.mover) & DW_HAS_TWO_EXITS) != 0, rows[i].two_exits);
        world_end(&w);
    }
}

static void it_is_honest_about_what_it_cannot_tell(void)
{
    struct world w;
    struct dw_sensors sensors;
    struct dw_error err = {0};
    world_begin(&w);
    world_start(&w);
    CHECK_INT(dw_mover_caps(w.mover), DW_HAS_TWO_EXITS | DW_HAS_FIXED_BINS);
    CHECK_OK(dw_mover_sense(w.mover, &sensors, &err), err);
    CHECK_INT(sensors.drives, 1);
    CHECK_INT(sensors.bins, 1);
    CHECK_INT(sensors.bin[0].discs, -1);
    CHECK_INT(sensors.arm, DW_SENSED_UNKNOWN);
    CHECK_INT(sensors.drive[0], DW_SENSED_EMPTY);
    CHECK_INT(sensors.ink_percent, -1);
    w.disc_in = true;
    CHECK_OK(dw_mover_sense(w.mover, &sensors, &err), err);
    CHECK_INT(sensors.drive[0], DW_SENSED_DISC);
    CHECK_STR(w.log, ""); /* nothing was sent for all that */
    world_end(&w);
}

/* --- what goes wrong --- */

static void a_pick_that_was_missed_is_seen_by_the_drive_and_a_person_is_asked(void)
{
    struct world w;
    struct dw_error err = {0};
    enum dw_moved moved;
    world_begin(&w);
    w.miss = true;
    world_start(&w);
    /* It may hang in the gripper as well: that the drive is empty proves nothing else. */
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_CONFLICT, "no_disc"), DW_MOVED_UNKNOWN);
    CHECK(!world_journal_says(&w, "state = empty"));
    w.log[0] = 0;
    CHECK_INT(dw_mover_move(w.mover, BIN, DRIVE, &moved, &err), DW_ERR_CONFLICT);
    CHECK_STR(w.log, "");
    world_end(&w);
}

static void over_a_tray_that_stays_shut_no_disc_is_let_go(void)
{
    struct world w;
    world_begin(&w);
    w.shut_tray = true;
    world_start(&w);
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_IO, "tray_stuck"), DW_MOVED_UNKNOWN);
    CHECK_STR(w.log, "right 10000 toggle 20000 recorder 10000 out");
    CHECK(w.holding);
    world_end(&w);
}

static void a_disc_that_stays_in_its_drive_is_in_doubt_and_not_gripped_twice(void)
{
    struct world w;
    world_begin(&w);
    w.disc_in = w.sticks = true;
    world_start(&w);
    CHECK_INT(move(&w, DRIVE, REJECT, DW_ERR_CONFLICT, "position_unknown"), DW_MOVED_UNKNOWN);
    CHECK_STR(w.log, "out recorder 30000 toggle 10000 in 5000");
    world_end(&w);
}

static void every_frame_may_fail_and_only_before_the_grip_is_it_known_where_the_disc_is(void)
{
    static const int rcs[] = {LIBUSB_ERROR_TIMEOUT, LIBUSB_ERROR_PIPE, LIBUSB_ERROR_IO, LIBUSB_ERROR_NO_DEVICE};
    for (size_t i = 0; i < DW_ARRAY_LEN(rcs); i++) {
        bool gone = rcs[i] == LIBUSB_ERROR_NO_DEVICE;
        for (int n = 1; n <= 8; n++) { /* 4 frames of loading, 4 of unloading */
            struct world w;
            world_begin(&w);
            w.fail_at = n <= 4 ? n : n - 4;
            w.fail_rc = rcs[i];
            world_start(&w);
            if (n > 4)
                read_back(&w);
            w.device->next_rc = w.fail_at == 1 ? rcs[i] : 0; /* plugged in until the very frame */
            bool known = n == 1;
            const char *fault = known ? gone ? "robot_offline" : "robot_failure" : "no_answer";
            enum dw_moved moved = move(&w, n <= 4 ? BIN : DRIVE, n <= 4 ? DRIVE : OUTPUT,
                                       gone ? DW_ERR_GONE : DW_ERR_IO, fault);
            CHECK_INT(moved, known ? DW_MOVED_NO : DW_MOVED_UNKNOWN);
            CHECK_INT(w.frames, w.fail_at - 1); /* and nothing after it */
            CHECK_INT(world_journal_says(&w, "state = empty"), known);
            world_end(&w);
        }
    }
}

static void the_end_of_the_program_stops_every_wait_and_nothing_follows(void)
{
    for (int n = 1; n <= 11; n++) { /* 6 waits of loading, 5 of unloading */
        struct world w;
        world_begin(&w);
        w.stop_at = n <= 6 ? n : n - 6;
        world_start(&w);
        if (n > 6)
            read_back(&w);
        bool known = n == 1;
        enum dw_moved moved = move(&w, n <= 6 ? BIN : DRIVE, n <= 6 ? DRIVE : OUTPUT, DW_ERR_CANCELLED,
                                   known ? NULL : "position_unknown");
        CHECK_INT(moved, known ? DW_MOVED_NO : DW_MOVED_UNKNOWN);
        CHECK_INT(w.waits, w.stop_at);
        size_t end = strlen(w.log);
        CHECK(end > 3 && strcmp(w.log + end - 3, "000") == 0);
        world_end(&w);
    }
}

static void without_a_journal_nothing_is_gripped_and_nothing_let_go(void)
{
    static const struct {
        int full_at;
        const char *told;
        enum dw_moved moved;
    } rows[] = {{1, "right 10000", DW_MOVED_NO},
                {2, "right 10000 toggle 20000", DW_MOVED_UNKNOWN},
                {4, "right 10000 toggle 20000 recorder 10000 out 10000", DW_MOVED_UNKNOWN}};
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct world w;
        enum dw_moved moved;
        struct dw_error err = {0};
        world_begin(&w);
        w.full_at = rows[i].full_at;
        world_start(&w);
        CHECK(dw_mover_move(w.mover, BIN, DRIVE, &moved, &err) != DW_OK);
        CHECK_STR(w.log, rows[i].told);
        CHECK_INT(moved, rows[i].moved);
        world_end(&w);
    }
}

static void a_tray_that_sticks_is_a_question_once_a_disc_is_meant(void)
{
    struct world w;
    world_begin(&w);
    w.tray_out = w.stuck_tray = true;
    world_start(&w);
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_IO, "robot_failure"), DW_MOVED_NO);
    CHECK_STR(w.log, "in");
    world_end(&w);
    world_begin(&w);
    w.disc_in = w.stuck_tray = true;
    world_start(&w);
    CHECK_INT(move(&w, DRIVE, REJECT, DW_ERR_IO, "tray_stuck"), DW_MOVED_UNKNOWN);
    CHECK_STR(w.log, "out");
    world_end(&w);
}

static void nothing_is_loaded_into_a_drive_that_is_not_surely_empty(void)
{
    struct world w;
    world_begin(&w);
    w.disc_in = true;
    world_start(&w);
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_CONFLICT, "foreign_disc"), DW_MOVED_NO);
    w.blind = true;
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_IO, "robot_no_drives"), DW_MOVED_NO);
    CHECK_STR(w.log, "");
    world_end(&w);
}

static void a_drive_that_is_unplugged_is_waited_for_with_the_disc_in_it(void)
{
    struct world w;
    world_begin(&w);
    world_start(&w);
    w.drive_unplugged = true;
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_NOT_FOUND, "drive_missing"), DW_MOVED_NO);
    CHECK_INT(move(&w, DRIVE, REJECT, DW_ERR_NOT_FOUND, "drive_missing"), DW_MOVED_NO);
    CHECK_STR(w.log, "");
    w.drive_unplugged = false;
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    world_end(&w);
}

static void a_disc_that_spins_up_is_waited_for_by_the_clock_however_long_a_look_takes(void)
{
    struct world w;
    world_begin(&w);
    world_start(&w);
    w.busy = 100;
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    CHECK(w.looks > 100);
    read_back(&w);
    w.busy = 1000;
    w.look_ms = 20000; /* it hangs */
    w.looks = 0;
    CHECK_INT(move(&w, DRIVE, REJECT, DW_ERR_CONFLICT, "position_unknown"), DW_MOVED_UNKNOWN);
    CHECK_INT(w.looks, 5);
    world_end(&w);
}

static void no_other_disc_is_handed_over_than_the_one_that_was_read_back(void)
{
    struct world w;
    world_begin(&w);
    world_start(&w);
    read_back(&w);
    w.volume = 6;
    CHECK_INT(move(&w, DRIVE, OUTPUT, DW_ERR_CONFLICT, "position_unknown"), DW_MOVED_UNKNOWN);
    CHECK_STR(w.log, "");
    world_end(&w);
}

/* The drive did not answer as the last task began: what an earlier look told holds, and without one a person is asked. */
static void a_disc_is_handed_over_only_if_the_drive_has_said_which_one_was_read_back(void)
{
    for (int known = 0; known < 2; known++) {
        struct world w;
        world_begin(&w);
        w.volume = 5;
        w.disc_in = true;
        world_start(&w);
        if (known)
            read_back(&w);
        w.drive_unplugged = true;
        begin_task(&w);
        w.drive_unplugged = false;
        w.volume = known ? 6 : 5;
        CHECK_INT(move(&w, DRIVE, OUTPUT, DW_ERR_CONFLICT, "position_unknown"), DW_MOVED_UNKNOWN);
        CHECK_STR(w.log, "");
        world_end(&w);
    }
}

static void of_a_disc_that_has_left_nothing_is_believed_of_the_next_one(void)
{
    struct world w;
    world_begin(&w);
    world_start(&w);
    read_back(&w);
    CHECK_INT(move(&w, DRIVE, OUTPUT, DW_OK, NULL), DW_MOVED_YES);
    w.disc_in = true; /* the same content, and nobody has read it back */
    CHECK_INT(move(&w, DRIVE, OUTPUT, DW_ERR_CONFLICT, "position_unknown"), DW_MOVED_UNKNOWN);
    world_end(&w);
}

static void a_robot_that_is_switched_off_is_waited_for(void)
{
    struct world w;
    struct dw_sensors sensors;
    struct dw_error err = {0};
    world_begin(&w);
    world_start(&w);
    w.device->plugged = false; /* while nothing is sent */
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_GONE, "robot_offline"), DW_MOVED_NO);
    CHECK_INT(dw_mover_sense(w.mover, &sensors, &err), DW_ERR_GONE);
    CHECK_HAS(err.text, "switched off or unplugged");
    w.device->plugged = true;
    CHECK_OK(dw_mover_sense(w.mover, &sensors, &err), err);
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    world_end(&w);
}

static void a_robot_that_is_off_at_the_start_is_waited_for_too(void)
{
    struct world w;
    struct dw_sensors sensors;
    struct dw_error err = {0};
    world_begin(&w);
    w.device->plugged = false;
    world_start(&w);
    CHECK_INT(dw_mover_sense(w.mover, &sensors, &err), DW_ERR_GONE);
    CHECK_INT(sensors.drives, 1);
    CHECK_INT(sensors.bins, 1);
    w.device->plugged = true;
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    world_end(&w);
}

static void blanks_are_counted_from_what_a_person_said(void)
{
    struct world w;
    struct dw_sensors sensors;
    struct dw_error err = {0};
    world_begin(&w);
    world_start(&w);
    CHECK_OK(dw_mover_refill(w.mover, BIN, 1, "", &err), err);
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    CHECK_OK(dw_mover_sense(w.mover, &sensors, &err), err);
    CHECK_INT(sensors.bin[0].discs, 0);
    w.log[0] = 0;
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_NOT_FOUND, "bin_empty"), DW_MOVED_NO);
    CHECK_STR(w.log, "");
    CHECK_OK(dw_mover_refill(w.mover, BIN, -1, "cd", &err), err);
    CHECK_OK(dw_mover_sense(w.mover, &sensors, &err), err);
    CHECK_INT(sensors.bin[0].discs, 50);
    CHECK_INT(dw_mover_refill(w.mover, BIN, 51, "", &err), DW_ERR_INVALID);
    CHECK_INT(dw_mover_refill(w.mover, BIN, 5, "dvd", &err), DW_ERR_INVALID);
    world_end(&w);
}

TESTS(TEST(a_blank_goes_in_as_it_did_on_the_real_machine),
      TEST(a_tray_that_is_out_is_closed_before_the_arm_moves),
      TEST(a_finished_disc_leaves_once_its_drive_is_seen_empty),
      TEST(a_site_says_what_its_bins_are_for),
      TEST(it_is_honest_about_what_it_cannot_tell),
      TEST(a_pick_that_was_missed_is_seen_by_the_drive_and_a_person_is_asked),
      TEST(over_a_tray_that_stays_shut_no_disc_is_let_go),
      TEST(a_disc_that_stays_in_its_drive_is_in_doubt_and_not_gripped_twice),
      TEST(every_frame_may_fail_and_only_before_the_grip_is_it_known_where_the_disc_is),
      TEST(the_end_of_the_program_stops_every_wait_and_nothing_follows),
      TEST(without_a_journal_nothing_is_gripped_and_nothing_let_go),
      TEST(a_tray_that_sticks_is_a_question_once_a_disc_is_meant),
      TEST(nothing_is_loaded_into_a_drive_that_is_not_surely_empty),
      TEST(a_drive_that_is_unplugged_is_waited_for_with_the_disc_in_it),
      TEST(a_disc_that_spins_up_is_waited_for_by_the_clock_however_long_a_look_takes),
      TEST(no_other_disc_is_handed_over_than_the_one_that_was_read_back),
      TEST(a_disc_is_handed_over_only_if_the_drive_has_said_which_one_was_read_back),
      TEST(of_a_disc_that_has_left_nothing_is_believed_of_the_next_one),
      TEST(a_robot_that_is_switched_off_is_waited_for),
      TEST(a_robot_that_is_off_at_the_start_is_waited_for_too),
      TEST(blanks_are_counted_from_what_a_person_said))
