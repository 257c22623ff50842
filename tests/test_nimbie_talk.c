/* What a Nimbie says and how long it is listened to; on its wire, and on USB. */
#include "fake_libusb.h"
#include "nimbie_world.h"

static void every_way_of_answering_is_understood(void)
{
    for (int way = 0; way < 8; way++) {
        struct house h = full_house();
        struct dw_error err;
        h.bare = way & 1;
        h.terse = way & 2;
        h.unending = way & 4;
        move_in(&h);
        load(&h);
        read_back(&h);
        CHECK_INT(carry(&h, drive, output, DW_OK, &err), DW_MOVED_YES);
        CHECK_INT(h.resets, 0);
        move_out(&h);
    }
}

static void an_answer_behind_many_empty_messages_is_waited_for(void)
{
    struct house h = full_house();
    struct dw_sensors now;
    struct dw_error err = {0};
    h.never_waits = true;
    h.empties = 900; /* 18 s */
    move_in(&h);
    load(&h);
    CHECK(h.pauses >= 900 && h.resets == 0);
    h.empties = 0;
    h.silent = true;
    CHECK_INT(dw_mover_sense(h.mover, &now, &err), DW_ERR_TIMEOUT);
    CHECK_HAS(err.text, "within 30000 ms");
    move_out(&h);
}

/* Each just before its time-out: hundreds of them would be hours. */
static void empty_messages_that_come_slowly_hold_nobody_for_longer_than_a_motion_may_last(void)
{
    struct house h = full_house();
    struct dw_sensors now;
    struct dw_error err = {0};
    move_in(&h);
    h.never_waits = h.silent = true;
    h.empty_ms = 9990;
    int64_t before_us = h.hands.mono_us;
    CHECK_INT(dw_mover_sense(h.mover, &now, &err), DW_ERR_TIMEOUT);
    CHECK(h.hands.mono_us - before_us <= 30000000);
    move_out(&h);
}

/* Of a motion that is waited for, too, the clock counts and not the looks. */
static void a_state_that_is_told_slowly_is_not_asked_for_more_often_than_there_is_time(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    h.deaf_tray = true;
    h.empties = 1;
    h.empty_ms = 9900;
    CHECK_INT(carry(&h, bin, drive, DW_ERR_IO, &err), DW_MOVED_NO);
    CHECK_HAS(err.text, "within 15 s");
    CHECK(h.waits <= 2);
    move_out(&h);
}

static void an_answer_nobody_knows_is_quoted(void)
{
    struct house h = full_house();
    struct dw_error err;
    move_in(&h);
    h.answer = "AT+S99\x1b[2J";
    CHECK_INT(carry(&h, bin, drive, DW_ERR_IO, &err), DW_MOVED_UNKNOWN);
    CHECK_HAS(err.text, "'AT+S99?[2J'");
    move_out(&h);
}

/* --- AT+E09 --- */

static void a_fault_of_its_own_is_reset_and_the_state_read_again(void)
{
    struct house h = full_house();
    move_in(&h);
    h.state = "AT+E09";
    struct dw_sensors now = sensed(&h);
    CHECK(h.resets == 1 && now.fault == NULL && now.bin[0].discs == -1);
    move_out(&h);
}

static void an_answer_that_comes_too_late_is_never_taken_for_the_next_one(void)
{
    struct house h = full_house();
    struct dw_error err;
    struct dw_sensors now;
    move_in(&h);
    h.silent = true;
    CHECK_INT(dw_mover_sense(h.mover, &now, &err), DW_ERR_TIMEOUT);
    h.silent = false;
    answer(&h, "{0000000xx}"); /* at last */
    CHECK_INT(sensed(&h).bin[0].discs, -1);
    CHECK_INT(h.resets, 1);
    move_out(&h);
}

/* A program before us died between question and answer: one behind for ever would be one motion behind. */
static void an_answer_that_nobody_fetched_is_thrown_away_first(void)
{
    struct house h = full_house();
    answer(&h, "{0001110xx}");
    answer(&h, "AT+O");
    move_in(&h);
    struct dw_sensors now = sensed(&h);
    CHECK(now.arm == DW_SENSED_EMPTY && now.drive[0] == DW_SENSED_EMPTY && now.bin[0].discs == -1);
    CHECK_INT(h.resets, 0);
    h.unplugged = true;
    CHECK(dw_mover_sense(h.mover, &now, NULL) == DW_ERR_GONE);
    h.unplugged = false;
    answer(&h, "{0001110xx}");
    CHECK_INT(sensed(&h).arm, DW_SENSED_EMPTY);
    move_out(&h);
}

static void an_answer_to_something_else_is_followed_by_a_reset(void)
{
    struct house h = full_house();
    struct dw_error err = {0};
    struct dw_sensors now;
    move_in(&h);
    answer(&h, "AT+O"); /* out of the blue */
    CHECK_INT(dw_mover_sense(h.mover, &now, &err), DW_ERR_CORRUPT);
    CHECK_INT(sensed(&h).bin[0].discs, -1);
    CHECK_INT(h.resets, 1);
    move_out(&h);
}

static void a_state_that_makes_no_sense_is_no_state(void)
{
    static const char *const states[] = {"{}", "{00000}", "{0100011xx", "0100011xx}", "{01000}1xx}", "{0x00011xx}",
                                         "AT+O"};
    for (size_t i = 0; i < DW_ARRAY_LEN(states); i++) {
        struct house h = full_house();
        struct dw_error err = {0};
        struct dw_sensors now;
        move_in(&h);
        h.state = states[i];
        CHECK_INT(dw_mover_sense(h.mover, &now, &err), DW_ERR_CORRUPT);
        move_out(&h);
    }
}

/* --- on USB --- */

static void on_frame(void *ctx, const unsigned char *data, size_t size)
{
    struct fake_device *device = ctx;
    device->answer = "{0100001xx}";
    device->answer_size = sizeof "{0100001xx}";
}

static void it_is_found_by_its_id_and_spoken_to_by_the_pipes_it_has(void)
{
    struct dw_robot_options options = plain_options();
    struct dw_error err = {0};
    struct house h = full_house();
    dw_usb_bus *bus = NULL;
    fake_bus = (struct fake_bus){.count = 0};
    fake_bus_add(0x0f25, 0x0012, 1, &fake_printer);
    struct fake_device *device = fake_bus_add(0x1723, 0x0945, 2, &fake_interrupt);
    device->on_frame = on_frame;
    device->ctx = device;
    CHECK_OK(dw_usb_bus_open(&bus, &err), err);
    struct dw_nimbie_drive tray = {play_open, play_close, play_look, &h};
    struct dw_nimbie_opts opts = {.options = &options, .bus = bus, .drive = &tray};
    struct dw_mover_opts mover = {.drives = 1, .bins = 1};
    CHECK_OK(dw_nimbie_open(&opts, &h.nimbie, &err), err);
    CHECK_OK(dw_mover_new(&dw_nimbie_driver, dw_nimbie_link(h.nimbie), &mover, &h.mover, &err), err);
    CHECK(device->claimed && device->frames == 1);
    static const unsigned char state[8] = {0, 0, 0x43};
    CHECK(device->frame[0].size == 8 && memcmp(device->frame[0].data, state, 8) == 0);
    CHECK(!device->frame[0].bulk && !(device->frame[0].endpoint & 0x80));
    CHECK(!fake_bus.device[0].claimed);
    move_out(&h);
    CHECK(!device->claimed);
    dw_usb_bus_close(bus);
}

TESTS(TEST(every_way_of_answering_is_understood), TEST(an_answer_behind_many_empty_messages_is_waited_for),
      TEST(empty_messages_that_come_slowly_hold_nobody_for_longer_than_a_motion_may_last),
      TEST(a_state_that_is_told_slowly_is_not_asked_for_more_often_than_there_is_time),
      TEST(an_answer_nobody_knows_is_quoted), TEST(a_fault_of_its_own_is_reset_and_the_state_read_again),
      TEST(an_answer_that_comes_too_late_is_never_taken_for_the_next_one),
      TEST(an_answer_that_nobody_fetched_is_thrown_away_first),
      TEST(an_answer_to_something_else_is_followed_by_a_reset), TEST(a_state_that_makes_no_sense_is_no_state),
      TEST(it_is_found_by_its_id_and_spoken_to_by_the_pipes_it_has))
