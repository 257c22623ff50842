#include "layout/fileset/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (256 * 1024)

struct dw_arena_block {
    struct dw_arena_block *next;
    _Alignas(8) char data[];
};

void dw_arena_done(struct dw_arena *arena)
{
    struct dw_arena_block *block = arena->blocks;
    while (block) {
        struct dw_arena_block *next = block->next;
        free(block);
        block = next;
    }
    *arena = (struct dw_arena){0};
}

void *dw_arena_take(struct dw_arena *arena, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (arena->cap - arena->used < size) {
        size_t cap = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        struct dw_arena_block *block = malloc(sizeof *block + cap);
        if (!block)
            return NULL;
        block->next = arena->blocks;
        arena->blocks = block;
        arena->cap = cap;
        arena->used = 0;
    }
    void *out = arena->blocks->data + arena->used;
    arena->used += size;
    return out;
}

const void *dw_arena_copy(struct dw_arena *arena, const void *data, size_t size)
{
    void *out = dw_arena_take(arena, size ? size : 1);
    if (out && size)
        memcpy(out, data, size);
    return out;
}

const char *dw_arena_text(struct dw_arena *arena, const char *text)
{
    return text[0] ? dw_arena_copy(arena, text, strlen(text) + 1) : "";
}
