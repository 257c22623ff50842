/* What stands behind driver "nimbie": the device on its bus, its drive, and what the options say of both. */
#include "robot/usb/nimbie_machine.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"
#include "burn/drive/tray.h"

const struct dw_usb_id nimbie_ids[] = {{.vendor = 0x1723, .product = 0x0945}, {.vendor = 0}};

#define COUNT_FILE_MAX 64

static dw_status usb_connect(void *ctx, struct dw_error *err)
{
    return dw_usb_connect(ctx, err);
}

static dw_status usb_send(void *ctx, const void *data, size_t size, int timeout_ms, struct dw_error *err)
{
    return dw_usb_send(ctx, data, size, timeout_ms, err);
}

static dw_status usb_receive(void *ctx, void *out, size_t max, size_t *got, int timeout_ms, struct dw_error *err)
{
    return dw_usb_receive(ctx, out, max, got, timeout_ms, err);
}

static dw_status usb_reset(void *ctx, int timeout_ms, struct dw_error *err)
{
    return dw_usb_reset(ctx, timeout_ms, err);
}

/* ctx: the bays, where the drive is found anew each time; NULL: it is what the options say. */
static dw_status find_drive(void *ctx, const char *address, char *out, size_t size, struct dw_error *err)
{
    if (ctx)
        return dw_bays_device(ctx, 1, out, size, err);
    return dw_text_copy(out, size, address) ? DW_OK : dw_error_set(err, DW_ERR_LIMIT, "the path of the drive is too long");
}

static dw_status tray_open(void *ctx, const char *address, struct dw_error *err)
{
    char device[DW_DEVICE_ADDRESS_MAX];
    dw_status st = find_drive(ctx, address, device, sizeof device, err);
    return st == DW_OK ? dw_tray_open(device, err) : st;
}

static dw_status tray_close(void *ctx, const char *address, struct dw_error *err)
{
    char device[DW_DEVICE_ADDRESS_MAX];
    dw_status st = find_drive(ctx, address, device, sizeof device, err);
    return st == DW_OK ? dw_tray_close(device, err) : st;
}

static dw_status drive_look(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err)
{
    char device[DW_DEVICE_ADDRESS_MAX];
    dw_status st = find_drive(ctx, address, device, sizeof device, err);
    return st == DW_OK ? dw_sensor_look(device, out, err) : st;
}

dw_status dw_nimbie_device(dw_nimbie *nimbie, char *out, size_t size, struct dw_error *err)
{
    return find_drive(nimbie->bays, nimbie->address, out, size, err);
}

/* --- the queue --- */

static dw_status read_count(dw_nimbie *nimbie, const char *state_dir, struct dw_error *err)
{
    struct dw_buf text = {0};
    int64_t discs;
    nimbie->discs = -1;
    if (!state_dir)
        return DW_OK;
    if (!dw_text_format(nimbie->count_path, sizeof nimbie->count_path, "%s/queue", state_dir))
        return dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    /* Of one that cannot be read nothing is known, and that is no reason to stand still. */
    if (dw_file_read_all(nimbie->count_path, COUNT_FILE_MAX, &text, NULL) == DW_OK && text.data &&
        dw_text_int(text.data, 0, DW_BIN_DISCS_MAX, &discs))
        nimbie->discs = (int)discs;
    dw_buf_done(&text);
    return DW_OK;
}

dw_status dw_nimbie_count(dw_nimbie *nimbie, int discs, struct dw_error *err)
{
    char text[16];
    nimbie->discs = discs;
    if (!nimbie->count_path[0] || !dw_text_format(text, sizeof text, "%d", discs))
        return DW_OK;
    return dw_file_save(NULL, nimbie->count_path, text, strlen(text), err);
}

static void sleep_ms(void *ctx, int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static dw_status read_options(dw_nimbie *nimbie, const struct dw_robot_options *options, struct dw_error *err)
{
    struct dw_robot_devices devices;
    dw_status st = dw_robot_devices_read(options->device, &devices, err);
    if (st == DW_OK && (devices.count != 1 || devices.is_file[0]))
        st = dw_error_set(err, DW_ERR_INVALID, "device: a Nimbie has one drive, and it is no file");
    if (st == DW_OK)
        st = dw_robot_bins_read(options->bins, &nimbie->bins, err);
    nimbie->bin_capacity = (int)options->bin_capacity;
    if (st == DW_OK && nimbie->bins.count != 1)
        st = dw_error_set(err, DW_ERR_INVALID, "bins: a Nimbie has one queue: name one kind of blank");
    if (st == DW_OK && strcmp(options->printer, "cups") == 0)
        st = dw_error_set(err, DW_ERR_INVALID, "printer: a Nimbie carries no disc to a printer");
    if (st == DW_OK)
        dw_text_cut(nimbie->address, sizeof nimbie->address, devices.address[0]);
    return st;
}

static dw_status open_usb(dw_nimbie *nimbie, const struct dw_nimbie_opts *opts, struct dw_error *err)
{
    struct dw_usb_match match = {.vendor = nimbie_ids[0].vendor, .product = nimbie_ids[0].product};
    dw_status st = dw_usb_match_read(opts->options->usb, &match, err);
    if (st == DW_OK)
        st = dw_usb_new(opts->bus, &match, &nimbie->usb, err);
    nimbie->wire.device = (struct dw_nimbie_device){usb_connect, usb_send, usb_receive, usb_reset, nimbie->usb};
    return st;
}

dw_status dw_nimbie_open(const struct dw_nimbie_opts *opts, dw_nimbie **out, struct dw_error *err)
{
    const struct dw_nimbie_drive real = {tray_open, tray_close, drive_look, opts->bays};
    dw_nimbie *nimbie = calloc(1, sizeof *nimbie);
    if (!nimbie)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    nimbie->link.ctx = nimbie;
    nimbie->bays = opts->bays;
    nimbie->drive = opts->drive ? *opts->drive : real;
    nimbie->wire.clock = opts->clock ? *opts->clock : dw_clock_system();
    nimbie->wire.wait = opts->wait ? opts->wait : sleep_ms;
    nimbie->wire.wait_ctx = opts->wait_ctx;
    dw_status st = read_options(nimbie, opts->options, err);
    if (st == DW_OK)
        st = read_count(nimbie, opts->state_dir, err);
    if (st == DW_OK && opts->device)
        nimbie->wire.device = *opts->device;
    else if (st == DW_OK)
        st = open_usb(nimbie, opts, err);
    if (st == DW_OK)
        *out = nimbie;
    else
        dw_nimbie_close(nimbie);
    return st;
}

void dw_nimbie_close(dw_nimbie *nimbie)
{
    if (!nimbie)
        return;
    dw_usb_free(nimbie->usb);
    free(nimbie);
}

dw_link *dw_nimbie_link(dw_nimbie *nimbie)
{
    return &nimbie->link;
}
