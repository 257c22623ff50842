/** Inside the judge: what its rules see. A rule is one function in the table of its file and adds findings;
 *  it never stops the others. */
#ifndef DW_CHECK_RULES_H
#define DW_CHECK_RULES_H
#include <pthread.h>
#include "burn/image/udfread.h"
#include "check/directory.h"
#include "check/header.h"
#include "check/judge.h"
#include "check/lookup.h"
#include "check/manifest.h"
#include "check/profile.h"
#include "check/space.h"
#include "check/tape.h"
#include "dicom/dcmtk/dirreader.h"

#define DW_CHECK_SYNTAXES_MAX 64 /* different ones on one disc; more are taken as one */
#define DW_CHECK_CLASSES_MAX 200 /* the same */

struct dw_check_seen { /* of each entry of the source */
    uint32_t record;  /**< of the DICOMDIR that references it; DW_LOOKUP_NONE */
    uint32_t listed;  /**< row of the manifest; DW_LOOKUP_NONE */
    uint8_t syntax;   /**< 1 + index into syntaxes; 0: not known */
    uint8_t sop_class; /**< 1 + index into classes; 0: not known */
    uint16_t breaks : DW_IMAGE_BITS; /**< bits of check/image.h */
    uint16_t is_dicom : 1;
    uint32_t tail;    /**< of a UDF volume alone: the block a file ends within; 0: none */
};
struct dw_second { /* the other reader of the DICOMDIR (rules_second.c) */
    pthread_t thread;
    int copy;      /**< -1: none */
    bool begun, waits, aside; /**< waits for its thread; aside: has one */
    dw_status st;  /**< not DW_OK: there is no other reader */
    struct dw_error err;
    bool accepts;
    struct dw_dir_head head;
};
struct dw_judge {
    dw_check_source *source;
    dw_spill *spill;           /**< of the source: its tables and those below */
    const struct dw_check_opts *opts;
    const struct dw_check_expect *expect;   /**< may be NULL */
    const struct dw_check_profile *profile; /**< NULL until it is known */
    bool augmented;                         /**< AUG-: private objects belong to the disc */
    struct dw_check_result *result;
    struct dw_findings *found; /**< in result */
    dw_tape *tape;
    size_t count;              /**< entries */
    uint32_t *order;           /**< entries by block, folders too; as listed in a folder */
    struct dw_check_seen *seen;
    struct dw_lookup names;    /**< path in upper case -> entry */
    long dicomdir, manifest_at; /**< entries; -1: none */
    struct dw_check_dir dir;
    bool dir_whole, manifest_whole; /**< it was read to its end */
    size_t dir_unreached;
    struct dw_second second;
    struct dw_check_manifest manifest;
    struct dw_lookup instances; /**< SOP instance of files -> entry */
    struct dw_lookup patients;  /**< Patient IDs of files */
    struct dw_lookup issuers;   /**< Patient IDs of files -> hash of their issuer */
    bool two_issuers;           /**< one of them has two */
    struct dw_check_instances uids; /**< filled only when expected */
    char syntaxes[DW_CHECK_SYNTAXES_MAX][DW_UID_MAX];
    int syntax_count;
    char classes[DW_CHECK_CLASSES_MAX][DW_UID_MAX];
    int class_count;
    uint64_t total_bytes;
    struct dw_udfvol_info udf;  /**< what could be read of it; nsr 0 and no anchor: nothing */
    bool has_udf;
    struct dw_space space;      /**< blocks that belong to something */
    bool space_known;           /**< all that is on the disc was read */
    uint32_t swept;             /**< blocks looked at for what belongs to nothing */
    int64_t latest_s;           /**< when the volume was made or changed last; DW_JUDGE_NO_TIME */
    char place[DW_FINDING_PLACE_MAX]; /**< of the record being judged, once it was needed */
    dw_status st;              /**< sticky: memory ran out, or cancelled */
    struct dw_error err;
};

#define DW_JUDGE_NO_TIME INT64_MIN

struct dw_check_file { /* a DICOM file just read */
    struct dw_check_source_entry entry;
    uint32_t index;
    const struct dw_check_header *header;
    struct dw_check_record *record;  /**< NULL: not referenced */
    struct dw_check_record *series, *study, *patient; /**< above it; NULL: none */
};

/* One for each stage, in this order (judge.c). */
void dw_rules_volume(struct dw_judge *judge);   /**< descriptors, path tables, directory records */
/** Descriptors beside the primary one, and unused fields; pvd: block 16. */
void dw_rules_descriptors(struct dw_judge *judge, const uint8_t *pvd);
/** The tree of a supplementary descriptor against the primary one. */
void dw_rules_second_tree(struct dw_judge *judge, const uint8_t *svd, uint32_t lba);
void dw_rules_tree(struct dw_judge *judge);     /**< extents, flags */
void dw_rules_udf(struct dw_judge *judge);      /**< the UDF volume, its tree, and both views of a bridge */
/** The descriptors of an open volume one by one. files and folders: of the walked tree, root included. */
void dw_rules_udf_volume(struct dw_judge *judge, const dw_udfvol *volume, uint64_t files, uint64_t folders,
                         uint64_t unique_id_max);
/** Both sequences: what they must hold, what prevails, what it owns. */
void dw_rules_udf_sequence(struct dw_judge *judge, dw_udfvol *volume);
/** Fields of the anchors, of volume descriptors and of the metadata files, which have one value each. */
void dw_rules_udf_fields(struct dw_judge *judge, const dw_udfvol *volume);
/** Dates that contradict each other: of the primary descriptor, of a UDF volume, of an entry or directory record
 *  (record 0: none) later than the volume, of a study later than the disc. */
void dw_rules_time_volume(struct dw_judge *judge, const uint8_t *pvd);
void dw_rules_time_udf(struct dw_judge *judge, const struct dw_udfvol_info *info);
void dw_rules_time_of_entry(struct dw_judge *judge, const char *place, unsigned record, int64_t time_s);
void dw_rules_time_of_record(struct dw_judge *judge, const char *place, unsigned record, const uint8_t date[7]);
void dw_rules_time_of_file(struct dw_judge *judge, const struct dw_check_file *file);
void dw_rules_space_begin(struct dw_judge *judge); /**< when all that owns blocks was read */
void dw_rules_space(struct dw_judge *judge, uint64_t until); /**< blocks before it that belong to nothing */
void dw_rules_file_tail(struct dw_judge *judge, size_t index); /**< behind the end of a file just read */
/** Another volume descriptor, in a block that belongs to nothing: what its tree has beside what was judged. */
void dw_rules_session(struct dw_judge *judge, const uint8_t *descriptor, uint64_t lba);
void dw_rules_names(struct dw_judge *judge);
void dw_rules_record(struct dw_judge *judge, const struct dw_check_facts *facts,
                     struct dw_check_record *record);
void dw_rules_nested_record(struct dw_judge *judge, const struct dw_check_facts *facts, size_t record);
void dw_rules_nested_file(struct dw_judge *judge, const struct dw_check_file *file);
void dw_rules_value_record(struct dw_judge *judge, const struct dw_check_facts *facts, size_t record);
void dw_rules_preamble(struct dw_judge *judge, const char *path, const char *begins); /**< one that is used */
void dw_rules_value_file(struct dw_judge *judge, const struct dw_check_file *file);
void dw_rules_directory(struct dw_judge *judge); /**< head, chain, uniqueness: when all were read */
void dw_rules_file(struct dw_judge *judge, const struct dw_check_file *file);
void dw_rules_set(struct dw_judge *judge);      /**< profile, unreferenced, patients */
void dw_rules_medium(struct dw_judge *judge);   /**< the file system against the profile's medium */
void dw_rules_pdi(struct dw_judge *judge);
/** Memory for the copy of the DICOMDIR that it reads, the caller's to close; -1: it wants none. */
int dw_rules_second_wants(struct dw_judge *judge);
/** It reads second.copy, and says what it thinks at the end, which follows in any case. What can be done beside reading
 *  files begins with dw_rules_second_aside(), when they are being read: while the module is loaded no other thread
 *  can be started (glibc's lock of its loader). */
void dw_rules_second_begin(struct dw_judge *judge);
void dw_rules_second_aside(struct dw_judge *judge);
void dw_rules_second_end(struct dw_judge *judge);
void dw_rules_web(struct dw_judge *judge);      /**< pages, and what lies among them or among DICOM files */
void dw_rules_web_programs(struct dw_judge *judge);
void dw_rules_identity_record(struct dw_judge *judge, const struct dw_check_facts *facts);
void dw_rules_identity_file(struct dw_judge *judge, const struct dw_check_file *file);
void dw_rules_identity(struct dw_judge *judge); /**< counts and digests, at the end */

/** The strictness of a CD does not apply (PS3.12 P, X): by the profile, or while that is not known by UDF. */
bool dw_judge_is_no_cd(const struct dw_judge *judge);
/** Of the source. Strings are borrowed; for loops: memory is let go of on the way. */
void dw_judge_entry(const struct dw_judge *judge, size_t index, struct dw_check_source_entry *out);
/** One block of the image; false: it cannot be read. */
bool dw_judge_block(const struct dw_judge *judge, uint64_t lba, uint8_t out[DW_BLOCK_SIZE]);
/** Blocks, or bytes from a block on, belong to what was read there. */
void dw_judge_own(struct dw_judge *judge, uint64_t lba, uint64_t blocks);
void dw_judge_own_bytes(struct dw_judge *judge, uint64_t lba, uint64_t bytes);
/** Bytes of a block from `used` on belong to nothing and should be zero. */
void dw_judge_slack(struct dw_judge *judge, const char *place, uint64_t lba, const uint8_t *block, size_t used);
bool dw_judge_is_zero(const uint8_t *bytes, size_t size);
bool dw_judge_is_day(unsigned year, unsigned month, unsigned day); /**< there is one in the calendar */
/** ECMA-119 9.1.5: it exists, or all is zero, which says nothing. */
bool dw_judge_is_short_date(const uint8_t date[7]);
/** Entry with this path, case aside; -1. */
long dw_judge_find(const struct dw_judge *judge, const char *path);
bool dw_judge_file_id_is_legal(const char *id); /**< components with backslashes, PS3.10 8.2, 8.5 */
/** Block of the folder an entry lies in, by the entry's path; 0: not known. */
uint32_t dw_judge_parent_lba(const struct dw_judge *judge, const char *path);
/** "record 12 (SERIES) at offset 4711" for a finding. */
void dw_judge_place(const struct dw_judge *judge, size_t record, char out[DW_FINDING_PLACE_MAX]);
/** Remember that memory ran out or a limit was met. */
void dw_judge_fail(struct dw_judge *judge, dw_status st, const struct dw_error *err);

#endif
