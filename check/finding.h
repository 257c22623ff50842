/** What the judge may say: every sentence of it has a code, a severity, a clause and an advice in one
 *  table (codes.c), and a bounded list holds what was found. Findings name places and tags, never values:
 *  they travel to logs, consoles and reports. */
#ifndef DW_CHECK_FINDING_H
#define DW_CHECK_FINDING_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "base/error.h"
#include "base/text.h"

enum dw_severity { DW_SEV_NOTE, DW_SEV_WARNING, DW_SEV_ERROR }; /* only errors break conformance */
enum dw_check_area {
    DW_AREA_VOLUME,
    DW_AREA_NAMES,
    DW_AREA_DIRECTORY,
    DW_AREA_FILES,
    DW_AREA_PDI,
    DW_AREA_MANIFEST,
    DW_AREA_IDENTITY,
    DW_AREA_COUNT
};

/* The order is that of codes.c. Code strings are stored by others: never rename one. */
enum dw_code {
    /* volume */
    DW_ISO_NONE,
    DW_ISO_PVD,
    DW_ISO_ENDIAN,
    DW_ISO_BLOCK_SIZE,
    DW_ISO_SET,
    DW_ISO_TERMINATOR,
    DW_ISO_SVD,
    DW_ISO_BOOT,
    DW_ISO_SYSTEM_ID,
    DW_ISO_VOLUME_ID,
    DW_ISO_SIZE,
    DW_ISO_PATH_TABLE,
    DW_ISO_PATH_DIRS,
    DW_ISO_PATH_ORDER,
    DW_ISO_TREE,
    DW_ISO_DIR_RECORD,
    DW_ISO_DOTS,
    DW_ISO_ORDER,
    DW_ISO_DATE,
    DW_ISO_EAR,
    DW_ISO_FLAGS,
    DW_ISO_HIDDEN,
    DW_ISO_MULTI_EXTENT,
    DW_ISO_SUSP,
    DW_ISO_EXTENT,
    DW_ISO_OVERLAP,
    DW_UDF_NONE,
    DW_UDF_RECOGNITION,
    DW_UDF_ANCHOR,
    DW_UDF_SEQUENCE,
    DW_UDF_RESERVE,
    DW_UDF_TAG,
    DW_UDF_UNREADABLE,
    DW_UDF_REVISION,
    DW_UDF_MEDIUM,
    DW_UDF_INTERCHANGE,
    DW_UDF_CHARSET,
    DW_UDF_ACCESS,
    DW_UDF_INTEGRITY,
    DW_UDF_COUNT,
    DW_UDF_UNIQUE,
    DW_UDF_METADATA,
    DW_UDF_MIRROR,
    DW_UDF_TREE,
    DW_UDF_EXTENT,
    DW_UDF_TYPE,
    DW_UDF_HIDDEN,
    DW_UDF_PERMISSIONS,
    DW_UDF_PADDING,
    DW_UDF_VOLUME_ID,
    DW_BRIDGE_MISSING,
    DW_BRIDGE_EXTENT,
    DW_ISO_COPY,
    DW_ISO_RESERVED,
    DW_ISO_RECORD_FORM,
    DW_ISO_SECOND_TREE,
    DW_ISO_SYSTEM_AREA,
    DW_ISO_BEHIND,
    DW_ISO_SESSIONS,
    DW_ISO_TEXT,
    DW_UDF_LINKS,
    DW_UDF_OVERLAP,
    DW_UDF_HARD_LINK,
    DW_UDF_RECORDED,
    DW_UDF_ICB,
    DW_UDF_STREAM,
    DW_UDF_SPACE,
    DW_UDF_DOMAIN,
    DW_UDF_PREVAIL,
    DW_UDF_FID,
    DW_UDF_DELETED,
    DW_UDF_DATE,
    DW_UDF_ANCHOR_COPY,
    DW_UDF_FIELD,
    DW_DATE_ORDER,
    DW_DATE_LATE,
    DW_VOLUME_SLACK,
    DW_VOLUME_UNOWNED,
    /* names */
    DW_NAME_LEVEL1,
    DW_NAME_CASE,
    DW_NAME_FOLDER,
    DW_NAME_VERSION,
    DW_NAME_TWICE,
    DW_NAME_DEPTH,
    DW_NAME_OTHER,
    /* directory */
    DW_DIR_MISSING,
    DW_DIR_NAME,
    DW_DIR_UNREADABLE,
    DW_DIR_META,
    DW_DIR_CLASS,
    DW_DIR_SYNTAX,
    DW_DIR_FILESET_UID,
    DW_DIR_FILESET_ID,
    DW_DIR_DESCRIPTOR,
    DW_DIR_CONSISTENCY,
    DW_DIR_EMPTY,
    DW_DIR_OFFSET,
    DW_DIR_LAST,
    DW_DIR_CYCLE,
    DW_DIR_ORPHAN,
    DW_DIR_IN_USE,
    DW_DIR_TYPE,
    DW_DIR_RETIRED,
    DW_DIR_PRIVATE,
    DW_DIR_PARENT,
    DW_DIR_CHILDLESS,
    DW_DIR_KEY1,
    DW_DIR_KEY2,
    DW_DIR_PATIENT_ID,
    DW_DIR_PROFILE_KEY,
    DW_DIR_ICON,
    DW_DIR_PATIENT_TWICE,
    DW_DIR_STUDY_TWICE,
    DW_DIR_SERIES_TWICE,
    DW_DIR_INSTANCE_TWICE,
    DW_DIR_FILE_TWICE,
    DW_DIR_REFERENCE,
    DW_DIR_UID,
    DW_DIR_FILE_ID,
    DW_DIR_RECORD_CLASS,
    DW_DIR_SECOND_READER,
    DW_DIR_SECOND_SKIPPED,
    DW_DIR_KEY1C,
    DW_DIR_ITEMS,
    DW_DIR_ITEM_KEY,
    DW_DIR_CONTENT,
    DW_DIR_ENCODING,
    DW_DIR_VALUE,
    DW_DIR_CHARSET,
    DW_DIR_TRAILING,
    /* files */
    DW_FILE_MISSING,
    DW_FILE_CASE,
    DW_FILE_IO,
    DW_FILE_NOT_PART10,
    DW_FILE_PREAMBLE,
    DW_FILE_UNREADABLE,
    DW_FILE_META,
    DW_FILE_META_CLASS,
    DW_FILE_META_INSTANCE,
    DW_FILE_CLASS,
    DW_FILE_INSTANCE,
    DW_FILE_SYNTAX,
    DW_FILE_PATIENT,
    DW_FILE_STUDY,
    DW_FILE_SERIES,
    DW_FILE_KEY,
    DW_FILE_ORDER,
    DW_FILE_UID,
    DW_FILE_CHARSET,
    DW_FILE_PIXELS,
    DW_FILE_CLASS_UNKNOWN,
    DW_FILE_PROFILE,
    DW_FILE_PROFILE_CLASS,
    DW_FILE_PROFILE_IMAGE,
    DW_FILE_UNREFERENCED,
    DW_FILE_IN_ROOT,
    DW_FILE_INSTANCE_TWICE,
    DW_FILE_STUDY_DATE,
    DW_PROFILE_INFERRED,
    /* IHE PDI */
    DW_PDI_NONE,
    DW_PDI_README,
    DW_PDI_README_TEXT,
    DW_PDI_README_LINES,
    DW_PDI_INDEX,
    DW_PDI_INDEX_LINKS,
    DW_PDI_FOLDER,
    DW_PDI_DICOM_IN_WEB,
    DW_PDI_RESERVED,
    DW_PDI_MIXED,
    DW_PDI_AUTORUN,
    DW_PDI_PROGRAM,
    DW_PDI_LINK,
    DW_PDI_LINK_ABSOLUTE,
    DW_PDI_ACTIVE,
    /* manifest */
    DW_MAN_NONE,
    DW_MAN_LINE,
    DW_MAN_TWICE,
    DW_MAN_MISSING,
    DW_MAN_HASH,
    DW_MAN_UNLISTED,
    /* identity */
    DW_SET_PATIENTS,
    DW_ID_PATIENT_ID,
    DW_ID_ISSUER,
    DW_ID_NAME,
    DW_ID_BIRTH_DATE,
    DW_ID_SILENT,
    DW_ID_COUNT,
    DW_ID_FILESET_UID,
    DW_ID_INSTANCES,
    DW_CODE_COUNT
};

struct dw_code_info {
    const char *code; /**< "DIR-ORPHAN" */
    enum dw_check_area area;
    enum dw_severity severity;
    const char *clause;   /**< "PS3.10 8.6" */
    const char *sentence; /**< what is wrong, no final period */
    const char *advice;   /**< what to do about it */
};
const struct dw_code_info *dw_code_info(enum dw_code code);
bool dw_code_keeps_back(enum dw_code code); /**< as an error: the disc must not be handed out */
const char *dw_severity_name(enum dw_severity severity); /**< "error" */
const char *dw_area_name(enum dw_check_area area);       /**< "DICOMDIR" */

#define DW_FINDINGS_MAX 240       /* in all: what fits one message between our processes */
#define DW_FINDINGS_PER_CODE 24   /* places told of one code; the rest is counted */
#define DW_FINDING_PLACE_MAX 96
#define DW_FINDING_DETAIL_MAX 120

struct dw_finding {
    enum dw_code code;
    enum dw_severity severity;
    char place[DW_FINDING_PLACE_MAX];   /**< printable ASCII: a file, a block, a record; "" = the whole */
    char detail[DW_FINDING_DETAIL_MAX]; /**< numbers and tags that belong to this one; may be "" */
};
struct dw_findings { /* plain data, about 55 kB: lives on the heap or in its owner */
    struct dw_finding list[DW_FINDINGS_MAX];
    size_t count;
    uint64_t seen[DW_CODE_COUNT]; /**< how many there were, told or not */
    uint64_t failed[DW_CODE_COUNT]; /**< those of them that were errors */
    uint64_t errors, warnings;    /**< of all, told or not */
    uint64_t dropped;             /**< seen but not in the list */
    bool as_received;             /**< faults that objects were received with are warnings */
    bool nonconformant;           /**< what only the profile forbids is a warning: the disc says so itself */
};
void dw_findings_init(struct dw_findings *findings);
/** A code that was seen is in the list at least once: when the list is full, the first of a code takes the
 *  place of the last of the code that has most. detail_fmt may be NULL. What is not printable ASCII in place
 *  or detail becomes '?'. */
void dw_findings_add(struct dw_findings *findings, enum dw_code code, const char *place,
                     const char *detail_fmt, ...) DW_PRINTF(4, 5);
/** The same with another severity than the table's: a rule may be stricter where a job asks for it. */
void dw_findings_add_as(struct dw_findings *findings, enum dw_code code, enum dw_severity severity,
                        const char *place, const char *detail);
/** [{code, severity, place, clause, text}], errors first; text = sentence and detail. New reference. */
json_t *dw_findings_json(const struct dw_findings *findings);

#endif
