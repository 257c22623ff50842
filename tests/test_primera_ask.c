/* What a Disc Publisher on USB asks a person, and which settings it takes. */
#include "robot/usb/primera.h"

#include <poll.h>

#include "primera_world.h"
#include "robot/arm.h"

#define PATIENCE_MS 20000

/* --- a person looks --- */

static struct dw_person_step shown(struct world *w, enum dw_person_task task, const char *wrong)
{
    struct dw_person_step step = {0};
    struct pollfd fd = {.fd = dw_person_fd(w->person), .events = POLLIN};
    while (poll(&fd, 1, PATIENCE_MS) == 1) {
        if (dw_person_take(w->person, &step) && step.task == task && strstr(step.wrong, wrong) &&
            (*wrong || !*step.wrong))
            return step;
    }
    CHECK_STR("nothing of the kind is shown", wrong);
    return step;
}

static void say(struct world *w, int64_t n, enum dw_person_answer answer)
{
    struct dw_error err = {0};
    CHECK_OK(dw_person_answer(w->person, n, answer, &err), err);
}

static dw_arm *arm_of(struct world *w, struct dw_place from, struct dw_place to)
{
    struct dw_error err = {0};
    dw_arm *arm = NULL;
    CHECK_OK(dw_arm_new(w->mover, NULL, &arm, &err), err);
    struct dw_arm_job job = {.kind = DW_ARM_CARRY, .disc = 7, .from = from, .to = to};
    CHECK_OK(dw_arm_submit(arm, &job, &err), err);
    return arm;
}

static struct dw_arm_result *result(dw_arm *arm)
{
    static struct dw_arm_result r;
    struct pollfd fd = {.fd = dw_arm_fd(arm), .events = POLLIN};
    CHECK_INT(poll(&fd, 1, PATIENCE_MS), 1);
    CHECK(dw_arm_take(arm, &r));
    return &r;
}

static void after_a_crash_in_mid_motion_three_questions_come_before_the_first_frame(void)
{
    static const char *const crashed[] = {"moving", "gripping", "holding", "releasing", "doubt", "nonsense"};
    for (size_t i = 0; i < DW_ARRAY_LEN(crashed); i++) {
        struct world w;
        world_begin(&w);
        world_set_gripper(&w, crashed[i]);
        world_start(&w);
        dw_arm *arm = arm_of(&w, BIN, DRIVE);
        struct dw_person_step step = shown(&w, DW_PERSON_CHECK_GRIPPER, "");
        CHECK_STR(w.log, "");
        say(&w, step.n, DW_PERSON_FAILED);
        step = shown(&w, DW_PERSON_CHECK_GRIPPER, "take off the gripper");
        say(&w, step.n, DW_PERSON_DONE);
        w.tray_out = true; /* whatever the person says */
        step = shown(&w, DW_PERSON_CHECK_DRIVE, "");
        say(&w, step.n, DW_PERSON_DONE);
        step = shown(&w, DW_PERSON_CHECK_DRIVE, "still out");
        w.tray_out = false;
        say(&w, step.n, DW_PERSON_DONE);
        step = shown(&w, DW_PERSON_CHECK_PRINTER, "");
        CHECK_STR(w.log, "");
        say(&w, step.n, DW_PERSON_DONE);
        CHECK_INT(result(arm)->moved, DW_MOVED_YES);
        CHECK_STR(w.log, LOAD);
        dw_arm_free(arm);
        world_end(&w);
    }
}

static void the_tray_of_a_disc_that_is_worked_with_is_looked_at_too_once_we_opened_it(void)
{
    struct world w;
    struct dw_error err = {0};
    world_begin(&w);
    w.fail_at = 2;
    w.fail_rc = LIBUSB_ERROR_IO;
    world_start(&w);
    read_back(&w);
    CHECK_INT(move(&w, DRIVE, OUTPUT, DW_ERR_IO, "no_answer"), DW_MOVED_UNKNOWN);
    CHECK(w.tray_out);
    w.device->next_rc = 0;
    CHECK_OK(dw_mover_answered(w.mover, 0, DRIVE, &err), err); /* it lies there still, says a person */
    dw_arm *arm = arm_of(&w, BIN, DRIVE);
    say(&w, shown(&w, DW_PERSON_CHECK_GRIPPER, "").n, DW_PERSON_DONE);
    say(&w, shown(&w, DW_PERSON_CHECK_DRIVE, "").n, DW_PERSON_DONE);
    shown(&w, DW_PERSON_CHECK_DRIVE, "still out");
    dw_person_withdraw(w.person, 7);
    CHECK_INT(result(arm)->status, DW_ERR_CANCELLED);
    dw_arm_free(arm);
    world_end(&w);
}

static void a_robot_that_never_moved_is_asked_about_and_a_question_can_be_withdrawn(void)
{
    struct world w;
    char path[128];
    world_begin(&w);
    snprintf(path, sizeof path, "%s/gripper", w.folder);
    unlink(path);
    world_start(&w);
    dw_arm *arm = arm_of(&w, BIN, DRIVE);
    shown(&w, DW_PERSON_CHECK_GRIPPER, "");
    dw_person_withdraw(w.person, 7);
    struct dw_arm_result *r = result(arm);
    CHECK_INT(r->status, DW_ERR_CANCELLED);
    CHECK_INT(r->moved, DW_MOVED_NO);
    CHECK_STR(w.log, "");
    dw_arm_free(arm);
    world_end(&w);
}

static dw_status printer_is_free(void *ctx, long long disc, struct dw_error *err)
{
    return DW_OK;
}

static void printer_looks(void *ctx, struct dw_printer_now *out)
{
    *out = (struct dw_printer_now){.ink_percent = -1};
}
static struct dw_printer beside = {.fd = -1, .expect = printer_is_free, .look = printer_looks}; /* a queue of CUPS */

static void between_robot_and_label_printer_a_person_carries(void)
{
    struct world w;
    struct dw_error err = {0};
    world_begin(&w);
    world_start(&w);
    dw_mover_free(w.mover);
    struct dw_mover_opts opts = {.drives = 1, .bins = 1, .printer = &beside};
    CHECK_OK(dw_mover_new(&dw_primera_driver, dw_primera_link(w.primera), &opts, &w.mover, &err), err);
    read_back(&w);
    dw_arm *arm = arm_of(&w, DRIVE, PRINTER);
    struct dw_person_step step = shown(&w, DW_PERSON_TO_PRINTER, "");
    CHECK_INT(w.left, 1);
    CHECK_INT(step.drive, 0);
    say(&w, step.n, DW_PERSON_DONE);
    CHECK_INT(result(arm)->moved, DW_MOVED_YES);
    dw_arm_free(arm);
    arm = arm_of(&w, PRINTER, OUTPUT);
    step = shown(&w, DW_PERSON_FROM_PRINTER, "");
    say(&w, step.n, DW_PERSON_FAILED);
    CHECK_INT(result(arm)->moved, DW_MOVED_UNKNOWN);
    dw_arm_free(arm);
    CHECK_INT(w.left, 1);
    world_end(&w);
}

/* --- settings --- */

static void refused(struct world *w, dw_status want, const char *says)
{
    struct dw_error err = {0};
    w->primera = NULL;
    CHECK_INT(world_open_driver(w, &err), want);
    CHECK_HAS(err.text, says);
    CHECK(w->primera == NULL);
}

static void settings_that_do_not_fit_are_refused_with_a_sentence(void)
{
    struct world w;
    world_begin(&w);
    snprintf(w.options.bins, sizeof w.options.bins, "cd,dvd");
    refused(&w, DW_ERR_INVALID, "right_bin and left_bin make 1 input bins");
    snprintf(w.options.bins, sizeof w.options.bins, "cd");
    snprintf(w.options.device, sizeof w.options.device, "/dev/sr0,/dev/sr1");
    refused(&w, DW_ERR_UNSUPPORTED, "command arm-recorder-2 is not available in dialect discpublisher2-captured");
    snprintf(w.options.device, sizeof w.options.device, "/dev/sr0");
    snprintf(w.options.dialect, sizeof w.options.dialect, "xr-captured");
    refused(&w, DW_ERR_NOT_FOUND, "there is no dialect 'xr-captured'");
    w.options.dialect[0] = 0;
    refused(&w, DW_ERR_NOT_FOUND, "no dialect says that it is for USB device 0f25:0012");
    w.device->plugged = false;
    refused(&w, DW_ERR_GONE, "switched off or unplugged");
    snprintf(w.options.usb, sizeof w.options.usb, "bravo");
    refused(&w, DW_ERR_INVALID, "'bravo' is no VID:PID");
    world_end(&w);
}

#define ANSWERS \
    "[dialect]\ntitle=T\nlevel=CAPTURED\norigin=O\n[match]\nvendor=0f25\nproduct=0012\n"              \
    "[waits]\ntray_in_ms=1\ntray_out_ms=1\ndisc_in_ms=1\nover_disc_ms=1\nlifted_ms=1\nlevel=INFERRED\norigin=O\n"
#define ARM(name, code) "[command " name "]\nframe=1b 04 " code " 00 00 00 00 00\nsettle_ms=1\nlevel=CAPTURED\norigin=O\n"

static void world_begin_with_answers(struct world *w)
{
    static const char text[] = ANSWERS ARM("arm-right", "90") ARM("arm-left", "8d") ARM("arm-recorder", "8f")
        ARM("toggle", "92") "reply_done=06\nreply_missed=15\nreply_ms=100\n";
    struct dw_error err = {0};
    world_begin(w);
    snprintf(w->options.dialect, sizeof w->options.dialect, "%s/mine.conf", w->folder);
    CHECK_OK(dw_file_save(NULL, w->options.dialect, text, sizeof text - 1, &err), err);
    w->device->answers_frames = true;
    w->device->answer = "\x06";
    w->device->answer_size = 1;
    world_start(w);
}

static void a_dialect_with_answers_knows_a_missed_pick_and_tries_again(void)
{
    struct world w;
    world_begin_with_answers(&w);
    CHECK(dw_mover_caps(w.mover) & DW_CAN_SENSE_PICK);
    w.miss = true;
    w.device->answer = "\x15";
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_IO, "pick_failed"), DW_MOVED_NO);
    CHECK_INT(w.frames, 6); /* bin and toggle, three times */
    CHECK(world_journal_says(&w, "state = empty"));
    w.miss = false;
    w.device->answer = "\x06";
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    w.device->answer = "\x77"; /* that word is not in the dialect */
    CHECK_INT(move(&w, DRIVE, REJECT, DW_ERR_CORRUPT, "no_answer"), DW_MOVED_UNKNOWN);
    world_end(&w);
}

static void a_blank_that_was_missed_is_still_counted_in_its_bin(void)
{
    struct world w;
    struct dw_sensors sensors;
    struct dw_error err = {0};
    world_begin_with_answers(&w);
    CHECK_OK(dw_mover_refill(w.mover, BIN, 1, "", &err), err);
    w.miss = true;
    w.device->answer = "\x15";
    CHECK_INT(move(&w, BIN, DRIVE, DW_ERR_IO, "pick_failed"), DW_MOVED_NO);
    CHECK_OK(dw_mover_sense(w.mover, &sensors, &err), err);
    CHECK_INT(sensors.bin[0].discs, 1);
    CHECK(world_journal_says(&w, "bin1 = 1"));
    world_end(&w);
}

static void a_missed_pick_leaves_no_tray_in_the_way_of_the_arm(void)
{
    struct world w;
    world_begin_with_answers(&w);
    w.disc_in = w.sticks = true;
    w.device->answer = "\x15";
    CHECK_INT(move(&w, DRIVE, REJECT, DW_ERR_IO, "pick_failed"), DW_MOVED_NO);
    CHECK_STR(w.log, "out recorder 1 toggle 1 in 1 out recorder 1 toggle 1 in 1 out recorder 1 toggle 1 in 1");
    CHECK(w.disc_in && !w.tray_out);
    world_end(&w);
}

static void say_missed_from_the_second_toggle_on(void *ctx, const unsigned char *data, size_t size)
{
    struct world *w = ctx;
    world_frame(ctx, data, size);
    if (data[2] == 0x92 && !w->holding)
        w->device->answer = "\x15";
}

static void a_disc_that_the_robot_lost_on_the_way_is_not_delivered(void)
{
    struct world w;
    world_begin_with_answers(&w);
    read_back(&w);
    w.device->on_frame = say_missed_from_the_second_toggle_on;
    CHECK_INT(move(&w, DRIVE, OUTPUT, DW_ERR_CONFLICT, "position_unknown"), DW_MOVED_UNKNOWN);
    CHECK(!world_journal_says(&w, "state = empty"));
    world_end(&w);
}

static void an_answer_that_came_too_late_is_not_taken_for_the_next_one(void)
{
    struct world w;
    world_begin_with_answers(&w);
    w.device->old_answer = "\x15"; /* nobody toggles again for it */
    CHECK_INT(move(&w, BIN, DRIVE, DW_OK, NULL), DW_MOVED_YES);
    CHECK_INT(w.frames, 4);
    world_end(&w);
}

TESTS(TEST(after_a_crash_in_mid_motion_three_questions_come_before_the_first_frame),
      TEST(the_tray_of_a_disc_that_is_worked_with_is_looked_at_too_once_we_opened_it),
      TEST(a_robot_that_never_moved_is_asked_about_and_a_question_can_be_withdrawn),
      TEST(between_robot_and_label_printer_a_person_carries),
      TEST(settings_that_do_not_fit_are_refused_with_a_sentence),
      TEST(a_dialect_with_answers_knows_a_missed_pick_and_tries_again),
      TEST(a_blank_that_was_missed_is_still_counted_in_its_bin),
      TEST(a_missed_pick_leaves_no_tray_in_the_way_of_the_arm),
      TEST(a_disc_that_the_robot_lost_on_the_way_is_not_delivered),
      TEST(an_answer_that_came_too_late_is_not_taken_for_the_next_one))
