#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "check/tape.h"

#define WINDOW_BYTES (256 * 1024) /* a multiple of the block size: reads of an image stay aligned */

struct dw_tape {
    dw_check_source *source;
    dw_reel *reel; /* NULL: nothing is read ahead */
    const struct dw_reel_piece *piece; /* of it, in the window now */
    size_t index;
    uint64_t size, start;  /* of the file; of the window in it */
    size_t filled;         /* bytes of the window that are there */
    const uint8_t *window; /* own, or bytes of the piece */
    uint64_t total;
    dw_sha256 *sha;
    bool hash;
    int copy;               /* -1: none */
    dw_tape_fn *told;       /* NULL: nobody */
    void *told_ctx;
    struct dw_error failed; /* the first failure of this file; sticky */
    uint8_t own[WINDOW_BYTES];
};

dw_status dw_tape_new(dw_check_source *source, dw_tape **out, struct dw_error *err)
{
    dw_tape *tape = calloc(1, sizeof *tape);
    if (!tape)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    tape->source = source;
    tape->sha = dw_sha256_new();
    tape->copy = -1;
    *out = tape;
    return DW_OK;
}

void dw_tape_free(dw_tape *tape)
{
    if (!tape)
        return;
    dw_reel_free(tape->reel);
    dw_sha256_free(tape->sha);
    free(tape);
}

dw_spill *dw_tape_spill(const dw_tape *tape)
{
    return dw_check_source_spill(tape->source);
}

dw_status dw_tape_ahead(dw_tape *tape, const struct dw_reel_file *files, size_t count, struct dw_error *err)
{
    dw_tape_rest(tape);
    return dw_reel_new(tape->source, files, count, &tape->reel, err);
}

void dw_tape_rest(dw_tape *tape)
{
    dw_reel_free(tape->reel);
    tape->reel = NULL;
}

static void show(dw_tape *tape, const uint8_t *window, uint64_t start, size_t filled)
{
    tape->window = window;
    tape->start = start;
    tape->filled = filled;
    tape->total += filled;
}

static void show_piece(dw_tape *tape)
{
    tape->piece = dw_reel_next(tape->reel);
    show(tape, tape->piece->bytes, tape->piece->offset, tape->piece->size);
}

void dw_tape_start(dw_tape *tape, size_t index, bool hash)
{
    struct dw_check_source_entry entry;
    dw_check_source_entry(tape->source, index, &entry);
    tape->index = index;
    tape->size = entry.size_bytes;
    tape->failed = (struct dw_error){0};
    tape->hash = hash;
    tape->copy = -1;
    if (tape->reel) {
        show_piece(tape);
        return;
    }
    show(tape, tape->own, 0, 0);
    if (hash)
        dw_sha256_start(tape->sha);
}

void dw_tape_tell(dw_tape *tape, dw_tape_fn *fn, void *ctx)
{
    tape->told = fn;
    tape->told_ctx = ctx;
}

void dw_tape_copy(dw_tape *tape, int fd)
{
    tape->copy = fd;
}

bool dw_tape_copied(const dw_tape *tape)
{
    return tape->copy >= 0 && tape->failed.code == DW_OK;
}

static bool wind_reel(dw_tape *tape)
{
    if (tape->piece->failed.code != DW_OK)
        tape->failed = tape->piece->failed;
    if (tape->piece->is_last)
        return false;
    show_piece(tape);
    return true;
}

static bool wind_own(dw_tape *tape)
{
    uint64_t next = tape->start + tape->filled;
    uint64_t left = tape->size - next;
    if (left == 0)
        return false;
    size_t want = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
    show(tape, tape->own, next, 0);
    if (dw_check_source_read(tape->source, tape->index, next, tape->own, want, &tape->failed) != DW_OK)
        return false;
    show(tape, tape->own, next, want);
    if (tape->hash)
        dw_sha256_add(tape->sha, tape->own, want);
    if (tape->copy >= 0 && dw_file_write_all(NULL, tape->copy, tape->own, want, "a copy", NULL) != DW_OK)
        tape->copy = -1;
    return true;
}

/* The next window: false at the end of the file or on a failure. */
static bool wind(dw_tape *tape)
{
    if (tape->failed.code != DW_OK || !(tape->reel ? wind_reel(tape) : wind_own(tape)))
        return false;
    if (!tape->told || tape->told(tape->told_ctx, tape->total))
        return true;
    (void)dw_error_set(&tape->failed, DW_ERR_CANCELLED, "nobody wants to know any more");
    return false;
}

/* Behind the window: a scanner that looks back reads again, without hashing. */
static ssize_t read_again(dw_tape *tape, void *out, size_t size, uint64_t offset)
{
    if (size > tape->start - offset)
        size = (size_t)(tape->start - offset);
    dw_status st = tape->reel ? dw_reel_read(tape->reel, tape->index, offset, out, size, &tape->failed)
                              : dw_check_source_read(tape->source, tape->index, offset, out, size, &tape->failed);
    if (st != DW_OK) {
        errno = EIO;
        return -1;
    }
    tape->total += size;
    return (ssize_t)size;
}

ssize_t dw_tape_pread(void *ctx, void *out, size_t size, uint64_t offset)
{
    dw_tape *tape = ctx;
    size_t done = 0;
    if (offset >= tape->size)
        return 0;
    if (size > tape->size - offset)
        size = (size_t)(tape->size - offset);
    while (done < size) {
        uint64_t at = offset + done;
        if (at < tape->start) {
            ssize_t got = read_again(tape, (uint8_t *)out + done, size - done, at);
            if (got < 0)
                return -1;
            done += (size_t)got;
        } else if (at < tape->start + tape->filled) {
            size_t skip = (size_t)(at - tape->start);
            size_t got = tape->filled - skip < size - done ? tape->filled - skip : size - done;
            memcpy((uint8_t *)out + done, tape->window + skip, got);
            done += got;
        } else if (!wind(tape)) {
            errno = EIO;
            return -1;
        }
    }
    return (ssize_t)done;
}

/* Behind a second look that failed the reel still holds ranges of this file, and the next one lies behind them. */
static void pass_over(dw_tape *tape)
{
    while (tape->reel && !tape->piece->is_last && tape->failed.code != DW_ERR_CANCELLED)
        show_piece(tape);
}

dw_status dw_tape_end(dw_tape *tape, uint8_t sha256[DW_SHA256_SIZE], struct dw_error *err)
{
    while (wind(tape))
        ;
    pass_over(tape);
    if (tape->hash && tape->reel)
        memcpy(sha256, tape->piece->sha256, DW_SHA256_SIZE);
    else if (tape->hash)
        dw_sha256_end(tape->sha, sha256);
    if (tape->failed.code != DW_OK)
        return dw_error_set(err, tape->failed.code, "%s", tape->failed.text);
    return DW_OK;
}

bool dw_tape_failed(const dw_tape *tape)
{
    return tape->failed.code != DW_OK;
}

uint64_t dw_tape_bytes(const dw_tape *tape)
{
    return tape->total;
}
