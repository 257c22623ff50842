#include "base/log.h"
#include "tests/test.h"

static size_t logged(enum dw_log_level limit, enum dw_log_level level, const char *text, char *out,
                     size_t size)
{
    int fds[2];
    if (pipe(fds) != 0)
        return 0;
    struct dw_log log = {.fd = fds[1], .level = limit, .program = "test"};
    dw_log_write(&log, level, "%s", text);
    close(fds[1]);
    ssize_t n = read(fds[0], out, size - 1);
    close(fds[0]);
    out[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static void a_line_is_program_level_and_pairs(void)
{
    char out[256];
    logged(DW_LOG_INFO, DW_LOG_INFO, "job=42 burn finished", out, sizeof out);
    CHECK_HAS(out, "test info job=42 burn finished\n");
}

static void what_comes_from_outside_cannot_begin_a_second_line(void)
{
    char out[256];
    logged(DW_LOG_INFO, DW_LOG_ERROR, "text=a\nfake error\x1b[0m", out, sizeof out);
    CHECK(strchr(out, '\n') == out + strlen(out) - 1);
    CHECK_HAS(out, "a\\x0afake");
    CHECK_HAS(out, "\\x1b");
}

static void lines_above_the_level_are_dropped(void)
{
    char out[256];
    CHECK_INT(logged(DW_LOG_WARNING, DW_LOG_INFO, "quiet", out, sizeof out), 0);
    CHECK_INT(dw_log_level_from_name("debug"), DW_LOG_DEBUG);
    CHECK_INT(dw_log_level_from_name("loud"), -1);
}

TESTS(TEST(a_line_is_program_level_and_pairs),
      TEST(what_comes_from_outside_cannot_begin_a_second_line),
      TEST(lines_above_the_level_are_dropped))
