#include "dicom/dcmtk/dirmodule.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/module.h"
#include "base/share.h"

void dw_dirmodule_prepare(void)
{
    char path[DW_PATH_MAX];
    if (dw_share_find("dictionaries", "dicomdir", ".dic", path, sizeof path))
        (void)setenv("DCMDICTPATH", path, 1); /* dcdict.cc reads it when somebody first asks for a tag */
}

dw_status dw_dirmodule_load(const struct dw_dirmodule **out, struct dw_error *err)
{
    const void *calls;
    dw_status st = dw_module_load(DW_DIRMODULE, &calls, err);
    if (st == DW_OK)
        *out = calls;
    return st;
}
