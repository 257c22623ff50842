/* Task "burn": the disc a tree describes, and the checksums to verify it by. */
#include "base/limits.h"
#include "burn/drive/drive.h"
#include "programs/work/task.h"

static dw_status tell(void *ctx, const struct dw_burn_live *live, struct dw_error *err)
{
    json_t *more = json_pack("{s:I, s:I, s:I}", "speed_kbps", (json_int_t)live->speed_kbps,
                             "buffer_percent", (json_int_t)live->buffer_percent, "left_s",
                             (json_int_t)live->left_s);
    return dw_task_progress_with(ctx, live->stage, live->done_bytes, live->total_bytes, more, err);
}

/* Which row of robot/faults.h it was, for whoever decides what becomes of disc and drive. */
static void name_fault(json_t *result, enum dw_burn_fault fault)
{
    json_object_set_new(result, "fault", json_string(dw_burn_fault_name(fault)));
}

static void name_drive(json_t *result, dw_drive *drive)
{
    char serial[DW_DRIVE_SERIAL_MAX], lot[DW_DISC_LOT_MAX];
    dw_drive_identity(drive, serial, lot);
    json_object_set_new(result, "serial", json_string(serial));
    json_object_set_new(result, "lot", json_string(lot));
}

static dw_status burn(dw_channel *channel, const json_t *task, const dw_plan *plan, json_t *result,
                      struct dw_error *err)
{
    struct dw_burn_options options = {
        .speed_kbps = (uint32_t)dw_json_int(task, "speed_kbps", 0),
        .finalize = !json_is_false(json_object_get(task, "finalize")),
    };
    dw_drive *drive = NULL;
    dw_stream *stream = NULL;
    dw_status st = dw_stream_new(plan, &stream, err);
    if (st == DW_OK && (st = dw_drive_open(dw_json_text(task, "drive"), &drive, err)) != DW_OK)
        name_fault(result, dw_drive_open_fault(err));
    if (st == DW_OK)
        name_drive(result, drive);
    if (st == DW_OK &&
        (st = dw_drive_burn(drive, plan, stream, &options, tell, channel, err)) != DW_OK)
        name_fault(result, dw_drive_fault(drive));
    if (st == DW_OK) /* on disk before anybody hears that the disc is burned */
        st = dw_stream_save_chunks(stream, dw_json_text(task, "chunks"), err);
    dw_drive_close(drive);
    dw_stream_free(stream);
    return st;
}

dw_status dw_task_burn(dw_channel *channel, const json_t *task, json_t *result,
                       struct dw_error *err)
{
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    const struct dw_blank *blank = dw_blank_find(dw_json_text(task, "media"));
    int64_t capacity_bytes = dw_json_int(task, "capacity_bytes", 0);
    int64_t speed_kbps = dw_json_int(task, "speed_kbps", 0);
    if (!blank)
        return dw_error_set(err, DW_ERR_INVALID, "burn: no such kind of medium");
    if (capacity_bytes < 0 || speed_kbps < 0 || speed_kbps > INT32_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "burn: a negative or impossible size or speed");
    if (capacity_bytes == 0 && dw_drive_is_file(dw_json_text(task, "drive"))) /* others are asked */
        capacity_bytes = (int64_t)dw_blank_capacity_bytes(blank);
    dw_status st = dw_tree_load(dw_json_text(task, "tree"), &tree, err);
    if (st != DW_OK)
        name_fault(result, DW_BURN_FAULT_SOURCE);
    if (st == DW_OK &&
        (st = dw_plan_new(tree, blank->media, (uint64_t)capacity_bytes, &plan, err)) != DW_OK)
        name_fault(result, st == DW_ERR_LIMIT ? DW_BURN_FAULT_TOO_SMALL : DW_BURN_FAULT_SOURCE);
    if (st == DW_OK)
        st = burn(channel, task, plan, result, err);
    if (st == DW_OK) {
        json_object_set_new(result, "blocks", json_integer(dw_plan_blocks(plan)));
        json_object_set_new(result, "size_bytes",
                            json_integer((json_int_t)dw_plan_size_bytes(plan)));
    }
    dw_plan_free(plan);
    dw_tree_free(tree);
    return st;
}
