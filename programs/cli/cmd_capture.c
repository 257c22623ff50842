/* `discwright robot capture`: a recording of what a maker's own program says to its robot, read into named frames. Nothing
 * is ever sent to a device. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "programs/cli/capture_report.h"
#include "programs/cli/command.h"
#include "robot/capture/packets.h"

struct capture_args {
    const char *file, *device;
    bool json;
};

static int usage(FILE *to, int code)
{
    fputs("usage: discwright robot capture [OPTION]... FILE\n"
          "Read a recording of USB (pcap or pcapng, of USBPcap or usbmon) and list the frames that a device was sent.\n"
          "Nothing is sent to any device.\n\n"
          "  --device BUS.DEVICE   which device, where the recording has several\n"
          "  --json                print what was found as one object\n",
          to);
    return code;
}

static dw_status read_args(int argc, char **argv, struct capture_args *args, struct dw_error *err)
{
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--json") == 0)
            args->json = true;
        else if (strcmp(argv[i], "--device") == 0 && has_value)
            args->device = argv[++i];
        else if (argv[i][0] == '-' && argv[i][1])
            return dw_error_set(err, DW_ERR_INVALID,
                                "'%.40s' is not an option of robot capture, or its value is missing", argv[i]);
        else if (args->file)
            return dw_error_set(err, DW_ERR_INVALID, "robot capture reads one file at a time");
        else
            args->file = argv[i];
    }
    return args->file ? DW_OK
                      : dw_error_set(err, DW_ERR_INVALID, "a file is missing (discwright robot capture --help)");
}

/* --- the file --- */

static dw_status open_file(const struct capture_args *args, dw_packets **out, struct dw_error *err)
{
    FILE *file = fopen(args->file, "rbe");
    if (!file)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%.100s': %s", args->file, strerror(errno));
    return dw_packets_open(file, out, err);
}

/* A file that ends early, or is longer than we remember, is good up to there. */
static dw_status read_packets(dw_packets *packets, dw_traffic *traffic, struct dw_capture_report *report,
                              struct dw_error *err)
{
    dw_status st = DW_OK;
    for (;;) {
        struct dw_packet packet;
        struct dw_urb urb;
        st = dw_packets_next(packets, &packet, err);
        if (st != DW_OK)
            break;
        report->packets++;
        if (dw_urb_read(dw_packets_kind(packets), &packet, &urb, NULL) != DW_OK) {
            report->strange++;
            continue;
        }
        st = dw_traffic_add(traffic, &urb, err);
        if (st != DW_OK)
            break;
    }
    if (st == DW_ERR_NOT_FOUND)
        return DW_OK;
    if ((st == DW_ERR_CORRUPT && report->packets > 0) || st == DW_ERR_LIMIT) {
        dw_text_cut(report->damage, sizeof report->damage, err->text);
        return DW_OK;
    }
    return st;
}

/* --- the device --- */

static dw_status find_named(const struct capture_args *args, struct dw_capture_report *report, struct dw_error *err)
{
    for (size_t i = 0; i < report->devices; i++) {
        char name[32];
        snprintf(name, sizeof name, "%u.%u", report->device[i].bus, report->device[i].device);
        if (strcmp(name, args->device) == 0) {
            report->chosen = i;
            return DW_OK;
        }
    }
    return dw_error_set(err, DW_ERR_NOT_FOUND, "device %.20s is not in the recording", args->device);
}

static dw_status choose_device(const struct capture_args *args, struct dw_capture_report *report, struct dw_error *err)
{
    size_t plausible = 0;
    if (args->device)
        return find_named(args, report, err);
    for (size_t i = 0; i < report->devices; i++) {
        if (dw_capture_is_plausible(&report->device[i])) {
            report->chosen = i;
            plausible++;
        }
    }
    if (plausible == 1)
        return DW_OK;
    if (plausible == 0)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "no device was sent a short bulk or interrupt transfer in the recording");
    dw_capture_show_devices(report, stderr);
    return dw_error_set(err, DW_ERR_CONFLICT, "%zu devices were sent short transfers: say which is the robot with --device",
                        plausible);
}

/* --- what is made of it --- */

static dw_status print_report(const struct capture_args *args, const struct dw_capture_report *report,
                              struct dw_error *err)
{
    if (!args->json) {
        dw_capture_show(report);
        return DW_OK;
    }
    json_t *all = dw_capture_to_json(report);
    if (!all)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    json_dumpf(all, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(all);
    return DW_OK;
}

static dw_status understand(const struct capture_args *args, dw_traffic *traffic, struct dw_capture_report *report,
                            struct dw_error *err)
{
    report->devices = dw_traffic_devices(traffic, &report->device);
    dw_status st = choose_device(args, report, err);
    if (st == DW_OK)
        st = dw_traffic_frames(traffic, report->chosen, &report->frames, err);
    if (st != DW_OK)
        return st;
    report->note = calloc(report->frames.count + 1, sizeof *report->note);
    if (!report->note)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    return print_report(args, report, err);
}

static dw_status run(const struct capture_args *args, struct dw_error *err)
{
    const char *slash = strrchr(args->file, '/');
    struct dw_capture_report report = {.file = slash ? slash + 1 : args->file};
    dw_traffic *traffic = NULL;
    dw_packets *packets = NULL;
    dw_status st = open_file(args, &packets, err);
    if (st == DW_OK)
        st = dw_traffic_new(&traffic, err);
    if (st == DW_OK) {
        report.recorder = dw_packets_kind(packets) == DW_PACKETS_USBPCAP ? "USBPcap" : "usbmon";
        st = read_packets(packets, traffic, &report, err);
    }
    if (st == DW_OK)
        st = understand(args, traffic, &report, err);
    free(report.note);
    dw_traffic_frames_done(&report.frames);
    dw_traffic_free(traffic);
    dw_packets_close(packets);
    return st;
}

int dw_command_capture(int argc, char **argv)
{
    struct dw_error err = {0};
    struct capture_args args = {.file = NULL};
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    dw_status st = read_args(argc, argv, &args, &err);
    if (st == DW_OK)
        st = run(&args, &err);
    if (st != DW_OK)
        fprintf(stderr, "discwright: robot capture: %s\n", err.text);
    return dw_status_exit_code(st);
}
