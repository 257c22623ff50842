/* sample {out, seed}: the synthetic patient of the demo. sample {out, seed, kind: "bench", count, series,
 * bytes}: CT instances by the thousand for measuring. */
#include <string.h>

#include "dicom/dcmtk/sample.h"
#include "programs/work/task.h"

static dw_status report(void *ctx, uint64_t done, uint64_t total, struct dw_error *err)
{
    return dw_task_progress(ctx, "writing", done, total, err);
}

dw_status dw_task_sample(dw_channel *channel, const json_t *task, json_t *result,
                         struct dw_error *err)
{
    const char *out = dw_json_text(task, "out"), *kind = dw_json_text(task, "kind");
    const char *seed = dw_json_text(task, "seed");
    uint64_t files = 0;
    if (!*out)
        return dw_error_set(err, DW_ERR_INVALID, "sample: no folder to write into");
    if (*kind && strcmp(kind, "patient") != 0 && strcmp(kind, "bench") != 0)
        return dw_error_set(err, DW_ERR_INVALID, "sample: kind is 'patient' or 'bench'");
    dw_status st;
    if (strcmp(kind, "bench") == 0) {
        int64_t count = dw_json_int(task, "count", 1000), series = dw_json_int(task, "series", 1);
        int64_t bytes = dw_json_int(task, "bytes", 8192);
        if (count < 0 || series < 0 || bytes < 0)
            return dw_error_set(err, DW_ERR_INVALID, "sample: a number is negative");
        struct dw_sample_bench bench = {(uint64_t)count, (uint64_t)series, (uint64_t)bytes};
        st = dw_sample_write_bench(out, seed, &bench, report, channel, err);
        files = (uint64_t)count;
    } else {
        st = dw_sample_write(out, seed, report, channel, &files, err);
    }
    if (st == DW_OK)
        json_object_set_new(result, "files", json_integer((json_int_t)files));
    return st;
}
