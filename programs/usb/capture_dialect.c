#include "programs/usb/capture_dialect.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/share.h"
#include "base/text.h"
#include "robot/capture/waits.h"

/* The next frame came when the motion before it was over, or when its person pressed again. */
#define SETTLE_MIN_MS 1000
#define SETTLE_MAX_MS 30000     /* nobody's machine moves longer; a person may wait as long as they like */
#define SETTLE_UNKNOWN_MS 20000 /* nothing was sent after it */
#define WAIT_MAX_MS 60000
#define DISC_IN_UNKNOWN_MS 20000 /* as the public script waits; a drive that is busy for longer is waited for anyway */
#define REMARK_MAX 400

/* --- what is known --- */

static void compare_with(struct dw_capture_report *report, const struct dw_dialect *dialect)
{
    for (size_t i = 0; i < report->frames.count; i++) {
        const struct dw_traffic_payload *sent = &report->frames.frame[i].sent;
        struct dw_capture_note *note = &report->note[i];
        for (int n = 0; n < dialect->commands && !*note->known; n++) {
            const struct dw_dialect_command *command = &dialect->command[n];
            if (command->frame.size == sent->size && memcmp(command->frame.byte, sent->data, sent->size) == 0 &&
                !dw_text_format(note->known, sizeof note->known, "%s: %s", dialect->name, command->name))
                note->known[0] = 0;
        }
    }
}

static void compare_with_folder(struct dw_capture_report *report, const char *folder, struct dw_dialect *room)
{
    char path[DW_PATH_MAX];
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL) {
        struct dw_error err = {0};
        if (entry->d_name[0] == '.' || !dw_text_ends_with(entry->d_name, ".conf") ||
            !dw_text_format(path, sizeof path, "%s/%s", folder, entry->d_name))
            continue;
        if (dw_dialect_read(path, room, &err) == DW_OK)
            compare_with(report, room);
        else
            fprintf(stderr, "discwright: robot capture: passed over: %s\n", err.text);
    }
    if (dir)
        closedir(dir);
}

static void try_rules(struct dw_capture_report *report)
{
    for (enum dw_checksum rule = DW_CHECKSUM_SUM_ALL; rule < DW_CHECKSUM_COUNT; rule++) {
        for (size_t i = 0; i < report->frames.count; i++) {
            const struct dw_traffic_payload *sent = &report->frames.frame[i].sent;
            report->holds[rule] += dw_checksum_holds(rule, sent->data, sent->size);
        }
    }
}

void dw_capture_compare(struct dw_capture_report *report)
{
    char ours[DW_PATH_MAX];
    struct dw_dialect *room = calloc(1, sizeof *room);
    try_rules(report);
    if (room && dw_share_find("dialects", ".", "", ours, sizeof ours))
        compare_with_folder(report, ours, room);
    if (room)
        compare_with_folder(report, DW_DIALECT_SITE_FOLDER, room);
    free(room);
}

/* --- the dialect that the named frames make --- */

struct making {
    const struct dw_capture_report *report;
    struct dw_dialect dialect;
    struct dw_dialect_remarks remarks;
    struct dw_traffic_waits waits;
    int64_t *settle_ms; /* of each frame of the report */
    char remark[DW_DIALECT_COMMANDS_MAX][REMARK_MAX], head[2 * REMARK_MAX];
};

static const char no_waits[] =
    "There is no [waits] here: the recording does not show how long the drive's tray needs. Until there is one, the\n"
    "robot is not moved. Watch the machine with a clock, take more than it needs, and write it without the '#':\n"
    "[waits]\n"
    "from the order to close the tray until the arm may move, milliseconds\n"
    "tray_in_ms =\n"
    "from the order to open it until the disc is let go\n"
    "tray_out_ms =\n"
    "from closing it on a new disc until the disc is used\n"
    "disc_in_ms =\n"
    "with the tray out, from sending the arm over it until the disc is gripped\n"
    "over_disc_ms =\n"
    "from gripping until the tray closes\n"
    "lifted_ms =\n"
    "level = INFERRED\n"
    "origin = watched with a clock, by whom and when";

static int bounded_ms(int64_t ms, int64_t max)
{
    ms = (ms + 99) / 100 * 100;
    return (int)(ms < SETTLE_MIN_MS ? SETTLE_MIN_MS : ms > max ? max : ms);
}

static int settle_of(int64_t ms)
{
    return ms < 0 ? SETTLE_UNKNOWN_MS : bounded_ms(ms, SETTLE_MAX_MS);
}

static void remark_on(const struct dw_traffic_frame *frame, int64_t settle_ms, char *out, size_t size)
{
    char hex[DW_CAPTURE_HEX_MAX];
    int n = snprintf(out, size, "seen %" PRIu64 "x", frame->count);
    if (settle_ms >= 0)
        n += snprintf(out + n, size - (size_t)n, "; until the next named frame %.1f s in the middle",
                      (double)settle_ms / 1000);
    else
        n += snprintf(out + n, size - (size_t)n, "; no named frame was sent after it: settle_ms is a guess");
    if (frame->replies)
        snprintf(out + n, size - (size_t)n, "\ncame back %" PRIu64 "x: %s", frame->reply[0].count,
                 dw_capture_hex(&frame->reply[0].got, hex));
}

static dw_status add_command(struct making *making, size_t i, struct dw_error *err)
{
    const struct dw_traffic_frame *frame = &making->report->frames.frame[i];
    int n = making->dialect.commands;
    if (n == DW_DIALECT_COMMANDS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a dialect has at most %d commands", DW_DIALECT_COMMANDS_MAX);
    struct dw_dialect_command *command = &making->dialect.command[making->dialect.commands++];
    dw_text_cut(command->name, sizeof command->name, making->report->note[i].name);
    memcpy(command->frame.byte, frame->sent.data, frame->sent.size);
    command->frame.size = frame->sent.size;
    command->settle_ms = settle_of(making->settle_ms[i]);
    command->evidence = making->dialect.evidence;
    remark_on(frame, making->settle_ms[i], making->remark[n], sizeof making->remark[n]);
    making->remarks.command[n] = making->remark[n];
    return DW_OK;
}

/* --- its waits --- */

static enum dw_traffic_role role_of(const char *name)
{
    static const struct {
        const char *name;
        enum dw_traffic_role role;
    } gripper[] = {{"grip", DW_ROLE_GRIP}, {"release", DW_ROLE_RELEASE}, {"toggle", DW_ROLE_TOGGLE}};
    for (size_t i = 0; i < DW_ARRAY_LEN(gripper); i++)
        if (strcmp(name, gripper[i].name) == 0)
            return gripper[i].role;
    if (strncmp(name, "arm-recorder", strlen("arm-recorder")) == 0)
        return DW_ROLE_ARM_DRIVE;
    if (strncmp(name, "arm-", strlen("arm-")) == 0)
        return DW_ROLE_ARM;
    return *name ? DW_ROLE_OTHER : DW_ROLE_NONE;
}

static dw_status measure(struct making *making, const dw_traffic *traffic, struct dw_error *err)
{
    const struct dw_capture_report *report = making->report;
    enum dw_traffic_role *roles = calloc(report->frames.count + 1, sizeof *roles);
    making->settle_ms = calloc(report->frames.count + 1, sizeof *making->settle_ms);
    dw_status st = roles && making->settle_ms ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (size_t i = 0; st == DW_OK && i < report->frames.count; i++)
        roles[i] = role_of(report->note[i].name);
    if (st == DW_OK)
        st = dw_traffic_waits(traffic, report->chosen, &report->frames, roles, &making->waits, making->settle_ms, err);
    free(roles);
    return st;
}

/* All of them, or none: half of them would let nobody move. */
static void add_waits(struct making *making)
{
    struct dw_dialect_waits *waits = &making->dialect.waits;
    struct dw_traffic_wait *seen = making->waits.wait;
    int *const to[] = {[DW_WAIT_TRAY_IN] = &waits->tray_in_ms,
                       [DW_WAIT_TRAY_OUT] = &waits->tray_out_ms,
                       [DW_WAIT_DISC_IN] = &waits->disc_in_ms,
                       [DW_WAIT_OVER_DISC] = &waits->over_disc_ms,
                       [DW_WAIT_LIFTED] = &waits->lifted_ms};
    bool are_exact = true, are_there = true;
    for (size_t i = 0; i < DW_WAIT_COUNT; i++) {
        are_exact &= seen[i].is_exact;
        are_there &= seen[i].ms > 0 || i == DW_WAIT_DISC_IN;
    }
    for (size_t i = 0; are_there && i < DW_WAIT_COUNT; i++)
        *to[i] = bounded_ms(seen[i].ms ? seen[i].ms : DISC_IN_UNKNOWN_MS, WAIT_MAX_MS);
    waits->evidence.level = are_exact ? DW_EVIDENCE_CAPTURED : DW_EVIDENCE_INFERRED;
    dw_text_cut(waits->evidence.origin, sizeof waits->evidence.origin,
                are_exact ? "the same recording, with the orders to the tray of the drive"
                          : "the same recording; its orders to the tray are not all in it, so that pauses are taken whole");
    making->remarks.end = are_there ? NULL : no_waits;
}

/* What in a pattern would stand for something else stands for any one character. */
static void add_literal(char *out, size_t size, const char *value)
{
    size_t n = strlen(out);
    for (; *value && n + 1 < size; value++)
        out[n++] = strchr("*?[]\\", *value) ? '?' : *value;
    out[n] = 0;
}

static void match_device(struct making *making)
{
    const struct dw_traffic_device *device = &making->report->device[making->report->chosen];
    struct dw_usb_match *match = &making->dialect.match;
    char model[DW_USB_TEXT_MAX / 2] = "";
    if (device->interface_class > 0)
        match->class = device->interface_class;
    if (device->identified && device->vendor && device->product) {
        match->vendor = (uint16_t)device->vendor;
        match->product = (uint16_t)device->product;
        return;
    }
    dw_usb_id1284_value(device->ieee1284, "MDL", model, sizeof model);
    if (*model) {
        dw_text_cut(match->id1284, sizeof match->id1284, "*");
        add_literal(match->id1284, sizeof match->id1284 - 2, model);
        dw_text_cut(match->id1284 + strlen(match->id1284), 2, "*");
    }
    making->dialect.only_by_name = !*model;
}

static void describe(struct making *making, const char *title, const char *note)
{
    const struct dw_capture_report *report = making->report;
    const struct dw_traffic_device *device = &report->device[report->chosen];
    struct dw_dialect *dialect = &making->dialect;
    char model[DW_USB_TEXT_MAX] = "", said[DW_DIALECT_TEXT_MAX + DW_PATH_MAX];
    dw_usb_id1284_value(device->ieee1284, "MDL", model, sizeof model);
    snprintf(said, sizeof said, "%s, as captured", *model ? model : "A robot");
    dw_text_cut(dialect->title, sizeof dialect->title, title ? title : said);
    snprintf(said, sizeof said, "%s, recorded %s%s%s", report->file, report->recorded, note ? ", " : "", note ? note : "");
    dw_text_cut(dialect->evidence.origin, sizeof dialect->evidence.origin, said);
    dialect->evidence.level = DW_EVIDENCE_CAPTURED;
    snprintf(making->head, sizeof making->head,
             "Made by discwright robot capture from a recording of %s, %s: frames that a real machine was sent, named by\n"
             "who pressed the buttons. Of all %zu short frames sum-all holds for %zu, sum-without-first for %zu.\n"
             "settle_ms is how long the next named frame waited, between 1 s and 30 s: take more where a motion lasts longer.",
             report->recorder, report->recorded, report->frames.count, report->holds[DW_CHECKSUM_SUM_ALL],
             report->holds[DW_CHECKSUM_SUM_WITHOUT_FIRST]);
    making->remarks.head = making->head;
}

dw_status dw_capture_write(const struct dw_capture_report *report, const dw_traffic *traffic, const char *path,
                           const char *title, const char *note, struct dw_error *err)
{
    struct making *making = calloc(1, sizeof *making);
    if (!making)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    making->report = report;
    describe(making, title, note);
    match_device(making);
    dw_status st = measure(making, traffic, err);
    for (size_t i = 0; st == DW_OK && i < report->frames.count; i++)
        if (*report->note[i].name)
            st = add_command(making, i, err);
    struct dw_dialect *dialect = &making->dialect;
    if (st == DW_OK && dialect->commands == 0)
        st = dw_error_set(err, DW_ERR_INVALID, "no frame has a name: --name or --names give them, or answer on a terminal");
    add_waits(making);
    dialect->checksum = dw_checksum_of(dialect->command, dialect->commands);
    dialect->frame_evidence.level = DW_EVIDENCE_INFERRED;
    snprintf(dialect->frame_evidence.origin, sizeof dialect->frame_evidence.origin, "what the %d named frames share",
             dialect->commands);
    if (st == DW_OK)
        st = dw_dialect_write(dialect, &making->remarks, path, err);
    free(making->settle_ms);
    free(making);
    return st;
}
