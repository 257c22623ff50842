/* What a profile says of one object (layout/fileset/profile.h). */
#include <string.h>

#include "layout/fileset/profile.h"

#define UNKNOWN_CLASS "the SOP class is not one of the standard's that we know"
#define PRIVATE_CLASS                                                                              \
    "a private SOP class; directory.private = yes would take it as a PRIVATE record"
#define NO_PATIENT "the object belongs to no patient"
#define NO_ROWS                                                                                    \
    "the image has no Rows (0028,0010) or no Columns (0028,0011), which the profile wants in its " \
    "record"
#define UNKNOWN_SYNTAX "the transfer syntax is not one that we know"

static const char *const no_record[] = {
    [DW_RECORD_LEGAL] = "the SOP class has no directory record",
    [DW_RECORD_RETIRED] = "the SOP class is retired and has no legal directory record",
    [DW_RECORD_UNCONFIRMED] = "no directory record type is confirmed for the SOP class",
    [DW_RECORD_FOREIGN] = "the SOP class is of DICOS or DICONDE and belongs to no patient",
};

struct dw_subject dw_subject_of(const struct dw_object *object)
{
    return (struct dw_subject){
        .sop_class = dw_sop_class_find(object->sop_class),
        .syntax = dw_transfer_syntax_find(object->transfer_syntax),
        .photometric = object->photometric,
        .rows = object->rows,
        .columns = object->columns,
        .frames = object->frames,
        .bits_stored = object->bits_stored,
        .samples = object->samples_per_pixel,
        .has_meta = object->has_meta,
        .has_us_regions = object->has_us_regions,
        .has_pixels = object->has_pixels,
        .no_rows = object->rows == 0 || object->columns == 0,
    };
}

static bool is_among(const char *const *list, const char *text)
{
    for (; list && *list; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

/* NULL: some disc could have it. */
static const char *refuse(const struct dw_subject *subject, const struct dw_judge_opts *opts)
{
    const struct dw_sop_class *sop_class = subject->sop_class;
    if (!sop_class)
        return UNKNOWN_CLASS;
    if (sop_class->is_private && !opts->allow_private)
        return PRIVATE_CLASS;
    if (!sop_class->record_type)
        return no_record[sop_class->no_record];
    if (!dw_sop_class_has_patient(sop_class))
        return NO_PATIENT;
    return subject->syntax ? NULL : UNKNOWN_SYNTAX;
}

static const struct dw_profile_rule *find_rule(const struct dw_profile *profile,
                                               const struct dw_subject *subject)
{
    for (size_t i = 0; i < profile->rule_count; i++)
        if (!profile->rules[i].sop_classes ||
            is_among(profile->rules[i].sop_classes, subject->sop_class->uid))
            return &profile->rules[i];
    return NULL;
}

static bool can_hold(const struct dw_profile_rule *rule, uint32_t bits_stored)
{
    if (!rule->bits_stored || bits_stored == 0)
        return true;
    for (const uint8_t *bits = rule->bits_stored; *bits; bits++)
        if (*bits == bits_stored)
            return true;
    return false;
}

/* NULL: nothing but the syntax may stand in the way. */
static const char *beyond_limits(const struct dw_profile *profile,
                                 const struct dw_profile_rule *rule,
                                 const struct dw_subject *subject)
{
    if (!rule)
        return profile->takes ? profile->takes : "the profile has no row for this SOP class";
    if (profile->rows_required && subject->no_rows &&
        strcmp(subject->sop_class->record_type, "IMAGE") == 0)
        return subject->syntax->decodable ? NO_ROWS ": STD-GEN-CD and STD-GEN-BD take it" : NO_ROWS;
    if (rule->edge_max && (subject->rows > rule->edge_max || subject->columns > rule->edge_max))
        return rule->edge_max == 512 ? "the profile takes images of at most 512 x 512 pixels"
                                     : "the profile takes images of at most 1024 x 1024 pixels";
    if (!can_hold(rule, subject->bits_stored))
        return rule->bits_stored[1] ? "the profile takes images of 8, 10 or 12 bits stored"
                                    : "the profile takes images of 8 bits stored";
    if (rule->grey && subject->photometric && subject->photometric[0] &&
        strcmp(subject->photometric, "MONOCHROME2") != 0)
        return "the profile takes images in MONOCHROME2 only";
    if (rule->calibrated && !subject->has_us_regions)
        return "the profile takes images with Sequence of Ultrasound Regions (0018,6011) only";
    if (rule->multi_frame && subject->frames == 1)
        return "the profile takes multi-frame instances only";
    return NULL;
}

/* PS3.11 Table C.3-2. An interpretation that nobody told is not judged. */
static bool is_pair(const char *photometric, const char *syntax)
{
    static const char *const any_coding[] = {"MONOCHROME2", "RGB", "PALETTE COLOR", NULL};
    static const char *const subsampled[] = {"YBR_FULL_422", "YBR_PARTIAL_422", NULL};
    bool plain = strcmp(syntax, DW_TS_EXPLICIT_LE) == 0;
    bool runs = strcmp(syntax, "1.2.840.10008.1.2.5") == 0;
    if (!photometric || !photometric[0])
        return true;
    if (is_among(any_coding, photometric))
        return plain || runs;
    if (is_among(subsampled, photometric))
        return !runs;
    return strcmp(photometric, "YBR_FULL") == 0 && runs;
}

static bool allows(const struct dw_profile_rule *rule, const struct dw_subject *subject)
{
    return is_among(rule->syntaxes, subject->syntax->uid) &&
           (!rule->us_pairs || !subject->has_pixels ||
            is_pair(subject->photometric, subject->syntax->uid));
}

/* What converting could not help, by syntax: who takes it. */
static const char *forbidden_syntax(const struct dw_transfer_syntax *syntax)
{
    static const struct { const char *uid, *reason; } videos[] = {
        {"1.2.840.10008.1.2.4.100", "MPEG-2 video of main level: STD-DVD-MPEG2-MPML on DVD and "
                                    "STD-GEN-BD-MPEG2-MPML on Blu-ray take it"},
        {"1.2.840.10008.1.2.4.101",
         "MPEG-2 video of high level: STD-GEN-BD-MPEG2-MPHL on Blu-ray takes it"},
        {"1.2.840.10008.1.2.4.102",
         "MPEG-4 video of level 4.1: STD-GEN-BD-MPEG4-HPLV41 on Blu-ray takes it"},
        {"1.2.840.10008.1.2.4.103",
         "MPEG-4 video of level 4.1 BD: STD-GEN-BD-MPEG4-HPLV41BD on Blu-ray takes it"},
        {"1.2.840.10008.1.2.4.104",
         "MPEG-4 video of level 4.2: STD-GEN-BD-MPEG4-HPLV42-2D on Blu-ray takes it"},
        {"1.2.840.10008.1.2.4.105",
         "MPEG-4 3D video of level 4.2: STD-GEN-BD-MPEG4-HPLV42-3D on Blu-ray takes it"},
        {"1.2.840.10008.1.2.4.106",
         "MPEG-4 stereo video of level 4.2: STD-GEN-BD-MPEG4-SHPLV42 on Blu-ray takes it"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(videos); i++)
        if (strcmp(videos[i].uid, syntax->uid) == 0)
            return videos[i].reason;
    return syntax->video ? "no profile takes video of this transfer syntax"
                         : "the transfer syntax is not allowed here and cannot be decoded";
}

static bool is_plain(const struct dw_subject *subject)
{
    return subject->syntax->encoding != DW_ENC_DEFLATED && !subject->syntax->encapsulated;
}

/* Bit planes and what has no pixels stay as they are. */
static bool can_be_compressed(const struct dw_subject *subject)
{
    return subject->has_pixels && subject->sop_class->is_image && subject->rows > 0 &&
           subject->bits_stored != 1 && subject->syntax->decodable;
}

static struct dw_judgement by_own_rules(const struct dw_profile *profile,
                                        const struct dw_subject *subject,
                                        const struct dw_judge_opts *opts)
{
    const struct dw_profile_rule *rule = find_rule(profile, subject);
    struct dw_judgement out = {DW_VERDICT_FORBID, NULL, beyond_limits(profile, rule, subject)};
    if (!rule || out.reason)
        return out;
    const char *target = rule->target ? rule->target : DW_TS_EXPLICIT_LE;
    bool fits = subject->has_meta && allows(rule, subject);
    bool smaller = opts->compress && !opts->no_convert && is_among(rule->syntaxes, opts->compress) &&
                   can_be_compressed(subject);
    if (fits && !(smaller && is_plain(subject)))
        return (struct dw_judgement){DW_VERDICT_TAKE, NULL, NULL};
    if (smaller)
        target = opts->compress;
    bool decodable = !opts->no_convert && subject->syntax->decodable;
    if (decodable && is_among(rule->syntaxes, target) &&
        strcmp(target, subject->syntax->uid) != 0)
        return (struct dw_judgement){DW_VERDICT_CONVERT, target, NULL};
    if (!subject->has_meta && allows(rule, subject) && decodable)
        return (struct dw_judgement){DW_VERDICT_CONVERT, subject->syntax->uid, NULL};
    out.reason = rule->us_pairs && decodable
                     ? "the profile takes no such pair of photometric interpretation and transfer "
                       "syntax"
                     : forbidden_syntax(subject->syntax);
    return out;
}

struct dw_judgement dw_profile_judge(const struct dw_profile *profile,
                                     const struct dw_subject *subject,
                                     const struct dw_judge_opts *opts)
{
    static const struct dw_judge_opts nothing;
    if (!opts)
        opts = &nothing;
    const char *reason = refuse(subject, opts);
    if (reason)
        return (struct dw_judgement){DW_VERDICT_REFUSE, NULL, reason};
    struct dw_judgement out = by_own_rules(profile, subject, opts);
    if (out.verdict == DW_VERDICT_FORBID && profile->also)
        out = by_own_rules(dw_profile_find(profile->also), subject, opts);
    return out;
}

uint64_t dw_profile_takers(const struct dw_subject *subject, const struct dw_judge_opts *opts)
{
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    uint64_t takers = 0;
    for (size_t i = 0; i < count; i++) {
        enum dw_verdict verdict = dw_profile_judge(&table[i], subject, opts).verdict;
        if (verdict == DW_VERDICT_TAKE || verdict == DW_VERDICT_CONVERT)
            takers |= 1ULL << i;
    }
    return takers;
}
