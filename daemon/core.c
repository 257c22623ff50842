#include "daemon/core.h"

#include <stdarg.h>
#include <stdio.h>

int64_t dw_core_now_s(const struct dw_core *core)
{
    return dw_clock_wall_us(&core->clock) / 1000000;
}

void dw_core_changed(const struct dw_core *core)
{
    if (core->changed)
        core->changed(core->changed_ctx);
}

dw_status dw_core_path(const struct dw_core *core, char *out, size_t size, struct dw_error *err,
                       const char *fmt, ...)
{
    int head = snprintf(out, size, "%s/", core->state);
    if (head > 0 && (size_t)head < size) {
        va_list args;
        va_start(args, fmt);
        int tail = vsnprintf(out + head, size - (size_t)head, fmt, args);
        va_end(args);
        if (tail >= 0 && (size_t)head + (size_t)tail < size)
            return DW_OK;
    }
    return dw_error_set(err, DW_ERR_LIMIT, "a path below the state folder is too long");
}

int64_t dw_core_backoff_ms(unsigned failures)
{
    int64_t ms = 500;
    for (unsigned i = 1; i < failures && ms < 30000; i++)
        ms *= 2;
    return ms < 30000 ? ms : 30000;
}
