#include "layout/fileset/repair.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/text.h"

#define TAG_CONTENT_DATE 0x00080023u
#define TAG_ACQUISITION_DATETIME 0x0008002Au
#define TAG_STUDY_DATE 0x00080020u
#define TAG_STUDY_TIME 0x00080030u
#define TAG_INSTANCE_NUMBER 0x00200013u
#define TAG_SERIES_NUMBER 0x00200011u

enum fix {
    FIX_TEXT,       /* the rule's own text */
    FIX_PATIENT_ID, /* made from what makes the patient one */
    FIX_STUDY_DATE, FIX_STUDY_ID, FIX_SERIES_NUMBER, FIX_INSTANCE_NUMBER,
    FIX_DATE, FIX_TIME, /* those of the study */
    FIX_MIME,       /* by SOP class */
    FIX_DROP_ROWS,  /* allowed to be absent by some profiles */
    FIX_REFUSE,     /* cannot be invented: the object is left off */
    FIX_NOTHING,    /* told, and left as it is */
};
enum level { LEVEL_PATIENT, LEVEL_STUDY, LEVEL_SERIES, LEVEL_INSTANCE };

struct rule {
    enum level level;
    const char *types; /* record types it is for: "|SR DOCUMENT|"; NULL: all */
    uint32_t tag;
    const char *vr;
    enum fix fix;
    const char *text;
    const char *name;
    const char *done;
};
#define CDT_TYPES                                                                                  \
    "|WAVEFORM|SR DOCUMENT|KEY OBJECT DOC|SPECTROSCOPY|RAW DATA|REGISTRATION|FIDUCIAL|VALUE MAP"   \
    "|MEASUREMENT|SURFACE|TRACT|SURFACE SCAN|ANNOTATION|"
#define CI_TYPES                                                                                   \
    "|PRESENTATION|WF PRESENTATION|REGISTRATION|FIDUCIAL|VALUE MAP|MEASUREMENT|SURFACE|TRACT"      \
    "|ANNOTATION|"
#define REPORT_TYPES "|SR DOCUMENT|KEY OBJECT DOC|"
#define STATE_TYPES "|PRESENTATION|WF PRESENTATION|"

/* PS3.3 F.5, type 1 keys. What a reader might take for a finding is never invented. */
static const struct rule rules[] = {
    {LEVEL_PATIENT, NULL, 0x00100020, "LO", FIX_PATIENT_ID, NULL, "Patient ID (0010,0020)",
     "an ID of our own, beginning with NOID"},
    {LEVEL_STUDY, NULL, TAG_STUDY_DATE, "DA", FIX_STUDY_DATE, NULL, "Study Date (0008,0020)",
     "the date of the content, or of this disc"},
    {LEVEL_STUDY, NULL, TAG_STUDY_TIME, "TM", FIX_TEXT, "000000", "Study Time (0008,0030)",
     "000000"},
    {LEVEL_STUDY, NULL, 0x00200010, "SH", FIX_STUDY_ID, NULL, "Study ID (0020,0010)",
     "the number of the study in the directory"},
    {LEVEL_SERIES, NULL, 0x00080060, "CS", FIX_TEXT, "OT", "Modality (0008,0060)", "OT"},
    {LEVEL_SERIES, NULL, TAG_SERIES_NUMBER, "IS", FIX_SERIES_NUMBER, NULL,
     "Series Number (0020,0011)", "the next free number"},
    {LEVEL_INSTANCE, "", 0, "UI", FIX_NOTHING, NULL, "a legal UID (PS3.5 9.1)", "what is there"},
    {LEVEL_INSTANCE, NULL, TAG_INSTANCE_NUMBER, "IS", FIX_INSTANCE_NUMBER, NULL,
     "Instance Number (0020,0013)", "the next free number"},
    {LEVEL_INSTANCE, "|IMAGE|", 0x00280010, "US", FIX_DROP_ROWS, NULL, "Rows (0028,0010)",
     "nothing, the key was left out"},
    {LEVEL_INSTANCE, "|IMAGE|", 0x00280011, "US", FIX_DROP_ROWS, NULL, "Columns (0028,0011)",
     "nothing, the key was left out"},
    {LEVEL_INSTANCE, CDT_TYPES, TAG_CONTENT_DATE, "DA", FIX_DATE, NULL, "Content Date (0008,0023)",
     "the date of the study"},
    {LEVEL_INSTANCE, CDT_TYPES, 0x00080033, "TM", FIX_TIME, NULL, "Content Time (0008,0033)",
     "the time of the study"},
    {LEVEL_INSTANCE, STATE_TYPES, 0x00700082, "DA", FIX_DATE, NULL,
     "Presentation Creation Date (0070,0082)", "the date of the study"},
    {LEVEL_INSTANCE, STATE_TYPES, 0x00700083, "TM", FIX_TIME, NULL,
     "Presentation Creation Time (0070,0083)", "the time of the study"},
    {LEVEL_INSTANCE, CI_TYPES, 0x00700080, "CS", FIX_TEXT, "UNNAMED", "Content Label (0070,0080)",
     "UNNAMED"},
    {LEVEL_INSTANCE, "|SR DOCUMENT|", 0x0040A491, "CS", FIX_TEXT, "PARTIAL",
     "Completion Flag (0040,A491)", "PARTIAL"},
    {LEVEL_INSTANCE, "|SR DOCUMENT|", 0x0040A493, "CS", FIX_TEXT, "UNVERIFIED",
     "Verification Flag (0040,A493)", "UNVERIFIED"},
    {LEVEL_INSTANCE, REPORT_TYPES, 0x0040A043, "SQ", FIX_REFUSE, NULL,
     "Concept Name Code Sequence (0040,A043)", NULL},
    {LEVEL_INSTANCE, "|RT DOSE|", 0x3004000A, "CS", FIX_REFUSE, NULL,
     "Dose Summation Type (3004,000A)", NULL},
    {LEVEL_INSTANCE, "|RT STRUCTURE SET|", 0x30060002, "SH", FIX_TEXT, "UNNAMED",
     "Structure Set Label (3006,0002)", "UNNAMED"},
    {LEVEL_INSTANCE, "|RT PLAN|", 0x300A0002, "SH", FIX_TEXT, "UNNAMED", "RT Plan Label (300A,0002)",
     "UNNAMED"},
    {LEVEL_INSTANCE, "|ENCAP DOC|", 0x00420012, "LO", FIX_MIME, NULL,
     "MIME Type of Encapsulated Document (0042,0012)", "the type that its SOP class stands for"},
    {LEVEL_INSTANCE, "|ASSESSMENT|", 0x00080012, "DA", FIX_DATE, NULL,
     "Instance Creation Date (0008,0012)", "the date of the study"},
    {LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00080008, "CS", FIX_REFUSE, NULL, "Image Type (0008,0008)",
     NULL},
    {LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00280008, "IS", FIX_REFUSE, NULL,
     "Number of Frames (0028,0008)", NULL},
    {LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00280010, "US", FIX_REFUSE, NULL, "Rows (0028,0010)", NULL},
    {LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00280011, "US", FIX_REFUSE, NULL, "Columns (0028,0011)",
     NULL},
    {LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00289001, "UL", FIX_REFUSE, NULL,
     "Data Point Rows (0028,9001)", NULL},
    {LEVEL_INSTANCE, "|SPECTROSCOPY|", 0x00289002, "UL", FIX_REFUSE, NULL,
     "Data Point Columns (0028,9002)", NULL},
};
#define RULE_ILLEGAL_UID 6
_Static_assert(DW_ARRAY_LEN(rules) <= 32, "one bit of `repaired` per rule");

struct repair {
    dw_catalog *catalog;
    char made_date[16];
    struct dw_buf scratch;
    uint32_t study, series;              /* where the walk is; UINT32_MAX before the first */
    uint32_t study_of_patient;           /* counted from 1 */
    int64_t highest_series, highest_instance; /* numbers seen in the study, in the series */
    char date[16], time[DW_CODE_MAX];    /* of the study as its record has them */
};

size_t dw_repair_rule_count(void)
{
    return DW_ARRAY_LEN(rules);
}

const char *dw_repair_rule_name(size_t rule)
{
    return rules[rule].name;
}

const char *dw_repair_rule_done(size_t rule)
{
    return rules[rule].done;
}

/* RAW DATA has Instance Number as type 2, ENCAP DOC its dates: absence is then legal. */
static const struct rule *find_rule(const char *record_type, uint32_t tag)
{
    char marked[40];
    if (!dw_text_format(marked, sizeof marked, "|%s|", record_type))
        return NULL;
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++) {
        const struct rule *rule = &rules[i];
        if (rule->level != LEVEL_INSTANCE || rule->tag != tag)
            continue;
        if (rule->types ? strstr(rule->types, marked) != NULL
                        : strcmp(record_type, "RAW DATA") != 0)
            return rule;
    }
    return NULL;
}

static const char *mime_of(const char *sop_class)
{
    static const struct { const char *uid, *mime; } types[] = {
        {"1.2.840.10008.5.1.4.1.1.104.1", "application/pdf"},
        {"1.2.840.10008.5.1.4.1.1.104.2", "text/XML"},
        {"1.2.840.10008.5.1.4.1.1.104.3", "model/stl"},
        {"1.2.840.10008.5.1.4.1.1.104.4", "model/obj"},
        {"1.2.840.10008.5.1.4.1.1.104.5", "model/mtl"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(types); i++)
        if (strcmp(types[i].uid, sop_class) == 0)
            return types[i].mime;
    return "application/octet-stream";
}

static void copy_value(const struct dw_key *key, size_t max, char *out)
{
    size_t n = key->length < max ? key->length : max;
    while (n > 0 && (key->value[n - 1] == ' ' || key->value[n - 1] == '\0'))
        n--;
    memcpy(out, key->value, n);
    out[n] = '\0';
}

/* A date that the object itself carries, else that of the disc. */
static void date_of_content(const struct repair *repair, const struct dw_entry *entry,
                            char out[16])
{
    static const uint32_t tags[] = {TAG_CONTENT_DATE, TAG_ACQUISITION_DATETIME};
    for (size_t i = 0; i < DW_ARRAY_LEN(tags); i++) {
        struct dw_key key;
        if (dw_keys_find(entry->keys, entry->keys_size, tags[i], &key) && key.length >= 8) {
            copy_value(&key, 8, out);
            if (strspn(out, "0123456789") == 8)
                return;
        }
    }
    memcpy(out, repair->made_date, sizeof repair->made_date);
}

static void invent_patient_id(const struct dw_patient *patient, char *out, size_t size)
{
    uint8_t hash[DW_SHA256_SIZE];
    dw_sha256_of(patient->key, strlen(patient->key), hash);
    snprintf(out, size, "NOID%02X%02X%02X%02X%02X%02X", hash[0], hash[1], hash[2], hash[3], hash[4],
             hash[5]);
}

/* Numbers come in ascending order and what has none comes last, so the highest seen is the highest. */
static int64_t next_number(int64_t *highest)
{
    if (*highest < 0 || *highest >= INT32_MAX)
        *highest = 0;
    return ++*highest;
}

static void value_for(struct repair *repair, const struct rule *rule, const struct dw_entry *entry,
                      char *out, size_t size)
{
    switch (rule->fix) {
    case FIX_PATIENT_ID:
        invent_patient_id(dw_entry_patient(repair->catalog, entry), out, size);
        return;
    case FIX_STUDY_DATE:
        date_of_content(repair, entry, out);
        return;
    case FIX_STUDY_ID:
        snprintf(out, size, "%u", repair->study_of_patient);
        return;
    case FIX_SERIES_NUMBER:
        snprintf(out, size, "%lld", (long long)next_number(&repair->highest_series));
        return;
    case FIX_INSTANCE_NUMBER:
        snprintf(out, size, "%lld", (long long)next_number(&repair->highest_instance));
        return;
    case FIX_DATE:
        dw_text_cut(out, size, repair->date);
        return;
    case FIX_TIME:
        dw_text_cut(out, size, repair->time);
        return;
    case FIX_MIME:
        dw_text_cut(out, size, mime_of(entry->sop_class->uid));
        return;
    default:
        dw_text_cut(out, size, rule->text ? rule->text : "");
    }
}

static dw_status repair_node(struct repair *repair, enum level level, struct dw_keys *keys,
                             bool is_number, uint32_t *repaired, const struct dw_entry *entry,
                             struct dw_error *err)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++) {
        const struct rule *rule = &rules[i];
        struct dw_key key;
        if (rule->level != level)
            continue;
        bool legal = dw_keys_find(keys->data.data, keys->data.size, rule->tag, &key) &&
                     key.length > 0 && (rule->tag != TAG_SERIES_NUMBER || is_number);
        if (legal)
            continue;
        char value[64];
        value_for(repair, rule, entry, value, sizeof value);
        dw_keys_put(keys->data.data, keys->data.size, rule->tag, rule->vr, value, &repair->scratch);
        dw_status st = dw_buf_check(&repair->scratch, "repaired directory keys", err);
        if (st != DW_OK)
            return st;
        dw_buf_reset(&keys->data);
        dw_buf_add(&keys->data, repair->scratch.data, repair->scratch.size);
        *repaired |= 1u << i;
    }
    return dw_buf_check(&keys->data, "repaired directory keys", err);
}

static void remember_study_time(struct repair *repair, const struct dw_study *study)
{
    struct dw_key key;
    memcpy(repair->date, repair->made_date, sizeof repair->date);
    dw_text_cut(repair->time, sizeof repair->time, "000000");
    if (dw_keys_find(study->keys.data.data, study->keys.data.size, TAG_STUDY_DATE, &key))
        copy_value(&key, sizeof repair->date - 1, repair->date);
    if (dw_keys_find(study->keys.data.data, study->keys.data.size, TAG_STUDY_TIME, &key))
        copy_value(&key, sizeof repair->time - 1, repair->time);
}

/* The nodes above an entry when the walk enters them. */
static dw_status enter_nodes(struct repair *repair, const struct dw_entry *entry,
                             struct dw_error *err)
{
    dw_catalog *catalog = repair->catalog;
    struct dw_series *series = &catalog->series[entry->series];
    dw_status st = DW_OK;
    if (entry->series == repair->series)
        return DW_OK;
    if (series->study != repair->study) {
        struct dw_study *study = &catalog->studies[series->study];
        struct dw_patient *patient = &catalog->patients[study->patient];
        bool same_patient = repair->study != UINT32_MAX &&
                            catalog->studies[repair->study].patient == study->patient;
        repair->study_of_patient = same_patient ? repair->study_of_patient + 1 : 1;
        repair->study = series->study;
        repair->highest_series = 0;
        if (!same_patient)
            st = repair_node(repair, LEVEL_PATIENT, &patient->keys, true, &patient->repaired, entry,
                             err);
        if (st == DW_OK)
            st = repair_node(repair, LEVEL_STUDY, &study->keys, true, &study->repaired, entry, err);
        remember_study_time(repair, study);
    }
    repair->series = entry->series;
    repair->highest_instance = 0;
    if (series->number != INT64_MIN)
        repair->highest_series = series->number;
    if (st == DW_OK)
        st = repair_node(repair, LEVEL_SERIES, &series->keys, series->number != INT64_MIN,
                         &series->repaired, entry, err);
    return st;
}

static dw_status apply(struct repair *repair, const struct rule *rule, struct dw_entry *entry,
                       struct dw_error *err)
{
    char value[64];
    bool refuse = rule->fix == FIX_REFUSE ||
                  (rule->fix == FIX_DROP_ROWS && repair->catalog->opts.profile->rows_required);
    if (refuse) {
        snprintf(value, sizeof value, "the object has no %s", rule->name);
        return dw_catalog_leave_off(repair->catalog, (uint32_t)(entry - repair->catalog->entries),
                                    value, err);
    }
    value_for(repair, rule, entry, value, sizeof value);
    dw_keys_put(entry->keys, entry->keys_size, rule->tag, rule->vr,
                rule->fix == FIX_DROP_ROWS ? NULL : value, &repair->scratch);
    dw_status st = dw_buf_check(&repair->scratch, "repaired directory keys", err);
    if (st != DW_OK)
        return st;
    entry->keys = dw_arena_copy(&repair->catalog->arena, repair->scratch.data, repair->scratch.size);
    entry->keys_size = (uint32_t)repair->scratch.size;
    entry->repaired |= 1u << (rule - rules);
    if (!entry->keys)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for repaired keys");
    return DW_OK;
}

/* NULL: nothing (more) to repair. A rule whose bit is set has had its turn. */
static const struct rule *find_lack(const struct dw_entry *entry)
{
    size_t pos = 0;
    struct dw_key key;
    while (dw_key_next(entry->keys, entry->keys_size, &pos, &key)) {
        bool illegal = key.tag == TAG_INSTANCE_NUMBER && entry->instance_number == INT64_MIN;
        if (key.length > 0 && !illegal)
            continue;
        const struct rule *rule = find_rule(entry->sop_class->record_type, key.tag);
        if (rule && !(entry->repaired & 1u << (rule - rules)))
            return rule;
    }
    return NULL;
}

/* UIDs with leading zeros are out there and cannot be mended without making other objects of them. */
static void note_illegal_uids(const dw_catalog *catalog, struct dw_entry *entry)
{
    assert(rules[RULE_ILLEGAL_UID].fix == FIX_NOTHING);
    if (!dw_uid_is_valid(entry->sop_instance) ||
        !dw_uid_is_valid(dw_entry_series(catalog, entry)->uid) ||
        !dw_uid_is_valid(dw_entry_study(catalog, entry)->uid))
        entry->repaired |= 1u << RULE_ILLEGAL_UID;
}

dw_status dw_repair_catalog(dw_catalog *catalog, int64_t made_at_s, struct dw_error *err)
{
    struct repair repair = {.catalog = catalog, .study = UINT32_MAX, .series = UINT32_MAX};
    struct tm tm;
    time_t t = (time_t)made_at_s;
    dw_status st = DW_OK;
    if (!gmtime_r(&t, &tm) || strftime(repair.made_date, sizeof repair.made_date, "%Y%m%d", &tm) != 8)
        return dw_error_set(err, DW_ERR_INVALID, "the time of making is not a date");
    uint32_t kept = 0;
    for (uint32_t i = 0; st == DW_OK && i < catalog->order_count; i++) {
        struct dw_entry *entry = &catalog->entries[catalog->order[i]];
        const struct rule *rule;
        st = enter_nodes(&repair, entry, err);
        note_illegal_uids(catalog, entry);
        if (entry->instance_number != INT64_MIN)
            repair.highest_instance = entry->instance_number;
        while (st == DW_OK && entry->state == DW_ENTRY_READY && (rule = find_lack(entry)) != NULL)
            st = apply(&repair, rule, entry, err);
        if (entry->state == DW_ENTRY_READY)
            catalog->order[kept++] = catalog->order[i];
    }
    catalog->order_count = kept;
    dw_buf_done(&repair.scratch);
    return st;
}
