#include "daemon/jobs/derived.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "daemon/jobs/select.h"

#define KIND_MAX 96

struct sweeping {
    const struct dw_core *core;
    int64_t swept;
};

/* "icon-64/17" and "1.2.840.10008.1.2.1/17" are of kinds of those names; "previews/17-3.jpg" is "preview-3.jpg"
 * of object 17. */
static bool parse(const char *rel, int64_t *out_number, char out_kind[KIND_MAX])
{
    char digits[24];
    const char *slash = strchr(rel, '/');
    if (!slash || strchr(slash + 1, '/'))
        return false;
    bool is_preview = strncmp(rel, DW_KIND_PREVIEWS "/", strlen(DW_KIND_PREVIEWS "/")) == 0;
    const char *name = slash + 1, *end = is_preview ? strchr(name, '-') : name + strlen(name);
    return end && dw_text_format(digits, sizeof digits, "%.*s", (int)(end - name), name) &&
           dw_text_int(digits, 1, INT64_MAX, out_number) &&
           (is_preview ? dw_text_format(out_kind, KIND_MAX, "preview%s", end)
                       : dw_text_format(out_kind, KIND_MAX, "%.*s", (int)(slash - rel), rel));
}

static dw_status sweep_file(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                            struct dw_error *err)
{
    struct sweeping *sweeping = ctx;
    char kind[KIND_MAX];
    int64_t number = 0, known = 0;
    dw_status st = DW_OK;
    (void)size_bytes;
    if (parse(rel, &number, kind))
        st = dw_sql_int(sweeping->core->sql, 0, &known, err,
                        "SELECT 1 FROM derived WHERE number = ? AND kind = ? AND state = 'ready'", "it",
                        number, kind);
    if (st != DW_OK || known)
        return st;
    if (unlink(path) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "sweep '%s': %s", path,
                            strerror(errno));
    sweeping->swept++;
    return DW_OK;
}

dw_status dw_derived_sweep(const struct dw_core *core, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct sweeping sweeping = {.core = core};
    dw_status st = dw_core_path(core, path, sizeof path, err, "derived");
    if (st == DW_OK)
        st = dw_file_make_dirs(path, err);
    if (st == DW_OK)
        st = dw_file_walk(path, sweep_file, &sweeping, err);
    if (st == DW_OK && sweeping.swept > 0)
        dw_log_write(&core->log, DW_LOG_INFO, "derived files swept=%lld", (long long)sweeping.swept);
    return st;
}

/* The way back of parse(). */
static dw_status path_of(const struct dw_core *core, int64_t number, const char *kind, char *out,
                         size_t size, struct dw_error *err)
{
    if (strncmp(kind, "preview-", strlen("preview-")) == 0)
        return dw_core_path(core, out, size, err, "derived/" DW_KIND_PREVIEWS "/%lld%s",
                            (long long)number, kind + strlen("preview"));
    return dw_core_path(core, out, size, err, "derived/%s/%lld", kind, (long long)number);
}

dw_status dw_derived_remove(const struct dw_core *core, int64_t number, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct dw_rows rows;
    dw_status removed = DW_OK;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT kind FROM derived WHERE number = ?", "i", number);
    if (st != DW_OK)
        return st;
    while (removed == DW_OK && dw_rows_next(&rows)) {
        removed = path_of(core, number, dw_rows_text(&rows, 0), path, sizeof path, err);
        if (removed == DW_OK && unlink(path) != 0 && errno != ENOENT)
            removed = dw_error_set(err, dw_status_from_errno(errno), "remove '%s': %s", path,
                                   strerror(errno));
    }
    st = dw_rows_done(&rows, removed == DW_OK ? err : NULL);
    if (removed != DW_OK)
        return removed;
    return st == DW_OK ? dw_sql_exec(core->sql, err, "DELETE FROM derived WHERE number = ?", "i", number)
                       : st;
}
