/* Discs, the tray under them, and the log. */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "world.h"

static const char *const names[PLACES] = {"nowhere", "left", "right", "printer", "recorder", "front", "floor",
                                          "gripper", "queue", "lift", "accept", "reject", "person"};

const char *place_name(enum place place)
{
    return names[place];
}

enum place place_named(const char *name)
{
    enum place place = PLACES;
    while (--place > NOWHERE && strcmp(names[place], name) != 0)
        ;
    return place;
}

static uint64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void world_init(struct world *world, const struct machine *machine, const char *log)
{
    pthread_mutex_init(&world->lock, NULL);
    world->machine = machine;
    world->began_ms = clock_ms();
    world->log = fopen(log, "a");
    assert(world->log);
    setvbuf(world->log, NULL, _IOLBF, 0);
}

static void write_line(struct world *world, const char *mark, const char *format, va_list words)
{
    fprintf(world->log, "%06llu %s", (unsigned long long)world->at_ms, mark);
    vfprintf(world->log, format, words);
    fputc('\n', world->log);
}

void world_log(struct world *world, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    write_line(world, "", format, words);
    va_end(words);
}

void world_crash(struct world *world, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    write_line(world, "CRASH ", format, words);
    va_end(words);
    world->crashes++;
}

void world_advance(struct world *world)
{
    uint64_t now = clock_ms() - world->began_ms;
    void (*act)(struct world *) = world->act;
    if (act && now >= world->act_at_ms) {
        world->act = NULL;
        world->at_ms = world->act_at_ms;
        act(world);
    }
    world->at_ms = now;
}

bool world_moves(const struct world *world)
{
    return world->at_ms < world->moving_until_ms;
}

bool world_tray_moves(const struct world *world)
{
    return world->at_ms < world->tray_until_ms;
}

void world_start(struct world *world, const char *motion, unsigned act_ms, unsigned end_ms, void (*act)(struct world *))
{
    assert(!world->act);
    world->motion = motion;
    world->act = act;
    world->act_at_ms = world->at_ms + act_ms;
    world->moving_until_ms = world->at_ms + end_ms;
}

unsigned world_count(const struct world *world, enum place place)
{
    unsigned count = 0;
    for (unsigned i = 1; i <= world->discs; i++)
        count += world->disc[i].place == place;
    return count;
}

unsigned world_top(const struct world *world, enum place place)
{
    unsigned top = 0;
    for (unsigned i = 1; i <= world->discs; i++)
        if (world->disc[i].place == place && (!top || world->disc[i].stamp > world->disc[top].stamp))
            top = i;
    return top;
}

void world_put(struct world *world, unsigned disc, enum place place)
{
    assert(disc >= 1 && disc <= world->discs);
    world_log(world, "disc %u %s -> %s", disc, names[world->disc[disc].place], names[place]);
    world->disc[disc].place = place;
    world->disc[disc].stamp = ++world->stamp;
}

void world_tray(struct world *world, bool out, char *answer, size_t size)
{
    const char *obstacle = world->machine->in_the_way(world);
    unsigned discs = world_count(world, RECORDER), disc = world_top(world, RECORDER);
    if (obstacle)
        world_crash(world, "the tray goes %s, and %s", out ? "out" : "in", obstacle);
    if (!out && discs > 1) {
        world_log(world, "the tray does not go in with %u discs on it", discs);
        snprintf(answer, size, "stuck");
        return;
    }
    world_log(world, "tray %s with disc %u", out ? "out" : "in", disc);
    world->tray_out = out;
    world->tray_until_ms = world->at_ms + TRAY_MS;
    if (!out && disc)
        snprintf(answer, size, "disc %u %s", disc, world->disc[disc].kind);
    else
        snprintf(answer, size, "nothing");
}

bool luck_strikes(unsigned *count)
{
    return *count && --*count == 0;
}
