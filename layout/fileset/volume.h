/** Objects -> volumes -> trees: which objects go on which disc, and everything of a disc that the file-set
 *  is made of. One path for the command line and the appliance. The same catalog and options make the same
 *  bytes. */
#ifndef DW_LAYOUT_FILESET_VOLUME_H
#define DW_LAYOUT_FILESET_VOLUME_H
#include "burn/image/plan.h"
#include "burn/image/tree.h"
#include "layout/fileset/catalog.h"

/* What lies on a disc beside the file-set, as an upper bound: each file rounded up to whole blocks. */
struct dw_volume_extra {
    uint64_t bytes;
    size_t files, folders;
};
struct dw_volume_range { /* what an extra depends on */
    uint32_t instances, studies, series;
    uint32_t entry_files; /**< sum of dw_entry.extra_files, which is counted already */
};
struct dw_volume_opts {
    enum dw_media media;
    uint64_t capacity_bytes; /**< 0: of the medium */
    uint16_t udf_revision;   /**< 0: of the medium or the profile */
    bool joliet;
    bool multivolume;        /**< a descriptor file names the other discs (layout/fileset/multivolume.h) */
    const char *publisher;   /**< NULL or "": none; what is no a-character becomes one */
    int64_t made_at_s;
    uint8_t seed[32];        /**< UIDs and File-set IDs come from it and from nothing else */
    bool one_patient;        /**< several patients are DW_ERR_CONFLICT */
    dw_catalog *last_use;    /**< dw_volume_make_tree() drops the keys of this catalog once the directory is written;
                                  NULL: it keeps them */
    /** NULL: nothing else. Never falls when the range grows. */
    struct dw_volume_extra (*extra)(const void *ctx, const struct dw_volume_range *range);
    const void *ctx;
};

struct dw_volume {
    struct dw_slice slice;
    uint32_t patient;    /**< in catalog->patients */
    unsigned n, of;      /**< disc n of m of this patient */
    uint32_t studies, series;
    char fileset_uid[DW_UID_MAX];
    char fileset_id[17]; /**< also the volume label */
};
struct dw_volumes { /* {0}; free: dw_volumes_done() */
    struct dw_volume *rows;
    size_t count;
};
void dw_volumes_done(struct dw_volumes *volumes);

/** Cut an arranged catalog into discs: one patient each, cut between studies, then series, then instances
 *  where that costs no disc more. Objects that fit on no disc alone are left off. DW_ERR_CONFLICT: more
 *  than one patient; DW_ERR_NOT_FOUND: nothing to put on a disc; DW_ERR_LIMIT: more than
 *  DW_VOLUMES_PER_JOB_MAX discs for one patient. */
DW_MUST_CHECK dw_status dw_volumes_plan(dw_catalog *catalog, const struct dw_volume_opts *opts,
                                        struct dw_volumes *out, struct dw_error *err);
/** How many discs a blank would need, judged by the default profile of its kind before anything is converted:
 *  what will be decoded counts as plain; pages are not counted. */
struct dw_volumes_need {
    uint32_t discs;     /**< UINT32_MAX: more than a job may have, or an object is larger than the blank */
    uint32_t forbidden; /**< objects that the profile does not take */
};
DW_MUST_CHECK dw_status dw_volumes_count(const dw_catalog *catalog, const struct dw_blank *blank,
                                         uint64_t capacity_bytes, struct dw_volumes_need *out, struct dw_error *err);
/** The blank to take, of those that are there: whose profile takes the most objects, then the fewest discs, then
 *  the smallest. capacity_bytes 0: of each blank; else none has more. DW_ERR_NOT_FOUND: count is 0. */
DW_MUST_CHECK dw_status dw_volumes_choose(const dw_catalog *catalog, const struct dw_blank *const *blanks,
                                          size_t count, uint64_t capacity_bytes,
                                          const struct dw_blank **out, struct dw_error *err);

struct dw_volume_file { /* one more file of the disc; borrowed for the call */
    const char *src_path, *disc_path;
    uint64_t size_bytes;
    const uint8_t *sha256; /**< NULL: not known */
};
/** Write DICOMDIR (and REPORT.TXT, if there is something to say) into dir and make the tree: DICOMDIR,
 *  extra files, objects in reading order, manifest. volume is a row of the planned ones; dir must exist.
 *  free: dw_tree_free() */
DW_MUST_CHECK dw_status dw_volume_make_tree(const struct dw_volume *volume,
                                            const struct dw_volume_opts *opts, const char *dir,
                                            const struct dw_volume_file *files, size_t file_count,
                                            dw_tree **out, struct dw_error *err);
/** SHA-256 over the SOP Instance UIDs of the volume in byte order, a newline behind each; lower case hex.
 *  It is `instances_sha256` of expect.json. */
DW_MUST_CHECK dw_status dw_volume_instances_sha256(const struct dw_volume *volume,
                                                   char out[2 * DW_SHA256_SIZE + 1],
                                                   struct dw_error *err);

#endif
