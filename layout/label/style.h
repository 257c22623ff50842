/** Presentation attributes of an SVG element: its own, in its style attribute, or inherited. No CSS
 *  rules. Private to this room. */
#ifndef DW_LAYOUT_LABEL_STYLE_H
#define DW_LAYOUT_LABEL_STYLE_H
#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

/** Cut to size; `fallback` when neither the element nor one above it says. */
void dw_style_text(xmlNode *node, const char *name, const char *fallback, char *out, size_t size);
/** A plain number or one with px or mm (user units are mm); inherited. */
bool dw_style_number(xmlNode *node, const char *name, double *out);
bool dw_style_own_number(xmlNode *node, const char *name, double *out); /**< not inherited */

#endif
