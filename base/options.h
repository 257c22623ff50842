/** One table of options: the parser, --print-config, discwright.conf(5) and conf/discwright.conf all
 *  come from it. Files are INI (inih): [section] then key = value. An unknown key, a value out of range
 *  or a key given twice is an error that names file and line. */
#ifndef DW_BASE_OPTIONS_H
#define DW_BASE_OPTIONS_H
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/** DW_OPT_LIST is a text with commas that may go on in indented lines; a newline in it is a comma. */
enum dw_option_type { DW_OPT_TEXT, DW_OPT_PATH, DW_OPT_INT, DW_OPT_BOOL, DW_OPT_SIZE, DW_OPT_CHOICE, DW_OPT_LIST };

struct dw_option {
    const char *section;  /**< "dicom"; for repeated ones "robot": written [robot NAME] */
    const char *key;
    enum dw_option_type type;
    size_t offset;        /**< of the member: char[512] for text/path/choice, char[4096] for list, int64_t, bool, uint64_t */
    const char *fallback; /**< as it would be typed */
    int64_t min, max;     /**< DW_OPT_INT */
    const char *choices;  /**< DW_OPT_CHOICE: "a|b|c" */
    const char *unit;     /**< "ms", "bytes" or NULL */
    bool secret;          /**< never printed */
    bool optional;        /**< DW_OPT_INT, DW_OPT_CHOICE: nothing may stand there; an int64_t is then UNSET */
    const char *help;     /**< one or two sentences, no markup */
};
#define DW_OPTION_TEXT_MAX 512
#define DW_OPTION_LIST_MAX 4096
#define DW_OPTION_UNSET INT64_MIN

/** Fill target with the fallbacks. */
void dw_options_defaults(const struct dw_option *table, size_t count, void *target);
/** Set one by name. DW_ERR_NOT_FOUND unknown key, DW_ERR_INVALID bad value: the sentence says the range. */
DW_MUST_CHECK dw_status dw_options_set(const struct dw_option *table, size_t count, void *target,
                                       const char *section, const char *key, const char *value,
                                       struct dw_error *err);
/** Called for each `key = value`, where section is NULL before the first one, and for each [section] when it
 *  begins, with key and value NULL: one without any key is a section too. */
typedef dw_status dw_ini_fn(void *ctx, const char *section, const char *key, const char *value,
                            struct dw_error *err);
/** Read an INI file. Indented lines go on with the value above: a newline stands between them. A failure is
 *  prefixed "FILE:LINE", where the key or [section] stands. */
DW_MUST_CHECK dw_status dw_ini_read(const char *path, dw_ini_fn *fn, void *ctx,
                                    struct dw_error *err);
/** Current values as a commented INI file, or the table as groff for the man page. */
void dw_options_print(const struct dw_option *table, size_t count, const void *target,
                      const char *section_title, bool comments, struct dw_buf *out);
void dw_options_man(const struct dw_option *table, size_t count, struct dw_buf *out);

#ifdef __cplusplus
}
#endif
#endif
