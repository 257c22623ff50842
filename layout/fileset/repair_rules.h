/** Between the files of layout/fileset/repair. */
#ifndef DW_LAYOUT_FILESET_REPAIR_RULES_H
#define DW_LAYOUT_FILESET_REPAIR_RULES_H
#include <stddef.h>
#include <stdint.h>

enum dw_fix {
    DW_FIX_TEXT,       /* the rule's own text */
    DW_FIX_PATIENT_ID, /* made from what makes the patient one */
    DW_FIX_STUDY_DATE, DW_FIX_STUDY_ID, DW_FIX_SERIES_NUMBER, DW_FIX_INSTANCE_NUMBER,
    DW_FIX_DATE, DW_FIX_TIME, /* those of the study */
    DW_FIX_MIME,       /* by SOP class */
    DW_FIX_DROP_ROWS,  /* allowed to be absent by some profiles */
    DW_FIX_REFUSE,     /* cannot be invented: the object has no place */
    DW_FIX_ILLEGAL_UID, DW_FIX_SAME_NUMBER, /* told, and left as it is */
};
enum dw_level { DW_LEVEL_PATIENT, DW_LEVEL_STUDY, DW_LEVEL_SERIES, DW_LEVEL_INSTANCE };

struct dw_repair_rule {
    enum dw_level level;
    const char *types; /* record types it is for: "|SR DOCUMENT|"; NULL: all */
    uint32_t tag;
    const char *vr;
    enum dw_fix fix;
    const char *text;
    const char *name;
    const char *done;
};
const struct dw_repair_rule *dw_repair_rules(size_t *out_count);
/** The rule for an instance key that is empty; NULL: it may be. */
const struct dw_repair_rule *dw_repair_rule_find(const char *record_type, uint32_t tag);

#endif
