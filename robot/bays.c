#include "robot/bays.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "burn/drive/drives.h"

struct dw_bays {
    pthread_mutex_t lock; /* of all below */
    char root[DW_PATH_MAX / 2];
    struct dw_robot_devices devices;
    struct dw_drives machine; /* as looked at last */
    struct dw_bay bay[DW_ROBOT_DRIVES_MAX];
    char tray_device[DW_DEVICE_ADDRESS_MAX], tray[200];
    char *told; /* what dw_bays_tell() said last */
};

/* --- looking --- */

static void explain(struct dw_bay *bay, int n, const struct dw_error *err)
{
    char why[sizeof bay->why]; /* apart, as the address lies beside it */
    if (strcmp(bay->address, DW_DEVICE_ASSIGN) == 0)
        snprintf(why, sizeof why, "Drive %d is not assigned: say in the console which one it is",
                 n);
    else if (err->code == DW_ERR_CONFLICT)
        snprintf(why, sizeof why,
                 "Drive %d: another drive says the same serial: say in the console which one it is",
                 n);
    else
        snprintf(why, sizeof why,
                 "Drive %d (%.90s) is not plugged in: plug it in, or say in the console which one "
                 "it is now",
                 n, bay->address);
    dw_text_cut(bay->why, sizeof bay->why, why);
}

/* udev's links (/dev/discwright/drive-1) lead to a drive of the list. */
static bool is_device(const char *root, const char *path, const char *device)
{
    char real[DW_PATH_MAX], wanted[DW_PATH_MAX];
    return dw_text_format(wanted, sizeof wanted, "%s%s", root, path) && realpath(wanted, real) &&
           strcmp(real + (strncmp(real, root, strlen(root)) == 0 ? strlen(root) : 0), device) == 0;
}

static bool find_path(const struct dw_bays *bays, const char *path, size_t *out)
{
    for (*out = 0; *out < bays->machine.count; ++*out)
        if (is_device(bays->root, path, bays->machine.drive[*out].device))
            return true;
    return false;
}

/* The node may come a moment after the kernel's entry, or go before it. */
static bool has_node(const struct dw_bays *bays, const char *device)
{
    char path[DW_PATH_MAX];
    return dw_text_format(path, sizeof path, "%s%s", bays->root, device) && access(path, F_OK) == 0;
}

static void look_at_bay_locked(struct dw_bays *bays, int n)
{
    struct dw_bay *bay = &bays->bay[n - 1];
    struct dw_error err = {.code = DW_ERR_NOT_FOUND};
    size_t i = 0;
    *bay = (struct dw_bay){.address = ""};
    dw_text_cut(bay->address, sizeof bay->address, bays->devices.address[n - 1]);
    if (bays->devices.is_file[n - 1]) {
        dw_text_cut(bay->device, sizeof bay->device, bay->address);
        return;
    }
    bool named = dw_drives_is_name(bay->address);
    bool known = named ? dw_drives_find(&bays->machine, bay->address, &i, &err) == DW_OK
                       : find_path(bays, bay->address, &i);
    if (known)
        dw_drives_identity(&bays->machine, i, bay->serial);
    const char *device = known ? bays->machine.drive[i].device : named ? "" : bay->address;
    if (*device == '/' && has_node(bays, device))
        dw_text_cut(bay->device, sizeof bay->device, device);
    else
        explain(bay, n, &err);
}

static void look_locked(struct dw_bays *bays)
{
    if (dw_drives_list(bays->root, &bays->machine, NULL) != DW_OK)
        bays->machine.count = 0; /* then nothing is there, and people are told so */
    for (int n = 1; n <= bays->devices.count; n++)
        look_at_bay_locked(bays, n);
}

/* --- telling --- */

static json_t *drive_to_json(const struct dw_bays *bays, size_t i)
{
    const struct dw_optical *drive = &bays->machine.drive[i];
    char address[DW_DEVICE_ADDRESS_MAX];
    dw_drives_address(&bays->machine, i, address, sizeof address);
    bool asked = strcmp(drive->device, bays->tray_device) == 0;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "address", address, "device",
                     drive->device, "vendor", drive->vendor, "model", drive->model, "revision",
                     drive->revision, "serial", drive->serial, "path", drive->path, "tray",
                     asked ? bays->tray : "");
}

static json_t *describe_locked(const struct dw_bays *bays)
{
    json_t *list = json_array(), *machine = json_array();
    for (int n = 1; n <= bays->devices.count; n++) {
        const struct dw_bay *bay = &bays->bay[n - 1];
        json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:s, s:s}", "n", n, "address",
                                              bay->address, "device", bay->device, "serial",
                                              bay->serial, "why", bay->why));
    }
    for (size_t i = 0; i < bays->machine.count; i++)
        json_array_append_new(machine, drive_to_json(bays, i));
    return json_pack("{s:s, s:o, s:o}", "type", "drives", "bays", list, "machine", machine);
}

static char *text_of(json_t *told)
{
    char *text = told ? json_dumps(told, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    return text;
}

json_t *dw_bays_tell(dw_bays *bays)
{
    pthread_mutex_lock(&bays->lock);
    json_t *told = describe_locked(bays);
    free(bays->told);
    bays->told = text_of(told);
    pthread_mutex_unlock(&bays->lock);
    return told;
}

bool dw_bays_look(dw_bays *bays)
{
    pthread_mutex_lock(&bays->lock);
    look_locked(bays);
    json_t *now = describe_locked(bays);
    char *text = text_of(now);
    bool same = bays->told && text && strcmp(bays->told, text) == 0;
    free(text);
    json_decref(now);
    pthread_mutex_unlock(&bays->lock);
    return !same;
}

void dw_bays_note_tray(dw_bays *bays, const char *device, const char *sentence)
{
    pthread_mutex_lock(&bays->lock);
    dw_text_cut(bays->tray_device, sizeof bays->tray_device, device);
    dw_text_cut(bays->tray, sizeof bays->tray, sentence);
    pthread_mutex_unlock(&bays->lock);
}

void dw_bays_name_drives(dw_bays *bays, struct dw_sensors *sensors)
{
    pthread_mutex_lock(&bays->lock);
    for (int i = 0; i < bays->devices.count && i < sensors->drives; i++)
        if (bays->bay[i].serial[0])
            dw_text_cut(sensors->serial[i], sizeof sensors->serial[i], bays->bay[i].serial);
    pthread_mutex_unlock(&bays->lock);
}

/* --- asking --- */

void dw_bays_get(dw_bays *bays, int n, struct dw_bay *out)
{
    *out = (struct dw_bay){.address = ""};
    pthread_mutex_lock(&bays->lock);
    if (n >= 1 && n <= bays->devices.count)
        *out = bays->bay[n - 1];
    pthread_mutex_unlock(&bays->lock);
}

int dw_bays_count(const dw_bays *bays)
{
    return bays->devices.count; /* the same for ever */
}

bool dw_bays_is_file(dw_bays *bays, int n)
{
    pthread_mutex_lock(&bays->lock);
    bool is_file = n >= 1 && n <= bays->devices.count && bays->devices.is_file[n - 1];
    pthread_mutex_unlock(&bays->lock);
    return is_file;
}

dw_status dw_bays_device(dw_bays *bays, int n, char *out, size_t size, struct dw_error *err)
{
    char address[DW_DEVICE_ADDRESS_MAX] = "";
    pthread_mutex_lock(&bays->lock);
    if (n >= 1 && n <= bays->devices.count)
        dw_text_cut(address, sizeof address, bays->devices.address[n - 1]);
    pthread_mutex_unlock(&bays->lock);
    if (!address[0])
        return dw_error_set(err, DW_ERR_INVALID, "there is no drive %d", n);
    if (strcmp(address, DW_DEVICE_ASSIGN) == 0)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "drive %d is not assigned", n);
    dw_status st = dw_drives_resolve(bays->root, address, out, size, err);
    return st == DW_ERR_CONFLICT ? DW_ERR_NOT_FOUND : st;
}

/* --- making --- */

dw_status dw_bays_new(const char *root, const struct dw_robot_devices *devices, dw_bays **out,
                      struct dw_error *err)
{
    dw_bays *bays = calloc(1, sizeof *bays);
    if (!bays)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    if (!dw_text_copy(bays->root, sizeof bays->root, root)) {
        free(bays);
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the machine's files is too long");
    }
    pthread_mutex_init(&bays->lock, NULL);
    bays->devices = *devices;
    look_locked(bays);
    *out = bays;
    return DW_OK;
}

void dw_bays_free(dw_bays *bays)
{
    if (!bays)
        return;
    free(bays->told);
    pthread_mutex_destroy(&bays->lock);
    free(bays);
}

dw_status dw_bays_set(dw_bays *bays, const struct dw_robot_devices *devices, struct dw_error *err)
{
    if (devices->count != bays->devices.count)
        return dw_error_set(err, DW_ERR_CONFLICT, "this robot has %d drives, not %d",
                            bays->devices.count, devices->count);
    pthread_mutex_lock(&bays->lock);
    bays->devices = *devices;
    bays->tray[0] = '\0'; /* what it was opened for is said */
    look_locked(bays);
    pthread_mutex_unlock(&bays->lock);
    return DW_OK;
}
