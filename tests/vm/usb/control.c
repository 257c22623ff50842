/* The hand of the test, and the drive's question of what lies on its tray. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

static bool put(struct world *world, const char *words)
{
    char name[16] = "";
    size_t n = strcspn(words, " ");
    char *kind = NULL;
    unsigned long count = strtoul(words + n, &kind, 10);
    if (n >= sizeof name || *kind != ' ')
        return false;
    memcpy(name, words, n);
    enum place place = place_named(name);
    for (; place && count && world->discs < DISCS_MAX; count--) {
        struct disc *disc = &world->disc[++world->discs];
        snprintf(disc->kind, sizeof disc->kind, "%s", kind + 1);
        world_put(world, world->discs, place);
    }
    return place && !count;
}

/* A person empties a place. */
static bool take_away(struct world *world, const char *name)
{
    enum place place = place_named(name);
    for (unsigned disc = world_top(world, place); disc && place; disc = world_top(world, place))
        world_put(world, disc, PERSON);
    return place != NOWHERE;
}

static void where(const struct world *world, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 1; i <= world->discs && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%u:%s ", i, place_name(world->disc[i].place));
}

static void tell(const struct world *world, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "robot=%s crashes=%u tray=%s ", world->machine->name, world->crashes,
                                   world->tray_out ? "out" : "in");
    for (enum place place = LEFT; place < PLACES && used < size; place++)
        if (world_count(world, place) && place != GRIPPER)
            used += (size_t)snprintf(out + used, size - used, "%s=%u ", place_name(place), world_count(world, place));
    if (used < size)
        world->machine->tell(world, out + used, size - used);
}

static bool misfortune(struct luck *luck, const char *line)
{
    char *rest = NULL;
    size_t n = strcspn(line, " ");
    unsigned number = (unsigned)strtoul(line + n, &rest, 10);
    const struct {
        const char *name;
        unsigned *count;
        bool *flag;
    } known[] = {
        {"lose", &luck->lose, NULL},       {"silent", &luck->silent, NULL},    {"e09", &luck->e09, NULL},
        {"late", &luck->late_ms, NULL},    {"hold", &luck->hold_ms, NULL},     {"unplug-at", &luck->unplug, NULL},
        {"miss", NULL, &luck->miss},       {"twice", NULL, &luck->twice},      {"drop", NULL, &luck->drop},
        {"lie", NULL, &luck->lie},         {"mute", NULL, &luck->mute},
        {"stall-out", NULL, &luck->stall_out}, {"stall-in", NULL, &luck->stall_in},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) != n || strncmp(known[i].name, line, n) != 0)
            continue;
        if (known[i].flag)
            *known[i].flag = true;
        else
            *known[i].count = number;
        if (known[i].count == &luck->unplug)
            luck->unplug_ms = (unsigned)strtoul(rest, NULL, 10);
        return true;
    }
    return false;
}

/* "at 3 stall-out": not now, when there is a job. */
static bool later(struct luck *luck, const char *line)
{
    char *then = NULL;
    unsigned long number = strncmp(line, "at ", 3) == 0 ? strtoul(line + 3, &then, 10) : 0;
    struct luck none = {.at = 0};
    if (!number || *then != ' ' || strlen(then + 1) >= sizeof luck->then || !misfortune(&none, then + 1))
        return false;
    luck->at = (unsigned)number;
    snprintf(luck->then, sizeof luck->then, "%s", then + 1);
    return true;
}

void luck_comes(struct world *world)
{
    if (!luck_strikes(&world->luck.at))
        return;
    world_log(world, "MISFORTUNE %s", world->luck.then);
    misfortune(&world->luck, world->luck.then);
}

void world_control(struct world *world, char *line, char *out, size_t size)
{
    bool known = true;
    snprintf(out, size, "ok");
    if (strcmp(line, "tray out") == 0 || strcmp(line, "tray in") == 0)
        world_tray(world, line[5] == 'o', out, size);
    else if (strcmp(line, "state") == 0)
        tell(world, out, size);
    else if (strcmp(line, "where") == 0)
        where(world, out, size);
    else if (strncmp(line, "put ", 4) == 0)
        known = put(world, line + 4);
    else if (strncmp(line, "take ", 5) == 0)
        known = take_away(world, line + 5);
    else if (strncmp(line, "note ", 5) == 0)
        world_log(world, "@ %s", line + 5);
    else
        known = misfortune(&world->luck, line) || later(&world->luck, line) || world->machine->control(world, line);
    if (!known)
        snprintf(out, size, "no such command: %s", line);
}
