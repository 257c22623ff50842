#include "layout/intray.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dicom/scan.h"

#define BATCH 16         /* files that a thread takes at a time */
#define WINDOW 12        /* batches under way or waiting to be handed over */
#define THREADS_MAX 8
#define PREFETCH_THREADS 2
#define PREFETCH_FILES 512          /* ahead of the scanners: a window, so that little memory loses nothing */
#define PREFETCH_BYTES (256 * 1024) /* of each: small files arrive whole, and the stream finds them warm */
#define META_MAX 1024
/* Version, class, instance, transfer syntax, implementation: type 1 (PS3.10 Table 7.1-1). */
#define META_REQUIRED (1u << 0x01 | 1u << 0x02 | 1u << 0x03 | 1u << 0x10 | 1u << 0x12)

void dw_intray_done(struct dw_intray *intray)
{
    free(intray->paths);
    dw_arena_done(&intray->arena);
    *intray = (struct dw_intray){0};
}

static dw_status add_path(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                          struct dw_error *err)
{
    struct dw_intray *intray = ctx;
    if (intray->count >= DW_TREE_ENTRIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d files", DW_TREE_ENTRIES_MAX);
    if (intray->count == intray->cap) {
        size_t cap = intray->cap ? intray->cap * 2 : 256;
        const char **bigger = realloc(intray->paths, cap * sizeof *bigger);
        if (!bigger)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of files");
        intray->paths = bigger;
        intray->cap = cap;
    }
    const char *copy = dw_arena_text(&intray->arena, path);
    if (!copy)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of files");
    intray->paths[intray->count++] = copy;
    return DW_OK;
}

dw_status dw_intray_list(struct dw_intray *intray, const char *path, struct dw_error *err)
{
    return dw_file_walk(path, add_path, intray, err);
}

/* --- the meta header --- */

static bool value_is(const uint8_t *value, size_t length, const char *uid)
{
    while (length > 0 && (value[length - 1] == '\0' || value[length - 1] == ' '))
        length--;
    return length == strlen(uid) && memcmp(value, uid, length) == 0;
}

/* The directory and readers go by the meta header (PS3.10 7.1): one that is incomplete or speaks of
 * another object has to be written anew. It is short and lies first; what is not there is not looked for. */
static bool meta_agrees(int fd, const struct dw_object *object)
{
    uint8_t head[META_MAX];
    ssize_t size = pread(fd, head, sizeof head, 0);
    unsigned seen = 0; /* of the elements that must be there, one bit each */
    if (size < 132 || memcmp(head + 128, "DICM", 4) != 0)
        return false;
    for (size_t at = 132; at + 12 <= (size_t)size && head[at] == 2 && head[at + 1] == 0;) {
        bool is_long = memcmp(head + at + 4, "OB", 2) == 0;
        size_t begin = at + (is_long ? 12 : 8);
        size_t length = is_long ? head[at + 8] | (size_t)head[at + 9] << 8
                                : head[at + 6] | (size_t)head[at + 7] << 8;
        if (begin + length > (size_t)size)
            break;
        unsigned element = head[at + 2] | (unsigned)head[at + 3] << 8;
        bool agrees = element == 1   ? length == 2 && head[begin] == 0 && head[begin + 1] == 1
                      : element == 2 ? value_is(head + begin, length, object->sop_class)
                      : element == 3 ? value_is(head + begin, length, object->sop_instance)
                                     : length > 0;
        if (element < 32 && agrees)
            seen |= 1u << element;
        at = begin + length;
    }
    return (seen & META_REQUIRED) == META_REQUIRED;
}

/* --- scanning --- */

struct scanned {
    dw_status st;
    struct dw_error err;
    struct dw_object object;
    struct dw_buf record;
};
struct pool {
    const struct dw_intray *intray;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t batches, taken, handed_over; /* counts of batches */
    size_t prefetched;                  /* files */
    bool stop;
    bool ready[WINDOW];
    struct scanned (*window)[BATCH];
};

/* The next batch nobody has taken; false: there is none, or the scan was stopped. */
static bool take_batch(struct pool *pool, size_t *out)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop && pool->taken < pool->batches &&
           pool->taken - pool->handed_over >= WINDOW)
        pthread_cond_wait(&pool->changed, &pool->lock);
    bool some = !pool->stop && pool->taken < pool->batches;
    *out = pool->taken;
    pool->taken += some;
    pthread_mutex_unlock(&pool->lock);
    return some;
}

static size_t batch_end(const struct pool *pool, size_t batch)
{
    size_t end = (batch + 1) * BATCH;
    return end < pool->intray->count ? end : pool->intray->count;
}

static void scan_one(const char *path, struct scanned *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        int errnum = errno;
        out->st = dw_error_set(&out->err, dw_status_from_errno(errnum), "it cannot be opened: %s",
                               strerror(errnum));
        return;
    }
    out->st = dw_scan_object(fd, NULL, &out->object, &out->record, &out->err);
    if (out->st == DW_OK && out->object.has_meta)
        out->object.has_meta = meta_agrees(fd, &out->object);
    close(fd);
}

static void *scan_batches(void *arg)
{
    struct pool *pool = arg;
    size_t batch;
    while (take_batch(pool, &batch)) {
        struct scanned *row = pool->window[batch % WINDOW];
        for (size_t i = batch * BATCH; i < batch_end(pool, batch); i++, row++)
            scan_one(pool->intray->paths[i], row);
        pthread_mutex_lock(&pool->lock);
        pool->ready[batch % WINDOW] = true;
        pthread_cond_broadcast(&pool->changed);
        pthread_mutex_unlock(&pool->lock);
    }
    return NULL;
}

/* The next file to ask the kernel for; false: there is none, or the scan was stopped. */
static bool take_prefetch(struct pool *pool, size_t *out)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop && pool->prefetched < pool->intray->count &&
           pool->prefetched >= pool->taken * BATCH + PREFETCH_FILES)
        pthread_cond_wait(&pool->changed, &pool->lock);
    if (pool->prefetched < pool->taken * BATCH) /* overtaken: what is being read needs no asking */
        pool->prefetched = pool->taken * BATCH;
    bool some = !pool->stop && pool->prefetched < pool->intray->count;
    *out = pool->prefetched;
    pool->prefetched += some;
    pthread_mutex_unlock(&pool->lock);
    return some;
}

/* A disk serves many requests at once, a scanner waits for one: reading begins before anybody waits. What
 * cannot be opened is told by the scanner. */
static void *prefetch(void *arg)
{
    struct pool *pool = arg;
    size_t i;
    while (take_prefetch(pool, &i)) {
        int fd = open(pool->intray->paths[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
            continue;
        posix_fadvise(fd, 0, PREFETCH_BYTES, POSIX_FADV_WILLNEED);
        close(fd);
    }
    return NULL;
}

static void wait_for_batch(struct pool *pool, size_t batch)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->ready[batch % WINDOW])
        pthread_cond_wait(&pool->changed, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void release_batch(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->ready[pool->handed_over % WINDOW] = false;
    pool->handed_over++;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

static void stop_pool(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

static dw_status hand_over(struct pool *pool, dw_intray_fn *fn, void *ctx, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (size_t batch = 0; st == DW_OK && batch < pool->batches; batch++) {
        wait_for_batch(pool, batch);
        const struct scanned *row = pool->window[batch % WINDOW];
        for (size_t i = batch * BATCH; st == DW_OK && i < batch_end(pool, batch); i++, row++) {
            struct dw_intray_file file = {i, row->st, row->err.text, &row->object, &row->record};
            st = fn(ctx, &file, err);
        }
        release_batch(pool);
    }
    return st;
}

static unsigned processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

dw_status dw_intray_scan(const struct dw_intray *intray, unsigned threads, dw_intray_fn *fn,
                         void *ctx, struct dw_error *err)
{
    struct pool pool = {.intray = intray, .batches = (intray->count + BATCH - 1) / BATCH};
    pthread_t ids[THREADS_MAX], ahead[PREFETCH_THREADS];
    unsigned started = 0, prefetching = 0;
    dw_status st = DW_OK;
    if (threads == 0 || threads > THREADS_MAX)
        threads = processors();
    pool.window = calloc(WINDOW, sizeof *pool.window);
    if (!pool.window)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for scanning");
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.changed, NULL);
    while (prefetching < PREFETCH_THREADS &&
           pthread_create(&ahead[prefetching], NULL, prefetch, &pool) == 0)
        prefetching++;
    while (started < threads && pthread_create(&ids[started], NULL, scan_batches, &pool) == 0)
        started++;
    if (started == 0)
        st = dw_error_set(err, DW_ERR_INTERNAL, "no thread could be started");
    else
        st = hand_over(&pool, fn, ctx, err);
    stop_pool(&pool);
    for (unsigned i = 0; i < prefetching; i++)
        pthread_join(ahead[i], NULL);
    for (unsigned i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
    for (size_t i = 0; i < WINDOW * BATCH; i++)
        dw_buf_done(&pool.window[i / BATCH][i % BATCH].record);
    pthread_cond_destroy(&pool.changed);
    pthread_mutex_destroy(&pool.lock);
    free(pool.window);
    return st;
}
