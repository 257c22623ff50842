#include "dicom/parser.h"
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "dicom/header.h"
#include "dicom/source.h"
#include "dicom/uid.h"
#include "dicom/vr.h"

#define NO_END UINT64_MAX
#define ITEM 0xFFFEE000U
#define ITEM_END 0xFFFEE00DU
#define SEQUENCE_END 0xFFFEE0DDU
#define PIXEL_DATA 0x7FE00010U

/* One open sequence; frames[0] is the data set, which is like an item that nothing encloses. Ends
 * are where the lengths say: an item that is longer than its sequence closes both when it is over.
 */
struct frame {
    uint64_t sequence_end, item_end; /* NO_END: of undefined length, closed by a delimiter */
    bool in_item;
    bool doubtful; /* known as a sequence only by the dictionary: what is no item inside is passed
                      over */
    struct dw_vr_encoding encoding;
    uint16_t group, element;
};

struct parser {
    dw_source *source;
    dw_element_fn *fn;
    void *ctx;
    uint32_t value_max;
    uint32_t count; /* elements, items and fragments so far */
    uint32_t count_max;
    unsigned depth; /* of the innermost open sequence */
    bool finished;
    bool in_meta;
    uint64_t meta_end; /* by the group length; 0: there is none */
    char meta_syntax[DW_UID_MAX];
    struct frame frames[DW_SCAN_DEPTH_MAX + 1];
};

static dw_status broken(struct dw_error *err, const struct dw_header *h, const char *what)
{
    return dw_error_set(err, DW_ERR_CORRUPT, "(%04X,%04X): %s", h->group, h->element, what);
}

static dw_status count_one(struct parser *p, struct dw_error *err)
{
    if (p->count == p->count_max)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %u elements", p->count_max);
    p->count++;
    return DW_OK;
}

/* Value of the group length and the transfer syntax, PS3.10 7.1. */
static void note_meta(struct parser *p, const struct dw_element *el)
{
    if (el->element == 0x0000 && el->length == 4 && el->value)
        p->meta_end = el->value_offset + 4 + dw_header_u32(el->value, false);
    if (el->element != 0x0010 || !el->value)
        return;
    size_t n = el->length;
    while (n && (el->value[n - 1] == '\0' || el->value[n - 1] == ' '))
        n--;
    if (n >= DW_UID_MAX || memchr(el->value, '\0', n))
        n = 0;
    memcpy(p->meta_syntax, el->value, n);
    p->meta_syntax[n] = '\0';
}

static dw_status emit(struct parser *p, const struct dw_element *el, struct dw_error *err)
{
    if (p->in_meta && el->depth == 0)
        note_meta(p, el);
    return p->fn ? p->fn(p->ctx, el, err) : DW_OK;
}

static dw_status emit_mark(struct parser *p, uint32_t tag, unsigned depth, uint32_t length,
                           struct dw_error *err)
{
    struct dw_element el = {.group = (uint16_t)(tag >> 16),
                            .element = (uint16_t)tag,
                            .vr = "UN",
                            .length = length,
                            .depth = depth,
                            .value_offset = dw_source_at(p->source),
                            .is_item_start = tag == ITEM,
                            .is_item_end = tag == ITEM_END,
                            .is_sequence_end = tag == SEQUENCE_END};
    return emit(p, &el, err);
}

static dw_status close_item(struct parser *p, struct dw_error *err)
{
    p->frames[p->depth].in_item = false;
    return emit_mark(p, ITEM_END, p->depth, 0, err);
}

static dw_status close_sequence(struct parser *p, struct dw_error *err)
{
    p->depth--;
    return emit_mark(p, SEQUENCE_END, p->depth, 0, err);
}

/* Encapsulated pixel data (PS3.5 A.4): only the heads of its fragments are read. */
static dw_status pass_fragments(struct parser *p, const struct dw_header *h, struct dw_error *err)
{
    bool be = p->frames[p->depth].encoding.big_endian;
    for (;;) {
        const uint8_t *at = NULL;
        size_t n = 0;
        dw_status st = dw_source_peek(p->source, 8, &at, &n, err);
        if (st != DW_OK)
            return st;
        if (n < 8)
            return broken(err, h, "truncated: the file ends before the last fragment does");
        uint32_t tag = (uint32_t)dw_header_u16(at, be) << 16 | dw_header_u16(at + 2, be);
        uint32_t length = dw_header_u32(at + 4, be);
        if (tag == SEQUENCE_END)
            return dw_source_skip(p->source, 8, err);
        if (tag != ITEM || length == DW_UNDEFINED_LENGTH)
            return broken(err, h, "something that is no fragment is between the fragments");
        st = count_one(p, err);
        if (st == DW_OK)
            st = dw_source_skip(p->source, 8 + (uint64_t)length, err);
        if (st != DW_OK)
            return st;
    }
}

/* How the bytes after this head are to be read. */
enum content { VALUE, SEQUENCE, DOUBTFUL_SEQUENCE, FRAGMENTS, NONSENSE };

static enum content content_of(const struct parser *p, const struct dw_header *h,
                               const uint8_t *after, size_t after_size)
{
    uint32_t tag = (uint32_t)h->group << 16 | h->element;
    bool implicit = p->frames[p->depth].encoding.implicit;
    bool begins_with_item = after_size >= 4 && memcmp(after, "\xFE\xFF\x00\xE0", 4) == 0;
    if (h->length == DW_UNDEFINED_LENGTH) {
        if (tag == PIXEL_DATA || (!implicit && (dw_vr_traits(h->vr) & DW_VR_FRAGMENTS)))
            return FRAGMENTS;
        if (implicit || strcmp(h->vr, "SQ") == 0 || strcmp(h->vr, "UN") == 0)
            return SEQUENCE;
        return NONSENSE;
    }
    if (h->encoded_un) /* PS3.5 6.2.2 note 4: a sequence may have gone through someone who did not
                          know it */
        return begins_with_item && strcmp(dw_vr_of_tag(tag), "SQ") == 0 ? DOUBTFUL_SEQUENCE : VALUE;
    if (strcmp(h->vr, "SQ") != 0)
        return VALUE;
    return implicit ? DOUBTFUL_SEQUENCE : SEQUENCE;
}

static dw_status open_sequence(struct parser *p, const struct dw_header *h, bool doubtful,
                               struct dw_error *err)
{
    if (p->depth == DW_SCAN_DEPTH_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "sequences are nested deeper than %d levels",
                            DW_SCAN_DEPTH_MAX);
    struct frame *f = &p->frames[p->depth + 1];
    uint64_t at = dw_source_at(p->source);
    f->sequence_end = h->length == DW_UNDEFINED_LENGTH ? NO_END : at + h->length;
    f->item_end = NO_END;
    f->in_item = false;
    f->doubtful = doubtful;
    f->encoding = p->frames[p->depth].encoding;
    if (h->encoded_un)
        f->encoding = (struct dw_vr_encoding){.implicit = true};
    f->group = h->group;
    f->element = h->element;
    p->depth++;
    return DW_OK;
}

static dw_status pass_value(struct parser *p, const struct dw_header *h, struct dw_element *el,
                            struct dw_error *err)
{
    bool is_pixels = h->group == 0x7FE0 && h->element >= 0x0008 && h->element <= 0x0010;
    if (h->length <= p->value_max && !is_pixels) {
        size_t n = 0;
        dw_status st = dw_source_peek(p->source, h->length, &el->value, &n, err);
        if (st != DW_OK)
            return st;
        if (n < h->length)
            return dw_error_set(err, DW_ERR_CORRUPT,
                                "(%04X,%04X): truncated: %u bytes wanted, %zu are left", h->group,
                                h->element, h->length, n);
    }
    dw_status st = emit(p, el, err);
    if (st != DW_OK)
        return st;
    uint64_t left = dw_source_left(p->source);
    if (left < h->length)
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "(%04X,%04X): truncated: %u bytes wanted, %llu are left", h->group,
                            h->element, h->length, (unsigned long long)left);
    return dw_source_skip(p->source, h->length, err);
}

/* The element whose head was just decoded and not yet stepped over. */
static dw_status pass_element(struct parser *p, const struct dw_header *h, struct dw_error *err)
{
    const uint8_t *at = NULL;
    size_t n = 0;
    dw_status st = dw_source_peek(p->source, h->size + 4, &at, &n, err);
    if (st != DW_OK)
        return st;
    enum content content = content_of(p, h, at + h->size, n - h->size);
    if (content == NONSENSE)
        return broken(err, h, "a value of undefined length that is no sequence");
    st = dw_source_skip(p->source, h->size, err);
    if (st != DW_OK)
        return st;
    struct dw_element el = {.group = h->group,
                            .element = h->element,
                            .length = h->length,
                            .depth = p->depth,
                            .big_endian = p->frames[p->depth].encoding.big_endian,
                            .value_offset = dw_source_at(p->source)};
    memcpy(el.vr, h->vr, sizeof el.vr);
    if (content == VALUE)
        return pass_value(p, h, &el, err);
    if (h->length != DW_UNDEFINED_LENGTH && h->length > dw_source_left(p->source))
        return broken(err, h, "truncated: the sequence is longer than what is left of the file");
    if (content != FRAGMENTS)
        memcpy(el.vr, "SQ", sizeof el.vr);
    st = emit(p, &el, err);
    if (st != DW_OK)
        return st;
    if (content == FRAGMENTS)
        return pass_fragments(p, h, err);
    return open_sequence(p, h, content == DOUBTFUL_SEQUENCE, err);
}

/* Zeros behind the last element up to the end of the file: seen from archives that keep whole
 * blocks. */
static dw_status pass_zeros(struct parser *p, struct dw_error *err)
{
    for (;;) {
        const uint8_t *at = NULL;
        size_t n = 0;
        dw_status st = dw_source_peek(p->source, 4096, &at, &n, err);
        if (st != DW_OK || n == 0)
            return st;
        for (size_t i = 0; i < n; i++)
            if (at[i] != 0)
                return dw_error_set(err, DW_ERR_CORRUPT,
                                    "truncated or damaged: no element at byte %llu",
                                    (unsigned long long)(dw_source_at(p->source) + i));
        st = dw_source_skip(p->source, n, err);
        if (st != DW_OK)
            return st;
    }
}

static dw_status at_end(struct parser *p, struct dw_error *err)
{
    const struct frame *f = &p->frames[p->depth];
    p->finished = true;
    if (p->depth > 0)
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "truncated: the file ends inside sequence (%04X,%04X)", f->group,
                            f->element);
    return pass_zeros(p, err);
}

static dw_status step_in_item(struct parser *p, const uint8_t *at, size_t n, struct dw_error *err)
{
    struct frame *f = &p->frames[p->depth];
    struct dw_header h;
    if (!dw_header_decode(at, n, f->encoding, dw_source_left(p->source), &h))
        return broken(err, &h, "truncated: the file ends in the head of an element");
    uint32_t tag = (uint32_t)h.group << 16 | h.element;
    if (tag == SEQUENCE_END && p->depth > 0)
        return close_item(
            p, err); /* it has no delimiter of its own; the sequence sees this one again */
    if (tag == ITEM_END || tag == SEQUENCE_END) {
        dw_status st = dw_source_skip(p->source, 8, err);
        return st == DW_OK && p->depth > 0 ? close_item(p, err)
                                           : st; /* a stray one is passed over */
    }
    if (h.group == 0 && h.element == 0 && h.length == 0 && p->depth == 0) {
        p->finished = true;
        return pass_zeros(p, err);
    }
    if (h.group == 0xFFFE)
        return broken(err, &h, "an item outside of a sequence");
    return pass_element(p, &h, err);
}

static dw_status step_in_sequence(struct parser *p, const uint8_t *at, struct dw_error *err)
{
    struct frame *f = &p->frames[p->depth];
    bool be = f->encoding.big_endian;
    struct dw_header h = {.group = dw_header_u16(at, be),
                          .element = dw_header_u16(at + 2, be),
                          .length = dw_header_u32(at + 4, be)};
    uint32_t tag = (uint32_t)h.group << 16 | h.element;
    if (tag == SEQUENCE_END) { /* whatever length it claims: delimiters have none */
        dw_status st = dw_source_skip(p->source, 8, err);
        return st == DW_OK ? close_sequence(p, err) : st;
    }
    if (tag == ITEM) {
        dw_status st = dw_source_skip(p->source, 8, err);
        if (st != DW_OK)
            return st;
        f->in_item = true;
        f->item_end = h.length == DW_UNDEFINED_LENGTH ? NO_END : dw_source_at(p->source) + h.length;
        return emit_mark(p, ITEM, p->depth, h.length, err);
    }
    if (f->doubtful && f->sequence_end > dw_source_at(p->source))
        return dw_source_skip(p->source, f->sequence_end - dw_source_at(p->source), err);
    return dw_error_set(err, DW_ERR_CORRUPT, "(%04X,%04X): (%04X,%04X) is where an item should be",
                        f->group, f->element, h.group, h.element);
}

static dw_status step(struct parser *p, struct dw_error *err)
{
    const struct frame *f = &p->frames[p->depth];
    uint64_t here = dw_source_at(p->source);
    if (f->in_item && here >= f->item_end)
        return close_item(p, err);
    if (!f->in_item && here >= f->sequence_end)
        return close_sequence(p, err);
    const uint8_t *at = NULL;
    size_t n = 0;
    dw_status st = dw_source_peek(p->source, DW_HEADER_MAX, &at, &n, err);
    if (st != DW_OK)
        return st;
    if (n < DW_HEADER_MIN)
        return at_end(p, err);
    st = count_one(p, err);
    if (st != DW_OK)
        return st;
    return f->in_item ? step_in_item(p, at, n, err) : step_in_sequence(p, at, err);
}

/* Group 0002 is always Explicit VR Little Endian (PS3.10 7.1). It ends with the group: its group
 * length is often wrong or not there, and is believed only where inflation has to begin. */
static dw_status pass_meta(struct parser *p, struct dw_error *err)
{
    dw_status st = DW_OK;
    p->in_meta = true;
    while (st == DW_OK) {
        const uint8_t *at = NULL;
        size_t n = 0;
        st = dw_source_peek(p->source, 4, &at, &n, err);
        if (st != DW_OK || n < 4)
            break;
        if (p->depth == 0 && dw_header_u16(at, false) != 0x0002)
            break;
        const struct dw_transfer_syntax *ts = dw_transfer_syntax_find(p->meta_syntax);
        if (p->depth == 0 && ts && ts->encoding == DW_ENC_DEFLATED && p->meta_end &&
            dw_source_at(p->source) >= p->meta_end)
            break;
        st = step(p, err);
    }
    p->in_meta = false;
    return st;
}

/* A bare data set begins with a low group: 0002 (meta header without preamble), 0004, 0008 ... */
static bool looks_like_data_set(const uint8_t *at, size_t n, uint64_t left)
{
    if (n < 8)
        return false;
    bool be = at[0] == 0 && at[1] != 0;
    struct dw_header h;
    uint8_t padded[DW_HEADER_MAX] = {0};
    memcpy(padded, at, n < sizeof padded ? n : sizeof padded);
    struct dw_vr_encoding found =
        dw_header_guess(padded, (struct dw_vr_encoding){.big_endian = be}, left);
    if (!dw_header_decode(padded, sizeof padded, found, left, &h) || h.group == 0 || h.group > 0x20)
        return false;
    return h.length == DW_UNDEFINED_LENGTH || h.length <= left;
}

/* Step to the data set or to the meta header before it. */
static dw_status find_beginning(struct parser *p, struct dw_stream *stream, struct dw_error *err)
{
    const uint8_t *at = NULL;
    size_t n = 0;
    dw_status st = dw_source_peek(p->source, 140, &at, &n, err);
    if (st != DW_OK)
        return st;
    if (n == 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "not a DICOM file: it is empty");
    uint64_t size = dw_source_size(p->source);
    bool bare = looks_like_data_set(at, n, size);
    if (n >= 132 && memcmp(at + 128, "DICM", 4) == 0) {
        stream->has_meta = n >= 134 && dw_header_u16(at + 132, false) == 0x0002;
        if (stream->has_meta || !bare) /* else: the four letters are there by chance */
            return dw_source_skip(p->source, 132, err);
    }
    if (n >= 8 && memcmp(at, "DICM\2\0", 6) == 0)
        return dw_source_skip(p->source, 4, err);
    if (!bare)
        return dw_error_set(
            err, DW_ERR_CORRUPT,
            "not a DICOM file: no DICM mark, and it does not begin with an element");
    return DW_OK;
}

static const char *syntax_of(struct dw_vr_encoding encoding)
{
    if (encoding.implicit)
        return DW_TS_IMPLICIT_LE;
    return encoding.big_endian ? DW_TS_EXPLICIT_BE : DW_TS_EXPLICIT_LE;
}

/* What the data set is encoded in: declared, or guessed from its first element, or both at odds. */
static dw_status settle_encoding(struct parser *p, const char *declared, struct dw_stream *stream,
                                 struct dw_error *err)
{
    const struct dw_transfer_syntax *ts = dw_transfer_syntax_find(declared);
    if (!ts && declared[0])
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "transfer syntax %s is not one we know",
                            dw_uid_is_valid(declared) ? declared : "(not a UID)");
    dw_status st = DW_OK;
    if (ts && ts->encoding == DW_ENC_DEFLATED)
        st = dw_source_inflate(p->source, err);
    const uint8_t *at = NULL;
    size_t n = 0;
    if (st == DW_OK)
        st = dw_source_peek(p->source, DW_HEADER_MIN, &at, &n, err);
    if (st != DW_OK)
        return st;
    struct dw_vr_encoding said = {.implicit = ts && ts->encoding == DW_ENC_IMPLICIT_LE,
                                  .big_endian = ts && ts->encoding == DW_ENC_EXPLICIT_BE};
    if (!ts && n >= 2)
        said.big_endian = at[0] == 0 && at[1] != 0;
    struct dw_vr_encoding found =
        n < DW_HEADER_MIN ? said : dw_header_guess(at, said, dw_source_left(p->source));
    p->frames[0].encoding = found;
    bool plain = !ts || (!ts->encapsulated && ts->encoding != DW_ENC_DEFLATED);
    const char *uid =
        plain && (!ts || found.implicit != said.implicit) ? syntax_of(found) : ts->uid;
    memcpy(stream->transfer_syntax, uid, strlen(uid) + 1);
    return DW_OK;
}

static dw_status parse_stream(struct parser *p, const struct dw_scan_opts *opts,
                              struct dw_stream *stream, struct dw_error *err)
{
    const char *declared = opts ? opts->transfer_syntax : NULL;
    stream->size_bytes = dw_source_size(p->source);
    if (!declared) {
        dw_status st = find_beginning(p, stream, err);
        if (st == DW_OK)
            st = pass_meta(p, err);
        if (st != DW_OK)
            return st;
        declared = p->meta_syntax;
    }
    stream->dataset_offset = dw_source_at(p->source);
    dw_status st = settle_encoding(p, declared, stream, err);
    while (st == DW_OK && !p->finished)
        st = step(p, err);
    return st;
}

dw_status dw_parse(const struct dw_scan_source *from, const struct dw_scan_opts *opts,
                   uint32_t value_max, dw_element_fn *fn, void *ctx, struct dw_stream *stream,
                   struct dw_error *err)
{
    struct parser p = {.fn = fn, .ctx = ctx, .value_max = value_max,
                       .count_max = opts && opts->elements_max ? opts->elements_max : DW_SCAN_ELEMENTS_MAX};
    struct dw_stream unused;
    if (!stream)
        stream = &unused;
    memset(stream, 0, sizeof *stream);
    p.frames[0] = (struct frame){.sequence_end = NO_END, .item_end = NO_END, .in_item = true};
    dw_status st = dw_source_new(from, &p.source, err);
    if (st == DW_OK)
        st = parse_stream(&p, opts, stream, err);
    dw_source_free(p.source);
    return st;
}
