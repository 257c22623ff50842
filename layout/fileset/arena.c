#include "layout/fileset/arena.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK_BYTES (512 * 1024)

/* Pages of our own: what is given back goes to the system at once, which malloc() does not promise. */
struct dw_arena_block {
    struct dw_arena_block *next;
    size_t bytes; /* of the mapping */
    _Alignas(8) char data[];
};

static struct dw_arena_block *new_block(size_t room)
{
    if (room > SIZE_MAX - sizeof(struct dw_arena_block))
        return NULL;
    size_t bytes = sizeof(struct dw_arena_block) + room;
    struct dw_arena_block *block =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return NULL;
    block->bytes = bytes;
    return block;
}

void dw_arena_done(struct dw_arena *arena)
{
    struct dw_arena_block *block = arena->blocks;
    while (block) {
        struct dw_arena_block *next = block->next;
        munmap(block, block->bytes);
        block = next;
    }
    *arena = (struct dw_arena){0};
}

void *dw_arena_take(struct dw_arena *arena, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (arena->cap - arena->used < size) {
        size_t usual = BLOCK_BYTES - sizeof(struct dw_arena_block);
        size_t cap = size > usual ? size : usual;
        struct dw_arena_block *block = new_block(cap);
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
