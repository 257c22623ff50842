#include "layout/label/style.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"

/* "font-size:6px;fill:#000": the value of one property. Properties win over attributes (SVG 6.6).
 */
static bool from_style(xmlNode *node, const char *name, char *out, size_t size)
{
    xmlChar *style = xmlGetNoNsProp(node, BAD_CAST "style");
    bool found = false;
    for (const char *p = style ? (const char *)style : ""; *p;) {
        size_t length = strcspn(p, ";"), key = strcspn(p, ":;");
        const char *from = p + strspn(p, " \t\r\n");
        if ((size_t)(p + key - from) == strlen(name) && strncmp(from, name, strlen(name)) == 0 &&
            p[key] == ':') {
            char value[256];
            const char *begin = p + key + 1;
            begin += strspn(begin, " ");
            found = dw_text_format(value, sizeof value, "%.*s", (int)(p + length - begin), begin);
            if (found)
                dw_text_cut(out, size, value);
        }
        p += length + (p[length] == ';');
    }
    xmlFree(style);
    return found;
}

static bool own_text(xmlNode *node, const char *name, char *out, size_t size)
{
    if (from_style(node, name, out, size))
        return true;
    xmlChar *value = xmlGetNoNsProp(node, BAD_CAST name);
    if (!value)
        return false;
    dw_text_cut(out, size, (const char *)value);
    xmlFree(value);
    return true;
}

void dw_style_text(xmlNode *node, const char *name, const char *fallback, char *out, size_t size)
{
    for (; node && node->type == XML_ELEMENT_NODE; node = node->parent)
        if (own_text(node, name, out, size) && strcmp(out, "inherit") != 0)
            return;
    dw_text_cut(out, size, fallback);
}

static bool to_number(const char *text, double *out)
{
    char *end = NULL;
    double number = g_ascii_strtod(text, &end);
    if (end == text || !isfinite(number) || fabs(number) > 1e6)
        return false;
    end += strspn(end, " ");
    if (*end && strcmp(end, "px") != 0 && strcmp(end, "mm") != 0)
        return false;
    *out = number;
    return true;
}

bool dw_style_number(xmlNode *node, const char *name, double *out)
{
    char text[64];
    dw_style_text(node, name, "", text, sizeof text);
    return to_number(text, out);
}

bool dw_style_own_number(xmlNode *node, const char *name, double *out)
{
    char text[64];
    return own_text(node, name, text, sizeof text) && to_number(text, out);
}
