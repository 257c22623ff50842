/* The manual robot: a person who is asked, and drives that a test plays. */
#include "robot/manual.h"

#include <poll.h>
#include <pthread.h>
#include <time.h>

#include "base/file.h"
#include "robot/arm.h"
#include "test.h"

#define PATIENCE_MS 20000

struct house {
    char folder[64];
    pthread_mutex_t lock;
    struct dw_seen seen; /* what the only drive says */
    int ejected;
    pthread_cond_t moved; /* the tray */
    bool unplugged;
    dw_person *person;
    dw_manual *manual;
    dw_mover *mover;
    dw_arm *arm;
};

static dw_status play_look(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err)
{
    struct house *h = ctx;
    pthread_mutex_lock(&h->lock);
    bool gone = h->unplugged;
    *out = h->seen;
    pthread_mutex_unlock(&h->lock);
    return gone ? dw_error_set(err, DW_ERR_NOT_FOUND, "no such drive") : DW_OK;
}

static dw_status play_eject(void *ctx, const char *address, struct dw_error *err)
{
    struct house *h = ctx;
    pthread_mutex_lock(&h->lock);
    h->ejected++;
    pthread_cond_signal(&h->moved);
    pthread_mutex_unlock(&h->lock);
    return DW_OK;
}

static void see(struct house *h, enum dw_seen_state state, const char *blank)
{
    pthread_mutex_lock(&h->lock);
    h->seen = (struct dw_seen){.state = state, .blank = dw_blank_find(blank)};
    pthread_mutex_unlock(&h->lock);
}

static void move_in(struct house *h, const char *device, bool real)
{
    struct dw_error err = {0};
    struct dw_robot_options options = {.bins = "cd,dvd"};
    struct dw_manual_sensor sensor = {play_look, play_eject, h};
    *h = (struct house){.seen = {.state = DW_SEEN_OPEN}};
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->moved, NULL);
    test_folder(h->folder);
    snprintf(options.device, sizeof options.device, "%s", device);
    CHECK_OK(dw_person_new(&h->person, &err), err);
    struct dw_manual_opts opts = {.state_dir = h->folder,
                                  .options = &options,
                                  .person = h->person,
                                  .sensor = real ? NULL : &sensor};
    CHECK_OK(dw_manual_open(&opts, &h->manual, &err), err);
    struct dw_mover_opts mover = {.drives = 1, .bins = DW_ROBOT_BINS_MAX, .pick_retries = 2};
    CHECK_OK(dw_mover_new(&dw_manual_driver, dw_manual_link(h->manual), &mover, &h->mover, &err), err);
    CHECK_OK(dw_arm_new(h->mover, NULL, &h->arm, &err), err);
}

static void move_out(struct house *h)
{
    struct dw_error err = {0};
    dw_person_close(h->person);
    dw_arm_free(h->arm);
    dw_mover_free(h->mover);
    dw_manual_close(h->manual);
    dw_person_free(h->person);
    pthread_cond_destroy(&h->moved);
    pthread_mutex_destroy(&h->lock);
    CHECK_OK(dw_file_remove_tree(h->folder, &err), err);
}

static void carry(struct house *h, struct dw_place from, struct dw_place to)
{
    struct dw_error err = {0};
    struct dw_arm_job job = {.kind = DW_ARM_CARRY, .disc = 7, .from = from, .to = to};
    CHECK_OK(dw_arm_submit(h->arm, &job, &err), err);
}

static struct dw_arm_result result(struct house *h)
{
    struct dw_arm_result r = {0};
    struct pollfd fd = {.fd = dw_arm_fd(h->arm), .events = POLLIN};
    CHECK_INT(poll(&fd, 1, PATIENCE_MS), 1);
    CHECK(dw_arm_take(h->arm, &r));
    return r;
}

/* The step as it is shown, once it says this of what is wrong. */
static struct dw_person_step shown(struct house *h, const char *wrong)
{
    struct dw_person_step step = {0};
    struct pollfd fd = {.fd = dw_person_fd(h->person), .events = POLLIN};
    while (poll(&fd, 1, PATIENCE_MS) == 1) {
        if (dw_person_take(h->person, &step) && strstr(step.wrong, wrong) &&
            (*wrong || !*step.wrong))
            return step;
    }
    CHECK_STR("nothing of the kind is shown", wrong);
    return step;
}

static void say(struct house *h, int64_t n, enum dw_person_answer answer)
{
    struct dw_error err = {0};
    CHECK_OK(dw_person_answer(h->person, n, answer, &err), err);
}

static int ejections(struct house *h)
{
    pthread_mutex_lock(&h->lock);
    int n = h->ejected;
    pthread_mutex_unlock(&h->lock);
    return n;
}

/* What is wrong is said before the tray moves. */
static void wait_for_ejections(struct house *h, int n)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE_MS / 1000;
    pthread_mutex_lock(&h->lock);
    while (h->ejected < n && pthread_cond_timedwait(&h->moved, &h->lock, &end) == 0)
        ;
    CHECK_INT(h->ejected, n);
    pthread_mutex_unlock(&h->lock);
}

static const struct dw_place cds = {DW_PLACE_BIN, 1}, dvds = {DW_PLACE_BIN, 2}, drive = {DW_PLACE_DRIVE, 1},
                             output = {DW_PLACE_OUTPUT, 0}, reject = {DW_PLACE_REJECT, 0};

/* A task is given the disc that lies in the drive. */
static void begin_task(struct house *h)
{
    struct dw_error err = {0};
    char device[DW_PATH_MAX];
    CHECK_OK(dw_mover_drive_device(h->mover, 1, device, sizeof device, &err), err);
}

/* Burned, and read back by the last task. */
static void read_back(struct house *h)
{
    see(h, DW_SEEN_WRITTEN, "");
    h->seen.volume = 5;
    begin_task(h);
}

static void a_blank_that_the_drive_sees_needs_no_button(void)
{
    struct house h;
    char sentence[200];
    move_in(&h, "/dev/drive", false);
    carry(&h, dvds, drive);
    struct dw_person_step step = shown(&h, "");
    dw_person_sentence(&step, sentence, sizeof sentence);
    CHECK_STR(sentence, "Put a blank DVD into drive 1");
    CHECK_INT(step.disc, 7);
    see(&h, DW_SEEN_BLANK, "dvd");
    struct dw_arm_result r = result(&h);
    CHECK_INT(r.status, DW_OK);
    CHECK_INT(r.moved, DW_MOVED_YES);
    CHECK(!dw_person_take(h.person, &step)); /* nothing is asked for any more */
    move_out(&h);
}

static void a_blank_that_lies_there_already_is_taken_and_the_tray_stays_shut(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    see(&h, DW_SEEN_BLANK, "cd");
    carry(&h, cds, drive);
    CHECK_INT(result(&h).moved, DW_MOVED_YES);
    CHECK_INT(ejections(&h), 0);
    move_out(&h);
}

static void a_wrong_disc_is_said_at_once_and_pushed_out_once(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    carry(&h, cds, drive);
    struct dw_person_step step = shown(&h, "");
    see(&h, DW_SEEN_WRITTEN, "");
    CHECK_HAS(shown(&h, "written already").wrong, "a blank CD is needed");
    wait_for_ejections(&h, 2); /* the open tray that asks for a disc, and this one */
    say(&h, step.n, DW_PERSON_DONE); /* insisting does not help */
    see(&h, DW_SEEN_BLANK, "dvd");
    CHECK_HAS(shown(&h, "That is a blank DVD").wrong, "a blank CD is needed");
    CHECK_INT(ejections(&h), 2); /* they know: the tray does not bite the hand */
    see(&h, DW_SEEN_EMPTY, "");
    say(&h, step.n, DW_PERSON_DONE);
    shown(&h, "sees no disc");
    see(&h, DW_SEEN_BLANK, "cd");
    CHECK_INT(result(&h).moved, DW_MOVED_YES);
    move_out(&h);
}

static void a_drive_that_cannot_be_asked_believes_the_button(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    see(&h, DW_SEEN_UNKNOWN, "");
    carry(&h, cds, drive);
    struct dw_person_step step = shown(&h, "");
    say(&h, step.n, DW_PERSON_DONE);
    CHECK_INT(result(&h).moved, DW_MOVED_YES);
    move_out(&h);
}

static void a_blank_that_went_wrong_comes_out_and_is_asked_for_again_with_the_reason(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    carry(&h, cds, drive);
    struct dw_person_step step = shown(&h, "");
    wait_for_ejections(&h, 1);
    say(&h, step.n, DW_PERSON_FAILED);
    struct dw_person_step again = shown(&h, "went wrong");
    CHECK_INT(again.n, step.n);
    CHECK_HAS(again.wrong, "another blank CD, or cancel the job");
    wait_for_ejections(&h, 2);
    see(&h, DW_SEEN_BLANK, "cd");
    struct dw_arm_result r = result(&h);
    CHECK_INT(r.status, DW_OK);
    CHECK_INT(r.moved, DW_MOVED_YES);
    move_out(&h);
}

static void a_blank_that_nobody_needs_any_more_is_not_waited_for(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    carry(&h, cds, drive);
    shown(&h, "");
    dw_person_withdraw(h.person, 8); /* another disc's */
    dw_person_withdraw(h.person, 7);
    struct dw_arm_result r = result(&h);
    CHECK_INT(r.status, DW_ERR_CANCELLED);
    CHECK_INT(r.moved, DW_MOVED_NO);
    CHECK(r.fault == NULL);
    move_out(&h);
}

static void a_finished_disc_is_out_when_a_person_says_so_and_the_drive_agrees(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    read_back(&h);
    carry(&h, drive, output);
    struct dw_person_step step = shown(&h, "");
    CHECK_INT(step.task, DW_PERSON_HAND_OVER);
    CHECK(ejections(&h) >= 1);
    say(&h, step.n, DW_PERSON_DONE);
    shown(&h, "still a disc");
    see(&h, DW_SEEN_OPEN, "");
    say(&h, step.n, DW_PERSON_DONE);
    CHECK_INT(result(&h).moved, DW_MOVED_YES);
    move_out(&h);
}

static void a_disc_that_left_before_anybody_was_asked_is_in_doubt(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    see(&h, DW_SEEN_BLANK, "cd");
    carry(&h, cds, drive);
    CHECK_INT(result(&h).moved, DW_MOVED_YES);
    carry(&h, drive, output); /* the blank still: this is not what was read back */
    struct dw_arm_result r = result(&h);
    CHECK_INT(r.moved, DW_MOVED_UNKNOWN);
    CHECK_STR(r.fault, "position_unknown");
    CHECK_HAS(r.err.text, "holds a blank");
    move_out(&h);
    move_in(&h, "/dev/drive", false);
    carry(&h, drive, output);
    r = result(&h);
    CHECK_INT(r.moved, DW_MOVED_UNKNOWN);
    CHECK_HAS(r.err.text, "before anybody was asked");
    move_out(&h);
}

static void another_disc_than_the_one_that_was_judged_is_not_handed_over(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    read_back(&h);
    h.seen.volume = 6; /* somebody changed it by the drive's button */
    carry(&h, drive, output);
    struct dw_arm_result r = result(&h);
    CHECK_INT(r.moved, DW_MOVED_UNKNOWN);
    CHECK_STR(r.fault, "position_unknown");
    CHECK_HAS(r.err.text, "another disc");
    CHECK_INT(ejections(&h), 0);
    move_out(&h);
}

/* The drive did not answer as the last task began. */
static void a_disc_that_nobody_can_tell_from_another_one_is_not_handed_over(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    see(&h, DW_SEEN_BUSY, "");
    begin_task(&h);
    see(&h, DW_SEEN_WRITTEN, "");
    h.seen.volume = 5;
    carry(&h, drive, output);
    struct dw_arm_result r = result(&h);
    CHECK_INT(r.moved, DW_MOVED_UNKNOWN);
    CHECK_STR(r.fault, "position_unknown");
    CHECK_INT(ejections(&h), 0);
    move_out(&h);
}

static void a_person_may_say_that_it_went_wrong(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    read_back(&h);
    carry(&h, drive, output);
    say(&h, shown(&h, "").n, DW_PERSON_FAILED);
    CHECK_INT(result(&h).moved, DW_MOVED_UNKNOWN);
    CHECK(dw_mover_in_doubt(h.mover));
    move_out(&h);
}

static void what_becomes_of_a_good_disc_and_of_a_bad_one_is_said_in_words_that_cannot_be_confused(void)
{
    static const char *const only_good[] = {"Good disc", "finished"}, *const only_bad[] = {"Bad disc", "cut", "throw"};
    static const struct {
        enum dw_person_task task;
        int drive;
        bool good;
    } rows[] = {{DW_PERSON_HAND_OVER, 2, true},
                {DW_PERSON_FROM_PRINTER, 0, true},
                {DW_PERSON_THROW_AWAY, 2, false},
                {DW_PERSON_THROW_AWAY, 0, false}};
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        struct dw_person_step step = {.task = rows[i].task, .drive = rows[i].drive};
        char sentence[200];
        dw_person_sentence(&step, sentence, sizeof sentence);
        CHECK_HAS(sentence, rows[i].drive ? "drive 2" : "label printer");
        CHECK(strncmp(sentence, rows[i].good ? only_good[0] : only_bad[0], 8) == 0);
        for (size_t k = 0; k < DW_ARRAY_LEN(only_good); k++)
            CHECK((strstr(sentence, only_good[k]) != NULL) == rows[i].good);
        for (size_t k = 0; k < DW_ARRAY_LEN(only_bad); k++)
            CHECK((strstr(sentence, only_bad[k]) != NULL) == !rows[i].good);
    }
}

static void a_late_answer_answers_nothing_else(void)
{
    struct house h;
    struct dw_error err = {0};
    move_in(&h, "/dev/drive", false);
    see(&h, DW_SEEN_WRITTEN, "");
    carry(&h, drive, reject);
    struct dw_person_step step = shown(&h, "");
    CHECK_INT(step.task, DW_PERSON_THROW_AWAY);
    CHECK_INT(dw_person_answer(h.person, step.n - 1, DW_PERSON_DONE, &err), DW_ERR_CONFLICT);
    CHECK_INT(dw_person_answer(h.person, step.n + 1, DW_PERSON_DONE, &err), DW_ERR_CONFLICT);
    move_out(&h);
}

/* The page that shows it is older than the program. */
static void an_answer_to_the_program_that_ran_before_answers_nothing(void)
{
    struct dw_error err = {0};
    int fits = 0;
    for (int i = 0; i < 8; i++) {
        struct dw_person_step asked = {.task = DW_PERSON_THROW_AWAY, .disc = 7}, before, now;
        dw_person *person[2];
        for (int k = 0; k < 2; k++) {
            CHECK_OK(dw_person_new(&person[k], &err), err);
            dw_person_ask(person[k], &asked);
        }
        CHECK(dw_person_take(person[0], &before) && dw_person_take(person[1], &now) && now.n > 0);
        fits += dw_person_answer(person[1], before.n, DW_PERSON_DONE, &err) == DW_OK;
        dw_person_free(person[0]);
        dw_person_free(person[1]);
    }
    CHECK(fits < 2); /* by chance one of 900000 */
}

static void an_unplugged_drive_is_a_fault_and_nothing_is_lost(void)
{
    struct house h;
    move_in(&h, "/dev/drive", false);
    carry(&h, cds, drive);
    shown(&h, "");
    pthread_mutex_lock(&h.lock);
    h.unplugged = true;
    pthread_mutex_unlock(&h.lock);
    struct dw_arm_result r = result(&h);
    CHECK_INT(r.moved, DW_MOVED_NO);
    CHECK_STR(r.fault, "drive_missing");
    move_out(&h);
}

static void of_a_file_the_button_is_the_hand(void)
{
    static const char burned[17 * DW_BLOCK_SIZE] = {[16 * DW_BLOCK_SIZE] = 1, 'C', 'D', '0', '0', '1'};
    struct house h;
    struct dw_error err = {0};
    char folder[64], device[96], path[160];
    test_folder(folder);
    snprintf(device, sizeof device, "stdio:%s/drive", folder);
    move_in(&h, device, true);
    CHECK(dw_manual_is_simulated(h.manual));
    carry(&h, cds, drive);
    say(&h, shown(&h, "").n, DW_PERSON_DONE);
    CHECK_INT(result(&h).moved, DW_MOVED_YES);
    CHECK_INT(access(device + 6, F_OK), 0);
    CHECK_OK(dw_file_save(NULL, device + 6, burned, sizeof burned, &err), err);
    begin_task(&h);
    carry(&h, drive, output);
    say(&h, shown(&h, "").n, DW_PERSON_DONE);
    struct dw_arm_result r = result(&h);
    CHECK_INT(r.moved, DW_MOVED_YES);
    snprintf(path, sizeof path, "%s/output/disc-7.iso", h.folder);
    CHECK_STR(r.image, path);
    CHECK(access(device + 6, F_OK) != 0);
    move_out(&h);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void devices_that_make_no_sense_are_refused(void)
{
    static const char *const bad[] = {"", " , ", "sr0", "stdio:relative", "/dev/sr0,/dev/sr0",
                                      "/a,/b,/c,/d,/e,/f,/g,/h,/i"};
    struct dw_robot_devices devices;
    struct dw_error err = {0};
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++)
        CHECK(dw_robot_devices_read(bad[i], &devices, &err) != DW_OK);
    CHECK_OK(dw_robot_devices_read("/dev/sr0,\n stdio:/tmp/disc", &devices, &err), err);
    CHECK_INT(devices.count, 2);
    CHECK(!devices.is_file[0] && devices.is_file[1]);
}

TESTS(TEST(a_blank_that_the_drive_sees_needs_no_button),
      TEST(a_blank_that_lies_there_already_is_taken_and_the_tray_stays_shut),
      TEST(a_wrong_disc_is_said_at_once_and_pushed_out_once),
      TEST(a_drive_that_cannot_be_asked_believes_the_button),
      TEST(a_blank_that_went_wrong_comes_out_and_is_asked_for_again_with_the_reason),
      TEST(a_blank_that_nobody_needs_any_more_is_not_waited_for),
      TEST(a_finished_disc_is_out_when_a_person_says_so_and_the_drive_agrees),
      TEST(a_disc_that_left_before_anybody_was_asked_is_in_doubt),
      TEST(another_disc_than_the_one_that_was_judged_is_not_handed_over),
      TEST(a_disc_that_nobody_can_tell_from_another_one_is_not_handed_over),
      TEST(a_person_may_say_that_it_went_wrong),
      TEST(what_becomes_of_a_good_disc_and_of_a_bad_one_is_said_in_words_that_cannot_be_confused), TEST(a_late_answer_answers_nothing_else),
      TEST(an_answer_to_the_program_that_ran_before_answers_nothing),
      TEST(an_unplugged_drive_is_a_fault_and_nothing_is_lost), TEST(of_a_file_the_button_is_the_hand),
      TEST(devices_that_make_no_sense_are_refused))
