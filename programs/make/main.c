/* discwright-make: the commands that write discs without the daemon. */
#include <stdio.h>

#include "dicom/classes.h"
#include "programs/command.h"

static const struct dw_part_command commands[] = {
    {"disc", dw_command_disc},
    {"fileset", dw_command_fileset},
    {"master", dw_command_master},
};

int main(int argc, char **argv)
{
    struct dw_error err = {0};
    dw_classes *classes = NULL;
    dw_status st = dw_classes_use_environment(&classes, &err);
    if (st != DW_OK) {
        fprintf(stderr, "discwright: %s\n", err.text);
        return dw_status_exit_code(st);
    }
    int code = dw_part_main(commands, DW_ARRAY_LEN(commands), argc, argv);
    dw_classes_use(NULL);
    dw_classes_free(classes);
    return code;
}
