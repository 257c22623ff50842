#include "layout/fileset/index.h"

#include <stdlib.h>
#include <string.h>

struct dw_index_slot {
    const char *key; /* NULL: free */
    uint32_t hash, value;
};

/* FNV-1a, then mixed: UIDs differ in their last digits only. */
static uint32_t hash_of(const char *key)
{
    uint64_t h = 0xcbf29ce484222325ULL;
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 0x100000001b3ULL;
    return (uint32_t)(h ^ (h >> 32));
}

void dw_index_done(struct dw_index *index)
{
    free(index->slots);
    *index = (struct dw_index){0};
}

static struct dw_index_slot *slot_of(const struct dw_index *index, const char *key, uint32_t hash)
{
    size_t i = hash & (index->cap - 1);
    while (index->slots[i].key &&
           (index->slots[i].hash != hash || strcmp(index->slots[i].key, key) != 0))
        i = (i + 1) & (index->cap - 1);
    return &index->slots[i];
}

bool dw_index_find(const struct dw_index *index, const char *key, uint32_t *out)
{
    if (index->cap == 0)
        return false;
    const struct dw_index_slot *slot = slot_of(index, key, hash_of(key));
    if (!slot->key)
        return false;
    *out = slot->value;
    return true;
}

static bool grow(struct dw_index *index)
{
    struct dw_index bigger = {.cap = index->cap ? index->cap * 2 : 256, .count = index->count};
    bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < index->cap; i++)
        if (index->slots[i].key)
            *slot_of(&bigger, index->slots[i].key, index->slots[i].hash) = index->slots[i];
    free(index->slots);
    *index = bigger;
    return true;
}

bool dw_index_add(struct dw_index *index, const char *key, uint32_t value)
{
    if (index->count * 2 >= index->cap && !grow(index))
        return false;
    uint32_t hash = hash_of(key);
    *slot_of(index, key, hash) = (struct dw_index_slot){.key = key, .hash = hash, .value = value};
    index->count++;
    return true;
}
