/* A ring of slots. Workers take turns at the source, in order, and hash what was read side by side: each of them has
 * two lanes, for two files at once (dw_sha256_add_two()), of whatever slots. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "check/reel_slot.h"

#define BUFFERS 32                 /* 8 MB in all, and of those what was needed */
#define SLOTS (BUFFERS + 1)        /* the one before the ring: a range goes on from where it ended */
#define WORKERS_MAX 5
#define STACK_BYTES (512 * 1024)
#define JOB_BYTES (128 * 1024)     /* files small enough are taken several at once */
#define ALONE_BYTES (64 * 1024)    /* in so many steps, then a look whether there is a second file */
#define ALONE_STEPS 8
#define LANES 2
#define HASH_BLOCK 64

struct lane { /* of a worker: some pieces of one slot, one after the other */
    struct dw_slot *slot;     /* NULL: nothing to do */
    size_t first, piece, end; /* the pieces are first to end - 1; the one being hashed */
    size_t at;                /* bytes of it that are done */
    dw_sha256 *sha;
};

struct hasher {
    struct lane lanes[LANES];
};

struct dw_reel {
    dw_check_source *source;
    const struct dw_reel_file *files;
    size_t count;
    struct dw_slot_place place; /* whoever reads has it */
    /* Under lock: */
    pthread_mutex_t lock;
    pthread_cond_t turn; /* there may be something to do for a worker: to read, to hash, to stop */
    pthread_cond_t done; /* a slot is done */
    bool reading, stop;
    uint64_t begun, taken; /* slots: begun by a worker; all looked at */
    struct dw_slot *slots[SLOTS];
    uint8_t *buffers[BUFFERS]; /* DW_SLOT_BYTES each */
    uint8_t *spare[BUFFERS];   /* the last one given back is taken first: it may still be in the processor's cache */
    size_t spare_count;
    /* Of the caller: */
    struct dw_slot *shown; /* slot taken; NULL: not yet known to be done */
    size_t piece;          /* of it, to be handed out next */
    struct hasher own;     /* when there is no worker */
    pthread_t workers[WORKERS_MAX];
    int worker_count;
};

static struct dw_slot *slot_of(const dw_reel *reel, uint64_t number)
{
    return reel->slots[number % SLOTS];
}

static bool is_done(const struct dw_slot *slot)
{
    return slot->is_read && slot->hashed == slot->count;
}

static bool is_wanted(const struct dw_reel_piece *piece)
{
    return piece->hash && piece->failed.code == DW_OK;
}

static void init_hasher(struct hasher *own)
{
    for (size_t i = 0; i < LANES; i++)
        own->lanes[i] = (struct lane){.sha = dw_sha256_new()};
}

static void done_hasher(struct hasher *own)
{
    for (size_t i = 0; i < LANES; i++)
        dw_sha256_free(own->lanes[i].sha);
}

static void swap_sha(struct lane *lane, struct dw_slot *slot)
{
    dw_sha256 *sha = lane->sha;
    lane->sha = slot->sha;
    slot->sha = sha;
}

/* A range is hashed behind the one before it. */
static bool can_be_hashed_locked(const dw_reel *reel, uint64_t number)
{
    const struct dw_slot *slot = slot_of(reel, number);
    return slot->is_read && slot->given < slot->count &&
           (!slot->is_range || slot->pieces[0].offset == 0 || is_done(slot_of(reel, number - 1)));
}

static bool is_at_end(const struct lane *lane)
{
    return lane->piece == lane->end;
}

/* To the next piece whose digest somebody wants. */
static void settle(struct lane *lane)
{
    while (!is_at_end(lane) && !is_wanted(&lane->slot->pieces[lane->piece]))
        lane->piece++;
    if (!is_at_end(lane) && lane->slot->pieces[lane->piece].offset == 0)
        dw_sha256_start(lane->sha);
}

/* Pieces for a lane, of the first slot that has some; false: there are none. */
static bool give_locked(dw_reel *reel, struct lane *lane)
{
    uint64_t number = reel->taken;
    size_t bytes = 0;
    while (number < reel->begun && !can_be_hashed_locked(reel, number))
        number++;
    if (number == reel->begun)
        return false;
    struct dw_slot *slot = slot_of(reel, number);
    lane->slot = slot;
    lane->first = lane->piece = slot->given;
    lane->at = 0;
    while (slot->given < slot->count && bytes < JOB_BYTES)
        bytes += slot->pieces[slot->given++].size;
    lane->end = slot->given;
    if (slot->pieces[0].offset > 0)
        swap_sha(lane, slot_of(reel, number - 1));
    settle(lane);
    return true;
}

static void give_back_locked(dw_reel *reel, struct lane *lane)
{
    struct dw_slot *slot = lane->slot;
    slot->hashed += lane->end - lane->first;
    if (!slot->pieces[0].is_last)
        swap_sha(lane, slot);
    lane->slot = NULL;
    if (is_done(slot_of(reel, reel->taken)))
        pthread_cond_signal(&reel->done);
    if (slot->is_range)
        pthread_cond_signal(&reel->turn); /* the next one may go on */
}

static size_t left_of(const struct lane *lane)
{
    return lane->slot->pieces[lane->piece].size - lane->at;
}

static const uint8_t *bytes_of(const struct lane *lane)
{
    return lane->slot->pieces[lane->piece].bytes + lane->at;
}

/* Behind bytes that were hashed. */
static void advance(struct lane *lane, size_t size)
{
    struct dw_reel_piece *piece = &lane->slot->pieces[lane->piece];
    lane->at += size;
    if (lane->at < piece->size)
        return;
    if (piece->is_last)
        dw_sha256_end(lane->sha, piece->sha256);
    lane->piece++;
    lane->at = 0;
    settle(lane);
}

static void hash_alone(struct lane *lane, size_t most)
{
    size_t left = left_of(lane), size = left < most ? left : most;
    dw_sha256_add(lane->sha, bytes_of(lane), size);
    advance(lane, size);
}

static void hash_both(struct lane *one, struct lane *two)
{
    struct lane *lanes[] = {one, two};
    size_t size = left_of(one) < left_of(two) ? left_of(one) : left_of(two);
    size -= size % HASH_BLOCK;
    dw_sha256_add_two(one->sha, bytes_of(one), two->sha, bytes_of(two), size);
    for (size_t i = 0; i < DW_ARRAY_LEN(lanes); i++) {
        advance(lanes[i], size);
        if (!is_at_end(lanes[i]) && left_of(lanes[i]) < HASH_BLOCK)
            hash_alone(lanes[i], HASH_BLOCK); /* the end of a file, or a very small one */
    }
}

/* Until a lane has nothing more; one alone for a while: then there may be something for the other. */
static void hash(struct hasher *own)
{
    struct lane *one = &own->lanes[0], *two = &own->lanes[1], *single = one->slot ? one : two;
    if (one->slot && two->slot)
        while (!is_at_end(one) && !is_at_end(two))
            hash_both(one, two);
    else
        for (size_t i = 0; i < ALONE_STEPS && !is_at_end(single); i++)
            hash_alone(single, ALONE_BYTES / ALONE_STEPS);
}

static bool may_read_locked(const dw_reel *reel)
{
    return !reel->reading && reel->spare_count > 0 && reel->place.at < reel->count; /* nobody reads: place is ours */
}

static void read_locked(dw_reel *reel)
{
    struct dw_slot *slot = slot_of(reel, reel->begun++);
    reel->reading = true;
    slot->is_read = false;
    slot->given = slot->hashed = 0;
    slot->bytes = reel->spare[--reel->spare_count];
    pthread_mutex_unlock(&reel->lock);
    dw_slot_plan(slot, reel->source, reel->files, reel->count, &reel->place);
    dw_slot_fill(slot, reel->source, &reel->place);
    pthread_mutex_lock(&reel->lock);
    slot->is_read = true;
    reel->reading = false;
    pthread_cond_signal(&reel->turn); /* what was read is for us, the next turn for somebody else */
}

/* What is to be done next: to hash what is there, with both lanes, and to read when that is too little. False:
 * nothing, for now. Called with the lock, which is let go meanwhile. */
static bool turn_locked(dw_reel *reel, struct hasher *own)
{
    bool is_idle = false;
    for (size_t i = 0; i < LANES; i++)
        if (!own->lanes[i].slot && !give_locked(reel, &own->lanes[i]))
            is_idle = true;
    if (is_idle && may_read_locked(reel)) {
        read_locked(reel);
        return true;
    }
    if (!own->lanes[0].slot && !own->lanes[1].slot)
        return false;
    pthread_mutex_unlock(&reel->lock);
    hash(own);
    pthread_mutex_lock(&reel->lock);
    for (size_t i = 0; i < LANES; i++)
        if (own->lanes[i].slot && is_at_end(&own->lanes[i]))
            give_back_locked(reel, &own->lanes[i]);
    return true;
}

static void *work(void *ctx)
{
    dw_reel *reel = ctx;
    struct hasher own;
    init_hasher(&own);
    pthread_mutex_lock(&reel->lock);
    while (!reel->stop)
        if (!turn_locked(reel, &own))
            pthread_cond_wait(&reel->turn, &reel->lock);
    pthread_mutex_unlock(&reel->lock);
    done_hasher(&own);
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
    int wanted = processors < WORKERS_MAX ? processors : WORKERS_MAX;
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    while (reel->worker_count < wanted &&
           pthread_create(&reel->workers[reel->worker_count], &attr, work, reel) == 0)
        reel->worker_count++;
    pthread_attr_destroy(&attr);
}

static bool is_small(dw_check_source *source, const struct dw_reel_file *files, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count && bytes <= DW_SLOT_BYTES; i++) {
        struct dw_check_source_entry entry;
        dw_check_source_entry(source, files[i].index, &entry);
        bytes += entry.size_bytes;
    }
    return bytes <= DW_SLOT_BYTES;
}

static bool make_slots(dw_reel *reel)
{
    for (size_t i = 0; i < BUFFERS; i++) {
        reel->buffers[i] = reel->spare[i] = malloc(DW_SLOT_BYTES);
        if (!reel->buffers[i])
            return false;
    }
    reel->spare_count = BUFFERS;
    for (size_t i = 0; i < SLOTS; i++) {
        reel->slots[i] = calloc(1, sizeof *reel->slots[i]);
        if (!reel->slots[i])
            return false;
        reel->slots[i]->sha = dw_sha256_new();
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
    init_hasher(&reel->own);
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
    pthread_mutex_unlock(&reel->lock);
    for (int i = 0; i < reel->worker_count; i++)
        pthread_join(reel->workers[i], NULL);
    for (size_t i = 0; i < SLOTS && reel->slots[i]; i++) {
        dw_sha256_free(reel->slots[i]->sha);
        free(reel->slots[i]);
    }
    for (size_t i = 0; i < BUFFERS; i++)
        free(reel->buffers[i]);
    done_hasher(&reel->own);
    pthread_cond_destroy(&reel->turn);
    pthread_cond_destroy(&reel->done);
    pthread_mutex_destroy(&reel->lock);
    free(reel);
}

/* The slot to look at, once it is done; NULL: there is no more. */
static struct dw_slot *await_locked(dw_reel *reel)
{
    for (;;) {
        bool begun = reel->begun > reel->taken;
        if (begun && is_done(slot_of(reel, reel->taken)))
            return slot_of(reel, reel->taken);
        if (!begun && reel->place.at == reel->count) /* nobody reads: who does has begun a slot */
            return NULL;
        if (reel->worker_count > 0)
            pthread_cond_wait(&reel->done, &reel->lock);
        else
            (void)turn_locked(reel, &reel->own);
    }
}

const struct dw_reel_piece *dw_reel_next(dw_reel *reel)
{
    if (!reel->shown || reel->piece == reel->shown->count) {
        pthread_mutex_lock(&reel->lock);
        if (reel->shown) {
            reel->spare[reel->spare_count++] = reel->shown->bytes;
            reel->taken++;
            pthread_cond_signal(&reel->turn);
        }
        reel->shown = await_locked(reel);
        pthread_mutex_unlock(&reel->lock);
        reel->piece = 0;
    }
    return reel->shown ? &reel->shown->pieces[reel->piece++] : NULL;
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
