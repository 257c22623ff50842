/* Task "verify": every block of a burned disc, read back and compared. */
#include "burn/drive/readback.h"
#include "burn/image/stream.h"
#include "programs/work/task.h"

static dw_status tell(void *ctx, uint64_t done_bytes, uint64_t total_bytes, struct dw_error *err)
{
    return dw_task_progress(ctx, "verifying", done_bytes, total_bytes, err);
}

dw_status dw_task_verify(dw_channel *channel, const json_t *task, json_t *result,
                         struct dw_error *err)
{
    dw_chunks *chunks = NULL;
    struct dw_blocks blocks = {0};
    dw_status st = dw_chunks_load(dw_json_text(task, "chunks"), &chunks, err);
    if (st == DW_OK)
        st = dw_readback_open(dw_json_text(task, "drive"), &blocks, err);
    if (st == DW_OK)
        st = dw_chunks_verify(chunks, &blocks, tell, channel, err);
    if (st == DW_OK)
        json_object_set_new(result, "blocks", json_integer(dw_chunks_blocks(chunks)));
    dw_readback_close(&blocks);
    dw_chunks_free(chunks);
    return st;
}
