#include "layout/fileset/profile.h"

#include <string.h>

#include "dicom/uid.h"

/* PS3.11 Table D.3-1: nothing but Explicit VR Little Endian. */
static const char *const plain_only[] = {DW_TS_EXPLICIT_LE, NULL};
/* PS3.11 Table H.3-1: also JPEG baseline, extended and lossless SV1. */
static const char *const plain_and_jpeg[] = {
    DW_TS_EXPLICIT_LE, "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.70", NULL,
};

static const struct dw_profile profiles[] = {
    {.name = "STD-GEN-CD", .media = DW_MEDIA_CD, .transfer_syntaxes = plain_only},
    {.name = "STD-GEN-DVD-JPEG", .media = DW_MEDIA_DVD, .transfer_syntaxes = plain_and_jpeg,
     .rows_required = true},
    {.name = "STD-GEN-BD", .media = DW_MEDIA_BD, .transfer_syntaxes = plain_only,
     .rows_required = true},
};

const struct dw_profile *dw_profile_table(size_t *out_count)
{
    *out_count = DW_ARRAY_LEN(profiles);
    return profiles;
}

const struct dw_profile *dw_profile_of_media(enum dw_media media)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(profiles); i++)
        if (profiles[i].media == media)
            return &profiles[i];
    return &profiles[0];
}

dw_status dw_profile_choose(const char *name, enum dw_media media, const struct dw_profile **out,
                            struct dw_error *err)
{
    if (!name || !name[0]) {
        *out = dw_profile_of_media(media);
        return DW_OK;
    }
    for (size_t i = 0; i < DW_ARRAY_LEN(profiles); i++) {
        if (strcmp(profiles[i].name, name) != 0)
            continue;
        if (profiles[i].media != media)
            return dw_error_set(err, DW_ERR_INVALID, "profile %s is for the medium %s, not %s",
                                profiles[i].name, dw_media_name(profiles[i].media),
                                dw_media_name(media));
        *out = &profiles[i];
        return DW_OK;
    }
    return dw_error_set(err, DW_ERR_INVALID,
                        "unknown profile '%s' (STD-GEN-CD, STD-GEN-DVD-JPEG, STD-GEN-BD)", name);
}

/* Root records (PS3.3 Table F.4-1) belong to no patient and are not for a patient's disc. */
static bool is_root_type(const char *record_type)
{
    static const char *const roots[] = {"HANGING PROTOCOL", "PALETTE",       "IMPLANT",
                                        "IMPLANT ASSY",     "IMPLANT GROUP", "INVENTORY"};
    for (size_t i = 0; i < DW_ARRAY_LEN(roots); i++)
        if (strcmp(roots[i], record_type) == 0)
            return true;
    return false;
}

static bool allows(const struct dw_profile *profile, const char *transfer_syntax)
{
    for (const char *const *ts = profile->transfer_syntaxes; *ts; ts++)
        if (strcmp(*ts, transfer_syntax) == 0)
            return true;
    return false;
}

enum dw_verdict dw_profile_judge(const struct dw_profile *profile,
                                 const struct dw_sop_class *sop_class,
                                 const struct dw_transfer_syntax *syntax, bool has_meta,
                                 const char **out_reason)
{
    if (!sop_class) {
        *out_reason = "the SOP class is not one of the standard's that we know";
        return DW_VERDICT_REFUSE;
    }
    if (!sop_class->record_type) {
        *out_reason = "the SOP class is retired and has no legal directory record";
        return DW_VERDICT_REFUSE;
    }
    if (is_root_type(sop_class->record_type)) {
        *out_reason = "the object belongs to no patient";
        return DW_VERDICT_REFUSE;
    }
    if (!syntax) {
        *out_reason = "the transfer syntax is not one that we know";
        return DW_VERDICT_REFUSE;
    }
    if (has_meta && allows(profile, syntax->uid))
        return DW_VERDICT_TAKE;
    if (syntax->video) {
        *out_reason = "video has no place in the profile of this medium";
        return DW_VERDICT_REFUSE;
    }
    if (!syntax->decodable && syntax->encapsulated) {
        *out_reason = "the transfer syntax cannot be decoded here and is not allowed on this medium";
        return DW_VERDICT_REFUSE;
    }
    return DW_VERDICT_CONVERT;
}
