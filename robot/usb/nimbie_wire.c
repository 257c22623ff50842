#include "robot/usb/nimbie_wire.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define SEND_MS 5000
#define ANSWER_MS 20000  /* for one message: the limit its public drivers use */
#define SERIES_MS 30000  /* for the result, however many empty messages come first: no motion of it lasts longer */
#define END_MS 1000      /* once the result is there: for the message that ends the series */
#define RETURN_MS 15000  /* after a reset, until it is there again */
#define FRAME_BYTES 8
#define MESSAGE_MAX 64
#define MESSAGES_MAX 32  /* of one series, without the empty ones in front */
#define DRAIN_MS 250     /* what was said before is there at once, or never comes */
#define EMPTY_IN_A_ROW 8 /* more than stand in front of a series: there is nothing more to come */
#define PAUSE_MS 20      /* between empty messages of a device that says so instead of waiting */
#define EMPTY_MAX (SERIES_MS / PAUSE_MS)

static const uint8_t frames[][FRAME_BYTES] = {
    [DW_NIMBIE_STATE] = {0, 0, 0x43},
    [DW_NIMBIE_PLACE] = {0, 0, 0x52, 0x01},
    [DW_NIMBIE_LIFT] = {0, 0, 0x47, 0x01},
    [DW_NIMBIE_ACCEPT] = {0, 0, 0x52, 0x02},
    [DW_NIMBIE_REJECT] = {0, 0, 0x52, 0x03},
};
static const struct {
    const char *text;
    enum dw_nimbie_result result;
} results[] = {
    {"AT+O", DW_NIMBIE_DONE},       {"AT+S07", DW_NIMBIE_PLACED}, {"AT+S00", DW_NIMBIE_NO_DISC},
    {"AT+S03", DW_NIMBIE_DROPPER},  {"AT+S10", DW_NIMBIE_TRAY},   {"AT+S12", DW_NIMBIE_TRAY_FULL},
    {"AT+S14", DW_NIMBIE_QUEUE_EMPTY}, {"AT+E09", DW_NIMBIE_FAULT},
};

static enum dw_nimbie_result result_of(const char *text)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(results); i++)
        if (strcmp(results[i].text, text) == 0)
            return results[i].result;
    return DW_NIMBIE_OTHER;
}

/* --- a series of messages --- */

struct series {
    char result[MESSAGE_MAX + 1]; /* "": not come yet */
    bool after_ok;
};

static bool is_result(const char *text)
{
    return strncmp(text, "AT+", 3) == 0 || text[0] == '{';
}

/* What begins like a result is it. What else comes after "OK" stands for one until then. */
static void take_message(struct series *series, const char *text)
{
    if (is_result(series->result))
        return;
    if (is_result(text) || (series->after_ok && !series->result[0]))
        memcpy(series->result, text, strlen(text) + 1);
    else if (strcmp(text, "OK") == 0)
        series->after_ok = true;
}

static dw_status read_message(struct dw_nimbie_wire *wire, int timeout_ms, char text[MESSAGE_MAX + 1],
                              struct dw_error *err)
{
    uint8_t message[MESSAGE_MAX];
    size_t got = 0;
    dw_status st = wire->device.receive(wire->device.ctx, message, sizeof message, &got, timeout_ms, err);
    if (st != DW_OK)
        return st;
    size_t length = strnlen((const char *)message, got);
    for (size_t i = 0; i < length; i++)
        text[i] = message[i] >= ' ' && message[i] < 0x7F ? (char)message[i] : '?';
    text[length] = 0;
    return DW_OK;
}

static int left_ms(const struct dw_nimbie_wire *wire, int64_t until_us)
{
    int64_t left = (until_us - dw_clock_mono_us(&wire->clock)) / 1000;
    return left < 0 ? 0 : left < ANSWER_MS ? (int)left : ANSWER_MS;
}

/* Empty messages stand in front of a series as well as at its end: only behind a result is it the end. How many there are
 * nobody has said, and each may come just in time, so that the clock ends the waiting for the whole series. */
static dw_status read_series(struct dw_nimbie_wire *wire, struct series *series, struct dw_error *err)
{
    int64_t until_us = dw_clock_mono_us(&wire->clock) + SERIES_MS * 1000LL;
    int said = 0, empty = 0, ms;
    while (said < MESSAGES_MAX && empty < EMPTY_MAX && (ms = left_ms(wire, until_us)) > 0) {
        struct dw_error why = {0};
        char text[MESSAGE_MAX + 1];
        bool had_result = series->result[0];
        dw_status st = read_message(wire, ms, text, &why);
        if (had_result && (st == DW_ERR_TIMEOUT || (st == DW_OK && !text[0])))
            return DW_OK;
        if (st != DW_OK)
            return dw_error_set(err, st, "%s", why.text);
        if (text[0]) {
            take_message(series, text);
            said++;
        } else {
            wire->wait(wire->wait_ctx, PAUSE_MS);
            empty++;
        }
        if (!had_result && series->result[0])
            until_us = dw_clock_mono_us(&wire->clock) + END_MS * 1000LL;
    }
    if (series->result[0])
        return DW_OK;
    return said == MESSAGES_MAX
               ? dw_error_set(err, DW_ERR_CORRUPT, "%d messages and no result", MESSAGES_MAX)
               : dw_error_set(err, DW_ERR_TIMEOUT, "nothing but empty messages within %d ms", SERIES_MS);
}

static dw_status drain(struct dw_nimbie_wire *wire, struct dw_error *err)
{
    int said = 0, empty = 0;
    while (said < MESSAGES_MAX && empty < EMPTY_IN_A_ROW) {
        struct dw_error why = {0};
        char text[MESSAGE_MAX + 1];
        dw_status st = read_message(wire, DRAIN_MS, text, &why);
        if (st == DW_ERR_TIMEOUT)
            return DW_OK;
        if (st != DW_OK)
            return dw_error_set(err, st, "%s", why.text);
        said += text[0] != 0;
        empty = text[0] ? 0 : empty + 1;
    }
    return said < MESSAGES_MAX ? DW_OK : dw_error_set(err, DW_ERR_CORRUPT, "it speaks without being asked");
}

/* Connected, and the next answer will be that to the next question. */
static dw_status get_in_step(struct dw_nimbie_wire *wire, struct dw_error *err)
{
    dw_status st = wire->device.connect(wire->device.ctx, err);
    if (st == DW_OK && wire->step == DW_NIMBIE_OUT_OF_STEP)
        st = dw_nimbie_recover(wire, err);
    if (st == DW_OK && wire->step == DW_NIMBIE_STRANGE)
        st = drain(wire, err);
    if (st == DW_OK)
        wire->step = DW_NIMBIE_IN_STEP;
    else if (st == DW_ERR_GONE)
        wire->step = DW_NIMBIE_STRANGE;
    return st;
}

static dw_status ask(struct dw_nimbie_wire *wire, enum dw_nimbie_command command, bool *sent, struct series *series,
                     struct dw_error *err)
{
    assert((unsigned)command < DW_ARRAY_LEN(frames));
    *sent = false;
    *series = (struct series){.after_ok = false};
    dw_status st = get_in_step(wire, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "Nimbie");
    *sent = true;
    st = wire->device.send(wire->device.ctx, frames[command], FRAME_BYTES, SEND_MS, err);
    if (st == DW_OK)
        st = read_series(wire, series, err);
    if (st == DW_OK && (series->result[0] == '{') != (command == DW_NIMBIE_STATE) &&
        result_of(series->result) != DW_NIMBIE_FAULT)
        wire->step = DW_NIMBIE_OUT_OF_STEP; /* whatever this answers, it is not that */
    if (st == DW_OK)
        return DW_OK;
    wire->step = st == DW_ERR_GONE ? DW_NIMBIE_STRANGE : DW_NIMBIE_OUT_OF_STEP;
    return dw_error_prefix(err, st, "Nimbie");
}

/* --- commands and the state --- */

dw_status dw_nimbie_say(struct dw_nimbie_wire *wire, enum dw_nimbie_command command, bool *sent,
                        enum dw_nimbie_result *out, struct dw_error *err)
{
    struct series series;
    dw_status st = ask(wire, command, sent, &series, err);
    if (st != DW_OK)
        return st;
    *out = result_of(series.result);
    if (*out == DW_NIMBIE_OTHER)
        dw_error_write(err, DW_ERR_IO, "the Nimbie answers '%.40s', which nobody knows", series.result);
    return DW_OK;
}

/* 0-based inside the braces; 0, 2, 6 and those at the end are of no known meaning. */
static dw_status read_state(const char *text, unsigned *out, struct dw_error *err)
{
    static const struct {
        size_t at;
        unsigned bit;
    } flags[] = {{1, DW_NIMBIE_QUEUE}, {3, DW_NIMBIE_IN_TRAY}, {4, DW_NIMBIE_LIFTED}, {5, DW_NIMBIE_TRAY_OUT}};
    size_t length = strlen(text);
    unsigned state = 0;
    bool whole = length >= 9 && text[0] == '{' && text[length - 1] == '}';
    for (size_t i = 0; whole && i < DW_ARRAY_LEN(flags); i++) {
        char flag = text[1 + flags[i].at];
        whole = flag == '0' || flag == '1';
        state |= flag == '1' ? flags[i].bit : 0;
    }
    if (!whole)
        return dw_error_set(err, DW_ERR_CORRUPT, "the Nimbie says '%.40s' of its state", text);
    *out = state;
    return DW_OK;
}

dw_status dw_nimbie_look(struct dw_nimbie_wire *wire, unsigned *out, struct dw_error *err)
{
    struct series series;
    bool sent;
    dw_status st = ask(wire, DW_NIMBIE_STATE, &sent, &series, err);
    if (st == DW_OK && result_of(series.result) == DW_NIMBIE_FAULT)
        return dw_error_set(err, DW_ERR_IO, "the Nimbie reports a fault of its own (AT+E09)");
    return st == DW_OK ? read_state(series.result, out, err) : st;
}

dw_status dw_nimbie_recover(struct dw_nimbie_wire *wire, struct dw_error *err)
{
    dw_status st = wire->device.connect(wire->device.ctx, err);
    if (st == DW_OK)
        st = wire->device.reset(wire->device.ctx, RETURN_MS, err);
    if (st == DW_OK)
        st = wire->device.connect(wire->device.ctx, err);
    wire->step = st == DW_OK || st == DW_ERR_GONE ? DW_NIMBIE_STRANGE : DW_NIMBIE_OUT_OF_STEP;
    return st;
}
