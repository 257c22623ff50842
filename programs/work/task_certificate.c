/* Task `certificate`: one page about a judgement (docs/messages.md). It is not drawn where the disc was read:
 * what broke into that task must not reach a font library, nor what it wrote be taken for more than text. */
#include "base/file.h"
#include "check/certificate.h"
#include "programs/work/task.h"

#define CERTIFICATE_BYTES_MAX (4 * 1024 * 1024)

dw_status dw_task_certificate(dw_channel *channel, const json_t *task, json_t *result,
                              struct dw_error *err)
{
    const char *out = dw_json_text(task, "out");
    const json_t *judgement = json_object_get(task, "judgement");
    struct dw_buf pdf;
    (void)channel;
    (void)result;
    if (!out[0] || !json_is_object(judgement))
        return dw_error_set(err, DW_ERR_INVALID, "certificate task without out or judgement");
    dw_buf_init(&pdf, CERTIFICATE_BYTES_MAX);
    dw_status st = dw_certificate_draw(judgement, dw_json_text(task, "judged_at"), &pdf, err);
    if (st == DW_OK)
        st = dw_file_save(NULL, out, pdf.data, pdf.size, err);
    dw_buf_done(&pdf);
    return st;
}
