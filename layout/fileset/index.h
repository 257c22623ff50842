/** Text to number, by hashing: finds an object or a node of the catalog again in constant time. */
#ifndef DW_LAYOUT_FILESET_INDEX_H
#define DW_LAYOUT_FILESET_INDEX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dw_index { /* {0}; free: dw_index_done() */
    struct dw_index_slot *slots;
    size_t count, cap;
};
void dw_index_done(struct dw_index *index);
bool dw_index_find(const struct dw_index *index, const char *key, uint32_t *out);
/** key is borrowed for the life of the index and must not be in it. false: out of memory. */
bool dw_index_add(struct dw_index *index, const char *key, uint32_t value);

#endif
