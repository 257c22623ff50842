#include "daemon/jobs/volume.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define COLUMNS "SELECT id, job, n, of, blocks, objects, state, dir, media, fileset_id FROM volume"

static dw_status read_one(struct dw_rows *rows, struct dw_volume_row *out, struct dw_error *err)
{
    bool found = dw_rows_next(rows), good = false;
    if (found) {
        int state = dw_volume_state_from_name(dw_rows_text(rows, 6));
        *out = (struct dw_volume_row){
            .id = dw_rows_int(rows, 0),
            .job = dw_rows_int(rows, 1),
            .n = dw_rows_int(rows, 2),
            .of = dw_rows_int(rows, 3),
            .blocks = dw_rows_int(rows, 4),
            .objects = dw_rows_int(rows, 5),
            .state = (enum dw_volume_state)state,
        };
        good = state >= 0 && dw_text_copy(out->dir, sizeof out->dir, dw_rows_text(rows, 7)) &&
               dw_text_copy(out->media, sizeof out->media, dw_rows_text(rows, 8)) &&
               dw_text_copy(out->fileset_id, sizeof out->fileset_id, dw_rows_text(rows, 9));
    }
    dw_status st = dw_rows_done(rows, err);
    if (st == DW_OK && !found)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no such volume");
    else if (st == DW_OK && !good)
        st = dw_error_set(err, DW_ERR_CORRUPT, "the row of volume %lld makes no sense",
                          (long long)out->id);
    return st;
}

dw_status dw_volume_row_find(const struct dw_core *core, int64_t job, int64_t n, struct dw_volume_row *out,
                         struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st =
        dw_sql_query(core->sql, &rows, err, COLUMNS " WHERE job = ? AND n = ?", "ii", job, n);
    return st == DW_OK ? read_one(&rows, out, err) : st;
}

dw_status dw_volume_row_load(const struct dw_core *core, int64_t id, struct dw_volume_row *out,
                         struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(core->sql, &rows, err, COLUMNS " WHERE id = ?", "i", id);
    return st == DW_OK ? read_one(&rows, out, err) : st;
}

dw_status dw_volume_apply(const struct dw_core *core, int64_t id, enum dw_volume_event on,
                          struct dw_error *err)
{
    struct dw_volume_row volume;
    enum dw_volume_state to;
    dw_status st = dw_volume_row_load(core, id, &volume, err);
    if (st == DW_OK)
        st = dw_volume_next(volume.state, on, &to, err);
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "UPDATE volume SET state = ? WHERE id = ? AND state = ?",
                         "tit", dw_volume_state_name(to), id, dw_volume_state_name(volume.state));
    if (st == DW_OK && dw_sql_changes(core->sql) != 1)
        st = dw_error_set(err, DW_ERR_CONFLICT, "volume %lld has changed meanwhile", (long long)id);
    if (st == DW_OK)
        dw_log_write(&core->log, DW_LOG_INFO, "job=%lld volume=%lld %s -> %s",
                     (long long)volume.job, (long long)volume.n, dw_volume_state_name(volume.state),
                     dw_volume_state_name(to));
    return st;
}

/* STATE/<dir>/objects: numbers, one a line. */
static dw_status insert_objects(const struct dw_core *core, int64_t volume, const char *dir,
                                struct dw_error *err)
{
    char path[DW_PATH_MAX], line[64];
    dw_status st = dw_core_path(core, path, sizeof path, err, "%s/objects", dir);
    if (st != DW_OK)
        return st;
    FILE *file = fopen(path, "re");
    if (!file)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", path,
                            strerror(errno));
    while (st == DW_OK && fgets(line, sizeof line, file)) {
        int64_t number;
        line[strcspn(line, "\n")] = '\0';
        if (!dw_text_int(line, 1, INT64_MAX, &number))
            st = dw_error_set(err, DW_ERR_CORRUPT, "'%s' is not a list of object numbers", path);
        else
            st = dw_sql_exec(core->sql, err, "INSERT INTO volume_object VALUES(?, ?)", "ii", volume,
                             number);
    }
    if (st == DW_OK && ferror(file))
        st = dw_error_set(err, DW_ERR_IO, "read '%s'", path);
    fclose(file);
    return st;
}

/* The plan names its folder as a path; below the state folder it is stored without it. */
static const char *relative(const struct dw_core *core, const char *dir)
{
    size_t n = strlen(core->state);
    return strncmp(dir, core->state, n) == 0 && dir[n] == '/' ? dir + n + 1 : dir;
}

dw_status dw_volume_row_insert(const struct dw_core *core, int64_t job, const char *media,
                           const json_t *planned, struct dw_error *err)
{
    const char *dir = relative(core, dw_json_text(planned, "dir"));
    int64_t n = dw_json_int(planned, "n", 0), of = dw_json_int(planned, "of", 0);
    char own[sizeof((struct dw_volume_row *)0)->dir];

    /* Its folder is known beforehand, and no word of a work task may make it another job's (another
     * patient's) or one that a later retry would remove. */
    if (n < 1 || of < n || of > DW_VOLUMES_PER_JOB_MAX ||
        !dw_text_format(own, sizeof own, "volumes/%lld-%lld", (long long)job, (long long)n) ||
        strcmp(dir, own) != 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "the plan describes a volume that makes no sense");
    dw_status st = dw_sql_exec(
        core->sql, err,
        "INSERT INTO volume(job, n, of, state, dir, media, blocks, size_bytes, fileset_uid,"
        " fileset_id, objects, planned_at) VALUES(?, ?, ?, 'planned', ?, ?, ?, ?, ?, ?, ?, ?)",
        "iiittiittii", job, n, of, dir, media, dw_json_int(planned, "blocks", 0),
        dw_json_int(planned, "size_bytes", 0), dw_json_text(planned, "fileset_uid"),
        dw_json_text(planned, "fileset_id"), dw_json_int(planned, "objects", 0),
        dw_core_now_s(core));
    return st == DW_OK ? insert_objects(core, dw_sql_last_id(core->sql), dir, err) : st;
}
