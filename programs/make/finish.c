#include "programs/make/finish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define EXIT_LEFT_OUT 1

dw_status dw_finish_report(const struct dw_offline *offline, const char *const *names,
                           const char *base, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    json_t *report = dw_offline_report(offline, names);
    char *text = report ? json_dumps(report, JSON_INDENT(1)) : NULL;
    dw_status st;
    json_decref(report);
    if (!text)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the report");
    if (!dw_text_format(path, sizeof path, "%s.json", base))
        st = dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    else
        st = dw_file_save(NULL, path, text, strlen(text), err);
    free(text);
    return st;
}

int dw_finish_tell(const struct dw_offline *offline, const char *base)
{
    const struct dw_offline_counts *counts = &offline->counts;
    size_t left_out = counts->left_off + counts->not_dicom;
    if (json_is_true(json_object_get(offline->facts, "nonconformant")))
        fprintf(stderr, "discwright: the discs claim no profile: %zu objects went on them as they are\n",
                json_array_size(json_object_get(offline->facts, "as_is")));
    if (left_out == 0)
        return 0;
    fprintf(stderr, "discwright: done, but %zu of %zu files were left out (%zu are not DICOM); '%s.json' names "
                    "them\n",
            left_out, counts->files, counts->not_dicom, base);
    return EXIT_LEFT_OUT;
}
