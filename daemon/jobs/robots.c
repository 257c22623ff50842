#include <stdlib.h>
#include <string.h>

#include "daemon/jobs/disc.h"
#include "daemon/jobs/health.h"
#include "daemon/jobs/robot_orders.h"
#include "daemon/jobs/robot_store.h"
#include "daemon/jobs/robots_state.h"
#include "robot/faults.h"
#include "robot/publisher.h"

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
        robots->robots[i] = (struct robot){.robots = robots, .config = &core->config->robots[i]};
    *out = robots;
    return DW_OK;
}

static void forget(struct robot *robot)
{
    json_decref(robot->hello);
    json_decref(robot->status);
    json_decref(robot->faults);
    json_decref(robot->told);
    json_decref(robot->drives);
    robot->hello = robot->status = robot->faults = robot->told = robot->drives = NULL;
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
    json_decref(robots->machine);
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

void robots_disc_key(int64_t disc, char out[24])
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
    robots_disc_key(disc, key);
    json_object_set_new(robot->told, key, json_true());
    return repeat_cancel(robot, disc, err);
}

/* Tell it of the live discs it has not heard of, the most urgent first, as far as it should keep in
 * mind. */
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
    robots_disc_key(id, key);
    if (st == DW_OK) /* what was said of the step before is over */
        json_object_del(robot->robots->progress, key);
    if (st == DW_OK && dw_disc_is_final(state))
        json_object_del(robot->told, key);
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
    if (dw_health_message(robot->robots->core, robot->config->name, robot->hello, &health, &err) ==
        DW_OK)
        send(robot, health, "tell how its drives did");
    else
        failed(robot, "its drives' past is not known", &err);
}

/* What people answered while it was not running it knows now. false: that cannot be stored, and must not be told again
 * after it has moved these discs. */
static bool take_noted(struct robot *robot)
{
    struct dw_error err = {0};
    if (dw_robot_answers_noted(robot->robots->core, robot->config->name,
                               json_object_get(robot->hello, "placed"), &err) == DW_OK)
        return true;
    failed(robot, "what it was told is not stored", &err);
    dw_text_cut(robot->why, sizeof robot->why, err.text);
    dw_kid_stop(robot->kid);
    return false;
}

static void on_hello(struct robot *robot, struct dw_message *msg)
{
    struct dw_error err = {0};
    json_decref(robot->hello);
    robot->hello = msg->head;
    msg->head = NULL;
    if (!take_noted(robot))
        return;
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

/* A drive that came, went or was assigned brings its own past along. */
static void on_drives(struct robot *robot, struct dw_message *msg)
{
    robots_take_drives(robot, msg);
    if (robots_name_drives(robot))
        send_health(robot);
}

static void on_progress(struct robot *robot, const json_t *head)
{
    struct dw_progress progress;
    char key[24];
    if (!dw_progress_read(head, &progress))
        return;
    robots_disc_key(dw_json_int(head, "disc", 0), key);
    json_object_set_new(robot->robots->progress, key, dw_progress_to_json(&progress));
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
    } else if (strcmp(msg->type, "drives") == 0) {
        on_drives(robot, msg);
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

static dw_status make_config(struct robot *robot, json_t **out, struct dw_error *err)
{
    const struct dw_core *core = robot->robots->core;
    int64_t drives = robot->config->options.drives;
    char dir[DW_PATH_MAX];
    json_t *placed = NULL;
    dw_status st = dw_core_path(core, dir, sizeof dir, err, "robot/%s", robot->config->name);
    if (st == DW_OK)
        st = dw_file_make_dirs(dir, err);
    if (st == DW_OK)
        st = robots_devices(robot, robot->device, sizeof robot->device, &drives, err);
    if (st == DW_OK)
        st = dw_robot_answers_load(core, robot->config->name, &placed, err);
    if (st != DW_OK)
        return st;
    json_t *options = dw_robot_options_to_json(&robot->config->options);
    if (robot->device[0])
        json_object_set_new(options, "device", json_string(robot->device));
    *out = json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o}", "type", "config", "name", robot->config->name, "driver",
                     robot->config->options.driver, "state_dir", dir, "drives", (json_int_t)drives, "options",
                     options, "placed", placed);
    return *out ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "its configuration is no JSON");
}

/* Whatever can fail comes first: a program that runs and is not heard of would be a second one beside the next. */
static dw_status try_start(struct robot *robot, struct dw_error *err)
{
    const struct dw_core *core = robot->robots->core;
    const char *const argv[] = {"discwright-robot", robot->config->name, NULL};
    json_t *config = NULL;

    dw_status st = make_config(robot, &config, err);
    if (st == DW_OK)
        st = dw_robot_clear_faults(core, robot->config->name, err);
    if (st == DW_OK)
        st = dw_children_start(core->children, argv, 0, &kid_events, robot, &robot->kid, err);
    if (st == DW_OK)
        send(robot, config, "configure");
    else
        json_decref(config);
    return st;
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
    robots_publish_drives(robots);
    for (size_t i = 0; i < robots->count; i++)
        start(&robots->robots[i]);
}
