#include "programs/usb/capture_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *dw_capture_hex(const struct dw_traffic_payload *payload, char out[DW_CAPTURE_HEX_MAX])
{
    size_t n = 0;
    out[0] = 0;
    for (size_t i = 0; i < payload->size; i++)
        n += (size_t)snprintf(out + n, DW_CAPTURE_HEX_MAX - n, "%s%02X", i ? " " : "", payload->data[i]);
    return out;
}

bool dw_capture_is_plausible(const struct dw_traffic_device *device)
{
    return device->frames > 0 && !device->is_storage;
}

/* --- for people --- */

static const char *class_word(const struct dw_traffic_device *device)
{
    switch (device->interface_class) {
    case -1:
        return "class not known";
    case 3:
        return "keyboard, mouse or the like";
    case 7:
        return "printer class";
    case 8:
        return "storage class";
    case 255:
        return "class of its maker";
    default:
        return "another class";
    }
}

static void device_line(const struct dw_traffic_device *device, FILE *to)
{
    char ids[24] = "ids not recorded";
    if (device->identified)
        snprintf(ids, sizeof ids, "%04x:%04x", device->vendor, device->product);
    fprintf(to, "%u.%u  %s, %s, %" PRIu64 " short transfers, %" PRIu64 " long ones\n", device->bus, device->device, ids,
            class_word(device), device->frames, device->long_out);
}

void dw_capture_show_devices(const struct dw_capture_report *report, FILE *to)
{
    for (size_t i = 0; i < report->devices; i++)
        if (dw_capture_is_plausible(&report->device[i]))
            device_line(&report->device[i], to);
}

static void show_left_out(const struct dw_capture_report *report)
{
    const struct dw_traffic_device *device = &report->device[report->chosen];
    if (device->long_out)
        printf("print data %" PRIu64 " transfers, %" PRIu64 " bytes: counted, not kept; %" PRIu64
               " short transfers beside it are left out\n",
               device->long_out, device->long_out_bytes, report->frames.near_print);
    if (device->cut)
        printf("cut        %" PRIu64 " short transfers were cut when they were recorded, and are left out\n",
               device->cut);
    if (device->unkept)
        printf("too many   %" PRIu64 " short transfers beyond %d distinct ones are left out\n", device->unkept,
               DW_TRAFFIC_DISTINCT_MAX);
    if (report->strange)
        printf("strange    %" PRIu64 " packets are no transfers\n", report->strange);
    if (*report->damage)
        printf("incomplete %s\n", report->damage);
}

static void show_frame(const struct dw_capture_report *report, size_t i)
{
    const struct dw_traffic_frame *frame = &report->frames.frame[i];
    const struct dw_capture_note *note = &report->note[i];
    char hex[DW_CAPTURE_HEX_MAX], gap[64] = "the last one";
    if (frame->gaps)
        snprintf(gap, sizeof gap, "%.1f s, %.1f s", (double)frame->gap_min_ms / 1000,
                 (double)frame->gap_median_ms / 1000);
    printf("%3zu  %-24s %5" PRIu64 "  %8.1f s  %-17s%s%s%s%s%s\n", i + 1, dw_capture_hex(&frame->sent, hex), frame->count,
           (double)frame->first_ms / 1000, gap, *note->name ? " " : "", note->name, *note->known ? " (" : "", note->known,
           *note->known ? ")" : "");
    if (frame->failed)
        printf("     the device did not take it %" PRIu64 "x\n", frame->failed);
    for (size_t r = 0; r < frame->replies; r++)
        printf("     came back %" PRIu64 "x: %s\n", frame->reply[r].count,
               dw_capture_hex(&frame->reply[r].got, hex));
    if (frame->other_replies)
        printf("     came back %" PRIu64 "x: something else\n", frame->other_replies);
}

void dw_capture_show(const struct dw_capture_report *report)
{
    const struct dw_traffic_device *device = &report->device[report->chosen];
    printf("recording  %s, %" PRIu64 " packets of %s\n", report->file, report->packets, report->recorder);
    fputs("device     ", stdout);
    device_line(device, stdout);
    if (*device->ieee1284)
        printf("IEEE 1284  %s\n", device->ieee1284);
    show_left_out(report);
    printf("checksum   sum-all holds for %zu of %zu frames, sum-without-first for %zu\n",
           report->holds[DW_CHECKSUM_SUM_ALL], report->frames.count, report->holds[DW_CHECKSUM_SUM_WITHOUT_FIRST]);
    printf("\n  #  %-24s times     first    until the next: shortest, middle\n", "frame");
    for (size_t i = 0; i < report->frames.count; i++)
        show_frame(report, i);
}

/* --- for programs --- */

static json_t *device_to_json(const struct dw_traffic_device *device)
{
    char name[32], ids[16] = "";
    snprintf(name, sizeof name, "%u.%u", device->bus, device->device);
    if (device->identified)
        snprintf(ids, sizeof ids, "%04x:%04x", device->vendor, device->product);
    return json_pack("{s:s, s:s, s:i, s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:I}", "device", name, "ids", ids, "class",
                     device->interface_class, "ieee1284", device->ieee1284, "storage", device->is_storage, "plausible",
                     dw_capture_is_plausible(device), "short", (json_int_t)device->frames, "long",
                     (json_int_t)device->long_out, "long_bytes", (json_int_t)device->long_out_bytes, "cut",
                     (json_int_t)device->cut, "unkept", (json_int_t)device->unkept);
}

static json_t *frame_to_json(const struct dw_capture_report *report, size_t i)
{
    const struct dw_traffic_frame *frame = &report->frames.frame[i];
    char hex[DW_CAPTURE_HEX_MAX];
    json_t *replies = json_array();
    for (size_t r = 0; r < frame->replies; r++)
        json_array_append_new(replies, json_pack("{s:s, s:I}", "hex", dw_capture_hex(&frame->reply[r].got, hex), "count",
                                                 (json_int_t)frame->reply[r].count));
    json_t *out = json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:I, s:s, s:s}", "hex", dw_capture_hex(&frame->sent, hex),
                            "count", (json_int_t)frame->count, "failed", (json_int_t)frame->failed, "first_ms",
                            (json_int_t)frame->first_ms, "gaps", (json_int_t)frame->gaps, "replies", replies,
                            "other_replies", (json_int_t)frame->other_replies, "known", report->note[i].known, "name",
                            report->note[i].name);
    if (frame->gaps) {
        json_object_set_new(out, "gap_min_ms", json_integer((json_int_t)frame->gap_min_ms));
        json_object_set_new(out, "gap_median_ms", json_integer((json_int_t)frame->gap_median_ms));
    }
    return out;
}

json_t *dw_capture_to_json(const struct dw_capture_report *report)
{
    const struct dw_traffic_device *device = &report->device[report->chosen];
    json_t *devices = json_array(), *frames = json_array(), *checksums = json_object();
    for (enum dw_checksum rule = DW_CHECKSUM_SUM_ALL; rule < DW_CHECKSUM_COUNT; rule++)
        json_object_set_new(checksums, dw_checksum_name(rule), json_integer((json_int_t)report->holds[rule]));
    for (size_t i = 0; i < report->devices; i++)
        json_array_append_new(devices, device_to_json(&report->device[i]));
    for (size_t i = 0; i < report->frames.count; i++)
        json_array_append_new(frames, frame_to_json(report, i));
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:o, s:o, s:I, s:o, s:o}", "file", report->file, "recorder",
                     report->recorder, "recorded", report->recorded,
                     "packets", (json_int_t)report->packets, "strange", (json_int_t)report->strange, "incomplete",
                     report->damage, "device", device_to_json(device), "devices", devices, "near_print",
                     (json_int_t)report->frames.near_print, "checksums", checksums, "frames", frames);
}
