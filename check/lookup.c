#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/limits.h"
#include "check/lookup.h"

struct dw_lookup_slot { /* 12 bytes */
    uint32_t key[2]; /* low, high; both 0: free */
    uint32_t value;
};
static_assert(sizeof(struct dw_lookup_slot) == 12, "a million of them, and some free ones, take 15 MB");

uint64_t dw_check_hash(const void *data, size_t size)
{
    /* SipHash with a fixed key: a disc made to collide costs its maker 2^32 tries and gains a wrong finding */
    static const uint8_t secret[crypto_shorthash_KEYBYTES] = "judge of discs";
    uint8_t digest[crypto_shorthash_BYTES];
    uint64_t key;
    crypto_shorthash(digest, data, size, secret);
    memcpy(&key, digest, sizeof key);
    return key ? key : 1;
}

uint64_t dw_check_hash_extent(uint32_t lba, uint64_t size_bytes)
{
    uint64_t both[2] = {lba, size_bytes};
    return dw_check_hash(both, sizeof both);
}

uint64_t dw_check_hash_text(const char *text)
{
    return text[0] ? dw_check_hash(text, strlen(text)) : 0;
}

uint64_t dw_check_hash_name(const char *path)
{
    char upper[DW_PATH_MAX];
    size_t n = 0;
    for (; path[n] && n < sizeof upper; n++)
        upper[n] = (char)toupper((unsigned char)path[n]);
    return n ? dw_check_hash(upper, n) : 0;
}

void dw_lookup_done(struct dw_lookup *lookup)
{
    dw_spill_drop(lookup->spill, lookup->slots);
    *lookup = (struct dw_lookup){.spill = lookup->spill, .stays = lookup->stays};
}

static uint64_t key_of(const struct dw_lookup_slot *slot)
{
    return slot->key[0] | (uint64_t)slot->key[1] << 32;
}

/* Keys that are numbers and follow each other lie side by side. */
static struct dw_lookup_slot *slot_of(const struct dw_lookup *lookup, uint64_t key)
{
    assert(lookup->cap > 0);
    size_t at = (size_t)(key % lookup->cap);
    while (key_of(&lookup->slots[at]) != 0 && key_of(&lookup->slots[at]) != key)
        at = at + 1 < lookup->cap ? at + 1 : 0;
    return &lookup->slots[at];
}

uint32_t dw_lookup_find(const struct dw_lookup *lookup, uint64_t key)
{
    if (key == 0 || lookup->cap == 0)
        return DW_LOOKUP_NONE;
    dw_spill_rest(lookup->spill);
    const struct dw_lookup_slot *slot = slot_of(lookup, key);
    return key_of(slot) ? slot->value : DW_LOOKUP_NONE;
}

static dw_status grow(struct dw_lookup *lookup, size_t cap, struct dw_error *err)
{
    struct dw_lookup bigger = *lookup;
    bigger.cap = cap;
    bigger.slots = lookup->stays ? dw_spill_stay(bigger.spill, cap * sizeof *bigger.slots)
                                 : dw_spill_grow(bigger.spill, NULL, 0, cap * sizeof *bigger.slots);
    if (!bigger.slots)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (size_t i = 0; i < lookup->cap; i++) {
        uint64_t key = key_of(&lookup->slots[i]);
        if (key)
            *slot_of(&bigger, key) = lookup->slots[i];
        dw_spill_rest(lookup->spill);
    }
    dw_spill_drop(lookup->spill, lookup->slots);
    *lookup = bigger;
    return DW_OK;
}

dw_status dw_lookup_reserve(struct dw_lookup *lookup, size_t count, struct dw_error *err)
{
    size_t cap = count + count / 4 + 1;
    return cap > lookup->cap ? grow(lookup, cap, err) : DW_OK;
}

dw_status dw_lookup_put(struct dw_lookup *lookup, uint64_t key, uint32_t value, uint32_t *out_first,
                       struct dw_error *err)
{
    if (key == 0) {
        *out_first = value;
        return DW_OK;
    }
    if (lookup->count >= lookup->cap - lookup->cap / 5) {
        dw_status st = grow(lookup, lookup->cap ? lookup->cap * 2 : 256, err);
        if (st != DW_OK)
            return st;
    }
    dw_spill_rest(lookup->spill);
    struct dw_lookup_slot *slot = slot_of(lookup, key);
    if (key_of(slot) == 0) {
        *slot = (struct dw_lookup_slot){{(uint32_t)key, (uint32_t)(key >> 32)}, value};
        lookup->count++;
    }
    *out_first = slot->value;
    return DW_OK;
}
