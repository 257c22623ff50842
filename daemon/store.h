/** The database of the appliance: schema, migrations, and the little that every room needs of it. Rows are
 *  written by discwrightd alone; what a table means is documented in schema.c beside it. */
#ifndef DW_DAEMON_STORE_H
#define DW_DAEMON_STORE_H
#include "base/clock.h"
#include "base/log.h"
#include "daemon/sql.h"

/** Bring an open connection to our schema version, one transaction for each step. DW_ERR_UNSUPPORTED: it
 *  was made by a newer Discwright; nothing is touched. */
DW_MUST_CHECK dw_status dw_store_migrate(dw_sql *sql, struct dw_error *err);
/** dw_sql_open() + dw_store_migrate(). */
DW_MUST_CHECK dw_status dw_store_open(const char *path, dw_sql **out, struct dw_error *err);
int dw_store_version(void); /**< what dw_store_migrate() leads to */

/** One line of history, shown with the job or study it belongs to: no patient data. 0 = belongs to none.
 *  A failure to write it is logged and nothing else: history must not stop the appliance. */
struct dw_event {
    enum dw_log_level level;
    int64_t study, job, disc;
    const char *robot; /**< NULL: none */
};
void dw_store_event(dw_sql *sql, const struct dw_clock *clock, const struct dw_log *log,
                    struct dw_event about, const char *fmt, ...) DW_PRINTF(5, 6);

#endif
