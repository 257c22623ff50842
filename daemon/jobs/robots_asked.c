/* What people ask of robots, and what they are shown of them. */
#include <string.h>

#include "daemon/jobs/disc.h"
#include "daemon/jobs/robot_store.h"
#include "daemon/jobs/robots_state.h"
#include "robot/faults.h"

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
    robots_disc_key(id, key);
    if (st == DW_OK && !json_object_get(robot->told, key))
        st = dw_error_set(err, DW_ERR_GONE, "the robot was not told of disc %lld yet",
                          (long long)id);
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
        return dw_kid_post(
            robot->kid,
            json_pack("{s:s, s:I, s:s}", "type", "place", "disc", (json_int_t)id, "at", at), err);
    /* Its configuration was sent without this answer, and discs it does not know yet. */
    if (robot && robot->kid)
        return dw_error_set(err, DW_ERR_BUSY,
                            "robot %s: its program is starting: say it again in a moment",
                            robot->config->name);
    json_t *request =
        json_pack("{s:I, s:s, s:i, s:s}", "disc", (json_int_t)id, "event",
                  dw_disc_event_name(event), "drive", drive, "text", "a person said where it is");
    st = dw_robot_store_answer(robots->core, disc.robot, request, at, robots->on_disc, robots->ctx, err);
    json_decref(request);
    return st;
}

static bool has_cap(const struct robot *robot, const char *name)
{
    size_t i;
    const json_t *cap;
    json_array_foreach(json_object_get(robot->hello, "caps"), i, cap) if (strcmp(json_string_value(cap), name) == 0) return true;
    return false;
}

/* The robot would only log what it does not take: a person should be told at once. */
static dw_status check_bin(const struct robot *robot, const char *name, int64_t discs, const char *kind,
                           struct dw_error *err)
{
    size_t i;
    const json_t *bin, *bins = json_object_get(robot->status, "bins");
    json_array_foreach (bins, i, bin) {
        const char *media = dw_json_text(bin, "media");
        int64_t capacity = dw_json_int(bin, "capacity", 0);
        if (strcmp(dw_json_text(bin, "name"), name) != 0)
            continue;
        if (*media && *kind && strcmp(kind, media) != 0 && has_cap(robot, "fixed_bins"))
            return dw_error_set(err, DW_ERR_UNSUPPORTED,
                                "%s of robot %s is for blanks of the kind %s: its settings say so (bins), and are to be "
                                "changed first",
                                name, robot->config->name, media);
        if (capacity > 0 && discs > capacity)
            return dw_error_set(err, DW_ERR_INVALID, "%s of robot %s holds at most %lld discs", name, robot->config->name,
                                (long long)capacity);
        return DW_OK;
    }
    if (strcmp(name, "printer") == 0 || json_array_size(bins) == 0)
        return DW_OK;
    return dw_error_set(err, DW_ERR_NOT_FOUND, "robot %s has no '%.20s': say bin N, output, reject or printer",
                        robot->config->name, name);
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
        return dw_error_set(err, DW_ERR_INVALID,
                            "the name of a pile is letters, digits, '-' and '_'");
    dw_status st = find_running(robots, name, &robot, err);
    if (st == DW_OK)
        st = check_bin(robot, bin, discs, kind, err);
    if (st == DW_OK)
        st = dw_kid_post(robot->kid,
                         json_pack("{s:s, s:s, s:I, s:s, s:s*}", "type", "refill", "bin", bin,
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
        st = dw_kid_post(
            robot->kid,
            json_pack("{s:s, s:I, s:s}", "type", "step", "n", (json_int_t)n, "answer", answer),
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
    json_array_foreach(json_object_get(robot->status, "bins"), i, bin)
    {
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
    static const char *const from_status[] = {"activity", "arm",      "drives", "bins",
                                              "supplies", "forecast", "step"};
    json_t *out = json_pack(
        "{s:s, s:s, s:b, s:b, s:O*, s:O*, s:s, s:s, s:[], s:[], s:[]}", "name", robot->config->name,
        "driver", robot->config->options.driver, "simulated",
        robot->hello && json_is_true(json_object_get(robot->hello, "simulated")), "connected",
        robot->greeted, "caps", robot->hello ? json_object_get(robot->hello, "caps") : NULL,
        "notes", robot->hello ? json_object_get(robot->hello, "notes") : NULL, "activity",
        robot->greeted ? "" : "not connected", "arm", "", "drives", "bins", "supplies");
    for (size_t i = 0; robot->status && i < DW_ARRAY_LEN(from_status); i++) {
        json_t *value = json_object_get(robot->status, from_status[i]);
        if (value)
            json_object_set(out, from_status[i], value);
    }
    json_t *faults = json_array(), *fault;
    const char *key;
    json_object_foreach(robot->faults, key, fault) json_array_append(faults, fault);
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
    json_t *devices = json_object_get(robot->hello, "devices");
    json_object_set_new(out, "devices", devices ? json_incref(devices) : json_array());
    robots_describe_bays(robot, out);
    return out;
}

void dw_robots_describe(const dw_robots *robots, json_t *doc)
{
    json_t *list = json_array();
    for (size_t i = 0; i < robots->count; i++)
        json_array_append_new(list, describe(&robots->robots[i]));
    json_object_set_new(doc, "robots", list);
    robots_describe_machine(robots, doc);
    json_object_set(doc, "discs", robots->progress);
}
