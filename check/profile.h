/** Media application profiles as a reader sees them (PS3.11 A to E, H, I, M, N): what they allow on a disc. */
#ifndef DW_CHECK_PROFILE_H
#define DW_CHECK_PROFILE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dw_check_medium { /* what file systems a profile's medium has (PS3.12 F, J, P, X) */
    DW_CHECK_CD,      /**< ISO 9660 level 1 in all strictness */
    DW_CHECK_DVD,     /**< ISO 9660, UDF 1.02 to 2.01, or both */
    DW_CHECK_DVD_RAM, /**< UDF 1.50 */
    DW_CHECK_BD,      /**< UDF 2.50 or 2.60 with metadata partition */
};
struct dw_check_allowed { /* what may be written of some SOP classes */
    const char *const *classes;  /**< ends with NULL; NULL: of all */
    const char *const *syntaxes; /**< ends with NULL; NULL: the end of the table */
    uint16_t demands;            /**< on their images: bits of check/image.h */
};
struct dw_check_profile {
    const char *name;             /**< "STD-GEN-CD" */
    enum dw_check_medium medium;
    uint8_t keys;                 /**< DW_KEYS_... of check/keys.h; 0: none beyond PS3.3 F.5 */
    const struct dw_check_allowed *allowed; /**< the first row whose classes match counts */
    uint16_t icon_edge;           /**< IMAGE records need icons of that size; 0: they need none */
};
/** NULL: not one we judge. "AUG-GEN-CD" finds STD-GEN-CD with *out_augmented: private objects and further
 *  keys belong to such a disc. */
const struct dw_check_profile *dw_check_profile_find(const char *name, bool *out_augmented);
const char *dw_check_profile_names(void); /**< a few of them, for a sentence */
size_t dw_check_profile_count(void);
const struct dw_check_profile *dw_check_profile_at(size_t index);
bool dw_check_profile_has_class(const struct dw_check_profile *profile, const char *sop_class);
/** sop_class NULL: in an object of some class. */
bool dw_check_profile_allows(const struct dw_check_profile *profile, const char *sop_class,
                             const char *transfer_syntax);
/** Bits of check/image.h that an image of this class and syntax may not break; sop_class NULL: none. */
uint16_t dw_check_profile_demands(const struct dw_check_profile *profile, const char *sop_class,
                                  const char *transfer_syntax);

/** What is on a disc, counted by kind. */
struct dw_check_kind_of {
    const char *sop_class, *syntax; /**< NULL: not known */
    uint16_t breaks;                /**< bits of check/image.h */
    uint64_t count;
};
struct dw_check_content {
    const struct dw_check_kind_of *objects;
    size_t object_count;
    const struct dw_check_lack {
        uint32_t keys; /**< of check/keys.h that records lack if the profile wants them */
        uint64_t count;
    } *lacks;
    size_t lack_count;
};
bool dw_check_profile_fits(const struct dw_check_profile *profile, const struct dw_check_kind_of *object);
/** The first of the table for one of these media (a bit for each) that is large enough and that no object and no
 *  record breaks; without one, the one that fewest objects break. Never NULL. blocks 0: size unknown. */
const struct dw_check_profile *dw_check_profile_nearest(const struct dw_check_content *content, uint64_t blocks,
                                                        unsigned media, uint64_t *out_broken);

#endif
