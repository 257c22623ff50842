/* The simulated robot as a device: its folder, its time, and frames in, frames out. */
#include "robot/sim_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool dw_sim_disc_path(const dw_sim *sim, const char *folder, int64_t serial, const char *ending,
                      char *out, size_t size)
{
    return dw_text_format(out, size, "%s/%s/disc-%lld.%s", sim->dir, folder, (long long)serial,
                          ending);
}

dw_status dw_sim_save_locked(dw_sim *sim, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    if (sim->in_memory)
        return DW_OK;
    if (!dw_text_format(path, sizeof path, "%s/sim.json", sim->dir))
        return dw_error_set(err, DW_ERR_LIMIT, "path too long");
    return dw_sim_world_save(&sim->world, path, sim->disk, err);
}

static dw_status move_file(dw_sim *sim, int64_t serial, const char *folder, const char *ending,
                           struct dw_error *err)
{
    static const char *const folders[] = {"discs", "output", "reject"};
    char from[DW_PATH_MAX], to[DW_PATH_MAX];
    if (!dw_sim_disc_path(sim, folder, serial, ending, to, sizeof to))
        return dw_error_set(err, DW_ERR_LIMIT, "path too long");
    for (size_t i = 0; i < DW_ARRAY_LEN(folders); i++) {
        if (strcmp(folders[i], folder) == 0)
            continue;
        if (!dw_sim_disc_path(sim, folders[i], serial, ending, from, sizeof from))
            return dw_error_set(err, DW_ERR_LIMIT, "path too long");
        if (rename(from, to) != 0 && errno != ENOENT)
            return dw_error_set(err, DW_ERR_IO, "rename '%s': %s", from, strerror(errno));
    }
    return DW_OK;
}

/* A disc inside the machine: its files come back if a person brought it back; one that has none is
 * blank. */
static dw_status inside(dw_sim *sim, const struct dw_sim_disc *disc, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    if (!disc->serial)
        return DW_OK;
    dw_status st = move_file(sim, disc->serial, "discs", "png", err);
    if (st == DW_OK)
        st = move_file(sim, disc->serial, "discs", "iso", err);
    if (st != DW_OK)
        return st;
    if (!dw_sim_disc_path(sim, "discs", disc->serial, "iso", path, sizeof path))
        return dw_error_set(err, DW_ERR_LIMIT, "path too long");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return dw_error_set(err, DW_ERR_IO, "create '%s': %s", path, strerror(errno));
    close(fd);
    return DW_OK;
}

static dw_status settle_pile(dw_sim *sim, const struct dw_sim_pile *pile, const char *folder,
                             struct dw_error *err)
{
    /* Only the newest can be unfinished: everything below it was settled when it arrived. */
    if (pile->count == 0)
        return DW_OK;
    int64_t serial = pile->disc[pile->count - 1].serial;
    dw_status st = move_file(sim, serial, folder, "png", err);
    return st == DW_OK ? move_file(sim, serial, folder, "iso", err) : st;
}

dw_status dw_sim_settle_files_locked(dw_sim *sim, struct dw_error *err)
{
    const struct dw_sim_world *world = &sim->world;
    const struct dw_sim_disc *loose[] = {&world->arm, &world->second, &world->floor,
                                         &world->in_printer};
    if (sim->in_memory)
        return DW_OK;
    dw_status st = settle_pile(sim, &world->output, "output", err);
    if (st == DW_OK)
        st = settle_pile(sim, &world->reject, "reject", err);
    for (size_t i = 0; st == DW_OK && i < DW_ARRAY_LEN(loose); i++)
        st = inside(sim, loose[i], err);
    for (int i = 0; st == DW_OK && i < world->drives; i++)
        st = inside(sim, &world->drive[i], err);
    return st;
}

bool dw_sim_pass_locked(dw_sim *sim, int64_t ms)
{
    int64_t us = ms * 1000 * sim->options.time_scale / 100;
    if (us <= 0)
        return true;
    pthread_mutex_unlock(&sim->lock);
    bool ok = sim->waiter.wait(sim->waiter.ctx, us);
    pthread_mutex_lock(&sim->lock);
    return ok;
}

void dw_sim_printer_locked(dw_sim *sim)
{
    if (sim->world.printer != DW_PRINTER_BUSY || dw_clock_mono_us(&sim->clock) < sim->print_end_us)
        return;
    sim->world.printer = DW_PRINTER_PRINTED;
    sim->world.in_printer.printed = true;
    /* If this cannot be saved the label is seen as printed again after a restart: harmless. */
    dw_status st = dw_sim_save_locked(sim, NULL);
    (void)st;
}

/* --- frames --- */

static dw_status answer_frame(dw_sim *sim, char *line, struct dw_buf *reply, int timeout_ms,
                              struct dw_error *err)
{
    struct dw_sim_failure failure = {0};
    bool ok = false, known = false;
    pthread_mutex_lock(&sim->lock);
    dw_sim_printer_locked(sim);
    for (size_t i = 0; i < dw_sim_frames_count; i++) {
        if (line[0] == dw_sim_frames[i].letter && (line[1] == ' ' || line[1] == 0)) {
            known = true;
            ok = dw_sim_frames[i].run(sim, line[1] ? line + 2 : line + 1, reply, &failure);
        }
    }
    if (failure.silent)
        (void)!dw_sim_pass_locked(sim, timeout_ms);
    pthread_mutex_unlock(&sim->lock);
    if (failure.silent)
        return dw_error_set(err, DW_ERR_TIMEOUT, "no answer");
    if (!ok) {
        dw_buf_reset(reply);
        dw_buf_addf(reply, "E %s %s %s", failure.fault ? failure.fault : "-",
                    dw_moved_name(failure.moved), known ? failure.text : "no such frame");
    }
    dw_buf_add_text(reply, "\r");
    return dw_buf_check(reply, "answer", err);
}

static dw_status exchange(void *ctx, const void *send, size_t send_size, void *reply,
                          size_t reply_max, size_t *reply_size, int timeout_ms,
                          struct dw_error *err)
{
    char line[DW_LINK_FRAME_MAX];
    struct dw_buf answer = {0};
    const char *bytes = send;
    if (send_size == 0 || send_size > sizeof line || bytes[send_size - 1] != '\r')
        return dw_error_set(err, DW_ERR_INVALID, "not a frame");
    memcpy(line, send, send_size);
    line[send_size - 1] = 0;
    dw_status st = answer_frame(ctx, line, &answer, timeout_ms, err);
    if (st == DW_OK && answer.size > reply_max)
        st = dw_error_set(err, DW_ERR_LIMIT, "the answer has %zu bytes", answer.size);
    if (st == DW_OK) {
        memcpy(reply, answer.data, answer.size);
        *reply_size = answer.size;
    }
    dw_buf_done(&answer);
    return st;
}

/* --- unpacking --- */

static bool manual_wait(void *ctx, int64_t us)
{
    dw_clock_advance(ctx, us);
    return true;
}

struct dw_sim_waiter dw_sim_waiter_manual(struct dw_clock_manual *clock)
{
    return (struct dw_sim_waiter){.wait = manual_wait, .ctx = clock};
}

static dw_status make_folders(const dw_sim *sim, struct dw_error *err)
{
    static const char *const folders[] = {"discs", "output", "reject"};
    char path[DW_PATH_MAX];
    for (size_t i = 0; i < DW_ARRAY_LEN(folders); i++) {
        if (!dw_text_format(path, sizeof path, "%s/%s", sim->dir, folders[i]))
            return dw_error_set(err, DW_ERR_LIMIT, "path too long");
        dw_status st = dw_file_make_dirs(path, err);
        if (st != DW_OK)
            return st;
    }
    return DW_OK;
}

static dw_status unpack(dw_sim *sim, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    if (!dw_text_format(path, sizeof path, "%s/sim.json", sim->dir))
        return dw_error_set(err, DW_ERR_LIMIT, "path too long");
    dw_status st = sim->in_memory ? DW_OK : make_folders(sim, err);
    if (st == DW_OK)
        st = dw_sim_world_new(&sim->world, &sim->options, err);
    if (st != DW_OK)
        return st;
    st = sim->in_memory ? DW_ERR_NOT_FOUND : dw_sim_world_load(&sim->world, path, err);
    if (st == DW_ERR_NOT_FOUND) {
        dw_sim_apply_at_once(sim);
        st = DW_OK;
    }
    if (st == DW_OK)
        st = dw_sim_save_locked(sim, err);
    return st == DW_OK ? dw_sim_settle_files_locked(sim, err) : st;
}

dw_status dw_sim_open(const struct dw_sim_opts *opts, dw_sim **out, struct dw_error *err)
{
    dw_sim *sim = calloc(1, sizeof *sim);
    if (!sim)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    pthread_mutex_init(&sim->lock, NULL);
    sim->link = (dw_link){.exchange = exchange, .ctx = sim};
    sim->options = *opts->options;
    sim->clock = opts->clock;
    sim->waiter = opts->waiter;
    sim->disk = opts->disk;
    sim->in_memory = !opts->state_dir;
    sim->on_label = opts->on_label;
    sim->ctx = opts->ctx;
    dw_status st = dw_text_copy(sim->dir, sizeof sim->dir, opts->state_dir ? opts->state_dir : "memory")
                       ? unpack(sim, err)
                       : dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    if (st == DW_OK)
        *out = sim;
    else
        dw_sim_close(sim);
    return st;
}

void dw_sim_close(dw_sim *sim)
{
    if (!sim)
        return;
    pthread_mutex_destroy(&sim->lock);
    free(sim);
}

dw_link *dw_sim_link(dw_sim *sim)
{
    return &sim->link;
}
