#include "dicom/content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/scan.h"
#include "dicom/uid.h"
#include "dicom/vr.h"

#define PIECE_BYTES 65536 /* a multiple of every unit that swaps */

struct content {
    dw_sha256 *sha;
    int fd;
    bool deflated, coders_aside;
    unsigned passed_over; /* depth + 1 of a sequence that is left aside; 0: none */
};

static void add_number(struct content *content, uint32_t number)
{
    const uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 24)};
    dw_sha256_add(content->sha, bytes, sizeof bytes);
}

static void add_value(struct content *content, const struct dw_element *el, const uint8_t *value,
                      size_t size)
{
    uint8_t swapped[PIECE_BYTES];
    if (el->big_endian) {
        dw_vr_swap(el->vr, value, size, swapped);
        value = swapped;
    }
    dw_sha256_add(content->sha, value, size);
}

/* A value that the scanner does not keep in memory. */
static dw_status add_from_file(struct content *content, const struct dw_element *el,
                               struct dw_error *err)
{
    uint8_t piece[PIECE_BYTES];
    uint64_t at = el->value_offset;
    for (uint32_t left = el->length; left > 0;) {
        size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;
        size_t got = 0;
        while (got < size) {
            ssize_t n = pread(content->fd, piece + got, size - got, (off_t)(at + got));
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return dw_error_set(err, DW_ERR_IO, "read a value: %s",
                                    n < 0 ? strerror(errno) : "the file ends");
            got += (size_t)n;
        }
        add_value(content, el, piece, size);
        at += size;
        left -= (uint32_t)size;
    }
    return DW_OK;
}

/* What says how it is or was coded, not what it shows. That it was coded with loss stays. */
static bool is_of_coders(const struct dw_element *el)
{
    static const uint32_t tags[] = {0x00082111, 0x00089215};
    uint32_t tag = (uint32_t)el->group << 16 | el->element;
    if (el->depth != 0 || el->is_item_start || el->is_item_end)
        return false;
    for (size_t i = 0; i < DW_ARRAY_LEN(tags); i++)
        if (tags[i] == tag)
            return true;
    return tag == 0x00282110 && el->value && el->length == 2 && memcmp(el->value, "00", 2) == 0;
}

/* Whether this element belongs to what is left aside, all of a sequence at once. */
static bool pass_over(struct content *content, const struct dw_element *el)
{
    if (content->passed_over) {
        if (el->is_sequence_end && el->depth + 1 == content->passed_over)
            content->passed_over = 0;
        return true;
    }
    if (!content->coders_aside || el->is_sequence_end || !is_of_coders(el))
        return false;
    if (strcmp(el->vr, "SQ") == 0)
        content->passed_over = el->depth + 1;
    return true;
}

static dw_status add_element(void *ctx, const struct dw_element *el, struct dw_error *err)
{
    struct content *content = ctx;
    bool is_sequence = strcmp(el->vr, "SQ") == 0;
    if (pass_over(content, el))
        return DW_OK;
    if (el->is_item_start || el->is_item_end || el->is_sequence_end) {
        const char *mark = el->is_item_start ? "<" : el->is_item_end ? ">" : "]";
        dw_sha256_add(content->sha, mark, 1);
        return DW_OK;
    }
    if (el->group == 0x0002 && el->element == 0x0010 && el->value)
        content->deflated = el->length >= strlen(DW_TS_DEFLATED) &&
                            memcmp(el->value, DW_TS_DEFLATED, strlen(DW_TS_DEFLATED)) == 0;
    if (el->group == 0x0002 || el->element == 0x0000 ||
        (el->group == 0xFFFC && el->element == 0xFFFC))
        return DW_OK;
    dw_sha256_add(content->sha, is_sequence ? "[" : "=", 1);
    add_number(content, (uint32_t)el->group << 16 | el->element);
    if (is_sequence)
        return DW_OK;
    if (el->length == 0xFFFFFFFF || content->deflated)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "a compressed object");
    if (el->big_endian && strcmp(el->vr, "UN") == 0 && el->length > 1)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "an unknown value in big endian");
    add_number(content, el->length);
    if (!el->value && el->length > 0)
        return add_from_file(content, el, err);
    if (el->length > PIECE_BYTES)
        return dw_error_set(err, DW_ERR_INTERNAL,
                            "a value in memory is larger than the scanner keeps");
    add_value(content, el, el->value, el->length);
    return DW_OK;
}

static dw_status hash(int fd, bool coders_aside, uint8_t out[DW_SHA256_SIZE], struct dw_error *err)
{
    struct content content = {.sha = dw_sha256_new(), .fd = fd, .coders_aside = coders_aside};
    dw_sha256_start(content.sha);
    dw_status st = dw_scan_fd(fd, NULL, add_element, &content, err);
    if (st == DW_OK)
        dw_sha256_end(content.sha, out);
    dw_sha256_free(content.sha);
    return st;
}

dw_status dw_content_hash(int fd, uint8_t out[DW_SHA256_SIZE], struct dw_error *err)
{
    return hash(fd, false, out, err);
}

static bool hash_of(const char *path, bool coders_aside, uint8_t out[DW_SHA256_SIZE])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool done = fd >= 0 && hash(fd, coders_aside, out, NULL) == DW_OK;
    if (fd >= 0)
        close(fd);
    return done;
}

static bool compare(const char *path, const char *other, bool coders_aside)
{
    uint8_t one[DW_SHA256_SIZE], two[DW_SHA256_SIZE];
    return hash_of(path, coders_aside, one) && hash_of(other, coders_aside, two) &&
           memcmp(one, two, sizeof one) == 0;
}

bool dw_content_is_same(const char *path, const char *other)
{
    return compare(path, other, false);
}

bool dw_content_is_same_decoded(const char *path, const char *other)
{
    return compare(path, other, true);
}
