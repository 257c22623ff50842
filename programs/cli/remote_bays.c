/* discwright robot NAME drives: which drive of this machine is whose. */
#include <inttypes.h>
#include <stdio.h>

#include "base/channel.h"
#include "programs/cli/remote_show.h"

static void show_bay(const json_t *bay)
{
    const char *why = dw_json_text(bay, "why");
    printf("drive %" PRId64 "  ", dw_json_int(bay, "n", 0));
    if (*why)
        printf("%s\n", why);
    else
        printf("%s  %s  %s\n", dw_json_text(bay, "device"), dw_json_text(bay, "address"),
               json_is_true(json_object_get(bay, "assigned")) ? "assigned by a person" : "as discwright.conf says");
}

static void show_drive(const json_t *drive)
{
    printf("%s  %s %s %s  %s", dw_json_text(drive, "device"), dw_json_text(drive, "vendor"),
           dw_json_text(drive, "model"), dw_json_text(drive, "revision"), dw_json_text(drive, "address"));
    if (*dw_json_text(drive, "path"))
        printf("  at %s", dw_json_text(drive, "path"));
    if (*dw_json_text(drive, "robot"))
        printf("  drive %" PRId64 " of robot %s", dw_json_int(drive, "drive", 0), dw_json_text(drive, "robot"));
    else
        fputs("  of no robot", stdout);
    printf("%s%s\n", *dw_json_text(drive, "tray") ? "  " : "", dw_json_text(drive, "tray"));
}

void dw_show_bays(const json_t *reply)
{
    const json_t *row, *machine = json_object_get(reply, "machine");
    size_t i;
    json_array_foreach(json_object_get(reply, "bays"), i, row)
        show_bay(row);
    puts("drives of this machine:");
    json_array_foreach(machine, i, row)
        show_drive(row);
    if (json_array_size(machine) == 0)
        puts("none");
}
