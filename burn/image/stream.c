#include "burn/image/stream_private.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for streaming a disc");
}

/* --- threads --- */

static uint32_t core_count(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n > DW_STREAM_CORES_MAX ? DW_STREAM_CORES_MAX : (uint32_t)n;
}

static void fail_locked(dw_stream *stream, uint32_t number, dw_status st, const struct dw_error *err)
{
    if (stream->failed == DW_OK || number < stream->failed_slab) {
        stream->failed = st;
        stream->failed_slab = number;
        stream->failure = *err;
    }
    pthread_cond_broadcast(&stream->changed);
}

/* The next slab nobody has begun, once its place in the ring is free; false: there is none to do. */
static bool claim(dw_stream *stream, uint32_t *out)
{
    bool got = false;
    pthread_mutex_lock(&stream->lock);
    while (!stream->stop && stream->failed == DW_OK && stream->claimed < stream->slab_count) {
        struct dw_slab *slab = &stream->slabs[stream->claimed % stream->slab_slots];
        if (slab->state == DW_SLAB_FREE && !slab->carry_ready) {
            slab->state = DW_SLAB_BUSY;
            *out = stream->claimed++;
            got = true;
            break;
        }
        pthread_cond_wait(&stream->changed, &stream->lock);
    }
    pthread_mutex_unlock(&stream->lock);
    return got;
}

static dw_status work_on(struct dw_worker *worker, uint32_t number, struct dw_error *err)
{
    dw_stream *stream = worker->stream;
    struct dw_slab *slab = &stream->slabs[number % stream->slab_slots];
    uint32_t lba = number * DW_SLAB_BLOCKS;
    uint32_t blocks = stream->blocks - lba < DW_SLAB_BLOCKS ? stream->blocks - lba : DW_SLAB_BLOCKS;
    dw_status st = dw_slab_fill(worker, number, err);
    if (st != DW_OK)
        return st;
    pthread_mutex_lock(&stream->lock);
    stream->filled++;
    slab->state = stream->sink ? DW_SLAB_BUSY : DW_SLAB_READY;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
    if (!stream->sink)
        return DW_OK;
    st = stream->sink(stream->sink_ctx, lba, slab->data, blocks, err);
    if (st != DW_OK)
        return st;
    pthread_mutex_lock(&stream->lock);
    stream->sunk++;
    slab->state = DW_SLAB_FREE;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
    return DW_OK;
}

static void *run_worker(void *ctx)
{
    struct dw_worker *worker = ctx;
    dw_stream *stream = worker->stream;
    uint32_t number;
    while (claim(stream, &number)) {
        struct dw_error err = {0};
        dw_status st = work_on(worker, number, &err);
        if (st == DW_OK)
            continue;
        pthread_mutex_lock(&stream->lock);
        /* Who stopped because another one failed has nothing to say. */
        if (st != DW_ERR_CANCELLED || (stream->failed == DW_OK && !stream->stop))
            fail_locked(stream, number, st, &err);
        pthread_mutex_unlock(&stream->lock);
        break;
    }
    return NULL;
}

static dw_status start_worker(dw_stream *stream, struct dw_worker *worker, struct dw_error *err)
{
    worker->stream = stream;
    worker->sha = dw_sha256_new();
    int rc = pthread_create(&worker->thread, NULL, run_worker, worker);
    if (rc == 0)
        return DW_OK;
    dw_sha256_free(worker->sha);
    return dw_error_set(err, DW_ERR_INTERNAL, "start a thread: %s", strerror(rc));
}

static dw_status start_workers(dw_stream *stream, uint32_t want, struct dw_error *err)
{
    if (want > stream->slab_count)
        want = stream->slab_count;
    stream->slab_slots = 2 * want + 2;
    for (uint32_t i = 0; i < stream->slab_slots; i++) {
        stream->slabs[i].carry = dw_sha256_new();
        if (posix_memalign((void **)&stream->slabs[i].data, 4096, DW_SLAB_BYTES) != 0)
            return no_memory(err);
    }
    while (stream->worker_count < want) {
        dw_status st = start_worker(stream, &stream->workers[stream->worker_count], err);
        if (st != DW_OK) /* fewer are slower, not wrong */
            return stream->worker_count > 0 ? DW_OK : st;
        stream->worker_count++;
    }
    return DW_OK;
}

dw_status dw_stream_start(dw_stream *stream, uint32_t extra, struct dw_error *err)
{
    struct dw_error why = {0};
    stream->started = true;
    dw_status st = start_workers(stream, core_count() + extra, &why);
    if (st == DW_OK)
        return DW_OK;
    pthread_mutex_lock(&stream->lock);
    fail_locked(stream, 0, st, &why);
    pthread_mutex_unlock(&stream->lock);
    return dw_error_set(err, st, "%s", why.text);
}

void dw_stream_stop(dw_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->stop = true;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
    for (uint32_t i = 0; i < stream->worker_count; i++) {
        pthread_join(stream->workers[i].thread, NULL);
        dw_sha256_free(stream->workers[i].sha);
    }
    stream->worker_count = 0;
}

dw_status dw_stream_failure(dw_stream *stream, struct dw_error *err)
{
    if (err)
        *err = stream->failure;
    return stream->failed;
}

/* --- the object --- */

/* Is a hash of any file wanted? Where the manifest lies is found on the way. */
static bool look_at_files(dw_stream *stream)
{
    bool any = false;
    for (size_t i = 0; i < stream->file_count; i++) {
        struct dw_tree_file file;
        dw_tree_file(stream->tree, i, &file);
        any = any || file.has_sha256;
        if (file.src_path)
            continue;
        uint32_t slab = dw_plan_file_lba(stream->plan, i) / DW_SLAB_BLOCKS;
        stream->has_manifest = stream->hash_all = any = true;
        stream->manifest_slab = slab < stream->slab_count ? slab : stream->slab_count - 1;
    }
    return any;
}

dw_status dw_stream_new(const dw_plan *plan, dw_stream **out, struct dw_error *err)
{
    dw_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return no_memory(err);
    pthread_mutex_init(&stream->lock, NULL);
    pthread_cond_init(&stream->changed, NULL);
    stream->plan = plan;
    stream->tree = dw_plan_tree(plan);
    stream->file_count = dw_tree_file_count(stream->tree);
    stream->blocks = dw_plan_blocks(plan);
    stream->slab_count = (stream->blocks + DW_SLAB_BLOCKS - 1) / DW_SLAB_BLOCKS;
    size_t chunks = (stream->blocks + DW_CHUNK_BLOCKS - 1) / DW_CHUNK_BLOCKS;
    bool hashes = look_at_files(stream);
    stream->identity = calloc(stream->file_count + 1, sizeof *stream->identity);
    stream->crc = calloc(chunks, sizeof *stream->crc);
    if (hashes)
        stream->sha256 = calloc(stream->file_count + 1, sizeof *stream->sha256);
    if (!stream->identity || !stream->crc || (hashes && !stream->sha256)) {
        dw_stream_free(stream);
        return no_memory(err);
    }
    *out = stream;
    return DW_OK;
}

void dw_stream_free(dw_stream *stream)
{
    if (!stream)
        return;
    dw_stream_stop(stream);
    for (uint32_t i = 0; i < stream->slab_slots; i++) {
        dw_sha256_free(stream->slabs[i].carry);
        free(stream->slabs[i].data);
    }
    dw_buf_done(&stream->manifest);
    free(stream->identity);
    free(stream->sha256);
    free(stream->crc);
    pthread_cond_destroy(&stream->changed);
    pthread_mutex_destroy(&stream->lock);
    free(stream);
}

/* --- pulling --- */

static dw_status await_slab(dw_stream *stream, const struct dw_slab *slab, struct dw_error *err)
{
    pthread_mutex_lock(&stream->lock);
    while (slab->state != DW_SLAB_READY && stream->failed == DW_OK)
        pthread_cond_wait(&stream->changed, &stream->lock);
    dw_status st = stream->failed == DW_OK ? DW_OK : dw_stream_failure(stream, err);
    pthread_mutex_unlock(&stream->lock);
    return st;
}

dw_status dw_stream_next(dw_stream *stream, void *buf, uint32_t max_blocks, uint32_t *out_blocks,
                         struct dw_error *err)
{
    uint8_t *to = buf;
    uint32_t done = 0;
    if (!stream->started) {
        dw_status st = dw_stream_start(stream, 0, err);
        if (st != DW_OK)
            return st;
    }
    assert(stream->slab_slots > 0); /* started */
    while (done < max_blocks && stream->at < stream->blocks) {
        uint32_t number = stream->at / DW_SLAB_BLOCKS, skip = stream->at % DW_SLAB_BLOCKS;
        uint32_t end = stream->blocks - stream->at + skip;
        end = end < DW_SLAB_BLOCKS ? end : DW_SLAB_BLOCKS;
        struct dw_slab *slab = &stream->slabs[number % stream->slab_slots];
        dw_status st = await_slab(stream, slab, err);
        if (st != DW_OK)
            return st;
        uint32_t n = end - skip < max_blocks - done ? end - skip : max_blocks - done;
        memcpy(to + (size_t)done * DW_BLOCK_SIZE, slab->data + (size_t)skip * DW_BLOCK_SIZE,
               (size_t)n * DW_BLOCK_SIZE);
        done += n;
        stream->at += n;
        if (skip + n < end)
            continue;
        pthread_mutex_lock(&stream->lock);
        slab->state = DW_SLAB_FREE;
        pthread_cond_broadcast(&stream->changed);
        pthread_mutex_unlock(&stream->lock);
    }
    *out_blocks = done;
    return DW_OK;
}

const uint8_t *dw_stream_sha256(const dw_stream *stream, size_t i)
{
    struct dw_tree_file file;
    dw_tree_file(stream->tree, i, &file);
    return stream->hash_all || file.has_sha256 ? stream->sha256[i] : NULL;
}
