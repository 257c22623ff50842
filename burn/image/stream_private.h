/** What the parts of the stream share: stream.c (ring and threads), slab.c (reading and hashing), image_file.c,
 *  chunks.c.
 *
 *  A slab is DW_SLAB_BLOCKS of the disc. Workers claim slabs in disc order and do everything one needs: read
 *  its files, hash them, sum its chunks. A file that goes on in the next slab hands its half-done hash over
 *  (carry), and is hashed first in its slab so that the next one never waits for the rest. */
#ifndef DW_BURN_IMAGE_STREAM_PRIVATE_H
#define DW_BURN_IMAGE_STREAM_PRIVATE_H
#include <pthread.h>
#include <stdbool.h>
#include "base/limits.h"
#include "base/text.h"
#include "burn/image/stream.h"

#define DW_SLAB_BLOCKS 512 /* 1 MiB: a few chunks, and still in the cache when it is written */
#define DW_SLAB_BYTES ((size_t)DW_SLAB_BLOCKS * DW_BLOCK_SIZE)
#define DW_STREAM_CORES_MAX 4
#define DW_STREAM_WORKERS_MAX (DW_STREAM_CORES_MAX + 2)
#define DW_STREAM_SLABS_MAX (2 * DW_STREAM_WORKERS_MAX + 2)
_Static_assert(DW_SLAB_BLOCKS % DW_CHUNK_BLOCKS == 0, "a chunk lies in one slab");

enum dw_slab_state { DW_SLAB_FREE, DW_SLAB_BUSY, DW_SLAB_READY };

struct dw_slab {
    uint8_t *data;
    enum dw_slab_state state;
    bool carry_ready; /* hash of the file that goes on in the next slab, not yet taken by it */
    dw_sha256 *carry;
};

struct dw_worker {
    dw_stream *stream;
    pthread_t thread;
    dw_sha256 *sha;
};

/** Takes a finished slab from its worker; from several threads at once. */
typedef dw_status dw_slab_sink(void *ctx, uint32_t lba, const uint8_t *data, uint32_t blocks,
                               struct dw_error *err);

struct dw_stream {
    const dw_plan *plan;
    const dw_tree *tree;
    size_t file_count;
    uint64_t *identity;   /* of each source that lies in several slabs, by who opened it first; atomic */
    uint8_t (*sha256)[DW_SHA256_SIZE]; /* NULL: no file is hashed */
    uint32_t *crc;        /* of each chunk; NULL: nobody wants them */
    bool hash_all;        /* else the files of which a hash is expected */
    uint32_t blocks, slab_count;
    bool has_manifest;    /* the last file; slabs that hold some of it wait for all others */
    uint32_t manifest_slab;
    dw_slab_sink *sink;   /* NULL: slabs wait for dw_stream_next() */
    void *sink_ctx;

    struct dw_worker workers[DW_STREAM_WORKERS_MAX];
    struct dw_slab slabs[DW_STREAM_SLABS_MAX];
    uint32_t worker_count, slab_slots;
    bool started;

    pthread_mutex_t lock; /* all below, and state and carry of the slabs */
    pthread_cond_t changed;
    uint32_t claimed, filled, sunk; /* slabs */
    struct dw_buf manifest;
    bool manifest_ready, stop;
    dw_status failed; /* sticky; the earliest slab's sentence is kept */
    uint32_t failed_slab;
    struct dw_error failure;

    uint32_t at; /* next block for dw_stream_next(), its caller's own */
};

/** Everything one slab needs. Sets no state. */
DW_MUST_CHECK dw_status dw_slab_fill(struct dw_worker *worker, uint32_t number, struct dw_error *err);
/** Threads, as many as there are cores up to DW_STREAM_CORES_MAX, and `extra` (at most 2). */
DW_MUST_CHECK dw_status dw_stream_start(dw_stream *stream, uint32_t extra, struct dw_error *err);
void dw_stream_stop(dw_stream *stream); /**< joins them */
DW_MUST_CHECK dw_status dw_stream_failure(dw_stream *stream, struct dw_error *err); /**< lock held */

#endif
