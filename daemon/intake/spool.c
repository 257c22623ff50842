#include "daemon/intake/spool.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

dw_status dw_spool_path(const struct dw_core *core, int64_t number, char *out, size_t size,
                        struct dw_error *err)
{
    return dw_core_path(core, out, size, err, "spool/%lld/%lld", (long long)(number / 1000),
                        (long long)number);
}

dw_status dw_spool_take(const struct dw_core *core, int64_t count, int64_t *out_first,
                        struct dw_error *err)
{
    int64_t first = 0;
    dw_status st = dw_sql_int(core->sql, 0, &first, err,
                              "SELECT value FROM counter WHERE name = 'object'", "");
    if (st == DW_OK && first <= 0)
        st = dw_error_set(err, DW_ERR_CORRUPT, "the counter of object numbers is missing");
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "UPDATE counter SET value = ? WHERE name = 'object'", "i",
                         first + count);
    if (st == DW_OK)
        *out_first = first;
    return st;
}

dw_status dw_spool_size(const struct dw_core *core, int64_t number, uint64_t *out,
                        struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct stat info;
    dw_status st = dw_spool_path(core, number, path, sizeof path, err);
    if (st != DW_OK)
        return st;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return dw_error_set(err, DW_ERR_GONE, "object %lld has no file in the spool",
                            (long long)number);
    *out = (uint64_t)info.st_size;
    return DW_OK;
}

void dw_spool_remove(const struct dw_core *core, int64_t number)
{
    char path[DW_PATH_MAX];
    if (dw_spool_path(core, number, path, sizeof path, NULL) != DW_OK)
        return;
    if (unlink(path) != 0 && errno != ENOENT)
        dw_log_write(&core->log, DW_LOG_WARNING, "object=%lld file not removed: %s",
                     (long long)number, strerror(errno));
}

dw_status dw_spool_put_back(const struct dw_core *core, int64_t fresh, int64_t number,
                            struct dw_error *err)
{
    char from[DW_PATH_MAX], to[DW_PATH_MAX], folder[DW_PATH_MAX];
    dw_status st = dw_spool_path(core, fresh, from, sizeof from, err);
    if (st == DW_OK)
        st = dw_spool_path(core, number, to, sizeof to, err);
    if (st == DW_OK)
        st = dw_core_path(core, folder, sizeof folder, err, "spool/%lld", (long long)(number / 1000));
    if (st == DW_OK)
        st = dw_file_make_dirs(folder, err); /* it may be what was lost */
    if (st != DW_OK)
        return st;
    if (core->disk->rename(core->disk->ctx, from, to) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "put back '%s': %s", to, strerror(errno));
    return dw_file_sync_dir(core->disk, folder, err);
}

int64_t dw_spool_free_bytes(const struct dw_core *core)
{
    char path[DW_PATH_MAX];
    if (dw_core_path(core, path, sizeof path, NULL, "spool") != DW_OK)
        return -1;
    return core->disk->free_bytes(core->disk->ctx, path);
}

struct sweeping {
    const struct dw_core *core;
    struct dw_sweep *out;
    int64_t next; /* the first number that was never given away */
};

static dw_status is_known(const struct dw_core *core, int64_t number, bool *out, struct dw_error *err)
{
    int64_t known = 0;
    dw_status st = dw_sql_int(core->sql, 0, &known, err,
                              "SELECT 1 FROM object WHERE number = ? AND state <> 'purged'", "i",
                              number);
    *out = known != 0;
    return st;
}

/* "3/3012" is 3012; 0: a name that is no number. */
static int64_t number_of(const char *rel)
{
    const char *slash = strrchr(rel, '/');
    int64_t number = 0;
    return dw_text_int(slash ? slash + 1 : rel, 1, INT64_MAX, &number) ? number : 0;
}

/* A number this database never gave away is the work of another one: it was lost, or restored from before. */
static dw_status refuse_foreign(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                                struct dw_error *err)
{
    const struct sweeping *sweeping = ctx;
    int64_t number = number_of(rel);
    bool known = false;
    dw_status st = number < sweeping->next ? DW_OK : is_known(sweeping->core, number, &known, err);
    if (st != DW_OK || number < sweeping->next || known)
        return st;
    return dw_error_set(err, DW_ERR_CONFLICT,
                        "'%s' was received under a newer database than this one: restore that "
                        "database, or move the spool away",
                        path);
}

static dw_status sweep_file(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                            struct dw_error *err)
{
    struct sweeping *sweeping = ctx;
    int64_t number = number_of(rel);
    bool known = false;

    sweeping->out->files++;
    dw_status st = number ? is_known(sweeping->core, number, &known, err) : DW_OK;
    if (st != DW_OK || known)
        return st;
    if (unlink(path) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "sweep '%s': %s", path,
                            strerror(errno));
    sweeping->out->swept++;
    return DW_OK;
}

static dw_status count_missing(const struct dw_core *core, struct dw_sweep *out,
                               struct dw_error *err)
{
    struct dw_rows rows;
    /* Of a study that was being purged some are gone already; the rest follows. */
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT number FROM object WHERE state <> 'purged' AND study_uid NOT IN"
                                " (SELECT study_uid FROM study WHERE state = 'purging')",
                                "");
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows)) {
        uint64_t size;
        int64_t number = dw_rows_int(&rows, 0);
        if (dw_spool_size(core, number, &size, NULL) == DW_OK)
            continue;
        if (out->missing++ < 20)
            dw_log_write(&core->log, DW_LOG_ERROR, "object=%lld has a row and no file",
                         (long long)number);
    }
    return dw_rows_done(&rows, err);
}

static dw_status raise_missing(const struct dw_core *core, uint64_t missing, struct dw_error *err)
{
    char sentence[200];
    if (missing == 0)
        return dw_sql_exec(core->sql, err,
                           "UPDATE fault SET cleared_at = ? WHERE robot = '' AND"
                           " key = 'spool.missing' AND cleared_at = 0",
                           "i", dw_core_now_s(core));
    if (!dw_text_format(sentence, sizeof sentence, "%llu received objects have no file: restore the spool from backup or send "
                        "their studies again",
                        (unsigned long long)missing))
        return dw_error_set(err, DW_ERR_INTERNAL, "a sentence does not fit");
    return dw_sql_exec(core->sql, err,
                       "INSERT INTO fault(robot, key, sentence, who, action, raised_at)"
                       " VALUES('', 'spool.missing', ?, 'it', 'warn', ?)"
                       " ON CONFLICT DO UPDATE SET sentence = excluded.sentence",
                       "ti", sentence, dw_core_now_s(core));
}

dw_status dw_spool_sweep(const struct dw_core *core, struct dw_sweep *out, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct sweeping sweeping = {.core = core, .out = out};

    *out = (struct dw_sweep){0};
    dw_status st = dw_core_path(core, path, sizeof path, err, "spool");
    if (st == DW_OK)
        st = dw_file_make_dirs(path, err);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &sweeping.next, err,
                        "SELECT value FROM counter WHERE name = 'object'", "");
    if (st == DW_OK)
        st = dw_file_walk(path, refuse_foreign, &sweeping, err); /* before anything is removed */
    if (st == DW_OK)
        st = dw_file_walk(path, sweep_file, &sweeping, err);
    if (st == DW_OK)
        st = count_missing(core, out, err);
    if (st == DW_OK)
        st = raise_missing(core, out->missing, err);
    return st;
}
