#include "robot/diagnose.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "burn/drive/drives.h"
#include "robot/mover.h"
#include "robot/usb/dialect.h"

static json_t *hex4(unsigned number)
{
    char text[8];
    snprintf(text, sizeof text, "%04x", number & 0xffff);
    return json_string(text);
}

/* What came from a device may be no UTF-8, and then is none of our business. */
static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, json_string(dw_text_is_utf8(text, strlen(text)) ? text : "?"));
}

/* --- whose device it is --- */

static bool id_fits(const struct dw_usb_id *id, const struct dw_usb_device *device)
{
    struct dw_usb_match match = {.vendor = id->vendor, .product = id->product, .class = id->interface_class};
    return dw_usb_match_fits(&match, device);
}

static const struct dw_mover_driver *driver_of(const struct dw_usb_device *device)
{
    const struct dw_mover_driver *driver;
    for (size_t i = 0; (driver = dw_mover_driver_at(i)) != NULL; i++) {
        for (const struct dw_usb_id *id = driver->usb_ids; id && id->vendor; id++) {
            if (id_fits(id, device))
                return driver;
        }
    }
    return NULL;
}

/* The site's robot that this device is, by what the site says or by its driver's ids; NULL: none. */
static const struct dw_diagnose_robot *robot_of(const struct dw_diagnose_opts *opts, const struct dw_usb_device *device,
                                                const struct dw_mover_driver *driver)
{
    for (size_t i = 0; i < opts->robot_count; i++) {
        const struct dw_diagnose_robot *robot = &opts->robots[i];
        const struct dw_mover_driver *wanted = dw_mover_driver_find(robot->options.driver);
        struct dw_usb_match match = {.vendor = 0};
        if (!wanted || !wanted->usb_ids)
            continue;
        bool named = robot->options.usb[0] && dw_usb_match_read(robot->options.usb, &match, NULL) == DW_OK &&
                     !match.id1284[0] && dw_usb_match_fits(&match, device);
        if (named || (!robot->options.usb[0] && wanted == driver))
            return robot;
    }
    return NULL;
}

/* --- what its descriptors say --- */

static void name_kernel_driver(const struct dw_diagnose_opts *opts, const struct dw_usb_device *device,
                               const struct dw_usb_interface *interface, json_t *out)
{
    char path[DW_PATH_MAX], target[DW_PATH_MAX];
    if (!dw_text_format(path, sizeof path, "%s/sys/bus/usb/devices/%s:1.%d/driver", opts->root, device->path,
                        interface->number))
        return;
    ssize_t n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    set_text(out, "kernel_driver", n > 0 ? basename(target) : "");
}

static json_t *interface_json(const struct dw_diagnose_opts *opts, const struct dw_usb_device *device,
                              const struct dw_usb_interface *interface)
{
    static const char *const types[] = {[DW_USB_CONTROL] = "control",
                                        [DW_USB_ISOCHRONOUS] = "isochronous",
                                        [DW_USB_BULK] = "bulk",
                                        [DW_USB_INTERRUPT] = "interrupt"};
    json_t *endpoints = json_array();
    for (int i = 0; i < interface->endpoints; i++) {
        const struct dw_usb_endpoint *endpoint = &interface->endpoint[i];
        char address[8];
        snprintf(address, sizeof address, "%02x", (unsigned)endpoint->address);
        json_array_append_new(endpoints, json_pack("{s:s, s:s, s:s, s:i}", "address", address, "direction",
                                                   endpoint->address & 0x80 ? "in" : "out", "type",
                                                   types[endpoint->type], "packet_bytes", endpoint->packet_bytes));
    }
    json_t *out = json_pack("{s:i, s:i, s:i, s:i, s:i, s:o}", "number", interface->number, "alternate",
                            interface->alternate, "class", interface->class, "subclass", interface->subclass,
                            "protocol", interface->protocol, "endpoints", endpoints);
    name_kernel_driver(opts, device, interface, out);
    return out;
}

static void tell_descriptors(const struct dw_diagnose_opts *opts, const struct dw_usb_device *device, json_t *out)
{
    json_t *interfaces = json_array();
    set_text(out, "maker", device->maker);
    set_text(out, "name", device->name);
    set_text(out, "serial", device->serial);
    for (int i = 0; i < device->interfaces; i++)
        json_array_append_new(interfaces, interface_json(opts, device, &device->interface[i]));
    json_object_set_new(out, "interfaces", interfaces);
}

/* --- what a printer says of itself --- */

/* Where usblp has it the kernel has asked already, and the device is left alone. */
static bool id_of_kernel(const struct dw_diagnose_opts *opts, const struct dw_usb_device *device,
                         char out[DW_USB_ID1284_MAX])
{
    char path[DW_PATH_MAX];
    bool found = false;
    for (int i = 0; i < device->interfaces && !found; i++) {
        struct dw_buf text = {0};
        if (device->interface[i].class == DW_USB_CLASS_PRINTER &&
            dw_text_format(path, sizeof path, "%s/sys/bus/usb/devices/%s:1.%d/ieee1284_id", opts->root, device->path,
                           device->interface[i].number) &&
            dw_file_read_all(path, DW_USB_ID1284_MAX, &text, NULL) == DW_OK && text.data) {
            text.data[strcspn(text.data, "\n")] = 0;
            dw_text_cut(out, DW_USB_ID1284_MAX, text.data);
            found = true;
        }
        dw_buf_done(&text);
    }
    return found;
}

static void ask_printer(const struct dw_diagnose_opts *opts, const struct dw_usb_device *device, json_t *out,
                        char id[DW_USB_ID1284_MAX])
{
    struct dw_usb_match match = {.class = DW_USB_CLASS_PRINTER};
    struct dw_error err = {0};
    dw_usb *usb = NULL;
    uint8_t status;
    dw_text_cut(match.path, sizeof match.path, device->path);
    dw_status st = dw_usb_new(opts->bus, &match, &usb, &err);
    if (st == DW_OK)
        st = dw_usb_connect(usb, &err);
    if (st == DW_OK && dw_usb_port_status(usb, &status, NULL) == DW_OK) {
        json_object_set_new(out, "port_status",
                            json_pack("{s:i, s:b, s:b, s:b}", "byte", status, "paper_empty",
                                      (status & DW_USB_PORT_PAPER_EMPTY) != 0, "selected",
                                      (status & DW_USB_PORT_SELECTED) != 0, "no_error",
                                      (status & DW_USB_PORT_NO_ERROR) != 0));
    }
    if (st == DW_OK)
        st = dw_usb_device_id(usb, id, &err);
    if (st != DW_OK)
        set_text(out, "not_asked", st == DW_ERR_BUSY ? "another program has it: the appliance, if it runs" : err.text);
    dw_usb_free(usb);
}

/* --- which dialect --- */

static void tell_dialect(const struct dw_diagnose_robot *robot, const struct dw_usb_device *device, const char *id,
                         json_t *out)
{
    struct dw_error err = {0};
    char why[256];
    bool named = robot && robot->options.dialect[0];
    struct dw_dialect *dialect = calloc(1, sizeof *dialect);
    if (!dialect)
        return;
    dw_status st = named ? dw_dialect_find(robot->options.dialect, dialect, &err)
                         : dw_dialect_of(device, id, dialect, &err);
    if (named)
        snprintf(why, sizeof why, "[robot %s] names it", robot->name);
    else
        snprintf(why, sizeof why, "its rules fit this device");
    set_text(out, "dialect", st == DW_OK ? dialect->name : "");
    set_text(out, "dialect_why", st == DW_OK ? why : err.text);
    json_t *commands = json_array();
    for (int i = 0; st == DW_OK && i < dialect->commands; i++)
        json_array_append_new(commands, json_pack("{s:s, s:s}", "name", dialect->command[i].name, "level",
                                                  dw_evidence_name(dialect->command[i].evidence.level)));
    json_object_set_new(out, "commands", commands);
    free(dialect);
}

static json_t *device_json(const struct dw_diagnose_opts *opts, const struct dw_usb_device *device)
{
    static const struct dw_usb_match printers = {.class = DW_USB_CLASS_PRINTER};
    const struct dw_mover_driver *driver = driver_of(device);
    const struct dw_diagnose_robot *robot = robot_of(opts, device, driver);
    char id[DW_USB_ID1284_MAX] = "";
    bool printer = dw_usb_match_fits(&printers, device);
    json_t *out = json_object();
    set_text(out, "path", device->path);
    json_object_set_new(out, "vendor", hex4(device->vendor));
    json_object_set_new(out, "product", hex4(device->product));
    json_object_set_new(out, "version", hex4(device->version));
    if (!driver && !robot && !printer)
        return out;
    tell_descriptors(opts, device, out);
    set_text(out, "driver", robot ? robot->options.driver : driver ? driver->name : "");
    if (robot)
        set_text(out, "robot", robot->name);
    if (!(printer && id_of_kernel(opts, device, id)) && printer && (driver || robot))
        ask_printer(opts, device, out, id);
    if (printer)
        set_text(out, "id1284", id);
    if (printer && (driver || robot))
        tell_dialect(robot, device, id, out);
    return out;
}

/* --- drives and robots --- */

static json_t *drives_json(const struct dw_diagnose_opts *opts)
{
    struct dw_drives drives = {.count = 0};
    json_t *list = json_array();
    if (dw_drives_list(opts->root, &drives, NULL) != DW_OK)
        drives.count = 0;
    for (size_t i = 0; i < drives.count; i++) {
        const struct dw_optical *drive = &drives.drive[i];
        json_t *row = json_object();
        set_text(row, "device", drive->device);
        set_text(row, "serial", drive->serial);
        set_text(row, "path", drive->path);
        set_text(row, "vendor", drive->vendor);
        set_text(row, "model", drive->model);
        set_text(row, "revision", drive->revision);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *robots_json(const struct dw_diagnose_opts *opts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < opts->robot_count; i++) {
        const struct dw_diagnose_robot *robot = &opts->robots[i];
        json_t *row = json_object();
        set_text(row, "name", robot->name);
        set_text(row, "driver", robot->options.driver);
        set_text(row, "usb", robot->options.usb);
        set_text(row, "dialect", robot->options.dialect);
        set_text(row, "device", robot->options.device);
        json_array_append_new(list, row);
    }
    return list;
}

dw_status dw_diagnose(const struct dw_diagnose_opts *opts, json_t **out, struct dw_error *err)
{
    struct dw_usb_device *devices = NULL;
    struct utsname kernel;
    char libusb[32];
    size_t count = 0;
    dw_status st = opts->bus ? dw_usb_bus_list(opts->bus, &devices, &count, err) : DW_OK;
    if (st != DW_OK)
        return st;
    json_t *report = json_object(), *list = json_array();
    set_text(report, "discwright", DW_VERSION);
    if (uname(&kernel) == 0) {
        set_text(report, "kernel", kernel.release);
        set_text(report, "machine", kernel.machine);
    }
    dw_usb_version(libusb, sizeof libusb);
    set_text(report, "libusb", libusb);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, device_json(opts, &devices[i]));
    free(devices);
    json_object_set_new(report, "usb", json_boolean(opts->bus != NULL));
    json_object_set_new(report, "devices", list);
    json_object_set_new(report, "drives", drives_json(opts));
    json_object_set_new(report, "robots", robots_json(opts));
    *out = report;
    return DW_OK;
}
