#include <string.h>
#include "base/error.h"
#include "check/keys.h"
#include "check/profile.h"

#define E "1.2.840.10008.1.2.1"
#define JPEG "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.70"
#define J2K "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"

static const char *const explicit_only[] = {E, NULL};
static const char *const with_jpeg[] = {E, JPEG, NULL};
static const char *const with_j2k[] = {E, J2K, NULL};
static const char *const mpeg2_main[] = {"1.2.840.10008.1.2.4.100", NULL};

#define CD_BLOCKS 450000    /* 99 minutes: no CD is larger */
#define DVD_BLOCKS 4173824  /* DVD+R DL */

/* From the least demanding on: dw_check_profile_least() takes the first that fits. */
static const struct dw_check_profile profiles[] = {
    {"STD-GEN-CD", DW_KEYS_D, true, CD_BLOCKS, explicit_only},
    {"STD-GEN-DVD-JPEG", DW_KEYS_H, false, DVD_BLOCKS, with_jpeg},
    {"STD-GEN-DVD-J2K", DW_KEYS_H, false, DVD_BLOCKS, with_j2k},
    {"STD-DVD-MPEG2-MPML", DW_KEYS_H, false, DVD_BLOCKS, mpeg2_main},
    {"STD-GEN-DVD-RAM", DW_KEYS_D, false, DVD_BLOCKS, explicit_only},
    {"STD-GEN-BD", DW_KEYS_D, false, 0, explicit_only},
    {"STD-GEN-BD-JPEG", DW_KEYS_H, false, 0, with_jpeg},
    {"STD-GEN-BD-J2K", DW_KEYS_H, false, 0, with_j2k},
};

const struct dw_check_profile *dw_check_profile_find(const char *name)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(profiles); i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}

const char *dw_check_profile_names(void)
{
    return "STD-GEN-CD, STD-GEN-DVD-JPEG, STD-GEN-DVD-J2K, STD-DVD-MPEG2-MPML, STD-GEN-DVD-RAM, "
           "STD-GEN-BD, STD-GEN-BD-JPEG, STD-GEN-BD-J2K";
}

bool dw_check_profile_allows(const struct dw_check_profile *profile, const char *transfer_syntax)
{
    for (const char *const *one = profile->syntaxes; *one; one++)
        if (strcmp(*one, transfer_syntax) == 0)
            return true;
    return false;
}

const struct dw_check_profile *dw_check_profile_least(const char *const *syntaxes, int count,
                                                      uint64_t blocks)
{
    const struct dw_check_profile *best = &profiles[0];
    int best_allowed = -1;
    for (size_t i = 0; i < DW_ARRAY_LEN(profiles); i++) {
        if (profiles[i].max_blocks && blocks > profiles[i].max_blocks)
            continue;
        int allowed = 0;
        for (int k = 0; k < count; k++)
            allowed += dw_check_profile_allows(&profiles[i], syntaxes[k]);
        if (allowed > best_allowed) {
            best = &profiles[i];
            best_allowed = allowed;
        }
    }
    return best;
}
