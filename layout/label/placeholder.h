/** {{NAME}} in a text. Private to this room. */
#ifndef DW_LAYOUT_LABEL_PLACEHOLDER_H
#define DW_LAYOUT_LABEL_PLACEHOLDER_H
#include "base/text.h"
#include "layout/label/label.h"

bool dw_placeholder_in(const char *text); /**< has one, well formed or not */
/** DW_ERR_INVALID: a name that dw_label_names() does not have, or {{ without }}. */
DW_MUST_CHECK dw_status dw_placeholder_check(const char *text, struct dw_error *err);
/** DW_ERR_INVALID: a value nobody can use, or DW_ERR_LIMIT: longer than DW_LABEL_VALUE_MAX. */
DW_MUST_CHECK dw_status dw_placeholder_check_values(const struct dw_label_value *values,
                                                    size_t count, struct dw_error *err);
/** Append the text with values in, white space and control characters made single spaces, broken
 * UTF-8 made U+FFFD. False: it has placeholders and every one of them is empty. */
bool dw_placeholder_expand(const char *text, const struct dw_label_value *values, size_t count,
                           struct dw_buf *out);
/** Value of a name of `length` bytes, "" when there is none. */
const char *dw_placeholder_value(const struct dw_label_value *values, size_t count,
                                 const char *name, size_t length);
bool dw_placeholder_known(const char *name, size_t length);

#endif
