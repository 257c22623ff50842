/** Words of the pages: what a code, a date or a name is called for people. Private to this room. */
#ifndef DW_LAYOUT_PAGES_WORDS_H
#define DW_LAYOUT_PAGES_WORDS_H
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

/** What a page shows of one value: longer text than DICOM allows is cut (LO and PN have 64
 * characters). */
#define DW_WORDS_MAX 256

/** "20261121" -> "21 November 2026": no order of numbers to mistake. Anything else unchanged. */
void dw_words_date(const char *da, char *out, size_t size);
/** "093015.12" -> "09:30"; anything else is "". */
void dw_words_time(const char *tm, char *out, size_t size);
void dw_words_day_of(int64_t epoch_s, char *out, size_t size); /**< UTC, "21 November 2026" */
const char *
dw_words_modality(const char *code); /**< "CT" -> "Computed tomography"; NULL: unknown code */
const char *dw_words_sex(const char *code); /**< "F" -> "Female"; else the code as it is */
/** What one instance is to a reader: "image", "report", "document", ... never NULL. */
const char *dw_words_kind(const char *sop_class, bool plural);
bool dw_words_is_image(const char *sop_class);

/** HTML-escaped after being cut to DW_WORDS_MAX. */
void dw_words_html(struct dw_buf *out, const char *text);
/** PN as people write it, HTML-escaped; `fallback` (not escaped) when there is none. */
void dw_words_person(struct dw_buf *out, const char *pn, const char *fallback);
/** For README.TXT: accents taken off, other scripts become '?'. Returns false when there is a '?'.
 */
bool dw_words_ascii(const char *text, char *out, size_t size);
/** Replace {{NAME}} in a text of viewer-payload/ by values that are escaped already. A name without
 * a value is our own bug. */
struct dw_words_value {
    const char *name;
    const char *text;
};
void dw_words_fill(struct dw_buf *out, const char *pattern, const struct dw_words_value *values,
                   size_t count);

#endif
