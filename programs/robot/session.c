#include "session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "robot/cups.h"
#include "robot/manual.h"
#include "robot/sim.h"
#include "robot/station.h"

#define CONFIG_WAIT_MS 30000

struct session {
    struct dw_session_opts opts;
    struct dw_robot_options options;
    char state_dir[DW_PATH_MAX / 2];
    int stop_fd; /**< readable: the arm must not wait any more */
    dw_sim *sim;
    dw_person *person;
    dw_manual *manual;
    dw_cups *cups;
    dw_stock *stock;
    dw_journal *journal;
    dw_mover *mover;
    dw_arm *arm;
    dw_station *station;
    dw_status status; /**< of the channel: the first failure ends the session */
    struct dw_error err;
};

/* --- towards the daemon --- */

static void post(struct session *s, json_t *head)
{
    if (s->status != DW_OK) {
        json_decref(head);
        return;
    }
    if (!head)
        s->status = dw_error_set(&s->err, DW_ERR_INTERNAL, "out of memory");
    else
        s->status = dw_channel_post(s->opts.channel, head, NULL, 0, NULL, 0, &s->err);
}

static void on_request(void *ctx, const struct dw_disc_request *request)
{
    post(ctx, dw_publisher_request(request));
}

static void on_progress(void *ctx, int64_t disc, const struct dw_progress *progress)
{
    post(ctx, dw_publisher_progress(disc, progress));
}

static void on_fault(void *ctx, const struct dw_fault_report *report)
{
    post(ctx, dw_publisher_fault(report));
}

static void on_cleared(void *ctx, const char *key)
{
    post(ctx, dw_publisher_cleared(key));
}

static void on_status(void *ctx, json_t *status)
{
    post(ctx, status);
}

/* --- from the daemon --- */

static dw_status take_disc(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    return dw_station_order(s->station, msg->head, err);
}

static dw_status take_stored(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    int event = dw_disc_event_from_name(dw_json_text(msg->head, "event"));
    if (event < 0)
        return dw_error_set(err, DW_ERR_INVALID, "stored: unknown event");
    dw_station_stored(s->station, dw_json_int(msg->head, "disc", 0), (enum dw_disc_event)event,
                      dw_status_from_name(dw_json_text(msg->head, "status")),
                      dw_json_text(msg->head, "state"));
    return DW_OK;
}

static dw_status take_acknowledge(struct session *s, const struct dw_message *msg,
                                  struct dw_error *err)
{
    dw_station_acknowledge(s->station, dw_json_text(msg->head, "key"));
    return DW_OK;
}

static dw_status take_cancel(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    dw_station_cancel(s->station, dw_json_int(msg->head, "disc", 0));
    return DW_OK;
}

static dw_status take_place(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    dw_station_place(s->station, dw_json_int(msg->head, "disc", 0), dw_json_text(msg->head, "at"));
    return DW_OK;
}

static dw_status take_refill(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    int64_t discs = dw_json_int(msg->head, "discs", -1);
    if (discs < -1 || discs > DW_BIN_DISCS_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "a bin holds at most %d discs", DW_BIN_DISCS_MAX);
    return dw_station_refill(s->station, dw_json_text(msg->head, "bin"), (int)discs,
                             dw_json_text(msg->head, "media"),
                             json_string_value(json_object_get(msg->head, "stock")), err);
}

static dw_status take_step(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    return dw_station_step_answer(s->station, dw_json_int(msg->head, "n", 0),
                                  dw_json_text(msg->head, "answer"), err);
}

static dw_status take_health(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    const json_t *drive;
    size_t i;
    json_array_foreach (json_object_get(msg->head, "drives"), i, drive) {
        int64_t bad = dw_json_int(drive, "bad_in_a_row", 0);
        dw_station_drive_health(s->station, (int)dw_json_int(drive, "n", 0),
                                (int)(bad > 0 && bad < INT32_MAX ? bad : 0),
                                dw_json_text(drive, "out"));
    }
    int64_t rejected = dw_json_int(msg->head, "rejected_in_a_row", 0);
    dw_station_rejected(s->station, (int)(rejected > 0 && rejected < INT32_MAX ? rejected : 0));
    return DW_OK;
}

static dw_status take_inject(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    return dw_station_inject(s->station, dw_json_text(msg->head, "faults"), err);
}

static const struct handler {
    const char *type;
    dw_status (*take)(struct session *s, const struct dw_message *msg, struct dw_error *err);
} handlers[] = {{"disc", take_disc},     {"stored", take_stored}, {"acknowledge", take_acknowledge},
                {"cancel", take_cancel}, {"place", take_place},   {"refill", take_refill},
                {"inject", take_inject}, {"step", take_step},     {"health", take_health}};

static void dispatch(struct session *s, const struct dw_message *msg)
{
    struct dw_error err = {0};
    dw_status st = DW_ERR_UNSUPPORTED;
    for (size_t i = 0; i < DW_ARRAY_LEN(handlers); i++) {
        if (strcmp(handlers[i].type, msg->type) == 0)
            st = handlers[i].take(s, msg, &err);
    }
    /* The daemon checked what people typed; what is wrong here is a bug of one of us, not an event.
     */
    if (st != DW_OK)
        dw_log_write(s->opts.log, DW_LOG_DEBUG, "message refused type=%.20s status=%s", msg->type,
                     dw_status_name(st));
}

/* --- setting up --- */

/* Motions of the simulator last; the end of the session does not wait for them. */
static bool sim_wait(void *ctx, int64_t us)
{
    struct session *s = ctx;
    int64_t end = dw_clock_mono_us(&s->opts.clock) + us;
    for (;;) {
        struct pollfd fd = {.fd = s->stop_fd, .events = POLLIN};
        int64_t left = end - dw_clock_mono_us(&s->opts.clock);
        if (left <= 0)
            return true;
        if (poll(&fd, 1, (int)(left / 1000 + 1)) > 0)
            return false;
    }
}

static dw_status read_config(struct session *s, struct dw_error *err)
{
    struct dw_message msg;
    dw_status st = dw_channel_receive(s->opts.channel, CONFIG_WAIT_MS, &msg, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "wait for the configuration");
    if (strcmp(msg.type, "config") != 0)
        st = dw_error_set(err, DW_ERR_INVALID, "the first message is '%.20s', not 'config'",
                          msg.type);
    else if (!dw_text_copy(s->state_dir, sizeof s->state_dir,
                           dw_json_text(msg.head, "state_dir")) ||
             !s->state_dir[0])
        st = dw_error_set(err, DW_ERR_INVALID, "config: state_dir is missing or too long");
    else
        st = dw_robot_options_from_json(json_object_get(msg.head, "options"), &s->options, err);
    if (st == DW_OK && json_object_get(msg.head, "drives"))
        s->options.drives = dw_json_int(msg.head, "drives", 0);
    if (st == DW_OK && (s->options.drives < 1 || s->options.drives > DW_ROBOT_DRIVES_MAX))
        st = dw_error_set(err, DW_ERR_INVALID, "config: a robot has 1 to %d drives",
                          DW_ROBOT_DRIVES_MAX);
    const char *driver = dw_json_text(msg.head, "driver");
    if (st == DW_OK && *driver &&
        !dw_text_copy(s->options.driver, sizeof s->options.driver, driver))
        st = dw_error_set(err, DW_ERR_INVALID, "config: the driver's name is too long");
    dw_message_done(&msg);
    return st;
}

static dw_status open_sim(struct session *s, dw_link **out, struct dw_error *err)
{
    struct dw_sim_opts sim = {
        .state_dir = s->state_dir,
        .options = &s->options,
        .clock = s->opts.clock,
        .waiter = {.wait = sim_wait, .ctx = s},
    };
    dw_status st = dw_sim_open(&sim, &s->sim, err);
    if (st == DW_OK)
        *out = dw_sim_link(s->sim);
    return st;
}

static dw_status open_manual(struct session *s, dw_link **out, struct dw_error *err)
{
    struct dw_robot_devices devices;
    dw_status st = dw_person_new(&s->person, err);
    struct dw_manual_opts manual = {
        .state_dir = s->state_dir, .options = &s->options, .person = s->person};
    if (st == DW_OK)
        st = dw_manual_open(&manual, &s->manual, err);
    if (st == DW_OK)
        st = dw_robot_devices_read(s->options.device, &devices, err);
    if (st != DW_OK)
        return st;
    s->options.drives = devices.count;
    *out = dw_manual_link(s->manual);
    return DW_OK;
}

/* What stands at the other end of a driver's link. */
static dw_status open_link(struct session *s, dw_link **out, struct dw_error *err)
{
    static const struct {
        const char *driver;
        dw_status (*open)(struct session *s, dw_link **out, struct dw_error *err);
    } openers[] = {{"sim", open_sim}, {"manual", open_manual}};
    for (size_t i = 0; i < DW_ARRAY_LEN(openers); i++) {
        if (strcmp(openers[i].driver, s->options.driver) == 0)
            return openers[i].open(s, out, err);
    }
    return dw_error_set(err, DW_ERR_UNSUPPORTED, "nothing is known of the device of driver '%.30s'",
                        s->options.driver);
}

static unsigned caps_of(const struct session *s)
{
    unsigned caps = dw_mover_caps(s->mover);
    return s->manual && dw_manual_is_simulated(s->manual) ? caps | DW_IS_SIMULATED : caps;
}

/* Of drive 1, 2 ...: where one of them can be looked into without us. A simulator's are inside of it. */
static json_t *devices_of(const struct session *s)
{
    struct dw_robot_devices devices = {.count = 0};
    json_t *list = json_array();
    if (!s->manual || dw_robot_devices_read(s->options.device, &devices, NULL) != DW_OK)
        return list;
    for (int i = 0; i < devices.count; i++)
        json_array_append_new(list, json_string(devices.address[i]));
    return list;
}

static void say_hello(struct session *s, const char *driver, const struct dw_sensors *sensors)
{
    json_t *hello = dw_publisher_hello(driver, caps_of(s), sensors);
    json_object_set_new(hello, "devices", devices_of(s));
    post(s, hello);
}

static dw_status open_robot(struct session *s, struct dw_error *err)
{
    const struct dw_mover_driver *driver = dw_mover_driver_find(s->options.driver);
    struct dw_sensors sensors;
    char path[DW_PATH_MAX];
    dw_link *link = NULL;
    if (!driver)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "there is no robot driver '%.30s'",
                            s->options.driver);
    dw_status st = dw_file_make_dirs(s->state_dir, err);
    if (st == DW_OK)
        st = open_link(s, &link, err);
    if (st == DW_OK && !dw_text_format(path, sizeof path, "%s/journal", s->state_dir))
        st = dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    if (st == DW_OK)
        st = dw_journal_open(path, NULL, &s->opts.clock, &s->journal, err);
    if (st != DW_OK)
        return st;
    st = dw_stock_open(s->state_dir, &s->options, &s->stock, err);
    if (st == DW_OK && strcmp(s->options.printer, "cups") == 0)
        st = dw_cups_open(&s->options, &s->cups, err);
    if (st != DW_OK)
        return st;
    struct dw_mover_opts opts = {.drives = (int)s->options.drives,
                                 .bins = DW_ROBOT_BINS_MAX,
                                 .pick_retries = (int)s->options.pick_retries,
                                 .journal = s->journal,
                                 .printer = s->cups ? dw_cups_printer(s->cups) : NULL};
    st = dw_mover_new(driver, link, &opts, &s->mover, err);
    if (st == DW_OK)
        st = dw_mover_sense(s->mover, &sensors, err);
    if (st == DW_OK)
        st = dw_publisher_accept(caps_of(s), &s->options, err);
    if (st != DW_OK)
        return st;
    say_hello(s, driver->name, &sensors);
    st = dw_arm_new(s->mover, NULL, &s->arm, err);
    struct dw_station_opts station = {
        .options = &s->options,
        .mover = s->mover,
        .arm = s->arm,
        .person = s->person,
        .stock = s->stock,
        .journal = s->journal,
        .sensors = sensors,
        .clock = s->opts.clock,
        .log = s->opts.log,
        .listener = {on_request, on_progress, on_fault, on_cleared, on_status, s},
    };
    return st == DW_OK ? dw_station_new(&station, &s->station, err) : st;
}

static void close_robot(struct session *s)
{
    uint64_t one = 1;
    ssize_t n = write(s->stop_fd, &one, sizeof one); /* cannot fail: the counter is new */
    (void)n;
    if (s->person)
        dw_person_close(s->person);
    dw_station_free(s->station);
    dw_arm_free(s->arm);
    dw_mover_free(s->mover);
    dw_journal_close(s->journal);
    dw_sim_close(s->sim);
    dw_manual_close(s->manual);
    dw_cups_close(s->cups);
    dw_stock_close(s->stock);
    dw_person_free(s->person);
}

/* --- the loop --- */

static void take_messages(struct session *s)
{
    while (s->status == DW_OK) {
        struct dw_message msg;
        struct dw_error err = {0};
        dw_status st = dw_channel_receive(s->opts.channel, 0, &msg, &err);
        if (st == DW_ERR_TIMEOUT)
            return;
        if (st == DW_ERR_CORRUPT)
            continue;
        if (st != DW_OK) {
            s->status = st;
            s->err = err;
            return;
        }
        dispatch(s, &msg);
        dw_message_done(&msg);
    }
}

static void loop(struct session *s)
{
    struct pollfd fds[DW_STATION_FDS_MAX + 1];
    dw_station_step(s->station);
    while (s->status == DW_OK) {
        int timeout_ms, count = dw_station_poll(s->station, fds + 1, &timeout_ms);
        short out = dw_channel_pending(s->opts.channel) ? POLLOUT : 0;
        fds[0] =
            (struct pollfd){.fd = dw_channel_fd(s->opts.channel), .events = (short)(POLLIN | out)};
        if (poll(fds, (nfds_t)count + 1, timeout_ms) < 0 && errno != EINTR) {
            s->status = dw_error_set(&s->err, DW_ERR_INTERNAL, "poll: %s", strerror(errno));
            return;
        }
        if (dw_channel_pending(s->opts.channel))
            s->status = dw_channel_flush(s->opts.channel, &s->err);
        take_messages(s);
        if (s->status == DW_OK)
            dw_station_step(s->station);
    }
}

dw_status dw_session_run(const struct dw_session_opts *opts, struct dw_error *err)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    s->opts = *opts;
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    dw_status st = s->stop_fd < 0
                       ? dw_error_set(err, DW_ERR_INTERNAL, "eventfd: %s", strerror(errno))
                       : read_config(s, err);
    if (st == DW_OK)
        st = open_robot(s, err);
    if (st == DW_OK) {
        loop(s);
        st = s->status == DW_ERR_GONE ? DW_OK : dw_error_set(err, s->status, "%.190s", s->err.text);
    }
    close_robot(s);
    if (s->stop_fd >= 0)
        close(s->stop_fd);
    free(s);
    return st;
}
