/* A Disc Publisher II as the one public capture shows it: frames of 8 bytes, an arm over four places, a gripper that is
 * toggled. It says nothing back. The speeds are ours. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define FRAME 8
#define BIN_MAX 25
#define DONE 0x06

static struct {
    uint8_t pending[2 * FRAME]; /* not yet a frame */
    size_t pending_size;
    enum place arm, target; /* arm: NOWHERE between two places */
    bool toggling, closed;
    bool flips;             /* the gripper counts its toggles instead of feeling the disc */
    bool answers;           /* every frame, when what moves has come to rest */
    unsigned frames, noise, step_ms, grip_ms;
} self = {.arm = LEFT, .step_ms = 150, .grip_ms = 300};

static unsigned position(enum place place)
{
    static const unsigned at[PLACES] = {[LEFT] = 1, [RECORDER] = 2, [PRINTER] = 2, [RIGHT] = 3};
    return at[place];
}

static void fall(struct world *world, enum place place)
{
    for (unsigned disc = world_top(world, GRIPPER); disc; disc = world_top(world, GRIPPER))
        world_put(world, disc, place);
}

static void arrive(struct world *world)
{
    if (world->luck.drop && world_top(world, GRIPPER)) {
        world->luck.drop = false;
        world_log(world, "MISFORTUNE the disc falls");
        fall(world, FLOOR);
    }
    self.arm = self.target;
    world_log(world, "arm at %s", place_name(self.arm));
}

static void move(struct world *world, enum place target)
{
    bool holds = world_top(world, GRIPPER) != 0;
    /* For unloading, the tray comes out first and the empty arm comes after; nothing else moves over it. */
    if (world->tray_out && (holds || (target != RECORDER && world_count(world, RECORDER))))
        world_crash(world, "the arm leaves for %s %s while the tray is out", place_name(target), holds ? "with a disc" : "from a loaded tray");
    if (!world->tray_out && world_tray_moves(world))
        world_crash(world, "the arm leaves for %s before the tray is in", place_name(target));
    unsigned steps = position(self.arm) ? (unsigned)abs((int)position(self.arm) - (int)position(target)) : 2;
    world_log(world, "arm %s -> %s", place_name(self.arm), place_name(target));
    self.target = target;
    self.arm = NOWHERE;
    unsigned ms = (steps + 1) * self.step_ms;
    world_start(world, "the arm moves", ms, ms, arrive);
}

static void grip(struct world *world)
{
    bool in_reach = self.arm == LEFT || self.arm == RIGHT || (self.arm == RECORDER && world->tray_out);
    unsigned disc = in_reach ? world_top(world, self.arm) : 0;
    self.closed = true;
    if (world->luck.miss && disc) {
        world->luck.miss = false;
        world_log(world, "MISFORTUNE disc %u is missed", disc);
        return;
    }
    if (!disc) {
        world_log(world, "the gripper finds nothing at %s", place_name(self.arm));
        return;
    }
    world_put(world, disc, GRIPPER);
    disc = world_top(world, self.arm);
    if (world->luck.twice && disc) {
        world->luck.twice = false;
        world_log(world, "MISFORTUNE disc %u sticks to it", disc);
        world_put(world, disc, GRIPPER);
    }
}

static void release(struct world *world)
{
    unsigned held = world_count(world, GRIPPER);
    self.closed = false;
    if (!held) {
        world_log(world, "the gripper opens and holds nothing");
    } else if (self.arm == RECORDER && !world->tray_out) {
        fall(world, FRONT); /* what the capture's author calls kiosk */
    } else if (self.arm == RECORDER) {
        if (world_count(world, RECORDER))
            world_crash(world, "a second disc on a full tray");
        fall(world, RECORDER);
    } else if (self.arm == LEFT || self.arm == RIGHT) {
        if (world_count(world, self.arm) + held > BIN_MAX)
            world_crash(world, "more than %d discs in the %s bin", BIN_MAX, place_name(self.arm));
        fall(world, self.arm);
    } else {
        world_crash(world, "released in mid-air at %s", place_name(self.arm));
        fall(world, FLOOR);
    }
}

static void work(struct world *world)
{
    if (self.arm == RECORDER && world_tray_moves(world))
        world_crash(world, "the gripper works on a moving tray");
    bool opens = self.flips ? self.closed : world_top(world, GRIPPER) != 0;
    self.toggling = false;
    (opens ? release : grip)(world);
}

static void toggle(struct world *world)
{
    if (self.arm == RECORDER && world_tray_moves(world))
        world_crash(world, "the gripper starts over a moving tray");
    world_log(world, "gripper starts at %s", place_name(self.arm));
    self.toggling = true;
    world_start(world, "the gripper works", self.grip_ms / 2, self.grip_ms, work);
}

static void obey(struct world *world, const uint8_t *frame)
{
    static const enum place target_of[256] = {[0x8D] = LEFT, [0x8E] = PRINTER, [0x8F] = RECORDER, [0x90] = RIGHT};
    uint8_t command = frame[2];
    bool zeros = !frame[3] && !frame[4] && !frame[5] && !frame[6];
    if (frame[1] != 0x04 || !zeros || (command != 0x92 && !target_of[command]))
        world_crash(world, "a command that nobody ever captured");
    else if (world_moves(world))
        world_crash(world, "command %02X while %s", command, world->motion);
    else if (command == 0x92)
        toggle(world);
    else
        move(world, target_of[command]);
}

static bool is_frame(const uint8_t *at)
{
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < FRAME; i++)
        sum += at[i];
    return at[0] == 0x1B && at[FRAME - 1] == (sum & 0xFF);
}

static void forget(size_t size)
{
    self.pending_size -= size;
    memmove(self.pending, self.pending + size, self.pending_size);
}

/* It hunts for a whole frame, as the real one did behind 27 bytes of a packet header. */
static void take(struct world *world, uint8_t byte)
{
    self.pending[self.pending_size++] = byte;
    while (self.pending_size && (self.pending[0] != 0x1B || (self.pending_size >= FRAME && !is_frame(self.pending)))) {
        self.noise++;
        forget(1);
    }
    if (self.pending_size < FRAME)
        return;
    self.frames++;
    world_log(world, "frame %u: %02X", self.frames, self.pending[2]);
    if (world->luck.unplug && luck_strikes(&world->luck.unplug))
        world->unplug_at_ms = world->at_ms + world->luck.unplug_ms;
    luck_comes(world);
    if (luck_strikes(&world->luck.lose))
        world_log(world, "MISFORTUNE the frame is lost");
    else
        obey(world, self.pending);
    forget(FRAME);
}

static void received(struct world *world, const uint8_t *data, size_t size, struct answer *answer)
{
    unsigned noise = self.noise, frames = self.frames;
    world_log(world, "transfer of %zu bytes", size);
    for (size_t i = 0; i < size; i++)
        take(world, data[i]);
    if (self.noise != noise)
        world_log(world, "noise of %u bytes", self.noise - noise);
    if (!self.answers || self.frames == frames)
        return;
    answer->finishes = true;
    answer->after_ms = world->luck.late_ms + (world_moves(world) ? (unsigned)(world->moving_until_ms - world->at_ms) : 0);
    world->luck.late_ms = 0;
}

/* None of the real one is known: this is for a dialect that a test has made up. */
static void finished(struct world *world, struct answer *answer)
{
    world_log(world, "it answers");
    answer->message[0][0] = DONE;
    answer->size[0] = answer->count = 1;
}

static void power_lost(struct world *world)
{
    world->act = NULL; /* the arm stays between its places, the gripper as it was */
    world->moving_until_ms = 0;
    self.toggling = false;
    self.pending_size = 0;
}

static void reset(struct world *world)
{
    (void)world;
    self.pending_size = 0;
}

static const char *in_the_way(const struct world *world)
{
    if (self.arm == NOWHERE)
        return "the arm is on its way";
    if (self.arm == RECORDER && world_moves(world))
        return "the gripper is down";
    return NULL;
}

static void tell(const struct world *world, char *out, size_t size)
{
    snprintf(out, size, "arm=%s gripper=%u moves=%d frames=%u noise=%u closed=%d", place_name(self.arm),
             world_top(world, GRIPPER), world_moves(world), self.frames, self.noise, self.closed);
}

static bool control(struct world *world, const char *line)
{
    if (strcmp(line, "gripper flips") == 0 || strcmp(line, "gripper feels") == 0)
        self.flips = strcmp(line + 8, "flips") == 0, self.closed = world_top(world, GRIPPER) != 0;
    else if (strcmp(line, "answers yes") == 0 || strcmp(line, "answers no") == 0)
        self.answers = line[8] == 'y';
    else if (strncmp(line, "arm-step ", 9) == 0)
        self.step_ms = (unsigned)strtoul(line + 9, NULL, 10);
    else if (strncmp(line, "grip-time ", 10) == 0)
        self.grip_ms = (unsigned)strtoul(line + 10, NULL, 10);
    else
        return false;
    return true;
}

const struct machine publisher = {.name = "publisher", .received = received, .finished = finished, .power_lost = power_lost,
                                  .reset = reset, .in_the_way = in_the_way, .tell = tell, .control = control};
