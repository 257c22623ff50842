#include "daemon/store.h"

#include <stdarg.h>
#include <stdio.h>

#include "daemon/schema.h"

#define EVENTS_KEPT 100000

int dw_store_version(void)
{
    return (int)dw_schema_count;
}

static dw_status migrate_one(dw_sql *sql, int from, struct dw_error *err)
{
    char pragma[48];
    snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", from + 1);
    dw_status st = dw_sql_begin(sql, err);
    if (st != DW_OK)
        return st;
    st = dw_sql_script(sql, dw_schema_migrations[from], err);
    if (st == DW_OK)
        st = dw_sql_script(sql, pragma, err);
    return dw_sql_end(sql, st, err);
}

dw_status dw_store_migrate(dw_sql *sql, struct dw_error *err)
{
    int64_t version = 0;
    dw_status st = dw_sql_int(sql, 0, &version, err, "PRAGMA user_version", "");
    if (st != DW_OK)
        return st;
    if (version > dw_store_version())
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "the database has version %lld, made by a newer Discwright; this one "
                            "knows version %d",
                            (long long)version, dw_store_version());
    for (int64_t v = version; v < dw_store_version() && st == DW_OK; v++) {
        st = migrate_one(sql, (int)v, err);
        if (st != DW_OK)
            dw_error_prefix(err, st, "bring the database from version %lld to %lld", (long long)v,
                            (long long)v + 1);
    }
    return st;
}

dw_status dw_store_open(const char *path, dw_sql **out, struct dw_error *err)
{
    dw_sql *sql = NULL;
    dw_status st = dw_sql_open(path, false, &sql, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "open '%s'", path);
    st = dw_store_migrate(sql, err);
    if (st != DW_OK) {
        dw_sql_close(sql);
        return st;
    }
    *out = sql;
    return DW_OK;
}

void dw_store_event(dw_sql *sql, const struct dw_clock *clock, const struct dw_log *log,
                    struct dw_event about, const char *fmt, ...)
{
    char text[400];
    struct dw_error err = {0};
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    dw_status st = dw_sql_exec(sql, &err, "INSERT INTO event(at, level, study, job, disc, robot, text)"
                                          " VALUES(?, ?, ?, ?, ?, ?, ?)",
                               "itiiitt", dw_clock_wall_us(clock) / 1000000,
                               dw_log_level_name(about.level), about.study, about.job, about.disc,
                               about.robot ? about.robot : "", text);
    if (st == DW_OK && dw_sql_last_id(sql) % 1000 == 0)
        st = dw_sql_exec(sql, &err, "DELETE FROM event WHERE id <= ?", "i",
                         dw_sql_last_id(sql) - EVENTS_KEPT);
    if (st != DW_OK)
        dw_log_write(log, DW_LOG_WARNING, "history not written: %s", err.text);
}
