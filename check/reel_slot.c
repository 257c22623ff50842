#include "check/reel_slot.h"

#define RETRY_BYTES (256 * 1024) /* where a read failed: how closely we look for the place */
#define NOWHERE UINT64_MAX

/* The bytes of a piece in whole blocks, as an image has them. */
static size_t in_blocks(size_t size)
{
    return (size + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
}

static struct dw_reel_piece *add_piece(struct dw_slot *slot, dw_check_source *source, const struct dw_reel_file *file,
                                       uint64_t offset, size_t at, size_t size)
{
    struct dw_reel_piece *piece = &slot->pieces[slot->count];
    uint64_t block;
    piece->index = file->index;
    piece->hash = file->hash;
    piece->offset = offset;
    piece->size = size;
    piece->bytes = slot->bytes + at;
    piece->is_last = true;
    piece->failed.code = DW_OK;
    slot->blocks[slot->count] =
        dw_check_source_extent(source, file->index, &block) ? block + offset / DW_BLOCK_SIZE : NOWHERE;
    slot->count++;
    return piece;
}

void dw_slot_plan(struct dw_slot *slot, dw_check_source *source, const struct dw_reel_file *files, size_t count,
                  struct dw_slot_place *place)
{
    size_t used = 0;
    slot->count = 0;
    slot->is_range = false;
    while (place->at < count && slot->count < DW_SLOT_PIECES_MAX) {
        const struct dw_reel_file *file = &files[place->at];
        struct dw_check_source_entry entry;
        dw_check_source_entry(source, file->index, &entry);
        uint64_t left = entry.size_bytes - place->offset;
        if (entry.size_bytes > DW_SLOT_BYTES) {
            if (slot->count > 0)
                return;
            size_t size = left < DW_SLOT_BYTES ? (size_t)left : DW_SLOT_BYTES;
            add_piece(slot, source, file, place->offset, 0, size)->is_last = size == left;
            slot->is_range = true;
            place->offset = size == left ? 0 : place->offset + size;
            place->at += size == left;
            return;
        }
        if (left > DW_SLOT_BYTES - used)
            return;
        add_piece(slot, source, file, 0, used, (size_t)left);
        used += in_blocks((size_t)left);
        place->at++;
    }
}

/* Where its bytes end is found out window by window: what lies before is looked at and told of all the same. */
static void read_closely(dw_check_source *source, struct dw_reel_piece *piece, struct dw_slot_place *place)
{
    uint8_t *to = (uint8_t *)piece->bytes;
    size_t size = piece->size;
    for (piece->size = 0; piece->size < size;) {
        size_t want = size - piece->size < RETRY_BYTES ? size - piece->size : RETRY_BYTES;
        if (dw_check_source_read(source, piece->index, piece->offset + piece->size, to + piece->size, want,
                                 &piece->failed) != DW_OK)
            break;
        piece->size += want;
    }
    if (piece->failed.code == DW_OK || piece->is_last)
        return;
    piece->is_last = true; /* what is behind it is left unread */
    place->at++;
    place->offset = 0;
}

/* Pieces from first on that lie in successive blocks. */
static size_t run_length(const struct dw_slot *slot, size_t first, uint64_t *blocks)
{
    size_t end = first;
    *blocks = 0;
    while (end < slot->count &&
           (slot->pieces[end].size == 0 ||
            (slot->blocks[end] != NOWHERE && slot->blocks[end] == slot->blocks[first] + *blocks))) {
        *blocks += in_blocks(slot->pieces[end].size) / DW_BLOCK_SIZE;
        end++;
    }
    return end - first;
}

static bool read_run(dw_check_source *source, const struct dw_reel_piece *first, uint64_t lba, uint64_t count)
{
    const struct dw_blocks *blocks = dw_check_source_blocks(source);
    return lba <= blocks->count && count <= blocks->count - lba &&
           blocks->read(blocks->ctx, (uint32_t)lba, (uint32_t)count, (uint8_t *)first->bytes, NULL) == DW_OK;
}

void dw_slot_fill(struct dw_slot *slot, dw_check_source *source, struct dw_slot_place *place)
{
    for (size_t i = 0; i < slot->count;) {
        struct dw_reel_piece *piece = &slot->pieces[i];
        uint64_t blocks;
        size_t run = piece->size > 0 ? run_length(slot, i, &blocks) : 0;
        if (run > 0 && read_run(source, piece, slot->blocks[i], blocks)) {
            i += run;
            continue;
        }
        /* A run that fails hurts only the files that cannot be read. */
        for (size_t end = i + (run ? run : 1); i < end; i++)
            read_closely(source, &slot->pieces[i], place);
    }
}
