#include "dicom/dcmtk/dirmodule.h"

#include "base/module.h"

dw_status dw_dirmodule_load(const struct dw_dirmodule **out, struct dw_error *err)
{
    const void *calls;
    dw_status st = dw_module_load(DW_DIRMODULE, &calls, err);
    if (st == DW_OK)
        *out = calls;
    return st;
}
