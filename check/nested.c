#include <string.h>
#include "check/nested.h"

#define CONCEPT_NAME 0x0040A043u
#define CONTENT 0x0040A730u
#define SERIES 0x00081115u
#define IMAGES 0x00081140u
#define BLENDING 0x00700402u
#define EVIDENCE 0x00089092u
#define DEFINITION 0x0072000Cu

/* of an item */
enum { SAW_PROCEDURE = 1, SAW_REASON = 2, SAW_SUBJECT = 4 }; /* of a hanging protocol's definition */
enum { SAW_MEANING = 1, SAW_MODIFIER = 1, SAW_SERIES_UID = 1, SAW_IMAGES = 2, SAW_CLASS = 1, SAW_INSTANCE = 2 };

static size_t trimmed(const struct dw_element *el)
{
    size_t length = el->value ? el->length : 0;
    while (length > 0 && (el->value[length - 1] == ' ' || el->value[length - 1] == '\0'))
        length--;
    return length;
}

bool dw_check_element_says(const struct dw_element *el, const char *text)
{
    size_t length = trimmed(el);
    return length == strlen(text) && length > 0 && memcmp(el->value, text, length) == 0;
}

bool dw_check_element_filled(const struct dw_element *el)
{
    return el->value ? trimmed(el) > 0 : el->length > 0 && el->length != UINT32_MAX;
}

static void of_record(struct dw_check_nested *n, const struct dw_element *el, uint32_t tag)
{
    n->open[0] = tag;
    n->open[1] = 0;
    if (tag == 0x0004151A && dw_check_element_filled(el))
        n->has |= DW_HAS_RELATED;
    if (dw_check_element_filled(el))
        n->has |= (uint8_t)((tag == 0x30100033 ? DW_HAS_LABEL : 0) | (tag == 0x30100034 ? DW_HAS_LONG_LABEL : 0) |
                            (tag == 0x00686210 ? DW_HAS_SIZE : 0));
    if (tag == 0x0040A493)
        n->is_verified = dw_check_element_says(el, "VERIFIED");
    if (tag == 0x0040A030)
        n->has_verified_at = dw_check_element_filled(el);
    if (tag == 0x0040E001)
        n->has_hl7_id = dw_check_element_filled(el);
}

static void of_item(struct dw_check_nested *n, const struct dw_element *el, uint32_t tag)
{
    n->open[1] = tag;
    if (n->open[0] == CONCEPT_NAME && tag == 0x00080104 && dw_check_element_filled(el))
        n->seen[0] |= SAW_MEANING;
    if (n->open[0] == CONTENT && tag == 0x0040A010 && dw_check_element_says(el, "HAS CONCEPT MOD"))
        n->seen[0] |= SAW_MODIFIER;
    if (n->open[0] == SERIES && tag == 0x0020000E && dw_check_element_filled(el))
        n->seen[0] |= SAW_SERIES_UID;
    if (n->open[0] == DEFINITION)
        n->seen[0] |= (uint8_t)((tag == 0x00081032 ? SAW_PROCEDURE : 0) | (tag == 0x0040100A ? SAW_REASON : 0) |
                                (tag == 0x00080060 || tag == 0x00082218 ? SAW_SUBJECT : 0));
}

void dw_check_nested_element(struct dw_check_nested *n, const struct dw_element *el, unsigned nest)
{
    uint32_t tag = (uint32_t)el->group << 16 | el->element;
    if (nest == 1)
        of_record(n, el, tag);
    else if (nest == 2)
        of_item(n, el, tag);
    else if (nest == 3 && dw_check_element_filled(el))
        n->seen[1] |= (uint8_t)((tag == 0x00081150 ? SAW_CLASS : 0) | (tag == 0x00081155 ? SAW_INSTANCE : 0));
}

void dw_check_nested_item_start(struct dw_check_nested *n, unsigned nest)
{
    if (nest == 3) {
        n->seen[1] = 0;
        if (n->open[0] == SERIES && n->open[1] == IMAGES)
            n->seen[0] |= SAW_IMAGES;
    }
    if (nest != 2)
        return;
    n->seen[0] = 0;
    n->open[1] = 0;
    n->concepts += n->open[0] == CONCEPT_NAME;
    n->contents += n->open[0] == CONTENT;
    n->series += n->open[0] == SERIES;
    n->blendings += n->open[0] == BLENDING;
}

void dw_check_nested_item_end(struct dw_check_nested *n, unsigned nest)
{
    bool images = n->open[0] == SERIES && n->open[1] == IMAGES;
    if (nest == 3 && images && n->seen[1] != (SAW_CLASS | SAW_INSTANCE))
        n->lacks_reference++;
    if (nest != 2)
        return;
    if (n->open[0] == CONCEPT_NAME)
        n->lacks_meaning += !(n->seen[0] & SAW_MEANING);
    if (n->open[0] == CONTENT) {
        n->others += !(n->seen[0] & SAW_MODIFIER);
        n->has |= n->seen[0] & SAW_MODIFIER ? DW_HAS_MODIFIERS : 0;
    }
    if (n->open[0] == SERIES) {
        n->lacks_series += !(n->seen[0] & SAW_SERIES_UID);
        n->lacks_images += !(n->seen[0] & SAW_IMAGES);
        n->has |= DW_HAS_SERIES;
    }
    if (n->open[0] == BLENDING)
        n->has |= DW_HAS_BLENDING;
    if (n->open[0] == EVIDENCE)
        n->has |= DW_HAS_EVIDENCE;
    if (n->open[0] == DEFINITION) {
        n->lacks_procedure += !(n->seen[0] & SAW_PROCEDURE);
        n->lacks_reason += !(n->seen[0] & SAW_REASON);
        n->lacks_subject += !(n->seen[0] & SAW_SUBJECT);
    }
}
