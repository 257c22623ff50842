/** One SQLite connection with its prepared statements, and binding by a type string. Statements are kept
 *  for the life of the connection: their text must be a literal. One thread at a time.
 *
 *  Types of the arguments: i int64_t, t const char * (NULL binds NULL), b const void * then size_t,
 *  n nothing (binds NULL). Values are bound, never pasted into text. */
#ifndef DW_DAEMON_SQL_H
#define DW_DAEMON_SQL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

typedef struct dw_sql dw_sql;
/** read_only: for queries beside the loop; the file must exist. Else it is made, in WAL mode with
 *  synchronous=FULL: a commit that returned is on the platter. */
DW_MUST_CHECK dw_status dw_sql_open(const char *path, bool read_only, dw_sql **out,
                                    struct dw_error *err);
void dw_sql_close(dw_sql *sql);

/** Run to its end. DW_ERR_CONFLICT: a constraint said no; DW_ERR_NO_SPACE, DW_ERR_IO, DW_ERR_CORRUPT. */
DW_MUST_CHECK dw_status dw_sql_exec(dw_sql *sql, struct dw_error *err, const char *text,
                                    const char *types, ...);
/** Several statements without arguments: schema, pragmas. Not kept. */
DW_MUST_CHECK dw_status dw_sql_script(dw_sql *sql, const char *text, struct dw_error *err);
int64_t dw_sql_changes(dw_sql *sql); /**< rows the last dw_sql_exec() changed */
int64_t dw_sql_last_id(dw_sql *sql); /**< row id of the last INSERT */

struct dw_rows { /* a running query; ended by dw_rows_done() */
    void *stmt;
    bool kept;
    dw_sql *sql;
};
/** Begin a query. On failure there is nothing to end. */
DW_MUST_CHECK dw_status dw_sql_query(dw_sql *sql, struct dw_rows *rows, struct dw_error *err,
                                     const char *text, const char *types, ...);
/** true: a row is there. false: no more, or damage, which dw_rows_done() reports. */
bool dw_rows_next(struct dw_rows *rows);
dw_status dw_rows_done(struct dw_rows *rows, struct dw_error *err);
int64_t dw_rows_int(const struct dw_rows *rows, int column);     /**< NULL reads 0 */
const char *dw_rows_text(const struct dw_rows *rows, int column); /**< NULL reads ""; until the next row */
const void *dw_rows_blob(const struct dw_rows *rows, int column, size_t *out_size);
/** One number from one row; `fallback` when there is no row or it is NULL. */
DW_MUST_CHECK dw_status dw_sql_int(dw_sql *sql, int64_t fallback, int64_t *out, struct dw_error *err,
                                   const char *text, const char *types, ...);

/** Transactions do not nest: begin inside one is DW_ERR_INTERNAL. end commits when st is DW_OK, else (or
 *  when the commit fails) rolls back; it returns st or the failure of the commit. */
DW_MUST_CHECK dw_status dw_sql_begin(dw_sql *sql, struct dw_error *err);
DW_MUST_CHECK dw_status dw_sql_end(dw_sql *sql, dw_status st, struct dw_error *err);
bool dw_sql_in_transaction(dw_sql *sql);

#endif
