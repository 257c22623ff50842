/** What the items of a directory record's sequences must hold (PS3.3 F.5): seen while
 *  the DICOMDIR is read, judged by the rules for records. */
#ifndef DW_CHECK_NESTED_H
#define DW_CHECK_NESTED_H
#include <stdbool.h>
#include <stdint.h>
#include "dicom/scan.h"

/** What an object has and its record must have then (type 1C), and the record has. */
enum {
    DW_HAS_RELATED = 1,   /**< (0008,001A) of the object, (0004,151A) of the record */
    DW_HAS_MODIFIERS = 2, /**< items HAS CONCEPT MOD in the Content Sequence of the root */
    DW_HAS_SERIES = 4,    /**< items in (0008,1115) */
    DW_HAS_BLENDING = 8,  /**< items in (0070,0402) */
    DW_HAS_EVIDENCE = 16, /**< items in (0008,9092) */
    DW_HAS_LABEL = 32,    /**< (3010,0033) */
    DW_HAS_LONG_LABEL = 64, /**< (3010,0034) */
    DW_HAS_SIZE = 128,    /**< (0068,6210) */
};

struct dw_check_nested { /* {0} at the start of a record; plain data */
    uint32_t concepts;  /**< items of (0040,A043) */
    uint32_t blendings; /**< items of (0070,0402) */
    uint32_t contents;  /**< items of (0040,A730), and those of them that are not HAS CONCEPT MOD */
    uint32_t others;
    uint32_t series;    /**< items of (0008,1115) */
    uint32_t lacks_meaning, lacks_series, lacks_images, lacks_reference; /**< items without what they must name */
    uint32_t lacks_procedure, lacks_reason, lacks_subject; /**< the same of (0072,000C) */
    bool is_verified, has_verified_at;
    bool has_hl7_id;    /**< (0040,E001) with a value */
    uint8_t has;        /**< DW_HAS_ bits */
    uint32_t open[2];   /* the last element of the record, and of its item */
    uint8_t seen[2];    /* what the item there has so far */
};
/** An element of the record (nest 1), of an item in it (2) or of an item there (3). */
void dw_check_nested_element(struct dw_check_nested *nested, const struct dw_element *el, unsigned nest);
/** An item begins or ends; nest as of the elements inside. */
void dw_check_nested_item_start(struct dw_check_nested *nested, unsigned nest);
void dw_check_nested_item_end(struct dw_check_nested *nested, unsigned nest);
/** The value is this text, padding aside. */
bool dw_check_element_says(const struct dw_element *el, const char *text);
/** It has a value that is not blank. */
bool dw_check_element_filled(const struct dw_element *el);

#endif
