/* Inside the module. */
#include "base/module.h"
#include "dicom/dcmtk/dirmodule.h"

static const struct dw_dirmodule calls = {
    .open = dw_dirreader_open,
    .free = dw_dirreader_free,
    .head = dw_dirreader_head,
    .count = dw_dirreader_count,
    .record = dw_dirreader_record,
    .get_string = dw_dirreader_get_string,
};
DW_MODULE(calls);
