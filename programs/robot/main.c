/* discwright-robot NAME: one robot, as a child of discwrightd with a channel on descriptor 3. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/child.h"
#include "session.h"

static void usage(FILE *out)
{
    fputs("Usage: discwright-robot NAME\n"
          "Moves the discs of one robot. Started by discwrightd, which talks to it over\n"
          "descriptor 3; it is of no use from a shell.\n"
          "  --help      this text\n"
          "  --version   version\n",
          out);
}

int main(int argc, char **argv)
{
    struct dw_error err = {0};
    struct dw_log log = dw_log_stderr("discwright-robot", DW_LOG_INFO);
    dw_channel *channel = NULL;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("discwright-robot " DW_VERSION);
        return 0;
    }
    if (argc != 2 || argv[1][0] == '-') {
        usage(stderr);
        return dw_status_exit_code(DW_ERR_INVALID);
    }
    /* The channel's end is how we learn that the daemon is gone; the signal is a second net. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    dw_status st = DW_OK;
    if (fcntl(DW_CHILD_FD, F_SETFD, FD_CLOEXEC) != 0)
        st = dw_error_set(&err, DW_ERR_INVALID,
                          "there is no channel on descriptor %d: this "
                          "program is started by discwrightd",
                          DW_CHILD_FD);
    if (st == DW_OK)
        st = dw_channel_new(DW_CHILD_FD, &channel, &err);
    if (st == DW_OK) {
        struct dw_session_opts opts = {
            .channel = channel, .name = argv[1], .clock = dw_clock_system(), .log = &log};
        st = dw_session_run(&opts, &err);
    }
    if (st != DW_OK && channel) {
        /* The daemon logs each failure once, so it is told and nothing is written here. */
        json_t *result = dw_json_from_error("result", st, &err);
        dw_status told = dw_channel_send(channel, result, NULL, 0, NULL, 0, 1000, NULL);
        (void)told;
    } else if (st != DW_OK) {
        fprintf(stderr, "discwright-robot: %s\n", err.text);
    }
    dw_channel_free(channel);
    return dw_status_exit_code(st);
}
