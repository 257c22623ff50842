#include "robot_house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "robot/sim_machine.h"
#include "robot_house_inside.h"

void house_must(dw_status st, const struct dw_error *err)
{
    if (st == DW_OK)
        return;
    fprintf(stderr, "robot house: %s\n", err->text);
    exit(1);
}

int64_t house_now_us(const struct house *h)
{
    return h->hands.mono_us;
}

/* --- time, disk and cable --- */

static int64_t arm_now(void *ctx)
{
    return house_now_us(ctx);
}

static int64_t arm_took(void *ctx)
{
    struct house *h = ctx;
    int64_t took = h->arm_busy_us;
    h->arm_busy_us = 0;
    return took;
}

/* From the moment of its death on nothing is written and no motion begins; the loop lives on until
 * the clock has come there, because a motion is done in one go. */
bool house_is_gone(const struct house *h)
{
    return h->dead && house_now_us(h) >= h->dies_us;
}

void house_die(struct house *h)
{
    if (h->dead)
        return;
    h->dead = true;
    h->dies_us = house_now_us(h) + h->arm_busy_us;
}

/* The machine's own clock runs ahead while a motion is done in one go. */
static int64_t machine_mono(void *ctx)
{
    const struct house *h = ctx;
    return h->hands.mono_us + h->arm_busy_us;
}

static int64_t machine_wall(void *ctx)
{
    const struct house *h = ctx;
    return h->hands.wall_us + h->arm_busy_us;
}

static bool machine_wait(void *ctx, int64_t us)
{
    struct house *h = ctx;
    if (h->unplug_when && h->unplug_when(h)) {
        h->unplugged = true;
        h->unplug_when = NULL;
    }
    if (h->unplugged)
        return false;
    if (!h->dead && house_now_us(h) + h->arm_busy_us + us > h->dies_us) {
        h->arm_busy_us = h->dies_us - house_now_us(h);
        house_die(h);
    }
    if (h->dead && !h->arm_goes_on)
        return false;
    if (!h->dead)
        h->arm_busy_us += us;
    return true;
}

static ssize_t disk_write(void *ctx, int fd, const void *data, size_t size)
{
    struct house *h = ctx;
    if (!h->dead && h->writes_left == 0) {
        ssize_t n = h->dies_after_write ? write(fd, data, size) : 0;
        house_die(h);
        return n > 0 ? n : -1;
    }
    if (h->dead)
        return -1;
    if (h->writes_left > 0)
        h->writes_left--;
    return write(fd, data, size);
}

static int disk_fsync(void *ctx, int fd)
{
    return 0; /* in memory it is as safe as it gets */
}

static enum dw_disc_state state_for(struct dw_place to)
{
    switch (to.kind) {
    case DW_PLACE_DRIVE:
        return DW_DISC_LOADING;
    case DW_PLACE_PRINTER:
        return DW_DISC_PRINTING;
    case DW_PLACE_OUTPUT:
        return DW_DISC_DELIVERING;
    default:
        return DW_DISC_REJECTING;
    }
}

/* "M B1 D2 7": was this motion stored before, and is nothing in doubt? */
static void watch_motion(struct house *h, const char *frame)
{
    static const struct {
        char letter;
        enum dw_place_kind kind;
    } targets[] = {{'D', DW_PLACE_DRIVE},
                   {'P', DW_PLACE_PRINTER},
                   {'O', DW_PLACE_OUTPUT},
                   {'R', DW_PLACE_REJECT}};
    char words[64];
    int64_t disc = 0;
    snprintf(words, sizeof words, "%.*s", (int)strcspn(frame, "\r"), frame);
    char *to = strchr(words + 2, ' ') + 1, *number = strchr(to, ' ');
    struct dw_place place = {DW_PLACE_NONE, 0};
    for (size_t i = 0; i < DW_ARRAY_LEN(targets); i++) {
        if (*to == targets[i].letter)
            place.kind = targets[i].kind;
    }
    const struct house_row *row = NULL;
    if (number && dw_text_int(number + 1, 1, INT64_MAX, &disc))
        row = house_row(h, disc);
    h->moved_unasked += !row || row->state != state_for(place);
    h->moved_in_doubt += h->sim->world.arm.serial != 0 || h->sim->world.floor.serial != 0;
    for (int i = 0; i < h->rows; i++)
        h->moved_in_doubt += h->row[i].state == DW_DISC_UNKNOWN && h->row[i].told;
}

static dw_status exchange(void *ctx, const void *send, size_t send_size, void *reply,
                          size_t reply_max, size_t *reply_size, int timeout_ms,
                          struct dw_error *err)
{
    struct house *h = ctx;
    dw_link *link = dw_sim_link(h->sim);
    if (h->unplugged)
        return dw_error_set(err, DW_ERR_GONE, "the robot is no longer there");
    const char *frame = send;
    if (house_is_gone(h) ||
        (h->dead && *frame != 'D' && *frame != 'W')) /* a dead program sends nothing */
        return dw_error_set(err, DW_ERR_GONE, "dead");
    if (send_size > 1 && *frame == 'M')
        watch_motion(h, send);
    return link->exchange(link->ctx, send, send_size, reply, reply_max, reply_size, timeout_ms,
                          err);
}

static void on_label(void *ctx, int64_t serial, const char *path)
{
    struct house *h = ctx;
    struct house_plastic *plastic = &h->plastic[serial % HOUSE_PLASTIC_MAX];
    int64_t volume = 0;
    const char *dash = strrchr(path, '-');
    if (!dash || !dw_text_int(dash + 1, 1, INT64_MAX, &volume))
        volume = -1;
    /* The same label once more, after a question, does no harm. */
    h->labelled_wrong += plastic->volume != volume || !plastic->whole ||
                         (plastic->label && plastic->label != volume);
    plastic->label = volume;
}

/* --- life --- */

void house_open(struct house *h, const struct house_times *times, const char *options)
{
    struct dw_error err = {0};
    memset(h, 0, sizeof *h);
    snprintf(h->folder, sizeof h->folder, "/tmp/dw-test-XXXXXX");
    if (!mkdtemp(h->folder)) {
        perror("mkdtemp");
        exit(1);
    }
    h->hands = (struct dw_clock_manual){.wall_us = 1700000000000000LL, .mono_us = 1000000};
    h->times = *times;
    h->dies_us = INT64_MAX;
    h->writes_left = h->requests_left = -1;
    h->spawner = (struct dw_spawner){.spawn = house_spawn, .ctx = h};
    h->disk = dw_disk_real;
    h->disk.write = disk_write;
    h->disk.fsync = disk_fsync;
    h->disk.ctx = h;
    json_t *json = json_loads(options, 0, NULL);
    house_must(dw_robot_options_from_json(json, &h->options, &err), &err);
    json_decref(json);
    h->options.arm_ms = times->arm_ms;
    h->options.tray_ms = times->tray_ms;
    h->options.print_ms = times->print_ms;
    h->options.time_scale = 100;
    struct dw_sim_opts sim = {.options = &h->options,
                              .clock = {machine_wall, machine_mono, h},
                              .waiter = {machine_wait, h},
                              .on_label = on_label,
                              .ctx = h};
    house_must(dw_sim_open(&sim, &h->sim, &err), &err);
    h->link = (dw_link){.exchange = exchange, .ctx = h};
}

void house_boot(struct house *h)
{
    char path[80];
    struct dw_error err = {0};
    struct dw_sensors sensors;
    struct dw_clock clock = dw_clock_from_manual(&h->hands);
    h->dead = false;
    h->arm_busy_us = 0;
    snprintf(path, sizeof path, "%s/journal", h->folder);
    house_must(dw_journal_open(path, &h->disk, &clock, &h->journal, &err), &err);
    struct dw_mover_opts mover = {.drives = (int)h->options.drives,
                                  .bins = DW_ROBOT_BINS_MAX,
                                  .pick_retries = (int)h->options.pick_retries,
                                  .journal = h->journal};
    house_must(dw_mover_new(&dw_sim_driver, &h->link, &mover, &h->mover, &err), &err);
    house_must(dw_mover_sense(h->mover, &sensors, &err), &err);
    struct dw_arm_time time = {arm_now, arm_took, h};
    house_must(dw_arm_new(h->mover, &time, &h->arm, &err), &err);
    struct dw_station_opts opts = {
        .options = &h->options,
        .mover = h->mover,
        .arm = h->arm,
        .journal = h->journal,
        .sensors = sensors,
        .spawner = &h->spawner,
        .clock = clock,
        .listener = house_listener(h),
    };
    house_must(dw_station_new(&opts, &h->station, &err), &err);
    house_tell(h);
}

void house_kill(struct house *h)
{
    house_die(h);
    h->dies_us = house_now_us(h);
    house_store(h); /* what had reached the daemon */
    dw_station_free(h->station);
    dw_arm_free(h->arm);
    dw_mover_free(h->mover);
    dw_journal_close(h->journal);
    h->station = NULL;
    h->arm = NULL;
    h->mover = NULL;
    h->journal = NULL;
    h->faults = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(h->worker); i++)
        house_worker_ends(&h->worker[i]);
    for (int i = 0; i < h->rows; i++) {
        struct house_row *row = &h->row[i];
        enum dw_disc_state to = dw_disc_after_restart(row->state);
        row->told = false;
        if (to == row->state)
            continue;
        if (to == DW_DISC_UNKNOWN)
            row->before = row->state;
        row->state = to;
    }
    h->dies_us = INT64_MAX;
    h->writes_left = h->requests_left = -1;
    h->arm_goes_on = h->dies_after_write = h->row_is_stored = false;
}

void house_close(struct house *h)
{
    struct dw_error err = {0};
    if (h->station)
        house_kill(h);
    dw_sim_close(h->sim);
    json_decref(h->status);
    house_must(dw_file_remove_tree(h->folder, &err), &err);
}

/* --- the loop --- */

static int64_t sooner(int64_t a, int64_t b)
{
    return b && b < a ? b : a;
}

static int64_t next_due(struct house *h)
{
    struct pollfd fds[DW_STATION_FDS_MAX];
    int timeout_ms;
    int64_t due = sooner(INT64_MAX, dw_arm_due_us(h->arm));
    for (size_t i = 0; i < DW_ARRAY_LEN(h->worker); i++) {
        if (h->worker[i].channel)
            due = sooner(due, house_worker_due(&h->worker[i]));
    }
    (void)dw_station_poll(h->station, fds, &timeout_ms);
    /* Its limits on work tasks are hours away and no event. */
    if (timeout_ms >= 0 && timeout_ms < 600000)
        due = sooner(due, house_now_us(h) + 1000 * (int64_t)timeout_ms + 1);
    return due;
}

static bool happens_now(struct house *h)
{
    bool any = h->requests > 0;
    house_store(h);
    for (size_t i = 0; i < DW_ARRAY_LEN(h->worker) && !house_is_gone(h); i++)
        any |= house_play_worker(h, &h->worker[i]);
    int64_t due = dw_arm_due_us(h->arm);
    any |= due && due <= house_now_us(h);
    if (!house_is_gone(h))
        dw_station_step(h->station);
    return any || h->requests > 0;
}

bool house_step(struct house *h, int64_t until_us)
{
    for (int rounds = 0; rounds < 1000; rounds++) {
        if (house_is_gone(h))
            return false;
        if (!happens_now(h))
            break;
    }
    int64_t due = next_due(h);
    if (h->dies_us < due)
        due = h->dies_us;
    if (due == INT64_MAX)
        return false;
    if (due > until_us)
        due = until_us;
    if (due > house_now_us(h))
        dw_clock_advance(&h->hands, due - house_now_us(h));
    if (house_now_us(h) >= h->dies_us)
        house_die(h);
    return !house_is_gone(h);
}

void house_run(struct house *h, int64_t until_us)
{
    while (house_open_rows(h) > 0 && house_now_us(h) < until_us && house_step(h, until_us))
        ;
}
