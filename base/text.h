/** Bounded strings and a growing buffer. Nothing here truncates silently. */
#ifndef DW_BASE_TEXT_H
#define DW_BASE_TEXT_H
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Copy or format whole into out[size]; false (and out = "") when it does not fit. */
DW_MUST_CHECK bool dw_text_copy(char *out, size_t size, const char *text);
DW_MUST_CHECK bool dw_text_format(char *out, size_t size, const char *fmt, ...) DW_PRINTF(3, 4);
/** Copy and cut on a UTF-8 border: for text that only people read. */
void dw_text_cut(char *out, size_t size, const char *text);
/** Whole string, base 10, within [min, max]; else false and *out untouched. */
DW_MUST_CHECK bool dw_text_int(const char *text, int64_t min, int64_t max, int64_t *out);
/** "650MB", "700 MiB", "4GB", "1048576": bytes. K M G with B are powers of 10, with iB of 2. */
DW_MUST_CHECK bool dw_text_size(const char *text, uint64_t *out_bytes);
bool dw_text_is_utf8(const char *text, size_t size); /**< strict: no surrogates, no overlong forms */
void dw_text_hex(const void *data, size_t size, char *out); /**< out[2*size+1], lower case */
DW_MUST_CHECK bool dw_text_unhex(const char *hex, void *out, size_t size); /**< exactly 2*size digits */
bool dw_text_ends_with(const char *text, const char *end);

struct dw_buf { /* {0} or dw_buf_init(); free: dw_buf_done() */
    char *data;  /**< always zero-terminated once something was added; NULL before */
    size_t size; /**< without that zero */
    size_t cap;
    size_t max;  /**< 0: DW_SMALL_FILE_MAX */
    bool failed; /**< sticky: an add was refused (max or memory); check once at the end */
};
void dw_buf_init(struct dw_buf *buf, size_t max);
void dw_buf_done(struct dw_buf *buf);
void dw_buf_reset(struct dw_buf *buf); /**< empty, memory kept, failed cleared */
void dw_buf_add(struct dw_buf *buf, const void *data, size_t size);
void dw_buf_add_text(struct dw_buf *buf, const char *text);
void dw_buf_addf(struct dw_buf *buf, const char *fmt, ...) DW_PRINTF(2, 3);
/** Escaped for HTML and XML text and attribute values. Not UTF-8: replaced by U+FFFD. NULL adds nothing. */
void dw_buf_add_html(struct dw_buf *buf, const char *text);
DW_MUST_CHECK dw_status dw_buf_check(const struct dw_buf *buf, const char *what, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
