/* A Nimbie for tests, played from its protocol alone: a queue, a lift, two exits, and a drive below them. */
#ifndef DW_TESTS_NIMBIE_WORLD_H
#define DW_TESTS_NIMBIE_WORLD_H
#include "base/clock.h"
#include "base/text.h"
#include "robot/usb/nimbie.h"
#include "test.h"

#define MESSAGES 40
static const struct dw_place bin = {DW_PLACE_BIN, 1}, drive = {DW_PLACE_DRIVE, 1}, output = {DW_PLACE_OUTPUT, 0},
                             reject = {DW_PLACE_REJECT, 0};

struct house {
    /* the Nimbie */
    int queue, accepted, rejected;
    bool lifted, tray_out;
    enum dw_seen_state disc; /* in drive or tray; EMPTY: none */
    uint64_t volume;
    /* how it talks */
    const char *answer;      /* instead of its own, to the next command that moves */
    bool bare;               /* without "OK" */
    bool terse;              /* no empty messages in front */
    bool unending;           /* none at the end */
    bool never_waits;        /* an empty message, where others have nothing to say */
    int empty, empties;      /* so many of them before each answer */
    int empty_ms;            /* each comes so late */
    int lag;                 /* so many looks at the state until a motion is seen */
    int late;                /* of them still to come */
    unsigned stale;          /* what it says until then */
    char message[MESSAGES][80];
    size_t size[MESSAGES];
    int messages, next;
    /* what becomes of it */
    bool unplugged, no_drive, silent, tray_sticks, deaf_tray, vanishes, doubles;
    const char *state; /* instead of its own */
    const char *state_dir;
    int resets, waits, pauses, moves, sleepy; /* sleepy: so many looks until the drive is awake */
    struct dw_clock_manual hands;
    char said[400]; /* what was sent and done, in order */
    dw_nimbie *nimbie;
    dw_mover *mover;
};

static inline void note(struct house *h, const char *what)
{
    size_t n = strlen(h->said);
    snprintf(h->said + n, sizeof h->said - n, "%s%s", n ? " " : "", what);
}

/* --- the wire --- */

static inline dw_status play_connect(void *ctx, struct dw_error *err)
{
    struct house *h = ctx;
    return h->unplugged ? dw_error_set(err, DW_ERR_GONE, "not plugged in") : DW_OK;
}

static inline void push(struct house *h, const char *text, size_t size)
{
    memcpy(h->message[h->messages], text, size);
    h->size[h->messages++] = size;
}

static inline void answer(struct house *h, const char *result)
{
    if (h->next == h->messages)
        h->messages = h->next = 0;
    h->empty = h->empties;
    if (!h->terse) {
        push(h, "", 1);
        push(h, "", 0);
    }
    if (!h->bare)
        push(h, "OK", 3);
    push(h, result, strlen(result) + 1);
    if (!h->unending)
        push(h, "", 0);
}

static inline unsigned bits(const struct house *h)
{
    return (h->queue ? DW_NIMBIE_QUEUE : 0u) | (h->lifted ? DW_NIMBIE_LIFTED : 0u) |
           (h->tray_out ? DW_NIMBIE_TRAY_OUT : 0u) |
           (h->tray_out && h->disc != DW_SEEN_EMPTY ? DW_NIMBIE_IN_TRAY : 0u);
}

static inline void begin_motion(struct house *h)
{
    h->stale = bits(h);
    h->late = h->lag;
}

static inline void answer_state(struct house *h)
{
    char state[16];
    unsigned now = h->late > 0 ? h->stale : bits(h);
    h->late -= h->late > 0;
    snprintf(state, sizeof state, "{0%d0%d%d%d1xx}", now & DW_NIMBIE_QUEUE ? 1 : 0, now & DW_NIMBIE_IN_TRAY ? 1 : 0,
             now & DW_NIMBIE_LIFTED ? 1 : 0, now & DW_NIMBIE_TRAY_OUT ? 1 : 0);
    answer(h, h->state ? h->state : state);
}

static const char *do_place(struct house *h)
{
    if (!h->tray_out)
        return "AT+S10";
    if (h->disc != DW_SEEN_EMPTY)
        return "AT+S12";
    if (h->queue == 0)
        return "AT+S14";
    h->queue--;
    h->disc = DW_SEEN_BLANK;
    return "AT+S07";
}

static const char *do_lift(struct house *h)
{
    if (!h->tray_out)
        return "AT+S10";
    if (h->disc == DW_SEEN_EMPTY)
        return "AT+S00";
    h->disc = h->doubles ? DW_SEEN_WRITTEN : DW_SEEN_EMPTY;
    h->lifted = true;
    return "AT+O";
}

static const char *do_release(struct house *h, int *exit)
{
    if (!h->lifted)
        return "AT+S03";
    CHECK(!h->tray_out); /* or it falls into the tray */
    h->lifted = false;
    (*exit)++;
    return "AT+O";
}

static inline dw_status play_send(void *ctx, const void *data, size_t size, int timeout_ms, struct dw_error *err)
{
    struct house *h = ctx;
    const uint8_t *frame = data;
    static const uint8_t zeros[4] = {0};
    CHECK(size == 8 && timeout_ms > 0 && frame[0] == 0 && frame[1] == 0 && memcmp(frame + 4, zeros, 4) == 0);
    if (h->unplugged)
        return dw_error_set(err, DW_ERR_GONE, "unplugged");
    if (frame[2] == 0x43 && frame[3] == 0) {
        if (h->silent)
            h->messages = h->next = 0;
        else
            answer_state(h);
        return DW_OK;
    }
    const char *own = NULL;
    h->moves++;
    begin_motion(h);
    note(h, frame[2] == 0x47 ? "lift" : frame[3] == 1 ? "place" : frame[3] == 2 ? "accept" : "reject");
    if (h->answer && strcmp(h->answer, "silence") == 0) {
        h->messages = h->next = 0;
        return DW_OK;
    }
    if (!h->answer)
        own = frame[2] == 0x47 ? do_lift(h) : frame[3] == 1 ? do_place(h)
                                         : do_release(h, frame[3] == 2 ? &h->accepted : &h->rejected);
    answer(h, h->answer ? h->answer : own);
    return DW_OK;
}

static inline dw_status play_receive(void *ctx, void *out, size_t max, size_t *got, int timeout_ms, struct dw_error *err)
{
    struct house *h = ctx;
    CHECK(timeout_ms > 0);
    if (h->unplugged)
        return dw_error_set(err, DW_ERR_GONE, "unplugged");
    *got = 0;
    bool empty = h->empty > 0 || (h->next == h->messages && h->never_waits);
    bool late = empty ? h->empty_ms > timeout_ms : h->next == h->messages;
    dw_clock_advance(&h->hands, (late ? timeout_ms : empty ? h->empty_ms : 0) * 1000LL);
    if (late)
        return dw_error_set(err, DW_ERR_TIMEOUT, "no answer within %d ms", timeout_ms);
    if (empty) {
        h->empty -= h->empty > 0;
        return DW_OK;
    }
    *got = h->size[h->next] < max ? h->size[h->next] : max;
    memcpy(out, h->message[h->next++], *got);
    return DW_OK;
}

static inline dw_status play_reset(void *ctx, int timeout_ms, struct dw_error *err)
{
    struct house *h = ctx;
    h->resets++;
    h->messages = h->next = 0;
    h->silent = false;
    h->state = NULL;
    note(h, "reset");
    return play_connect(h, err);
}

/* --- the drive --- */

static inline dw_status play_open(void *ctx, const char *address, struct dw_error *err)
{
    struct house *h = ctx;
    CHECK_STR(address, "/dev/sr7");
    if (h->no_drive)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "no such drive");
    if (h->tray_sticks)
        return dw_error_set(err, DW_ERR_IO, "the tray did not open within 15 s");
    note(h, "open");
    begin_motion(h);
    h->tray_out = !h->deaf_tray;
    return DW_OK;
}

static inline dw_status play_close(void *ctx, const char *address, struct dw_error *err)
{
    struct house *h = ctx;
    if (h->no_drive)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "no such drive");
    if (h->tray_sticks)
        return dw_error_set(err, DW_ERR_IO, "the tray did not close");
    note(h, "close");
    begin_motion(h);
    h->tray_out = false;
    if (h->vanishes)
        h->disc = DW_SEEN_EMPTY;
    return DW_OK;
}

static inline dw_status play_look(void *ctx, const char *address, struct dw_seen *out, struct dw_error *err)
{
    struct house *h = ctx;
    if (h->no_drive)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "no such drive");
    *out = (struct dw_seen){.state = h->tray_out ? DW_SEEN_OPEN : h->disc, .volume = h->volume};
    if (h->sleepy > 0 && h->sleepy--)
        *out = (struct dw_seen){.state = DW_SEEN_BUSY};
    return DW_OK;
}

static inline void play_wait(void *ctx, int ms)
{
    struct house *h = ctx;
    CHECK(ms == 100 || ms == 20);
    dw_clock_advance(&h->hands, ms * 1000LL);
    h->waits += ms == 100; /* for the mechanics */
    h->pauses += ms == 20; /* between empty messages */
}

/* --- the house --- */

static inline struct dw_robot_options plain_options(void)
{
    struct dw_robot_options options = {.driver = "nimbie", .device = "/dev/sr7", .bins = "cd", .printer = "own",
                                       .bin_capacity = 100};
    return options;
}

static inline dw_status open_house(struct house *h, const struct dw_robot_options *options, struct dw_error *err)
{
    struct dw_nimbie_device device = {play_connect, play_send, play_receive, play_reset, h};
    struct dw_nimbie_drive tray = {play_open, play_close, play_look, h};
    struct dw_clock clock = dw_clock_from_manual(&h->hands);
    struct dw_nimbie_opts opts = {.options = options,
                                  .device = &device,
                                  .drive = &tray,
                                  .state_dir = h->state_dir,
                                  .clock = &clock,
                                  .wait = play_wait,
                                  .wait_ctx = h};
    return dw_nimbie_open(&opts, &h->nimbie, err);
}

static inline void move_in(struct house *h)
{
    struct dw_robot_options options = plain_options();
    struct dw_mover_opts mover = {.drives = 1, .bins = DW_ROBOT_BINS_MAX, .pick_retries = 2};
    struct dw_error err = {0};
    CHECK_OK(open_house(h, &options, &err), err);
    CHECK_OK(dw_mover_new(&dw_nimbie_driver, dw_nimbie_link(h->nimbie), &mover, &h->mover, &err), err);
}

static inline struct house full_house(void)
{
    struct house h = {.queue = 3, .disc = DW_SEEN_EMPTY};
    return h;
}

static inline void move_out(struct house *h)
{
    dw_mover_free(h->mover);
    dw_nimbie_close(h->nimbie);
}

static inline enum dw_moved carry(struct house *h, struct dw_place from, struct dw_place to, dw_status wanted,
                           struct dw_error *err)
{
    enum dw_moved moved = DW_MOVED_YES;
    *err = (struct dw_error){0};
    h->said[0] = 0;
    CHECK_INT(dw_mover_move(h->mover, from, to, &moved, err), wanted);
    return moved;
}

static inline struct dw_sensors sensed(struct house *h)
{
    struct dw_sensors now = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_mover_sense(h->mover, &now, &err), err);
    return now;
}

static inline void load(struct house *h)
{
    struct dw_error err;
    CHECK_INT(carry(h, bin, drive, DW_OK, &err), DW_MOVED_YES);
}

/* A task is given the disc that lies in the drive. */
static inline void begin_task(struct house *h)
{
    char address[256];
    struct dw_error err = {0};
    CHECK_OK(dw_mover_drive_device(h->mover, 1, address, sizeof address, &err), err);
    CHECK_STR(address, "/dev/sr7");
}

/* Burned, and read back by the last task. */
static inline void read_back(struct house *h)
{
    h->disc = DW_SEEN_WRITTEN;
    h->volume = 7;
    begin_task(h);
}

#endif
