#include "robot/place.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

static const struct place_info {
    const char *name;
    bool numbered;
    int max;
} places[] = {
    [DW_PLACE_NONE] = {.name = "gone"},
    [DW_PLACE_BIN] = {.name = "bin", .numbered = true, .max = DW_ROBOT_BINS_MAX},
    [DW_PLACE_DRIVE] = {.name = "drive", .numbered = true, .max = DW_ROBOT_DRIVES_MAX},
    [DW_PLACE_PRINTER] = {.name = "printer"},
    [DW_PLACE_OUTPUT] = {.name = "output"},
    [DW_PLACE_REJECT] = {.name = "reject"},
};
static_assert(DW_ARRAY_LEN(places) == DW_PLACE_KIND_COUNT, "name every place");

const char *dw_place_name(struct dw_place place, char out[DW_PLACE_NAME_MAX])
{
    assert((unsigned)place.kind < DW_PLACE_KIND_COUNT);
    if (places[place.kind].numbered)
        snprintf(out, DW_PLACE_NAME_MAX, "%s %d", places[place.kind].name, place.number);
    else
        snprintf(out, DW_PLACE_NAME_MAX, "%s", places[place.kind].name);
    return out;
}

bool dw_place_from_name(const char *name, struct dw_place *out)
{
    for (size_t i = 0; name && i < DW_ARRAY_LEN(places); i++) {
        size_t length = strlen(places[i].name);
        int64_t number;
        if (!places[i].numbered && strcmp(name, places[i].name) == 0) {
            *out = (struct dw_place){.kind = (enum dw_place_kind)i};
            return true;
        }
        if (places[i].numbered && strncmp(name, places[i].name, length) == 0 &&
            name[length] == ' ' && dw_text_int(name + length + 1, 1, places[i].max, &number)) {
            *out = (struct dw_place){.kind = (enum dw_place_kind)i, .number = (int)number};
            return true;
        }
    }
    return false;
}

bool dw_place_same(struct dw_place a, struct dw_place b)
{
    return a.kind == b.kind && a.number == b.number;
}
