/* `discwright robots --diagnose`: what this machine knows of robots and drives at its cables, to be sent to whoever
 * helps. Works without the daemon; nothing moves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "programs/command.h"
#include "robot/diagnose.h"
#include "robot/ptburn/report.h"

#define ROBOTS_MAX 8
#define DEFAULT_CONFIG "/etc/discwright/discwright.conf"

struct site { /* what discwright.conf says of robots */
    struct dw_diagnose_robot robot[ROBOTS_MAX];
    size_t count;
};

static int usage(FILE *to, int code)
{
    fputs("usage: discwright robots --diagnose [OPTION]...\n"
          "Print a report about the robots and drives at this machine, to be sent to whoever helps: what they are, what\n"
          "they say of themselves, which dialect they would be spoken to in and why. It names no patient, and nothing\n"
          "moves.\n\n"
          "  --json          print it as one object\n"
          "  --config FILE   where robots are named (default " DEFAULT_CONFIG ")\n",
          to);
    return code;
}

/* --- discwright.conf --- */

/* The daemon is strict with this file; here only what robots are about matters, and the rest may be wrong. */
static dw_status on_entry(void *ctx, const char *section, const char *key, const char *value, struct dw_error *err)
{
    static const char robot[] = "robot ";
    struct site *site = ctx;
    if (!section || strncmp(section, robot, sizeof robot - 1) != 0)
        return DW_OK;
    const char *name = section + sizeof robot - 1;
    size_t i = 0;
    while (i < site->count && strcmp(site->robot[i].name, name) != 0)
        i++;
    if (i == ROBOTS_MAX)
        return DW_OK;
    if (i == site->count) {
        dw_text_cut(site->robot[i].name, sizeof site->robot[i].name, name);
        dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &site->robot[i].options);
        site->count++;
    }
    if (key && dw_options_set(dw_robot_options_table, dw_robot_options_count, &site->robot[i].options, "robot", key,
                              value, NULL) != DW_OK)
        fprintf(stderr, "discwright: [%s] %s is not understood\n", section, key);
    return DW_OK;
}

/* --- for people --- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = dw_json_text(object, key);
    return *text ? text : "-";
}

static void show_interfaces(const json_t *device)
{
    const json_t *interface, *endpoint;
    size_t i, e;
    json_array_foreach (json_object_get(device, "interfaces"), i, interface) {
        printf("    interface %lld.%lld  class %lld/%lld/%lld  kernel driver %s\n",
               (long long)dw_json_int(interface, "number", 0), (long long)dw_json_int(interface, "alternate", 0),
               (long long)dw_json_int(interface, "class", 0), (long long)dw_json_int(interface, "subclass", 0),
               (long long)dw_json_int(interface, "protocol", 0), text_of(interface, "kernel_driver"));
        json_array_foreach (json_object_get(interface, "endpoints"), e, endpoint)
            printf("      endpoint %s  %s %s  %lld bytes\n", dw_json_text(endpoint, "address"),
                   dw_json_text(endpoint, "type"), dw_json_text(endpoint, "direction"),
                   (long long)dw_json_int(endpoint, "packet_bytes", 0));
    }
}

static void show_device(const json_t *device)
{
    const json_t *status = json_object_get(device, "port_status"), *command;
    size_t i;
    printf("  %-8s %s:%s  version %s", dw_json_text(device, "path"), dw_json_text(device, "vendor"),
           dw_json_text(device, "product"), dw_json_text(device, "version"));
    if (!json_object_get(device, "interfaces")) {
        putchar('\n');
        return;
    }
    printf("  %s / %s / serial %s\n    driver %s, robot %s\n", text_of(device, "maker"), text_of(device, "name"),
           text_of(device, "serial"), text_of(device, "driver"), text_of(device, "robot"));
    show_interfaces(device);
    if (json_object_get(device, "id1284"))
        printf("    IEEE-1284 id  %s\n", text_of(device, "id1284"));
    if (json_object_get(device, "not_asked"))
        printf("    not asked: %s\n", dw_json_text(device, "not_asked"));
    if (status)
        printf("    port status  %02llx\n", (unsigned long long)dw_json_int(status, "byte", 0));
    if (!json_object_get(device, "dialect"))
        return;
    printf("    dialect  %s (%s)\n", text_of(device, "dialect"), dw_json_text(device, "dialect_why"));
    json_array_foreach (json_object_get(device, "commands"), i, command)
        printf("      %-16s %s\n", dw_json_text(command, "name"), dw_json_text(command, "level"));
}

static void show_bin(const json_t *robot, const char *name, const char *count)
{
    if (json_is_true(json_object_get(robot, name)))
        printf(", %.*s bin %lld", (int)strcspn(name, "_"), name, (long long)dw_json_int(robot, count, -1));
}

static void show_keys(const json_t *object)
{
    const json_t *key;
    size_t i;
    json_array_foreach (json_object_get(object, "other_keys"), i, key)
        printf("    says also  %s\n", json_string_value(key));
}

static void show_server(const json_t *server)
{
    const char *name;
    json_t *version, *robot, *row;
    size_t i, k;
    printf("\nPTBurn server of %s\n", dw_json_text(server, "robot"));
    if (json_object_get(server, "failed"))
        printf("  cannot be read: %s\n", dw_json_text(server, "failed"));
    json_object_foreach (json_object_get(server, "versions"), name, version)
        printf("  %-14s %s\n", name, json_string_value(version));
    json_array_foreach (json_object_get(server, "robots"), i, robot) {
        printf("  %s  %s (type %lld), firmware %s, serial %s, error %lld, kiosk %lld", dw_json_text(robot, "name"),
               text_of(robot, "model"), (long long)dw_json_int(robot, "type", -1), text_of(robot, "firmware"),
               text_of(robot, "serial"), (long long)dw_json_int(robot, "error", -1),
               (long long)dw_json_int(robot, "kiosk", -1));
        show_bin(robot, "right_bin", "right");
        show_bin(robot, "left_bin", "left");
        putchar('\n');
        json_array_foreach (json_object_get(robot, "drive_list"), k, row)
            printf("    %s  %s\n", text_of(row, "place"), text_of(row, "model"));
        json_array_foreach (json_object_get(robot, "cartridges"), k, row)
            printf("    %s (type %lld)  %lld %%\n", dw_json_text(row, "name"), (long long)dw_json_int(row, "type", 0),
                   (long long)dw_json_int(row, "percent", 0));
        show_keys(robot);
    }
    show_keys(server);
}

static void show(const json_t *report)
{
    const json_t *row;
    size_t i;
    printf("discwright %s, libusb %s, Linux %s %s\n", dw_json_text(report, "discwright"),
           dw_json_text(report, "libusb"), dw_json_text(report, "kernel"), dw_json_text(report, "machine"));
    puts(json_is_true(json_object_get(report, "usb")) ? "\nUSB devices" : "\nUSB devices: this machine has no USB");
    json_array_foreach (json_object_get(report, "devices"), i, row)
        show_device(row);
    puts("\nDrives");
    json_array_foreach (json_object_get(report, "drives"), i, row)
        printf("  %-10s %s %s %s\n    serial %s\n    place  %s\n", dw_json_text(row, "device"), text_of(row, "vendor"),
               text_of(row, "model"), text_of(row, "revision"), text_of(row, "serial"), text_of(row, "path"));
    puts("\nRobots of the settings");
    json_array_foreach (json_object_get(report, "robots"), i, row)
        printf("  %s  driver %s, usb %s, dialect %s, device %s\n", dw_json_text(row, "name"),
               dw_json_text(row, "driver"), text_of(row, "usb"), text_of(row, "dialect"), text_of(row, "device"));
    json_array_foreach (json_object_get(report, "servers"), i, row)
        show_server(row);
}

/* --- the command --- */

/* Robots behind a PTBurn server are at no cable of this machine: their server is asked. */
static json_t *servers_json(const struct site *site)
{
    json_t *list = json_array();
    for (size_t i = 0; i < site->count; i++) {
        const struct dw_robot_options *options = &site->robot[i].options;
        json_t *server = NULL;
        struct dw_error why = {0};
        if (strcmp(options->driver, "ptburn") != 0)
            continue;
        if (dw_ptburn_report(options->share, &server, &why) != DW_OK)
            server = json_pack("{s:s}", "failed", why.text);
        json_object_set_new(server, "robot", json_string(site->robot[i].name));
        json_array_append_new(list, server);
    }
    return list;
}

static dw_status diagnose(const char *config, bool json, struct dw_error *err)
{
    struct site *site = calloc(1, sizeof *site);
    dw_usb_bus *bus = NULL;
    json_t *report = NULL;
    struct dw_error why = {0};
    if (!site)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    /* A report without the settings is worth sending, too; a file that was named has to be there. */
    dw_status st = dw_ini_read(config ? config : DEFAULT_CONFIG, on_entry, site, &why);
    if (st != DW_OK && config)
        fprintf(stderr, "discwright: %s\n", why.text);
    if (dw_usb_bus_open(&bus, &why) != DW_OK)
        fprintf(stderr, "discwright: %s\n", why.text);
    struct dw_diagnose_opts opts = {.bus = bus, .root = "", .robots = site->robot, .robot_count = site->count};
    st = dw_diagnose(&opts, &report, err);
    if (st == DW_OK)
        json_object_set_new(report, "servers", servers_json(site));
    if (st == DW_OK && json) {
        json_dumpf(report, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (st == DW_OK) {
        show(report);
    }
    json_decref(report);
    dw_usb_bus_close(bus);
    free(site);
    return st;
}

int dw_command_diagnose(int argc, char **argv)
{
    struct dw_error err = {0};
    const char *config = NULL;
    bool json = false;
    dw_status st = DW_OK;
    for (int i = 1; i < argc && st == DW_OK; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout, 0);
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            config = argv[++i];
        else if (strcmp(argv[i], "--diagnose") != 0)
            st = dw_error_set(&err, DW_ERR_INVALID,
                              "'%.40s' is not an option of robots --diagnose, or its value is missing", argv[i]);
    }
    if (st == DW_OK)
        st = diagnose(config, json, &err);
    if (st == DW_OK && fflush(stdout) != 0)
        st = dw_error_set(&err, DW_ERR_IO, "the report cannot be written");
    if (st != DW_OK)
        fprintf(stderr, "discwright: %s\n", err.text);
    return dw_status_exit_code(st);
}
