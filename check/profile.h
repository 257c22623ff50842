/** Media application profiles as a reader sees them (PS3.11 D, H, M): what they allow on a disc. */
#ifndef DW_CHECK_PROFILE_H
#define DW_CHECK_PROFILE_H
#include <stdbool.h>
#include <stdint.h>

struct dw_check_profile {
    const char *name;              /**< "STD-GEN-CD" */
    uint8_t keys;                  /**< DW_KEYS_D or DW_KEYS_H of check/keys.h */
    bool level1;                   /**< ISO 9660 level 1 in all strictness (PS3.12 F) */
    uint32_t max_blocks;           /**< largest medium of it; 0: not judged */
    const char *const *syntaxes;   /**< ends with NULL */
};
const struct dw_check_profile *dw_check_profile_find(const char *name); /**< NULL: not one we judge */
const char *dw_check_profile_names(void); /**< "STD-GEN-CD, STD-GEN-DVD-JPEG, ..." for a sentence */
bool dw_check_profile_allows(const struct dw_check_profile *profile, const char *transfer_syntax);
/** The first of the table that allows all of these and is large enough; without one, the one that allows
 *  most of them. Never NULL. blocks 0: size unknown. */
const struct dw_check_profile *dw_check_profile_least(const char *const *syntaxes, int count,
                                                      uint64_t blocks);

#endif
