#include "check/profile.h"
#include <string.h>
#include "base/error.h"
#include "check/image.h"
#include "check/keys.h"

#define E "1.2.840.10008.1.2.1"
#define RLE "1.2.840.10008.1.2.5"
#define J(number) "1.2.840.10008.1.2.4." #number
#define JPEG J(50), J(51), J(70)
#define CLASS(suffix) "1.2.840.10008.5.1.4.1.1." suffix

#define LIST(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}
LIST(explicit_only, E);
LIST(with_jpeg, E, JPEG);
LIST(with_j2k, E, J(90), J(91));
LIST(with_j70, E, J(70));
LIST(only_j70, J(70));
LIST(only_jpeg, JPEG);
LIST(with_rle_j50, E, RLE, J(50));
LIST(with_m100, E, J(100));
LIST(with_m101, E, J(101));
LIST(with_m102, E, J(102));
LIST(with_m103, E, J(103));
/* These have no row for anything but video: a disc of theirs claims STD-GEN-BD, or
 * STD-GEN-DVD-JPEG, beside. */
LIST(video_m100, J(100), E, JPEG);
LIST(video_m104, J(104), E);
LIST(video_m105, J(105), E);
LIST(video_m106, J(106), E);

LIST(xa, CLASS("12.1"));
LIST(states, CLASS("11.1"));
LIST(ct_mr_sc, CLASS("2"), CLASS("4"), CLASS("7"));
LIST(sc, CLASS("7"));
LIST(states_and_dose, CLASS("11.1"), CLASS("88.67"));
LIST(us_single, CLASS("6.1"));
LIST(us_multi, CLASS("6.1"), CLASS("3.1"));

#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, 0                                                                              \
    }
#define ANY(name, list) static const struct dw_check_allowed name[] = {{NULL, list, 0}, END}
#define MOVING(name, list) static const struct dw_check_allowed name[] = {{NULL, list, DW_IMAGE_MOVES}, END}
ANY(any_e, explicit_only);
ANY(any_jpeg, with_jpeg);
ANY(any_j2k, with_j2k);
ANY(any_m100, with_m100);
ANY(any_m101, with_m101);
ANY(any_m102, with_m102);
ANY(any_m103, with_m103);
MOVING(dvd_m100, video_m100);
MOVING(any_m104, video_m104);
MOVING(any_m105, video_m105);
MOVING(any_m106, video_m106);
static const struct dw_check_allowed ctmr[] = {
    {ct_mr_sc, with_j70, 0}, {states_and_dose, explicit_only, 0}, END};
#define XA_1K (DW_IMAGE_1024 | DW_IMAGE_8_10_12 | DW_IMAGE_GREY2)
#define SC_1K (DW_IMAGE_1024 | DW_IMAGE_8_BITS | DW_IMAGE_GREY2)
static const struct dw_check_allowed xa1k_cd[] = {
    {xa, only_j70, XA_1K}, {sc, explicit_only, SC_1K}, {states, explicit_only, 0}, END};
static const struct dw_check_allowed xa1k_dvd[] = {
    {xa, only_jpeg, XA_1K}, {sc, explicit_only, SC_1K}, {states, explicit_only, 0}, END};
static const struct dw_check_allowed xabc[] = {{xa, only_j70, DW_IMAGE_512 | DW_IMAGE_8_BITS | DW_IMAGE_GREY2}, END};
static const struct dw_check_allowed us_id_sf[] = {{us_single, with_rle_j50, DW_IMAGE_US_PAIR}, END};
static const struct dw_check_allowed us_id_mf[] = {{us_multi, with_rle_j50, DW_IMAGE_US_PAIR}, END};
static const struct dw_check_allowed us_sc_sf[] = {
    {us_single, with_rle_j50, DW_IMAGE_US_PAIR | DW_IMAGE_REGIONS}, END};
static const struct dw_check_allowed us_sc_mf[] = {
    {us_multi, with_rle_j50, DW_IMAGE_US_PAIR | DW_IMAGE_REGIONS}, END};

#define CD_BLOCKS 450000   /* 99 minutes: no CD is larger */
#define DVD_BLOCKS 4173824 /* DVD+R DL */
#define CD DW_CHECK_CD
#define DVD DW_CHECK_DVD
#define BD DW_CHECK_BD
#define CLINICAL(name, medium, keys, allowed, edge)                                                \
    {                                                                                              \
        name, medium, keys, allowed, edge                                                          \
    }
#define GENERAL(name, medium, keys, allowed)                                                       \
    {                                                                                              \
        name, medium, keys, allowed, 0                                                             \
    }

/* By the size of the medium, and for each the general ones first: dw_check_profile_nearest() takes the first that fits. */
static const struct dw_check_profile profiles[] = {
    GENERAL("STD-GEN-CD", CD, DW_KEYS_D, any_e),
    CLINICAL("STD-CTMR-CD", CD, DW_KEYS_CTMR, ctmr, 0),
    CLINICAL("STD-XABC-CD", CD, DW_KEYS_XABC, xabc, 128),
    CLINICAL("STD-XA1K-CD", CD, DW_KEYS_XA1K, xa1k_cd, 128),
    CLINICAL("STD-US-ID-SF-CDR", CD, 0, us_id_sf, 0),
    CLINICAL("STD-US-ID-MF-CDR", CD, 0, us_id_mf, 0),
    CLINICAL("STD-US-SC-SF-CDR", CD, 0, us_sc_sf, 0),
    CLINICAL("STD-US-SC-MF-CDR", CD, 0, us_sc_mf, 0),
    GENERAL("STD-GEN-DVD-JPEG", DVD, DW_KEYS_H, any_jpeg),
    GENERAL("STD-GEN-DVD-J2K", DVD, DW_KEYS_H, any_j2k),
    GENERAL("STD-DVD-MPEG2-MPML", DVD, DW_KEYS_I, dvd_m100),
    CLINICAL("STD-CTMR-DVD", DVD, DW_KEYS_CTMR, ctmr, 0),
    CLINICAL("STD-XA1K-DVD", DVD, DW_KEYS_XA1K, xa1k_dvd, 128),
    CLINICAL("STD-US-ID-SF-DVD", DVD, 0, us_id_sf, 0),
    CLINICAL("STD-US-ID-MF-DVD", DVD, 0, us_id_mf, 0),
    CLINICAL("STD-US-SC-SF-DVD", DVD, 0, us_sc_sf, 0),
    CLINICAL("STD-US-SC-MF-DVD", DVD, 0, us_sc_mf, 0),
    GENERAL("STD-GEN-DVD-RAM", DW_CHECK_DVD_RAM, DW_KEYS_D, any_e),
    GENERAL("STD-GEN-BD", BD, DW_KEYS_D, any_e),
    GENERAL("STD-GEN-BD-JPEG", BD, DW_KEYS_H, any_jpeg),
    GENERAL("STD-GEN-BD-J2K", BD, DW_KEYS_H, any_j2k),
    GENERAL("STD-GEN-BD-MPEG2-MPML", BD, DW_KEYS_H, any_m100),
    GENERAL("STD-GEN-BD-MPEG2-MPHL", BD, DW_KEYS_H, any_m101),
    GENERAL("STD-GEN-BD-MPEG4-HPLV41", BD, DW_KEYS_H, any_m102),
    GENERAL("STD-GEN-BD-MPEG4-HPLV41BD", BD, DW_KEYS_H, any_m103),
    GENERAL("STD-GEN-BD-MPEG4-HPLV42-2D", BD, DW_KEYS_H, any_m104),
    GENERAL("STD-GEN-BD-MPEG4-HPLV42-3D", BD, DW_KEYS_H, any_m105),
    GENERAL("STD-GEN-BD-MPEG4-SHPLV42", BD, DW_KEYS_H, any_m106),
};

const struct dw_check_profile *dw_check_profile_find(const char *name, bool *out_augmented)
{
    *out_augmented = strncmp(name, "AUG-", 4) == 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(profiles); i++)
        if (strcmp(profiles[i].name, name) == 0 ||
            (*out_augmented && strcmp(profiles[i].name + 4, name + 4) == 0))
            return &profiles[i];
    return NULL;
}

const char *dw_check_profile_names(void)
{
    return "those of PS3.11, such as STD-GEN-CD, STD-GEN-DVD-JPEG, STD-GEN-BD or AUG-GEN-CD";
}

size_t dw_check_profile_count(void)
{
    return DW_ARRAY_LEN(profiles);
}

const struct dw_check_profile *dw_check_profile_at(size_t index)
{
    return &profiles[index];
}

static bool is_in(const char *const *list, const char *text)
{
    for (; *list; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

bool dw_check_profile_has_class(const struct dw_check_profile *profile, const char *sop_class)
{
    for (const struct dw_check_allowed *row = profile->allowed; row->syntaxes; row++)
        if (!row->classes || is_in(row->classes, sop_class))
            return true;
    return false;
}

static const struct dw_check_allowed *row_of(const struct dw_check_profile *profile, const char *sop_class,
                                            const char *transfer_syntax)
{
    for (const struct dw_check_allowed *row = profile->allowed; row->syntaxes; row++) {
        bool of_class = !row->classes || !sop_class || is_in(row->classes, sop_class);
        if (of_class && is_in(row->syntaxes, transfer_syntax))
            return row;
        if (of_class && sop_class)
            return NULL;
    }
    return NULL;
}

bool dw_check_profile_allows(const struct dw_check_profile *profile, const char *sop_class,
                             const char *transfer_syntax)
{
    return row_of(profile, sop_class, transfer_syntax) != NULL;
}

uint16_t dw_check_profile_demands(const struct dw_check_profile *profile, const char *sop_class,
                                  const char *transfer_syntax)
{
    const struct dw_check_allowed *row = sop_class ? row_of(profile, sop_class, transfer_syntax) : NULL;
    return row ? row->demands : 0;
}

static uint64_t largest(enum dw_check_medium medium)
{
    return medium == DW_CHECK_CD ? CD_BLOCKS : medium == DW_CHECK_BD ? UINT64_MAX : DVD_BLOCKS;
}

bool dw_check_profile_fits(const struct dw_check_profile *profile, const struct dw_check_kind_of *object)
{
    if (object->sop_class && !dw_check_profile_has_class(profile, object->sop_class))
        return false;
    return !object->syntax ||
           (dw_check_profile_allows(profile, object->sop_class, object->syntax) &&
            !(dw_check_profile_demands(profile, object->sop_class, object->syntax) & object->breaks));
}

static uint64_t count_objects(const struct dw_check_profile *profile, const struct dw_check_content *content)
{
    uint64_t broken = 0;
    for (size_t i = 0; i < content->object_count; i++)
        if (!dw_check_profile_fits(profile, &content->objects[i]))
            broken += content->objects[i].count;
    return broken;
}

static uint64_t count_records(const struct dw_check_profile *profile, const struct dw_check_content *content)
{
    uint64_t broken = 0;
    uint32_t keys = dw_check_key_mask(profile->keys);
    for (size_t i = 0; i < content->lack_count; i++)
        if (content->lacks[i].keys & keys)
            broken += content->lacks[i].count;
    return broken;
}

/* Keys decide only between profiles that fit: when none does, a directory that lacks keys has not become another
 * kind of disc. */
const struct dw_check_profile *dw_check_profile_nearest(const struct dw_check_content *content, uint64_t blocks,
                                                        unsigned media, uint64_t *out_broken)
{
    const struct dw_check_profile *best = &profiles[0];
    uint64_t fewest = UINT64_MAX;
    *out_broken = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(profiles); i++) {
        if (!(media >> profiles[i].medium & 1) || blocks > largest(profiles[i].medium))
            continue;
        uint64_t objects = count_objects(&profiles[i], content), records = count_records(&profiles[i], content);
        if (objects + records == 0) {
            *out_broken = 0;
            return &profiles[i];
        }
        if (objects < fewest) {
            best = &profiles[i];
            fewest = objects;
            *out_broken = objects + records;
        }
    }
    return best;
}
