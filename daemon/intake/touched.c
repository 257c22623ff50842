#include "daemon/intake/touched.h"

bool dw_touched_has(const struct dw_touched *touched, int64_t study)
{
    for (size_t i = 0; i < touched->count; i++)
        if (touched->ids[i] == study)
            return true;
    return false;
}

void dw_touched_add(struct dw_touched *touched, int64_t study)
{
    if (dw_touched_has(touched, study))
        return;
    if (touched->count < DW_TOUCHED_MAX) {
        touched->ids[touched->count++] = study;
        return;
    }
    touched->ids[touched->oldest] = study;
    touched->oldest = (touched->oldest + 1) % DW_TOUCHED_MAX;
}
