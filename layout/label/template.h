/** An SVG label template in memory: checked, then filled with values. What may stand in one is
 * written in label.h. Private to this room. */
#ifndef DW_LAYOUT_LABEL_TEMPLATE_H
#define DW_LAYOUT_LABEL_TEMPLATE_H
#include "base/text.h"
#include "layout/label/label.h"
#include "layout/label/ring.h"

typedef struct dw_template dw_template;

/** Read and check: SVG, viewBox "0 0 120 120", known placeholders only, none outside of text. Loads
 *  nothing else. free: dw_template_free() */
DW_MUST_CHECK dw_status dw_template_open(const char *path, dw_template **out, struct dw_error *err);
void dw_template_free(dw_template *tpl);
/** Number of the root attribute, e.g. "data-inner-mm"; fallback when it is not there or not a
 * number. */
double dw_template_number(const dw_template *tpl, const char *attribute, double fallback);
/** Text of a root attribute; "" when it is not there. */
DW_MUST_CHECK dw_status dw_template_text(const dw_template *tpl, const char *attribute, char *out, size_t size,
                                         struct dw_error *err);
/** Put the values in. Can be done once: the template is then the filled one, out its SVG. */
DW_MUST_CHECK dw_status dw_template_fill(dw_template *tpl, const struct dw_label_value *values,
                                         size_t value_count, const struct dw_ring *ring,
                                         struct dw_buf *out, struct dw_error *err);

#endif
