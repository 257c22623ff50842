#include "programs/usb/capture_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define NAMES_FILE_MAX (64 * 1024)

static const char usual[] =
    "  arm-left, arm-right     the arm goes over the left or the right bin\n"
    "  arm-recorder            over the drive (arm-recorder-2: over the second)\n"
    "  arm-printer             over the printer\n"
    "  grip, release           the gripper; toggle, where one frame does both\n"
    "  Any other name of letters a to z, digits and '-' is kept with the dialect.\n"
    "  Leave out what you did not press yourself: nothing unknown is ever sent.\n";

static dw_status give_name(struct dw_capture_report *report, size_t frame, const char *name, struct dw_error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (!*name || strlen(name) >= DW_DIALECT_NAME_MAX || strspn(name, allowed) != strlen(name))
        return dw_error_set(err, DW_ERR_INVALID, "'%.50s': a name is letters a to z, digits and '-', at most %d of them",
                            name, DW_DIALECT_NAME_MAX - 1);
    if (*report->note[frame].name)
        return dw_error_set(err, DW_ERR_CONFLICT, "frame %zu is called %s already", frame + 1, report->note[frame].name);
    if (report->frames.frame[frame].failed == report->frames.frame[frame].count)
        return dw_error_set(err, DW_ERR_CONFLICT, "frame %zu was never taken by the device", frame + 1);
    for (size_t i = 0; i < report->frames.count; i++)
        if (strcmp(report->note[i].name, name) == 0)
            return dw_error_set(err, DW_ERR_CONFLICT, "frame %zu is called %s already", i + 1, name);
    dw_text_cut(report->note[frame].name, sizeof report->note[frame].name, name);
    return DW_OK;
}

dw_status dw_capture_name(struct dw_capture_report *report, const char *words, struct dw_error *err)
{
    char hex[DW_CAPTURE_HEX_MAX];
    struct dw_bytes bytes;
    const char *equals = strchr(words, '=');
    if (!equals || !dw_text_format(hex, sizeof hex, "%.*s", (int)(equals - words), words) ||
        !dw_bytes_read(hex, &bytes) || bytes.size == 0)
        return dw_error_set(err, DW_ERR_INVALID, "'%.60s' is not BYTES=NAME, such as 1B048D00000000AC=arm-left", words);
    for (size_t i = 0; i < report->frames.count; i++) {
        const struct dw_traffic_payload *sent = &report->frames.frame[i].sent;
        if (sent->size == bytes.size && memcmp(sent->data, bytes.byte, bytes.size) == 0)
            return give_name(report, i, equals + 1, err);
    }
    return dw_error_set(err, DW_ERR_NOT_FOUND, "the frame of '%.60s' is not in the recording", words);
}

/* Blanks at both ends go. */
static char *trimmed(char *line)
{
    line += strspn(line, " \t\r");
    size_t n = strlen(line);
    while (n > 0 && strchr(" \t\r", line[n - 1]))
        line[--n] = 0;
    return line;
}

dw_status dw_capture_name_from_file(struct dw_capture_report *report, const char *path, struct dw_error *err)
{
    struct dw_buf text = {0};
    dw_status st = dw_file_read_all(path, NAMES_FILE_MAX, &text, err);
    char *rest = text.data, *line;
    for (int n = 1; st == DW_OK && (line = strsep(&rest, "\n")) != NULL; n++) {
        line = trimmed(line);
        if (*line && *line != '#')
            st = dw_capture_name(report, line, err);
        if (st != DW_OK)
            st = dw_error_prefix(err, st, "%s:%d", path, n);
    }
    dw_buf_done(&text);
    return st;
}

/* false: nobody answers any more. */
static bool ask_name(struct dw_capture_report *report, size_t i, FILE *in, FILE *out)
{
    const struct dw_traffic_frame *frame = &report->frames.frame[i];
    char hex[DW_CAPTURE_HEX_MAX], line[128];
    fprintf(out, "\nFrame %zu of %zu: %s, %" PRIu64 "x, first %.1f s after the start\n", i + 1, report->frames.count,
            dw_capture_hex(&frame->sent, hex), frame->count, (double)frame->first_ms / 1000);
    if (*report->note[i].known)
        fprintf(out, "Known from %s\n", report->note[i].known);
    for (;;) {
        struct dw_error err = {0};
        fputs("What did you press? (a name; ? lists them; Enter leaves it out) ", out);
        fflush(out);
        if (!fgets(line, sizeof line, in))
            return false;
        line[strcspn(line, "\n")] = 0;
        const char *answer = trimmed(line);
        if (!*answer)
            return true;
        if (strcmp(answer, "?") == 0) {
            fputs(usual, out);
            continue;
        }
        if (give_name(report, i, answer, &err) == DW_OK)
            return true;
        fprintf(out, "%s\n", err.text);
    }
}

void dw_capture_ask_names(struct dw_capture_report *report, FILE *in, FILE *out)
{
    for (size_t i = 0; i < report->frames.count; i++)
        if (!*report->note[i].name && report->frames.frame[i].failed < report->frames.frame[i].count &&
            !ask_name(report, i, in, out))
            return;
}

size_t dw_capture_named(const struct dw_capture_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->frames.count; i++)
        count += *report->note[i].name != 0;
    return count;
}
