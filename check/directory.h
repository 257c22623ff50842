/** The DICOMDIR as the judge reads it: one pass over its bytes, every record kept small, offsets followed
 *  afterwards by us, so that loops, orphans and shared records are seen and never followed twice. */
#ifndef DW_CHECK_DIRECTORY_H
#define DW_CHECK_DIRECTORY_H
#include <assert.h>
#include "base/limits.h"
#include "check/header.h"
#include "check/keys.h"
#include "check/lookup.h"
#include "check/nested.h"
#include "check/value.h"

#define DW_CHECK_RECORDS_MAX 1000000
#define DW_CHECK_RECORD_ELEMENTS_MAX 64 /* on average: (0004,1220) as a whole has so many times the records */
#define DW_CHECK_VALUED_MAX 100000         /* records whose values are kept to compare with their objects */
#define DW_CHECK_REFERENCES_MAX 65535   /* different pairs of SOP class and transfer syntax in one directory */
#define DW_FILE_ID_MAX 160
#define DW_DICOMDIR_CLASS "1.2.840.10008.1.3.10"

struct dw_check_reference { /* what records say of their files; keys of the UIDs, 0: empty */
    uint64_t sop_class, syntax;
};
struct dw_check_record { /* kept, 40 bytes: a million of them have to fit */
    uint64_t id;       /**< key of Patient ID, study, series or SOP instance UID; 0: empty */
    uint32_t offset;   /**< of its Item tag in the file */
    uint32_t next, lower;
    uint32_t parent;   /**< index + 1; 0: root level or not reached */
    uint32_t entry;    /**< file of the source it stands for; DW_LOOKUP_NONE */
    uint32_t keys;     /**< profile keys it has, bits of check/keys.h */
    uint32_t lacks;    /**< profile keys its objects have and it has not; filled while files are read */
    uint16_t reference; /**< row of the directory's references */
    uint8_t has;       /**< DW_HAS_ bits of check/nested.h */
    uint8_t type : 6;  /**< dw_check_type() */
    uint8_t reached : 1;
    uint8_t has_file_id : 1;
};
static_assert(sizeof(struct dw_check_record) == 40, "a million records take 40 MB of the 64 that a judgement may");

struct dw_check_icon { /* the Icon Image Sequence of a record (PS3.3 F.7); numbers -1: absent */
    unsigned items;      /**< 0: there is no icon */
    int samples, rows, columns, bits_allocated, bits_stored, high_bit, representation;
    bool has_planar;
    char photometric[17], aspect[17]; /**< "" absent */
    uint32_t pixel_bytes;
};

struct dw_check_facts { /* the record just read, for the rules that look at its keys */
    uint32_t number;   /**< 1 for the first in the file */
    uint32_t offset;
    const struct dw_check_type *type;
    int in_use;        /**< -1: absent */
    uint16_t present, filled; /**< bits by position in type->keys */
    bool has_patient_id, has_file_id, has_sop_class, has_sop_instance, has_syntax;
    char type_text[24];
    char file_id[DW_FILE_ID_MAX]; /**< with backslashes; "?" when it is longer */
    char sop_class[DW_UID_MAX], sop_instance[DW_UID_MAX], syntax[DW_UID_MAX];
    char own_uid[DW_UID_MAX];     /**< study or series UID */
    bool has_own_uid;
    char patient_id[DW_TEXT_MAX], issuer[DW_TEXT_MAX], patient_name[DW_TEXT_MAX],
        birth_date[DW_CHECK_DATE_MAX];
    char set[DW_TEXT_MAX]; /**< (0008,0005) */
    struct dw_check_icon icon;
    struct dw_check_nested nested;
    uint32_t retired_key; /**< (0004,1504) or (0004,1600); 0: none */
    uint32_t content_key; /**< the document or the pixels of its object; 0: none */
    struct dw_check_fault encoding, value, charset; /**< charset: not in the set that (0008,0005) names, or without one */
};

struct dw_check_dir {
    dw_spill *spill;            /**< of the source: the tables below */
    struct dw_check_meta meta;
    char sop_class[DW_UID_MAX]; /**< empty: a DICOMDIR has none in its data set, and need not */
    char fileset_id[24];        /**< "?" when longer than 16 */
    char descriptor[DW_FILE_ID_MAX];
    bool has_fileset_id, has_sequence, has_first, has_last;
    uint32_t first_root, last_root;
    int consistency;            /**< -1: absent */
    struct dw_check_record *records;
    size_t count, cap;
    uint32_t elements; /**< items included */
    struct dw_check_values *values; /**< of each record; NULL: there are too many */
    bool has_more;     /**< something follows (0004,1220) that is no padding */
    struct dw_check_reference *references;
    size_t reference_count, reference_cap;
    struct dw_lookup pairs; /* of SOP class and syntax -> reference */
};

/** Called at the end of every record; the record may be changed (entry). */
typedef dw_status dw_check_record_fn(void *ctx, const struct dw_check_facts *facts,
                                     struct dw_check_record *record, struct dw_error *err);
/** The tape stands at the start of the DICOMDIR. On failure what was read so far stays in out.
 *  DW_ERR_CORRUPT, DW_ERR_LIMIT (more than a maximum above), DW_ERR_INTERNAL (memory). */
DW_MUST_CHECK dw_status dw_check_dir_read(dw_tape *tape, uint64_t size_bytes, struct dw_check_dir *out,
                                          dw_check_record_fn *fn, void *ctx, struct dw_error *err);
void dw_check_dir_done(struct dw_check_dir *dir);
/** Index of the record at an offset; -1: none begins there. */
long dw_check_dir_at(const struct dw_check_dir *dir, uint32_t offset);

#endif
