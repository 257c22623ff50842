/** What the pages of a volume are told about it, and which previews belong to which object. */
#ifndef DW_LAYOUT_DISCPAGES_H
#define DW_LAYOUT_DISCPAGES_H
#include "base/limits.h"
#include "layout/disc.h"
#include "layout/pages/pages.h"

struct dw_previews { /* {0}; free: dw_previews_done() */
    struct dw_preview_file { uint64_t number; uint32_t frame; } *files; /**< ascending */
    size_t count, cap;
    const char *folder;
};
/** Look through folder for "<number>-<frame>.jpg" and count each for its object (dw_entry.extra_*). */
DW_MUST_CHECK dw_status dw_previews_find(struct dw_previews *previews, dw_catalog *catalog,
                                         const char *folder, struct dw_error *err);
void dw_previews_done(struct dw_previews *previews);

/** For dw_volume_opts.extra: ctx is the struct dw_disc_opts. */
struct dw_volume_extra dw_discpages_extra(const void *ctx, const struct dw_volume_range *range);
/** Write the pages of a volume into "<dir>/pages". *out_files (free it) has one row per row of *out_list
 *  and borrows from it. */
DW_MUST_CHECK dw_status dw_discpages_write(const struct dw_disc_opts *opts,
                                           const struct dw_volume *volume,
                                           const struct dw_previews *previews, const char *dir,
                                           struct dw_pages_list *out_list,
                                           struct dw_volume_file **out_files, struct dw_error *err);

#endif
