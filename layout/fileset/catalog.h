/** All objects of one run, patients over studies over series over instances, in compact form (a few hundred
 *  bytes each): what splitting, the directory and the pages are made from.
 *
 *  Use: dw_catalog_new(), dw_catalog_add() for each object; what is DW_ENTRY_PENDING must be converted and
 *  given back by dw_catalog_replace() or refused by dw_catalog_leave_off(); then dw_catalog_arrange() once.
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

enum dw_entry_state { DW_ENTRY_READY, DW_ENTRY_PENDING, DW_ENTRY_LEFT_OFF };

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
    const char *reason;    /**< why it was left off */
    uint64_t size_bytes;
    uint64_t plain_bytes;  /**< about what it takes as Explicit VR LE; for choosing a medium */
    int64_t instance_number; /**< INT64_MIN: absent */
    uint32_t keys_size;
    uint32_t series;
    uint32_t frames;
    uint32_t repaired;
    uint32_t extra_files;  /**< that lie on the same disc because of it (previews), and their blocks; */
    uint64_t extra_bytes;  /**< set by whoever makes them, before dw_volumes_plan() */
    uint8_t state;         /**< enum dw_entry_state */
    bool has_pixels, has_meta;
    bool is_twin;          /**< left off because of another object of the same SOP instance */
};

typedef struct dw_catalog dw_catalog;
struct dw_catalog {
    const struct dw_profile *profile;
    bool one_patient;          /**< all objects passed one identity lock: what they leave open is no
                                    second patient; what contradicts still is */
    struct dw_arena arena;
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
};

DW_MUST_CHECK dw_status dw_catalog_new(const struct dw_profile *profile, dw_catalog **out,
                                       struct dw_error *err);
void dw_catalog_free(dw_catalog *catalog);

/** Take one object; everything is copied. A second object with the same SOP Instance UID is dropped when
 *  its bytes are the same and left off when they differ. DW_ERR_CORRUPT: the record is damaged. */
DW_MUST_CHECK dw_status dw_catalog_add(dw_catalog *catalog, const struct dw_objects_row *row,
                                       struct dw_error *err);
/** Judge everything anew by another profile; before anything was converted or arranged. */
DW_MUST_CHECK dw_status dw_catalog_set_profile(dw_catalog *catalog, const struct dw_profile *profile,
                                               struct dw_error *err);
/** The converted file of pending entry i: path, size, hash, object and record of row count from now on. */
DW_MUST_CHECK dw_status dw_catalog_replace(dw_catalog *catalog, uint32_t i,
                                           const struct dw_objects_row *row, struct dw_error *err);
/** Not on any disc: reason is one sentence without a period. */
DW_MUST_CHECK dw_status dw_catalog_leave_off(dw_catalog *catalog, uint32_t i, const char *reason,
                                             struct dw_error *err);
/** Reading order: patient as they came, then study date, series number, instance number. Missing type 1
 *  keys are repaired here. made_at_s gives dates where an object has none. Nothing may be pending. */
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
