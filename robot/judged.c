#include "robot/judged.h"

void dw_judged_forget(struct dw_judged *judged)
{
    atomic_store(&judged->volume, 0);
}

void dw_judged_begin(struct dw_judged *judged, dw_status looked, const struct dw_seen *seen)
{
    if (looked == DW_OK && seen->state == DW_SEEN_BLANK)
        dw_judged_forget(judged);
    else if (looked == DW_OK && seen->volume)
        atomic_store(&judged->volume, seen->volume);
}

dw_status dw_judged_check(const struct dw_judged *judged, const struct dw_seen *seen, struct dw_error *err)
{
    uint64_t volume = atomic_load(&judged->volume);
    if (seen->state == DW_SEEN_BLANK)
        return dw_error_set(err, DW_ERR_CONFLICT, "the drive holds a blank where the finished disc was");
    if (!volume)
        return dw_error_set(err, DW_ERR_CONFLICT, "the drive did not say which disc was read back in it");
    if (!seen->volume)
        return dw_error_set(err, DW_ERR_CONFLICT, "the drive does not say which disc it holds");
    return volume == seen->volume
               ? DW_OK
               : dw_error_set(err, DW_ERR_CONFLICT, "the drive holds another disc than the one that was read back");
}
