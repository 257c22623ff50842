/* Task "verify": every block of a burned disc, read back and compared. */
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
        (st = dw_tray_cycle(dw_json_text(task, "drive"), ask_person, channel, err)) != DW_OK)
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
