#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/text.h"
#include "programs/command.h"

static int usage(const struct dw_part_command *commands, size_t count, FILE *to, int code)
{
    fputs("A part of discwright, which starts it. Commands:", to);
    for (size_t i = 0; i < count; i++)
        fprintf(to, " %s", commands[i].name);
    fputs("\n", to);
    return code;
}

int dw_part_main(const struct dw_part_command *commands, size_t count, int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a failed write with a sentence, not our end */
    for (size_t i = 0; argc > 1 && i < count; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 1, argv + 1);
    bool is_asked = argc == 2 && strcmp(argv[1], "--help") == 0;
    return usage(commands, count, is_asked ? stdout : stderr, is_asked ? 0 : 2);
}

int dw_part_become(const char *program, char **argv)
{
    char path[DW_PATH_MAX], name[64];
    struct dw_error err = {0};
    dw_status st = dw_child_find_program(program, path, sizeof path, &err);
    if (st == DW_OK) {
        dw_text_cut(name, sizeof name, program);
        argv[-1] = name;
        execv(path, argv - 1);
        st = dw_error_set(&err, dw_status_from_errno(errno), "start %s: %s", program, strerror(errno));
    }
    fprintf(stderr, "discwright: %s\n", err.text);
    return dw_status_exit_code(st);
}
