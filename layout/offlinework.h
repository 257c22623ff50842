/** What an offline run leaves to work tasks: converting and drawing previews. A task that crashes costs one
 *  object (layout/items.h). */
#ifndef DW_LAYOUT_OFFLINEWORK_H
#define DW_LAYOUT_OFFLINEWORK_H
#include "layout/offline.h"

/** Every pending object to Explicit VR LE in "<work>/derived"; what cannot be is left off. */
DW_MUST_CHECK dw_status dw_offline_convert(const struct dw_offline_opts *opts,
                                           struct dw_offline *offline, struct dw_error *err);
/** JPEGs of some images of each series in "<work>/previews"; one that fails is simply not shown. */
DW_MUST_CHECK dw_status dw_offline_preview(const struct dw_offline_opts *opts,
                                           struct dw_offline *offline, struct dw_error *err);

#endif
