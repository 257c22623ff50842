/** Lines for the journal: `level event key=value ...` on stderr, with a <N> priority under systemd.
 *  No patient data: say job=42, disc=7, object=1234. Safe from any thread; a line is one write(). */
#ifndef DW_BASE_LOG_H
#define DW_BASE_LOG_H
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum dw_log_level { DW_LOG_ERROR, DW_LOG_WARNING, DW_LOG_INFO, DW_LOG_DEBUG };

struct dw_log { /* plain data; copy freely */
    int fd;
    enum dw_log_level level; /**< lines above it are dropped */
    const char *program;     /**< borrowed for the life of the log */
};
/** fd 2, priority prefixes when JOURNAL_STREAM is set. */
struct dw_log dw_log_stderr(const char *program, enum dw_log_level level);
/** fmt gives the milestone and its key=value pairs; control characters are escaped. log may be NULL. */
void dw_log_write(const struct dw_log *log, enum dw_log_level level, const char *fmt, ...)
    DW_PRINTF(3, 4);
const char *dw_log_level_name(enum dw_log_level level);
/** "error", "warning", "info", "debug"; anything else: -1. */
int dw_log_level_from_name(const char *name);

#ifdef __cplusplus
}
#endif
#endif
