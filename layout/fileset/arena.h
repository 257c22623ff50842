/** Many small things that live as long as one run: taken in big blocks, given back at once. */
#ifndef DW_LAYOUT_FILESET_ARENA_H
#define DW_LAYOUT_FILESET_ARENA_H
#include <stddef.h>

struct dw_arena { /* {0}; free: dw_arena_done() */
    struct dw_arena_block *blocks;
    size_t used, cap; /**< of the newest block */
};
void dw_arena_done(struct dw_arena *arena);
/** size bytes, aligned to 8; NULL: out of memory. */
void *dw_arena_take(struct dw_arena *arena, size_t size);
const char *dw_arena_text(struct dw_arena *arena, const char *text);
const void *dw_arena_copy(struct dw_arena *arena, const void *data, size_t size);

#endif
