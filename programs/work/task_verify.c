/* Task "verify": every block of a burned disc, read back and compared. */
#include "burn/drive/drive.h"
#include "burn/drive/readback.h"
#include "burn/image/stream.h"
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

dw_status dw_task_verify(dw_channel *channel, const json_t *task, json_t *result,
                         struct dw_error *err)
{
    dw_chunks *chunks = NULL;
    struct dw_blocks blocks = {0};
    enum dw_burn_fault fault = DW_BURN_FAULT_NONE;
    dw_status st = dw_chunks_load(dw_json_text(task, "chunks"), &chunks, err);
    if (st != DW_OK)
        fault = DW_BURN_FAULT_SOURCE;
    if (st == DW_OK && (st = dw_readback_open(dw_json_text(task, "drive"), &blocks, err)) != DW_OK)
        fault = dw_drive_open_fault(err);
    if (st == DW_OK && (st = dw_chunks_verify(chunks, &blocks, tell, channel, err)) != DW_OK)
        fault = fault_of(st, err);
    if (st == DW_OK)
        json_object_set_new(result, "blocks", json_integer(dw_chunks_blocks(chunks)));
    else
        json_object_set_new(result, "fault", json_string(dw_burn_fault_name(fault)));
    dw_readback_close(&blocks);
    dw_chunks_free(chunks);
    return st;
}
