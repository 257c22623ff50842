/* Which drive of this machine is whose: as the site's file says, or as a person has said in the
 * console. Robots tell which drives the machine has; a drive is never given to two places. */
#include <stdlib.h>
#include <string.h>

#include "daemon/jobs/robots_state.h"

/* --- the machine's drives, as robots told them last --- */

static bool is_called(const json_t *drive, const char *address)
{
    static const char *const keys[] = {"serial", "path"};
    const char *colon = strchr(address, ':');
    if (strcmp(dw_json_text(drive, "address"), address) == 0 ||
        strcmp(dw_json_text(drive, "device"), address) == 0)
        return true;
    for (size_t i = 0; colon && i < DW_ARRAY_LEN(keys); i++) {
        size_t n = strlen(keys[i]);
        if ((size_t)(colon - address) == n && strncmp(address, keys[i], n) == 0)
            return colon[1] && strcmp(dw_json_text(drive, keys[i]), colon + 1) == 0;
    }
    return false;
}

/* udev's link to a drive, followed; NULL: it is none. */
static char *follow(const char *address)
{
    return *address == '/' ? realpath(address, NULL) : NULL;
}

static bool is_meant(const json_t *drive, const char *address, const char *real)
{
    return is_called(drive, address) || (real && strcmp(dw_json_text(drive, "device"), real) == 0);
}

/* NULL: it is not plugged in, or two drives are called so. */
static const json_t *find_drive(const dw_robots *robots, const char *address)
{
    char *real = follow(address);
    const json_t *drive, *found = NULL;
    size_t i, count = 0;
    json_array_foreach(robots->machine, i, drive)
    {
        if (is_meant(drive, address, real)) {
            found = drive;
            count++;
        }
    }
    free(real);
    return count == 1 ? found : NULL;
}

typedef bool same_fn(const dw_robots *robots, const char *a, const char *b);

static bool is_same_drive(const dw_robots *robots, const char *a, const char *b)
{
    const json_t *left = find_drive(robots, a);
    if (strcmp(a, DW_DEVICE_ASSIGN) == 0 || strcmp(b, DW_DEVICE_ASSIGN) == 0)
        return false;
    return strcmp(a, b) == 0 || (left && left == find_drive(robots, b));
}

/* Of two drives that say one serial either may be the one that a place was given by it. */
static bool may_be_same_drive(const dw_robots *robots, const char *a, const char *b)
{
    char *real_a = follow(a), *real_b = follow(b);
    const json_t *drive;
    bool same = is_same_drive(robots, a, b);
    size_t i;
    json_array_foreach(robots->machine, i, drive)
        same = same || (is_meant(drive, a, real_a) && is_meant(drive, b, real_b));
    free(real_a);
    free(real_b);
    return same;
}

/* --- whose they are --- */

/* A person's word counts as long as the site's file says what it said then: who changes the file
 * means it. */
static dw_status add_assigned(const struct robot *robot, struct dw_robot_devices *devices,
                              struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(robot->robots->core->sql, &rows, err,
                                "SELECT place, address, instead_of FROM bay WHERE robot = ?", "t",
                                robot->config->name);
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows)) {
        int64_t n = dw_rows_int(&rows, 0);
        if (n < 1 || n > devices->count ||
            strcmp(dw_rows_text(&rows, 2), devices->address[n - 1]) != 0)
            continue;
        dw_text_cut(devices->address[n - 1], sizeof devices->address[0], dw_rows_text(&rows, 1));
        devices->is_file[n - 1] = false;
    }
    return dw_rows_done(&rows, err);
}

static dw_status wanted(const struct robot *robot, struct dw_robot_devices *out,
                        struct dw_error *err)
{
    *out = (struct dw_robot_devices){.count = 0};
    if (!dw_robot_has_devices(robot->config->options.driver))
        return DW_OK;
    dw_status st = dw_robot_devices_of(&robot->config->options, out, err);
    return st == DW_OK ? add_assigned(robot, out, err) : st;
}

struct owner {
    const struct robot *robot; /* NULL: nobody */
    int place;
};

/* Who has this drive. `self` does not count; with `before` nothing behind it does. */
static dw_status find_owner(const dw_robots *robots, const char *address, same_fn *same,
                            const struct owner *self, bool before, struct owner *out,
                            struct dw_error *err)
{
    *out = (struct owner){NULL, 0};
    for (size_t i = 0; i < robots->count; i++) {
        const struct robot *robot = &robots->robots[i];
        struct dw_robot_devices devices;
        dw_status st = wanted(robot, &devices, err);
        if (st != DW_OK)
            return st;
        for (int n = 1; n <= devices.count; n++) {
            bool is_self = self && robot == self->robot && n == self->place;
            if (is_self && before)
                return DW_OK;
            if (!is_self && same(robots, devices.address[n - 1], address)) {
                *out = (struct owner){robot, n};
                return DW_OK;
            }
        }
    }
    return DW_OK;
}

dw_status robots_devices(const struct robot *robot, char *out, size_t size, int64_t *out_count,
                         struct dw_error *err)
{
    struct dw_robot_devices devices;
    dw_status st = wanted(robot, &devices, err);
    for (int n = 1; st == DW_OK && n <= devices.count; n++) {
        struct owner self = {robot, n}, first;
        st = find_owner(robot->robots, devices.address[n - 1], is_same_drive, &self, true, &first, err);
        if (st == DW_OK && first.robot) {
            memcpy(devices.address[n - 1], DW_DEVICE_ASSIGN, sizeof DW_DEVICE_ASSIGN);
            devices.is_file[n - 1] = false;
        }
    }
    if (st != DW_OK)
        return st;
    dw_robot_devices_write(&devices, out, size);
    if (devices.count)
        *out_count = devices.count;
    return DW_OK;
}

/* Which drives are robots', for udev alone (58-discwright.rules): what is named there nobody else may open, and its
 * button moves no tray. */
static dw_status write_names(dw_robots *robots, struct dw_error *err)
{
    const struct dw_core *core = robots->core;
    struct dw_buf text = {0};
    char path[DW_PATH_MAX];
    dw_status st = dw_core_path(core, path, sizeof path, err, "run/drives");
    for (size_t i = 0; st == DW_OK && i < robots->count; i++) {
        struct dw_robot_devices devices;
        st = wanted(&robots->robots[i], &devices, err);
        for (int n = 0; st == DW_OK && n < devices.count; n++)
            if (strncmp(devices.address[n], "serial:", 7) == 0 || strncmp(devices.address[n], "path:", 5) == 0)
                dw_buf_addf(&text, "%s\n", devices.address[n]);
    }
    if (st == DW_OK)
        st = dw_buf_check(&text, "the names of drives", err);
    if (st == DW_OK)
        st = dw_file_save(core->disk, path, text.size ? text.data : "", text.size, err);
    dw_buf_done(&text);
    return st;
}

void robots_publish_drives(dw_robots *robots)
{
    struct dw_error err = {0};
    if (write_names(robots, &err) != DW_OK)
        dw_log_write(&robots->core->log, DW_LOG_WARNING, "udev does not hear which drives are assigned: %s", err.text);
}

/* Of those whose drives are others now. */
static void tell_devices(dw_robots *robots)
{
    for (size_t i = 0; i < robots->count; i++) {
        struct robot *robot = &robots->robots[i];
        char device[DW_OPTION_LIST_MAX];
        struct dw_error err = {0};
        int64_t count = 0;
        if (!robot->kid || !dw_robot_has_devices(robot->config->options.driver))
            continue;
        dw_status st = robots_devices(robot, device, sizeof device, &count, &err);
        if (st == DW_OK && strcmp(device, robot->device) != 0) {
            memcpy(robot->device, device, sizeof device);
            st = dw_kid_post(robot->kid,
                             json_pack("{s:s, s:s}", "type", "devices", "device", device), &err);
        }
        if (st != DW_OK)
            dw_log_write(&robots->core->log, DW_LOG_ERROR, "robot=%s its drives: %s",
                         robot->config->name, err.text);
    }
}

void robots_take_drives(struct robot *robot, struct dw_message *msg)
{
    dw_robots *robots = robot->robots;
    json_decref(robot->drives);
    robot->drives = msg->head;
    msg->head = NULL;
    json_decref(robots->machine); /* they all see the same machine */
    robots->machine = json_incref(json_object_get(robot->drives, "machine"));
    tell_devices(robots);
}

bool robots_name_drives(struct robot *robot)
{
    json_t *serials = json_array(), *devices = json_array();
    const json_t *bay;
    size_t i;
    json_array_foreach(json_object_get(robot->drives, "bays"), i, bay)
    {
        json_array_append_new(serials, json_string(dw_json_text(bay, "serial")));
        json_array_append_new(devices, json_string(dw_json_text(bay, "device")));
    }
    bool other = robot->hello && json_array_size(serials) > 0 &&
                 !json_equal(serials, json_object_get(robot->hello, "serials"));
    if (robot->hello && json_array_size(devices) > 0)
        json_object_set(robot->hello, "devices", devices);
    if (other)
        json_object_set(robot->hello, "serials", serials);
    json_decref(serials);
    json_decref(devices);
    return other;
}

/* --- what people say --- */

static dw_status find_with_drives(dw_robots *robots, const char *name, struct robot **out,
                                  struct dw_error *err)
{
    for (size_t i = 0; i < robots->count; i++) {
        struct robot *robot = &robots->robots[i];
        if (*name && strcmp(robot->config->name, name) != 0)
            continue;
        if (!dw_robot_has_devices(robot->config->options.driver))
            return dw_error_set(err, DW_ERR_UNSUPPORTED, "the drives of robot %s are inside of it",
                                robot->config->name);
        *out = robot;
        return DW_OK;
    }
    return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no such robot");
}

/* As listed; a serial may stand alone. */
static dw_status take_drive(const dw_robots *robots, const char *address, const json_t **out,
                            struct dw_error *err)
{
    char serial[DW_DEVICE_ADDRESS_MAX];
    *out = find_drive(robots, address);
    if (!*out && dw_text_format(serial, sizeof serial, "serial:%s", address))
        *out = find_drive(robots, serial);
    return *out ? DW_OK
                : dw_error_set(err, DW_ERR_NOT_FOUND,
                               "no drive of this machine, or more than one, is called '%.100s'",
                               address);
}

/* A disc of ours that is in the robot's hands, in one drive of it (0: in any); 0: none. */
static dw_status disc_in_hand(const struct robot *robot, int drive, bool waiting_too, int64_t *out,
                              struct dw_error *err)
{
    *out = 0;
    return dw_sql_int(
        robot->robots->core->sql, 0, out, err,
        "SELECT id FROM disc WHERE robot = ?1 AND (?2 = 0 OR drive = ?2) AND state NOT IN"
        " ('delivered', 'rejected', 'abandoned') AND (?3 OR state <> 'reserved') ORDER BY id LIMIT "
        "1",
        "tii", robot->config->name, (int64_t)drive, (int64_t)waiting_too);
}

static dw_status configured(const struct robot *robot, int64_t n, char out[DW_DEVICE_ADDRESS_MAX],
                            struct dw_error *err)
{
    struct dw_robot_devices devices;
    dw_status st = dw_robot_devices_of(&robot->config->options, &devices, err);
    if (st == DW_OK)
        dw_text_cut(out, DW_DEVICE_ADDRESS_MAX, devices.address[n - 1]);
    return st;
}

/* address as in the list of the machine's drives, or as discwright.conf says. */
static dw_status store(const struct robot *robot, int64_t n, const char *address, const char *in_file,
                       struct dw_error *err)
{
    if (strcmp(address, in_file) == 0)
        return dw_sql_exec(robot->robots->core->sql, err,
                           "DELETE FROM bay WHERE robot = ? AND place = ?", "ti",
                           robot->config->name, n);
    return dw_sql_exec(
        robot->robots->core->sql, err,
        "INSERT INTO bay(robot, place, address, instead_of, at) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET address = excluded.address,"
        " instead_of = excluded.instead_of, at = excluded.at",
        "titti", robot->config->name, n, address, in_file, dw_core_now_s(robot->robots->core));
}

static dw_status check_free(const dw_robots *robots, const struct robot *robot, int64_t n,
                            const char *address, struct dw_error *err)
{
    struct owner owner, self = {robot, (int)n};
    dw_status st = find_owner(robots, address, may_be_same_drive, &self, false, &owner, err);
    if (st != DW_OK || !owner.robot)
        return st;
    return dw_error_set(err, DW_ERR_CONFLICT, "that is drive %d of robot %s", owner.place,
                        owner.robot->config->name);
}

/* Nothing of ours lies in drive n. */
static dw_status check_place(const struct robot *robot, int64_t n, struct dw_error *err)
{
    struct dw_robot_devices devices;
    int64_t disc = 0;
    dw_status st = wanted(robot, &devices, err);
    if (st == DW_OK && (n < 1 || n > devices.count))
        st = dw_error_set(err, DW_ERR_INVALID, "robot %s has drives 1 to %d", robot->config->name,
                          devices.count);
    if (st == DW_OK)
        st = disc_in_hand(robot, (int)n, false, &disc, err);
    if (st == DW_OK && disc)
        st = dw_error_set(err, DW_ERR_CONFLICT, "disc %lld lies in drive %lld: wait until it is out",
                          (long long)disc, (long long)n);
    return st;
}

dw_status dw_robots_assign(dw_robots *robots, const char *name, int64_t n, const char *address,
                           struct dw_error *err)
{
    struct robot *robot = NULL;
    const json_t *drive = NULL;
    char in_file[DW_DEVICE_ADDRESS_MAX] = "";
    dw_status st = find_with_drives(robots, name, &robot, err);
    if (st == DW_OK)
        st = check_place(robot, n, err);
    if (st == DW_OK)
        st = configured(robot, n, in_file, err);
    if (st == DW_OK && *address)
        st = take_drive(robots, address, &drive, err);
    const char *chosen = drive ? dw_json_text(drive, "address") : in_file;
    if (st == DW_OK)
        st = check_free(robots, robot, n, chosen, err); /* what the file says may be another's by now */
    if (st == DW_OK)
        st = store(robot, n, chosen, in_file, err);
    if (st == DW_OK) {
        robots_publish_drives(robots);
        tell_devices(robots);
    }
    return st;
}

/* --- which one is it? --- */

static bool has_arm(const struct robot *robot)
{
    const json_t *cap;
    size_t i;
    json_array_foreach(json_object_get(robot->hello, "caps"), i,
                       cap) if (strcmp(json_string_value(cap), "person") == 0) return false;
    return true;
}

/* May a tray move that is perhaps inside of this robot? drive: its place there, 0 not known. */
static dw_status check_rest(const struct robot *robot, int drive, bool waiting_too, bool is_free,
                            struct dw_error *err)
{
    const char *name = robot->config->name, *arm = dw_json_text(robot->status, "arm");
    int64_t disc = 0;
    dw_status st = disc_in_hand(robot, 0, waiting_too, &disc, err);
    if (st != DW_OK)
        return st;
    if (!robot->greeted)
        return dw_error_set(err, DW_ERR_GONE, "robot %s: its program is not running", name);
    if (disc)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "robot %s has disc %lld in hand: wait until it is out", name,
                            (long long)disc);
    if (strcmp(arm, "moving") == 0 || strcmp(arm, "in doubt") == 0)
        return dw_error_set(err, DW_ERR_CONFLICT, "robot %s is %s: no tray moves now", name, arm);
    const json_t *state =
        json_array_get(json_object_get(robot->status, "drives"), drive ? (size_t)drive - 1 : 99);
    if (strcmp(dw_json_text(state, "state"), "unknown disc") == 0)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "drive %d holds a disc that nobody knows: look for it first", drive);
    if (has_arm(robot) && !is_free)
        return dw_error_set(
            err, DW_ERR_CONFLICT,
            "robot %s has an arm: look whether the way of the tray is free, and say so", name);
    return DW_OK;
}

dw_status dw_robots_tray(dw_robots *robots, const char *name, const char *address, bool is_free,
                         struct dw_error *err)
{
    struct robot *robot = NULL;
    const json_t *drive = NULL;
    struct owner owner = {NULL, 0};
    dw_status st = find_with_drives(robots, name, &robot, err);
    if (st == DW_OK)
        st = take_drive(robots, address, &drive, err);
    if (st == DW_OK)
        st = find_owner(robots, dw_json_text(drive, "address"), may_be_same_drive, NULL, false, &owner, err);
    if (st != DW_OK)
        return st;
    if (owner.robot) /* its own program knows best what lies there */
        robot = &robots->robots[owner.robot - robots->robots];
    st = check_rest(robot, owner.place, false, is_free, err);
    /* A drive that nobody has may stand in any robot with an arm, whose next disc may come in
     * between. */
    for (size_t i = 0; st == DW_OK && !owner.robot && i < robots->count; i++) {
        const struct robot *other = &robots->robots[i];
        if (other != robot && dw_robot_has_devices(other->config->options.driver) && has_arm(other))
            st = check_rest(other, 0, true, is_free, err);
    }
    if (st != DW_OK)
        return st;
    return dw_kid_post(
        robot->kid,
        json_pack("{s:s, s:s}", "type", "tray", "device", dw_json_text(drive, "device")), err);
}

/* --- what is shown --- */

static bool is_assigned(const struct robot *robot, int64_t n)
{
    int64_t count = 0;
    return dw_sql_int(robot->robots->core->sql, 0, &count, NULL,
                      "SELECT count(*) FROM bay WHERE robot = ? AND place = ?", "ti",
                      robot->config->name, n) == DW_OK &&
           count > 0;
}

void robots_describe_bays(const struct robot *robot, json_t *out)
{
    json_t *bays = json_deep_copy(json_object_get(robot->drives, "bays")), *bay;
    size_t i;
    json_array_foreach(bays, i, bay) json_object_set_new(
        bay, "assigned", json_boolean(is_assigned(robot, dw_json_int(bay, "n", 0))));
    if (bays)
        json_object_set_new(out, "bays", bays);
}

void robots_describe_machine(const dw_robots *robots, json_t *doc)
{
    json_t *machine = json_deep_copy(robots->machine), *drive;
    size_t i;
    json_array_foreach(machine, i, drive)
    {
        struct owner owner = {NULL, 0};
        dw_status st =
            find_owner(robots, dw_json_text(drive, "address"), is_same_drive, NULL, false, &owner, NULL);
        json_object_set_new(
            drive, "robot",
            json_string(st == DW_OK && owner.robot ? owner.robot->config->name : ""));
        json_object_set_new(drive, "drive", json_integer(owner.place));
    }
    json_object_set_new(doc, "machine", machine ? machine : json_array());
}
