/* A Nimbie NB21: discs drop onto the open tray, are lifted off it, and fall to one of two exits past a closed one. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define COMMAND 8

enum style { PLAIN, EMPTY_FIRST, PADDED, STYLES }; /* how a reply looks */

static struct {
    enum style style;
    bool early;        /* the reply comes while the mechanics still work */
    bool faulty, deaf; /* until a reset of the bus */
    enum place exit;
    unsigned commands, step_ms;
    const char *result; /* of the motion */
} self = {.step_ms = 300};

static void say(struct answer *answer, const char *text, size_t size)
{
    if (answer->count == MESSAGES_MAX)
        return;
    char *message = answer->message[answer->count];
    memset(message, self.style == PADDED && size ? 'x' : 0, MESSAGE_MAX);
    size_t length = strlen(text) + 1;
    if (size)
        memcpy(message, text, length);
    answer->size[answer->count++] = !size ? 0 : self.style == PADDED ? MESSAGE_MAX - 1 : length;
}

static void reply(struct answer *answer, const char *result)
{
    static const unsigned empties[STYLES] = {[PLAIN] = 0, [EMPTY_FIRST] = 2, [PADDED] = 1};
    for (unsigned i = 0; i < empties[self.style]; i++)
        say(answer, "", 1);
    say(answer, "OK", 1);
    say(answer, result, 1);
    say(answer, "", 0);
}

static unsigned lowest(const struct world *world)
{
    unsigned found = 0;
    for (unsigned i = world->discs; i; i--)
        if (world->disc[i].place == QUEUE && (!found || world->disc[i].stamp < world->disc[found].stamp))
            found = i;
    return found;
}

static void placed(struct world *world)
{
    unsigned disc = lowest(world);
    if (world->tray_until_ms > world->at_ms || !world->tray_out)
        world_crash(world, "a disc drops past the tray");
    if (world->luck.lie || world->luck.miss) {
        world_log(world, "MISFORTUNE disc %u stays in the queue", disc);
        self.result = world->luck.lie ? "AT+S07" : "AT+S03";
        world->luck.lie = world->luck.miss = false;
        return;
    }
    world_put(world, disc, RECORDER);
    disc = lowest(world);
    if (world->luck.twice && disc) {
        world->luck.twice = false;
        world_log(world, "MISFORTUNE disc %u drops with it", disc);
        world_put(world, disc, RECORDER);
    }
}

static void lifted(struct world *world)
{
    unsigned disc = world_top(world, RECORDER);
    if (world->luck.lie || world->luck.miss) {
        world_log(world, "MISFORTUNE disc %u is not lifted", disc);
        self.result = world->luck.lie ? "AT+O" : "AT+S00";
        world->luck.lie = world->luck.miss = false;
        return;
    }
    world_put(world, disc, LIFT);
}

static void released(struct world *world)
{
    unsigned disc = world_top(world, LIFT);
    if (world->tray_out || world_tray_moves(world))
        world_crash(world, "a disc is released onto the tray");
    if (world->luck.drop)
        world_log(world, "MISFORTUNE the disc misses its exit");
    world_put(world, disc, world->tray_out ? RECORDER : world->luck.drop ? FLOOR : self.exit);
    world->luck.drop = false;
}

static const char *place(struct world *world)
{
    if (world_top(world, LIFT))
        return "AT+S03";
    if (!world->tray_out || world_tray_moves(world))
        return "AT+S10";
    if (world_top(world, RECORDER))
        return "AT+S12";
    if (!world_top(world, QUEUE))
        return "AT+S14";
    self.result = "AT+S07";
    world_start(world, "a disc drops", self.step_ms, 2 * self.step_ms, placed);
    return NULL;
}

static const char *lift(struct world *world)
{
    if (world_top(world, LIFT))
        return "AT+E09"; /* nothing is known of this */
    if (!world->tray_out || world_tray_moves(world))
        return "AT+S10";
    if (!world_top(world, RECORDER))
        return "AT+S00";
    self.result = "AT+O";
    world_start(world, "the disc is lifted", self.step_ms, 2 * self.step_ms, lifted);
    return NULL;
}

static const char *let_go(struct world *world, enum place exit)
{
    if (!world_top(world, LIFT))
        return "AT+S03";
    self.exit = exit;
    self.result = "AT+O";
    world_start(world, "the disc falls", self.step_ms, 2 * self.step_ms, released);
    return NULL;
}

static const char *look(const struct world *world)
{
    static char state[16];
    snprintf(state, sizeof state, "{0%d0%d%d%d1xx}", world_top(world, QUEUE) != 0,
             world->tray_out && world_top(world, RECORDER) != 0, world_top(world, LIFT) != 0, world->tray_out);
    return state;
}

static const char *obey(struct world *world, const uint8_t *command)
{
    static const uint8_t known[][COMMAND] = {
        {0, 0, 0x43}, {0, 0, 0x52, 1}, {0, 0, 0x47, 1}, {0, 0, 0x52, 2}, {0, 0, 0x52, 3}};
    size_t which = 0, count = sizeof known / sizeof known[0];
    while (which < count && memcmp(known[which], command, COMMAND) != 0)
        which++;
    if (which == 0)
        return look(world);
    self.commands++;
    world_log(world, "command %02X %02X", command[2], command[3]);
    if (which == count) {
        world_crash(world, "a command that nobody ever saw");
        return "AT+E09";
    }
    if (world_moves(world)) {
        world_crash(world, "command %02X %02X while %s", command[2], command[3], world->motion);
        return "AT+E09";
    }
    if (luck_strikes(&world->luck.e09))
        self.faulty = true;
    if (self.faulty)
        return "AT+E09";
    return which == 1 ? place(world) : which == 2 ? lift(world) : let_go(world, which == 3 ? ACCEPT : REJECT);
}

static void received(struct world *world, const uint8_t *data, size_t size, struct answer *answer)
{
    if (size != COMMAND) {
        world_crash(world, "a message of %zu bytes", size);
        return;
    }
    bool moves = data[2] != 0x43;
    if (world->luck.mute)
        self.deaf = true;
    world->luck.mute = false;
    if (moves && world->luck.unplug && luck_strikes(&world->luck.unplug))
        world->unplug_at_ms = world->at_ms + world->luck.unplug_ms;
    if (moves)
        luck_comes(world);
    if (self.deaf || (moves && luck_strikes(&world->luck.lose))) {
        world_log(world, "MISFORTUNE command %02X %02X is lost", data[2], data[3]);
        return;
    }
    const char *result = obey(world, data);
    bool moving = result == NULL;
    answer->after_ms = world->luck.late_ms + (moving && !self.early ? 2 * self.step_ms + 10 : 0);
    world->luck.late_ms = 0;
    if (moves && luck_strikes(&world->luck.silent))
        world_log(world, "MISFORTUNE the reply is lost");
    else if (moving && !self.early)
        answer->finishes = true; /* the motion may end in another way than it began */
    else
        reply(answer, moving ? self.result : result);
}

static void finished(struct world *world, struct answer *answer)
{
    (void)world;
    reply(answer, self.result);
}

static void power_lost(struct world *world)
{
    world->act = NULL;
    world->moving_until_ms = 0;
    self.faulty = self.deaf = false;
}

static void reset(struct world *world)
{
    (void)world;
    self.faulty = self.deaf = false;
}

static const char *in_the_way(const struct world *world)
{
    return world_moves(world) ? world->motion : NULL;
}

static void tell(const struct world *world, char *out, size_t size)
{
    snprintf(out, size, "moves=%d commands=%u state=%s", world_moves(world), self.commands, look(world));
}

static bool control(struct world *world, const char *line)
{
    (void)world;
    if (strncmp(line, "style ", 6) == 0)
        self.style = (enum style)(strtoul(line + 6, NULL, 10) % STYLES);
    else if (strcmp(line, "reply early") == 0 || strcmp(line, "reply late") == 0)
        self.early = line[6] == 'e';
    else if (strncmp(line, "step ", 5) == 0)
        self.step_ms = (unsigned)strtoul(line + 5, NULL, 10);
    else
        return false;
    return true;
}

const struct machine nimbie = {.name = "nimbie", .received = received, .finished = finished, .power_lost = power_lost, .reset = reset,
                               .in_the_way = in_the_way, .tell = tell, .control = control};
