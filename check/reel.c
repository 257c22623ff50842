/* A ring of slots. A slot is what one turn of a worker reads: neighbouring files together, or a range of a long one.
 * Workers take turns at the source, in order, and hash what they read side by side. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "check/reel.h"

#define SLOT_BYTES ((size_t)1024 * 1024)
#define SLOTS 8                    /* 8 MB in all, and of those what was needed */
#define PIECES_MAX 256             /* files of one slot */
#define RETRY_BYTES (256 * 1024)   /* where a read failed: how closely we look for the place */
#define HASHERS_MAX 4
#define STACK_BYTES (512 * 1024)

struct slot {
    uint8_t *bytes; /* SLOT_BYTES */
    size_t count;
    bool is_range;  /* of a long file */
    uint64_t after; /* 1 + number of the range before it, which is hashed first; 0: there is none */
    bool done;
    struct dw_reel_piece pieces[PIECES_MAX];
    uint64_t blocks[PIECES_MAX]; /* first block of each piece; NOWHERE: not known */
};
#define NOWHERE UINT64_MAX

struct dw_reel {
    dw_check_source *source;
    const struct dw_reel_file *files;
    size_t count;
    /* Whoever reads has these: */
    size_t at;       /* the file to read next */
    uint64_t offset; /* in it */
    uint64_t last_range; /* 1 + number of the slot; 0: none yet */
    /* Whoever hashes a range of a long file: */
    dw_sha256 *long_sha;
    /* Under lock: */
    pthread_mutex_t lock;
    pthread_cond_t turn; /* nobody reads, or there is room, or we stop */
    pthread_cond_t done; /* a slot is done */
    bool reading, stop;
    uint64_t begun, taken; /* slots: begun by a worker; all looked at */
    struct slot *slots[SLOTS];
    /* Of the caller: */
    size_t piece; /* of slot taken, to be handed out next */
    dw_sha256 *sha; /* when there is no worker */
    pthread_t workers[HASHERS_MAX + 1];
    int worker_count;
};

static struct slot *slot_of(const dw_reel *reel, uint64_t number)
{
    return reel->slots[number % SLOTS];
}

/* The bytes of a piece in whole blocks, as an image has them. */
static size_t in_blocks(size_t size)
{
    return (size + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
}

static struct dw_reel_piece *add_piece(dw_reel *reel, struct slot *slot, size_t at, size_t size)
{
    const struct dw_reel_file *file = &reel->files[reel->at];
    struct dw_reel_piece *piece = &slot->pieces[slot->count];
    uint64_t block;
    piece->index = file->index;
    piece->hash = file->hash;
    piece->offset = reel->offset;
    piece->size = size;
    piece->bytes = slot->bytes + at;
    piece->is_last = true;
    piece->failed.code = DW_OK;
    slot->blocks[slot->count] = dw_check_source_extent(reel->source, file->index, &block)
                                    ? block + reel->offset / DW_BLOCK_SIZE
                                    : NOWHERE;
    slot->count++;
    return piece;
}

/* What a slot will hold. A file that fits into one is never divided: its digest waits for no other slot. */
static void plan(dw_reel *reel, struct slot *slot)
{
    size_t used = 0;
    slot->count = 0;
    slot->is_range = false;
    while (reel->at < reel->count && slot->count < PIECES_MAX) {
        struct dw_check_source_entry entry;
        dw_check_source_entry(reel->source, reel->files[reel->at].index, &entry);
        uint64_t left = entry.size_bytes - reel->offset;
        if (entry.size_bytes > SLOT_BYTES) {
            if (slot->count > 0)
                return;
            size_t size = left < SLOT_BYTES ? (size_t)left : SLOT_BYTES;
            add_piece(reel, slot, 0, size)->is_last = size == left;
            slot->is_range = true;
            reel->offset = size == left ? 0 : reel->offset + size;
            reel->at += size == left;
            return;
        }
        if (left > SLOT_BYTES - used)
            return;
        add_piece(reel, slot, used, (size_t)left);
        used += in_blocks((size_t)left);
        reel->at++;
    }
}

/* Where its bytes end is found out window by window: what lies before is looked at and told of all the same. */
static void read_closely(dw_reel *reel, struct dw_reel_piece *piece)
{
    uint8_t *to = (uint8_t *)piece->bytes;
    size_t size = piece->size;
    for (piece->size = 0; piece->size < size;) {
        size_t want = size - piece->size < RETRY_BYTES ? size - piece->size : RETRY_BYTES;
        if (dw_check_source_read(reel->source, piece->index, piece->offset + piece->size, to + piece->size, want,
                                 &piece->failed) != DW_OK)
            break;
        piece->size += want;
    }
    if (piece->failed.code == DW_OK || piece->is_last)
        return;
    piece->is_last = true; /* what is behind it is left unread */
    reel->at++;
    reel->offset = 0;
}

/* Pieces from first on that lie in successive blocks. */
static size_t run_length(const struct slot *slot, size_t first, uint64_t *blocks)
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

static bool read_run(dw_reel *reel, const struct dw_reel_piece *first, uint64_t lba, uint64_t count)
{
    const struct dw_blocks *blocks = dw_check_source_blocks(reel->source);
    return lba <= blocks->count && count <= blocks->count - lba &&
           blocks->read(blocks->ctx, (uint32_t)lba, (uint32_t)count, (uint8_t *)first->bytes, NULL) == DW_OK;
}

static void fill(dw_reel *reel, struct slot *slot)
{
    for (size_t i = 0; i < slot->count;) {
        struct dw_reel_piece *piece = &slot->pieces[i];
        uint64_t blocks;
        size_t run = piece->size > 0 ? run_length(slot, i, &blocks) : 0;
        if (run > 0 && read_run(reel, piece, slot->blocks[i], blocks)) {
            i += run;
            continue;
        }
        /* A run that fails hurts only the files that cannot be read. */
        for (size_t end = i + (run ? run : 1); i < end; i++)
            read_closely(reel, &slot->pieces[i]);
    }
}

static void hash_whole(struct slot *slot, dw_sha256 *sha)
{
    for (size_t i = 0; i < slot->count; i++) {
        struct dw_reel_piece *piece = &slot->pieces[i];
        if (!piece->hash || piece->failed.code != DW_OK)
            continue;
        dw_sha256_start(sha);
        dw_sha256_add(sha, piece->bytes, piece->size);
        dw_sha256_end(sha, piece->sha256);
    }
}

static void hash_range(dw_reel *reel, struct dw_reel_piece *piece)
{
    if (!piece->hash)
        return;
    if (piece->offset == 0)
        dw_sha256_start(reel->long_sha);
    dw_sha256_add(reel->long_sha, piece->bytes, piece->size);
    if (piece->is_last)
        dw_sha256_end(reel->long_sha, piece->sha256);
}

/* One slot: read it, then hash it. Called with the lock, and the turn to read; the lock is let go meanwhile. */
static void turn_locked(dw_reel *reel, dw_sha256 *sha)
{
    uint64_t number = reel->begun++;
    struct slot *slot = slot_of(reel, number);
    reel->reading = true;
    slot->done = false;
    pthread_mutex_unlock(&reel->lock);
    plan(reel, slot);
    fill(reel, slot);
    if (slot->is_range) {
        slot->after = reel->last_range;
        reel->last_range = number + 1;
    }
    pthread_mutex_lock(&reel->lock);
    reel->reading = false;
    pthread_cond_broadcast(&reel->turn);
    while (slot->is_range && !reel->stop && slot->after > reel->taken && !slot_of(reel, slot->after - 1)->done)
        pthread_cond_wait(&reel->done, &reel->lock);
    if (reel->stop)
        return; /* nobody looks at it, and the slot before may still be hashed */
    pthread_mutex_unlock(&reel->lock);
    if (slot->is_range)
        hash_range(reel, &slot->pieces[0]);
    else
        hash_whole(slot, sha);
    pthread_mutex_lock(&reel->lock);
    slot->done = true;
    pthread_cond_broadcast(&reel->done);
}

static bool may_turn_locked(const dw_reel *reel)
{
    return !reel->reading && reel->begun - reel->taken < SLOTS;
}

static void *work(void *ctx)
{
    dw_reel *reel = ctx;
    dw_sha256 *sha = dw_sha256_new();
    pthread_mutex_lock(&reel->lock);
    for (;;) {
        while (!reel->stop && !may_turn_locked(reel))
            pthread_cond_wait(&reel->turn, &reel->lock);
        if (reel->stop || reel->at == reel->count) /* nobody reads: at is ours to look at */
            break;
        turn_locked(reel, sha);
    }
    pthread_cond_signal(&reel->turn); /* who waits for the same is told too */
    pthread_mutex_unlock(&reel->lock);
    dw_sha256_free(sha);
    return NULL;
}

/* With one processor, or where no thread can be had, the caller does the work when it needs it. */
static void start_workers(dw_reel *reel)
{
    cpu_set_t set;
    pthread_attr_t attr;
    int processors = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    if (processors < 2 || pthread_attr_init(&attr) != 0)
        return;
    int wanted = (processors < HASHERS_MAX ? processors : HASHERS_MAX) + 1; /* one of them reads */
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    while (reel->worker_count < wanted &&
           pthread_create(&reel->workers[reel->worker_count], &attr, work, reel) == 0)
        reel->worker_count++;
    pthread_attr_destroy(&attr);
}

static bool is_small(dw_check_source *source, const struct dw_reel_file *files, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count && bytes <= SLOT_BYTES; i++) {
        struct dw_check_source_entry entry;
        dw_check_source_entry(source, files[i].index, &entry);
        bytes += entry.size_bytes;
    }
    return bytes <= SLOT_BYTES;
}

static bool make_slots(dw_reel *reel)
{
    for (size_t i = 0; i < SLOTS; i++) {
        reel->slots[i] = calloc(1, sizeof *reel->slots[i]);
        if (!reel->slots[i] || !(reel->slots[i]->bytes = malloc(SLOT_BYTES)))
            return false;
    }
    return true;
}

dw_status dw_reel_new(dw_check_source *source, const struct dw_reel_file *files, size_t count, dw_reel **out,
                      struct dw_error *err)
{
    dw_reel *reel = calloc(1, sizeof *reel);
    if (!reel)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    reel->source = source;
    reel->files = files;
    reel->count = count;
    pthread_mutex_init(&reel->lock, NULL);
    pthread_cond_init(&reel->turn, NULL);
    pthread_cond_init(&reel->done, NULL);
    reel->sha = dw_sha256_new();
    reel->long_sha = dw_sha256_new();
    if (!make_slots(reel)) {
        dw_reel_free(reel);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    if (!is_small(source, files, count))
        start_workers(reel);
    *out = reel;
    return DW_OK;
}

void dw_reel_free(dw_reel *reel)
{
    if (!reel)
        return;
    pthread_mutex_lock(&reel->lock);
    reel->stop = true;
    pthread_cond_broadcast(&reel->turn);
    pthread_cond_broadcast(&reel->done);
    pthread_mutex_unlock(&reel->lock);
    for (int i = 0; i < reel->worker_count; i++)
        pthread_join(reel->workers[i], NULL);
    for (size_t i = 0; i < SLOTS && reel->slots[i]; i++) {
        free(reel->slots[i]->bytes);
        free(reel->slots[i]);
    }
    dw_sha256_free(reel->sha);
    dw_sha256_free(reel->long_sha);
    pthread_cond_destroy(&reel->turn);
    pthread_cond_destroy(&reel->done);
    pthread_mutex_destroy(&reel->lock);
    free(reel);
}

/* The slot to look at, once it is done; NULL: there is no more. */
static struct slot *await_locked(dw_reel *reel)
{
    for (;;) {
        bool begun = reel->begun > reel->taken;
        if (begun && slot_of(reel, reel->taken)->done)
            return slot_of(reel, reel->taken);
        if (!begun && !reel->reading && reel->at == reel->count)
            return NULL;
        if (reel->worker_count == 0)
            turn_locked(reel, reel->sha);
        else
            pthread_cond_wait(&reel->done, &reel->lock);
    }
}

const struct dw_reel_piece *dw_reel_next(dw_reel *reel)
{
    pthread_mutex_lock(&reel->lock);
    struct slot *slot = await_locked(reel);
    if (slot && reel->piece == slot->count) {
        reel->piece = 0;
        reel->taken++;
        pthread_cond_signal(&reel->turn);
        slot = await_locked(reel);
    }
    pthread_mutex_unlock(&reel->lock);
    return slot ? &slot->pieces[reel->piece++] : NULL;
}

dw_status dw_reel_read(dw_reel *reel, size_t index, uint64_t offset, void *out, size_t size, struct dw_error *err)
{
    pthread_mutex_lock(&reel->lock);
    while (reel->reading)
        pthread_cond_wait(&reel->turn, &reel->lock);
    reel->reading = true;
    pthread_mutex_unlock(&reel->lock);
    dw_status st = dw_check_source_read(reel->source, index, offset, out, size, err);
    pthread_mutex_lock(&reel->lock);
    reel->reading = false;
    pthread_cond_broadcast(&reel->turn);
    pthread_mutex_unlock(&reel->lock);
    return st;
}
