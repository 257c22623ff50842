/* Task "image": the disc a tree describes as a file, with its label beside it, for a robot that burns images by
 * itself. out appears when it is whole; what it is verified by stays with us. */
#include "base/file.h"
#include "base/limits.h"
#include "burn/image/blank.h"
#include "burn/image/stream.h"
#include "programs/work/task.h"

static dw_status tell(void *ctx, uint64_t done_bytes, uint64_t total_bytes, struct dw_error *err)
{
    return dw_task_progress(ctx, "writing-image", done_bytes, total_bytes, err);
}

static void name_fault(json_t *result, const char *fault)
{
    json_object_set_new(result, "fault", json_string(fault));
}

/* What is wrong with the target is over one day; what is wrong with the volume is not. */
static dw_status write_image(dw_channel *channel, const json_t *task, const dw_plan *plan, json_t *result,
                             struct dw_error *err)
{
    dw_status st = dw_stream_to_file(plan, dw_json_text(task, "out"), dw_json_text(task, "chunks"), tell, channel, NULL, err);
    if (st == DW_ERR_CONFLICT)
        name_fault(result, "source_failed");
    if (st == DW_OK) {
        json_object_set_new(result, "blocks", json_integer(dw_plan_blocks(plan)));
        json_object_set_new(result, "size_bytes", json_integer((json_int_t)dw_plan_size_bytes(plan)));
    }
    return st;
}

static dw_status copy_label(const json_t *task, json_t *result, struct dw_error *err)
{
    const char *label = dw_json_text(task, "label");
    struct dw_buf picture = {0};
    if (!*label)
        return DW_OK;
    dw_status st = dw_file_read_all(label, DW_SMALL_FILE_MAX, &picture, err);
    if (st != DW_OK)
        name_fault(result, "label_missing");
    else
        st = dw_file_save(NULL, dw_json_text(task, "label_out"), picture.data, picture.size, err);
    dw_buf_done(&picture);
    return st;
}

dw_status dw_task_image(dw_channel *channel, const json_t *task, json_t *result, struct dw_error *err)
{
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    const struct dw_blank *blank = dw_blank_find(dw_json_text(task, "media"));
    int64_t capacity_bytes = dw_json_int(task, "capacity_bytes", 0);
    if (!blank || capacity_bytes < 0 || !*dw_json_text(task, "out"))
        return dw_error_set(err, DW_ERR_INVALID, "image: no such medium, an impossible size, or no file to write");
    uint64_t capacity = capacity_bytes ? (uint64_t)capacity_bytes : dw_blank_capacity_bytes(blank);
    dw_status st = dw_tree_load(dw_json_text(task, "tree"), &tree, err);
    if (st == DW_OK)
        st = dw_plan_new(tree, blank->media, capacity, &plan, err);
    if (st != DW_OK)
        name_fault(result, st == DW_ERR_LIMIT ? "too_small" : "source_failed");
    if (st == DW_OK)
        st = write_image(channel, task, plan, result, err);
    if (st == DW_OK)
        st = copy_label(task, result, err);
    dw_plan_free(plan);
    dw_tree_free(tree);
    return st;
}
