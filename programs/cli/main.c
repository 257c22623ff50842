/* discwright: the command line. It asks tasks and the daemon; its parts do what is done without these. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "programs/command.h"

struct command {
    const char *name;
    dw_command_fn *run;
    const char *help;
};

static int make(int argc, char **argv)
{
    (void)argc;
    return dw_part_become("discwright-make", argv);
}

static int usb(int argc, char **argv)
{
    (void)argc;
    return dw_part_become("discwright-usb", argv);
}

static const struct command commands[] = {
    {"disc", make, "make disc images from folders and files"},
    {"fileset", make, "the same as folders, without an image"},
    {"master", make, "put any folder into an image"},
    {"check", dw_command_check, "judge an image, a folder or a disc"},
    {"identify", dw_command_identify, "say whose disc this is"},
    {"label", dw_command_label, "draw a disc label from a template"},
    {"sample", dw_command_sample, "write objects of an invented patient"},
    {"studies", dw_command_remote, "list the studies that have arrived"},
    {"study", dw_command_remote, "show one study, and what in it names another patient"},
    {"release", dw_command_remote, "let a held study go, with a reason"},
    {"pin", dw_command_remote, "keep a study from retention"},
    {"unpin", dw_command_remote, "leave a study to retention again"},
    {"delete", dw_command_remote, "delete a study; it can be taken back for a while"},
    {"undelete", dw_command_remote, "take a deleted study back"},
    {"jobs", dw_command_remote, "list jobs"},
    {"job", dw_command_remote, "show one job with its discs"},
    {"burn", dw_command_remote, "order discs of a study"},
    {"cancel", dw_command_remote, "cancel a job"},
    {"retry", dw_command_remote, "try a failed or held job again"},
    {"resolve", dw_command_remote, "answer a job that holds objects its profile forbids"},
    {"release-job", dw_command_remote, "let a job be made that a rule holds"},
    {"supplement", dw_command_remote, "order a disc of what came after the discs of a job were begun"},
    {"rules", dw_command_remote, "list the rules, or say why a study is treated as it is"},
    {"robots", dw_command_remote, "list robots; robots --diagnose tells what is at the cables"},
    {"drives", dw_command_remote, "list drives and lots of media, and how they did"},
    {"robot", dw_command_remote, "show one robot; robot capture reads a recording of one"},
    {"answer", dw_command_remote, "say where a disc in doubt was found"},
    {"step", dw_command_remote, "say that a step of a manual robot is done, or went wrong"},
    {"refill", dw_command_remote, "say that a bin was filled"},
    {"acknowledge", dw_command_remote, "say that a robot's fault was dealt with"},
    {"audit", dw_command_remote, "list who decided what"},
    {"status", dw_command_remote, "say how the appliance is doing"},
};

static int usage(FILE *to, int code)
{
    fputs("usage: discwright COMMAND [OPTION]... (discwright COMMAND --help says more)\n", to);
    for (size_t i = 0; i < DW_ARRAY_LEN(commands); i++)
        fprintf(to, "  %-11s %s\n", commands[i].name, commands[i].help);
    return code;
}

/* Two words, the second of which is no robot's name. */
static const struct {
    const char *first;
    struct command second;
} doubles[] = {
    {"robot", {"capture", usb, "read a recording of a robot's USB"}},
    {"robots", {"--diagnose", usb, "report about the robots at this machine"}},
};

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a failed write with a sentence, not our end */
    if (argc < 2)
        return usage(stderr, 2);
    if (strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    if (strcmp(argv[1], "--version") == 0) {
        puts("discwright " DW_VERSION);
        return 0;
    }
    for (size_t i = 0; argc > 2 && i < DW_ARRAY_LEN(doubles); i++)
        if (strcmp(doubles[i].first, argv[1]) == 0 && strcmp(doubles[i].second.name, argv[2]) == 0)
            return doubles[i].second.run(argc - 2, argv + 2);
    for (size_t i = 0; i < DW_ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "discwright: there is no command '%s' (discwright --help lists them)\n",
            argv[1]);
    return 2;
}
