#include "dicom/source.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/limits.h"

/* A small file is one read; in a large one the header mostly fits the first read, and after a seek
 * only the next header is wanted. */
#define READ_WHOLE (64 * 1024)
#define READ_FIRST (16 * 1024)
#define READ_AFTER_SEEK 4096
#define WINDOW (DW_SCAN_VALUE_MAX + READ_WHOLE)
#define PACKED (16 * 1024)

struct dw_source {
    struct dw_scan_source from;
    uint64_t size;     /* of the file */
    uint64_t base;     /* offset of window[0] */
    size_t start, end; /* window[start] is the next byte, window[end] the first one not there */
    size_t next_read;
    bool ended; /* nothing comes after window[end] */
    bool inflating;
    uint64_t packed_at; /* next byte of the file to inflate */
    z_stream zlib;
    uint8_t packed[PACKED];
    uint8_t window[WINDOW];
};

static ssize_t read_fd(void *ctx, void *out, size_t size, uint64_t offset)
{
    return pread(*(const int *)ctx, out, size, (off_t)offset);
}

dw_status dw_source_of_fd(const int *fd, struct dw_scan_source *out, struct dw_error *err)
{
    struct stat st;
    if (fstat(*fd, &st) != 0)
        return dw_error_set(err, DW_ERR_IO, "stat: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return dw_error_set(err, DW_ERR_INVALID, "not a regular file");
    *out = (struct dw_scan_source){
        .pread = read_fd, .ctx = (void *)fd, .size_bytes = (uint64_t)st.st_size};
    return DW_OK;
}

dw_status dw_source_new(const struct dw_scan_source *from, dw_source **out, struct dw_error *err)
{
    dw_source *source = malloc(sizeof *source);
    if (!source)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    source->from = *from;
    source->size = from->size_bytes;
    source->base = 0;
    source->start = source->end = 0;
    source->next_read = source->size <= READ_WHOLE ? READ_WHOLE : READ_FIRST;
    source->ended = source->size == 0;
    source->inflating = false;
    *out = source;
    return DW_OK;
}

void dw_source_free(dw_source *source)
{
    if (source && source->inflating)
        inflateEnd(&source->zlib);
    free(source);
}

uint64_t dw_source_size(const dw_source *source)
{
    return source->size;
}

uint64_t dw_source_at(const dw_source *source)
{
    return source->base + source->start;
}

uint64_t dw_source_left(const dw_source *source)
{
    if (source->inflating)
        return source->ended ? source->end - source->start : UINT64_MAX;
    return source->size - dw_source_at(source);
}

/* pread that goes on after signals; *got is less than n only at the end of the file. */
static dw_status read_at(const dw_source *source, uint64_t offset, uint8_t *out, size_t n,
                         size_t *got, struct dw_error *err)
{
    *got = 0;
    while (*got < n) {
        ssize_t r = source->from.pread(source->from.ctx, out + *got, n - *got, offset + *got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return dw_error_set(err, DW_ERR_IO, "read: %s", strerror(errno));
        if (r == 0)
            break;
        *got += (size_t)r;
    }
    return DW_OK;
}

static dw_status fill_from_file(dw_source *source, size_t n, struct dw_error *err)
{
    uint64_t offset = source->base + source->end, left = source->size - offset;
    if (n > left)
        n = (size_t)left;
    size_t got = 0;
    dw_status st = read_at(source, offset, source->window + source->end, n, &got, err);
    if (st == DW_OK && got < n)
        st = dw_error_set(err, DW_ERR_CORRUPT,
                          "truncated: the file became shorter while it was read");
    if (st != DW_OK)
        return st;
    source->end += n;
    source->ended = n == left;
    return DW_OK;
}

static dw_status refill_packed(dw_source *source, struct dw_error *err)
{
    size_t got = 0;
    dw_status st = read_at(source, source->packed_at, source->packed, PACKED, &got, err);
    if (st != DW_OK)
        return st;
    if (got == 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "truncated: the deflated data set has no end");
    source->packed_at += got;
    source->zlib.next_in = source->packed;
    source->zlib.avail_in = (unsigned)got;
    return DW_OK;
}

static dw_status fill_by_inflating(dw_source *source, size_t n, struct dw_error *err)
{
    if (source->base + source->end + n > DW_SCAN_INFLATE_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "the deflated data set grows beyond %llu bytes",
                            (unsigned long long)DW_SCAN_INFLATE_MAX);
    source->zlib.next_out = source->window + source->end;
    source->zlib.avail_out = (unsigned)n;
    dw_status st = DW_OK;
    while (source->zlib.avail_out > 0 && !source->ended) {
        if (source->zlib.avail_in == 0)
            st = refill_packed(source, err);
        if (st != DW_OK)
            break;
        int z = inflate(&source->zlib, Z_NO_FLUSH);
        source->ended = z == Z_STREAM_END;
        if (z != Z_OK && z != Z_STREAM_END)
            return dw_error_set(err, DW_ERR_CORRUPT, "the deflated data set is damaged: %s",
                                source->zlib.msg ? source->zlib.msg : "no progress");
    }
    source->end = (size_t)(source->zlib.next_out - source->window);
    return st;
}

/* Make room behind what is there, then read. */
static dw_status fill(dw_source *source, size_t n, struct dw_error *err)
{
    size_t have = source->end - source->start;
    if (source->start > 0) {
        memmove(source->window, source->window + source->start, have);
        source->base += source->start;
        source->start = 0;
        source->end = have;
    }
    size_t more = n - have < source->next_read ? source->next_read : n - have;
    source->next_read = source->next_read * 2 > READ_WHOLE ? READ_WHOLE : source->next_read * 2;
    if (more > WINDOW - have)
        more = WINDOW - have;
    return source->inflating ? fill_by_inflating(source, more, err)
                             : fill_from_file(source, more, err);
}

dw_status dw_source_peek(dw_source *source, size_t n, const uint8_t **out, size_t *out_size,
                         struct dw_error *err)
{
    while (source->end - source->start < n && !source->ended) {
        dw_status st = fill(source, n, err);
        if (st != DW_OK)
            return st;
    }
    size_t have = source->end - source->start;
    *out = source->window + source->start;
    *out_size = have < n ? have : n;
    return DW_OK;
}

static dw_status too_short(uint64_t n, uint64_t left, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CORRUPT, "truncated: %llu bytes wanted, %llu are left",
                        (unsigned long long)n, (unsigned long long)left);
}

dw_status dw_source_skip(dw_source *source, uint64_t n, struct dw_error *err)
{
    uint64_t wanted = n;
    size_t have = source->end - source->start;
    if (n > have && !source->inflating) {
        uint64_t left = dw_source_left(source);
        if (n > left)
            return too_short(n, left, err);
        source->base += source->start + n;
        source->start = source->end = 0;
        source->next_read = READ_AFTER_SEEK;
        source->ended = n == left;
        return DW_OK;
    }
    while (n > have) {
        n -= have;
        source->start = source->end;
        if (source->ended)
            return too_short(wanted, wanted - n, err);
        dw_status st = fill(source, 1, err);
        if (st != DW_OK)
            return st;
        have = source->end - source->start;
    }
    source->start += (size_t)n;
    return DW_OK;
}

dw_status dw_source_inflate(dw_source *source, struct dw_error *err)
{
    uint8_t head[2] = {0, 0};
    size_t got = 0;
    uint64_t at = dw_source_at(source);
    dw_status st = read_at(source, at, head, sizeof head, &got, err);
    if (st != DW_OK)
        return st;
    /* Some writers wrap it as RFC 1950. No raw stream begins like that: a stored block is padded
     * with zero bits. */
    int bits = head[0] == 0x78 && (head[0] << 8 | head[1]) % 31 == 0 ? MAX_WBITS : -MAX_WBITS;
    memset(&source->zlib, 0, sizeof source->zlib);
    if (inflateInit2(&source->zlib, bits) != Z_OK)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    source->inflating = true;
    source->packed_at = at;
    source->base = 0;
    source->start = source->end = 0;
    source->next_read = READ_FIRST;
    source->ended = false;
    return DW_OK;
}
