/** Folders in, volume folders out, without an appliance: scan, convert what the medium does not allow, draw
 *  previews, make volumes. What `discwright disc` and `discwright fileset` have in common. */
#ifndef DW_LAYOUT_OFFLINE_H
#define DW_LAYOUT_OFFLINE_H
#include "layout/disc.h"
#include "layout/intray.h"

struct dw_spawner;
/** done of total in a stage: "scan", "convert", "preview". Non-OK cancels. May be called often. */
typedef dw_status dw_offline_progress_fn(void *ctx, const char *stage, uint64_t done,
                                         uint64_t total, struct dw_error *err);

struct dw_offline_opts {
    bool auto_media;          /**< the smallest medium on which each patient needs one disc; else dvd */
    enum dw_media media;      /**< unless auto_media */
    const char *profile;      /**< "" or NULL: of the medium */
    uint64_t volume_bytes;    /**< 0: of the medium */
    bool viewer;
    unsigned threads;         /**< 0: as many as there are processors */
    const char *institution;
    const char *work;         /**< empty folder for what is made; removed by whoever made it */
    int64_t made_at_s;
    bool has_seed;            /**< else it is random */
    uint8_t seed[32];
    char **paths;             /**< files and folders */
    size_t path_count;
    const struct dw_spawner *spawner; /**< NULL: the real one */
    dw_offline_progress_fn *progress; /**< may be NULL */
    void *ctx;
};

struct dw_offline_failure { /* a file that the scanner did not take */
    size_t file;       /**< in intray.paths */
    bool not_dicom;    /**< else it is DICOM and broken, or beyond a limit */
    const char *reason;
};
struct dw_offline { /* {0}; free: dw_offline_done() */
    struct dw_intray intray;     /**< entry number n of the catalog is intray.paths[n - 1] */
    dw_catalog *catalog;
    struct dw_disc_rows discs;
    enum dw_media media;
    struct dw_offline_failure *failures;
    size_t failure_count, failure_cap;
    size_t not_dicom;            /**< of the failures */
    size_t directories;          /**< DICOMDIR files of older discs, passed over */
    char previews[DW_PATH_MAX];
};
/** Blocks until the volumes are made. DW_ERR_NOT_FOUND: no file, or no object that could go on a disc. */
DW_MUST_CHECK dw_status dw_offline_run(const struct dw_offline_opts *opts, struct dw_offline *out,
                                       struct dw_error *err);
void dw_offline_done(struct dw_offline *offline);
/** Files that are on no disc and are not the same as one that is. */
size_t dw_offline_left_out(const struct dw_offline *offline);
/** BASE.json: volumes ({..., file: names[i]}), left_off with paths, not DICOM, repairs. Holds the paths that
 *  were given, no other patient data. */
json_t *dw_offline_report(const struct dw_offline *offline, const struct dw_offline_opts *opts,
                          const char *const *names);

#endif
