/* A station with what it stands on: link, mover, arm, journal, and the printer beside it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "maker.h"
#include "robot/cups.h"
#include "robot/manual.h"
#include "robot/sim.h"
#include "robot/usb/nimbie.h"
#include "robot/usb/primera.h"

struct machine {
    struct maker_opts opts;
    int stop_fd; /**< readable: the arm must not wait any more */
    dw_sim *sim;
    dw_person *person;
    dw_bays *bays;
    dw_manual *manual;
    dw_usb_bus *bus;
    dw_nimbie *nimbie;
    dw_primera *primera;
    dw_cups *cups;
    dw_stock *stock;
    dw_journal *journal;
    dw_mover *mover;
    dw_arm *arm;
    dw_station *station;
};

/* Motions last; the end of the session does not wait for them. */
static bool let_pass(void *ctx, int64_t us)
{
    struct machine *m = ctx;
    int64_t end = dw_clock_mono_us(&m->opts.clock) + us;
    for (;;) {
        struct pollfd fd = {.fd = m->stop_fd, .events = POLLIN};
        int64_t left = end - dw_clock_mono_us(&m->opts.clock);
        if (left <= 0)
            return true;
        if (poll(&fd, 1, (int)(left / 1000 + 1)) > 0)
            return false;
    }
}

static dw_status open_sim(struct machine *m, dw_link **out, struct dw_error *err)
{
    struct dw_sim_opts sim = {
        .state_dir = m->opts.state_dir,
        .options = m->opts.options,
        .clock = m->opts.clock,
        .waiter = {.wait = let_pass, .ctx = m},
    };
    dw_status st = dw_sim_open(&sim, &m->sim, err);
    if (st == DW_OK)
        *out = dw_sim_link(m->sim);
    return st;
}

static dw_status open_manual(struct machine *m, dw_link **out, struct dw_error *err)
{
    dw_status st = dw_person_new(&m->person, err);
    struct dw_manual_opts manual = {.state_dir = m->opts.state_dir,
                                    .options = m->opts.options,
                                    .person = m->person,
                                    .bays = m->bays};
    if (st == DW_OK)
        st = dw_manual_open(&manual, &m->manual, err);
    if (st != DW_OK)
        return st;
    m->opts.options->drives = dw_bays_count(m->bays);
    *out = dw_manual_link(m->manual);
    return DW_OK;
}

static dw_status open_nimbie(struct machine *m, dw_link **out, struct dw_error *err)
{
    dw_status st = dw_usb_bus_open(&m->bus, err);
    struct dw_nimbie_opts nimbie = {.options = m->opts.options, .bus = m->bus, .bays = m->bays, .state_dir = m->opts.state_dir};
    if (st == DW_OK)
        st = dw_nimbie_open(&nimbie, &m->nimbie, err);
    if (st != DW_OK)
        return st;
    m->opts.options->drives = 1;
    *out = dw_nimbie_link(m->nimbie);
    return DW_OK;
}

static dw_status open_primera(struct machine *m, dw_link **out, struct dw_error *err)
{
    dw_status st = dw_usb_bus_open(&m->bus, err);
    if (st == DW_OK)
        st = dw_person_new(&m->person, err);
    struct dw_primera_opts primera = {.state_dir = m->opts.state_dir,
                                      .bus = m->bus,
                                      .options = m->opts.options,
                                      .person = m->person,
                                      .bays = m->bays,
                                      .waiter = {.wait = let_pass, .ctx = m}};
    if (st == DW_OK)
        st = dw_primera_open(&primera, &m->primera, err);
    if (st != DW_OK)
        return st;
    m->opts.options->drives = dw_primera_drive_count(m->primera);
    *out = dw_primera_link(m->primera);
    return DW_OK;
}

/* What stands at the other end of a driver's link. */
static dw_status open_link(struct machine *m, dw_link **out, struct dw_error *err)
{
    static const struct {
        const char *driver;
        dw_status (*open)(struct machine *m, dw_link **out, struct dw_error *err);
    } openers[] = {
        {"sim", open_sim}, {"manual", open_manual}, {"nimbie", open_nimbie}, {"primera", open_primera}};
    for (size_t i = 0; i < DW_ARRAY_LEN(openers); i++) {
        if (strcmp(openers[i].driver, m->opts.options->driver) == 0)
            return openers[i].open(m, out, err);
    }
    return dw_error_set(err, DW_ERR_UNSUPPORTED, "nothing is known of the device of driver '%.30s'",
                        m->opts.options->driver);
}

static unsigned caps_of(const struct machine *m)
{
    unsigned caps = dw_mover_caps(m->mover);
    return m->manual && dw_manual_is_simulated(m->manual) ? caps | DW_IS_SIMULATED : caps;
}

/* Of drive 1, 2 ...: where one of them can be looked into without us. A simulator's are inside of it. */
static json_t *devices_of(const struct machine *m)
{
    json_t *list = json_array();
    for (int n = 1; m->bays && n <= dw_bays_count(m->bays); n++) {
        struct dw_bay bay;
        dw_bays_get(m->bays, n, &bay);
        json_array_append_new(list, json_string(bay.device));
    }
    return list;
}

/* What people answered while we were not running, before anything is sensed or told of: to us the discs have lain there
 * since. What cannot be noted is in doubt as before, and told again at the next start. New reference: those noted. */
static json_t *note_answers(struct machine *m)
{
    json_t *noted = json_array();
    const json_t *answer;
    size_t i;
    json_array_foreach (m->opts.placed, i, answer) {
        struct dw_place at;
        struct dw_error err = {0};
        int64_t disc = dw_json_int(answer, "disc", 0);
        if (disc < 1 || !dw_place_from_name(dw_json_text(answer, "at"), &at) ||
            (at.kind == DW_PLACE_DRIVE && at.number > m->opts.options->drives))
            continue; /* no such place here: its row says so, and it is asked for anew */
        if (dw_mover_answered(m->mover, disc, at, &err) == DW_OK)
            json_array_append_new(noted, json_integer(disc));
        else
            dw_log_write(m->opts.log, DW_LOG_DEBUG, "answer not noted disc=%lld: %s", (long long)disc, err.text);
    }
    return noted;
}

/* Which drives of this machine are the robot's: said before anything else, so that no other robot uses one of them. */
static dw_status find_drives(struct machine *m, struct dw_error *err)
{
    struct dw_robot_devices devices;
    const struct dw_publisher_listener *listener = &m->opts.listener;
    if (!dw_robot_has_devices(m->opts.options->driver))
        return DW_OK;
    dw_status st = dw_robot_devices_of(m->opts.options, &devices, err);
    if (st == DW_OK)
        st = dw_bays_new("", &devices, &m->bays, err);
    if (st == DW_OK)
        listener->drives(listener->ctx, dw_bays_tell(m->bays));
    return st;
}

static void say_hello(struct machine *m, const char *driver, struct dw_sensors *sensors, json_t *noted)
{
    if (m->bays)
        dw_bays_name_drives(m->bays, sensors);
    json_t *hello = dw_publisher_hello(driver, caps_of(m), sensors);
    json_object_set_new(hello, "devices", devices_of(m));
    json_object_set(hello, "placed", noted);
    m->opts.hello(m->opts.listener.ctx, hello);
}

static dw_status open_robot(struct machine *m, struct dw_error *err)
{
    const struct dw_mover_driver *driver = dw_mover_driver_find(m->opts.options->driver);
    struct dw_sensors sensors = {.drives = 0};
    char path[DW_PATH_MAX];
    dw_link *link = NULL;
    if (!driver)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "there is no robot driver '%.30s'",
                            m->opts.options->driver);
    dw_status st = find_drives(m, err);
    if (st == DW_OK)
        st = open_link(m, &link, err);
    if (st == DW_OK && !dw_text_format(path, sizeof path, "%s/journal", m->opts.state_dir))
        st = dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    if (st == DW_OK)
        st = dw_journal_open(path, NULL, &m->opts.clock, &m->journal, err);
    if (st != DW_OK)
        return st;
    st = dw_stock_open(m->opts.state_dir, m->opts.options, &m->stock, err);
    if (st == DW_OK && strcmp(m->opts.options->printer, "cups") == 0)
        st = dw_cups_open(m->opts.options, m->opts.state_dir, &m->cups, err);
    if (st != DW_OK)
        return st;
    struct dw_mover_opts opts = {.drives = (int)m->opts.options->drives,
                                 .bins = DW_ROBOT_BINS_MAX,
                                 .pick_retries = (int)m->opts.options->pick_retries,
                                 .journal = m->journal,
                                 .printer = m->cups ? dw_cups_printer(m->cups) : NULL};
    st = dw_mover_new(driver, link, &opts, &m->mover, err);
    json_t *noted = st == DW_OK ? note_answers(m) : NULL;
    if (st == DW_OK)
        st = dw_mover_sense(m->mover, &sensors, err);
    bool away = st == DW_ERR_GONE && sensors.drives > 0; /* switched off: it is waited for, and its discs rest */
    if (away)
        st = DW_OK;
    if (st == DW_OK)
        st = dw_publisher_accept(caps_of(m), m->opts.options, err);
    if (st == DW_OK)
        say_hello(m, driver->name, &sensors, noted);
    json_decref(noted);
    if (st != DW_OK)
        return st;
    st = dw_arm_new(m->mover, NULL, &m->arm, err);
    struct dw_station_opts station = {
        .options = m->opts.options,
        .mover = m->mover,
        .arm = m->arm,
        .person = m->person,
        .bays = m->bays,
        .stock = m->stock,
        .journal = m->journal,
        .sensors = sensors,
        .clock = m->opts.clock,
        .log = m->opts.log,
        .listener = m->opts.listener,
    };
    if (st == DW_OK)
        st = dw_station_new(&station, &m->station, err);
    if (st == DW_OK && away)
        dw_station_look(m->station);
    return st;
}

static void machine_free(void *self)
{
    struct machine *m = self;
    uint64_t one = 1;
    ssize_t n = write(m->stop_fd, &one, sizeof one); /* cannot fail: the counter is new */
    (void)n;
    if (m->person)
        dw_person_close(m->person);
    dw_station_free(m->station);
    dw_arm_free(m->arm);
    dw_mover_free(m->mover);
    dw_journal_close(m->journal);
    dw_sim_close(m->sim);
    dw_manual_close(m->manual);
    dw_primera_close(m->primera);
    dw_nimbie_close(m->nimbie);
    dw_usb_bus_close(m->bus);
    dw_bays_free(m->bays);
    dw_cups_close(m->cups);
    dw_stock_close(m->stock);
    dw_person_free(m->person);
    close(m->stop_fd);
    free(m);
}

static dw_status make(const struct maker_opts *opts, void **self, struct dw_error *err)
{
    struct machine *m = calloc(1, sizeof *m);
    if (!m)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    m->opts = *opts;
    m->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->stop_fd < 0) {
        free(m);
        return dw_error_set(err, DW_ERR_INTERNAL, "eventfd: %s", strerror(errno));
    }
    *self = m;
    return open_robot(m, err);
}

/* --- its words --- */

static dw_station *station_of(const void *self)
{
    return ((const struct machine *)self)->station;
}

static dw_status on_order(void *self, json_t *head, struct dw_error *err)
{
    return dw_station_order(station_of(self), head, err);
}

static void on_stored(void *self, int64_t disc, enum dw_disc_event event, dw_status status, const char *state)
{
    dw_station_stored(station_of(self), disc, event, status, state);
}

static void on_acknowledge(void *self, const char *key)
{
    dw_station_acknowledge(station_of(self), key);
}

static void on_cancel(void *self, int64_t disc)
{
    dw_station_cancel(station_of(self), disc);
}

static void on_place(void *self, int64_t disc, const char *at)
{
    dw_station_place(station_of(self), disc, at);
}

static dw_status on_refill(void *self, const char *bin, int discs, const char *media, const char *stock,
                           struct dw_error *err)
{
    return dw_station_refill(station_of(self), bin, discs, media, stock, err);
}

static dw_status on_step_answer(void *self, int64_t n, const char *answer, struct dw_error *err)
{
    return dw_station_step_answer(station_of(self), n, answer, err);
}

static void on_drive_health(void *self, int drive, int bad_in_a_row, const char *out)
{
    dw_station_drive_health(station_of(self), drive, bad_in_a_row, out);
}

static void on_rejected(void *self, int in_a_row)
{
    dw_station_rejected(station_of(self), in_a_row);
}

static dw_status on_inject(void *self, const char *faults, struct dw_error *err)
{
    return dw_station_inject(station_of(self), faults, err);
}

static dw_status on_devices(void *self, const char *device, struct dw_error *err)
{
    return dw_station_devices(station_of(self), device, err);
}

static dw_status on_tray(void *self, const char *device, struct dw_error *err)
{
    return dw_station_tray(station_of(self), device, err);
}

static int on_poll(const void *self, struct pollfd fds[PUBLISHER_FDS_MAX], int *timeout_ms)
{
    const struct machine *m = self;
    int count = dw_station_poll(m->station, fds, timeout_ms);
    if (m->bus && dw_usb_bus_fd(m->bus) >= 0)
        fds[count++] = (struct pollfd){.fd = dw_usb_bus_fd(m->bus), .events = POLLIN};
    return count;
}

static void on_step(void *self)
{
    struct machine *m = self;
    if (m->bus && dw_usb_bus_heard(m->bus))
        dw_station_look(m->station);
    dw_station_step(m->station);
}

static const struct publisher_words words = {
    .order = on_order,
    .stored = on_stored,
    .acknowledge = on_acknowledge,
    .cancel = on_cancel,
    .place = on_place,
    .refill = on_refill,
    .step_answer = on_step_answer,
    .drive_health = on_drive_health,
    .rejected = on_rejected,
    .inject = on_inject,
    .devices = on_devices,
    .tray = on_tray,
    .poll = on_poll,
    .step = on_step,
    .free = machine_free,
};

const struct maker maker_station = {&words, make};
