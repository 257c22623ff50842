#include "layout/label/template.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/file.h"
#include "layout/label/barcode.h"
#include "layout/label/placeholder.h"
#include "layout/label/style.h"
#include "layout/label/textfit.h"

struct dw_template {
    xmlDoc *doc;
};

void dw_template_free(dw_template *tpl)
{
    if (!tpl)
        return;
    xmlFreeDoc(tpl->doc);
    free(tpl);
}

/* The element behind `node` in document order below root; NULL at the end. */
static xmlNode *next_element(xmlNode *node, const xmlNode *root)
{
    xmlNode *next = xmlFirstElementChild(node);
    while (!next && node && node != root) {
        next = xmlNextElementSibling(node);
        node = node->parent;
    }
    return next;
}

static bool is_named(const xmlNode *node, const char *name)
{
    return strcmp((const char *)node->name, name) == 0;
}

/* --- checks, before any value is there --- */

static dw_status check_text(xmlNode *node, struct dw_error *err)
{
    xmlChar *text = xmlNodeGetContent(node);
    dw_status st = text ? dw_placeholder_check((const char *)text, err) : DW_OK;
    if (st == DW_OK && text && dw_placeholder_in((const char *)text)) {
        double number;
        for (const xmlNode *up = node; up && up->type == XML_ELEMENT_NODE; up = up->parent)
            if (xmlHasProp((xmlNode *)up, BAD_CAST "transform"))
                st = dw_error_set(err, DW_ERR_INVALID,
                                  "template line %ld: text with placeholders under a transform",
                                  xmlGetLineNo(node));
        if (st == DW_OK &&
            (!dw_style_number(node, "x", &number) || !dw_style_number(node, "y", &number) ||
             !dw_style_number(node, "font-size", &number) || number <= 0))
            st = dw_error_set(err, DW_ERR_INVALID,
                              "template line %ld: text with placeholders needs x, y and font-size",
                              xmlGetLineNo(node));
    }
    xmlFree(text);
    return st;
}

static dw_status check_attributes(const xmlNode *node, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (const xmlAttr *attr = node->properties; attr && st == DW_OK; attr = attr->next) {
        xmlChar *value = xmlNodeListGetString(node->doc, attr->children, 1);
        const char *name = (const char *)attr->name, *text = value ? (const char *)value : "";
        if (strcmp(name, "data-code128") == 0)
            st = dw_placeholder_check(text, err);
        else if (dw_placeholder_in(text))
            st = dw_error_set(
                err, DW_ERR_INVALID,
                "template line %ld: placeholder in attribute '%.30s', only text can have one",
                xmlGetLineNo(node), name);
        for (const char *p = text;
             st == DW_OK && strcmp(name, "data-if") == 0 && *(p += strspn(p, " "));
             p += strcspn(p, " "))
            if (!dw_placeholder_known(p, strcspn(p, " ")))
                st = dw_error_set(err, DW_ERR_INVALID, "there is no placeholder '%.*s' for data-if",
                                  (int)strcspn(p, " "), p);
        xmlFree(value);
    }
    return st;
}

static bool is_120_mm_square(const xmlNode *root)
{
    xmlChar *box = xmlGetProp(root, BAD_CAST "viewBox");
    static const double wanted[] = {0, 0, DW_LABEL_SIZE_MM, DW_LABEL_SIZE_MM};
    const char *p = box ? (const char *)box : "";
    bool same = true;
    for (size_t i = 0; i < DW_ARRAY_LEN(wanted); i++) {
        char *end = NULL;
        p += strspn(p, " ,");
        double number = g_ascii_strtod(p, &end);
        same = same && end != p && fabs(number - wanted[i]) < 1e-9;
        p = end;
    }
    xmlFree(box);
    return same;
}

static dw_status check(xmlDoc *doc, struct dw_error *err)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    if (!root || !is_named(root, "svg"))
        return dw_error_set(err, DW_ERR_CORRUPT, "the template is not SVG");
    if (!is_120_mm_square(root))
        return dw_error_set(err, DW_ERR_INVALID,
                            "the template's viewBox is not \"0 0 120 120\" (millimetres)");
    dw_status st = DW_OK;
    for (xmlNode *node = root; node && st == DW_OK; node = next_element(node, root)) {
        st = check_attributes(node, err);
        if (st == DW_OK && is_named(node, "text"))
            st = check_text(node, err);
    }
    return st;
}

dw_status dw_template_open(const char *path, dw_template **out, struct dw_error *err)
{
    struct dw_buf file = {0};
    dw_template *tpl = NULL;
    dw_status st = dw_file_read_all(path, DW_LABEL_TEMPLATE_MAX, &file, err);
    if (st != DW_OK) {
        dw_error_prefix(err, st, "label template");
        goto out;
    }
    tpl = calloc(1, sizeof *tpl);
    if (!tpl) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a label template");
        goto out;
    }
    tpl->doc = xmlReadMemory(file.data ? file.data : "", (int)file.size, NULL, NULL,
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (tpl->doc)
        st = check(tpl->doc, err);
    else
        st = dw_error_set(err, DW_ERR_CORRUPT, "the template is not SVG");
    if (st != DW_OK)
        dw_error_prefix(err, st, "label template '%s'", path);
out:
    dw_buf_done(&file);
    if (st != DW_OK)
        dw_template_free(tpl);
    else
        *out = tpl;
    return st;
}

double dw_template_number(const dw_template *tpl, const char *attribute, double fallback)
{
    double number;
    return dw_style_own_number(xmlDocGetRootElement(tpl->doc), attribute, &number) ? number
                                                                                   : fallback;
}

dw_status dw_template_text(const dw_template *tpl, const char *attribute, char *out, size_t size,
                           struct dw_error *err)
{
    xmlChar *value = xmlGetProp(xmlDocGetRootElement(tpl->doc), BAD_CAST attribute);
    out[0] = 0;
    bool fits = !value || dw_text_copy(out, size, (const char *)value);
    xmlFree(value);
    return fits ? DW_OK
                : dw_error_set(err, DW_ERR_LIMIT, "%s of the template is longer than %zu bytes", attribute,
                               size - 1);
}

/* --- filling --- */

struct filler {
    const struct dw_label_value *values;
    size_t value_count;
    const struct dw_ring *ring;
};

/* The element keeps its paint and becomes outlines. */
static dw_status turn_into_path(xmlNode *node, const char *data, struct dw_error *err)
{
    static const char *const no_more[] = {"x", "y", "data-width", "data-height"};
    for (size_t i = 0; i < DW_ARRAY_LEN(no_more); i++)
        xmlUnsetProp(node, BAD_CAST no_more[i]);
    for (xmlNode *child; (child = node->children) != NULL;) {
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
    xmlNodeSetName(node, BAD_CAST "path");
    if (!xmlNewProp(node, BAD_CAST "d", BAD_CAST data))
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a label");
    return DW_OK;
}

static dw_status fit_text(struct filler *filler, xmlNode *node, const char *text,
                          struct dw_error *err)
{
    char family[256], weight[16], style[16], anchor[16];
    struct dw_textfit fit = {.text = text, .family = family, .ring = filler->ring};
    dw_style_text(node, "font-family", "sans-serif", family, sizeof family);
    dw_style_text(node, "font-weight", "400", weight, sizeof weight);
    dw_style_text(node, "font-style", "normal", style, sizeof style);
    dw_style_text(node, "text-anchor", "start", anchor, sizeof anchor);
    int64_t number;
    fit.weight = strcmp(weight, "bold") == 0             ? 700
                 : dw_text_int(weight, 1, 1000, &number) ? (int)number
                                                         : 400;
    fit.italic = strcmp(style, "normal") != 0;
    fit.anchor = strcmp(anchor, "middle") == 0 ? DW_ANCHOR_MIDDLE
                 : strcmp(anchor, "end") == 0  ? DW_ANCHOR_END
                                               : DW_ANCHOR_START;
    if (!dw_style_number(node, "x", &fit.x) || !dw_style_number(node, "y", &fit.y) ||
        !dw_style_number(node, "font-size", &fit.size))
        return DW_OK; /* fixed words placed in another way: librsvg draws them */
    if (!dw_style_own_number(node, "data-width", &fit.width))
        fit.width = 0;
    if (!dw_style_own_number(node, "data-height", &fit.height))
        fit.height = 0;
    struct dw_buf data = {0};
    dw_status st = dw_textfit_path(&fit, &data, err);
    if (st == DW_OK)
        st = turn_into_path(node, data.data ? data.data : "", err);
    dw_buf_done(&data);
    return st;
}

static bool has_transform(const xmlNode *node)
{
    for (; node && node->type == XML_ELEMENT_NODE; node = node->parent)
        if (xmlHasProp((xmlNode *)node, BAD_CAST "transform"))
            return true;
    return false;
}

/* *keep becomes false when nothing of it is to be printed. */
static dw_status fill_text(struct filler *filler, xmlNode *node, bool *keep, struct dw_error *err)
{
    struct dw_buf text = {0};
    dw_status st = DW_OK;
    xmlChar *content = xmlNodeGetContent(node);
    const char *pattern = content ? (const char *)content : "";
    *keep = dw_placeholder_expand(pattern, filler->values, filler->value_count, &text) && text.size;
    if (*keep && !has_transform(node))
        st = fit_text(filler, node, text.data, err);
    if (st != DW_OK) /* the pattern, not what was put in */
        dw_error_prefix(err, st, "label template line %ld, '%.60s'", xmlGetLineNo(node), pattern);
    xmlFree(content);
    dw_buf_done(&text);
    return st;
}

static bool has_any_value(const struct filler *filler, xmlNode *node)
{
    xmlChar *names = xmlGetNoNsProp(node, BAD_CAST "data-if");
    bool any = names == NULL;
    for (const char *p = names ? (const char *)names : ""; !any && *(p += strspn(p, " "));
         p += strcspn(p, " "))
        any = *dw_placeholder_value(filler->values, filler->value_count, p, strcspn(p, " ")) != 0;
    xmlFree(names);
    return any;
}

static dw_status fill_barcode(struct filler *filler, xmlNode *node, const char *pattern, bool *keep,
                              struct dw_error *err)
{
    struct dw_barcode_box box = {.dots_per_unit = DW_LABEL_PIXELS / DW_LABEL_SIZE_MM};
    struct dw_buf text = {0}, data = {0};
    dw_status st = DW_OK;
    *keep = dw_placeholder_expand(pattern, filler->values, filler->value_count, &text) && text.size;
    if (!*keep)
        goto out;
    if (!dw_style_own_number(node, "x", &box.x) || !dw_style_own_number(node, "y", &box.y) ||
        !dw_style_own_number(node, "width", &box.width) ||
        !dw_style_own_number(node, "height", &box.height) || has_transform(node) ||
        !dw_ring_holds(filler->ring, box.x, box.y, box.x + box.width, box.y + box.height)) {
        st = dw_error_set(err, DW_ERR_INVALID,
                          "label template line %ld: the barcode has no place in the printable ring",
                          xmlGetLineNo(node));
        goto out;
    }
    st = dw_barcode_path(text.data, &box, &data, err);
    if (st != DW_OK)
        goto out;
    /* The rect stays as the light ground of the quiet zones; the bars follow it. */
    xmlNode *bars = xmlNewNode(node->ns, BAD_CAST "path");
    if (!bars || !xmlNewProp(bars, BAD_CAST "d", BAD_CAST data.data) ||
        !xmlNewProp(bars, BAD_CAST "fill", BAD_CAST "#000") ||
        !xmlNewProp(bars, BAD_CAST "shape-rendering", BAD_CAST "crispEdges") ||
        !xmlAddNextSibling(node, bars)) {
        xmlFreeNode(bars);
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a label");
        goto out;
    }
    xmlSetProp(node, BAD_CAST "fill", BAD_CAST "#fff");
    xmlUnsetProp(node, BAD_CAST "data-code128");
out:
    dw_buf_done(&text);
    dw_buf_done(&data);
    return st;
}

static dw_status fill_node(struct filler *filler, xmlNode *node, bool *keep, struct dw_error *err)
{
    *keep = has_any_value(filler, node);
    if (!*keep)
        return DW_OK;
    if (is_named(node, "text"))
        return fill_text(filler, node, keep, err);
    xmlChar *pattern = xmlGetNoNsProp(node, BAD_CAST "data-code128");
    if (!pattern)
        return DW_OK;
    dw_status st = fill_barcode(filler, node, (const char *)pattern, keep, err);
    xmlFree(pattern);
    return st;
}

/* Goes on behind a node that is about to be removed. */
static xmlNode *next_behind(xmlNode *node, const xmlNode *root)
{
    xmlNode *next = NULL;
    while (!next && node && node != root) {
        next = xmlNextElementSibling(node);
        node = node->parent;
    }
    return next;
}

dw_status dw_template_fill(dw_template *tpl, const struct dw_label_value *values,
                           size_t value_count, const struct dw_ring *ring, struct dw_buf *out,
                           struct dw_error *err)
{
    struct filler filler = {values, value_count, ring};
    xmlNode *root = xmlDocGetRootElement(tpl->doc);
    dw_status st = dw_placeholder_check_values(values, value_count, err);
    for (xmlNode *node = next_element(root, root), *next; node && st == DW_OK; node = next) {
        bool keep;
        st = fill_node(&filler, node, &keep, err);
        next = keep ? next_element(node, root) : next_behind(node, root);
        if (!keep) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
    }
    if (st != DW_OK)
        return st;
    xmlChar *text = NULL;
    int size = 0;
    xmlDocDumpMemoryEnc(tpl->doc, &text, &size, "UTF-8");
    if (!text)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a label");
    dw_buf_add(out, text, (size_t)size);
    xmlFree(text);
    return dw_buf_check(out, "filled label template", err);
}
