/* discwright-robot as a process: a daemon that only this test knows at the other end of its
 * channel, and work tasks played by this very program, copied beside the robot under the name
 * discwright-work. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "robot/disc.h"
#include "robot/options.h"
#include "robot/place.h"
#include "robot/reading.h"

#include "test.h"

#define BURN_BYTES (64 * 2048)
#define PATIENCE_MS 20000

/* --- the worker's part --- */

static unsigned char pattern(size_t i)
{
    return (unsigned char)((i * 31 + i / 2048) & 0xff);
}

static dw_status play_burn(dw_channel *channel, const json_t *task, struct dw_error *err)
{
    static unsigned char bytes[BURN_BYTES];
    const char *drive = dw_json_text(task, "drive"), *tree = dw_json_text(task, "tree");
    if (strstr(tree, "crash"))
        abort();
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = pattern(i);
    int fd = open(drive + 6, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return dw_error_set(err, DW_ERR_IO, "open: %s", strerror(errno));
    dw_status st = DW_OK;
    for (size_t done = 0; st == DW_OK && done < sizeof bytes; done += sizeof bytes / 4) {
        st = dw_file_write_all(NULL, fd, bytes + done, sizeof bytes / 4, "disc", err);
        if (st == DW_OK)
            st = dw_task_progress_with(channel, "burning", done + sizeof bytes / 4, sizeof bytes,
                                       json_pack("{s:i, s:i, s:i}", "speed_kbps", 7040,
                                                 "buffer_percent", 97, "left_s", 65),
                                       err);
    }
    close(fd);
    struct pollfd gone = {.fd = dw_channel_fd(channel)};
    if (strstr(tree, "slow"))
        poll(&gone, 1, -1); /* until the parent goes */
    return st;
}

static dw_status play_verify(const json_t *task, struct dw_error *err)
{
    struct dw_buf read = {0};
    dw_status st = dw_file_read_all(dw_json_text(task, "drive") + 6, 2 * BURN_BYTES, &read, err);
    if (st == DW_OK && read.size != BURN_BYTES)
        st = dw_error_set(err, DW_ERR_IO, "block %zu cannot be read", read.size / 2048);
    for (size_t i = 0; st == DW_OK && i < read.size; i++) {
        if ((unsigned char)read.data[i] != pattern(i))
            st = dw_error_set(err, DW_ERR_CORRUPT, "block %zu differs", i / 2048);
    }
    dw_buf_done(&read);
    return st;
}

/* As a real drive tells it. */
static void tell_reading(json_t *result)
{
    json_object_set_new(result, "read_bytes", json_integer(BURN_BYTES));
    json_object_set_new(result, "read_ms", json_integer(250));
    json_object_set_new(result, "retries", json_integer(2));
    json_object_set_new(result, "slow", json_integer(1));
}

static int play_worker(void)
{
    dw_channel *channel = NULL;
    json_t *task = NULL;
    struct dw_error err = {0};
    dw_status st = dw_task_open(&channel, &task, &err);
    if (st != DW_OK)
        return 1;
    const char *name = dw_json_text(task, "task");
    bool check = strcmp(name, "check") == 0;
    if (strcmp(name, "burn") == 0)
        st = play_burn(channel, task, &err);
    else if (strcmp(name, "verify") == 0)
        st = play_verify(task, &err);
    json_t *result = dw_json_from_error("result", st, &err);
    if (strcmp(name, "verify") == 0)
        tell_reading(result);
    if (check) {
        bool bad = strstr(dw_json_text(task, "expect"), "other-patient") != NULL;
        json_object_set_new(result, "conforms", json_boolean(!bad));
        json_object_set_new(result, "findings",
                            bad ? json_pack("[{s:s}]", "code", "identity") : json_array());
    }
    st = dw_channel_send(channel, result, NULL, 0, NULL, 0, 5000, &err);
    json_decref(task);
    dw_channel_free(channel);
    return st == DW_OK ? 0 : 1;
}

/* --- the daemon's part --- */

struct row {
    int64_t disc;
    int volume;
    enum dw_disc_state state, before;
    int drive;
    const char *tree, *expect;
    const char *media; /* NULL: "cd" */
    int priority;
    char image[DW_PATH_MAX], text[200], fault[24];
};
struct authorisation { /* a stored transition that lets an arm move once */
    int64_t disc, wall_us;
    enum dw_place_kind to;
    bool used;
};
struct daemon {
    char folder[64], dir[128];
    struct dw_child robot;
    json_t *options;
    struct row row[400];
    int count;
    struct authorisation may[2000];
    int may_count;
    bool silent;      /* events are noted but not answered */
    dw_status refuse; /* answer with this instead of OK */
    int64_t refused;
    char fault[64], sentence[256], last_event[32];
    int faults, cleared, hellos, progress;
    json_t *status, *burning;
    json_t *placed; /* what was answered while the program was not running, as every config tells it until it was noted */
    struct dw_reading reading[2]; /* as it was told with "burned" and with "verified" */
};

static struct row *row_of(struct daemon *d, int64_t disc)
{
    for (int i = 0; i < d->count; i++) {
        if (d->row[i].disc == disc)
            return &d->row[i];
    }
    return NULL;
}

static void copy_program(const char *from, const char *to)
{
    struct dw_error err = {0};
    struct dw_buf bytes = {.max = 256 << 20};
    CHECK_OK(dw_file_read_all(from, 256 << 20, &bytes, &err), err);
    CHECK_OK(dw_file_save(NULL, to, bytes.data, bytes.size, &err), err);
    CHECK_INT(chmod(to, 0755), 0);
    dw_buf_done(&bytes);
}

static void daemon_init(struct daemon *d, const char *options)
{
    char to[128], self[DW_PATH_MAX];
    *d = (struct daemon){.robot = {.pidfd = -1}};
    test_folder(d->folder);
    snprintf(d->dir, sizeof d->dir, "%s/state", d->folder);
    d->options = json_loads(options, 0, NULL);
    d->placed = json_array();
    CHECK(d->options != NULL);
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = 0;
    snprintf(to, sizeof to, "%s/discwright-work", d->folder);
    if (link(self, to) != 0)
        copy_program(self, to);
    snprintf(to, sizeof to, "%s/discwright-robot", d->folder);
    if (link(DW_BIN "/discwright-robot", to) != 0)
        copy_program(DW_BIN "/discwright-robot", to);
    snprintf(to, sizeof to, "%s/label.png", d->folder);
    struct dw_error err = {0};
    CHECK_OK(dw_file_save(NULL, to, "PNG", 3, &err), err);
}

static void daemon_done(struct daemon *d)
{
    struct dw_error err = {0};
    dw_child_done(&d->robot);
    json_decref(d->options);
    json_decref(d->status);
    json_decref(d->burning);
    json_decref(d->placed);
    CHECK_OK(dw_file_remove_tree(d->folder, &err), err);
}

static void send_message(struct daemon *d, json_t *message)
{
    struct dw_error err = {0};
    dw_status st = dw_channel_send(d->robot.channel, message, NULL, 0, NULL, 0, PATIENCE_MS, &err);
    if (st != DW_OK && st != DW_ERR_GONE)
        CHECK_OK(st, err);
}

static void send_row(struct daemon *d, const struct row *row)
{
    char label[128], chunks[128];
    snprintf(label, sizeof label, "%s/label.png", d->folder);
    snprintf(chunks, sizeof chunks, "%s/chunks", d->folder);
    send_message(d, json_pack("{s:s, s:I, s:I, s:i, s:i, s:i, s:i, s:s, s:i, s:s, s:i, s:s, s:s, "
                              "s:s, s:s, s:I, s:i}",
                              "type", "disc", "disc", (json_int_t)row->disc, "job", (json_int_t)1,
                              "volume_n", 1, "volume_of", 1, "copy", 1, "attempt", 1,
                              "state", dw_disc_state_name(row->state), "drive", row->drive, "media",
                              row->media ? row->media : "cd", "blocks", 64, "tree", row->tree,
                              "chunks", chunks, "label", label, "expect", row->expect,
                              "capacity_bytes", (json_int_t)737280000, "priority", row->priority));
}

static struct row *daemon_order(struct daemon *d, int volume, const char *tree)
{
    struct row *row = &d->row[d->count++];
    *row = (struct row){.disc = d->count,
                        .volume = volume,
                        .state = DW_DISC_RESERVED,
                        .before = DW_DISC_UNKNOWN,
                        .tree = tree,
                        .expect = ""};
    return row;
}

static void allow(struct daemon *d, int64_t disc, enum dw_disc_state state)
{
    static const enum dw_place_kind goes[DW_DISC_STATE_COUNT] = {
        [DW_DISC_LOADING] = DW_PLACE_DRIVE,
        [DW_DISC_PRINTING] = DW_PLACE_PRINTER,
        [DW_DISC_DELIVERING] = DW_PLACE_OUTPUT,
        [DW_DISC_REJECTING] = DW_PLACE_REJECT};
    struct dw_clock clock = dw_clock_system();
    if (goes[state] == DW_PLACE_NONE || d->may_count == 2000)
        return;
    d->may[d->may_count++] = (struct authorisation){
        .disc = disc, .wall_us = dw_clock_wall_us(&clock), .to = goes[state]};
}

/* It is noted, or about a state that the disc has no more. */
static void forget_answer(struct daemon *d, int64_t disc)
{
    for (size_t i = json_array_size(d->placed); i-- > 0;) {
        if (dw_json_int(json_array_get(d->placed, i), "disc", 0) == disc)
            json_array_remove(d->placed, i);
    }
}

static void take_event(struct daemon *d, const json_t *head)
{
    struct dw_error err = {0};
    struct row *row = row_of(d, dw_json_int(head, "disc", 0));
    int event = dw_disc_event_from_name(dw_json_text(head, "event"));
    CHECK(row != NULL && event >= 0);
    if (!row || event < 0)
        return;
    dw_text_cut(d->last_event, sizeof d->last_event, dw_json_text(head, "event"));
    if (event == DW_DISC_EV_BURNED || event == DW_DISC_EV_VERIFIED)
        d->reading[event == DW_DISC_EV_VERIFIED] = dw_reading_read(json_object_get(head, "reading"));
    if (d->silent)
        return;
    dw_status st = d->refuse;
    if (st == DW_OK) {
        enum dw_disc_state from = row->state;
        st = dw_disc_next(row->state, (enum dw_disc_event)event, &row->state, &err);
        CHECK_OK(st, err);
        forget_answer(d, row->disc);
        if (row->state == DW_DISC_UNKNOWN)
            row->before = from;
        if (st == DW_OK)
            allow(d, row->disc, row->state);
        row->drive = (int)dw_json_int(head, "drive", 0);
        if (row->state == DW_DISC_DELIVERED)
            dw_text_cut(row->image, sizeof row->image, dw_json_text(head, "image"));
        dw_text_cut(row->text, sizeof row->text, dw_json_text(head, "text"));
        dw_text_cut(row->fault, sizeof row->fault, dw_json_text(head, "fault"));
    } else {
        d->refused++;
    }
    send_message(d, json_pack("{s:s, s:I, s:s, s:s, s:s}", "type", "stored", "disc",
                              (json_int_t)row->disc, "event", dw_json_text(head, "event"), "status",
                              dw_status_name(st), "state", dw_disc_state_name(row->state)));
}

static void take_message(struct daemon *d, const struct dw_message *msg)
{
    if (strcmp(msg->type, "event") == 0) {
        take_event(d, msg->head);
    } else if (strcmp(msg->type, "fault") == 0) {
        d->faults++;
        dw_text_cut(d->fault, sizeof d->fault, dw_json_text(msg->head, "key"));
        dw_text_cut(d->sentence, sizeof d->sentence, dw_json_text(msg->head, "sentence"));
    } else if (strcmp(msg->type, "cleared") == 0) {
        d->cleared++;
        if (strcmp(d->fault, dw_json_text(msg->head, "key")) == 0)
            d->fault[0] = 0;
    } else if (strcmp(msg->type, "hello") == 0) {
        d->hellos++;
        size_t i;
        const json_t *disc;
        json_array_foreach (json_object_get(msg->head, "placed"), i, disc)
            forget_answer(d, json_integer_value(disc));
    } else if (strcmp(msg->type, "progress") == 0) {
        d->progress++;
        if (strcmp(dw_json_text(msg->head, "stage"), "burning") == 0) {
            json_decref(d->burning);
            d->burning = json_incref(msg->head);
        }
    } else if (strcmp(msg->type, "status") == 0) {
        json_decref(d->status);
        d->status = json_incref(msg->head);
    }
}

/* One message, or false after so long. */
static bool pump(struct daemon *d, int wait_ms)
{
    struct dw_error err = {0};
    struct dw_message msg;
    if (dw_channel_receive(d->robot.channel, wait_ms, &msg, &err) != DW_OK)
        return false;
    take_message(d, &msg);
    dw_message_done(&msg);
    return true;
}

static void daemon_start(struct daemon *d)
{
    struct dw_error err = {0};
    char program[128];
    snprintf(program, sizeof program, "%s/discwright-robot", d->folder);
    const char *const argv[] = {program, "test", NULL};
    CHECK_OK(dw_child_start(NULL, argv, &d->robot, &err), err);
    send_message(d, json_pack("{s:s, s:s, s:s, s:s, s:i, s:O, s:O}", "type", "config", "name", "test",
                              "driver", "sim", "state_dir", d->dir, "drives", 2, "options",
                              d->options, "placed", d->placed));
    int before = d->hellos;
    while (d->hellos == before && pump(d, PATIENCE_MS))
        ;
    CHECK_INT(d->hellos, before + 1);
    d->fault[0] = 0;
    for (int i = 0; i < d->count; i++) {
        if (!dw_disc_is_final(d->row[i].state))
            send_row(d, &d->row[i]);
    }
}

static void daemon_kill(struct daemon *d)
{
    kill(d->robot.pid, SIGKILL);
    dw_child_done(&d->robot);
    for (int i = 0; i < d->count; i++) {
        enum dw_disc_state after = dw_disc_after_restart(d->row[i].state);
        if (after == DW_DISC_UNKNOWN && d->row[i].state != DW_DISC_UNKNOWN)
            d->row[i].before = d->row[i].state;
        if (after != d->row[i].state && after == DW_DISC_REJECTING)
            allow(d, d->row[i].disc, after);
        if (after != d->row[i].state)
            forget_answer(d, d->row[i].disc);
        d->row[i].state = after;
    }
}

/* A person says where a disc is while the program is not running: the row follows at once. */
static dw_status answer_alone(struct daemon *d, struct row *row, const char *at)
{
    enum dw_disc_event event;
    enum dw_disc_state to;
    struct dw_error err = {0};
    int drive = 0;
    dw_status st = dw_disc_answer(row->before, at, &event, &drive, &err);
    if (st == DW_OK)
        st = dw_disc_next(row->state, event, &to, &err);
    if (st != DW_OK)
        return st;
    row->state = to;
    row->drive = drive ? drive : row->drive;
    allow(d, row->disc, to);
    json_array_append_new(d->placed, json_pack("{s:I, s:s}", "disc", (json_int_t)row->disc, "at", at));
    return DW_OK;
}

static bool wait_for_state(struct daemon *d, const struct row *row, enum dw_disc_state state)
{
    while (row->state != state && pump(d, PATIENCE_MS))
        ;
    CHECK_STR(dw_disc_state_name(row->state), dw_disc_state_name(state));
    return row->state == state;
}

static bool wait_for_fault(struct daemon *d, const char *key)
{
    while (strcmp(d->fault, key) != 0 && pump(d, PATIENCE_MS))
        ;
    CHECK_STR(d->fault, key);
    return strcmp(d->fault, key) == 0;
}

static void say(struct daemon *d, const char *type, const char *key, const char *value)
{
    send_message(d, json_pack("{s:s, s:s}", "type", type, key, value));
}

/* --- the machine as somebody sees who opens the lid --- */

struct machine {
    int64_t arm, drive[2], printer, floor, second;
    int output, reject, discs;
    bool doubled; /* a disc in two places */
};

static int64_t serial_in(const json_t *world, const char *key)
{
    return dw_json_int(json_object_get(world, key), "serial", 0);
}

static struct machine look_inside(struct daemon *d)
{
    char path[192];
    struct machine m = {0};
    int64_t seen[600];
    snprintf(path, sizeof path, "%s/sim.json", d->dir);
    json_t *world = json_load_file(path, 0, NULL);
    CHECK(world != NULL);
    int64_t places[] = {m.arm = serial_in(world, "arm"), m.second = serial_in(world, "second"),
                        m.floor = serial_in(world, "floor"),
                        m.printer = serial_in(world, "in_printer")};
    for (size_t i = 0; i < DW_ARRAY_LEN(places); i++) {
        if (places[i])
            seen[m.discs++] = places[i];
    }
    for (int i = 0; i < 2; i++) {
        const json_t *drive = json_array_get(json_object_get(world, "drives"), (size_t)i);
        if ((m.drive[i] = dw_json_int(drive, "serial", 0)))
            seen[m.discs++] = m.drive[i];
    }
    const json_t *output = json_object_get(world, "output"),
                 *reject = json_object_get(world, "reject");
    m.output = (int)json_array_size(output);
    m.reject = (int)json_array_size(reject);
    for (int i = 0; i < m.output && m.discs < 600; i++)
        seen[m.discs++] = dw_json_int(json_array_get(output, (size_t)i), "serial", 0);
    for (int i = 0; i < m.reject && m.discs < 600; i++)
        seen[m.discs++] = dw_json_int(json_array_get(reject, (size_t)i), "serial", 0);
    for (int i = 0; i < m.discs; i++) {
        for (int j = 0; j < i; j++)
            m.doubled |= seen[i] == seen[j];
    }
    json_decref(world);
    return m;
}

/* --- tests --- */

#define FAST "{\"time_scale\": 0, \"bins\": \"cd,dvd\", \"initial_discs\": 20}"

static void a_disc_is_burned_verified_printed_and_delivered(void)
{
    struct daemon d;
    struct stat info;
    daemon_init(&d, FAST);
    struct row *row = daemon_order(&d, 1, "good");
    daemon_start(&d);
    if (wait_for_state(&d, row, DW_DISC_DELIVERED)) {
        CHECK_HAS(row->image, "/output/disc-1.iso");
        CHECK_INT(stat(row->image, &info), 0);
        CHECK_INT(info.st_size, BURN_BYTES);
        CHECK(d.progress > 0);
        CHECK_INT(dw_json_int(d.burning, "done", 0), BURN_BYTES);
        CHECK_INT(dw_json_int(d.burning, "speed_kbps", 0), 7040);
        CHECK_INT(dw_json_int(d.burning, "speed_1x_kbps", 0), 176);
        CHECK_INT(dw_json_int(d.burning, "buffer_percent", 0), 97);
        CHECK_INT(dw_json_int(d.burning, "left_s", 0), 65);
        CHECK_INT(d.reading[0].ms, 0); /* burned, and not read yet */
        CHECK_INT(d.reading[1].bytes, BURN_BYTES);
        CHECK_INT(d.reading[1].ms, 250);
        CHECK_INT(d.reading[1].retries, 2);
        CHECK_INT(d.reading[1].slow, 1);
        struct machine m = look_inside(&d);
        CHECK_INT(m.output, 1);
        CHECK_INT(m.arm, 0);
    }
    CHECK(d.status != NULL);
    daemon_done(&d);
}

static void two_drives_work_on_many_discs(void)
{
    struct daemon d;
    daemon_init(&d, FAST);
    for (int i = 0; i < 12; i++)
        daemon_order(&d, i + 1, "good");
    daemon_start(&d);
    for (int i = 0; i < 12; i++)
        wait_for_state(&d, &d.row[i], DW_DISC_DELIVERED);
    CHECK_INT(look_inside(&d).output, 12);
    daemon_done(&d);
}

static void an_urgent_disc_is_loaded_before_older_ones(void)
{
    struct daemon d;
    daemon_init(&d, FAST);
    for (int i = 0; i < 4; i++)
        daemon_order(&d, i + 1, "good")->priority = i == 3 ? 3 : 1;
    daemon_start(&d);
    wait_for_state(&d, &d.row[3], DW_DISC_LOADING);
    /* The first may have been on its way already, when nobody knew of the urgent one. */
    CHECK_INT(d.row[1].state, DW_DISC_RESERVED);
    CHECK_INT(d.row[2].state, DW_DISC_RESERVED);
    for (int i = 0; i < 4; i++)
        wait_for_state(&d, &d.row[i], DW_DISC_DELIVERED);
    daemon_done(&d);
}

static void nothing_moves_before_the_event_is_stored(void)
{
    struct daemon d;
    daemon_init(&d, FAST);
    daemon_order(&d, 1, "good");
    d.silent = true;
    daemon_start(&d);
    while (strcmp(d.last_event, "load") != 0 && pump(&d, PATIENCE_MS))
        ;
    CHECK_STR(d.last_event, "load");
    /* A question in between shows that the robot is alive and has done nothing else. */
    say(&d, "refill", "bin", "bin 2");
    while (pump(&d, 300))
        ;
    CHECK_STR(d.last_event, "load");
    CHECK_INT(look_inside(&d).discs, 0);
    daemon_done(&d);
}

static void a_refused_event_moves_nothing_and_asks(void)
{
    struct daemon d;
    daemon_init(&d, FAST);
    daemon_order(&d, 1, "good");
    d.refuse = DW_ERR_CONFLICT;
    daemon_start(&d);
    wait_for_fault(&d, "out_of_step:1");
    CHECK_INT(look_inside(&d).discs, 0);
    daemon_done(&d);
}

static void a_bad_disc_is_rejected_without_a_label(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"faults\": \"corrupt@1, drive_fail@1:10\"}");
    struct row *first = daemon_order(&d, 1, "good"), *second;
    daemon_start(&d);
    wait_for_state(&d, first, DW_DISC_REJECTED);
    CHECK_HAS(first->text, "write error at block 10");
    send_row(&d, second = daemon_order(&d, 2, "good")); /* again in drive 1, which is free now */
    wait_for_state(&d, second, DW_DISC_REJECTED);
    CHECK_HAS(second->text, "verify: block");
    struct machine m = look_inside(&d);
    CHECK_INT(m.reject, 2);
    CHECK_INT(m.output, 0);
    char label[200];
    snprintf(label, sizeof label, "%s/reject/disc-1.png", d.dir);
    CHECK(access(label, F_OK) != 0);
    daemon_done(&d);
}

static void a_disc_of_another_patient_never_reaches_the_printer(void)
{
    struct daemon d;
    daemon_init(&d, FAST);
    struct row *row = daemon_order(&d, 1, "good");
    row->expect = "other-patient";
    daemon_start(&d);
    wait_for_state(&d, row, DW_DISC_REJECTED);
    CHECK_HAS(row->text, "identity");
    daemon_done(&d);
}

static void a_worker_that_dies_costs_one_disc(void)
{
    struct daemon d;
    daemon_init(&d, FAST);
    struct row *bad = daemon_order(&d, 1, "crash"), *good = daemon_order(&d, 2, "good");
    daemon_start(&d);
    wait_for_state(&d, bad, DW_DISC_REJECTED);
    CHECK_HAS(bad->text, "burn ended by signal 6");
    wait_for_state(&d, good, DW_DISC_DELIVERED);
    daemon_done(&d);
}

static void a_cancelled_burn_leaves_through_the_reject_bin(void)
{
    struct daemon d;
    daemon_init(&d, FAST);
    struct row *row = daemon_order(&d, 1, "slow");
    daemon_start(&d);
    wait_for_state(&d, row, DW_DISC_BURNING);
    send_message(&d, json_pack("{s:s, s:i}", "type", "cancel", "disc", 1));
    wait_for_state(&d, row, DW_DISC_REJECTED);
    daemon_done(&d);
}

static void a_waiting_disc_is_cancelled_without_plastic(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"initial_discs\": 0}");
    struct row *row = daemon_order(&d, 1, "good");
    daemon_start(&d);
    wait_for_fault(&d, "bin_empty:cd");
    send_message(&d, json_pack("{s:s, s:i}", "type", "cancel", "disc", 1));
    wait_for_state(&d, row, DW_DISC_ABANDONED);
    CHECK_INT(look_inside(&d).discs, 0);
    daemon_done(&d);
}

static void an_empty_bin_holds_and_a_refilled_one_goes_on(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"initial_discs\": 1}");
    struct row *first = daemon_order(&d, 1, "good"), *second = daemon_order(&d, 2, "good");
    daemon_start(&d);
    wait_for_state(&d, first, DW_DISC_DELIVERED);
    wait_for_fault(&d, "bin_empty:cd");
    CHECK_INT(second->state, DW_DISC_RESERVED);
    /* Acknowledging alone fills nothing. */
    say(&d, "acknowledge", "key", "bin_empty:cd");
    wait_for_fault(&d, "bin_empty:cd");
    send_message(&d, json_pack("{s:s, s:s, s:i, s:s}", "type", "refill", "bin", "bin 1", "discs", 5,
                               "media", "cd"));
    wait_for_state(&d, second, DW_DISC_DELIVERED);
    CHECK_STR(d.fault, "");
    daemon_done(&d);
}

/* A person who was told "DVD" on label and page must not hold another kind of disc. */
static void a_larger_blank_of_the_family_is_not_taken_for_the_one_that_was_ordered(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"bins\": \"dvd-dl,bd\"}");
    struct row *row = daemon_order(&d, 1, "good");
    row->media = "dvd";
    daemon_start(&d);
    wait_for_fault(&d, "bin_missing:dvd");
    CHECK_INT(row->state, DW_DISC_RESERVED);
    send_message(&d, json_pack("{s:s, s:s, s:i, s:s}", "type", "refill", "bin", "bin 2", "discs", 5,
                               "media", "dvd-5"));
    wait_for_state(&d, row, DW_DISC_DELIVERED);
    CHECK_STR(d.fault, "");
    daemon_done(&d);
}

static void a_printer_without_ink_holds_the_disc_and_prints_it_later(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"faults\": \"ink_out@1\"}");
    struct row *row = daemon_order(&d, 1, "good");
    daemon_start(&d);
    wait_for_fault(&d, "ink_out");
    CHECK_INT(row->state, DW_DISC_PRINTING);
    say(&d, "acknowledge", "key", "ink_out");
    wait_for_state(&d, row, DW_DISC_DELIVERED);
    CHECK_INT(look_inside(&d).reject, 0);
    daemon_done(&d);
}

static void a_disc_without_a_readable_label_costs_no_plastic_and_holds_nobody_up(void)
{
    struct daemon d;
    char label[128];
    struct dw_error err = {0};
    daemon_init(&d, FAST);
    struct row *row = daemon_order(&d, 1, "good"), *next;
    snprintf(label, sizeof label, "%s/label.png", d.folder);
    for (int empty = 0; empty < 2; empty++) {
        CHECK_INT(unlink(label), 0);
        if (empty)
            CHECK_OK(dw_file_save(NULL, label, "", 0, &err), err);
        if (empty)
            send_row(&d, row = daemon_order(&d, 3, "good"));
        else
            daemon_start(&d);
        wait_for_state(&d, row, DW_DISC_ABANDONED);
        CHECK_STR(row->fault, "label_missing");
        CHECK_HAS(row->text, "label");
        CHECK_OK(dw_file_save(NULL, label, "PNG", 3, &err), err);
        send_row(&d, next = daemon_order(&d, 2, "good"));
        wait_for_state(&d, next, DW_DISC_DELIVERED);
    }
    CHECK_INT(look_inside(&d).discs, 2);
    daemon_done(&d);
}

/* The daemon's rows come from an older backup: they know nothing of the disc that was on the arm.
 */
static void a_lost_disc_that_no_row_knows_ends_with_an_acknowledgement(void)
{
    for (int known = 0; known < 2; known++) {
        struct daemon d;
        daemon_init(&d, "{\"time_scale\": 0, \"faults\": \"jam@1\"}");
        struct row *row = daemon_order(&d, 1, "good");
        daemon_start(&d);
        wait_for_fault(&d, "arm_jam:1");
        daemon_kill(&d);
        *row = (struct row){.disc = known ? 1 : 2,
                            .volume = 1,
                            .state = DW_DISC_RESERVED,
                            .before = DW_DISC_UNKNOWN,
                            .tree = "good",
                            .expect = ""};
        d.silent = true; /* the fault is raised before the orders arrive */
        daemon_start(&d);
        while (pump(&d, 300))
            ;
        d.silent = false;
        CHECK_INT(row->state, DW_DISC_RESERVED);
        say(&d, "acknowledge", "key", "position_unknown:1");
        wait_for_state(&d, row, DW_DISC_DELIVERED);
        CHECK_INT(look_inside(&d).arm, 0);
        daemon_done(&d);
    }
}

/* Its person said "gone" while the robot's program was not running, and left it where it was. The
 * other discs of the robot are verified soon; then nothing happens that could remind anybody. */
static void a_disc_left_in_the_printer_is_reported_although_nothing_else_happens(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"faults\": \"carriage_jam@1\"}");
    struct row *row = daemon_order(&d, 1, "good"), *next;
    daemon_start(&d);
    wait_for_fault(&d, "carriage_jam");
    daemon_kill(&d);
    row->state = DW_DISC_ABANDONED;
    next = daemon_order(&d, 2, "good");
    daemon_start(&d);
    wait_for_fault(&d, "foreign_disc:printer");
    CHECK_INT(next->state, DW_DISC_VERIFYING);
    say(&d, "acknowledge", "key", "foreign_disc:printer");
    wait_for_state(&d, next, DW_DISC_DELIVERED);
    daemon_done(&d);
}

static void a_missed_pick_is_tried_again_by_itself(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"faults\": \"missed_pick@1, missed_pick@2\"}");
    struct row *row = daemon_order(&d, 1, "good");
    daemon_start(&d);
    wait_for_state(&d, row, DW_DISC_DELIVERED);
    CHECK_INT(d.faults, 0);
    daemon_done(&d);
}

static void after_too_many_missed_picks_somebody_is_called_and_no_disc_is_lost(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"pick_retries\": 0, \"faults\": \"missed_pick@1\"}");
    struct row *row = daemon_order(&d, 1, "good");
    daemon_start(&d);
    wait_for_fault(&d, "pick_failed");
    wait_for_state(&d, row, DW_DISC_RESERVED);
    say(&d, "acknowledge", "key", "pick_failed");
    wait_for_state(&d, row, DW_DISC_DELIVERED);
    daemon_done(&d);
}

/* Motion 3 carries the first disc from the printer to the output bin. */
static void in_doubt_nothing_moves_until_a_person_answers(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"drives\": 2, \"faults\": \"jam@1\"}");
    struct row *first = daemon_order(&d, 1, "good"), *second = daemon_order(&d, 2, "good");
    daemon_start(&d);
    wait_for_fault(&d, "arm_jam:1");
    CHECK_INT(first->state, DW_DISC_UNKNOWN);
    while (pump(&d, 300))
        ;
    CHECK_INT(second->state, DW_DISC_RESERVED);
    /* It was only being loaded: it cannot count as delivered. */
    send_message(&d, json_pack("{s:s, s:i, s:s}", "type", "place", "disc", 1, "at", "output"));
    while (!strstr(d.sentence, "cannot count") && pump(&d, PATIENCE_MS))
        ;
    CHECK_HAS(d.sentence, "cannot count");
    send_message(&d, json_pack("{s:s, s:i, s:s}", "type", "place", "disc", 1, "at", "drive 1"));
    wait_for_state(&d, first, DW_DISC_REJECTED);
    wait_for_state(&d, second, DW_DISC_DELIVERED);
    struct machine m = look_inside(&d);
    CHECK_INT(m.reject, 1);
    CHECK_INT(m.output, 1);
    daemon_done(&d);
}

static void every_fault_of_the_arm_ends_with_one_answer(void)
{
    static const struct {
        const char *plan, *key, *at;
        enum dw_disc_state end;
    } cases[] = {
        {"jam@3", "arm_jam:1", "output", DW_DISC_DELIVERED},
        {"jam@2", "arm_jam:1", "drive 2",
         DW_DISC_DELIVERED}, /* verified: read again, then printed */
        {"dropped@3", "disc_dropped:1", "gone", DW_DISC_ABANDONED},
        {"tray_stuck@1", "tray_stuck:1", "reject", DW_DISC_REJECTED},
        {"double_pick@1", "double_pick:1", "gone", DW_DISC_ABANDONED},
        {"silence@2", "no_answer:1", "drive 1", DW_DISC_DELIVERED},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct daemon d;
        char options[128];
        snprintf(options, sizeof options, "{\"time_scale\": 0, \"faults\": \"%s\"}", cases[i].plan);
        daemon_init(&d, options);
        struct row *row = daemon_order(&d, 1, "good");
        daemon_start(&d);
        wait_for_fault(&d, cases[i].key);
        CHECK_INT(row->state, DW_DISC_UNKNOWN);
        send_message(&d,
                     json_pack("{s:s, s:i, s:s}", "type", "place", "disc", 1, "at", cases[i].at));
        wait_for_state(&d, row, cases[i].end);
        struct machine m = look_inside(&d);
        CHECK(!m.doubled);
        CHECK_INT(m.arm + m.second + m.floor, 0);
        CHECK_INT(m.output, cases[i].end == DW_DISC_DELIVERED);
        CHECK_INT(m.reject, cases[i].end == DW_DISC_REJECTED);
        /* and the robot works on */
        struct row *next = daemon_order(&d, 2, "good");
        send_row(&d, next);
        wait_for_state(&d, next, DW_DISC_DELIVERED);
        daemon_done(&d);
    }
}

static void what_was_answered_while_the_program_was_down_is_asked_no_more(void)
{
    static const struct {
        const char *plan, *at;
        enum dw_disc_state end;
        int output, reject;
    } cases[] = {
        {"jam@3", "output", DW_DISC_DELIVERED, 2, 0},
        {"jam@2", "drive 2", DW_DISC_DELIVERED, 2, 0}, /* read again there, then printed */
        {"jam@1", "drive 1", DW_DISC_REJECTED, 1, 1},
        {"dropped@3", "gone", DW_DISC_ABANDONED, 1, 0},
        {"jam@2", "reject", DW_DISC_REJECTED, 1, 1},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct daemon d;
        char options[128];
        snprintf(options, sizeof options, "{\"time_scale\": 0, \"faults\": \"%s\"}", cases[i].plan);
        daemon_init(&d, options);
        struct row *row = daemon_order(&d, 1, "good"), *next;
        daemon_start(&d);
        wait_for_state(&d, row, DW_DISC_UNKNOWN);
        daemon_kill(&d);
        CHECK_INT(answer_alone(&d, row, cases[i].at), DW_OK);
        next = daemon_order(&d, 2, "good");
        int faults = d.faults;
        daemon_start(&d);
        CHECK_INT(json_array_size(d.placed), 0);
        wait_for_state(&d, row, cases[i].end);
        wait_for_state(&d, next, DW_DISC_DELIVERED);
        CHECK_INT(d.faults, faults);
        struct machine m = look_inside(&d);
        CHECK(!m.doubled);
        CHECK_INT(m.arm + m.second + m.floor + m.printer + m.drive[0] + m.drive[1], 0);
        CHECK_INT(m.output, cases[i].output);
        CHECK_INT(m.reject, cases[i].reject);
        daemon_done(&d);
    }
}

/* It died before it could say that it has noted them; meanwhile a person took the disc out of the bin. */
static void an_answer_that_is_told_twice_moves_nothing(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"faults\": \"jam@3\"}");
    struct row *row = daemon_order(&d, 1, "good"), *next;
    daemon_start(&d);
    wait_for_state(&d, row, DW_DISC_UNKNOWN);
    for (int i = 0; i < 2; i++) {
        daemon_kill(&d);
        if (i == 0)
            CHECK_INT(answer_alone(&d, row, "output"), DW_OK);
        else
            json_array_append_new(d.placed, json_pack("{s:i, s:s}", "disc", 1, "at", "output"));
        daemon_start(&d);
        CHECK_INT(json_array_size(d.placed), 0);
    }
    next = daemon_order(&d, 2, "good");
    send_row(&d, next);
    wait_for_state(&d, next, DW_DISC_DELIVERED);
    CHECK_INT(look_inside(&d).output, 2);
    daemon_done(&d);
}

static void full_bins_hold_until_somebody_empties_them(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 0, \"output_capacity\": 1, \"reject_capacity\": 1}");
    struct row *a = daemon_order(&d, 1, "good"), *b = daemon_order(&d, 2, "good");
    struct row *c = daemon_order(&d, 3, "crash"), *e = daemon_order(&d, 4, "crash");
    daemon_start(&d);
    struct row *rows[] = {a, b, c, e};
    for (;;) {
        int open = 0;
        for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++)
            open += !dw_disc_is_final(rows[i]->state);
        if (!open)
            break;
        if (strcmp(d.fault, "output_full") == 0 || strcmp(d.fault, "reject_full") == 0) {
            say(&d, "acknowledge", "key", "output_full"); /* both may be full at the same time */
            say(&d, "acknowledge", "key", "reject_full");
            d.fault[0] = 0;
        }
        if (!pump(&d, PATIENCE_MS))
            break;
    }
    CHECK_INT(b->state, DW_DISC_DELIVERED);
    CHECK_INT(e->state, DW_DISC_REJECTED);
    CHECK(d.faults >= 2);
    daemon_done(&d);
}

static void however_often_somebody_says_that_a_bin_was_emptied_the_arm_does_its_own_work(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 1}");
    struct row *row = daemon_order(&d, 1, "good");
    daemon_start(&d);
    while (!dw_disc_is_final(row->state) && row->state != DW_DISC_UNKNOWN) {
        for (int i = 0; i < 40; i++)
            say(&d, "refill", "bin", "output");
        if (!pump(&d, PATIENCE_MS))
            break;
    }
    CHECK_INT(row->state, DW_DISC_DELIVERED);
    daemon_done(&d);
}

static void a_half_burned_disc_is_rejected_after_a_restart(void)
{
    struct daemon d;
    daemon_init(&d, FAST);
    struct row *row = daemon_order(&d, 1, "slow");
    daemon_start(&d);
    wait_for_state(&d, row, DW_DISC_BURNING);
    daemon_kill(&d);
    CHECK_INT(row->state, DW_DISC_REJECTING);
    daemon_start(&d);
    wait_for_state(&d, row, DW_DISC_REJECTED);
    CHECK_INT(look_inside(&d).reject, 1);
    daemon_done(&d);
}

static void when_the_daemon_goes_the_robot_ends_by_itself(void)
{
    struct daemon d;
    daemon_init(&d, "{\"time_scale\": 1000}"); /* a motion of 80 seconds is under way */
    daemon_order(&d, 1, "good");
    daemon_start(&d);
    wait_for_state(&d, &d.row[0], DW_DISC_LOADING);
    dw_channel_free(d.robot.channel);
    d.robot.channel = NULL;
    struct pollfd end = {.fd = d.robot.pidfd, .events = POLLIN};
    CHECK_INT(poll(&end, 1, PATIENCE_MS), 1);
    char how[40] = "";
    CHECK(dw_child_reap(&d.robot, how, sizeof how));
    CHECK_STR(how, "exit 0");
    daemon_done(&d);
}

/* --- killed at any moment --- */

/* A motion without a stored event before it, or one event used for two motions. */
static void check_journal(struct daemon *d)
{
    char path[192], *line, *rest;
    struct dw_error err = {0};
    struct dw_buf text = {0};
    snprintf(path, sizeof path, "%s/journal", d->dir);
    CHECK_OK(dw_file_read_all(path, 64 << 20, &text, &err), err);
    int motions = 0;
    for (rest = text.data; rest && *rest;) {
        line = rest;
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = 0;
        char *fields[5] = {line};
        for (int i = 1; i < 5; i++) {
            fields[i] = fields[i - 1] ? strchr(fields[i - 1], '\t') : NULL;
            if (fields[i])
                *fields[i]++ = 0;
        }
        struct dw_place to;
        int64_t when, disc;
        if (!fields[4] || strcmp(fields[1], "begin") != 0 || !dw_place_from_name(fields[4], &to) ||
            !dw_text_int(fields[0], 0, INT64_MAX, &when) ||
            !dw_text_int(fields[2], 0, INT64_MAX, &disc))
            continue;
        motions++;
        bool allowed = false;
        for (int i = 0; i < d->may_count && !allowed; i++) {
            struct authorisation *may = &d->may[i];
            if (may->disc == disc && may->to == to.kind && may->wall_us <= when && !may->used)
                allowed = may->used = true;
        }
        CHECK(allowed);
    }
    CHECK(motions > 0);
    dw_buf_done(&text);
}

/* What somebody says who opened the lid. Sometimes the disc is simply thrown away. */
static const char *answer_for(struct daemon *d, const struct row *row, const struct machine *m,
                              uint8_t dice)
{
    int delivered = 0;
    for (int i = 0; i < d->count; i++)
        delivered += d->row[i].state == DW_DISC_DELIVERED;
    if (row->before == DW_DISC_DELIVERING && m->output > delivered)
        return strstr(d->sentence, "cannot count") ? "gone" : "output";
    if (row->before == DW_DISC_PRINTING && m->drive[0] && !m->drive[1] && dice % 2)
        return "drive 1";
    return dice % 3 == 0 ? "reject" : "gone";
}

static void answer_all(struct daemon *d, const struct dw_random *random)
{
    for (int i = 0; i < d->count; i++) {
        struct row *row = &d->row[i];
        if (row->state != DW_DISC_UNKNOWN || !strstr(d->fault, ":"))
            continue;
        char *end = strchr(d->fault, ':') + 1;
        int64_t disc;
        if (!dw_text_int(end, 1, INT64_MAX, &disc) || disc != row->disc)
            continue;
        uint8_t dice;
        struct machine m = look_inside(d);
        dw_random_fill(random, &dice, 1);
        const char *at = answer_for(d, row, &m, dice);
        d->fault[0] = 0;
        send_message(d, json_pack("{s:s, s:I, s:s}", "type", "place", "disc", (json_int_t)row->disc,
                                  "at", at));
    }
}

/* Sometimes the person is quicker than the program that was killed. */
static void answer_some(struct daemon *d, const struct dw_random *random)
{
    for (int i = 0; i < d->count; i++) {
        uint8_t dice[2];
        dw_random_fill(random, dice, sizeof dice);
        if (d->row[i].state != DW_DISC_UNKNOWN || dice[0] % 2)
            continue;
        struct machine m = look_inside(d);
        d->sentence[0] = 0;
        CHECK_INT(answer_alone(d, &d->row[i], answer_for(d, &d->row[i], &m, dice[1])), DW_OK);
    }
}

/* Every volume that has no delivered disc and none under way gets another one. */
static int order_what_is_missing(struct daemon *d, int volumes)
{
    int delivered = 0;
    for (int v = 1; v <= volumes; v++) {
        int done = 0, open = 0;
        for (int i = 0; i < d->count; i++) {
            done += d->row[i].volume == v && d->row[i].state == DW_DISC_DELIVERED;
            open += d->row[i].volume == v && !dw_disc_is_final(d->row[i].state);
        }
        CHECK(done <= 1);
        delivered += done;
        if (!done && !open && d->count < 399)
            send_row(d, daemon_order(d, v, "good"));
    }
    return delivered;
}

static int64_t now_ms(void)
{
    struct dw_clock clock = dw_clock_system();
    return dw_clock_mono_us(&clock) / 1000;
}

static void killed_at_any_moment_no_disc_is_in_two_places_or_delivered_twice(void)
{
    enum { VOLUMES = 14, KILLS = 40 };
    static struct daemon d;
    struct dw_random_fixed seed = {.seed = {7}};
    struct dw_random random = dw_random_from_fixed(&seed);
    daemon_init(&d, "{\"time_scale\": 100, \"arm_ms\": 16, \"tray_ms\": 4, \"print_ms\": 10, "
                    "\"initial_discs\": 190, \"bin_capacity\": 200, \"output_capacity\": 200, "
                    "\"reject_capacity\": 200}");
    daemon_start(&d);
    int kills = 0, delivered = 0;
    int64_t give_up = now_ms() + 90000;
    while (delivered < VOLUMES && now_ms() < give_up) {
        uint8_t dice[2];
        dw_random_fill(&random, dice, sizeof dice);
        int64_t until = now_ms() + (kills < KILLS ? 5 + dice[0] % 200 : 1000);
        while (now_ms() < until && delivered < VOLUMES) {
            delivered = order_what_is_missing(&d, VOLUMES);
            pump(&d, 5);
            answer_all(&d, &random);
        }
        if (kills >= KILLS)
            continue;
        daemon_kill(&d);
        kills++;
        CHECK(!look_inside(&d).doubled);
        answer_some(&d, &random);
        daemon_start(&d);
    }
    while (pump(&d, 300))
        ;
    CHECK_INT(delivered, VOLUMES);
    CHECK(kills >= 30);
    struct machine m = look_inside(&d);
    CHECK(!m.doubled);
    CHECK_INT(m.output, VOLUMES);
    CHECK_INT(m.arm + m.floor + m.printer + m.drive[0] + m.drive[1],
              0); /* nothing was left behind */
    check_journal(&d);
    fprintf(stderr, "%d kills, %d discs for %d volumes, %d faults\n", kills, d.count, VOLUMES,
            d.faults);
    daemon_done(&d);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(a_disc_is_burned_verified_printed_and_delivered),
        TEST(two_drives_work_on_many_discs),
        TEST(an_urgent_disc_is_loaded_before_older_ones),
        TEST(nothing_moves_before_the_event_is_stored),
        TEST(a_refused_event_moves_nothing_and_asks),
        TEST(a_bad_disc_is_rejected_without_a_label),
        TEST(a_disc_of_another_patient_never_reaches_the_printer),
        TEST(a_worker_that_dies_costs_one_disc),
        TEST(a_cancelled_burn_leaves_through_the_reject_bin),
        TEST(a_waiting_disc_is_cancelled_without_plastic),
        TEST(an_empty_bin_holds_and_a_refilled_one_goes_on),
        TEST(a_larger_blank_of_the_family_is_not_taken_for_the_one_that_was_ordered),
        TEST(a_printer_without_ink_holds_the_disc_and_prints_it_later),
        TEST(a_disc_without_a_readable_label_costs_no_plastic_and_holds_nobody_up),
        TEST(a_lost_disc_that_no_row_knows_ends_with_an_acknowledgement),
        TEST(a_disc_left_in_the_printer_is_reported_although_nothing_else_happens),
        TEST(a_missed_pick_is_tried_again_by_itself),
        TEST(after_too_many_missed_picks_somebody_is_called_and_no_disc_is_lost),
        TEST(in_doubt_nothing_moves_until_a_person_answers),
        TEST(every_fault_of_the_arm_ends_with_one_answer),
        TEST(what_was_answered_while_the_program_was_down_is_asked_no_more),
        TEST(an_answer_that_is_told_twice_moves_nothing),
        TEST(full_bins_hold_until_somebody_empties_them),
        TEST(however_often_somebody_says_that_a_bin_was_emptied_the_arm_does_its_own_work),
        TEST(a_half_burned_disc_is_rejected_after_a_restart),
        TEST(when_the_daemon_goes_the_robot_ends_by_itself),
        TEST(killed_at_any_moment_no_disc_is_in_two_places_or_delivered_twice),
    };
    if (dw_text_ends_with(argv[0], "discwright-work"))
        return play_worker();
    return test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
}
