#include <stddef.h>
#include <string.h>

#include "daemon/config.h"

static bool is_plain_name(const char *name)
{
    return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_")] == '\0';
}

#define LIST(type, member)                                                                         \
    .items = offsetof(struct dw_config, member##s), .count = offsetof(struct dw_config, member##_count),  \
    .item_size = sizeof(struct type), .name_size = sizeof((struct type *)0)->name,                 \
    .options = offsetof(struct type, options)

const struct dw_section_kind dw_section_kinds[] = {
    {.kind = "robot", .table = dw_robot_options_table, .option_count = &dw_robot_options_count,
     LIST(dw_config_robot, robot), .max = DW_CONFIG_ROBOTS_MAX, .is_name = is_plain_name,
     .names = "letters, digits, '-' and '_'", .example = "robot1", .shown = true,
     .help = "One section for each robot; its name is shown in the console and names a folder. Without any, "
             "one simulated robot named robot1 is assumed."},
};
const size_t dw_section_kind_count = DW_ARRAY_LEN(dw_section_kinds);
