/** A slot of the ring that a reel is: what one turn at the source reads, neighbouring files together or a range of a
 *  long one. For reel.c alone. */
#ifndef DW_CHECK_REEL_SLOT_H
#define DW_CHECK_REEL_SLOT_H
#include "check/reel.h"

/* A multiple of DW_BLOCK_SIZE, and of what SHA-256 takes at once. Small: what was just read is still in the
 * processor's cache when it is hashed. */
#define DW_SLOT_BYTES ((size_t)256 * 1024)
#define DW_SLOT_PIECES_MAX 64

struct dw_slot {
    uint8_t *bytes; /* DW_SLOT_BYTES while it holds something */
    size_t count;
    bool is_range;  /* of a long file, the one piece; the next one is in the next slot */
    struct dw_reel_piece pieces[DW_SLOT_PIECES_MAX];
    uint64_t blocks[DW_SLOT_PIECES_MAX]; /* first block of each piece; UINT64_MAX: not known */
    /* Of the reel, under its lock: */
    bool is_read;
    size_t given, hashed; /* pieces: given to a lane; done with */
    dw_sha256 *sha;       /* a range: of its file up to here, for whoever hashes the next */
};

struct dw_slot_place { /* where the next slot begins */
    size_t at;         /* the file */
    uint64_t offset;   /* in it */
};

/** What the slot will hold, from *place on, which moves behind it. A file that fits into one slot is never divided:
 *  its digest waits for no other. */
void dw_slot_plan(struct dw_slot *slot, dw_check_source *source, const struct dw_reel_file *files, size_t count,
                  struct dw_slot_place *place);
/** Reads it. A fault hurts its own file alone; behind a range that cannot be read *place is at the next file. */
void dw_slot_fill(struct dw_slot *slot, dw_check_source *source, struct dw_slot_place *place);

#endif
