#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/limits.h"
#include "check/lookup.h"

struct dw_lookup_slot {
    uint64_t key; /* 0: free */
    uint32_t value;
};

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
    free(lookup->slots);
    *lookup = (struct dw_lookup){0};
}

static struct dw_lookup_slot *slot_of(const struct dw_lookup *lookup, uint64_t key)
{
    size_t at = (size_t)key & (lookup->cap - 1);
    while (lookup->slots[at].key != 0 && lookup->slots[at].key != key)
        at = (at + 1) & (lookup->cap - 1);
    return &lookup->slots[at];
}

uint32_t dw_lookup_find(const struct dw_lookup *lookup, uint64_t key)
{
    if (key == 0 || lookup->cap == 0)
        return DW_LOOKUP_NONE;
    const struct dw_lookup_slot *slot = slot_of(lookup, key);
    return slot->key ? slot->value : DW_LOOKUP_NONE;
}

static dw_status grow(struct dw_lookup *lookup, struct dw_error *err)
{
    struct dw_lookup bigger = {.cap = lookup->cap ? lookup->cap * 2 : 256, .count = lookup->count};
    bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (size_t i = 0; i < lookup->cap; i++)
        if (lookup->slots[i].key)
            *slot_of(&bigger, lookup->slots[i].key) = lookup->slots[i];
    free(lookup->slots);
    *lookup = bigger;
    return DW_OK;
}

dw_status dw_lookup_put(struct dw_lookup *lookup, uint64_t key, uint32_t value, uint32_t *out_first,
                       struct dw_error *err)
{
    if (key == 0) {
        *out_first = value;
        return DW_OK;
    }
    if (lookup->count * 4 >= lookup->cap * 3) {
        dw_status st = grow(lookup, err);
        if (st != DW_OK)
            return st;
    }
    struct dw_lookup_slot *slot = slot_of(lookup, key);
    if (slot->key == 0) {
        *slot = (struct dw_lookup_slot){key, value};
        lookup->count++;
    }
    *out_first = slot->value;
    return DW_OK;
}
