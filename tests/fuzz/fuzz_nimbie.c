/* Fuzz target: a byte of length and so many bytes, again and again: the messages of a Nimbie, whatever they are. What is
 * understood is what was said, and after nonsense nothing is believed before a reset. */
#include "fuzz.h"
#include "robot/usb/nimbie_wire.h"

struct device {
    const uint8_t *data;
    size_t size;
    int sent, resets;
    struct dw_clock_manual hands;
};

#define ONE_QUESTION_US 100000000 /* what was said before it, and half a minute for its answer */

static dw_status connect(void *ctx, struct dw_error *err)
{
    return DW_OK;
}

static dw_status send(void *ctx, const void *data, size_t size, int timeout_ms, struct dw_error *err)
{
    struct device *device = ctx;
    require(size == 8 && timeout_ms > 0);
    device->sent++;
    return DW_OK;
}

static dw_status receive(void *ctx, void *out, size_t max, size_t *got, int timeout_ms, struct dw_error *err)
{
    struct device *device = ctx;
    require(timeout_ms > 0);
    int took_ms = device->size ? device->data[0] * 100 : timeout_ms;
    dw_clock_advance(&device->hands, (took_ms < timeout_ms ? took_ms : timeout_ms) * 1000LL);
    if (device->size == 0)
        return dw_error_set(err, DW_ERR_TIMEOUT, "silence");
    size_t length = device->data[0] % (max + 1);
    device->data++;
    device->size--;
    length = length < device->size ? length : device->size;
    memcpy(out, device->data, length);
    device->data += length;
    device->size -= length;
    *got = length;
    return DW_OK;
}

static dw_status reset(void *ctx, int timeout_ms, struct dw_error *err)
{
    struct device *device = ctx;
    device->resets++;
    return DW_OK;
}

static void wait(void *ctx, int ms)
{
    struct device *device = ctx;
    require(ms > 0);
    dw_clock_advance(&device->hands, ms * 1000LL);
}

static void look(struct dw_nimbie_wire *wire)
{
    unsigned state = 0;
    struct dw_error err = {0};
    dw_status st = dw_nimbie_look(wire, &state, &err);
    require_told(st, &err);
    require_utf8(err.text, sizeof err.text);
    if (st == DW_OK)
        require(state <= (DW_NIMBIE_QUEUE | DW_NIMBIE_IN_TRAY | DW_NIMBIE_LIFTED | DW_NIMBIE_TRAY_OUT) &&
                wire->step == DW_NIMBIE_IN_STEP);
}

static void say(struct dw_nimbie_wire *wire, enum dw_nimbie_command command)
{
    enum dw_nimbie_result result = DW_NIMBIE_OTHER;
    struct dw_error err = {0};
    bool sent = false;
    dw_status st = dw_nimbie_say(wire, command, &sent, &result, &err);
    require(result <= DW_NIMBIE_OTHER && (sent || st != DW_OK));
    require((st == DW_OK && result != DW_NIMBIE_OTHER) == (err.text[0] == 0));
    require_utf8(err.text, sizeof err.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct device device = {.data = data, .size = size};
    struct dw_nimbie_wire wire = {.device = {connect, send, receive, reset, &device},
                                  .clock = dw_clock_from_manual(&device.hands),
                                  .wait = wait,
                                  .wait_ctx = &device};
    for (int n = 0; n < 20; n++) {
        bool out_of_step = wire.step == DW_NIMBIE_OUT_OF_STEP;
        int resets = device.resets;
        int64_t before_us = device.hands.mono_us;
        if (n % 2 == 0)
            look(&wire);
        else
            say(&wire, (enum dw_nimbie_command)(1 + n / 2 % 4));
        require(out_of_step == (device.resets > resets));
        require(device.hands.mono_us - before_us <= ONE_QUESTION_US);
    }
    return 0;
}
