/* Drives of the manual robot, and the files that play them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "burn/drive/tray.h"
#include "robot/manual_machine.h"

static const char *folder_of(enum dw_place_kind kind)
{
    switch (kind) {
    case DW_PLACE_PRINTER:
        return "printer";
    case DW_PLACE_OUTPUT:
        return "output";
    case DW_PLACE_REJECT:
        return "reject";
    default:
        return "gone";
    }
}

/* The file that plays a drive. */
static dw_status file_of(const struct dw_manual *manual, int drive, char *out, size_t size, struct dw_error *err)
{
    struct dw_bay bay;
    dw_bays_get(manual->bays, drive, &bay);
    return dw_text_copy(out, size, bay.address + strlen("stdio:"))
               ? DW_OK
               : dw_error_set(err, DW_ERR_LIMIT, "the path of drive %d is too long", drive);
}

static bool disc_path(const struct dw_manual *manual, int64_t disc, enum dw_place_kind at, char *out,
                      size_t size)
{
    return dw_text_format(out, size, "%s/%s/disc-%lld.iso", manual->dir, folder_of(at),
                          (long long)disc);
}

dw_status dw_manual_look(struct dw_manual *manual, int drive, struct dw_seen *out, struct dw_error *err)
{
    char device[DW_DEVICE_ADDRESS_MAX];
    dw_status st = dw_bays_device(manual->bays, drive, device, sizeof device, err);
    if (st == DW_OK)
        st = manual->sensor.look(manual->sensor.ctx, device, out, err);
    return st == DW_OK ? st : dw_error_prefix(err, st, "drive %d", drive);
}

void dw_manual_eject(struct dw_manual *manual, int drive)
{
    char device[DW_DEVICE_ADDRESS_MAX];
    dw_status st = dw_bays_device(manual->bays, drive, device, sizeof device, NULL);
    if (st == DW_OK)
        st = manual->sensor.eject(manual->sensor.ctx, device, NULL);
    (void)st;
}

dw_status dw_manual_lay_blank(struct dw_manual *manual, int drive, struct dw_error *err)
{
    char path[DW_DEVICE_ADDRESS_MAX];
    dw_status st = file_of(manual, drive, path, sizeof path, err);
    if (st != DW_OK)
        return st;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return dw_error_set(err, errno == EEXIST ? DW_ERR_CONFLICT : dw_status_from_errno(errno),
                            "create '%s': %s", path, strerror(errno));
    close(fd);
    return DW_OK;
}

dw_status dw_manual_lay(struct dw_manual *manual, int64_t disc, struct dw_place from, struct dw_place to,
                        struct dw_error *err)
{
    static const enum dw_place_kind laid[] = {DW_PLACE_PRINTER, DW_PLACE_OUTPUT, DW_PLACE_REJECT,
                                              DW_PLACE_NONE};
    char before[DW_PATH_MAX], path[DW_PATH_MAX];
    if (!dw_manual_is_simulated(manual) || disc == 0)
        return DW_OK;
    bool fits = to.kind == DW_PLACE_DRIVE
                    ? dw_manual_is_file(manual, to.number) &&
                          file_of(manual, to.number, path, sizeof path, NULL) == DW_OK
                    : disc_path(manual, disc, to.kind, path, sizeof path);
    if (from.kind == DW_PLACE_DRIVE && dw_manual_is_file(manual, from.number) && fits &&
        !dw_place_same(from, to) && file_of(manual, from.number, before, sizeof before, NULL) == DW_OK &&
        rename(before, path) != 0 && errno != ENOENT)
        return dw_error_set(err, DW_ERR_IO, "rename the disc of drive %d: %s", from.number,
                            strerror(errno));
    for (size_t i = 0; fits && i < DW_ARRAY_LEN(laid); i++) {
        if (laid[i] != to.kind && disc_path(manual, disc, laid[i], before, sizeof before) &&
            rename(before, path) != 0 && errno != ENOENT)
            return dw_error_set(err, DW_ERR_IO, "rename '%s': %s", before, strerror(errno));
    }
    return DW_OK;
}

void dw_manual_output_file(const struct dw_manual *manual, int64_t disc, char *out, size_t size)
{
    char path[DW_PATH_MAX];
    out[0] = 0;
    if (disc && disc_path(manual, disc, DW_PLACE_OUTPUT, path, sizeof path) &&
        access(path, F_OK) == 0)
        dw_text_cut(out, size, path);
}

/* --- opening --- */

static dw_status real_look(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err)
{
    return dw_sensor_look(address, out, err);
}

static dw_status real_eject(void *ctx, const char *address, struct dw_error *err)
{
    return dw_tray_open(address, err);
}

static dw_status make_folders(const struct dw_manual *manual, struct dw_error *err)
{
    static const enum dw_place_kind kinds[] = {DW_PLACE_PRINTER, DW_PLACE_OUTPUT, DW_PLACE_REJECT,
                                               DW_PLACE_NONE};
    char path[DW_PATH_MAX];
    dw_status st = DW_OK;
    for (size_t i = 0; st == DW_OK && i < DW_ARRAY_LEN(kinds) && dw_manual_is_simulated(manual); i++)
        st = dw_text_format(path, sizeof path, "%s/%s", manual->dir, folder_of(kinds[i]))
                 ? dw_file_make_dirs(path, err)
                 : dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    return st;
}

static dw_status no_wire(void *ctx, const void *send, size_t send_size, void *reply, size_t reply_max,
                         size_t *reply_size, int timeout_ms, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_UNSUPPORTED, "the manual robot has no wire");
}

static dw_status find_bays(struct dw_manual *manual, const struct dw_manual_opts *opts, struct dw_error *err)
{
    struct dw_robot_devices devices;
    manual->bays = opts->bays;
    if (manual->bays)
        return DW_OK;
    dw_status st = dw_robot_devices_of(opts->options, &devices, err);
    if (st == DW_OK)
        st = dw_bays_new("", &devices, &manual->own_bays, err);
    manual->bays = manual->own_bays;
    return st;
}

dw_status dw_manual_open(const struct dw_manual_opts *opts, dw_manual **out, struct dw_error *err)
{
    dw_manual *manual = calloc(1, sizeof *manual);
    if (!manual)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    manual->link = (dw_link){.exchange = no_wire, .ctx = manual};
    manual->person = opts->person;
    manual->sensor = opts->sensor ? *opts->sensor
                                  : (struct dw_manual_sensor){.look = real_look, .eject = real_eject};
    dw_status st = find_bays(manual, opts, err);
    if (st == DW_OK)
        st = dw_robot_bins_read(opts->options->bins, &manual->bins, err);
    if (st == DW_OK && !dw_text_copy(manual->dir, sizeof manual->dir, opts->state_dir))
        st = dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    if (st == DW_OK)
        st = make_folders(manual, err);
    if (st == DW_OK)
        *out = manual;
    else
        dw_manual_close(manual);
    return st;
}

void dw_manual_close(dw_manual *manual)
{
    if (manual)
        dw_bays_free(manual->own_bays);
    free(manual);
}

bool dw_manual_is_simulated(const dw_manual *manual)
{
    for (int n = 1; n <= dw_bays_count(manual->bays); n++) {
        if (dw_bays_is_file(manual->bays, n))
            return true;
    }
    return false;
}

dw_link *dw_manual_link(dw_manual *manual)
{
    return &manual->link;
}
