/* The profiles of PS3.11 that discs for patients can claim; order: what this house prefers first. */
#include "layout/fileset/profile.h"

#define E DW_TS_EXPLICIT_LE
#define RLE "1.2.840.10008.1.2.5"
#define J(number) "1.2.840.10008.1.2.4." number

static const char *const only_e[] = {E, NULL};
static const char *const e_jpeg[] = {E, J("70"), J("50"), J("51"), NULL};
static const char *const e_j2k[] = {E, J("90"), J("91"), NULL};
static const char *const e_j70[] = {E, J("70"), NULL};
static const char *const e_rle_j50[] = {E, RLE, J("50"), NULL};
static const char *const only_j70[] = {J("70"), NULL};
static const char *const lossy_jpeg[] = {J("70"), J("50"), J("51"), NULL};
static const char *const e_m100[] = {E, J("100"), NULL};
static const char *const e_m101[] = {E, J("101"), NULL};
static const char *const e_m102[] = {E, J("102"), NULL};
static const char *const e_m103[] = {E, J("103"), NULL};
static const char *const only_m100[] = {J("100"), NULL};
static const char *const only_m104[] = {J("104"), NULL};
static const char *const only_m105[] = {J("105"), NULL};
static const char *const only_m106[] = {J("106"), NULL};

#define C(suffix) "1.2.840.10008.5.1.4.1.1." suffix
static const char *const xa[] = {C("12.1"), NULL};
static const char *const sc[] = {C("7"), NULL};
static const char *const states[] = {C("11.1"), NULL};
static const char *const ct_mr_sc[] = {C("2"), C("4"), C("7"), NULL};
static const char *const states_and_dose[] = {C("11.1"), C("88.67"), NULL};
static const char *const us[] = {C("6.1"), NULL};
static const char *const us_mf[] = {C("6.1"), C("3.1"), NULL};

static const uint8_t bits_8[] = {8, 0};
static const uint8_t bits_8_10_12[] = {8, 10, 12, 0};

static const struct dw_profile_rule rule_e[] = {{.syntaxes = only_e}};
static const struct dw_profile_rule rule_jpeg[] = {{.syntaxes = e_jpeg}};
static const struct dw_profile_rule rule_j2k[] = {{.syntaxes = e_j2k}};
static const struct dw_profile_rule rule_m100[] = {{.syntaxes = e_m100}};
static const struct dw_profile_rule rule_m101[] = {{.syntaxes = e_m101}};
static const struct dw_profile_rule rule_m102[] = {{.syntaxes = e_m102}};
static const struct dw_profile_rule rule_m103[] = {{.syntaxes = e_m103}};
static const struct dw_profile_rule rule_video_100[] = {
    {.syntaxes = only_m100, .multi_frame = true}};
static const struct dw_profile_rule rule_video_104[] = {
    {.syntaxes = only_m104, .multi_frame = true}};
static const struct dw_profile_rule rule_video_105[] = {
    {.syntaxes = only_m105, .multi_frame = true}};
static const struct dw_profile_rule rule_video_106[] = {
    {.syntaxes = only_m106, .multi_frame = true}};
static const struct dw_profile_rule rule_ctmr[] = {
    {.sop_classes = ct_mr_sc, .syntaxes = e_j70},
    {.sop_classes = states_and_dose, .syntaxes = only_e},
};
static const struct dw_profile_rule rule_xa1k_cd[] = {
    {.sop_classes = xa, .syntaxes = only_j70, .target = J("70"), .edge_max = 1024,
     .bits_stored = bits_8_10_12, .grey = true},
    {.sop_classes = sc, .syntaxes = only_e, .edge_max = 1024, .bits_stored = bits_8, .grey = true},
    {.sop_classes = states, .syntaxes = only_e},
};
static const struct dw_profile_rule rule_xa1k_dvd[] = {
    {.sop_classes = xa, .syntaxes = lossy_jpeg, .target = J("70"), .edge_max = 1024,
     .bits_stored = bits_8_10_12, .grey = true},
    {.sop_classes = sc, .syntaxes = only_e, .edge_max = 1024, .bits_stored = bits_8, .grey = true},
    {.sop_classes = states, .syntaxes = only_e},
};
static const struct dw_profile_rule rule_xabc[] = {
    {.sop_classes = xa, .syntaxes = only_j70, .target = J("70"), .edge_max = 512,
     .bits_stored = bits_8, .grey = true},
};
static const struct dw_profile_rule rule_us_sf[] = {
    {.sop_classes = us, .syntaxes = e_rle_j50, .us_pairs = true}};
static const struct dw_profile_rule rule_us_mf[] = {
    {.sop_classes = us_mf, .syntaxes = e_rle_j50, .us_pairs = true}};
static const struct dw_profile_rule rule_us_sc_sf[] = {
    {.sop_classes = us, .syntaxes = e_rle_j50, .us_pairs = true, .calibrated = true}};
static const struct dw_profile_rule rule_us_sc_mf[] = {
    {.sop_classes = us_mf, .syntaxes = e_rle_j50, .us_pairs = true, .calibrated = true}};

#define PATIENT DW_PART_PATIENT
#define SERIES DW_PART_SERIES
#define IMAGE DW_PART_INSTANCE
/* PS3.11 Table D.3-2. */
static const struct dw_profile_key keys_d[] = {
    {IMAGE, 0x00080008, "CS", 'C', "Image Type (0008,0008)"},
    {IMAGE, 0x00081140, "SQ", 'C', "Referenced Image Sequence (0008,1140)"},
};
/* PS3.11 Table H.3-2; Annexes M and N refer to it, I.3-2 is a part of it. */
static const struct dw_profile_key keys_h[] = {
    {PATIENT, 0x00100030, "DA", 'C', "Patient's Birth Date (0010,0030)"},
    {PATIENT, 0x00100040, "CS", 'C', "Patient's Sex (0010,0040)"},
    {SERIES, 0x00080080, "LO", 'C', "Institution Name (0008,0080)"},
    {SERIES, 0x00080081, "ST", 'C', "Institution Address (0008,0081)"},
    {SERIES, 0x00081050, "PN", 'C', "Performing Physician's Name (0008,1050)"},
    {IMAGE, 0x00080008, "CS", 'C', "Image Type (0008,0008)"},
    {IMAGE, 0x0008002A, "DT", 'C', "Acquisition DateTime (0008,002A)"},
    {IMAGE, 0x00081140, "SQ", 'C', "Referenced Image Sequence (0008,1140)"},
    {IMAGE, 0x00181800, "CS", 'C', "Acquisition Time Synchronized (0018,1800)"},
    {IMAGE, 0x00200032, "DS", 'C', "Image Position (Patient) (0020,0032)"},
    {IMAGE, 0x00200037, "DS", 'C', "Image Orientation (Patient) (0020,0037)"},
    {IMAGE, 0x00200052, "UI", 'C', "Frame of Reference UID (0020,0052)"},
    {IMAGE, 0x00200200, "UI", 'C', "Synchronization Frame of Reference UID (0020,0200)"},
    {IMAGE, 0x00280008, "IS", 'C', "Number of Frames (0028,0008)"},
    {IMAGE, 0x00280010, "US", '1', "Rows (0028,0010)"},
    {IMAGE, 0x00280011, "US", '1', "Columns (0028,0011)"},
    {IMAGE, 0x00280030, "DS", 'C', "Pixel Spacing (0028,0030)"},
    {IMAGE, 0x00282112, "DS", 'C', "Lossy Image Compression Ratio (0028,2112)"},
    {IMAGE, 0x00500004, "CS", 'C', "Calibration Image (0050,0004)"},
};
/* PS3.11 E.3.3. */
static const struct dw_profile_key keys_ctmr[] = {
    {IMAGE, 0x00081140, "SQ", 'C', "Referenced Image Sequence (0008,1140)"},
    {IMAGE, 0x00200032, "DS", 'C', "Image Position (Patient) (0020,0032)"},
    {IMAGE, 0x00200037, "DS", 'C', "Image Orientation (Patient) (0020,0037)"},
    {IMAGE, 0x00200052, "UI", 'C', "Frame of Reference UID (0020,0052)"},
    {IMAGE, 0x00280010, "US", '1', "Rows (0028,0010)"},
    {IMAGE, 0x00280011, "US", '1', "Columns (0028,0011)"},
    {IMAGE, 0x00280030, "DS", 'C', "Pixel Spacing (0028,0030)"},
};
#define XA_NODES                                                                                   \
    {PATIENT, 0x00100030, "DA", '2', "Patient's Birth Date (0010,0030)"},                          \
        {PATIENT, 0x00100040, "CS", '2', "Patient's Sex (0010,0040)"},                             \
        {SERIES, 0x00080080, "LO", '2', "Institution Name (0008,0080)"},                           \
        {SERIES, 0x00080081, "ST", '2', "Institution Address (0008,0081)"},                        \
        {SERIES, 0x00081050, "PN", '2', "Performing Physician's Name (0008,1050)"}
/* PS3.11 A.3.3. */
static const struct dw_profile_key keys_xabc[] = {
    XA_NODES,
    {IMAGE, 0x00080008, "CS", '1', "Image Type (0008,0008)"},
    {IMAGE, 0x00081140, "SQ", 'C', "Referenced Image Sequence (0008,1140)"},
    {IMAGE, 0x00500004, "CS", '2', "Calibration Image (0050,0004)"},
};
/* PS3.11 B.3.3. */
static const struct dw_profile_key keys_xa1k[] = {
    XA_NODES,
    {IMAGE, 0x00080008, "CS", 'C', "Image Type (0008,0008)"},
    {IMAGE, 0x00081140, "SQ", 'C', "Referenced Image Sequence (0008,1140)"},
    {IMAGE, 0x00282112, "DS", 'C', "Lossy Image Compression Ratio (0028,2112)"},
    {IMAGE, 0x00500004, "CS", '2', "Calibration Image (0050,0004)"},
};

#define NAMED(profile) .name = "STD-" profile, .augmented_name = "AUG-" profile
#define RULES(table) .rules = (table), .rule_count = DW_ARRAY_LEN(table)
#define KEYS(table) .keys = (table), .key_count = DW_ARRAY_LEN(table)
/* .transfer_syntaxes of a profile of several rules is the longest list: each shorter one is part of it. */
#define GEN_H(profile, medium, table, list)                                                        \
    {                                                                                              \
        NAMED(profile), .media = (medium), RULES(table), .transfer_syntaxes = (list),              \
            KEYS(keys_h), .rows_required = true,                                                   \
    }
#define VIDEO(profile, medium, table, list, beside)                                                \
    {                                                                                              \
        NAMED(profile), .media = (medium), RULES(table), .transfer_syntaxes = (list),              \
            KEYS(keys_h), .rows_required = true, .also = (beside),                                 \
    }
#define CTMR(profile, medium)                                                                      \
    {                                                                                              \
        NAMED(profile), .media = (medium), RULES(rule_ctmr), .transfer_syntaxes = e_j70,           \
            KEYS(keys_ctmr), .rows_required = true, .icon_edge = 64,                               \
            .takes = "the profile takes CT, MR and secondary captures, grayscale presentation "    \
                     "states and dose reports only",                                               \
    }
#define XA1K(profile, medium, table, list)                                                         \
    {                                                                                              \
        NAMED(profile), .media = (medium), RULES(table), .transfer_syntaxes = (list),              \
            KEYS(keys_xa1k), .icon_edge = 128, .icon_required = true,                              \
            .takes = "the profile takes X-ray angiography, secondary captures and grayscale "      \
                     "presentation states only",                                                   \
    }
#define US_SF(profile, medium, table)                                                              \
    {                                                                                              \
        NAMED(profile), .media = (medium), RULES(table), .transfer_syntaxes = e_rle_j50,      \
            .takes = "the profile takes single-frame ultrasound images only",                      \
    }
#define US_MF(profile, medium, table)                                                              \
    {                                                                                              \
        NAMED(profile), .media = (medium), RULES(table), .transfer_syntaxes = e_rle_j50,      \
            .takes = "the profile takes ultrasound images only",                                   \
    }

static const struct dw_profile profiles[] = {
    {NAMED("GEN-CD"), .media = DW_MEDIA_CD, RULES(rule_e), .transfer_syntaxes = only_e,
     KEYS(keys_d)},
    GEN_H("GEN-DVD-JPEG", DW_MEDIA_DVD, rule_jpeg, e_jpeg),
    GEN_H("GEN-DVD-J2K", DW_MEDIA_DVD, rule_j2k, e_j2k),
    {NAMED("GEN-BD"), .media = DW_MEDIA_BD, RULES(rule_e), .transfer_syntaxes = only_e,
     KEYS(keys_d)},
    GEN_H("GEN-BD-JPEG", DW_MEDIA_BD, rule_jpeg, e_jpeg),
    GEN_H("GEN-BD-J2K", DW_MEDIA_BD, rule_j2k, e_j2k),
    GEN_H("GEN-BD-MPEG2-MPML", DW_MEDIA_BD, rule_m100, e_m100),
    GEN_H("GEN-BD-MPEG2-MPHL", DW_MEDIA_BD, rule_m101, e_m101),
    GEN_H("GEN-BD-MPEG4-HPLV41", DW_MEDIA_BD, rule_m102, e_m102),
    GEN_H("GEN-BD-MPEG4-HPLV41BD", DW_MEDIA_BD, rule_m103, e_m103),
    VIDEO("GEN-BD-MPEG4-HPLV42-2D", DW_MEDIA_BD, rule_video_104, only_m104, "STD-GEN-BD"),
    VIDEO("GEN-BD-MPEG4-HPLV42-3D", DW_MEDIA_BD, rule_video_105, only_m105, "STD-GEN-BD"),
    VIDEO("GEN-BD-MPEG4-SHPLV42", DW_MEDIA_BD, rule_video_106, only_m106, "STD-GEN-BD"),
    VIDEO("DVD-MPEG2-MPML", DW_MEDIA_DVD, rule_video_100, only_m100, "STD-GEN-DVD-JPEG"),
    {NAMED("GEN-DVD-RAM"), .media = DW_MEDIA_DVD, .udf = "1.50", RULES(rule_e),
     .transfer_syntaxes = only_e, KEYS(keys_d)},
    CTMR("CTMR-CD", DW_MEDIA_CD),
    CTMR("CTMR-DVD", DW_MEDIA_DVD),
    XA1K("XA1K-CD", DW_MEDIA_CD, rule_xa1k_cd, e_j70),
    XA1K("XA1K-DVD", DW_MEDIA_DVD, rule_xa1k_dvd, e_jpeg),
    {NAMED("XABC-CD"), .media = DW_MEDIA_CD, RULES(rule_xabc), .transfer_syntaxes = only_j70,
     KEYS(keys_xabc), .icon_edge = 128, .icon_required = true,
     .takes = "the profile takes X-ray angiography only"},
    US_SF("US-ID-SF-CDR", DW_MEDIA_CD, rule_us_sf),
    US_SF("US-ID-SF-DVD", DW_MEDIA_DVD, rule_us_sf),
    US_MF("US-ID-MF-CDR", DW_MEDIA_CD, rule_us_mf),
    US_MF("US-ID-MF-DVD", DW_MEDIA_DVD, rule_us_mf),
    US_SF("US-SC-SF-CDR", DW_MEDIA_CD, rule_us_sc_sf),
    US_SF("US-SC-SF-DVD", DW_MEDIA_DVD, rule_us_sc_sf),
    US_MF("US-SC-MF-CDR", DW_MEDIA_CD, rule_us_sc_mf),
    US_MF("US-SC-MF-DVD", DW_MEDIA_DVD, rule_us_sc_mf),
};
_Static_assert(DW_ARRAY_LEN(profiles) <= 64, "dw_profile_takers() has a bit for each");

const struct dw_profile *dw_profile_table(size_t *out_count)
{
    *out_count = DW_ARRAY_LEN(profiles);
    return profiles;
}
