/** Values of elements: whether they have the form of their VR (PS3.5 6.2), and what of a record has to be the same in
 *  its objects (PS3.3 F.5). */
#ifndef DW_CHECK_VALUE_H
#define DW_CHECK_VALUE_H
#include <stddef.h>
#include <stdint.h>
#include "check/keys.h"
#include "dicom/scan.h"

struct dw_check_fault { /* the first of its kind in a record or file */
    uint32_t tag;
    const char *what; /**< NULL: there is none */
};

/** What is wrong with how the element is written: its VR, an odd length. NULL: nothing. */
const char *dw_check_encoding_fault(const struct dw_element *el);
/** What is wrong with its value: "no date", "padded by a space". NULL: nothing, or no VR that we judge. */
const char *dw_check_value_fault(const struct dw_element *el);
/** What is wrong with its letters, if it is text, where (0008,0005) is `set`, or with the terms of (0008,0005) itself.
 *  NULL: nothing, or a private element. */
const char *dw_check_letters_fault(const struct dw_element *el, const char *set);

#define DW_CHECK_VALUES_MAX 8
/** Keys of the values that records and objects share, 0: none; by the kind of record, in the order of the tags. */
struct dw_check_values {
    uint32_t key[DW_CHECK_VALUES_MAX];
};
/** Tag of position i for that kind of record; 0: none. */
uint32_t dw_check_value_tag(enum dw_check_kind kind, size_t i);
/** Takes the element if it is one of that kind and has a legal value. */
void dw_check_values_take(struct dw_check_values *values, enum dw_check_kind kind, const struct dw_element *el,
                          const char *charset);
void dw_check_values_set(struct dw_check_values *values, enum dw_check_kind kind, uint32_t tag, uint64_t key);

/** The modifiers of a document's title, as one number: {0} before the Content Sequence of the root (0040,A730). */
struct dw_check_modifiers {
    bool is_one; /* the item we are in */
    uint64_t key; /**< 0: there is none */
};
/** depth: 1 in an item of that sequence, 2 in an item there. */
void dw_check_modifiers_element(struct dw_check_modifiers *modifiers, const struct dw_element *el, unsigned depth);
void dw_check_modifiers_item(struct dw_check_modifiers *modifiers, unsigned depth); /**< one begins; depth inside */

#endif
