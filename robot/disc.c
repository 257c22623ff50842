#include "robot/disc.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

/* .name is stored in the queue and shown on screen: never rename one.
 * .after_restart: where an arm was moving, a person looks; a half-burned disc is never resumed. */
static const struct state_info {
    const char *name;
    enum dw_disc_state after_restart;
    bool moves_arm;
    bool final;
    bool in_drive;
} states[] = {
    [DW_DISC_RESERVED] = {.name = "reserved", .after_restart = DW_DISC_RESERVED},
    [DW_DISC_LOADING] = {.name = "loading", .after_restart = DW_DISC_UNKNOWN, .moves_arm = true},
    [DW_DISC_BURNING] = {.name = "burning", .after_restart = DW_DISC_REJECTING, .in_drive = true},
    [DW_DISC_VERIFYING] = {.name = "verifying",
                           .after_restart = DW_DISC_VERIFYING,
                           .in_drive = true},
    [DW_DISC_PRINTING] = {.name = "printing", .after_restart = DW_DISC_UNKNOWN, .moves_arm = true},
    [DW_DISC_DELIVERING] = {.name = "delivering",
                            .after_restart = DW_DISC_UNKNOWN,
                            .moves_arm = true},
    [DW_DISC_DELIVERED] = {.name = "delivered", .after_restart = DW_DISC_DELIVERED, .final = true},
    [DW_DISC_REJECTING] = {.name = "rejecting",
                           .after_restart = DW_DISC_UNKNOWN,
                           .moves_arm = true},
    [DW_DISC_REJECTED] = {.name = "rejected", .after_restart = DW_DISC_REJECTED, .final = true},
    [DW_DISC_UNKNOWN] = {.name = "unknown", .after_restart = DW_DISC_UNKNOWN},
    [DW_DISC_ABANDONED] = {.name = "abandoned", .after_restart = DW_DISC_ABANDONED, .final = true},
};
static_assert(DW_ARRAY_LEN(states) == DW_DISC_STATE_COUNT, "describe every disc state");

/* Sent in messages and stored in the history: never rename one. */
static const char *const events[] = {
    [DW_DISC_EV_LOAD] = "load",
    [DW_DISC_EV_NOT_LOADED] = "not_loaded",
    [DW_DISC_EV_LOADED] = "loaded",
    [DW_DISC_EV_BURNED] = "burned",
    [DW_DISC_EV_VERIFIED] = "verified",
    [DW_DISC_EV_PRINTED] = "printed",
    [DW_DISC_EV_DELIVERED] = "delivered",
    [DW_DISC_EV_BAD_DISC] = "bad_disc",
    [DW_DISC_EV_OUT] = "out",
    [DW_DISC_EV_CANCEL] = "cancel",
    [DW_DISC_EV_IN_DOUBT] = "in_doubt",
    [DW_DISC_EV_FOUND_DRIVE] = "found_drive",
    [DW_DISC_EV_FOUND_BAD] = "found_bad",
    [DW_DISC_EV_FOUND_OUTPUT] = "found_output",
    [DW_DISC_EV_FOUND_REJECT] = "found_reject",
    [DW_DISC_EV_GONE] = "gone",
};
static_assert(DW_ARRAY_LEN(events) == DW_DISC_EVENT_COUNT, "name every disc event");

static const struct transition {
    enum dw_disc_state from;
    enum dw_disc_event on;
    enum dw_disc_state to;
} transitions[] = {
    {.from = DW_DISC_RESERVED, .on = DW_DISC_EV_LOAD, .to = DW_DISC_LOADING},
    {.from = DW_DISC_RESERVED, .on = DW_DISC_EV_CANCEL, .to = DW_DISC_ABANDONED},
    {.from = DW_DISC_LOADING, .on = DW_DISC_EV_LOADED, .to = DW_DISC_BURNING},
    {.from = DW_DISC_LOADING, .on = DW_DISC_EV_NOT_LOADED, .to = DW_DISC_RESERVED},
    {.from = DW_DISC_LOADING, .on = DW_DISC_EV_IN_DOUBT, .to = DW_DISC_UNKNOWN},
    {.from = DW_DISC_BURNING, .on = DW_DISC_EV_BURNED, .to = DW_DISC_VERIFYING},
    {.from = DW_DISC_BURNING, .on = DW_DISC_EV_BAD_DISC, .to = DW_DISC_REJECTING},
    {.from = DW_DISC_BURNING, .on = DW_DISC_EV_CANCEL, .to = DW_DISC_REJECTING},
    {.from = DW_DISC_BURNING, .on = DW_DISC_EV_IN_DOUBT, .to = DW_DISC_UNKNOWN},
    {.from = DW_DISC_VERIFYING, .on = DW_DISC_EV_VERIFIED, .to = DW_DISC_PRINTING},
    {.from = DW_DISC_VERIFYING, .on = DW_DISC_EV_BAD_DISC, .to = DW_DISC_REJECTING},
    {.from = DW_DISC_VERIFYING, .on = DW_DISC_EV_CANCEL, .to = DW_DISC_REJECTING},
    {.from = DW_DISC_VERIFYING, .on = DW_DISC_EV_IN_DOUBT, .to = DW_DISC_UNKNOWN},
    {.from = DW_DISC_PRINTING, .on = DW_DISC_EV_PRINTED, .to = DW_DISC_DELIVERING},
    {.from = DW_DISC_PRINTING, .on = DW_DISC_EV_BAD_DISC, .to = DW_DISC_REJECTING},
    {.from = DW_DISC_PRINTING, .on = DW_DISC_EV_IN_DOUBT, .to = DW_DISC_UNKNOWN},
    {.from = DW_DISC_DELIVERING, .on = DW_DISC_EV_DELIVERED, .to = DW_DISC_DELIVERED},
    {.from = DW_DISC_DELIVERING, .on = DW_DISC_EV_IN_DOUBT, .to = DW_DISC_UNKNOWN},
    {.from = DW_DISC_REJECTING, .on = DW_DISC_EV_OUT, .to = DW_DISC_REJECTED},
    {.from = DW_DISC_REJECTING, .on = DW_DISC_EV_IN_DOUBT, .to = DW_DISC_UNKNOWN},
    {.from = DW_DISC_UNKNOWN, .on = DW_DISC_EV_NOT_LOADED, .to = DW_DISC_RESERVED},
    {.from = DW_DISC_UNKNOWN, .on = DW_DISC_EV_FOUND_DRIVE, .to = DW_DISC_VERIFYING},
    {.from = DW_DISC_UNKNOWN, .on = DW_DISC_EV_FOUND_BAD, .to = DW_DISC_REJECTING},
    {.from = DW_DISC_UNKNOWN, .on = DW_DISC_EV_FOUND_OUTPUT, .to = DW_DISC_DELIVERED},
    {.from = DW_DISC_UNKNOWN, .on = DW_DISC_EV_FOUND_REJECT, .to = DW_DISC_REJECTED},
    {.from = DW_DISC_UNKNOWN, .on = DW_DISC_EV_GONE, .to = DW_DISC_ABANDONED},
};

dw_status dw_disc_next(enum dw_disc_state from, enum dw_disc_event on, enum dw_disc_state *to,
                       struct dw_error *err)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(transitions); i++) {
        if (transitions[i].from == from && transitions[i].on == on) {
            *to = transitions[i].to;
            return DW_OK;
        }
    }
    return dw_error_set(err, DW_ERR_CONFLICT, "a disc that is %s takes no '%s'",
                        dw_disc_state_name(from), dw_disc_event_name(on));
}

static const struct state_info *info_of(enum dw_disc_state state)
{
    assert((unsigned)state < DW_DISC_STATE_COUNT);
    return &states[state];
}

enum dw_disc_state dw_disc_after_restart(enum dw_disc_state state)
{
    return info_of(state)->after_restart;
}

bool dw_disc_moves_arm(enum dw_disc_state state)
{
    return info_of(state)->moves_arm;
}

bool dw_disc_is_final(enum dw_disc_state state)
{
    return info_of(state)->final;
}

bool dw_disc_in_drive(enum dw_disc_state state)
{
    return info_of(state)->in_drive;
}

/* Only what had passed the last gate may be read again and go on; only what was already on its way
 * to the output bin may count as delivered. What was bad stays bad even if a second reading would
 * succeed. */
static enum dw_disc_event event_in_drive(enum dw_disc_state before)
{
    return before == DW_DISC_VERIFYING || before == DW_DISC_PRINTING ? DW_DISC_EV_FOUND_DRIVE
                                                                     : DW_DISC_EV_FOUND_BAD;
}

dw_status dw_disc_answer(enum dw_disc_state before, const char *at, enum dw_disc_event *out,
                         int *out_drive, struct dw_error *err)
{
    static const char drive_word[] = "drive ";
    int64_t drive = 0;
    if (!at)
        return dw_error_set(err, DW_ERR_INVALID, "say where the disc is");
    if (strcmp(at, "gone") == 0) {
        *out = DW_DISC_EV_GONE;
    } else if (strcmp(at, "reject") == 0) {
        *out = DW_DISC_EV_FOUND_REJECT;
    } else if (strcmp(at, "output") == 0) {
        if (before != DW_DISC_DELIVERING)
            return dw_error_set(err, DW_ERR_CONFLICT,
                                "the disc was not verified and printed before, so it cannot count "
                                "as delivered: take it out and answer 'gone'");
        *out = DW_DISC_EV_FOUND_OUTPUT;
    } else if (strncmp(at, drive_word, sizeof drive_word - 1) == 0 &&
               dw_text_int(at + sizeof drive_word - 1, 1, DW_ROBOT_DRIVES_MAX, &drive)) {
        *out = event_in_drive(before);
    } else {
        return dw_error_set(err, DW_ERR_INVALID,
                            "a disc can be in 'drive 1' to 'drive %d', 'output', 'reject' or be "
                            "'gone'",
                            DW_ROBOT_DRIVES_MAX);
    }
    *out_drive = (int)drive;
    return DW_OK;
}

const char *dw_disc_state_name(enum dw_disc_state state)
{
    return info_of(state)->name;
}

int dw_disc_state_from_name(const char *name)
{
    for (size_t i = 0; name && i < DW_ARRAY_LEN(states); i++) {
        if (strcmp(states[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

const char *dw_disc_event_name(enum dw_disc_event event)
{
    assert((unsigned)event < DW_DISC_EVENT_COUNT);
    return events[event];
}

int dw_disc_event_from_name(const char *name)
{
    for (size_t i = 0; name && i < DW_ARRAY_LEN(events); i++) {
        if (strcmp(events[i], name) == 0)
            return (int)i;
    }
    return -1;
}
