/** Application profiles (PS3.11): what may lie on which medium. One constant table, a row per profile. */
#ifndef DW_LAYOUT_FILESET_PROFILE_H
#define DW_LAYOUT_FILESET_PROFILE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "burn/image/plan.h"
#include "dicom/record.h"
#include "dicom/uid.h"

/** What a profile asks of a directory record beyond PS3.3 F.5. */
struct dw_profile_key {
    enum dw_record_part part;
    uint32_t tag;
    char vr[3];
    char type;         /**< '1': with a value; '2': present, may be empty; 'C': if the object has it */
    const char *name;  /**< "Calibration Image (0050,0004)" */
};
/** What a profile takes of a group of SOP classes; the first rule whose classes match counts. */
struct dw_profile_rule {
    const char *const *sop_classes; /**< ends with NULL; NULL: every class with a record */
    const char *const *syntaxes;    /**< allowed; ends with NULL */
    const char *target;             /**< what the rest is converted to; NULL: Explicit VR LE */
    uint32_t edge_max;              /**< Rows and Columns at most; 0: no limit */
    const uint8_t *bits_stored;     /**< allowed values, ends with 0; NULL: any */
    bool grey;                      /**< MONOCHROME2 only; one that nobody told is not judged */
    bool us_pairs;                  /**< photometric interpretations as PS3.11 Table C.3-2 pairs them */
    bool calibrated;                /**< images without ultrasound regions are not taken (C.3.3) */
    bool multi_frame;               /**< instances of one frame are not taken */
};
struct dw_profile {
    const char *name;                /**< identifier as in PS3.11: "STD-GEN-CD" */
    const char *augmented_name;      /**< "AUG-GEN-CD" */
    enum dw_media media;
    const char *udf;                 /**< revision that the profile demands ("1.50"); NULL: as the medium has it */
    const struct dw_profile_rule *rules; /**< rule_count of them; a class that none names is forbidden */
    size_t rule_count;
    const char *const *transfer_syntaxes; /**< of all rules together; ends with NULL */
    const struct dw_profile_key *keys;    /**< key_count of them */
    size_t key_count;
    bool rows_required;              /**< Rows and Columns are type 1 keys of IMAGE (H.3-2) */
    uint16_t icon_edge;              /**< of Icon Image Sequence: 0 (none asked for), 64 or 128 */
    bool icon_required;              /**< an IMAGE without one cannot be filed (A.3, B.3) */
    const char *also;                /**< profile claimed beside it for what it has no row for; NULL: none */
    const char *takes;               /**< one sentence for what it forbids: "STD-XABC-CD takes ..." */
};
const struct dw_profile *dw_profile_table(size_t *out_count); /**< at most 64 rows */
const struct dw_profile *dw_profile_of_media(enum dw_media media); /**< the default; never NULL */
const struct dw_profile *dw_profile_find(const char *name);   /**< NULL: there is none */
/** name "" or NULL: that of the medium. DW_ERR_INVALID: unknown (the text names all), or for another medium. */
DW_MUST_CHECK dw_status dw_profile_choose(const char *name, enum dw_media media,
                                          const struct dw_profile **out, struct dw_error *err);
/** What a disc claims: "STD-GEN-CD", "AUG-GEN-CD", "" (nothing: non-conformant). */
const char *dw_profile_claim(const struct dw_profile *profile, bool augmented, bool nonconformant);

/** What a profile judges of an object. Unknown: NULL, 0, "". */
struct dw_subject {
    const struct dw_sop_class *sop_class;
    const struct dw_transfer_syntax *syntax;
    const char *photometric;
    uint32_t rows, columns, frames, bits_stored, samples;
    bool has_meta;   /**< the file is a Part 10 file already */
    bool has_us_regions; /**< spatial calibration of an ultrasound image (PS3.3 C.8.5.5) */
    bool has_pixels;
    bool no_rows;    /**< known to have no Rows or no Columns; false where nobody looked */
};
struct dw_subject dw_subject_of(const struct dw_object *object); /**< borrows its texts */
struct dw_judge_opts {
    bool allow_private;   /**< known private SOP classes become PRIVATE records */
    const char *compress; /**< transfer syntax UID that plain images become where the profile takes it; NULL */
    bool no_convert;      /**< converting was tried and failed: only what the profile takes as it is */
};
enum dw_verdict {
    DW_VERDICT_TAKE,    /**< goes on the disc as it is */
    DW_VERDICT_CONVERT, /**< to target first; lossless */
    DW_VERDICT_FORBID,  /**< not under this profile; another, or a non-conformant disc, could take it */
    DW_VERDICT_REFUSE,  /**< has no legal record on any disc */
};
struct dw_judgement {
    enum dw_verdict verdict;
    const char *target; /**< of DW_VERDICT_CONVERT, a transfer syntax UID */
    const char *reason; /**< of FORBID and REFUSE: one sentence without a period, constant text */
};
/** opts NULL: nothing asked for. */
struct dw_judgement dw_profile_judge(const struct dw_profile *profile,
                                     const struct dw_subject *subject,
                                     const struct dw_judge_opts *opts);
/** Bit i: row i of the table takes or converts the subject. AND over all objects of a job tells which
 *  profiles take all of them. */
uint64_t dw_profile_takers(const struct dw_subject *subject, const struct dw_judge_opts *opts);

#endif
