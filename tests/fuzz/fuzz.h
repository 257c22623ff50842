/** What every fuzz target shares. A target is any bytes, read by one reader of ours, and what must be true of the
 *  result whatever they were; docs/fuzzing.md. */
#ifndef DW_TESTS_FUZZ_H
#define DW_TESTS_FUZZ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition) ((condition) ? (void)0 : require_failed(__FILE__, __LINE__, #condition))

static inline _Noreturn void require_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}

/* A call that failed says why, one that did not says nothing. */
static inline void require_told(dw_status st, const struct dw_error *err)
{
    require((st == DW_OK) == (err->text[0] == '\0'));
    require(memchr(err->text, '\0', sizeof err->text) != NULL);
}

/* Text of ours of at most size - 1 bytes. */
static inline void require_utf8(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    require(length < size && dw_text_is_utf8(text, length));
}

#endif
