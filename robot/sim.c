/* Driver of the simulated robot: translates calls into its frames and its answers back, nothing
 * more. */
#include "robot/sim.h"

#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "robot/faults.h"

/* The machine itself answers at once; only motions take their time, at most 1000 percent of the
 * settings. */
#define ASK_MS 5000
#define MOVE_MS 60000

struct sim_state {
    const char *last_fault;
    int64_t row; /* of the next motion; 0: none */
    const char *drive_fault[DW_ROBOT_DRIVES_MAX]; /* of the two below, another thread's */
};

/* "E FAULT no|unknown SENTENCE" */
static dw_status failure(struct sim_state *state, const char *reply, enum dw_moved *moved,
                         struct dw_error *err)
{
    char copy[DW_LINK_FRAME_MAX];
    char *fault = NULL, *word = NULL, *text = NULL;
    if (strncmp(reply, "E ", 2) == 0 && dw_text_copy(copy, sizeof copy, reply + 2)) {
        fault = copy;
        word = strchr(fault, ' ');
        text = word ? strchr(word + 1, ' ') : NULL;
    }
    if (!text)
        return dw_error_set(err, DW_ERR_CORRUPT, "the simulator answered '%.40s'", reply);
    *word++ = 0;
    *text++ = 0;
    const struct dw_fault *row = dw_fault_find(fault);
    state->last_fault = row ? row->id : NULL;
    if (moved)
        *moved = strcmp(word, "no") == 0 ? DW_MOVED_NO : DW_MOVED_UNKNOWN;
    dw_status st = row && strcmp(row->id, "bin_empty") == 0 ? DW_ERR_NOT_FOUND : DW_ERR_IO;
    return dw_error_set(err, st, "%.180s", text);
}

/* One frame; the answer must begin with the same letter. *out is what follows it. */
static dw_status ask(struct sim_state *state, dw_link *link, const char *frame, int timeout_ms,
                     char reply[DW_LINK_FRAME_MAX], enum dw_moved *moved, struct dw_error *err)
{
    state->last_fault = NULL;
    dw_status st = dw_link_ask(link, frame, reply, DW_LINK_FRAME_MAX, timeout_ms, err);
    if (st == DW_ERR_TIMEOUT || st == DW_ERR_GONE)
        state->last_fault = "no_answer";
    if (st != DW_OK)
        return st;
    if (reply[0] != frame[0] || (reply[1] != 0 && reply[1] != ' '))
        return failure(state, reply, moved, err);
    return DW_OK;
}

static dw_status sim_probe(void *state, dw_link *link, struct dw_error *err)
{
    char reply[DW_LINK_FRAME_MAX];
    dw_status st = ask(state, link, "I", ASK_MS, reply, NULL, err);
    if (st == DW_OK && strcmp(reply, "I discwright-sim") != 0)
        st = dw_error_set(err, DW_ERR_UNSUPPORTED, "this is no simulated robot but '%.40s'", reply);
    return st;
}

static void bin_from_json(const json_t *json, struct dw_bin_sensed *out)
{
    out->discs = (int)dw_json_int(json, "discs", -1);
    out->capacity = (int)dw_json_int(json, "capacity", 0);
    dw_text_cut(out->media, sizeof out->media, dw_json_text(json, "media"));
}

static enum dw_sensed sensed(int64_t value)
{
    return value == DW_SENSED_EMPTY || value == DW_SENSED_DISC ? (enum dw_sensed)value
                                                               : DW_SENSED_UNKNOWN;
}

static dw_status sim_sense(void *state, dw_link *link, struct dw_sensors *out, struct dw_error *err)
{
    char reply[DW_LINK_FRAME_MAX];
    dw_status st = ask(state, link, "S", ASK_MS, reply, NULL, err);
    if (st != DW_OK)
        return st;
    json_t *json = json_loads(reply + 1, 0, NULL);
    const json_t *bins = json_object_get(json, "bins"), *drives = json_object_get(json, "drives");
    size_t bin_count = json_array_size(bins), drive_count = json_array_size(drives);
    int64_t printer = dw_json_int(json, "printer", DW_PRINTER_FAILED);
    if (bin_count == 0 || bin_count > DW_ROBOT_BINS_MAX || drive_count == 0 ||
        drive_count > DW_ROBOT_DRIVES_MAX || printer < DW_PRINTER_IDLE ||
        printer > DW_PRINTER_FAILED) {
        json_decref(json);
        return dw_error_set(err, DW_ERR_CORRUPT, "the sensors' answer makes no sense");
    }
    *out = (struct dw_sensors){.drives = (int)drive_count, .bins = (int)bin_count};
    for (size_t i = 0; i < bin_count; i++)
        bin_from_json(json_array_get(bins, i), &out->bin[i]);
    for (size_t i = 0; i < drive_count; i++) {
        const json_t *drive = json_array_get(drives, i);
        int64_t bytes = dw_json_int(drive, "bytes", 0);
        out->drive[i] = sensed(dw_json_int(drive, "disc", 0));
        out->blank_bytes[i] = bytes > 0 ? (uint64_t)bytes : 0;
        dw_text_cut(out->serial[i], sizeof out->serial[i], dw_json_text(drive, "serial"));
        dw_text_cut(out->lot[i], sizeof out->lot[i], dw_json_text(drive, "lot"));
    }
    bin_from_json(json_object_get(json, "output"), &out->output);
    bin_from_json(json_object_get(json, "reject"), &out->reject);
    out->arm = sensed(dw_json_int(json, "arm", 0));
    out->in_printer = sensed(dw_json_int(json, "in_printer", 0));
    out->printer = (enum dw_printer_state)printer;
    out->ink_percent = (int)dw_json_int(json, "ink", -1);
    const struct dw_fault *complaint = dw_fault_find(dw_json_text(json, "fault"));
    out->fault = complaint ? complaint->id : NULL;
    json_decref(json);
    return DW_OK;
}

static const char *frame_place(struct dw_place place, char out[8])
{
    static const char letters[DW_PLACE_KIND_COUNT] = {
        [DW_PLACE_NONE] = 'N',    [DW_PLACE_BIN] = 'B',    [DW_PLACE_DRIVE] = 'D',
        [DW_PLACE_PRINTER] = 'P', [DW_PLACE_OUTPUT] = 'O', [DW_PLACE_REJECT] = 'R'};
    if (place.number)
        snprintf(out, 8, "%c%d", letters[place.kind], place.number % 1000);
    else
        snprintf(out, 8, "%c", letters[place.kind]);
    return out;
}

static dw_status sim_move(void *state, dw_link *link, struct dw_place from, struct dw_place to,
                          enum dw_moved *moved, struct dw_error *err)
{
    struct sim_state *sim = state;
    char frame[64], a[8], b[8], reply[DW_LINK_FRAME_MAX];
    if (sim->row)
        snprintf(frame, sizeof frame, "M %s %s %lld", frame_place(from, a), frame_place(to, b),
                 (long long)sim->row);
    else
        snprintf(frame, sizeof frame, "M %s %s", frame_place(from, a), frame_place(to, b));
    *moved = DW_MOVED_UNKNOWN;
    dw_status st = ask(state, link, frame, MOVE_MS, reply, moved, err);
    if (st == DW_OK)
        *moved = DW_MOVED_YES;
    return st;
}

static dw_status sim_print(void *state, dw_link *link, const char *label_path, struct dw_error *err)
{
    char frame[DW_LINK_FRAME_MAX - 1], reply[DW_LINK_FRAME_MAX];
    if (!dw_text_format(frame, sizeof frame, "P %s", label_path))
        return dw_error_set(err, DW_ERR_LIMIT, "the label's path is too long");
    return ask(state, link, frame, ASK_MS, reply, NULL, err);
}

static const char *sim_last_fault(void *state)
{
    return ((struct sim_state *)state)->last_fault;
}

/* These two have a state of their own: another thread may be inside sim_move(). */
static dw_status sim_drive_device(void *state, dw_link *link, int drive, char *out, size_t size,
                                  struct dw_error *err)
{
    struct sim_state own = {0};
    char frame[16], reply[DW_LINK_FRAME_MAX];
    snprintf(frame, sizeof frame, "D %d", drive);
    dw_status st = ask(&own, link, frame, ASK_MS, reply, NULL, err);
    ((struct sim_state *)state)->drive_fault[drive - 1] = own.last_fault;
    if (st == DW_OK && (strncmp(reply, "D stdio:", 8) != 0 || !dw_text_copy(out, size, reply + 2)))
        st = dw_error_set(err, DW_ERR_CORRUPT, "drive %d has no device", drive);
    return st;
}

static dw_status sim_drive_writing(void *state, dw_link *link, int drive, uint64_t blocks,
                                   struct dw_error *err)
{
    struct sim_state own = {0};
    char frame[40], reply[DW_LINK_FRAME_MAX];
    snprintf(frame, sizeof frame, "W %d %llu", drive, (unsigned long long)blocks);
    return ask(&own, link, frame, ASK_MS, reply, NULL, err);
}

static dw_status sim_drive_written(void *state, dw_link *link, int drive, struct dw_error *err)
{
    struct sim_state own = {0};
    char frame[16], reply[DW_LINK_FRAME_MAX];
    snprintf(frame, sizeof frame, "W %d", drive);
    dw_status st = ask(&own, link, frame, ASK_MS, reply, NULL, err);
    ((struct sim_state *)state)->drive_fault[drive - 1] = own.last_fault;
    return st;
}

static const char *sim_drive_fault(void *state, int drive)
{
    return ((struct sim_state *)state)->drive_fault[drive - 1];
}

static dw_status sim_refill(void *state, dw_link *link, struct dw_place bin, int discs,
                            const char *media, struct dw_error *err)
{
    char frame[64], a[8], reply[DW_LINK_FRAME_MAX];
    if (!dw_text_format(frame, sizeof frame, "F %s %d %s", frame_place(bin, a), discs, media))
        return dw_error_set(err, DW_ERR_INVALID, "there are no discs of that kind");
    return ask(state, link, frame, ASK_MS, reply, NULL, err);
}

static void sim_about(void *state, int64_t disc)
{
    ((struct sim_state *)state)->row = disc;
}

static dw_status sim_put(void *state, dw_link *link, int64_t disc, struct dw_place from,
                         struct dw_place at, struct dw_error *err)
{
    char frame[64], a[8], b[8], reply[DW_LINK_FRAME_MAX];
    snprintf(frame, sizeof frame, "H %lld %s %s", (long long)disc, frame_place(from, a),
             frame_place(at, b));
    return ask(state, link, frame, ASK_MS, reply, NULL, err);
}

static dw_status sim_inject(void *state, dw_link *link, const char *faults, struct dw_error *err)
{
    char frame[DW_CONFIG_LINE_MAX + 8], reply[DW_LINK_FRAME_MAX];
    if (!dw_text_format(frame, sizeof frame, "X %s", faults))
        return dw_error_set(err, DW_ERR_LIMIT, "the list of faults is too long");
    return ask(state, link, frame, ASK_MS, reply, NULL, err);
}

static dw_status sim_delivered_files(void *state, dw_link *link, char *image, char *label,
                                     size_t size, struct dw_error *err)
{
    char reply[DW_LINK_FRAME_MAX];
    dw_status st = ask(state, link, "L", ASK_MS, reply, NULL, err);
    if (st != DW_OK)
        return st;
    json_t *json = json_loads(reply + 1, 0, NULL);
    if (!json || !dw_text_copy(image, size, dw_json_text(json, "image")) ||
        !dw_text_copy(label, size, dw_json_text(json, "label")))
        st = dw_error_set(err, DW_ERR_CORRUPT, "the simulator answered no paths");
    json_decref(json);
    return st;
}

const struct dw_mover_driver dw_sim_driver = {
    .name = "sim",
    .state_size = sizeof(struct sim_state),
    .caps = DW_CAN_SENSE_POSITION | DW_CAN_SENSE_PICK | DW_CAN_COUNT_BINS | DW_CAN_PRINT |
            DW_CAN_SENSE_INK | DW_IS_SIMULATED | DW_HAS_TWO_EXITS,
    .probe = sim_probe,
    .sense = sim_sense,
    .move = sim_move,
    .print = sim_print,
    .last_fault = sim_last_fault,
    .drive_device = sim_drive_device,
    .drive_written = sim_drive_written,
    .drive_writing = sim_drive_writing,
    .drive_fault = sim_drive_fault,
    .refill = sim_refill,
    .about = sim_about,
    .put = sim_put,
    .inject = sim_inject,
    .delivered_files = sim_delivered_files,
};
