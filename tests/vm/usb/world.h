/** What the firmware of an emulated robot moves in the guest: discs as things in places, and a tray that belongs to the
 *  emulated drive (tests/vm/mmc). Everything is logged with its time; what cannot be done to plastic is a CRASH, what a
 *  test inflicted is a MISFORTUNE. One lock for all, held by whoever calls. Asserts and ends on a mistake of its own. */
#ifndef DW_TESTS_VM_WORLD_H
#define DW_TESTS_VM_WORLD_H
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DISCS_MAX 100
#define TRAY_MS 200 /* the drive is as long about it */
#define MESSAGE_MAX 64
#define MESSAGES_MAX 8

/** RECORDER: on the tray, in or out. PERSON: somebody took it away. */
enum place { NOWHERE, LEFT, RIGHT, PRINTER, RECORDER, FRONT, FLOOR, GRIPPER, QUEUE, LIFT, ACCEPT, REJECT, PERSON, PLACES };
const char *place_name(enum place place);
enum place place_named(const char *name); /* NOWHERE: none */

struct disc {
    enum place place;
    unsigned stamp; /* a later one lies on top */
    char kind[16];  /* as tests/vm/mmc names it */
};
/** What goes wrong next; a count of n is the n-th frame or command from now, 0 never. */
struct luck {
    unsigned lose, silent, unplug, e09;
    unsigned hold_ms;   /* from now on nothing is taken from the cable */
    unsigned late_ms;   /* the next reply */
    unsigned unplug_ms; /* after that frame */
    bool stall_out, stall_in, miss, twice, drop, lie, mute;
    unsigned at;   /* this frame or command brings what then says */
    char then[32]; /* a line of the test; of the cable it strikes the next frame, of the reply this one */
};
struct answer {
    char message[MESSAGES_MAX][MESSAGE_MAX];
    size_t size[MESSAGES_MAX], count;
    unsigned after_ms;
    bool finishes;       /* it is worded when that time is over */
    unsigned generation; /* of the plug; for the cable */
};
struct world;
struct machine {
    const char *name;
    void (*received)(struct world *world, const uint8_t *data, size_t size, struct answer *answer);
    void (*finished)(struct world *world, struct answer *answer);
    void (*power_lost)(struct world *world);
    void (*reset)(struct world *world); /* of the bus */
    const char *(*in_the_way)(const struct world *world); /* of the tray; NULL: nothing */
    void (*tell)(const struct world *world, char *out, size_t size);
    bool (*control)(struct world *world, const char *line);
};
struct world {
    pthread_mutex_t lock;
    FILE *log;
    const struct machine *machine;
    uint64_t began_ms, at_ms;       /* at: of what is happening now */
    struct disc disc[DISCS_MAX + 1]; /* by number, from 1 */
    unsigned discs, stamp, crashes;
    bool tray_out;
    uint64_t tray_until_ms, moving_until_ms, act_at_ms, unplug_at_ms;
    void (*act)(struct world *world); /* in the middle or at the end of the motion */
    const char *motion;
    struct luck luck;
};

void world_init(struct world *world, const struct machine *machine, const char *log);
/** Let happen what has happened since, and take the time. First of all, always. */
void world_advance(struct world *world);
void world_log(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_crash(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool world_moves(const struct world *world);
bool world_tray_moves(const struct world *world);
/** act happens after act_ms, the motion is over after end_ms. */
void world_start(struct world *world, const char *motion, unsigned act_ms, unsigned end_ms, void (*act)(struct world *));
unsigned world_count(const struct world *world, enum place place);
unsigned world_top(const struct world *world, enum place place); /* 0: nothing lies there */
void world_put(struct world *world, unsigned disc, enum place place);
/** The tray of the drive starts; answer: what the drive finds. */
void world_tray(struct world *world, bool out, char *answer, size_t size);
bool luck_strikes(unsigned *count); /* counts down; true at the last */
void luck_comes(struct world *world); /* with a frame or command */
/** One line of the test or the drive. */
void world_control(struct world *world, char *line, char *answer, size_t size);

extern const struct machine publisher, nimbie;

/** The cable and its threads, which call back into the world. device: the kernel's printer gadget, or a folder of
 *  FunctionFS. */
struct wire;
struct wire *wire_new(struct world *world, const char *device, const char *gadget, const char *controller, bool interrupts);
void wire_plug(struct wire *wire, bool in); /* without the lock */
void wire_nudge(struct wire *wire); /* a stall or a delay begins now, not behind the next frame */
bool wire_was_reset(struct wire *wire); /* by the host, since the last call */
/** FunctionFS: false when the kernel does not have it so. */
bool functionfs_describe(int ep0, bool printer, bool interrupts);
void functionfs_setup(int ep0, uint8_t request, bool in);

#endif
