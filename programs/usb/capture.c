/* `discwright robot capture`: a recording of what a maker's own program says to its robot, read into named frames. Nothing
 * is ever sent to a device. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "programs/usb/capture_dialect.h"
#include "programs/usb/capture_names.h"
#include "programs/command.h"
#include "robot/capture/packets.h"

#define NAMES_MAX 64

struct capture_args {
    const char *file, *device;
    const char *name[NAMES_MAX], *names, *note, *title, *out;
    size_t count; /* of name */
    bool json;
};

static int usage(FILE *to, int code)
{
    fputs("usage: discwright robot capture [OPTION]... FILE\n"
          "Read a recording of USB (pcap or pcapng, of USBPcap or usbmon) and list the frames that a device was sent.\n"
          "Nothing is sent to any device.\n\n"
          "  --device BUS.DEVICE   which device, where the recording has several\n"
          "  --name BYTES=NAME     what you pressed when this frame was sent; may be given again\n"
          "  --names FILE          the same, a line for each frame\n"
          "  --out NAME.conf       write the named frames as a dialect; without --name and --names you are asked\n"
          "  --note TEXT           who recorded it, on which machine: kept in the dialect\n"
          "  --title TEXT          what the dialect is called\n"
          "  --json                print what was found as one object\n",
          to);
    return code;
}

static dw_status read_args(int argc, char **argv, struct capture_args *args, struct dw_error *err)
{
    const struct {
        const char *option, **value;
    } texts[] = {{"--device", &args->device}, {"--names", &args->names}, {"--note", &args->note},
                 {"--title", &args->title},   {"--out", &args->out}};
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        size_t text = 0;
        while (text < DW_ARRAY_LEN(texts) && strcmp(argv[i], texts[text].option) != 0)
            text++;
        if (strcmp(argv[i], "--json") == 0)
            args->json = true;
        else if (text < DW_ARRAY_LEN(texts) && has_value)
            *texts[text].value = argv[++i];
        else if (strcmp(argv[i], "--name") == 0 && has_value && args->count < NAMES_MAX)
            args->name[args->count++] = argv[++i];
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
        if (report->packets++ == 0) {
            char when[32];
            dw_time_iso8601(packet.time_ns / 1000, when, sizeof when);
            dw_text_cut(report->recorded, sizeof "2026-11-21", when);
        }
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

static dw_status name_frames(const struct capture_args *args, struct dw_capture_report *report, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (size_t i = 0; st == DW_OK && i < args->count; i++)
        st = dw_capture_name(report, args->name[i], err);
    if (st == DW_OK && args->names)
        st = dw_capture_name_from_file(report, args->names, err);
    return st;
}

static bool may_ask(const struct capture_args *args)
{
    return args->out && !args->count && !args->names && !args->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static dw_status write_dialect(const struct capture_args *args, const dw_traffic *traffic,
                               struct dw_capture_report *report, struct dw_error *err)
{
    if (may_ask(args))
        dw_capture_ask_names(report, stdin, stdout);
    dw_status st = dw_capture_write(report, traffic, args->out, args->title, args->note, err);
    if (st == DW_OK && !args->json)
        printf("\n%s: %zu commands. Read it, and send it to us with the recording's story: docs/capture.md\n", args->out,
               dw_capture_named(report));
    return st;
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
    dw_capture_compare(report);
    st = name_frames(args, report, err);
    if (st == DW_OK)
        st = print_report(args, report, err);
    return st == DW_OK && args->out ? write_dialect(args, traffic, report, err) : st;
}

/* As it stands in reports and dialects, which are text. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return dw_text_is_utf8(name, strlen(name)) ? name : "a file whose name is no UTF-8";
}

static dw_status run(const struct capture_args *args, struct dw_error *err)
{
    struct dw_capture_report report = {.file = name_of(args->file)};
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
