/** A Disc Publisher II that a test plays: an arm, a gripper, two bins, a drive and a slide, moved by the five frames.
 * What it is told is written down in one line: "right 10000 toggle 20000 recorder 10000 out 10000 ...". */
#ifndef DW_TESTS_PRIMERA_WORLD_H
#define DW_TESTS_PRIMERA_WORLD_H
#include <sys/stat.h>
#include "base/file.h"
#include "fake_libusb.h"
#include "robot/usb/primera.h"
#include "test.h"

struct world {
    char folder[64], log[512];
    struct fake_device *device;
    const char *arm; /* "right", "left", "recorder", "printer" */
    bool holding, tray_out, disc_in, blind, miss, sticks;
    int right, left, slide;
    int unsafe; /* toggles that the journal did not announce, ways of the arm over an open tray with a disc */
    uint64_t volume;
    int frames, fail_at, fail_rc; /* the nth frame from 1; 0: none */
    int waits, stop_at, full_at;  /* the nth wait: the end of the program, the end of room on the disk */
    struct dw_robot_options options;
    dw_usb_bus *bus;
    dw_person *person;
    dw_primera *primera;
    dw_mover *mover;
    bool stuck_tray, shut_tray, drive_unplugged; /* shut_tray: it says yes and does nothing */
    int busy, look_ms, looks; /* busy: so many looks until the disc has spun up; each takes look_ms */
    struct dw_clock_manual hands;
};

static void world_write(struct world *w, const char *word)
{
    size_t n = strlen(w->log);
    snprintf(w->log + n, sizeof w->log - n, "%s%s", n ? " " : "", word);
}

static bool world_journal_says(struct world *w, const char *state)
{
    char path[128];
    struct dw_buf text = {0};
    snprintf(path, sizeof path, "%s/gripper", w->folder);
    bool says = dw_file_read_all(path, 4096, &text, NULL) == DW_OK && text.data && strstr(text.data, state) != NULL;
    dw_buf_done(&text);
    return says;
}

static void world_toggle(struct world *w)
{
    bool over_drive = strcmp(w->arm, "recorder") == 0;
    /* An empty gripper that is told to let go grips in vain. */
    w->unsafe += !world_journal_says(w, "state = releasing") &&
                 (w->holding || !world_journal_says(w, "state = gripping"));
    if (!w->holding) {
        if (strcmp(w->arm, "right") == 0 && w->right > 0 && !w->miss) {
            w->right--;
            w->holding = true;
        } else if (strcmp(w->arm, "left") == 0 && w->left > 0 && !w->miss) {
            w->left--;
            w->holding = true;
        } else if (over_drive && w->tray_out && w->disc_in && !w->sticks) {
            w->disc_in = false;
            w->holding = true;
        }
        return;
    }
    w->holding = false;
    if (over_drive && w->tray_out)
        w->disc_in = true;
    else if (over_drive)
        w->slide++;
    else if (strcmp(w->arm, "left") == 0)
        w->left++;
    else
        w->right++;
}

static void world_fail_next(struct world *w)
{
    w->device->next_rc = w->fail_rc;
    if (w->fail_rc == LIBUSB_ERROR_NO_DEVICE)
        w->device->plugged = false;
}

static void world_frame(void *ctx, const unsigned char *data, size_t size)
{
    static const char *const arms[] = {"left", "printer", "recorder", "right"};
    struct world *w = ctx;
    if (size == 8 && data[2] == 0x92) {
        world_write(w, "toggle");
        world_toggle(w);
    } else if (size == 8 && data[2] >= 0x8d && data[2] <= 0x90) {
        w->arm = arms[data[2] - 0x8d];
        world_write(w, w->arm);
        w->unsafe += w->tray_out && w->holding;
    } else {
        world_write(w, "?");
    }
    if (++w->frames + 1 == w->fail_at)
        world_fail_next(w);
}

/* Nothing is journalled any more. */
static void world_fill_disk(struct world *w)
{
    char path[128];
    snprintf(path, sizeof path, "%s/gripper", w->folder);
    CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
}

static bool world_wait(void *ctx, int64_t us)
{
    struct world *w = ctx;
    char ms[24];
    dw_clock_advance(&w->hands, us);
    snprintf(ms, sizeof ms, "%lld", (long long)us / 1000);
    world_write(w, ms);
    if (++w->waits == w->full_at)
        world_fill_disk(w);
    return w->waits != w->stop_at;
}

static dw_status world_look(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err)
{
    struct world *w = ctx;
    w->looks++;
    dw_clock_advance(&w->hands, w->look_ms * 1000LL);
    if (w->drive_unplugged)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "no such drive");
    if (w->busy > 0 && w->busy--) {
        *out = (struct dw_seen){.state = DW_SEEN_BUSY};
        return DW_OK;
    }
    *out = (struct dw_seen){.state = DW_SEEN_EMPTY, .volume = w->volume};
    if (w->blind)
        out->state = DW_SEEN_UNKNOWN;
    else if (w->tray_out)
        out->state = DW_SEEN_OPEN;
    else if (w->disc_in)
        out->state = w->volume ? DW_SEEN_WRITTEN : DW_SEEN_BLANK;
    return DW_OK;
}

static dw_status world_tray(struct world *w, bool out, struct dw_error *err)
{
    world_write(w, out ? "out" : "in");
    if (w->stuck_tray)
        return dw_error_set(err, DW_ERR_IO, "the tray did not move");
    w->tray_out = out && !w->shut_tray;
    return DW_OK;
}

static dw_status world_open(void *ctx, const char *address, struct dw_error *err)
{
    return world_tray(ctx, true, err);
}

static dw_status world_close(void *ctx, const char *address, struct dw_error *err)
{
    return world_tray(ctx, false, err);
}

static void world_set_gripper(struct world *w, const char *state)
{
    char path[128], text[64];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/gripper", w->folder);
    snprintf(text, sizeof text, "[gripper]\nstate = %s\n", state);
    CHECK_OK(dw_file_save(NULL, path, text, strlen(text), &err), err);
}

/* A robot that has been in use before, all at rest. */
static void world_begin(struct world *w)
{
    static struct dw_robot_options defaults;
    *w = (struct world){.arm = "printer", .right = 25};
    fake_bus = (struct fake_bus){.count = 0};
    w->device = fake_bus_add(0x0f25, 0x0012, 3, &fake_printer);
    w->device->on_frame = world_frame;
    w->device->ctx = w;
    test_folder(w->folder);
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &defaults);
    w->options = defaults;
    snprintf(w->options.bins, sizeof w->options.bins, "cd");
    snprintf(w->options.dialect, sizeof w->options.dialect, "discpublisher2-captured");
    world_set_gripper(w, "empty");
    struct dw_error err = {0};
    CHECK_OK(dw_usb_bus_open(&w->bus, &err), err);
}

static dw_status world_open_driver(struct world *w, struct dw_error *err)
{
    struct dw_primera_drives drives = {world_look, world_open, world_close, w};
    struct dw_clock clock = dw_clock_from_manual(&w->hands);
    struct dw_primera_opts opts = {.state_dir = w->folder,
                                   .clock = &clock,
                                   .options = &w->options,
                                   .bus = w->bus,
                                   .person = w->person,
                                   .waiter = {world_wait, w},
                                   .drives = &drives};
    return dw_primera_open(&opts, &w->primera, err);
}

static void world_start(struct world *w)
{
    struct dw_error err = {0};
    CHECK_OK(dw_person_new(&w->person, &err), err);
    CHECK_OK(world_open_driver(w, &err), err);
    struct dw_mover_opts opts = {.drives = 1, .bins = DW_ROBOT_BINS_MAX, .pick_retries = 2};
    CHECK_OK(dw_mover_new(&dw_primera_driver, dw_primera_link(w->primera), &opts, &w->mover, &err), err);
}

static void world_end(struct world *w)
{
    struct dw_error err = {0};
    dw_mover_free(w->mover);
    dw_primera_close(w->primera);
    dw_usb_bus_close(w->bus);
    dw_person_free(w->person);
    CHECK_OK(dw_file_remove_tree(w->folder, &err), err);
    CHECK_INT(w->unsafe, 0);
}

/* A task is given the disc that lies in the drive. */
static void begin_task(struct world *w)
{
    char device[64];
    struct dw_error err = {0};
    CHECK_OK(dw_mover_drive_device(w->mover, 1, device, sizeof device, &err), err);
    CHECK_STR(device, "/dev/sr0");
}

/* Burned, and read back by the last task. */
static void read_back(struct world *w)
{
    w->disc_in = true;
    w->volume = 5;
    begin_task(w);
}

/* What a blank's way into the drive looks like. */
#define LOAD "right 10000 toggle 20000 recorder 10000 out 10000 toggle 20000 in 20000"
#define BIN ((struct dw_place){DW_PLACE_BIN, 1})
#define DRIVE ((struct dw_place){DW_PLACE_DRIVE, 1})
#define OUTPUT ((struct dw_place){DW_PLACE_OUTPUT, 0})
#define REJECT ((struct dw_place){DW_PLACE_REJECT, 0})
#define PRINTER ((struct dw_place){DW_PLACE_PRINTER, 0})

static enum dw_moved move(struct world *w, struct dw_place from, struct dw_place to, dw_status want, const char *fault)
{
    struct dw_error err = {0};
    enum dw_moved moved = DW_MOVED_UNKNOWN;
    dw_status st = dw_mover_move(w->mover, from, to, &moved, &err);
    if (st != want)
        fprintf(stderr, "%s: %s\n", dw_status_name(st), err.text);
    CHECK_INT(st, want);
    CHECK((st == DW_OK) == (err.text[0] == 0));
    if (fault)
        CHECK_STR(dw_mover_last_fault(w->mover), fault);
    else
        CHECK(dw_mover_last_fault(w->mover) == NULL);
    return moved;
}

#endif
