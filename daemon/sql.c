#include "daemon/sql.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>

#define KEPT_MAX 256

struct kept {
    const char *text; /* identity: the literal's address */
    sqlite3_stmt *stmt;
    bool busy;
};
struct dw_sql {
    sqlite3 *db;
    struct kept kept[KEPT_MAX];
    size_t kept_count;
};

/* The messages of SQLite name tables and columns, never values. */
static dw_status failed(dw_sql *sql, int rc, struct dw_error *err)
{
    dw_status st = DW_ERR_IO;
    int base = rc & 0xff;

    if (base == SQLITE_CONSTRAINT)
        st = DW_ERR_CONFLICT;
    else if (base == SQLITE_FULL || (base == SQLITE_IOERR && sqlite3_system_errno(sql->db) == ENOSPC))
        st = DW_ERR_NO_SPACE;
    else if (base == SQLITE_BUSY || base == SQLITE_LOCKED)
        st = DW_ERR_BUSY;
    else if (base == SQLITE_CORRUPT || base == SQLITE_NOTADB)
        st = DW_ERR_CORRUPT;
    else if (base == SQLITE_NOMEM || base == SQLITE_MISUSE || base == SQLITE_ERROR)
        st = DW_ERR_INTERNAL;
    return dw_error_set(err, st, "database: %s", sqlite3_errmsg(sql->db));
}

dw_status dw_sql_script(dw_sql *sql, const char *text, struct dw_error *err)
{
    int rc = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? DW_OK : failed(sql, rc, err);
}

dw_status dw_sql_open(const char *path, bool read_only, dw_sql **out, struct dw_error *err)
{
    dw_sql *sql = calloc(1, sizeof *sql);
    if (!sql)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");

    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc = sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    dw_status st = DW_OK;
    if (rc != SQLITE_OK) {
        st = sql->db ? failed(sql, rc, err)
                     : dw_error_set(err, DW_ERR_INTERNAL, "database: out of memory");
        goto out;
    }
    sqlite3_extended_result_codes(sql->db, 1);
    sqlite3_busy_timeout(sql->db, 5000);
    /* 2 MB of pages each: the process tree has 96 MB, whatever the size of the archive. */
    st = dw_sql_script(sql,
                       read_only ? "PRAGMA query_only=ON; PRAGMA cache_size=-1024;"
                                 : "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                   "PRAGMA foreign_keys=ON; PRAGMA cache_size=-2048;",
                       err);
out:
    if (st != DW_OK) {
        dw_sql_close(sql);
        return st;
    }
    *out = sql;
    return DW_OK;
}

void dw_sql_close(dw_sql *sql)
{
    if (!sql)
        return;
    for (size_t i = 0; i < sql->kept_count; i++)
        sqlite3_finalize(sql->kept[i].stmt);
    sqlite3_close(sql->db);
    free(sql);
}

/* A kept statement that is not running, or a fresh one: the same text may run twice at a time. */
static dw_status take(dw_sql *sql, struct dw_rows *rows, const char *text, struct dw_error *err)
{
    sqlite3_stmt *stmt = NULL;

    rows->sql = sql;
    for (size_t i = 0; i < sql->kept_count; i++) {
        if (sql->kept[i].text == text && !sql->kept[i].busy) {
            sql->kept[i].busy = true;
            rows->stmt = sql->kept[i].stmt;
            rows->kept = true;
            return DW_OK;
        }
    }
    int rc = sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc != SQLITE_OK)
        return failed(sql, rc, err);
    rows->stmt = stmt;
    rows->kept = sql->kept_count < KEPT_MAX;
    if (rows->kept)
        sql->kept[sql->kept_count++] = (struct kept){.text = text, .stmt = stmt, .busy = true};
    return DW_OK;
}

static void give_back(struct dw_rows *rows)
{
    dw_sql *sql = rows->sql;

    if (!rows->kept) {
        sqlite3_finalize(rows->stmt);
    } else {
        sqlite3_reset(rows->stmt);
        sqlite3_clear_bindings(rows->stmt);
        for (size_t i = 0; i < sql->kept_count; i++)
            if (sql->kept[i].stmt == rows->stmt)
                sql->kept[i].busy = false;
    }
    rows->stmt = NULL;
}

static int bind_all(sqlite3_stmt *stmt, const char *types, va_list args)
{
    int rc = SQLITE_OK;

    for (int at = 1; *types && rc == SQLITE_OK; types++, at++) {
        switch (*types) {
        case 'i':
            rc = sqlite3_bind_int64(stmt, at, va_arg(args, int64_t));
            break;
        case 't': {
            const char *text = va_arg(args, const char *);
            rc = text ? sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT)
                      : sqlite3_bind_null(stmt, at);
            break;
        }
        case 'b': {
            const void *data = va_arg(args, const void *);
            size_t size = va_arg(args, size_t);
            rc = data ? sqlite3_bind_blob64(stmt, at, data, size, SQLITE_TRANSIENT)
                      : sqlite3_bind_null(stmt, at);
            break;
        }
        default:
            rc = sqlite3_bind_null(stmt, at);
        }
    }
    return rc;
}

static dw_status start(dw_sql *sql, struct dw_rows *rows, struct dw_error *err, const char *text,
                       const char *types, va_list args)
{
    dw_status st = take(sql, rows, text, err);
    if (st != DW_OK)
        return st;
    int rc = bind_all(rows->stmt, types, args);
    if (rc != SQLITE_OK) {
        st = failed(sql, rc, err);
        give_back(rows);
    }
    return st;
}

dw_status dw_sql_query(dw_sql *sql, struct dw_rows *rows, struct dw_error *err, const char *text,
                       const char *types, ...)
{
    va_list args;
    va_start(args, types);
    dw_status st = start(sql, rows, err, text, types, args);
    va_end(args);
    return st;
}

bool dw_rows_next(struct dw_rows *rows)
{
    return sqlite3_step(rows->stmt) == SQLITE_ROW;
}

dw_status dw_rows_done(struct dw_rows *rows, struct dw_error *err)
{
    /* sqlite3_reset() repeats what the last step said; SQLITE_ROW and SQLITE_DONE are SQLITE_OK here. */
    int rc = sqlite3_reset(rows->stmt);
    dw_status st = rc == SQLITE_OK ? DW_OK : failed(rows->sql, rc, err);
    give_back(rows);
    return st;
}

int64_t dw_rows_int(const struct dw_rows *rows, int column)
{
    return sqlite3_column_int64(rows->stmt, column);
}

const char *dw_rows_text(const struct dw_rows *rows, int column)
{
    const char *text = (const char *)sqlite3_column_text(rows->stmt, column);
    return text ? text : "";
}

const void *dw_rows_blob(const struct dw_rows *rows, int column, size_t *out_size)
{
    const void *data = sqlite3_column_blob(rows->stmt, column);
    *out_size = (size_t)sqlite3_column_bytes(rows->stmt, column);
    return data;
}

dw_status dw_sql_exec(dw_sql *sql, struct dw_error *err, const char *text, const char *types, ...)
{
    struct dw_rows rows;
    va_list args;

    va_start(args, types);
    dw_status st = start(sql, &rows, err, text, types, args);
    va_end(args);
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows))
        ;
    return dw_rows_done(&rows, err);
}

dw_status dw_sql_int(dw_sql *sql, int64_t fallback, int64_t *out, struct dw_error *err,
                     const char *text, const char *types, ...)
{
    struct dw_rows rows;
    va_list args;

    va_start(args, types);
    dw_status st = start(sql, &rows, err, text, types, args);
    va_end(args);
    if (st != DW_OK)
        return st;
    int64_t value = fallback;
    if (dw_rows_next(&rows) && sqlite3_column_type(rows.stmt, 0) != SQLITE_NULL)
        value = dw_rows_int(&rows, 0);
    st = dw_rows_done(&rows, err);
    if (st == DW_OK)
        *out = value;
    return st;
}

int64_t dw_sql_changes(dw_sql *sql)
{
    return sqlite3_changes64(sql->db);
}

int64_t dw_sql_last_id(dw_sql *sql)
{
    return sqlite3_last_insert_rowid(sql->db);
}

bool dw_sql_in_transaction(dw_sql *sql)
{
    return sqlite3_get_autocommit(sql->db) == 0;
}

dw_status dw_sql_begin(dw_sql *sql, struct dw_error *err)
{
    if (dw_sql_in_transaction(sql))
        return dw_error_set(err, DW_ERR_INTERNAL, "database: a transaction inside a transaction");
    return dw_sql_exec(sql, err, "BEGIN IMMEDIATE", "");
}

dw_status dw_sql_end(dw_sql *sql, dw_status st, struct dw_error *err)
{
    /* A full disk may have ended the transaction by itself (SQLite "Response To Errors Within A
     * Transaction"): then nothing of it is there, and a COMMIT would only hide the reason. */
    if (st == DW_OK && !dw_sql_in_transaction(sql))
        st = dw_error_set(err, DW_ERR_IO, "database: the transaction was rolled back");
    if (st == DW_OK)
        st = dw_sql_exec(sql, err, "COMMIT", "");
    if (st != DW_OK && dw_sql_in_transaction(sql) &&
        dw_sql_exec(sql, NULL, "ROLLBACK", "") != DW_OK)
        return st;
    return st;
}
