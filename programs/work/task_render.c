/* render {items [{number, src, dst, frame, max_edge} or {number, src, dst, icon}]}: a JPEG, or the raw pixels
 * of an icon, for each; an item that cannot be shown does not stop the others. */
#include "base/file.h"
#include "dicom/dcmtk/render.h"
#include "dicom/dcmtk/scale.h"
#include "programs/work/task.h"

#define SEND_TIMEOUT_MS 30000
#define JPEG_QUALITY 85
#define ICON_EDGE_MAX 128

/* PS3.3 F.7: 64 for every reader, 128 for the XA profiles. */
static dw_status render_icon(const json_t *item, int64_t edge, struct dw_frame *frame,
                             struct dw_error *err)
{
    uint8_t icon[ICON_EDGE_MAX * ICON_EDGE_MAX];
    int64_t number = dw_json_int(item, "frame", DW_RENDER_MIDDLE);
    if ((edge != 64 && edge != ICON_EDGE_MAX) || number < 0 || number > UINT32_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "icon is neither 64 nor 128, or frame out of range");
    dw_status st = dw_render_frame(dw_json_text(item, "src"), (uint32_t)number, (unsigned)edge, frame,
                                   err);
    if (st == DW_OK)
        st = dw_frame_to_icon(frame, (unsigned)edge, icon, err);
    if (st == DW_OK)
        st = dw_file_save(NULL, dw_json_text(item, "dst"), icon, (size_t)edge * (size_t)edge, err);
    if (st == DW_OK)
        frame->width = frame->height = (uint32_t)edge;
    return st;
}

static dw_status render(const json_t *item, struct dw_frame *frame, struct dw_error *err)
{
    const char *src = dw_json_text(item, "src"), *dst = dw_json_text(item, "dst");
    int64_t number = dw_json_int(item, "frame", 0), edge = dw_json_int(item, "max_edge", 0);
    if (!*src || !*dst)
        return dw_error_set(err, DW_ERR_INVALID, "item without src or dst");
    if (json_object_get(item, "icon"))
        return render_icon(item, dw_json_int(item, "icon", 0), frame, err);
    if (number < 0 || number > UINT32_MAX || edge < 0 || edge > DW_RENDER_EDGE_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "frame or max_edge out of range");
    dw_status st = dw_render_frame(src, (uint32_t)number, (unsigned)edge, frame, err);
    return st == DW_OK ? dw_frame_save_jpeg(frame, dst, JPEG_QUALITY, err) : st;
}

static dw_status one(dw_channel *channel, const json_t *item, struct dw_error *err)
{
    struct dw_error item_err = {0};
    struct dw_frame frame = {0};
    dw_status st = render(item, &frame, &item_err);
    json_t *answer = dw_json_from_error("item", st, &item_err);
    json_object_set_new(answer, "number", json_integer(dw_json_int(item, "number", 0)));
    if (st == DW_OK) {
        json_object_set_new(answer, "width", json_integer(frame.width));
        json_object_set_new(answer, "height", json_integer(frame.height));
    }
    dw_frame_done(&frame);
    return dw_channel_send(channel, answer, NULL, 0, NULL, 0, SEND_TIMEOUT_MS, err);
}

dw_status dw_task_render(dw_channel *channel, const json_t *task, json_t *result,
                         struct dw_error *err)
{
    const json_t *items = json_object_get(task, "items");
    (void)result;
    if (!json_is_array(items))
        return dw_error_set(err, DW_ERR_INVALID, "render: no items");
    dw_status st = DW_OK;
    size_t total = json_array_size(items);
    for (size_t i = 0; i < total && st == DW_OK; i++) {
        st = one(channel, json_array_get(items, i), err);
        if (st == DW_OK)
            st = dw_task_progress(channel, "rendering", i + 1, total, err);
    }
    return st;
}
