#include "session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "maker.h"

#define CONFIG_WAIT_MS 30000

struct session {
    struct dw_session_opts opts;
    struct dw_robot_options options;
    char state_dir[DW_PATH_MAX / 2];
    json_t *placed; /**< of `config` */
    const struct publisher_words *words;
    void *publisher; /**< the words' self; NULL: none yet */
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

static void on_drives(void *ctx, json_t *drives)
{
    post(ctx, drives);
}

static void on_status(void *ctx, json_t *status)
{
    post(ctx, status);
}

/* --- from the daemon --- */

static dw_status take_disc(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    return s->words->order(s->publisher, msg->head, err);
}

static dw_status take_stored(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    int event = dw_disc_event_from_name(dw_json_text(msg->head, "event"));
    if (event < 0)
        return dw_error_set(err, DW_ERR_INVALID, "stored: unknown event");
    s->words->stored(s->publisher, dw_json_int(msg->head, "disc", 0), (enum dw_disc_event)event,
                     dw_status_from_name(dw_json_text(msg->head, "status")),
                     dw_json_text(msg->head, "state"));
    return DW_OK;
}

static dw_status take_acknowledge(struct session *s, const struct dw_message *msg,
                                  struct dw_error *err)
{
    s->words->acknowledge(s->publisher, dw_json_text(msg->head, "key"));
    return DW_OK;
}

static dw_status take_cancel(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    s->words->cancel(s->publisher, dw_json_int(msg->head, "disc", 0));
    return DW_OK;
}

static dw_status take_place(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    s->words->place(s->publisher, dw_json_int(msg->head, "disc", 0), dw_json_text(msg->head, "at"));
    return DW_OK;
}

static dw_status take_refill(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    int64_t discs = dw_json_int(msg->head, "discs", -1);
    if (discs < -1 || discs > DW_BIN_DISCS_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "a bin holds at most %d discs", DW_BIN_DISCS_MAX);
    return s->words->refill(s->publisher, dw_json_text(msg->head, "bin"), (int)discs,
                             dw_json_text(msg->head, "media"),
                             json_string_value(json_object_get(msg->head, "stock")), err);
}

static dw_status take_step(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    return s->words->step_answer(s->publisher, dw_json_int(msg->head, "n", 0),
                                  dw_json_text(msg->head, "answer"), err);
}

static dw_status take_health(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    const json_t *drive;
    size_t i;
    json_array_foreach (json_object_get(msg->head, "drives"), i, drive) {
        int64_t bad = dw_json_int(drive, "bad_in_a_row", 0);
        s->words->drive_health(s->publisher, (int)dw_json_int(drive, "n", 0),
                                (int)(bad > 0 && bad < INT32_MAX ? bad : 0),
                                dw_json_text(drive, "out"));
    }
    int64_t rejected = dw_json_int(msg->head, "rejected_in_a_row", 0);
    s->words->rejected(s->publisher, (int)(rejected > 0 && rejected < INT32_MAX ? rejected : 0));
    return DW_OK;
}

static dw_status take_inject(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    return s->words->inject(s->publisher, dw_json_text(msg->head, "faults"), err);
}

static dw_status take_devices(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    if (!s->words->devices)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the drives of this robot are another machine's");
    return s->words->devices(s->publisher, dw_json_text(msg->head, "device"), err);
}

static dw_status take_tray(struct session *s, const struct dw_message *msg, struct dw_error *err)
{
    if (!s->words->tray)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "the drives of this robot are another machine's");
    return s->words->tray(s->publisher, dw_json_text(msg->head, "device"), err);
}

static const struct handler {
    const char *type;
    dw_status (*take)(struct session *s, const struct dw_message *msg, struct dw_error *err);
} handlers[] = {{"disc", take_disc},     {"stored", take_stored}, {"acknowledge", take_acknowledge},
                {"cancel", take_cancel}, {"place", take_place},   {"refill", take_refill},
                {"inject", take_inject}, {"step", take_step},     {"health", take_health},
                {"devices", take_devices}, {"tray", take_tray}};

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
    s->placed = json_incref(json_object_get(msg.head, "placed"));
    dw_message_done(&msg);
    return st;
}

static void say_hello(void *ctx, json_t *hello)
{
    post(ctx, hello);
}

static dw_status open_publisher(struct session *s, struct dw_error *err)
{
    const struct maker *maker = strcmp(s->options.driver, "ptburn") == 0 ? &maker_ptburn : &maker_station;
    const struct maker_opts opts = {
        .options = &s->options,
        .state_dir = s->state_dir,
        .placed = s->placed,
        .clock = s->opts.clock,
        .log = s->opts.log,
        .listener = {on_request, on_progress, on_fault, on_cleared, on_status, s, on_drives},
        .hello = say_hello,
    };
    dw_status st = dw_file_make_dirs(s->state_dir, err);
    s->words = maker->words;
    return st == DW_OK ? maker->make(&opts, &s->publisher, err) : st;
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
    struct pollfd fds[PUBLISHER_FDS_MAX + 1];
    s->words->step(s->publisher);
    while (s->status == DW_OK) {
        int timeout_ms, count = s->words->poll(s->publisher, fds + 1, &timeout_ms);
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
            s->words->step(s->publisher);
    }
}

dw_status dw_session_run(const struct dw_session_opts *opts, struct dw_error *err)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    s->opts = *opts;
    dw_status st = read_config(s, err);
    if (st == DW_OK)
        st = open_publisher(s, err);
    if (st == DW_OK) {
        loop(s);
        st = s->status == DW_ERR_GONE ? DW_OK : dw_error_set(err, s->status, "%.190s", s->err.text);
    }
    if (s->publisher)
        s->words->free(s->publisher);
    json_decref(s->placed);
    free(s);
    return st;
}
