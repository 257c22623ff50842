/* The rules of layout/fileset/repair: which keys, for which records, and what is done. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "layout/fileset/repair.h"
#include "layout/fileset/repair_rules.h"

#define CDT_TYPES                                                                                  \
    "|WAVEFORM|SR DOCUMENT|KEY OBJECT DOC|SPECTROSCOPY|RAW DATA|REGISTRATION|FIDUCIAL|VALUE MAP"   \
    "|MEASUREMENT|SURFACE|TRACT|SURFACE SCAN|ANNOTATION|"
#define CI_TYPES                                                                                   \
    "|PRESENTATION|WF PRESENTATION|REGISTRATION|FIDUCIAL|VALUE MAP|MEASUREMENT|SURFACE|TRACT"      \
    "|ANNOTATION|"
#define REPORT_TYPES "|SR DOCUMENT|KEY OBJECT DOC|"
#define STATE_TYPES "|PRESENTATION|WF PRESENTATION|"

/* PS3.3 F.5, type 1 keys. What a reader might take for a finding is never invented. */
static const struct dw_repair_rule rules[] = {
    {DW_LEVEL_PATIENT, NULL, 0x00100020, "LO", DW_FIX_PATIENT_ID, NULL, "Patient ID (0010,0020)",
     "an ID of our own, beginning with NOID"},
    {DW_LEVEL_STUDY, NULL, 0x00080020, "DA", DW_FIX_STUDY_DATE, NULL, "Study Date (0008,0020)",
     "the date of the content, or of this disc"},
    {DW_LEVEL_STUDY, NULL, 0x00080030, "TM", DW_FIX_TEXT, "000000", "Study Time (0008,0030)",
     "000000"},
    {DW_LEVEL_STUDY, NULL, 0x00200010, "SH", DW_FIX_STUDY_ID, NULL, "Study ID (0020,0010)",
     "the number of the study in the directory"},
    {DW_LEVEL_SERIES, NULL, 0x00080060, "CS", DW_FIX_TEXT, "OT", "Modality (0008,0060)", "OT"},
    {DW_LEVEL_SERIES, NULL, 0x00200011, "IS", DW_FIX_SERIES_NUMBER, NULL,
     "Series Number (0020,0011)", "the next free number"},
    {DW_LEVEL_SERIES, NULL, 0, NULL, DW_FIX_SAME_NUMBER, NULL, "Series Number (0020,0011)", NULL},
    {DW_LEVEL_INSTANCE, "", 0, NULL, DW_FIX_ILLEGAL_UID, NULL, "UID", NULL},
    {DW_LEVEL_INSTANCE, "", 0, NULL, DW_FIX_SAME_NUMBER, NULL, "Instance Number (0020,0013)", NULL},
    {DW_LEVEL_INSTANCE, NULL, 0x00200013, "IS", DW_FIX_INSTANCE_NUMBER, NULL,
     "Instance Number (0020,0013)", "the next free number"},
    {DW_LEVEL_INSTANCE, "|IMAGE|", 0x00280010, "US", DW_FIX_DROP_ROWS, NULL, "Rows (0028,0010)",
     "nothing, the key was left out"},
    {DW_LEVEL_INSTANCE, "|IMAGE|", 0x00280011, "US", DW_FIX_DROP_ROWS, NULL, "Columns (0028,0011)",
     "nothing, the key was left out"},
    {DW_LEVEL_INSTANCE, CDT_TYPES, 0x00080023, "DA", DW_FIX_DATE, NULL, "Content Date (0008,0023)",
     "the date of the study"},
    {DW_LEVEL_INSTANCE, CDT_TYPES, 0x00080033, "TM", DW_FIX_TIME, NULL, "Content Time (0008,0033)",
     "the time of the study"},
    {DW_LEVEL_INSTANCE, STATE_TYPES, 0x00700082, "DA", DW_FIX_DATE, NULL,
     "Presentation Creation Date (0070,0082)", "the date of the study"},
    {DW_LEVEL_INSTANCE, STATE_TYPES, 0x00700083, "TM", DW_FIX_TIME, NULL,
     "Presentation Creation Time (0070,0083)", "the time of the study"},
    {DW_LEVEL_INSTANCE, CI_TYPES, 0x00700080, "CS", DW_FIX_TEXT, "UNNAMED", "Content Label (0070,0080)",
     "UNNAMED"},
    {DW_LEVEL_INSTANCE, "|SR DOCUMENT|", 0x0040A491, "CS", DW_FIX_TEXT, "PARTIAL",
     "Completion Flag (0040,A491)", "PARTIAL"},
    {DW_LEVEL_INSTANCE, "|SR DOCUMENT|", 0x0040A493, "CS", DW_FIX_TEXT, "UNVERIFIED",
     "Verification Flag (0040,A493)", "UNVERIFIED"},
    {DW_LEVEL_INSTANCE, REPORT_TYPES, 0x0040A043, "SQ", DW_FIX_REFUSE, NULL,
     "Concept Name Code Sequence (0040,A043)", NULL},
    {DW_LEVEL_INSTANCE, "|RT DOSE|", 0x3004000A, "CS", DW_FIX_REFUSE, NULL,
     "Dose Summation Type (3004,000A)", NULL},
    {DW_LEVEL_INSTANCE, "|RT STRUCTURE SET|", 0x30060002, "SH", DW_FIX_TEXT, "UNNAMED",
     "Structure Set Label (3006,0002)", "UNNAMED"},
    {DW_LEVEL_INSTANCE, "|RT PLAN|", 0x300A0002, "SH", DW_FIX_TEXT, "UNNAMED", "RT Plan Label (300A,0002)",
     "UNNAMED"},
    {DW_LEVEL_INSTANCE, "|ENCAP DOC|", 0x00420012, "LO", DW_FIX_MIME, NULL,
     "MIME Type of Encapsulated Document (0042,0012)", "the type that its SOP class stands for"},
    {DW_LEVEL_INSTANCE, "|ASSESSMENT|", 0x00080012, "DA", DW_FIX_DATE, NULL,
     "Instance Creation Date (0008,0012)", "the date of the study"},
    {DW_LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00080008, "CS", DW_FIX_REFUSE, NULL, "Image Type (0008,0008)",
     NULL},
    {DW_LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00280008, "IS", DW_FIX_REFUSE, NULL,
     "Number of Frames (0028,0008)", NULL},
    {DW_LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00280010, "US", DW_FIX_REFUSE, NULL, "Rows (0028,0010)", NULL},
    {DW_LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00280011, "US", DW_FIX_REFUSE, NULL, "Columns (0028,0011)",
     NULL},
    {DW_LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00289001, "UL", DW_FIX_REFUSE, NULL,
     "Data Point Rows (0028,9001)", NULL},
    {DW_LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00289002, "UL", DW_FIX_REFUSE, NULL,
     "Data Point Columns (0028,9002)", NULL},
};

const struct dw_repair_rule *dw_repair_rules(size_t *out_count)
{
    *out_count = DW_ARRAY_LEN(rules);
    return rules;
}

size_t dw_repair_rule_count(void)
{
    return DW_ARRAY_LEN(rules);
}

static bool is_for(const struct dw_repair_rule *rule, const char *record_type)
{
    size_t length = strlen(record_type);
    for (const char *at = rule->types; (at = strstr(at, record_type)) != NULL; at++)
        if (at > rule->types && at[-1] == '|' && at[length] == '|')
            return true;
    return false;
}

/* RAW DATA has Instance Number as type 2, ENCAP DOC its dates: absence is then legal. */
const struct dw_repair_rule *dw_repair_rule_find(const char *record_type, uint32_t tag)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++) {
        const struct dw_repair_rule *rule = &rules[i];
        if (rule->level != DW_LEVEL_INSTANCE || rule->tag != tag)
            continue;
        if (rule->types ? is_for(rule, record_type) : strcmp(record_type, "RAW DATA") != 0)
            return rule;
    }
    return NULL;
}

/* Nothing was filled in: what is odd is said, and that it stays. */
static void describe_oddity(const struct dw_repair_rule *rule, uint32_t objects, char *out,
                            size_t size)
{
    bool one = objects == 1;
    if (rule->fix == DW_FIX_ILLEGAL_UID)
        snprintf(out, size, "%u object%s an illegal UID (PS3.5 9.1); %s left as %s", objects,
                 one ? " has" : "s have", one ? "it was" : "they were", one ? "it is" : "they are");
    else if (rule->level == DW_LEVEL_SERIES)
        snprintf(out, size, "another series of the study has the same %s; both were left as they are",
                 rule->name);
    else
        snprintf(out, size, "%u object%s the %s of another one of the series; %s left as %s", objects,
                 one ? " has" : "s have", rule->name, one ? "it was" : "they were",
                 one ? "it is" : "they are");
}

void dw_repair_describe(size_t at, uint32_t objects, char *out, size_t size)
{
    const struct dw_repair_rule *rule = &rules[at];
    if (rule->fix == DW_FIX_ILLEGAL_UID || rule->fix == DW_FIX_SAME_NUMBER)
        describe_oddity(rule, objects, out, size);
    else if (objects > 0)
        snprintf(out, size, "%s was missing in %u object%s; the directory has %s", rule->name,
                 objects, objects == 1 ? "" : "s", rule->done);
    else
        snprintf(out, size, "%s was missing; the directory has %s", rule->name, rule->done);
}
