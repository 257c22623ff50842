/* What the simulated robot understands: one function for each frame. */
#include "robot/sim_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/channel.h"

/* One word of a frame; "" at its end. */
static const char *word(char **rest)
{
    char *start = *rest + strspn(*rest, " ");
    char *end = start + strcspn(start, " ");
    *rest = *end ? end + 1 : end;
    *end = 0;
    return start;
}

static bool read_place(const char *text, struct dw_place *out)
{
    static const struct {
        char letter;
        enum dw_place_kind kind;
        int max;
    } letters[] = {{'B', DW_PLACE_BIN, DW_ROBOT_BINS_MAX},
                   {'D', DW_PLACE_DRIVE, DW_ROBOT_DRIVES_MAX},
                   {'P', DW_PLACE_PRINTER, 0},
                   {'O', DW_PLACE_OUTPUT, 0},
                   {'R', DW_PLACE_REJECT, 0},
                   {'N', DW_PLACE_NONE, 0}};
    for (size_t i = 0; i < DW_ARRAY_LEN(letters); i++) {
        int64_t number = 0;
        if (text[0] != letters[i].letter)
            continue;
        if (letters[i].max ? !dw_text_int(text + 1, 1, letters[i].max, &number) : text[1] != 0)
            return false;
        *out = (struct dw_place){.kind = letters[i].kind, .number = (int)number};
        return true;
    }
    return false;
}

static int sensed(const struct dw_sim_disc *disc)
{
    return disc->serial ? DW_SENSED_DISC : DW_SENSED_EMPTY;
}

static json_t *bin_json(int discs, int capacity, const char *media)
{
    return json_pack("{s:i, s:i, s:s}", "discs", discs, "capacity", capacity, "media", media);
}

static uint64_t blank_bytes(const dw_sim *sim, const struct dw_sim_disc *disc)
{
    if (!disc->serial)
        return 0;
    return sim->options.blank_capacity ? sim->options.blank_capacity
                                       : dw_sim_media_bytes(disc->media);
}

/* The state folder is named like the robot, so serials differ between robots. */
static json_t *drive_json(const dw_sim *sim, int i)
{
    const struct dw_sim_disc *disc = &sim->world.drive[i];
    const char *name = strrchr(sim->dir, '/');
    char serial[DW_DRIVE_SERIAL_MAX], lot[DW_DISC_LOT_MAX] = "";
    snprintf(serial, sizeof serial, "SIM-%.20s-%d", name ? name + 1 : sim->dir, i + 1);
    if (disc->serial)
        snprintf(lot, sizeof lot, "SIM/%s/A1", disc->media);
    return json_pack("{s:i, s:I, s:s, s:s}", "disc", sensed(disc), "bytes",
                     (json_int_t)blank_bytes(sim, disc), "serial", serial, "lot", lot);
}

static const char *complaint(dw_sim *sim)
{
    const struct dw_fault *row = sim->world.trouble;
    if (row && sim->world.trouble_left-- > 0)
        return row->id;
    sim->world.trouble = NULL;
    return "";
}

static bool frame_sense(dw_sim *sim, char *rest, struct dw_buf *reply,
                        struct dw_sim_failure *failure)
{
    const struct dw_sim_world *world = &sim->world;
    json_t *bins = json_array(), *drives = json_array();
    for (int i = 0; i < world->bins; i++)
        json_array_append_new(
            bins, bin_json(world->bin[i].discs, world->bin[i].capacity, world->bin[i].media));
    for (int i = 0; i < world->drives; i++)
        json_array_append_new(drives,
                              drive_json(sim, i));
    int64_t full = sim->options.ink_prints > 0 ? sim->options.ink_prints : 1;
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:i, s:s}", "bins", bins, "drives", drives,
                  "output", bin_json(world->output.count, world->output.capacity, ""), "reject",
                  bin_json(world->reject.count, world->reject.capacity, ""), "arm",
                  sensed(&world->arm), "in_printer", sensed(&world->in_printer), "printer",
                  (int)world->printer, "ink", (int)(world->ink_left * 100 / full), "fault",
                  complaint(sim));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    dw_buf_addf(reply, "S %s", text ? text : "{}");
    free(text);
    json_decref(json);
    return text || dw_sim_fail(failure, NULL, DW_MOVED_NO, "out of memory");
}

/* A file that a technician may drop into the state folder: one list of faults, read once. */
static void read_control_file(dw_sim *sim)
{
    char path[DW_PATH_MAX];
    struct dw_buf text = {.max = DW_CONFIG_LINE_MAX};
    if (sim->in_memory || !dw_text_format(path, sizeof path, "%s/inject", sim->dir) || access(path, R_OK) != 0)
        return;
    if (dw_file_read_all(path, DW_CONFIG_LINE_MAX, &text, NULL) == DW_OK && text.data &&
        dw_sim_plan_add(&sim->world.plan, text.data, NULL) == DW_OK)
        unlink(path);
    dw_buf_done(&text);
}

static bool read_row(const char *text, int64_t *out)
{
    return !*text || dw_text_int(text, 0, INT64_MAX, out);
}

static bool frame_move(dw_sim *sim, char *rest, struct dw_buf *reply,
                       struct dw_sim_failure *failure)
{
    struct dw_place from, to;
    int64_t row = 0;
    const char *a = word(&rest), *b = word(&rest), *c = word(&rest);
    if (!read_place(a, &from) || !read_place(b, &to) || !read_row(c, &row))
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "no such place");
    read_control_file(sim);
    dw_buf_add_text(reply, "M");
    return dw_sim_motion_locked(sim, row, from, to, failure);
}

static dw_status copy_label(dw_sim *sim, const char *path, struct dw_error *err)
{
    char target[DW_PATH_MAX];
    struct dw_buf png = {0};
    if (sim->on_label)
        sim->on_label(sim->ctx, sim->world.in_printer.serial, path);
    if (sim->in_memory)
        return DW_OK;
    if (!dw_sim_disc_path(sim, "discs", sim->world.in_printer.serial, "png", target, sizeof target))
        return dw_error_set(err, DW_ERR_LIMIT, "path too long");
    dw_status st = dw_file_read_all(path, DW_SMALL_FILE_MAX, &png, err);
    if (st == DW_OK)
        st = dw_file_save(sim->disk, target, png.data ? png.data : "", png.size, err);
    dw_buf_done(&png);
    return st;
}

/* What has struck does not strike again after a restart. */
static bool used_up(dw_sim *sim, struct dw_sim_failure *failure)
{
    struct dw_error err = {0};
    return dw_sim_save_locked(sim, &err) == DW_OK ||
           dw_sim_fail(failure, NULL, DW_MOVED_NO, "%.150s", err.text);
}

static bool struck_once(dw_sim *sim, struct dw_sim_failure *failure)
{
    return used_up(sim, failure) && dw_sim_strike(sim, failure);
}

static bool frame_print(dw_sim *sim, char *rest, struct dw_buf *reply,
                        struct dw_sim_failure *failure)
{
    struct dw_sim_world *world = &sim->world;
    struct dw_error err = {0};
    enum dw_sim_fault fault;
    read_control_file(sim);
    bool strikes = dw_sim_plan_label(&world->plan, &fault);
    if (!world->in_printer.serial)
        return dw_sim_fail(failure, "print_failed", DW_MOVED_NO, "no disc in the printer");
    if (world->printer == DW_PRINTER_BUSY)
        return dw_sim_fail(failure, "print_failed", DW_MOVED_NO, "the printer is printing");
    if (strikes && fault == DW_SIM_INK_OUT)
        world->ink_left = 0;
    if (strikes && fault == DW_SIM_ROW && !struck_once(sim, failure))
        return false;
    if (world->ink_left == 0) {
        world->printer = DW_PRINTER_NO_INK;
        if (dw_sim_save_locked(sim, &err) != DW_OK)
            return dw_sim_fail(failure, NULL, DW_MOVED_NO, "%.150s", err.text);
        return dw_sim_fail(failure, "ink_out", DW_MOVED_NO, "the ink is used up");
    }
    if (copy_label(sim, rest, &err) != DW_OK)
        return dw_sim_fail(failure, "label_missing", DW_MOVED_NO, "the label cannot be read");
    world->ink_left--;
    world->printer = strikes && fault == DW_SIM_PRINT_FAIL ? DW_PRINTER_FAILED : DW_PRINTER_BUSY;
    sim->print_end_us = dw_clock_mono_us(&sim->clock) +
                        sim->options.print_ms * 1000 * sim->options.time_scale / 100;
    if (dw_sim_save_locked(sim, &err) != DW_OK)
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "%.150s", err.text);
    dw_sim_printer_locked(sim);
    dw_buf_add_text(reply, "P");
    return true;
}

static struct dw_sim_disc *disc_in_drive(dw_sim *sim, const char *number, int64_t *drive)
{
    if (!dw_text_int(number, 1, sim->world.drives, drive) || !sim->world.drive[*drive - 1].serial)
        return NULL;
    return &sim->world.drive[*drive - 1];
}

static bool drive_struck(dw_sim *sim, int64_t drive, bool written, struct dw_sim_failure *failure)
{
    read_control_file(sim);
    const struct dw_fault *row = dw_sim_plan_drive(&sim->world.plan, drive, written);
    if (!row)
        return false;
    if (used_up(sim, failure))
        dw_sim_fail(failure, row->id, DW_MOVED_NO, "drive %lld reports it", (long long)drive);
    return true;
}

static bool frame_device(dw_sim *sim, char *rest, struct dw_buf *reply,
                         struct dw_sim_failure *failure)
{
    char path[DW_PATH_MAX];
    int64_t drive;
    const struct dw_sim_disc *disc = disc_in_drive(sim, word(&rest), &drive);
    if (!disc || !dw_sim_disc_path(sim, "discs", disc->serial, "iso", path, sizeof path))
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "no disc in this drive");
    if (drive_struck(sim, drive, false, failure))
        return false;
    dw_buf_addf(reply, "D stdio:%s", path);
    return true;
}

static bool flip_byte(const char *path)
{
    unsigned char byte;
    struct stat info;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    /* Behind the volume descriptors, in what carries the study if there is that much. */
    bool ok = fd >= 0 && fstat(fd, &info) == 0 && info.st_size > 0;
    off_t at = ok ? info.st_size * 2 / 3 : 0;
    ok = ok && pread(fd, &byte, 1, at) == 1;
    byte = ok ? (unsigned char)(byte ^ 0x10) : 0;
    ok = ok && pwrite(fd, &byte, 1, at) == 1;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* "W 1": drive 1 has written its disc; "W 1 500": five hundred blocks of it so far. */
static bool frame_written(dw_sim *sim, char *rest, struct dw_buf *reply,
                          struct dw_sim_failure *failure)
{
    char path[DW_PATH_MAX];
    int64_t drive, blocks, so_far = -1;
    const struct dw_sim_disc *disc = disc_in_drive(sim, word(&rest), &drive);
    const char *number = word(&rest);
    if (*number && !dw_text_int(number, 0, UINT32_MAX, &so_far))
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "no number of blocks");
    if (disc && so_far >= 0) {
        blocks = dw_sim_plan_value(&sim->world.plan, DW_SIM_DRIVE_FAIL, drive);
        if (blocks < 0 || blocks > so_far) {
            dw_buf_add_text(reply, "W");
            return true;
        }
    }
    if (!disc || !dw_sim_disc_path(sim, "discs", disc->serial, "iso", path, sizeof path))
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "no disc in this drive");
    if (so_far < 0 && drive_struck(sim, drive, true, failure))
        return false;
    if (dw_sim_plan_take(&sim->world.plan, DW_SIM_DRIVE_FAIL, drive, &blocks)) {
        /* What lies behind the failing block was never burned. */
        if (!sim->in_memory && truncate(path, (off_t)blocks * DW_BLOCK_SIZE) != 0)
            return dw_sim_fail(failure, "write_error", DW_MOVED_NO, "%s", strerror(errno));
        return dw_sim_fail(failure, "write_error", DW_MOVED_NO,
                           "drive %lld reports a write error at block %lld", (long long)drive,
                           (long long)blocks);
    }
    if (dw_sim_plan_take(&sim->world.plan, DW_SIM_CORRUPT, drive, NULL) && !flip_byte(path))
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "the disc could not be spoiled");
    dw_buf_add_text(reply, "W");
    return true;
}

static void empty_pile(dw_sim *sim, struct dw_sim_pile *pile, bool shred)
{
    char path[DW_PATH_MAX];
    for (int i = 0; shred && i < pile->count; i++) {
        if (dw_sim_disc_path(sim, "reject", pile->disc[i].serial, "iso", path, sizeof path))
            unlink(path);
        if (dw_sim_disc_path(sim, "reject", pile->disc[i].serial, "png", path, sizeof path))
            unlink(path);
    }
    pile->count = 0;
}

static bool frame_fill(dw_sim *sim, char *rest, struct dw_buf *reply,
                       struct dw_sim_failure *failure)
{
    struct dw_error err = {0};
    struct dw_place place;
    const char *where = word(&rest), *count = word(&rest), *media = word(&rest);
    int64_t discs = -1;
    if (!read_place(where, &place) || (*count && !dw_text_int(count, -1, DW_BIN_DISCS_MAX, &discs)))
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "no such bin");
    if (place.kind == DW_PLACE_BIN && place.number <= sim->world.bins) {
        struct dw_bin_sensed *bin = &sim->world.bin[place.number - 1];
        const struct dw_blank *blank = dw_blank_find(*media ? media : bin->media);
        if (!blank || !dw_text_copy(bin->media, sizeof bin->media, blank->name))
            return dw_sim_fail(failure, NULL, DW_MOVED_NO, "there are no discs of that kind");
        if (discs > bin->capacity)
            return dw_sim_fail(failure, NULL, DW_MOVED_NO, "bin %d holds at most %d discs",
                               place.number, bin->capacity);
        bin->discs = discs < 0 ? bin->capacity : (int)discs;
    } else if (place.kind == DW_PLACE_PRINTER) {
        sim->world.ink_left = sim->options.ink_prints;
        if (sim->world.printer == DW_PRINTER_NO_INK)
            sim->world.printer = DW_PRINTER_IDLE;
    } else if (place.kind == DW_PLACE_OUTPUT) {
        empty_pile(sim, &sim->world.output, false);
    } else if (place.kind == DW_PLACE_REJECT) {
        empty_pile(sim, &sim->world.reject, true);
    } else {
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "no such bin");
    }
    if (dw_sim_save_locked(sim, &err) != DW_OK)
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "%.150s", err.text);
    dw_buf_add_text(reply, "F");
    return true;
}

static bool frame_hand(dw_sim *sim, char *rest, struct dw_buf *reply,
                       struct dw_sim_failure *failure)
{
    struct dw_place from, at;
    int64_t row = 0;
    const char *a = word(&rest), *b = word(&rest), *c = word(&rest);
    if (!*a || !read_row(a, &row) || !read_place(b, &from) || !read_place(c, &at))
        return dw_sim_fail(failure, NULL, DW_MOVED_NO, "no such place");
    dw_buf_add_text(reply, "H");
    return dw_sim_hand_locked(sim, row, from, at, failure);
}

/* Nothing was asked of it: all it can do is complain, and stop its printer. */
static void complain(dw_sim *sim, const struct dw_fault *row)
{
    sim->world.trouble = row;
    sim->world.trouble_left = DW_SIM_HEARD;
    if (row->about != DW_FAULT_PRINTER || row->action == DW_FAULT_WARN)
        return;
    if (strcmp(row->id, "ink_out") == 0)
        sim->world.ink_left = 0;
    if (sim->world.printer == DW_PRINTER_BUSY)
        sim->world.printer = DW_PRINTER_FAILED;
}

void dw_sim_apply_at_once(dw_sim *sim)
{
    const struct dw_fault *row;
    while ((row = dw_sim_plan_now(&sim->world.plan)))
        complain(sim, row);
    for (int i = 0; i < sim->world.bins; i++) {
        if (dw_sim_plan_take(&sim->world.plan, DW_SIM_BIN_EMPTY, i + 1, NULL))
            sim->world.bin[i].discs = 0;
    }
}

static bool frame_inject(dw_sim *sim, char *rest, struct dw_buf *reply,
                         struct dw_sim_failure *failure)
{
    struct dw_error err = {0};
    dw_status st = dw_sim_plan_add(&sim->world.plan, rest, &err);
    if (st == DW_OK) {
        dw_sim_apply_at_once(sim);
        st = dw_sim_save_locked(sim, &err);
    }
    dw_buf_add_text(reply, "X");
    return st == DW_OK || dw_sim_fail(failure, NULL, DW_MOVED_NO, "%.150s", err.text);
}

static bool frame_last(dw_sim *sim, char *rest, struct dw_buf *reply,
                       struct dw_sim_failure *failure)
{
    char image[DW_PATH_MAX] = "", label[DW_PATH_MAX] = "";
    const struct dw_sim_pile *pile = &sim->world.output;
    if (pile->count > 0) {
        int64_t serial = pile->disc[pile->count - 1].serial;
        if (!dw_sim_disc_path(sim, "output", serial, "iso", image, sizeof image) ||
            !dw_sim_disc_path(sim, "output", serial, "png", label, sizeof label))
            return dw_sim_fail(failure, NULL, DW_MOVED_NO, "path too long");
        if (access(label, F_OK) != 0)
            label[0] = 0;
    }
    json_t *json = json_pack("{s:s, s:s}", "image", image, "label", label);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    dw_buf_addf(reply, "L %s", text ? text : "{}");
    free(text);
    json_decref(json);
    return true;
}

static bool frame_identify(dw_sim *sim, char *rest, struct dw_buf *reply,
                           struct dw_sim_failure *failure)
{
    dw_buf_add_text(reply, "I discwright-sim");
    return true;
}

const struct dw_sim_frame dw_sim_frames[] = {
    {'I', frame_identify}, {'S', frame_sense},   {'M', frame_move}, {'P', frame_print},
    {'D', frame_device},   {'W', frame_written}, {'F', frame_fill}, {'H', frame_hand},
    {'X', frame_inject},   {'L', frame_last}};
const size_t dw_sim_frames_count = DW_ARRAY_LEN(dw_sim_frames);
