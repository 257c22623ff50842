/* compare {one, other, plain_one, plain_other}: whether two objects say the same when their pixels are decoded. */
#include <string.h>
#include <unistd.h>

#include "dicom/content.h"
#include "dicom/dcmtk/transcode.h"
#include "dicom/scan.h"
#include "dicom/uid.h"
#include "programs/work/task.h"

static dw_status is_coded(const char *path, bool *out, struct dw_error *err)
{
    struct dw_object object;
    dw_status st = dw_scan_object_path(path, NULL, &object, NULL, err);
    if (st != DW_OK)
        return st;
    const struct dw_transfer_syntax *syntax = dw_transfer_syntax_find(object.transfer_syntax);
    *out = *out || (syntax && (syntax->encapsulated || syntax->encoding == DW_ENC_DEFLATED));
    return DW_OK;
}

dw_status dw_task_compare(dw_channel *channel, const json_t *task, json_t *result, struct dw_error *err)
{
    const char *one = dw_json_text(task, "one"), *other = dw_json_text(task, "other");
    const char *plain_one = dw_json_text(task, "plain_one"), *plain_other = dw_json_text(task, "plain_other");
    bool coded = false;
    (void)channel;
    if (!*one || !*other || !*plain_one || !*plain_other)
        return dw_error_set(err, DW_ERR_INVALID, "compare: one of four paths is missing");
    dw_status st = is_coded(one, &coded, err);
    if (st == DW_OK)
        st = is_coded(other, &coded, err);
    if (st != DW_OK || !coded) { /* plain ones were compared before */
        json_object_set_new(result, "same", json_false());
        return st;
    }
    st = dw_transcode_file(one, plain_one, DW_TS_EXPLICIT_LE, err);
    if (st == DW_OK)
        st = dw_transcode_file(other, plain_other, DW_TS_EXPLICIT_LE, err);
    json_object_set_new(result, "same", json_boolean(st == DW_OK && dw_content_is_same_decoded(plain_one, plain_other)));
    (void)unlink(plain_one);
    (void)unlink(plain_other);
    return st;
}
