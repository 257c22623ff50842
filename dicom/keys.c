#include "dicom/keys.h"
#include <string.h>

#define ALWAYS(tag)                                                                                \
    {                                                                                              \
        0x##tag, DW_KEY_ALWAYS                                                                     \
    }
#define VALUE(tag)                                                                                 \
    {                                                                                              \
        0x##tag, DW_KEY_IF_VALUE                                                                   \
    }
/* Related General SOP Class UID: the directory writer makes (0004,151A) of it. */
#define RELATED VALUE(0008001A)
#define NUMBER ALWAYS(00200013)
#define CONTENT_DATE ALWAYS(00080023)
#define CONTENT_TIME ALWAYS(00080033)

static const struct dw_key_rule patient[] = {ALWAYS(00100010), ALWAYS(00100020), VALUE(00100030),
                                             VALUE(00100040)};
static const struct dw_key_rule study[] = {ALWAYS(00080020), ALWAYS(00080030), ALWAYS(00080050),
                                           ALWAYS(00081030), ALWAYS(0020000D), ALWAYS(00200010)};
static const struct dw_key_rule series[] = {ALWAYS(00080060), VALUE(00080080),  VALUE(00080081),
                                            VALUE(00081050),  ALWAYS(0020000E), ALWAYS(00200011)};

/* PS3.11 H.3-2; what may sit in the shared functional groups is looked for there too. */
static const struct dw_key_rule image[] = {
    VALUE(00080008),  RELATED,         VALUE(0008002A), VALUE(00081140),
    VALUE(00181800),  NUMBER,          VALUE(00200032), VALUE(00200037),
    VALUE(00200052),  VALUE(00200200), VALUE(00280008), ALWAYS(00280010),
    ALWAYS(00280011), VALUE(00280030), VALUE(00282112), VALUE(00500004),
};
static const struct dw_key_rule spectroscopy[] = {
    ALWAYS(00080008), RELATED,         CONTENT_DATE,     VALUE(0008002A),  CONTENT_TIME,
    VALUE(00081140),  VALUE(00089092), VALUE(00181800),  NUMBER,           VALUE(00200032),
    VALUE(00200037),  VALUE(00200052), VALUE(00200200),  ALWAYS(00280008), ALWAYS(00280010),
    ALWAYS(00280011), VALUE(00280030), ALWAYS(00289001), ALWAYS(00289002),
};
static const struct dw_key_rule presentation[] = {
    RELATED,          VALUE(00081115),  NUMBER,           ALWAYS(00700080), ALWAYS(00700081),
    ALWAYS(00700082), ALWAYS(00700083), ALWAYS(00700084), VALUE(00700402),
};
static const struct dw_key_rule sr_document[] = {
    RELATED,          CONTENT_DATE,     CONTENT_TIME,     NUMBER,          VALUE(0040A030),
    ALWAYS(0040A043), ALWAYS(0040A491), ALWAYS(0040A493), VALUE(0040A730),
};
static const struct dw_key_rule key_object[] = {RELATED, CONTENT_DATE,     CONTENT_TIME,
                                                NUMBER,  ALWAYS(0040A043), VALUE(0040A730)};
static const struct dw_key_rule dated[] = {RELATED, CONTENT_DATE, CONTENT_TIME, NUMBER};
static const struct dw_key_rule labelled[] = {RELATED,         CONTENT_DATE,     CONTENT_TIME,
                                              NUMBER,          ALWAYS(00700080), ALWAYS(00700081),
                                              ALWAYS(00700084)};
static const struct dw_key_rule encapsulated[] = {
    RELATED,          CONTENT_DATE,    CONTENT_TIME,     NUMBER,
    ALWAYS(0040A043), VALUE(0040E001), ALWAYS(00420010), ALWAYS(00420012)};
static const struct dw_key_rule rt_dose[] = {RELATED, NUMBER, VALUE(30040006), ALWAYS(3004000A)};
static const struct dw_key_rule rt_structures[] = {RELATED, NUMBER, ALWAYS(30060002),
                                                   ALWAYS(30060008), ALWAYS(30060009)};
static const struct dw_key_rule rt_plan[] = {RELATED, NUMBER, ALWAYS(300A0002), ALWAYS(300A0006),
                                             ALWAYS(300A0007)};
static const struct dw_key_rule rt_record[] = {RELATED, NUMBER, ALWAYS(30080250), ALWAYS(30080251)};
static const struct dw_key_rule radiotherapy[] = {
    RELATED, NUMBER, ALWAYS(00700081), ALWAYS(00700084), VALUE(30100033), VALUE(30100034)};
static const struct dw_key_rule surface_scan[] = {RELATED, CONTENT_DATE, CONTENT_TIME,
                                                  VALUE(00200013)};
static const struct dw_key_rule assessment[] = {ALWAYS(00080012), ALWAYS(00080013), RELATED,
                                                NUMBER};
static const struct dw_key_rule least[] = {RELATED, VALUE(00200013)};

/* What an augmented directory has beyond that, so that a station can show its browser without
 * opening the files. PS3.3 F.5 allows every attribute of a level's own modules there as type 3. Our own
 * choice: the table of the syngo description (AUG-GEN-CD, "Directory Extensions") is in no text that could
 * be had. A reader need not use them, and none may ask for them (PS3.11 D.3.3.1). */
static const struct dw_key_rule more_patient[] = {VALUE(00100021), VALUE(00100032),
                                                  VALUE(00101000)};
static const struct dw_key_rule more_study[] = {VALUE(00080090), VALUE(00081060), VALUE(00101010),
                                                VALUE(00101020), VALUE(00101030)};
static const struct dw_key_rule more_series[] = {
    VALUE(00080021), VALUE(00080031), VALUE(00080070), VALUE(00081010), VALUE(0008103E),
    VALUE(00081070), VALUE(00081090), VALUE(00180015), VALUE(00181030), VALUE(00185100),
    VALUE(00200060), VALUE(00400244), VALUE(00400245), VALUE(00400253), VALUE(00400254),
};
static const struct dw_key_rule more_instance[] = {
    VALUE(00080008), VALUE(00080012), VALUE(00080013), VALUE(00080022), VALUE(00080023),
    VALUE(00080032), VALUE(00080033), VALUE(00180050), VALUE(00200012), VALUE(00201041),
    VALUE(00204000), VALUE(00280004), VALUE(00280100), VALUE(00282110),
};

#define LIST(rules) rules, sizeof rules / sizeof rules[0]
static const struct {
    const char *record_type;
    const struct dw_key_rule *rules;
    size_t count;
} instances[] = {
    {"IMAGE", LIST(image)},
    {"SR DOCUMENT", LIST(sr_document)},
    {"KEY OBJECT DOC", LIST(key_object)},
    {"PRESENTATION", LIST(presentation)},
    {"WF PRESENTATION", LIST(presentation)},
    {"WAVEFORM", LIST(dated)},
    {"RAW DATA", LIST(dated)},
    {"ENCAP DOC", LIST(encapsulated)},
    {"RT DOSE", LIST(rt_dose)},
    {"RT STRUCTURE SET", LIST(rt_structures)},
    {"RT PLAN", LIST(rt_plan)},
    {"RT TREAT RECORD", LIST(rt_record)},
    {"RADIOTHERAPY", LIST(radiotherapy)},
    {"SPECTROSCOPY", LIST(spectroscopy)},
    {"REGISTRATION", LIST(labelled)},
    {"FIDUCIAL", LIST(labelled)},
    {"VALUE MAP", LIST(labelled)},
    {"MEASUREMENT", LIST(labelled)},
    {"SURFACE", LIST(labelled)},
    {"TRACT", LIST(labelled)},
    {"SURFACE SCAN", LIST(surface_scan)},
    {"ASSESSMENT", LIST(assessment)},
    {"ANNOTATION", LIST(labelled)},
    {"STEREOMETRIC", LIST(least)},
    {"PLAN", LIST(least)},
};

const struct dw_key_rule *dw_keys_of(enum dw_record_part part, const char *record_type,
                                     size_t *out_count)
{
    static const struct {
        const struct dw_key_rule *rules;
        size_t count;
    } upper[] = {
        [DW_PART_PATIENT] = {LIST(patient)},
        [DW_PART_STUDY] = {LIST(study)},
        [DW_PART_SERIES] = {LIST(series)},
        [DW_PART_INSTANCE] = {LIST(least)},
        [DW_PART_MORE_PATIENT] = {LIST(more_patient)},
        [DW_PART_MORE_STUDY] = {LIST(more_study)},
        [DW_PART_MORE_SERIES] = {LIST(more_series)},
        [DW_PART_MORE_INSTANCE] = {LIST(more_instance)},
    };
    for (size_t i = 0; part == DW_PART_INSTANCE && record_type && i < DW_ARRAY_LEN(instances); i++)
        if (strcmp(record_type, instances[i].record_type) == 0) {
            *out_count = instances[i].count;
            return instances[i].rules;
        }
    *out_count = upper[part].count;
    return upper[part].rules;
}
