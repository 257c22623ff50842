/* One slab of a disc: its files read, hashed and compared, its chunks summed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "burn/image/stream_private.h"

struct slab_files { /* files [first, end) have blocks in it, or are empty and belong to it */
    size_t first, end;
    uint32_t lba, blocks;
};

struct span { /* the part of one file that lies in a slab */
    struct dw_tree_file file;
    size_t number;
    uint64_t offset; /* in the file */
    size_t at, size; /* in the slab */
    bool goes_on;
    bool hashed;
};

/* --- which files --- */

static size_t first_at_or_behind(const dw_stream *stream, uint32_t lba)
{
    size_t low = 0, high = stream->file_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (dw_plan_file_lba(stream->plan, mid) < lba)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct slab_files files_of(const dw_stream *stream, uint32_t number)
{
    struct slab_files files = {.lba = number * DW_SLAB_BLOCKS};
    uint32_t left = stream->blocks - files.lba;
    files.blocks = left < DW_SLAB_BLOCKS ? left : DW_SLAB_BLOCKS;
    files.first = first_at_or_behind(stream, files.lba);
    if (files.first > 0 && dw_plan_file_lba(stream->plan, files.first) > files.lba)
        files.first--; /* its tail reaches into this slab */
    files.end = number + 1 == stream->slab_count
                    ? stream->file_count
                    : first_at_or_behind(stream, files.lba + files.blocks);
    return files;
}

static struct span span_of(const dw_stream *stream, const struct slab_files *files, size_t i)
{
    struct span span = {.number = i};
    dw_tree_file(stream->tree, i, &span.file);
    span.hashed = stream->hash_all || span.file.has_sha256;
    uint32_t start = dw_plan_file_lba(stream->plan, i);
    if (start < files->lba)
        span.offset = (uint64_t)(files->lba - start) * DW_BLOCK_SIZE;
    else
        span.at = (size_t)(start - files->lba) * DW_BLOCK_SIZE;
    uint64_t left = span.file.size_bytes > span.offset ? span.file.size_bytes - span.offset : 0;
    size_t room = (size_t)files->blocks * DW_BLOCK_SIZE - span.at;
    span.goes_on = left > room;
    span.size = span.goes_on ? room : (size_t)left;
    return span;
}

/* --- reading --- */

static dw_status changed(const struct span *span, const char *how, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CONFLICT, "source of %s changed: %s", span->file.disc_path, how);
}

static dw_status open_source(const struct span *span, int *out_fd, struct stat *sb,
                             struct dw_error *err)
{
    int fd = open(span->file.src_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return changed(span, "it is gone", err);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "open source of %s: %s",
                            span->file.disc_path, strerror(errno));
    dw_status st = DW_OK;
    if (fstat(fd, sb) != 0)
        st = dw_error_set(err, DW_ERR_IO, "look at source of %s: %s", span->file.disc_path,
                          strerror(errno));
    else if (!S_ISREG(sb->st_mode))
        st = changed(span, "it is no regular file", err);
    else if ((uint64_t)sb->st_size != span->file.size_bytes)
        st = dw_error_set(err, DW_ERR_CONFLICT, "source of %s changed: %lld bytes, not %llu",
                          span->file.disc_path, (long long)sb->st_size,
                          (unsigned long long)span->file.size_bytes);
    if (st != DW_OK) {
        close(fd);
        return st;
    }
    *out_fd = fd;
    return DW_OK;
}

static dw_status read_bytes(const struct span *span, int fd, uint8_t *to, struct dw_error *err)
{
    for (size_t done = 0; done < span->size;) {
        ssize_t n = pread(fd, to + done, span->size - done, (off_t)(span->offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return dw_error_set(err, DW_ERR_IO, "read source of %s: %s", span->file.disc_path,
                                strerror(errno));
        if (n == 0)
            return changed(span, "it became shorter", err);
        done += (size_t)n;
    }
    return DW_OK;
}

/* Which file it is and when it was written to: never 0. */
static uint64_t identity_of(const struct stat *sb)
{
    const uint64_t parts[] = {(uint64_t)sb->st_dev, (uint64_t)sb->st_ino, (uint64_t)sb->st_size,
                              (uint64_t)sb->st_mtim.tv_sec, (uint64_t)sb->st_mtim.tv_nsec};
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < DW_ARRAY_LEN(parts); i++) {
        h = (h ^ parts[i]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 32;
    }
    return h | 1;
}

/* The parts of one file are read by different workers: all of them must have seen the same file, and it must
 * not have been written to while anybody read. */
static dw_status check_identity(const struct dw_worker *worker, const struct span *span, int fd,
                                const struct stat *before, struct dw_error *err)
{
    struct stat after;
    uint64_t identity = identity_of(before), first = 0;
    if (fstat(fd, &after) != 0 || identity_of(&after) != identity)
        return changed(span, "written while it was read", err);
    if (span->offset == 0 && !span->goes_on)
        return DW_OK;
    if (!__atomic_compare_exchange_n(&worker->stream->identity[span->number], &first, identity, false,
                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
        first != identity)
        return changed(span, "written while it was read", err);
    return DW_OK;
}

static dw_status read_span(const struct dw_worker *worker, const struct span *span, uint8_t *to,
                           struct dw_error *err)
{
    int fd = -1;
    struct stat sb = {0};
    dw_status st = open_source(span, &fd, &sb, err);
    if (st != DW_OK)
        return st;
    st = read_bytes(span, fd, to, err);
    if (st == DW_OK)
        st = check_identity(worker, span, fd, &sb, err);
    close(fd);
    return st;
}

/* --- hashing --- */

static dw_status finish_file(struct dw_worker *worker, const struct span *span, struct dw_error *err)
{
    uint8_t *sha256 = worker->stream->sha256[span->number];
    dw_sha256_end(worker->sha, sha256);
    if (span->file.has_sha256 && memcmp(sha256, span->file.sha256, DW_SHA256_SIZE) != 0)
        return changed(span, "other content", err);
    return DW_OK;
}

static struct dw_slab *slab_at(dw_stream *stream, uint32_t number)
{
    return &stream->slabs[number % stream->slab_slots];
}

static void give_carry(struct dw_worker *worker, uint32_t number)
{
    dw_stream *stream = worker->stream;
    struct dw_slab *slab = slab_at(stream, number);
    pthread_mutex_lock(&stream->lock);
    dw_sha256 *half_done = worker->sha;
    worker->sha = slab->carry;
    slab->carry = half_done;
    slab->carry_ready = true;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
}

/* The slab before was claimed before and waits for nothing behind it: this ends. */
static dw_status take_carry(struct dw_worker *worker, uint32_t number, struct dw_error *err)
{
    dw_stream *stream = worker->stream;
    struct dw_slab *before = slab_at(stream, number - 1);
    dw_status st = DW_OK;
    pthread_mutex_lock(&stream->lock);
    while (!before->carry_ready && !stream->stop && stream->failed == DW_OK)
        pthread_cond_wait(&stream->changed, &stream->lock);
    if (before->carry_ready) {
        dw_sha256 *mine = worker->sha;
        worker->sha = before->carry;
        before->carry = mine;
        before->carry_ready = false;
        pthread_cond_broadcast(&stream->changed);
    } else {
        st = dw_error_set(err, DW_ERR_CANCELLED, "stopped");
    }
    pthread_mutex_unlock(&stream->lock);
    return st;
}

static dw_status hash_tail(struct dw_worker *worker, uint32_t number, const struct span *span,
                           const uint8_t *data, struct dw_error *err)
{
    dw_status st = take_carry(worker, number, err);
    if (st != DW_OK)
        return st;
    dw_sha256_add(worker->sha, data + span->at, span->size);
    if (!span->goes_on)
        return finish_file(worker, span, err);
    give_carry(worker, number);
    return DW_OK;
}

/* --- the manifest --- */

/* As sha256sum -c reads it; CR LF for people with a Windows editor (sha256sum accepts both). */
static dw_status write_manifest(dw_stream *stream, struct dw_error *err)
{
    struct dw_tree_file own, file;
    size_t last = stream->file_count - 1;
    dw_tree_file(stream->tree, last, &own);
    dw_buf_init(&stream->manifest, (size_t)own.size_bytes + 1);
    for (size_t i = 0; i < last; i++) {
        char hex[2 * DW_SHA256_SIZE + 1];
        dw_tree_file(stream->tree, i, &file);
        dw_text_hex(stream->sha256[i], DW_SHA256_SIZE, hex);
        dw_buf_add(&stream->manifest, hex, 2 * DW_SHA256_SIZE);
        dw_buf_add(&stream->manifest, "  ", 2);
        dw_buf_add_text(&stream->manifest, file.disc_path + 1);
        dw_buf_add(&stream->manifest, "\r\n", 2);
    }
    dw_status st = dw_buf_check(&stream->manifest, "the manifest", err);
    if (st == DW_OK && stream->manifest.size != own.size_bytes)
        st = dw_error_set(err, DW_ERR_INTERNAL, "the manifest has %zu bytes, not %llu",
                          stream->manifest.size, (unsigned long long)own.size_bytes);
    if (st == DW_OK)
        dw_sha256_of(stream->manifest.data, stream->manifest.size, stream->sha256[last]);
    return st;
}

/* All slabs before the manifest's first one are hashed, and so are the other files of that slab, as its
 * worker is the one who asks. */
static dw_status await_manifest(dw_stream *stream, uint32_t number, struct dw_error *err)
{
    dw_status st = DW_OK;
    bool mine = number == stream->manifest_slab;
    pthread_mutex_lock(&stream->lock);
    while (!stream->stop && stream->failed == DW_OK &&
           (mine ? stream->filled < number : !stream->manifest_ready))
        pthread_cond_wait(&stream->changed, &stream->lock);
    if (stream->stop || stream->failed != DW_OK)
        st = dw_error_set(err, DW_ERR_CANCELLED, "stopped");
    pthread_mutex_unlock(&stream->lock);
    if (st != DW_OK || !mine)
        return st;
    st = write_manifest(stream, err);
    if (st != DW_OK)
        return st;
    pthread_mutex_lock(&stream->lock);
    stream->manifest_ready = true;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
    return DW_OK;
}

static dw_status fill_manifest(dw_stream *stream, uint32_t number, const struct slab_files *files,
                               uint8_t *data, struct dw_error *err)
{
    dw_status st = await_manifest(stream, number, err);
    if (st != DW_OK)
        return st;
    struct span span = span_of(stream, files, stream->file_count - 1);
    if (span.size > 0)
        memcpy(data + span.at, stream->manifest.data + span.offset, span.size);
    return DW_OK;
}

/* --- the slab --- */

static void sum_chunks(dw_stream *stream, const struct slab_files *files, const uint8_t *data)
{
    if (!stream->crc)
        return;
    for (uint32_t done = 0; done < files->blocks; done += DW_CHUNK_BLOCKS) {
        uint32_t left = files->blocks - done;
        uint32_t n = left < DW_CHUNK_BLOCKS ? left : DW_CHUNK_BLOCKS;
        stream->crc[(files->lba + done) / DW_CHUNK_BLOCKS] = (uint32_t)crc32_z(
            0, data + (size_t)done * DW_BLOCK_SIZE, (size_t)n * DW_BLOCK_SIZE);
    }
}

/* What is no file's: in front of the files and behind them. */
static void fill_frame(const dw_stream *stream, const struct slab_files *files, uint8_t *data)
{
    uint32_t end = files->lba + files->blocks;
    uint32_t data_start = dw_plan_file_lba(stream->plan, 0);
    uint32_t data_end = dw_plan_file_lba(stream->plan, stream->file_count);
    if (files->lba < data_start)
        dw_plan_render(stream->plan, files->lba,
                       (data_start < end ? data_start : end) - files->lba, data);
    if (end > data_end) {
        uint32_t from = data_end > files->lba ? data_end : files->lba;
        dw_plan_render(stream->plan, from, end - from,
                       data + (size_t)(from - files->lba) * DW_BLOCK_SIZE);
    }
}

static void fill_last_block(const struct span *span, uint8_t *data)
{
    size_t end = span->at + span->size, over = end % DW_BLOCK_SIZE;
    if (over != 0)
        memset(data + end, 0, DW_BLOCK_SIZE - over);
}

/* One file of the slab. *out_first is set when it began in a slab before: its turn comes at the end. */
static dw_status take_file(struct dw_worker *worker, uint32_t number, const struct slab_files *files,
                           size_t i, uint8_t *data, struct span *out_first, struct dw_error *err)
{
    struct span span = span_of(worker->stream, files, i);
    fill_last_block(&span, data);
    if (!span.file.src_path)
        return DW_OK;
    dw_status st = read_span(worker, &span, data + span.at, err);
    if (st != DW_OK || !span.hashed)
        return st;
    if (span.offset > 0) {
        *out_first = span;
        return DW_OK;
    }
    dw_sha256_start(worker->sha);
    dw_sha256_add(worker->sha, data + span.at, span.size);
    if (!span.goes_on)
        return finish_file(worker, &span, err);
    give_carry(worker, number);
    return DW_OK;
}

static dw_status take_files(struct dw_worker *worker, uint32_t number, const struct slab_files *files,
                            uint8_t *data, struct span *out_first, struct dw_error *err)
{
    dw_status st = DW_OK;
    fill_frame(worker->stream, files, data);
    /* The last one may go on in the next slab: first, so that nobody waits for the others. */
    if (files->end > files->first)
        st = take_file(worker, number, files, files->end - 1, data, out_first, err);
    for (size_t i = files->first; st == DW_OK && i + 1 < files->end; i++)
        st = take_file(worker, number, files, i, data, out_first, err);
    return st;
}

dw_status dw_slab_fill(struct dw_worker *worker, uint32_t number, struct dw_error *err)
{
    dw_stream *stream = worker->stream;
    struct slab_files files = files_of(stream, number);
    uint8_t *data = slab_at(stream, number)->data;
    struct span first = {0};
    bool manifest = stream->has_manifest && number >= stream->manifest_slab;
    dw_status st = take_files(worker, number, &files, data, &first, err);
    if (st == DW_OK && !manifest)
        sum_chunks(stream, &files, data);
    if (st == DW_OK && first.offset > 0)
        st = hash_tail(worker, number, &first, data, err);
    if (st == DW_OK && manifest) {
        st = fill_manifest(stream, number, &files, data, err);
        if (st == DW_OK)
            sum_chunks(stream, &files, data);
    }
    return st;
}
