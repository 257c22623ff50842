#include "daemon/jobs/robots.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/jobs/disc.h"
#include "daemon/jobs/health.h"
#include "daemon/jobs/robot_orders.h"
#include "daemon/jobs/robot_store.h"
#include "robot/faults.h"

struct robot {
    dw_robots *robots;
    const struct dw_config_robot *config;
    dw_kid *kid;
    bool greeted; /* its `hello` came: it may be told of discs */
    json_t *hello, *status, *faults; /* faults: {key: fault} */
    unsigned failures;
    uint64_t restart_timer;
    json_t *told; /* {"7": true}: live discs it knows */
    char why[200]; /* its program ended with this sentence, and did not come back since; "": none */
};
struct dw_robots {
    const struct dw_core *core;
    dw_robots_disc_fn *on_disc;
    void *ctx;
    struct robot robots[DW_CONFIG_ROBOTS_MAX];
    size_t count;
    json_t *progress; /* {"7": {"stage", "done", "total"}} */
    uint64_t kick_timer;
};

dw_status dw_robots_new(const struct dw_core *core, dw_robots_disc_fn *on_disc, void *ctx,
                        dw_robots **out, struct dw_error *err)
{
    dw_robots *robots = calloc(1, sizeof *robots);
    if (!robots || !(robots->progress = json_object())) {
        free(robots);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    robots->core = core;
    robots->on_disc = on_disc;
    robots->ctx = ctx;
    robots->count = core->config->robot_count;
    for (size_t i = 0; i < robots->count; i++)
        robots->robots[i] =
            (struct robot){.robots = robots, .config = &core->config->robots[i]};
    *out = robots;
    return DW_OK;
}

static void forget(struct robot *robot)
{
    json_decref(robot->hello);
    json_decref(robot->status);
    json_decref(robot->faults);
    json_decref(robot->told);
    robot->hello = robot->status = robot->faults = robot->told = NULL;
    robot->greeted = false;
}

void dw_robots_free(dw_robots *robots)
{
    if (!robots)
        return;
    for (size_t i = 0; i < robots->count; i++) {
        dw_loop_cancel(robots->core->loop, robots->robots[i].restart_timer);
        forget(&robots->robots[i]);
    }
    dw_loop_cancel(robots->core->loop, robots->kick_timer);
    json_decref(robots->progress);
    free(robots);
}

static void failed(const struct robot *robot, const char *what, const struct dw_error *err)
{
    dw_log_write(&robot->robots->core->log, DW_LOG_ERROR, "robot=%s %s: %s", robot->config->name,
                 what, err->text);
}

static dw_status post(struct robot *robot, json_t *head, const char *what)
{
    struct dw_error err = {0};
    if (!robot->kid) {
        json_decref(head);
        return DW_ERR_GONE;
    }
    dw_status st = dw_kid_post(robot->kid, head, &err);
    if (st != DW_OK)
        failed(robot, what, &err);
    return st;
}

static void send(struct robot *robot, json_t *head, const char *what)
{
    dw_status st = post(robot, head, what);
    (void)st; /* logged; what was not told is told again when the robot starts anew */
}

/* A person's cancellation outlives the program that was told of it, and the daemon. */
static dw_status repeat_cancel(struct robot *robot, int64_t disc, struct dw_error *err)
{
    int64_t asked = 0;
    dw_status st = dw_sql_int(robot->robots->core->sql, 0, &asked, err,
                              "SELECT cancel_asked FROM job WHERE id ="
                              " (SELECT job FROM disc WHERE id = ?)",
                              "i", disc);
    if (st == DW_OK && asked)
        send(robot, json_pack("{s:s, s:I}", "type", "cancel", "disc", (json_int_t)disc),
             "cancel a disc");
    return st;
}

static void disc_key(int64_t disc, char out[24])
{
    if (!dw_text_format(out, 24, "%lld", (long long)disc))
        out[0] = '\0';
}

#define TOLD_AT_ONCE 500 /* the channel's queue has room for more */

static dw_status send_disc(struct robot *robot, int64_t disc, struct dw_error *err)
{
    json_t *order = NULL;
    char key[24];
    dw_status st = dw_robot_order_new(robot->robots->core, disc, &order, err);
    if (st == DW_OK && post(robot, order, "order a disc") != DW_OK)
        return dw_error_set(err, DW_ERR_BUSY, "disc %lld could not be sent", (long long)disc);
    if (st != DW_OK)
        return st;
    disc_key(disc, key);
    json_object_set_new(robot->told, key, json_true());
    return repeat_cancel(robot, disc, err);
}

/* Tell it of the live discs it has not heard of, the most urgent first, as far as it should keep in mind. */
static dw_status send_discs(struct robot *robot, struct dw_error *err)
{
    int64_t ids[TOLD_AT_ONCE];
    size_t count = 0;
    if (!robot->told)
        robot->told = json_object();
    dw_status st = dw_robot_orders_next(robot->robots->core, robot->config->name, robot->told, ids,
                                        TOLD_AT_ONCE, &count, err);
    for (size_t i = 0; i < count && st == DW_OK; i++)
        st = send_disc(robot, ids[i], err);
    return st;
}

#define SEND_AGAIN_MS 1000

static void kick_now(void *ctx)
{
    dw_robots *robots = ctx;
    robots->kick_timer = 0;
    for (size_t i = 0; i < robots->count; i++) {
        struct dw_error err = {0};
        if (!robots->robots[i].greeted || send_discs(&robots->robots[i], &err) == DW_OK)
            continue;
        failed(&robots->robots[i], "order discs", &err);
        if (robots->kick_timer == 0) /* nothing is dropped: it is in its row */
            robots->kick_timer = dw_loop_after(robots->core->loop, SEND_AGAIN_MS, kick_now, robots);
    }
}

void dw_robots_kick(dw_robots *robots)
{
    /* Later: the caller may be inside the transaction that makes the rows. */
    if (robots->kick_timer == 0)
        robots->kick_timer = dw_loop_after(robots->core->loop, 0, kick_now, robots);
}

static void on_event(struct robot *robot, const json_t *event)
{
    const struct dw_core *core = robot->robots->core;
    struct dw_error err = {0};
    struct dw_disc_row disc = {0};
    enum dw_disc_state state = DW_DISC_UNKNOWN;
    int64_t id = dw_json_int(event, "disc", 0);
    char key[24];

    dw_status st = dw_disc_row_load(core, id, &disc, &err);
    if (st == DW_OK && strcmp(disc.robot, robot->config->name) != 0)
        st = dw_error_set(&err, DW_ERR_DENIED, "disc %lld is another robot's", (long long)id);
    if (st == DW_OK)
        state = disc.state;
    if (st == DW_OK)
        st = dw_robot_store_event(core, robot->config->name, event, robot->robots->on_disc,
                                  robot->robots->ctx, &state, &err);
    if (st != DW_OK)
        failed(robot, "a transition was not stored", &err);
    disc_key(id, key);
    if (st == DW_OK && dw_disc_is_final(state)) {
        json_object_del(robot->robots->progress, key);
        json_object_del(robot->told, key);
    }
    json_t *stored = dw_json_from_error("stored", st, &err);
    json_object_set_new(stored, "disc", json_integer(id));
    json_object_set_new(stored, "event", json_string(dw_json_text(event, "event")));
    json_object_set_new(stored, "state",
                        json_string(dw_disc_state_name(st == DW_OK ? state : disc.state)));
    send(robot, stored, "say that it is stored");
    if (st == DW_OK && dw_disc_is_final(state))
        dw_robots_kick(robot->robots);
    dw_core_changed(core);
}

static void on_fault(struct robot *robot, const json_t *head, bool raised)
{
    const struct dw_core *core = robot->robots->core;
    const char *key = dw_json_text(head, "key");
    struct dw_error err = {0};
    dw_status st;

    if (!robot->faults)
        robot->faults = json_object();
    if (raised) {
        json_t *copy = json_deep_copy(head);
        json_object_del(copy, "type");
        json_object_set_new(robot->faults, key, copy);
        st = dw_robot_store_fault(core, robot->config->name, head, &err);
    } else {
        json_object_del(robot->faults, key);
        st = dw_robot_clear_fault(core, robot->config->name, key, &err);
    }
    if (st != DW_OK)
        failed(robot, "a fault was not stored", &err);
}

/* Before the first disc: a drive that rests gets none. */
static void send_health(struct robot *robot)
{
    struct dw_error err = {0};
    json_t *health = NULL;
    if (dw_health_message(robot->robots->core, robot->config->name, robot->hello, &health, &err) == DW_OK)
        send(robot, health, "tell how its drives did");
    else
        failed(robot, "its drives' past is not known", &err);
}

static void on_hello(struct robot *robot, struct dw_message *msg)
{
    struct dw_error err = {0};
    json_decref(robot->hello);
    robot->hello = msg->head;
    msg->head = NULL;
    robot->greeted = true;
    dw_log_write(&robot->robots->core->log, DW_LOG_INFO, "robot=%s connected driver=%s",
                 robot->config->name, dw_json_text(robot->hello, "driver"));
    robot->why[0] = '\0';
    json_decref(robot->told);
    robot->told = NULL;
    send_health(robot);
    if (send_discs(robot, &err) != DW_OK)
        failed(robot, "order discs", &err);
}

static void on_progress(struct robot *robot, const json_t *head)
{
    char key[24];
    disc_key(dw_json_int(head, "disc", 0), key);
    json_object_set_new(robot->robots->progress, key,
                        json_pack("{s:s, s:I, s:I}", "stage", dw_json_text(head, "stage"), "done",
                                  (json_int_t)dw_json_int(head, "done", 0), "total",
                                  (json_int_t)dw_json_int(head, "total", 0)));
}

static void on_message(void *ctx, dw_kid *kid, struct dw_message *msg)
{
    struct robot *robot = ctx;
    struct dw_error err = {0};

    if (strcmp(msg->type, "hello") == 0) {
        on_hello(robot, msg);
    } else if (strcmp(msg->type, "status") == 0) {
        json_decref(robot->status);
        robot->status = msg->head;
        msg->head = NULL;
        robot->failures = 0;
    } else if (strcmp(msg->type, "event") == 0) {
        on_event(robot, msg->head);
    } else if (strcmp(msg->type, "progress") == 0) {
        on_progress(robot, msg->head);
    } else if (strcmp(msg->type, "fault") == 0 || strcmp(msg->type, "cleared") == 0) {
        on_fault(robot, msg->head, strcmp(msg->type, "fault") == 0);
    } else if (strcmp(msg->type, "result") == 0 && dw_json_to_error(msg->head, &err) != DW_OK) {
        failed(robot, "cannot work", &err);
        dw_text_cut(robot->why, sizeof robot->why, err.text);
    }
    dw_core_changed(robot->robots->core);
}

static void start(void *ctx);

static void start_later(struct robot *robot)
{
    int64_t wait_ms = dw_core_backoff_ms(++robot->failures);
    dw_log_write(&robot->robots->core->log, DW_LOG_WARNING, "robot=%s started again in %lld ms",
                 robot->config->name, (long long)wait_ms);
    robot->restart_timer = dw_loop_after(robot->robots->core->loop, wait_ms, start, robot);
}

static void on_end(void *ctx, dw_kid *kid, const char *how)
{
    struct robot *robot = ctx;
    struct dw_robots *robots = robot->robots;
    struct dw_error err = {0};

    robot->kid = NULL;
    forget(robot);
    json_object_clear(robots->progress);
    dw_log_write(&robots->core->log, DW_LOG_ERROR, "robot=%s its program ended (%s)",
                 robot->config->name, how);
    /* Where an arm was moving nobody knows any more: by the table, before it is started again. */
    if (dw_disc_restart(robots->core, robot->config->name, &err) != DW_OK)
        failed(robot, "its discs keep their states", &err);
    start_later(robot);
    dw_core_changed(robots->core);
}

static const struct dw_kid_events kid_events = {.on_message = on_message, .on_end = on_end};

static dw_status try_start(struct robot *robot, struct dw_error *err)
{
    const struct dw_core *core = robot->robots->core;
    const char *const argv[] = {"discwright-robot", robot->config->name, NULL};
    char dir[DW_PATH_MAX];

    dw_status st = dw_core_path(core, dir, sizeof dir, err, "robot/%s", robot->config->name);
    if (st == DW_OK)
        st = dw_file_make_dirs(dir, err);
    if (st == DW_OK)
        st = dw_robot_clear_faults(core, robot->config->name, err);
    if (st == DW_OK)
        st = dw_children_start(core->children, argv, 0, &kid_events, robot, &robot->kid, err);
    if (st != DW_OK)
        return st;
    send(robot,
         json_pack("{s:s, s:s, s:s, s:s, s:I, s:o}", "type", "config", "name", robot->config->name,
                   "driver", robot->config->options.driver, "state_dir", dir, "drives",
                   (json_int_t)robot->config->options.drives, "options",
                   dw_robot_options_to_json(&robot->config->options)),
         "configure");
    return DW_OK;
}

static void start(void *ctx)
{
    struct robot *robot = ctx;
    struct dw_error err = {0};
    robot->restart_timer = 0;
    if (try_start(robot, &err) != DW_OK) {
        failed(robot, "cannot be started", &err);
        start_later(robot);
    }
}

void dw_robots_start(dw_robots *robots)
{
    for (size_t i = 0; i < robots->count; i++)
        start(&robots->robots[i]);
}

static struct robot *find(dw_robots *robots, const char *name)
{
    for (size_t i = 0; i < robots->count; i++)
        if (strcmp(robots->robots[i].config->name, name) == 0)
            return &robots->robots[i];
    return NULL;
}

static dw_status find_running(dw_robots *robots, const char *name, struct robot **out,
                              struct dw_error *err)
{
    struct robot *robot = *name ? find(robots, name) : &robots->robots[0];
    if (!robot)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no such robot");
    if (!robot->greeted)
        return dw_error_set(err, DW_ERR_GONE, "robot %s: its program is not running",
                            robot->config->name);
    *out = robot;
    return DW_OK;
}

dw_status dw_robots_cancel(dw_robots *robots, int64_t id, struct dw_error *err)
{
    struct dw_disc_row disc;
    struct robot *robot = NULL;
    char key[24];
    dw_status st = dw_disc_row_load(robots->core, id, &disc, err);
    if (st == DW_OK)
        st = find_running(robots, disc.robot, &robot, err);
    disc_key(id, key);
    if (st == DW_OK && !json_object_get(robot->told, key))
        st = dw_error_set(err, DW_ERR_GONE, "the robot was not told of disc %lld yet", (long long)id);
    if (st == DW_OK)
        st = dw_kid_post(robot->kid,
                         json_pack("{s:s, s:I}", "type", "cancel", "disc", (json_int_t)id), err);
    return st;
}

dw_status dw_robots_answer(dw_robots *robots, int64_t id, const char *at, struct dw_error *err)
{
    struct dw_disc_row disc;
    enum dw_disc_event event;
    int drive;
    dw_status st = dw_disc_row_load(robots->core, id, &disc, err);
    if (st == DW_OK && disc.state != DW_DISC_UNKNOWN)
        st = dw_error_set(err, DW_ERR_CONFLICT, "disc %lld is %s: nobody needs to look for it",
                          (long long)id, dw_disc_state_name(disc.state));
    if (st == DW_OK)
        st = dw_disc_answer(disc.before < 0 ? DW_DISC_UNKNOWN : (enum dw_disc_state)disc.before, at,
                            &event, &drive, err);
    if (st != DW_OK)
        return st;
    struct robot *robot = find(robots, disc.robot);
    if (robot && robot->greeted)
        return dw_kid_post(robot->kid, json_pack("{s:s, s:I, s:s}", "type", "place", "disc",
                                                 (json_int_t)id, "at", at),
                           err);
    json_t *request = json_pack("{s:I, s:s, s:i, s:s}", "disc", (json_int_t)id, "event",
                                dw_disc_event_name(event), "drive", drive, "text",
                                "a person said where it is");
    enum dw_disc_state state;
    st = dw_robot_store_event(robots->core, disc.robot, request, robots->on_disc, robots->ctx, &state,
                              err);
    json_decref(request);
    return st;
}

/* The robot would only log what it does not know: a person should be told at once. */
static bool has_bin(const struct robot *robot, const char *name)
{
    size_t i;
    const json_t *bin, *bins = json_object_get(robot->status, "bins");
    json_array_foreach (bins, i, bin)
        if (strcmp(dw_json_text(bin, "name"), name) == 0)
            return true;
    return strcmp(name, "printer") == 0 || json_array_size(bins) == 0;
}

dw_status dw_robots_refill(dw_robots *robots, const char *name, const char *bin, int64_t discs,
                           const char *media, struct dw_error *err)
{
    struct robot *robot = NULL;
    char kind[16];
    const char *stock = strchr(media, ':');
    if (discs < 0 || discs > DW_BIN_DISCS_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "discs: 0 to %d", DW_BIN_DISCS_MAX);
    if (!dw_text_format(kind, sizeof kind, "%.*s", (int)strcspn(media, ":"), media) ||
        (*kind && !dw_blank_find(kind)))
        return dw_error_set(err, DW_ERR_INVALID, "'%.20s' is no kind of disc", media);
    if (stock && !dw_robot_stock_is_name(stock + 1))
        return dw_error_set(err, DW_ERR_INVALID, "the name of a pile is letters, digits, '-' and '_'");
    dw_status st = find_running(robots, name, &robot, err);
    if (st == DW_OK && !has_bin(robot, bin))
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "robot %s has no '%.20s': say bin N, output, reject "
                          "or printer", name, bin);
    if (st == DW_OK)
        st = dw_kid_post(robot->kid, json_pack("{s:s, s:s, s:I, s:s, s:s*}", "type", "refill", "bin", bin,
                                               "discs", (json_int_t)discs, "media", kind, "stock",
                                               stock ? stock + 1 : NULL),
                         err);
    return st;
}

dw_status dw_robots_acknowledge(dw_robots *robots, const char *name, const char *key,
                                struct dw_error *err)
{
    struct robot *robot = NULL;
    dw_status st = find_running(robots, name, &robot, err);
    if (st == DW_OK)
        st = dw_sql_exec(robots->core->sql, err,
                         "UPDATE fault SET acknowledged = 1 WHERE robot = ? AND key = ? AND"
                         " cleared_at = 0",
                         "tt", robot->config->name, key);
    if (st == DW_OK && dw_sql_changes(robots->core->sql) == 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "robot %s has no such fault", robot->config->name);
    if (st == DW_OK)
        st = dw_kid_post(robot->kid, json_pack("{s:s, s:s}", "type", "acknowledge", "key", key),
                         err);
    return st;
}

dw_status dw_robots_step(dw_robots *robots, const char *name, int64_t n, const char *answer,
                         struct dw_error *err)
{
    struct robot *robot = NULL;
    if (strcmp(answer, "done") != 0 && strcmp(answer, "failed") != 0)
        return dw_error_set(err, DW_ERR_INVALID, "a step is answered with 'done' or 'failed'");
    dw_status st = find_running(robots, name, &robot, err);
    /* The robot would only log a late answer: a person should be told at once. */
    if (st == DW_OK && (n < 1 || dw_json_int(json_object_get(robot->status, "step"), "n", 0) != n))
        st = dw_error_set(err, DW_ERR_CONFLICT, "robot %s does not ask for step %lld any more",
                          robot->config->name, (long long)n);
    if (st == DW_OK)
        st = dw_kid_post(robot->kid, json_pack("{s:s, s:I, s:s}", "type", "step", "n", (json_int_t)n,
                                               "answer", answer),
                         err);
    return st;
}

void dw_robots_loaded(const dw_robots *robots, const char *name, struct dw_loaded *out)
{
    const struct robot *robot = NULL;
    struct dw_robot_bins bins = {.count = 0};
    const json_t *bin;
    size_t i;
    *out = (struct dw_loaded){.count = 0};
    for (i = 0; i < robots->count && !robot; i++)
        if (strcmp(robots->robots[i].config->name, name) == 0)
            robot = &robots->robots[i];
    if (!robot)
        return;
    json_array_foreach (json_object_get(robot->status, "bins"), i, bin) {
        const struct dw_blank *blank = dw_blank_find(dw_json_text(bin, "media"));
        if (blank && strcmp(dw_json_text(bin, "role"), "input") == 0 &&
            out->count < DW_ARRAY_LEN(out->bin))
            out->bin[out->count++] = (struct dw_bin_load){blank, dw_json_int(bin, "discs", -1)};
    }
    if (out->count > 0 || dw_robot_bins_read(robot->config->options.bins, &bins, NULL) != DW_OK)
        return;
    while (out->count < (size_t)bins.count) {
        out->bin[out->count] = (struct dw_bin_load){bins.blank[out->count], -1};
        out->count++;
    }
}

static json_t *describe(const struct robot *robot)
{
    static const char *const from_status[] = {"activity", "arm", "drives", "bins", "supplies", "forecast",
                                              "step"};
    json_t *out = json_pack("{s:s, s:s, s:b, s:b, s:O*, s:O*, s:s, s:s, s:[], s:[], s:[]}", "name",
                            robot->config->name, "driver", robot->config->options.driver,
                            "simulated",
                            robot->hello && json_is_true(json_object_get(robot->hello, "simulated")),
                            "connected", robot->greeted, "caps",
                            robot->hello ? json_object_get(robot->hello, "caps") : NULL, "notes",
                            robot->hello ? json_object_get(robot->hello, "notes") : NULL, "activity",
                            robot->greeted ? "" : "not connected", "arm", "", "drives", "bins",
                            "supplies");
    for (size_t i = 0; robot->status && i < DW_ARRAY_LEN(from_status); i++) {
        json_t *value = json_object_get(robot->status, from_status[i]);
        if (value)
            json_object_set(out, from_status[i], value);
    }
    json_t *faults = json_array(), *fault;
    const char *key;
    json_object_foreach (robot->faults, key, fault)
        json_array_append(faults, fault);
    if (!robot->greeted && *robot->why) {
        const struct dw_fault *row = dw_fault_find("robot_offline");
        json_array_append_new(faults,
                              json_pack("{s:s, s:s+++, s:s, s:s, s:s, s:i, s:i}", "key", row->id,
                                        "sentence", row->sentence, " (", robot->why, ")", "who",
                                        dw_fault_who_name(row->who), "action",
                                        dw_fault_action_name(row->action), "doing",
                                        dw_fault_action_text(row), "disc", 0, "drive", 0));
    }
    json_object_set_new(out, "faults", faults);
    return out;
}

void dw_robots_describe(const dw_robots *robots, json_t *doc)
{
    json_t *list = json_array();
    for (size_t i = 0; i < robots->count; i++)
        json_array_append_new(list, describe(&robots->robots[i]));
    json_object_set_new(doc, "robots", list);
    json_object_set(doc, "discs", robots->progress);
}
