#include "layout/fileset/multivolume.h"

#include <stdbool.h>
#include <string.h>

#include "dicom/uid.h"
#include "layout/fileset/fileid.h"

dw_status dw_multivolume_text(const struct dw_multivolume_row *rows, size_t count, size_t index,
                              struct dw_buf *out, struct dw_error *err)
{
    if (count < 2 || index >= count)
        return dw_error_set(err, DW_ERR_INVALID, "disc %zu of %zu needs no descriptor file",
                            index + 1, count);
    for (size_t i = 0; i < count; i++)
        if (!dw_fileset_id_is_legal(rows[i].fileset_id) || !dw_uid_is_valid(rows[i].fileset_uid))
            return dw_error_set(err, DW_ERR_INVALID, "the File-set of disc %zu has no legal name",
                                i + 1);
    dw_buf_reset(out);
    dw_buf_addf(out, "MULTIVOLUME\r\nVOLUME %zu OF %zu\r\n\r\n", index + 1, count);
    dw_buf_addf(
        out, "The images of this order lie on %zu discs. Each disc can be read on its own.\r\n\r\n",
        count);
    for (size_t i = 0; i < count; i++) {
        const struct dw_multivolume_row *row = &rows[i];
        dw_buf_addf(out, "VOLUME %zu: FILE-SET ID %s, FILE-SET UID %s, %u STUD%s, %u OBJECT%s\r\n",
                    i + 1, row->fileset_id[0] ? row->fileset_id : "(NONE)", row->fileset_uid,
                    row->studies, row->studies == 1 ? "Y" : "IES", row->instances,
                    row->instances == 1 ? "" : "S");
        if (row->goes_on && i + 1 < count)
            dw_buf_addf(out, "          ITS LAST STUDY GOES ON ON VOLUME %zu\r\n", i + 2);
    }
    return dw_buf_check(out, "the descriptor file", err);
}
