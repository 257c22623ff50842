/** All objects of one run, patients over studies over series over instances, in compact form (a few hundred
 *  bytes each): what splitting, the directory and the pages are made from.
 *
 *  Use: dw_catalog_new(), dw_catalog_add() for each object; what is DW_ENTRY_PENDING must be converted and
 *  given back by dw_catalog_replace() or dw_catalog_convert_failed(); then dw_catalog_arrange() once.
 *  One thread at a time. */
#ifndef DW_LAYOUT_FILESET_CATALOG_H
#define DW_LAYOUT_FILESET_CATALOG_H
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "dicom/uid.h"
#include "layout/fileset/arena.h"
#include "layout/fileset/index.h"
#include "layout/fileset/keys.h"
#include "layout/fileset/objects.h"
#include "layout/fileset/profile.h"

#define DW_LAYERS_MAX 16 /* objects of one patient that share a SOP Instance UID and differ */

enum dw_entry_state {
    DW_ENTRY_READY,
    DW_ENTRY_PENDING,  /**< to be converted to entry.target */
    DW_ENTRY_LEFT_OFF,
    DW_ENTRY_DUPLICATE, /**< became the same bytes as another object of its SOP Instance UID; on the disc once */
    DW_ENTRY_FORBIDDEN, /**< the profile forbids it or it could not be converted; only with DW_FORBIDDEN_HOLD */
};

/** What becomes of an object that some disc could have, but not one of this profile. */
enum dw_forbidden {
    DW_FORBIDDEN_HOLD,      /**< nothing is made: somebody is asked */
    DW_FORBIDDEN_LEAVE_OFF, /**< it is named and left off */
    DW_FORBIDDEN_AS_IS,     /**< it goes on the disc as it is, and the disc claims no profile */
};
const char *dw_forbidden_name(enum dw_forbidden forbidden); /**< "hold", "leave-off", "as-is" */
int dw_forbidden_from_name(const char *name);               /**< -1: none of these */

struct dw_catalog_opts {
    const struct dw_profile *profile;
    bool one_patient;      /**< all objects passed one identity lock: what they leave open is no second
                                patient; what contradicts still is */
    enum dw_forbidden forbidden;
    bool augmented;        /**< keys of the augmented profiles, and its name */
    bool allow_private;    /**< known private SOP classes become PRIVATE records */
    const char *compress;  /**< transfer syntax UID that plain images become where the profile takes it;
                                NULL or "": none. Borrowed, not copied */
};

/* Plain data of the catalog: read them, change them through its functions only. */
struct dw_patient {
    const char *key;      /**< what makes two objects the same patient's */
    const char *id, *issuer, *name, *birth_date, *sex;
    struct dw_keys keys;
    uint32_t repaired;    /**< rules of layout/fileset/repair that filled a key here */
};
struct dw_study {
    uint32_t patient;
    const char *uid, *date, *time, *id, *accession, *description, *institution, *referring;
    struct dw_keys keys;
    uint32_t repaired;
    uint32_t rank;        /**< after arranging: place among the studies of the catalog */
};
struct dw_series {
    uint32_t study;
    const char *uid, *modality, *description;
    int64_t number;       /**< INT64_MIN: absent */
    struct dw_keys keys;
    uint32_t repaired;
    uint32_t rank;
};
struct dw_entry {
    uint64_t number;
    const char *path;
    const char *sop_instance;
    const uint8_t *sha256; /**< NULL: not known */
    const uint8_t *keys;   /**< instance part of the record */
    const struct dw_sop_class *sop_class; /**< NULL only when left off */
    const struct dw_transfer_syntax *syntax;
    const char *photometric; /**< shared text; "" not known */
    const char *target;    /**< of a pending entry: transfer syntax UID; constant text */
    const char *reason;    /**< why it was left off, is forbidden or went as it is */
    uint64_t size_bytes;
    uint64_t plain_bytes;  /**< about what it takes as Explicit VR LE; for choosing a medium */
    int64_t instance_number; /**< INT64_MIN: absent */
    uint32_t keys_size;
    uint32_t series;
    uint32_t frames;
    uint32_t repaired;
    uint32_t extra_files;  /**< that lie on the same disc because of it (previews), and their blocks; */
    uint64_t extra_bytes;  /**< set by whoever makes them, before dw_volumes_plan() */
    uint32_t first_twin, next_twin; /**< first and next entry of the same SOP Instance UID; next 0: none */
    uint32_t rows, columns;
    uint8_t bits_stored, samples;
    uint8_t state;         /**< enum dw_entry_state */
    uint8_t layer;         /**< 0; n: the n-th further object of the same SOP Instance UID with other content,
                                which lies on a further volume: no directory holds one UID twice */
    uint8_t icon_edge;     /**< 0, or edge of the ready-made icon "<catalog->icons>/<number>": edge * edge
                                bytes, MONOCHROME2, 8 bit */
    bool has_us_regions, has_pixels, has_meta;
    bool as_is;            /**< on the disc although the profile forbids it */
    bool no_compress;      /**< compressing failed, it goes without */
    bool no_convert;       /**< converting failed */
    bool is_twin;          /**< not the first of its SOP Instance UID */
    bool is_crowded;       /**< DW_LAYERS_MAX others have it already: left off */
    uint8_t disc;          /**< 0: on none; n of the patient's discs, once they are planned */
};

typedef struct dw_catalog dw_catalog;
struct dw_catalog {
    struct dw_catalog_opts opts;
    const char *icons;         /**< folder of icons; NULL: none */
    struct dw_arena arena;
    struct dw_arena key_arena; /**< instance keys: half of everything, and of no use behind the last directory */
    struct dw_index instances, nodes;
    struct dw_patient *patients;
    struct dw_study *studies;
    struct dw_series *series;
    struct dw_entry *entries;  /**< in the order in which they came */
    uint32_t patient_count, study_count, series_count, entry_count;
    uint32_t patient_cap, study_cap, series_cap, entry_cap;
    uint32_t *order;           /**< after arranging: entries that go on discs, in reading order */
    uint32_t order_count;
    uint32_t duplicates;       /**< same SOP instance, same bytes: on the disc once */
    uint32_t pending;
    uint32_t forbidden;        /**< entries in that state */
    bool nonconformant;        /**< an object went as it is: discs claim no profile */
};

DW_MUST_CHECK dw_status dw_catalog_new(const struct dw_catalog_opts *opts, dw_catalog **out,
                                       struct dw_error *err);
void dw_catalog_free(dw_catalog *catalog);

/** Take one object; everything is copied. A second object with the same SOP Instance UID is dropped when
 *  its bytes are the same and gets a layer of its own when they differ; where DW_LAYERS_MAX have it, it is
 *  left off. DW_ERR_CORRUPT: the record is damaged. */
DW_MUST_CHECK dw_status dw_catalog_add(dw_catalog *catalog, const struct dw_objects_row *row,
                                       struct dw_error *err);
/** Judge everything anew by another profile; before anything was converted or arranged. */
DW_MUST_CHECK dw_status dw_catalog_set_profile(dw_catalog *catalog, const struct dw_profile *profile,
                                               struct dw_error *err);
/** The converted file of pending entry i: path, size, hash, object and record of row count from now on. */
DW_MUST_CHECK dw_status dw_catalog_replace(dw_catalog *catalog, uint32_t i,
                                           const struct dw_objects_row *row, struct dw_error *err);
/** Pending entry i cannot be converted: without compression if that was all, else forbidden, with the reason.
 *  It may be pending afterwards, with another target. */
DW_MUST_CHECK dw_status dw_catalog_convert_failed(dw_catalog *catalog, uint32_t i, const char *reason,
                                                  struct dw_error *err);
/** What a profile would say of an entry as it is now. */
struct dw_judgement dw_catalog_judge_by(const dw_catalog *catalog, const struct dw_entry *entry,
                                        const struct dw_profile *profile);
/** Bit i: row i of dw_profile_table() takes all objects that have a record at all. */
uint64_t dw_catalog_takers(const dw_catalog *catalog);
/** What the discs claim (dw_profile_claim()). */
const char *dw_catalog_claim(const dw_catalog *catalog);
/** Give the instance keys back; no directory can be written any more. */
void dw_catalog_drop_keys(dw_catalog *catalog);
/** Not on any disc: reason is one sentence without a period. */
DW_MUST_CHECK dw_status dw_catalog_leave_off(dw_catalog *catalog, uint32_t i, const char *reason,
                                             struct dw_error *err);
/** Reading order: layer, patient as they came, study date and time descending (without a date last), series
 *  number, instance number. Objects that converting made the same are on the disc once. Missing type 1 keys are repaired here. made_at_s gives dates where an object has
 *  none. DW_ERR_CONFLICT: something is pending; DW_ERR_UNSUPPORTED: something is forbidden. */
DW_MUST_CHECK dw_status dw_catalog_arrange(dw_catalog *catalog, int64_t made_at_s,
                                           struct dw_error *err);

/** Of an entry, by following its series and study. */
const struct dw_series *dw_entry_series(const dw_catalog *catalog, const struct dw_entry *entry);
const struct dw_study *dw_entry_study(const dw_catalog *catalog, const struct dw_entry *entry);
const struct dw_patient *dw_entry_patient(const dw_catalog *catalog, const struct dw_entry *entry);
uint32_t dw_entry_patient_index(const dw_catalog *catalog, const struct dw_entry *entry);

/** A run of the reading order: what one disc holds. All of one patient. */
struct dw_slice {
    const dw_catalog *catalog;
    uint32_t first, count; /**< in catalog->order */
};
static inline const struct dw_entry *dw_slice_entry(const struct dw_slice *slice, uint32_t i)
{
    return &slice->catalog->entries[slice->catalog->order[slice->first + i]];
}

#endif
