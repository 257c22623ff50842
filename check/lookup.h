/** Many keys, little memory: 64-bit hashes of texts to 32-bit numbers. Two of a million different texts
 *  share a hash with a chance of 1 in 40 million. */
#ifndef DW_CHECK_LOOKUP_H
#define DW_CHECK_LOOKUP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/spill.h"

uint64_t dw_check_hash(const void *data, size_t size); /**< never 0 */
uint64_t dw_check_hash_extent(uint32_t lba, uint64_t size_bytes);
uint64_t dw_check_hash_text(const char *text);         /**< 0 for "" */
uint64_t dw_check_hash_name(const char *path);         /**< the same for upper and lower case ASCII */

struct dw_lookup { /* {0}, or .spill set: it lies there; free: dw_lookup_done() */
    dw_spill *spill;
    bool stays; /* may be set with it: in memory, whatever its size */
    struct dw_lookup_slot *slots;
    size_t cap, count;
};
#define DW_LOOKUP_NONE UINT32_MAX
void dw_lookup_done(struct dw_lookup *lookup);
/** Room for so many keys in all, exactly: 15 bytes for each. */
DW_MUST_CHECK dw_status dw_lookup_reserve(struct dw_lookup *lookup, size_t count, struct dw_error *err);
/** Key 0 is never stored and gives DW_LOOKUP_NONE. */
uint32_t dw_lookup_find(const struct dw_lookup *lookup, uint64_t key);
/** If key is new it gets value and *out_first = value; else *out_first is what it has. */
DW_MUST_CHECK dw_status dw_lookup_put(struct dw_lookup *lookup, uint64_t key, uint32_t value,
                                     uint32_t *out_first, struct dw_error *err);

#endif
