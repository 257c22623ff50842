/** Folders in, volume folders out, without an appliance: scan, choose the blank, convert what the profile does
 *  not take, draw previews and icons, make volumes. What `discwright disc` and `discwright fileset` have in
 *  common. */
#ifndef DW_LAYOUT_OFFLINE_H
#define DW_LAYOUT_OFFLINE_H
#include "layout/disc.h"
#include "layout/intray.h"

#define DW_OFFLINE_BLANKS_MAX 16

struct dw_spawner;
/** done of total in a stage: "scan", "convert", "preview", "icons". Non-OK cancels. May be called often. */
typedef dw_status dw_offline_progress_fn(void *ctx, const char *stage, uint64_t done,
                                         uint64_t total, struct dw_error *err);

struct dw_offline_opts {
    const struct dw_blank *blanks[DW_OFFLINE_BLANKS_MAX]; /**< one, or those to choose from: fewest discs, then */
    size_t blank_count;                                   /**< the smallest */
    const struct dw_profile *profile; /**< every blank is of its medium; NULL: the default of the medium */
    enum dw_forbidden forbidden;
    bool augmented;           /**< keys of the augmented profiles, with icons */
    bool allow_private;       /**< known private SOP classes go along */
    bool compress;            /**< lossless, where the profile takes it and discs are saved */
    bool multivolume, joliet;
    uint16_t udf_revision;    /**< 0: of the medium or the profile */
    uint64_t volume_bytes;    /**< 0: of the blank */
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

/* Every file is in exactly one of these: files is the sum of the others. */
struct dw_offline_counts {
    size_t files;
    size_t on_discs;
    size_t held;         /**< nothing was made of what is held: these could be on a disc, or are forbidden */
    size_t duplicates;   /**< same SOP instance and same bytes as one on a disc */
    size_t left_off;     /**< DICOM, and on no disc */
    size_t not_dicom;
    size_t directories;  /**< DICOMDIR files of older discs, passed over */
};
struct dw_offline { /* {0}; free: dw_offline_done() */
    struct dw_disc_rows discs;
    enum dw_media media;
    const struct dw_blank *blank;
    struct dw_offline_counts counts;
    bool held;           /**< forbidden objects and DW_FORBIDDEN_HOLD: there are no discs, only a report */
    json_t *facts;       /**< what the report says beside the discs */
};
/** Blocks until the volumes are made. Nothing of the objects' list is in memory afterwards. DW_ERR_NOT_FOUND:
 *  no file, or no object that could go on a disc; DW_ERR_INVALID: compressing was asked for and no profile at
 *  hand takes it. */
DW_MUST_CHECK dw_status dw_offline_run(const struct dw_offline_opts *opts, struct dw_offline *out,
                                       struct dw_error *err);
void dw_offline_done(struct dw_offline *offline);
/** What became of held objects as a sentence: DW_ERR_UNSUPPORTED. */
dw_status dw_offline_held(const struct dw_offline *offline, struct dw_error *err);
/** BASE.json: medium, profile claimed, counts, volumes ({..., file: names[i]}), left_off with paths, kept_apart,
 *  as_is, repairs; when held, forbidden and takers. Holds the paths that were given, no other patient data. */
json_t *dw_offline_report(const struct dw_offline *offline, const char *const *names);

#endif
