/** Text for comparing as people compare it: "Müller", "MULLER" and "muller" are one. */
#ifndef DW_BASE_FOLD_H
#define DW_BASE_FOLD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** UTF-8 in lower case and without diacritics; ß is ss, æ is ae. Never longer than the text, but for bytes
 *  that are no UTF-8, which count as Latin-1. false: it did not fit and was cut. */
bool dw_fold(const char *text, char *out, size_t size);
/** Does a folded text fit a folded pattern as a whole? '*' is any text, '?' one character. Time grows with
 *  the product of both lengths at most. */
bool dw_fold_fits(const char *pattern, const char *text);

#endif
