/* discwright-usb: the commands about robots at a cable of this machine. */
#include "programs/command.h"

static const struct dw_part_command commands[] = {
    {"capture", dw_command_capture},
    {"--diagnose", dw_command_diagnose},
};

int main(int argc, char **argv)
{
    return dw_part_main(commands, DW_ARRAY_LEN(commands), argc, argv);
}
