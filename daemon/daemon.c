#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <unistd.h>

#include "daemon/control.h"
#include "daemon/handler.h"
#include "daemon/intake/receive.h"
#include "daemon/intake/retention.h"
#include "daemon/intake/spool.h"

#define CHILD_GRACE_MS 3000
#define SNAPSHOT_EVERY_MS 100 /* at most ten pictures a second, however fast progress comes */

struct dw_daemon {
    struct dw_core core;
    int lock_fd;
    char db_path[DW_PATH_MAX];
    dw_receive *receive;
    dw_completion *completion;
    dw_jobs *jobs;
    dw_retention *retention;
    dw_queries *queries;
    dw_commands *commands;
    dw_snapshot *snapshot;
    dw_control *control;
    struct dw_handler handler;
    uint64_t commands_source, snapshot_timer;
    int64_t version;
    dw_status failure; /* why the loop must end */
    struct dw_error failure_error;
};

/* --- the live picture --- */

static void publish(void *ctx)
{
    dw_daemon *daemon = ctx;
    json_t *doc = json_pack("{s:I, s:{s:i, s:s, s:o, s:o}, s:I, s:o}", "version",
                            (json_int_t)++daemon->version, "listening", "dicom",
                            dw_receive_port(daemon->receive), "aet", daemon->core.config->dicom.aet,
                            "ports", dw_receive_ports(daemon->receive), "secure",
                            dw_receive_secure(daemon->receive), "associations",
                            (json_int_t)dw_receive_associations(daemon->receive), "answers",
                            dw_receive_told(daemon->receive));
    daemon->snapshot_timer = 0;
    dw_jobs_describe(daemon->jobs, doc);
    /* Readers get nothing that the loop goes on changing. */
    dw_snapshot_publish(daemon->snapshot, json_deep_copy(doc));
    json_decref(doc);
}

static void on_changed(void *ctx)
{
    dw_daemon *daemon = ctx;
    if (daemon->snapshot_timer == 0)
        daemon->snapshot_timer =
            dw_loop_after(daemon->core.loop, daemon->version == 0 ? 0 : SNAPSHOT_EVERY_MS, publish,
                          daemon);
}

/* --- wiring --- */

static void on_listening(void *ctx)
{
    on_changed(ctx);
}

static void on_receive_failed(void *ctx, const struct dw_error *err)
{
    dw_daemon *daemon = ctx;
    daemon->failure = err->code != DW_OK ? err->code : DW_ERR_INTERNAL;
    daemon->failure_error = *err;
}

static void on_stored(void *ctx, int64_t study)
{
    dw_daemon *daemon = ctx;
    dw_completion_poke(daemon->completion);
    dw_jobs_on_held(daemon->jobs, study);
    on_changed(daemon);
}

static void on_left(void *ctx)
{
    dw_daemon *daemon = ctx;
    dw_completion_look(daemon->completion);
}

static const struct dw_receive_events receive_events = {
    .on_listening = on_listening,
    .on_failed = on_receive_failed,
    .on_stored = on_stored,
    .on_left = on_left,
};

static void on_complete(void *ctx, int64_t study)
{
    dw_daemon *daemon = ctx;
    dw_jobs_on_complete(daemon->jobs, study);
}

static size_t open_associations(void *ctx, int64_t study)
{
    const dw_daemon *daemon = ctx;
    return dw_receive_open_for(daemon->receive, study);
}

static const struct dw_completion_events completion_events = {
    .on_complete = on_complete,
    .open_associations = open_associations,
};

static void on_commands(void *ctx, uint32_t events)
{
    dw_daemon *daemon = ctx;
    dw_commands_run(daemon->commands, dw_handler_answer, &daemon->handler);
}

/* --- making --- */

/* The lock is the file's, not its existence's: a daemon that was killed leaves no lock behind. */
static dw_status take_lock(dw_daemon *daemon, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    const struct dw_core *core = &daemon->core;
    dw_status st = dw_file_make_dirs(core->state, err);
    if (st == DW_OK)
        st = dw_core_path(core, path, sizeof path, err, "lock");
    if (st != DW_OK)
        return st;
    daemon->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (daemon->lock_fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", path,
                            strerror(errno));
    if (flock(daemon->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return dw_error_set(err, DW_ERR_BUSY,
                            "another discwrightd is running with the state folder '%s'",
                            core->state);
    return DW_OK;
}

static dw_status open_tables(dw_daemon *daemon, struct dw_error *err)
{
    struct dw_core *core = &daemon->core;
    struct dw_sweep sweep;
    dw_status st = dw_core_path(core, daemon->db_path, sizeof daemon->db_path, err, "discwright.db");
    if (st == DW_OK)
        st = dw_store_open(daemon->db_path, &core->sql, err);
    if (st == DW_OK)
        st = dw_queries_open(daemon->db_path, &daemon->queries, err);
    if (st == DW_OK)
        st = dw_spool_sweep(core, &sweep, err);
    if (st != DW_OK)
        return st;
    dw_log_write(&core->log, sweep.missing ? DW_LOG_ERROR : DW_LOG_INFO,
                 "spool files=%llu swept=%llu missing=%llu", (unsigned long long)sweep.files,
                 (unsigned long long)sweep.swept, (unsigned long long)sweep.missing);
    return DW_OK;
}

static dw_status make_rooms(dw_daemon *daemon, struct dw_error *err)
{
    struct dw_core *core = &daemon->core;
    dw_status st = dw_receive_new(core, &receive_events, daemon, &daemon->receive, err);
    if (st == DW_OK)
        st = dw_completion_new(core, &completion_events, daemon, &daemon->completion, err);
    if (st == DW_OK)
        st = dw_jobs_new(core, &daemon->jobs, err);
    if (st == DW_OK)
        st = dw_jobs_recover(daemon->jobs, err);
    if (st == DW_OK)
        st = dw_retention_new(core, &daemon->retention, err);
    if (st == DW_OK)
        st = dw_snapshot_new(&daemon->snapshot, err);
    if (st == DW_OK)
        st = dw_commands_new(&daemon->commands, err);
    if (st == DW_OK)
        st = dw_loop_add_fd(core->loop, dw_commands_fd(daemon->commands), EPOLLIN, on_commands,
                            daemon, &daemon->commands_source, err);
    daemon->handler = (struct dw_handler){.core = core,
                                          .jobs = daemon->jobs,
                                          .completion = daemon->completion,
                                          .queries = daemon->queries,
                                          .snapshot = daemon->snapshot};
    if (st == DW_OK)
        st = dw_control_new(core, dw_handler_answer, &daemon->handler, &daemon->control, err);
    return st;
}

dw_status dw_daemon_new(const struct dw_daemon_opts *opts, dw_daemon **out, struct dw_error *err)
{
    dw_daemon *daemon = calloc(1, sizeof *daemon);
    if (!daemon)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    daemon->lock_fd = -1;
    daemon->core = (struct dw_core){
        .config = opts->config,
        .state = opts->config->daemon.state,
        .log = opts->log,
        .clock = opts->clock,
        .random = opts->random,
        .disk = opts->disk ? opts->disk : &dw_disk_real,
    };
    struct dw_core *core = &daemon->core;
    dw_status st = dw_loop_new(&opts->clock, &core->loop, err);
    if (st == DW_OK)
        st = dw_children_new(core->loop, opts->spawner, &core->log, &core->children, err);
    if (st == DW_OK)
        st = take_lock(daemon, err);
    if (st == DW_OK)
        st = open_tables(daemon, err);
    if (st == DW_OK)
        st = make_rooms(daemon, err);
    if (st != DW_OK) {
        dw_daemon_free(daemon);
        return st;
    }
    core->changed = on_changed;
    core->changed_ctx = daemon;
    *out = daemon;
    return DW_OK;
}

dw_status dw_daemon_start(dw_daemon *daemon, struct dw_error *err)
{
    dw_status st = dw_receive_start(daemon->receive, err);
    if (st != DW_OK)
        return st;
    dw_jobs_start(daemon->jobs);
    dw_completion_look(daemon->completion);
    dw_retention_start(daemon->retention);
    on_changed(daemon);
    return DW_OK;
}

void dw_daemon_reload(dw_daemon *daemon)
{
    dw_receive_reload(daemon->receive);
    dw_completion_look(daemon->completion);
}

dw_status dw_daemon_step(dw_daemon *daemon, int timeout_ms, struct dw_error *err)
{
    dw_status st = dw_loop_step(daemon->core.loop, timeout_ms, err);
    if (st != DW_OK)
        return st;
    dw_receive_flush(daemon->receive);
    if (daemon->failure == DW_OK)
        return DW_OK;
    return dw_error_set(err, daemon->failure, "%s", daemon->failure_error.text);
}

void dw_daemon_free(dw_daemon *daemon)
{
    char path[DW_PATH_MAX];
    if (!daemon)
        return;
    struct dw_core *core = &daemon->core;
    core->changed = NULL;
    if (core->sql && dw_core_path(core, path, sizeof path, NULL, "run/ports.json") == DW_OK)
        unlink(path);
    dw_control_free(daemon->control);
    dw_retention_free(daemon->retention);
    dw_jobs_free(daemon->jobs);
    dw_receive_free(daemon->receive);
    dw_completion_free(daemon->completion);
    /* After those who hold them. What a child has in hand is not waited for and not stored. */
    dw_children_free(core->children, CHILD_GRACE_MS);
    if (core->loop) {
        dw_loop_cancel(core->loop, daemon->snapshot_timer);
        dw_loop_remove_fd(core->loop, daemon->commands_source);
    }
    dw_loop_free(core->loop);
    dw_commands_free(daemon->commands);
    dw_snapshot_free(daemon->snapshot);
    dw_queries_close(daemon->queries);
    dw_sql_close(core->sql);
    if (daemon->lock_fd >= 0)
        close(daemon->lock_fd);
    free(daemon);
}

int dw_daemon_dicom_port(const dw_daemon *daemon)
{
    return dw_receive_port(daemon->receive);
}

dw_commands *dw_daemon_commands(dw_daemon *daemon)
{
    return daemon->commands;
}

dw_snapshot *dw_daemon_snapshot(dw_daemon *daemon)
{
    return daemon->snapshot;
}

const char *dw_daemon_db_path(const dw_daemon *daemon)
{
    return daemon->db_path;
}

dw_status dw_daemon_write_ports(dw_daemon *daemon, int web_port, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    json_t *doc = json_pack("{s:i, s:i, s:{}}", "dicom", dw_daemon_dicom_port(daemon), "web",
                            web_port, "listen");
    json_t *list = dw_receive_ports(daemon->receive);
    const json_t *port;
    size_t i;
    json_array_foreach(list, i, port)
        json_object_set(json_object_get(doc, "listen"), dw_json_text(port, "name"),
                        json_object_get(port, "port"));
    json_decref(list);
    char *text = json_dumps(doc, JSON_COMPACT);
    json_decref(doc);
    if (!text)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_core_path(&daemon->core, path, sizeof path, err, "run/ports.json");
    if (st == DW_OK)
        st = dw_file_save(&dw_disk_real, path, text, strlen(text), err);
    free(text);
    return st;
}

static void on_watched(void *ctx, uint32_t events)
{
    /* The step returns; its caller looks at the descriptor. */
}

dw_status dw_daemon_watch(dw_daemon *daemon, int fd, struct dw_error *err)
{
    uint64_t id;
    return dw_loop_add_fd(daemon->core.loop, fd, EPOLLIN, on_watched, daemon, &id, err);
}
