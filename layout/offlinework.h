/** An offline run while it is under way, and what it leaves to work tasks: converting, drawing previews and
 *  icons. A task that crashes costs one object (layout/items.h). Between the files of layout/offline. */
#ifndef DW_LAYOUT_OFFLINEWORK_H
#define DW_LAYOUT_OFFLINEWORK_H
#include "layout/offline.h"

struct dw_offline_failure { /* a file that the scanner did not take */
    size_t file;       /**< in intray.paths */
    bool not_dicom;    /**< else it is DICOM and broken, or beyond a limit */
    const char *reason;
};
struct dw_offline_work {
    const struct dw_offline_opts *opts;
    struct dw_intray intray;     /**< entry number n of the catalog is intray.paths[n - 1] */
    dw_catalog *catalog;
    const struct dw_blank *blank;
    struct dw_offline_failure *failures;
    size_t failure_count, failure_cap;
    size_t directories;
    size_t converted, compressed;
    char previews[DW_PATH_MAX], icons[DW_PATH_MAX]; /**< folders; "" none */
};

/** Every pending object to its target in "<work>/derived"; what cannot be is forbidden (catalog). */
DW_MUST_CHECK dw_status dw_offline_convert(struct dw_offline_work *run, struct dw_error *err);
/** JPEGs of some images of each series in "<work>/previews", after arranging; one that fails is simply not
 *  shown. */
DW_MUST_CHECK dw_status dw_offline_preview(struct dw_offline_work *run, struct dw_error *err);
/** What the directory shows of each image, in "<work>/icons": when the keys are augmented or the profile asks
 *  for icons. One that fails is not there. */
DW_MUST_CHECK dw_status dw_offline_icons(struct dw_offline_work *run, struct dw_error *err);

/** What becomes of every file, once discs are planned (or objects held). */
struct dw_offline_counts dw_offline_count(const struct dw_offline_work *run, bool held);
/** The report but for its discs; new reference. Discs tell which of them a twin lies on. */
json_t *dw_offline_facts(const struct dw_offline_work *run, bool held);

#endif
