#include <assert.h>
#include <string.h>
#include "base/error.h"
#include "check/keys.h"

#define INSTANCE_NUMBER                                                                            \
    {                                                                                              \
        0x00200013, 1                                                                              \
    }
#define CONTENT_DATE_TIME                                                                          \
    {0x00080023, 1},                                                                               \
    {                                                                                              \
        0x00080033, 1                                                                              \
    }
#define CONTENT_IDENTIFICATION                                                                     \
    INSTANCE_NUMBER, {0x00700080, 1}, {0x00700081, 2},                                             \
    {                                                                                              \
        0x00700084, 2                                                                              \
    }
#define RETIRED(text)                                                                              \
    {                                                                                              \
        text, DW_REC_RETIRED,                                                                      \
        {                                                                                          \
            {                                                                                      \
                0, 0                                                                               \
            }                                                                                      \
        }                                                                                          \
    }

static const struct dw_check_type types[] = {
    {"", DW_REC_UNKNOWN, {{0, 0}}},
    /* Patient ID has a code of its own (DIR-PATIENT-ID): it is what an importer files by */
    {"PATIENT", DW_REC_PATIENT, {{0x00100010, 2}}},
    {"STUDY",
     DW_REC_STUDY,
     {{0x00080020, 1},
      {0x00080030, 1},
      {0x00080050, 2},
      {0x00081030, 2},
      {0x0020000D, 1},
      {0x00200010, 1}}},
    {"SERIES", DW_REC_SERIES, {{0x00080060, 1}, {0x0020000E, 1}, {0x00200011, 1}}},
    {"IMAGE", DW_REC_INSTANCE, {INSTANCE_NUMBER}},
    {"RT DOSE", DW_REC_INSTANCE, {INSTANCE_NUMBER, {0x3004000A, 1}}},
    {"RT STRUCTURE SET",
     DW_REC_INSTANCE,
     {INSTANCE_NUMBER, {0x30060002, 1}, {0x30060008, 2}, {0x30060009, 2}}},
    {"RT PLAN",
     DW_REC_INSTANCE,
     {INSTANCE_NUMBER, {0x300A0002, 1}, {0x300A0006, 2}, {0x300A0007, 2}}},
    {"RT TREAT RECORD", DW_REC_INSTANCE, {INSTANCE_NUMBER, {0x30080250, 2}, {0x30080251, 2}}},
    {"PRESENTATION", DW_REC_INSTANCE, {{0x00700082, 1}, {0x00700083, 1}, CONTENT_IDENTIFICATION}},
    {"WF PRESENTATION",
     DW_REC_INSTANCE,
     {{0x00700082, 1}, {0x00700083, 1}, CONTENT_IDENTIFICATION}},
    {"WAVEFORM", DW_REC_INSTANCE, {INSTANCE_NUMBER, CONTENT_DATE_TIME}},
    {"SR DOCUMENT",
     DW_REC_INSTANCE,
     {INSTANCE_NUMBER, CONTENT_DATE_TIME, {0x0040A491, 1}, {0x0040A493, 1}, {0x0040A043, 1}}},
    {"KEY OBJECT DOC", DW_REC_INSTANCE, {INSTANCE_NUMBER, CONTENT_DATE_TIME, {0x0040A043, 1}}},
    {"SPECTROSCOPY",
     DW_REC_INSTANCE,
     {{0x00080008, 1},
      CONTENT_DATE_TIME,
      INSTANCE_NUMBER,
      {0x00280008, 1},
      {0x00280010, 1},
      {0x00280011, 1},
      {0x00289001, 1},
      {0x00289002, 1}}},
    {"RAW DATA", DW_REC_INSTANCE, {CONTENT_DATE_TIME, {0x00200013, 2}}},
    {"REGISTRATION", DW_REC_INSTANCE, {CONTENT_DATE_TIME, CONTENT_IDENTIFICATION}},
    {"FIDUCIAL", DW_REC_INSTANCE, {CONTENT_DATE_TIME, CONTENT_IDENTIFICATION}},
    {"VALUE MAP", DW_REC_INSTANCE, {CONTENT_DATE_TIME, CONTENT_IDENTIFICATION}},
    {"MEASUREMENT", DW_REC_INSTANCE, {CONTENT_DATE_TIME, CONTENT_IDENTIFICATION}},
    {"SURFACE", DW_REC_INSTANCE, {CONTENT_DATE_TIME, CONTENT_IDENTIFICATION}},
    {"TRACT", DW_REC_INSTANCE, {CONTENT_DATE_TIME, CONTENT_IDENTIFICATION}},
    {"ENCAP DOC",
     DW_REC_INSTANCE,
     {{0x00080023, 2},
      {0x00080033, 2},
      INSTANCE_NUMBER,
      {0x00420010, 2},
      {0x0040A043, 2},
      {0x00420012, 1}}},
    {"STEREOMETRIC", DW_REC_INSTANCE, {{0, 0}}},
    {"PLAN", DW_REC_INSTANCE, {{0, 0}}},
    {"SURFACE SCAN", DW_REC_INSTANCE, {CONTENT_DATE_TIME}},
    {"ASSESSMENT", DW_REC_INSTANCE, {INSTANCE_NUMBER, {0x00080012, 1}, {0x00080013, 2}}},
    {"RADIOTHERAPY", DW_REC_INSTANCE, {INSTANCE_NUMBER, {0x00700081, 2}, {0x00700084, 2}}},
    {"ANNOTATION", DW_REC_INSTANCE, {{0, 0}}}, /* F.5.47 was not at hand: nothing is demanded */
    {"HANGING PROTOCOL",
     DW_REC_GLOBAL,
     {{0x00720002, 1},
      {0x00720004, 1},
      {0x00720006, 1},
      {0x00720008, 1},
      {0x0072000A, 1},
      {0x0072000C, 1},
      {0x0072000E, 2},
      {0x00720014, 1}}},
    {"PALETTE", DW_REC_GLOBAL, {{0x00700080, 1}, {0x00700081, 2}}},
    {"IMPLANT", DW_REC_GLOBAL, {{0x00080070, 1}, {0x00221095, 1}, {0x00221097, 1}}},
    {"IMPLANT ASSY", DW_REC_GLOBAL, {{0x00080070, 1}, {0x00760001, 1}, {0x00760020, 1}}},
    {"IMPLANT GROUP", DW_REC_GLOBAL, {{0x00780001, 1}, {0x00780020, 1}}},
    {"INVENTORY", DW_REC_GLOBAL, {{0, 0}}},
    {"PRIVATE", DW_REC_PRIVATE, {{0x00041432, 1}}},
    RETIRED("PRINT QUEUE"),
    RETIRED("FILM SESSION"),
    RETIRED("FILM BOX"),
    RETIRED("IMAGE BOX"),
    RETIRED("OVERLAY"),
    RETIRED("MODALITY LUT"),
    RETIRED("VOI LUT"),
    RETIRED("CURVE"),
    RETIRED("TOPIC"),
    RETIRED("VISIT"),
    RETIRED("RESULTS"),
    RETIRED("INTERPRETATION"),
    RETIRED("STUDY COMPONENT"),
    RETIRED("STORED PRINT"),
    RETIRED("MRDR"),
    RETIRED("HL7 STRUC DOC"),
};
static_assert(DW_ARRAY_LEN(types) <= 64, "a record keeps its type in six bits");

uint8_t dw_check_type_find(const char *name)
{
    for (size_t i = 1; i < DW_ARRAY_LEN(types); i++)
        if (strcmp(types[i].name, name) == 0)
            return (uint8_t)i;
    return 0;
}

const struct dw_check_type *dw_check_type(uint8_t index)
{
    return &types[index < DW_ARRAY_LEN(types) ? index : 0];
}

bool dw_check_type_fits(const struct dw_check_type *parent, const struct dw_check_type *type)
{
    if (type->kind == DW_REC_PRIVATE)
        return true;
    if (!parent)
        return type->kind == DW_REC_PATIENT || type->kind == DW_REC_GLOBAL;
    switch (parent->kind) {
    case DW_REC_PATIENT:
        return type->kind == DW_REC_STUDY;
    case DW_REC_STUDY:
        return type->kind == DW_REC_SERIES;
    case DW_REC_SERIES:
        return type->kind == DW_REC_INSTANCE;
    case DW_REC_PRIVATE: /* PS3.3 F.6.1: what is below is the business of its owner */
        return true;
    default:
        return false;
    }
}

#define XA (DW_KEYS_XABC | DW_KEYS_XA1K)
#define D_TO_I (DW_KEYS_D | DW_KEYS_H | DW_KEYS_I)
#define GROUPS(name)                                                                               \
    {                                                                                              \
        .tag = (name), .record = DW_REC_INSTANCE, .shared_groups = true,                           \
        .tables = DW_KEYS_H | DW_KEYS_CTMR                                                         \
    }
#define VALUE(name, kind, ...)                                                                     \
    {                                                                                              \
        .tag = (name), .record = (kind), .tables = (__VA_ARGS__)                                   \
    }
#define ALWAYS(name, ...)                                                                          \
    {                                                                                              \
        .tag = (name), .record = DW_REC_INSTANCE, .always = true, .tables = (__VA_ARGS__)          \
    }
#define PRESENT(name, kind)                                                                        \
    {                                                                                              \
        .tag = (name), .record = (kind), .present = true, .tables = XA                             \
    }

static const struct dw_check_key profile_keys[] = {
    VALUE(0x00080008, DW_REC_INSTANCE, D_TO_I | DW_KEYS_XA1K),
    ALWAYS(0x00080008, DW_KEYS_XABC),
    VALUE(0x00081140, DW_REC_INSTANCE, DW_KEYS_D | DW_KEYS_H | DW_KEYS_CTMR | XA),
    ALWAYS(0x00280010, DW_KEYS_H | DW_KEYS_I | DW_KEYS_CTMR),
    ALWAYS(0x00280011, DW_KEYS_H | DW_KEYS_I | DW_KEYS_CTMR),
    VALUE(0x00500004, DW_REC_INSTANCE, DW_KEYS_H),
    PRESENT(0x00500004, DW_REC_INSTANCE),
    VALUE(0x00282112, DW_REC_INSTANCE, DW_KEYS_H | DW_KEYS_I | DW_KEYS_XA1K),
    VALUE(0x00200052, DW_REC_INSTANCE, DW_KEYS_H | DW_KEYS_CTMR),
    VALUE(0x00200200, DW_REC_INSTANCE, DW_KEYS_H),
    VALUE(0x00280008, DW_REC_INSTANCE, DW_KEYS_H),
    VALUE(0x00181800, DW_REC_INSTANCE, DW_KEYS_H),
    VALUE(0x0008002A, DW_REC_INSTANCE, DW_KEYS_H),
    GROUPS(0x00200032),
    GROUPS(0x00200037),
    GROUPS(0x00280030),
    VALUE(0x00100030, DW_REC_PATIENT, DW_KEYS_H | DW_KEYS_I),
    VALUE(0x00100040, DW_REC_PATIENT, DW_KEYS_H | DW_KEYS_I),
    VALUE(0x00080080, DW_REC_SERIES, DW_KEYS_H | DW_KEYS_I),
    VALUE(0x00080081, DW_REC_SERIES, DW_KEYS_H | DW_KEYS_I),
    VALUE(0x00081050, DW_REC_SERIES, DW_KEYS_H | DW_KEYS_I),
    PRESENT(0x00100030, DW_REC_PATIENT),
    PRESENT(0x00100040, DW_REC_PATIENT),
    PRESENT(0x00080080, DW_REC_SERIES),
    PRESENT(0x00080081, DW_REC_SERIES),
    PRESENT(0x00081050, DW_REC_SERIES),
    ALWAYS(0x00880200, XA),
};
static_assert(DW_ARRAY_LEN(profile_keys) <= DW_CHECK_KEYS_MAX, "a mask has 32 bits");

size_t dw_check_key_count(void)
{
    return DW_ARRAY_LEN(profile_keys);
}

const struct dw_check_key *dw_check_key(size_t bit)
{
    return &profile_keys[bit];
}

uint32_t dw_check_key_bits(uint32_t tag)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(profile_keys); i++)
        if (profile_keys[i].tag == tag)
            mask |= UINT32_C(1) << i;
    return mask;
}

uint32_t dw_check_key_mask(uint8_t tables)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(profile_keys); i++)
        if (profile_keys[i].tables & tables)
            mask |= UINT32_C(1) << i;
    return mask;
}
