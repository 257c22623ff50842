/* What a site says of its robot, held against what its dialect can do. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "burn/drive/tray.h"
#include "robot/usb/primera_machine.h"

dw_status primera_reach(struct dw_primera *m, struct dw_error *err)
{
    uint8_t status;
    dw_status st = dw_usb_connect(m->usb, err);
    /* A cable that was pulled out while nothing was sent is noticed by asking; what is answered means nothing here. */
    if (st == DW_OK && dw_usb_port_status(m->usb, &status, NULL) == DW_ERR_GONE)
        st = dw_usb_connect(m->usb, err);
    return st;
}

/* --- which robot, which dialect --- */

/* Where the site says which device it is, it need not be one of this vendor; a printer it has to be. */
static dw_status match_of(const struct dw_robot_options *options, const struct dw_dialect *named,
                          struct dw_usb_match *out, struct dw_error *err)
{
    *out = (struct dw_usb_match){.class = DW_USB_CLASS_PRINTER};
    if (options->usb[0])
        return dw_usb_match_read(options->usb, out, err);
    if (named)
        *out = named->match;
    else
        out->vendor = PRIMERA_VENDOR;
    if (!out->class)
        out->class = DW_USB_CLASS_PRINTER;
    return DW_OK;
}

static dw_status ask_dialect(struct dw_primera *m, struct dw_error *err)
{
    char id[DW_USB_ID1284_MAX] = "";
    dw_status st = primera_reach(m, err);
    if (st != DW_OK)
        return st;
    if (dw_usb_device_id(m->usb, id, NULL) != DW_OK)
        id[0] = 0; /* its descriptors may be enough */
    return dw_dialect_of(dw_usb_device(m->usb), id, &m->dialect, err);
}

static dw_status open_usb(struct dw_primera *m, struct dw_error *err)
{
    const struct dw_robot_options *options = m->opts.options;
    struct dw_usb_match match;
    bool named = options->dialect[0] != 0;
    dw_status st = named ? dw_dialect_find(options->dialect, &m->dialect, err) : DW_OK;
    if (st == DW_OK)
        st = match_of(options, named ? &m->dialect : NULL, &match, err);
    if (st == DW_OK)
        st = dw_usb_new(m->opts.bus, &match, &m->usb, err);
    return st == DW_OK && !named ? ask_dialect(m, err) : st;
}

/* --- what it needs of the dialect --- */

static dw_status need(struct dw_primera *m, const char *name, const struct dw_dialect_command **out,
                      struct dw_error *err)
{
    *out = dw_dialect_command(&m->dialect, name);
    return *out ? DW_OK
                : dw_error_set(err, DW_ERR_UNSUPPORTED, "command %s is not available in dialect %s", name,
                               m->dialect.name);
}

static bool goes_to(const struct dw_primera *m, enum primera_spot spot)
{
    bool goes = m->output == spot || m->reject == spot;
    for (int i = 0; i < m->inputs; i++)
        goes |= m->input[i] == spot;
    return goes;
}

static dw_status find_commands(struct dw_primera *m, struct dw_error *err)
{
    char name[32] = "arm-recorder";
    dw_status st = DW_OK;
    if (!m->dialect.waits.tray_in_ms)
        st = dw_error_set(err, DW_ERR_UNSUPPORTED, "dialect %s has no [waits]: how long a tray takes is not known",
                          m->dialect.name);
    if (st == DW_OK && goes_to(m, SPOT_RIGHT))
        st = need(m, "arm-right", &m->to_right, err);
    if (st == DW_OK && goes_to(m, SPOT_LEFT))
        st = need(m, "arm-left", &m->to_left, err);
    for (int n = 1; st == DW_OK && n <= m->devices.count; n++) {
        if (n > 1)
            snprintf(name, sizeof name, "arm-recorder-%d", n);
        st = need(m, name, &m->to_drive[n - 1], err);
    }
    /* Two commands where a model has them, else the one that does both. */
    m->grip = dw_dialect_command(&m->dialect, "grip");
    m->release = dw_dialect_command(&m->dialect, "release");
    if (st != DW_OK || (m->grip && m->release))
        return st;
    st = need(m, "toggle", &m->grip, err);
    m->release = m->grip;
    return st;
}

/* --- what stands where --- */

static dw_status read_sides(struct dw_primera *m, struct dw_error *err)
{
    const struct dw_robot_options *options = m->opts.options;
    const struct {
        enum primera_spot spot;
        const char *role;
    } sides[] = {{SPOT_RIGHT, options->right_bin}, {SPOT_LEFT, options->left_bin}};
    m->output = m->reject = SPOT_SLIDE;
    for (size_t i = 0; i < DW_ARRAY_LEN(sides); i++) {
        if (strcmp(sides[i].role, "input") == 0)
            m->input[m->inputs++] = sides[i].spot;
        else if (strcmp(sides[i].role, "output") == 0)
            m->output = sides[i].spot;
        else if (strcmp(sides[i].role, "reject") == 0)
            m->reject = sides[i].spot;
    }
    dw_status st = dw_robot_bins_read(options->bins, &m->bins, err);
    if (st == DW_OK && m->bins.count != m->inputs)
        st = dw_error_set(err, DW_ERR_INVALID,
                          "bins: %d kinds of blanks are named, and right_bin and left_bin make %d input bins",
                          m->bins.count, m->inputs);
    if (st == DW_OK && strcmp(options->right_bin, options->left_bin) == 0 && m->inputs == 0)
        st = dw_error_set(err, DW_ERR_INVALID, "right_bin and left_bin: a robot needs an input bin");
    return st;
}

/* --- drives --- */

static dw_status real_look(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err)
{
    return dw_sensor_look(address, out, err);
}

static dw_status real_open(void *ctx, const char *address, struct dw_error *err)
{
    return dw_tray_open(address, err);
}

static dw_status real_close(void *ctx, const char *address, struct dw_error *err)
{
    return dw_tray_close(address, err);
}

/* --- opening --- */

static dw_status forward(void *ctx, const void *send, size_t send_size, void *reply, size_t reply_max,
                         size_t *reply_size, int timeout_ms, struct dw_error *err)
{
    dw_link *wire = dw_usb_link(((struct dw_primera *)ctx)->usb);
    return wire->exchange(wire->ctx, send, send_size, reply, reply_max, reply_size, timeout_ms, err);
}

dw_status dw_primera_open(const struct dw_primera_opts *opts, dw_primera **out, struct dw_error *err)
{
    dw_primera *m = calloc(1, sizeof *m);
    if (!m)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    m->opts = *opts;
    m->clock = opts->clock ? *opts->clock : dw_clock_system();
    m->link = (dw_link){.exchange = forward, .ctx = m};
    m->drives = opts->drives ? *opts->drives
                             : (struct dw_primera_drives){.look = real_look, .open = real_open, .close = real_close};
    dw_status st = dw_robot_devices_read(opts->options->device, &m->devices, err);
    if (st == DW_OK)
        st = read_sides(m, err);
    if (st == DW_OK)
        st = dw_gripper_open(opts->state_dir, NULL, &m->gripper, err);
    if (st == DW_OK)
        st = open_usb(m, err);
    if (st == DW_OK)
        st = find_commands(m, err);
    if (st == DW_OK)
        *out = m;
    else
        dw_primera_close(m);
    return st;
}

void dw_primera_close(dw_primera *m)
{
    if (!m)
        return;
    dw_usb_free(m->usb);
    free(m);
}

dw_link *dw_primera_link(dw_primera *m)
{
    return &m->link;
}

int dw_primera_drive_count(const dw_primera *m)
{
    return m->devices.count;
}
