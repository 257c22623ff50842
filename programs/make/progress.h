/** How far a command of ours is, on one line of a terminal, and the wish of a person that it stop. */
#ifndef DW_PROGRAMS_MAKE_PROGRESS_H
#define DW_PROGRAMS_MAKE_PROGRESS_H
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"

struct progress {
    bool shown, active;
    const char *stage;
    int64_t last_us;
};

static volatile sig_atomic_t progress_stop; /* the one thing a signal handler may touch */

static inline void progress_on_signal(int number)
{
    progress_stop = number;
}

/* From here on SIGINT and SIGTERM end the work at the next step, and everything half-made is removed. */
static inline void progress_begin(struct progress *progress)
{
    struct sigaction action = {.sa_handler = progress_on_signal};
    *progress = (struct progress){.shown = isatty(STDERR_FILENO), .stage = ""};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static inline dw_status progress_step(struct progress *progress, const char *stage, uint64_t done,
                                      uint64_t total, struct dw_error *err)
{
    if (progress_stop)
        return dw_error_set(err, DW_ERR_CANCELLED, "stopped, and nothing was made");
    if (!progress->shown)
        return DW_OK;
    struct dw_clock clock = dw_clock_system();
    int64_t now_us = dw_clock_mono_us(&clock);
    if (now_us - progress->last_us < 200000 && strcmp(stage, progress->stage) == 0)
        return DW_OK;
    progress->last_us = now_us;
    progress->stage = stage;
    progress->active = true;
    fprintf(stderr, "\r\033[K%s %3u%%", stage, total ? (unsigned)(done * 100 / total) : 100);
    return DW_OK;
}

static inline void progress_end(struct progress *progress)
{
    if (progress->active)
        fputs("\r\033[K", stderr);
    progress->active = false;
}

#endif
