/* Task "verify": every block of a burned disc, read back and compared. */
#include <string.h>

#include "burn/drive/drive.h"
#include "burn/drive/readback.h"
#include "burn/drive/tray.h"
#include "burn/image/stream.h"
#include "burn/image/udfread.h"
#include "programs/work/task.h"

static dw_status tell(void *ctx, uint64_t done_bytes, uint64_t total_bytes, struct dw_error *err)
{
    return dw_task_progress(ctx, "verifying", done_bytes, total_bytes, err);
}

static enum dw_burn_fault fault_of(dw_status st, const struct dw_error *err)
{
    if (st == DW_ERR_CANCELLED)
        return DW_BURN_FAULT_NONE;
    return st == DW_ERR_CORRUPT ? DW_BURN_FAULT_DIFFERS
                                : dw_sense_fault_of(err->text, DW_BURN_FAULT_READ);
}

static enum dw_burn_fault tray_fault(dw_status st)
{
    switch (st) {
    case DW_ERR_CANCELLED:
        return DW_BURN_FAULT_NONE;
    case DW_ERR_NOT_FOUND:
        return DW_BURN_FAULT_NO_DISC;
    case DW_ERR_TIMEOUT:
        return DW_BURN_FAULT_TRAY_OPEN;
    case DW_ERR_IO:
        return DW_BURN_FAULT_HARDWARE;
    default:
        return DW_BURN_FAULT_LINK;
    }
}

static dw_status ask_person(void *ctx, struct dw_error *err)
{
    return dw_task_progress(ctx, "close-tray", 0, 1, err);
}

#define ALLOWED_MS 60000 /* of each look whether the parent has said it, or is gone */

static dw_status say_tray(dw_channel *channel, bool moves, struct dw_error *err)
{
    return dw_channel_send(channel, json_pack("{s:s, s:b}", "type", "tray", "moves", moves), NULL, 0, NULL, 0,
                           ALLOWED_MS, err);
}

/* An arm may be at the drive, or on its way past it. */
static dw_status wait_for_arm(dw_channel *channel, struct dw_error *err)
{
    dw_status st = say_tray(channel, true, err);
    for (bool allowed = false; st == DW_OK && !allowed;) {
        struct dw_message msg;
        st = dw_channel_receive(channel, ALLOWED_MS, &msg, err);
        if (st == DW_ERR_TIMEOUT) {
            st = DW_OK;
        } else if (st == DW_OK) {
            allowed = strcmp(msg.type, "tray") == 0;
            dw_message_done(&msg);
        }
    }
    return st == DW_OK ? st : dw_error_set(err, DW_ERR_CANCELLED, "nobody answers whether the tray may move");
}

static dw_status cycle_tray(dw_channel *channel, const json_t *task, struct dw_error *err)
{
    const char *drive = dw_json_text(task, "drive");
    bool asks = json_is_true(json_object_get(task, "ask_tray")) && strncmp(drive, "stdio:", 6) != 0;
    dw_status st = asks ? wait_for_arm(channel, err) : DW_OK;
    if (st == DW_OK)
        st = dw_tray_cycle(drive, ask_person, channel, err);
    /* After a failure it may be out: that only the drive can say. */
    return asks && st == DW_OK ? say_tray(channel, false, err) : st;
}

static void tell_effort(json_t *result, const struct dw_blocks *blocks)
{
    struct dw_readback_effort effort = dw_readback_effort(blocks);
    json_object_set_new(result, "read_bytes", json_integer((json_int_t)effort.bytes));
    json_object_set_new(result, "read_ms", json_integer(effort.read_ms));
    json_object_set_new(result, "retries", json_integer(effort.retries));
    json_object_set_new(result, "slow", json_integer(effort.slow));
    json_object_set_new(result, "slowest_ms", json_integer(effort.slowest_ms));
    json_object_set_new(result, "slowest_block", json_integer(effort.slowest_block));
}

dw_status dw_task_verify(dw_channel *channel, const json_t *task, json_t *result,
                         struct dw_error *err)
{
    dw_chunks *chunks = NULL;
    struct dw_blocks blocks = {0};
    enum dw_burn_fault fault = DW_BURN_FAULT_NONE;
    dw_status st = dw_chunks_load(dw_json_text(task, "chunks"), &chunks, err);
    if (st != DW_OK)
        fault = DW_BURN_FAULT_SOURCE;
    if (st == DW_OK && !json_is_false(json_object_get(task, "tray")) &&
        (st = cycle_tray(channel, task, err)) != DW_OK)
        fault = tray_fault(st);
    if (st == DW_OK && (st = dw_readback_open(dw_json_text(task, "drive"), &blocks, err)) != DW_OK)
        fault = dw_drive_open_fault(err);
    if (st == DW_OK && (st = dw_chunks_verify(chunks, &blocks, tell, channel, err)) != DW_OK)
        fault = fault_of(st, err);
    if (st == DW_OK && (st = dw_udfvol_check_end(&blocks, dw_chunks_blocks(chunks), err)) != DW_OK)
        fault = fault_of(st, err);
    if (st == DW_OK)
        json_object_set_new(result, "blocks", json_integer(dw_chunks_blocks(chunks)));
    else
        json_object_set_new(result, "fault", json_string(dw_burn_fault_name(fault)));
    tell_effort(result, &blocks);
    dw_readback_close(&blocks);
    dw_chunks_free(chunks);
    return st;
}
