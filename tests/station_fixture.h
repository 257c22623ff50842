/** A station with its simulated machine, its daemon, its work tasks and the person beside it, all
 * in one process and in virtual time. What a task does and how it fails is asked of the test. */
#ifndef DW_TESTS_STATION_FIXTURE_H
#define DW_TESTS_STATION_FIXTURE_H
#include <fcntl.h>
#include <sys/stat.h>

#include "base/channel.h"
#include "base/file.h"
#include "robot/sim.h"
#include "robot/station.h"
#include "test.h"

#define STATION_ROWS 64
#define STATION_FAULTS 64

struct station_row {
    int64_t disc;
    int volume;
    enum dw_disc_state state, before;
    int drive;
    char fault[24], why[200], serial[DW_DRIVE_SERIAL_MAX], lot[DW_DISC_LOT_MAX];
};
struct station_event {
    int64_t disc;
    enum dw_disc_event event;
};
struct station_house;
/** What becomes of a task: "" it goes well; else the row of robot/faults.h it fails with. A burn
 * has written written_percent of its disc by then. */
typedef const char *station_task_fn(struct station_house *house, const char *task,
                                    const struct station_row *row, int *written_percent);

struct station_house {
    char folder[64];
    struct dw_clock_manual hands;
    struct dw_robot_options options;
    const struct dw_mover_driver *driver; /* NULL: dw_sim_driver */
    dw_sim *sim;
    dw_bays *bays; /* drives of the machine stand beside those of the simulator; NULL: they are inside of it */
    json_t *drives; /* as told last */
    dw_status (*tray_look)(const char *address, enum dw_tray *out, struct dw_error *err);
    dw_journal *journal;
    dw_mover *mover;
    dw_arm *arm;
    dw_station *station;
    struct dw_spawner spawner;
    dw_channel *worker[DW_ROBOT_DRIVES_MAX];
    bool trays;                           /* verify moves the tray of a real drive first, when it may */
    int trays_out, trays_moved;           /* now, and in all */
    int64_t tray_us[DW_ROBOT_DRIVES_MAX]; /* of each worker: when its tray rests again; 0: it does not move */
    json_t *waiting[DW_ROBOT_DRIVES_MAX]; /* what it says afterwards; owned */
    int64_t motion_us;                    /* how long each errand of the arm takes */
    int64_t arm_until_us;                 /* the end of the motion that a test watches */
    station_task_fn *task;
    void (*round)(struct station_house *house); /* before each step of the station; NULL: nothing */
    struct station_row row[STATION_ROWS];
    int rows;
    struct station_event asked[STATION_ROWS];
    int asked_count;
    char held[8][200]; /* of each volume: why its job is held; "" it is not */
    char fault[STATION_FAULTS][DW_FAULT_KEY_MAX]; /* open ones */
    char sentence[STATION_FAULTS][200];
    int faults, seen; /* open now; raised in all */
    int burns;
    int64_t last_speed_kbps;
};

static inline int house_no_fsync(void *ctx, int fd)
{
    return 0;
}

static inline ssize_t house_write(void *ctx, int fd, const void *data, size_t size)
{
    return write(fd, data, size);
}

static inline int house_rename(void *ctx, const char *from, const char *to)
{
    return rename(from, to);
}

static const struct dw_disk house_disk = {
    .write = house_write, .fsync = house_no_fsync, .rename = house_rename};

static inline struct station_row *house_row(struct station_house *h, int64_t disc)
{
    return disc >= 1 && disc <= h->rows ? &h->row[disc - 1] : NULL;
}

/* --- what the station says --- */

static inline void house_request(void *ctx, const struct dw_disc_request *request)
{
    struct station_house *h = ctx;
    struct station_row *row = house_row(h, request->disc);
    CHECK(row && h->asked_count < STATION_ROWS);
    h->asked[h->asked_count++] = (struct station_event){request->disc, request->event};
    row->drive = request->drive;
    dw_text_cut(row->fault, sizeof row->fault, request->fault);
    dw_text_cut(row->why, sizeof row->why, request->text);
    dw_text_cut(row->serial, sizeof row->serial, request->serial);
    dw_text_cut(row->lot, sizeof row->lot, request->lot);
}

static inline void house_progress(void *ctx, int64_t disc, const struct dw_progress *progress)
{
}

static inline int house_fault(const struct station_house *h, const char *key)
{
    for (int i = 0; i < h->faults; i++) {
        if (strcmp(h->fault[i], key) == 0)
            return i;
    }
    return -1;
}

static inline void house_raised(void *ctx, const struct dw_fault_report *report)
{
    struct station_house *h = ctx;
    int i = house_fault(h, report->key);
    if (i < 0 && h->faults < STATION_FAULTS) {
        i = h->faults++;
        h->seen++;
    }
    dw_text_cut(h->fault[i], sizeof h->fault[i], report->key);
    dw_text_cut(h->sentence[i], sizeof h->sentence[i], report->sentence);
}

static inline void house_cleared(void *ctx, const char *key)
{
    struct station_house *h = ctx;
    int i = house_fault(h, key);
    if (i < 0)
        return;
    h->faults--;
    memmove(h->fault[i], h->fault[h->faults], sizeof h->fault[i]);
    memmove(h->sentence[i], h->sentence[h->faults], sizeof h->sentence[i]);
}

static inline void house_status(void *ctx, json_t *status)
{
    json_decref(status);
}

static inline void house_drives(void *ctx, json_t *drives)
{
    struct station_house *h = ctx;
    json_decref(h->drives);
    h->drives = drives;
}

/* --- work tasks --- */

static inline dw_status house_spawn(void *ctx, const char *const argv[], int child_fd,
                                    pid_t *out_pid, struct dw_error *err)
{
    struct station_house *h = ctx;
    *out_pid = 0;
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        if (!h->worker[i])
            return dw_channel_new(fcntl(child_fd, F_DUPFD_CLOEXEC, 3), &h->worker[i], err);
    }
    return dw_error_set(err, DW_ERR_LIMIT, "no more workers");
}

/* What lies on the disc names its volume, so that a wrong label is seen. */
static inline void house_write_disc(const char *device, const struct station_row *row, int percent)
{
    char text[2048 * 4];
    struct dw_error err = {0};
    memset(text, 0, sizeof text);
    snprintf(text, sizeof text, "volume %d", row->volume);
    CHECK_OK(dw_file_save(&house_disk, device + 6, text, sizeof text * (size_t)percent / 100, &err),
             err);
}

static inline json_t *house_play(struct station_house *h, const json_t *task)
{
    const char *name = dw_json_text(task, "task"), *device = dw_json_text(task, "drive");
    const char *disc =
        strrchr(*device ? dw_json_text(task, "chunks") : dw_json_text(task, "expect"), '-');
    int64_t number = 0;
    int percent = 100;
    CHECK(disc && dw_text_int(disc + 1, 1, STATION_ROWS, &number));
    const struct station_row *row = house_row(h, number);
    const char *fault = h->task ? h->task(h, name, row, &percent) : "";
    if (strcmp(name, "burn") == 0) {
        h->burns++;
        h->last_speed_kbps = dw_json_int(task, "speed_kbps", -1);
        house_write_disc(device, row, percent);
    }
    struct dw_error err = {0};
    dw_status st = *fault ? dw_error_set(&err, DW_ERR_IO, "as planned") : DW_OK;
    json_t *result = dw_json_from_error("result", st, &err);
    json_object_set_new(result, "fault", json_string(fault));
    json_object_set_new(result, "conforms", json_true());
    return result;
}

#define HOUSE_TRAY_US 7000000

static inline void house_say(struct station_house *h, int i, json_t *message)
{
    struct dw_error err = {0};
    CHECK_OK(dw_channel_send(h->worker[i], message, NULL, 0, NULL, 0, 1000, &err), err);
}

/* true: this worker is busy with its tray, or waits until it may move it. */
static inline bool house_tray(struct station_house *h, int i)
{
    struct dw_message msg;
    struct dw_error err = {0};
    if (!h->waiting[i])
        return false;
    if (!h->tray_us[i] && dw_channel_receive(h->worker[i], 0, &msg, &err) == DW_OK) {
        CHECK_STR(msg.type, "tray");
        dw_message_done(&msg);
        CHECK(h->hands.mono_us >= h->arm_until_us);
        h->tray_us[i] = h->hands.mono_us + HOUSE_TRAY_US;
        h->trays_out++;
        h->trays_moved++;
    }
    if (!h->tray_us[i] || h->hands.mono_us < h->tray_us[i])
        return true;
    h->tray_us[i] = 0;
    h->trays_out--;
    house_say(h, i, json_pack("{s:s, s:b}", "type", "tray", "moves", 0));
    house_say(h, i, h->waiting[i]);
    h->waiting[i] = NULL;
    dw_channel_free(h->worker[i]);
    h->worker[i] = NULL;
    return true;
}

static inline void house_work(struct station_house *h)
{
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        struct dw_message msg;
        struct dw_error err = {0};
        if (!h->worker[i] || house_tray(h, i))
            continue;
        if (dw_channel_receive(h->worker[i], 0, &msg, &err) == DW_OK) {
            bool asks = h->trays && json_is_true(json_object_get(msg.head, "ask_tray"));
            json_t *result = house_play(h, msg.head);
            dw_message_done(&msg);
            if (asks) {
                h->waiting[i] = result;
                house_say(h, i, json_pack("{s:s, s:b}", "type", "tray", "moves", 1));
                continue;
            }
            CHECK_OK(dw_channel_send(h->worker[i], result, NULL, 0, NULL, 0, 1000, &err), err);
        }
        dw_channel_free(h->worker[i]);
        h->worker[i] = NULL;
    }
}

static inline bool house_has_work(const struct station_house *h)
{
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        struct pollfd fd = {.fd = h->worker[i] ? dw_channel_fd(h->worker[i]) : -1, .events = POLLIN};
        if (h->worker[i] && (!h->waiting[i] || (!h->tray_us[i] && poll(&fd, 1, 0) > 0)))
            return true;
    }
    return false;
}

/* When the arm or a tray arrives; 0: neither is under way. */
static inline int64_t house_due_us(const struct station_house *h)
{
    int64_t due = dw_arm_due_us(h->arm);
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        if (h->tray_us[i] && (due == 0 || h->tray_us[i] < due))
            due = h->tray_us[i];
    }
    return due;
}

/* --- the daemon --- */

static inline struct station_row *house_order(struct station_house *h, int volume)
{
    CHECK(h->rows < STATION_ROWS);
    struct station_row *row = &h->row[h->rows];
    *row = (struct station_row){.disc = ++h->rows, .volume = volume, .before = DW_DISC_UNKNOWN};
    return row;
}

static inline void house_send(struct station_house *h, const struct station_row *row)
{
    char label[96], chunks[96], expect[96];
    struct dw_error err = {0};
    snprintf(label, sizeof label, "%s/label-%d.png", h->folder, row->volume);
    snprintf(chunks, sizeof chunks, "%s/chunks-%d", h->folder, (int)row->disc);
    snprintf(expect, sizeof expect, "%s/expect-%d", h->folder, (int)row->disc);
    json_t *head = json_pack(
        "{s:I, s:I, s:s, s:s, s:i, s:s, s:i, s:s, s:s, s:s, s:s}", "disc", (json_int_t)row->disc,
        "job", (json_int_t)row->volume, "state", dw_disc_state_name(row->state), "before",
        dw_disc_state_name(row->before), "drive", row->drive, "media", "cd", "blocks", 4, "tree",
        "t", "chunks", chunks, "label", label, "expect", expect);
    CHECK_OK(dw_station_order(h->station, head, &err), err);
    json_decref(head);
}

/* As daemon/jobs/outcome.c does: another disc, or the job is held with a reason. */
static inline void house_outcome(struct station_house *h, const struct station_row *row)
{
    const struct dw_fault *fault = dw_fault_find(row->fault);
    int rejected = 0;
    for (int i = 0; i < h->rows; i++)
        rejected += h->row[i].volume == row->volume && h->row[i].state == DW_DISC_REJECTED;
    if (row->state == DW_DISC_DELIVERED || h->held[row->volume][0])
        return;
    if (row->state == DW_DISC_ABANDONED || (fault && fault->action == DW_FAULT_HOLD_JOB) ||
        rejected == 3)
        dw_text_cut(h->held[row->volume], sizeof h->held[0], *row->why ? row->why : "held");
    else
        house_send(h, house_order(h, row->volume));
}

static inline void house_answer(struct station_house *h, const struct station_event *asked)
{
    struct station_row *row = house_row(h, asked->disc);
    struct dw_error err = {0};
    enum dw_disc_state from = row->state;
    CHECK_OK(dw_disc_next(from, asked->event, &row->state, &err), err);
    if (row->state == DW_DISC_UNKNOWN)
        row->before = from;
    dw_station_stored(h->station, row->disc, asked->event, DW_OK, dw_disc_state_name(row->state));
    if (dw_disc_is_final(row->state))
        house_outcome(h, row);
}

static inline bool house_daemon(struct station_house *h)
{
    struct station_event asked[STATION_ROWS];
    int count = h->asked_count;
    memcpy(asked, h->asked, sizeof asked);
    h->asked_count = 0;
    for (int i = 0; i < count; i++)
        house_answer(h, &asked[i]);
    return count > 0;
}

/* --- the whole --- */

/* The machine's waiting moves the clock itself: nothing is left to be held back. */
static inline int64_t house_now(void *ctx)
{
    return ((struct station_house *)ctx)->hands.mono_us;
}

static inline int64_t house_took(void *ctx)
{
    return ((struct station_house *)ctx)->motion_us;
}

static inline void house_on(struct station_house *h)
{
    struct dw_error err = {0};
    struct dw_clock clock = dw_clock_from_manual(&h->hands);
    char path[96];
    struct dw_sim_opts sim = {.state_dir = h->folder,
                              .options = &h->options,
                              .clock = clock,
                              .waiter = dw_sim_waiter_manual(&h->hands),
                              .disk = &house_disk};
    snprintf(path, sizeof path, "%s/journal", h->folder);
    CHECK_OK(dw_sim_open(&sim, &h->sim, &err), err);
    CHECK_OK(dw_journal_open(path, &house_disk, &clock, &h->journal, &err), err);
    struct dw_mover_opts mover = {.drives = (int)h->options.drives,
                                  .bins = DW_ROBOT_BINS_MAX,
                                  .pick_retries = (int)h->options.pick_retries,
                                  .journal = h->journal};
    CHECK_OK(dw_mover_new(h->driver ? h->driver : &dw_sim_driver, dw_sim_link(h->sim), &mover, &h->mover, &err), err);
    struct dw_arm_time time = {house_now, house_took, h};
    CHECK_OK(dw_arm_new(h->mover, &time, &h->arm, &err), err);
    h->spawner = (struct dw_spawner){house_spawn, h};
    struct dw_station_opts opts = {
        .options = &h->options,
        .mover = h->mover,
        .arm = h->arm,
        .bays = h->bays,
        .journal = h->journal,
        .spawner = &h->spawner,
        .tray_look = h->tray_look,
        .clock = clock,
        .listener = {house_request, house_progress, house_raised, house_cleared, house_status, h,
                     house_drives}};
    CHECK_OK(dw_mover_sense(h->mover, &opts.sensors, &err), err);
    CHECK_OK(dw_station_new(&opts, &h->station, &err), err);
}

static inline void house_off(struct station_house *h)
{
    dw_station_free(h->station);
    dw_arm_free(h->arm);
    dw_mover_free(h->mover);
    dw_journal_close(h->journal);
    dw_sim_close(h->sim);
    for (int i = 0; i < DW_ROBOT_DRIVES_MAX; i++) {
        dw_channel_free(h->worker[i]);
        h->worker[i] = NULL;
        json_decref(h->waiting[i]);
        h->waiting[i] = NULL;
    }
    h->faults = h->asked_count = 0;
}

/* Labels and options; a test may change these before house_on(). */
static inline void house_prepare(struct station_house *h, int volumes, const char *plan)
{
    struct dw_error err = {0};
    memset(h, 0, sizeof *h);
    test_folder(h->folder);
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &h->options);
    h->options.initial_discs = 40;
    dw_text_cut(h->options.faults, sizeof h->options.faults, plan);
    for (int v = 1; v <= volumes; v++) {
        char path[96], text[32];
        snprintf(path, sizeof path, "%s/label-%d.png", h->folder, v);
        snprintf(text, sizeof text, "volume %d", v);
        CHECK_OK(dw_file_save(&house_disk, path, text, strlen(text), &err), err);
    }
}

static inline void house_init(struct station_house *h, int volumes, const char *plan)
{
    house_prepare(h, volumes, plan);
    house_on(h);
    for (int v = 1; v <= volumes; v++)
        house_send(h, house_order(h, v));
}

static inline void house_done(struct station_house *h)
{
    struct dw_error err = {0};
    house_off(h);
    dw_bays_free(h->bays);
    json_decref(h->drives);
    CHECK_OK(dw_file_remove_tree(h->folder, &err), err);
}

#define HOUSE_PATIENCE_US 120000000

/** Work until nothing more happens but that time goes by: then somebody has to come. */
static inline void house_run(struct station_house *h)
{
    struct pollfd fds[DW_STATION_FDS_MAX];
    int64_t since_us = h->hands.mono_us;
    int quiet = 0, timeout_ms = 0, round = 0;
    for (; round < 20000 && quiet < 5; round++) {
        house_work(h);
        if (h->round)
            h->round(h);
        dw_station_step(h->station);
        if (house_daemon(h)) {
            since_us = h->hands.mono_us;
            quiet = 0;
        }
        int count = dw_station_poll(h->station, fds, &timeout_ms);
        if (house_has_work(h) || poll(fds, (nfds_t)count, 0) > 0) /* something is to be taken */
            timeout_ms = 0;
        int64_t due_ms = house_due_us(h) ? (house_due_us(h) - h->hands.mono_us) / 1000 + 1 : -1;
        if (due_ms >= 0 && (timeout_ms < 0 || due_ms < timeout_ms))
            timeout_ms = (int)due_ms;
        if (timeout_ms > 0)
            dw_clock_advance(&h->hands, timeout_ms * 1000LL);
        bool still = timeout_ms < 0 || h->hands.mono_us - since_us > HOUSE_PATIENCE_US;
        quiet = still ? quiet + 1 : 0;
    }
    CHECK(round < 20000);
}

#endif
