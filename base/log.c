#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {"error", "warning", "info", "debug"};
static const char *const journal[] = {"<3>", "<4>", "<6>", "<7>"}; /* sd-daemon(3) */

struct dw_log dw_log_stderr(const char *program, enum dw_log_level level)
{
    return (struct dw_log){.fd = STDERR_FILENO, .level = level, .program = program};
}

const char *dw_log_level_name(enum dw_log_level level)
{
    return (unsigned)level < DW_ARRAY_LEN(names) ? names[level] : "debug";
}

int dw_log_level_from_name(const char *name)
{
    for (size_t i = 0; name && i < DW_ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

void dw_log_write(const struct dw_log *log, enum dw_log_level level, const char *fmt, ...)
{
    if (!log || level > log->level)
        return;
    char text[900], line[1200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);

    int at = snprintf(line, sizeof line, "%s%s %s ", getenv("JOURNAL_STREAM") ? journal[level] : "",
                      log->program ? log->program : "discwright", dw_log_level_name(level));
    size_t used = at > 0 ? (size_t)at : 0;
    /* A line is one line: what came from outside cannot begin another one. */
    for (const char *p = text; *p && used < sizeof line - 5; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7F)
            used += (size_t)snprintf(line + used, 5, "\\x%02x", c);
        else
            line[used++] = *p;
    }
    line[used++] = '\n';
    ssize_t ignored = write(log->fd, line, used); /* a log that cannot be written must not stop us */
    (void)ignored;
}
