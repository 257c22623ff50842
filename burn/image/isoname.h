/** The names that ISO 9660 level 1 shows for a tree: its own where they are legal, else made-up ones in 8.3, unique
 *  in their folder. Same names in a folder, same result, whatever else is in the tree. For burn/image/iso alone. */
#ifndef DW_BURN_IMAGE_ISONAME_H
#define DW_BURN_IMAGE_ISONAME_H
#include "burn/image/tree.h"

#define DW_ISONAME_MAX 13        /* 8.3 and the final zero */
#define DW_JOLIET_UNITS_MAX 64   /* of 16 bits, without the version */

/** Who lies in which folder. Entries are numbered: folders of the tree first, then its files; parents are numbered
 *  from 1 as folders are, 0 is the root. */
struct dw_family { /* zeroed; free: dw_family_done() */
    const dw_tree *tree;
    size_t folders, entries;
    uint32_t *parent; /**< [entries] */
    uint32_t *first;  /**< [folders + 2]: children of p are child[first[p]] up to child[first[p + 1]] */
    uint32_t *child;  /**< [entries], in the order of their numbers */
};
DW_MUST_CHECK dw_status dw_family_init(struct dw_family *family, const dw_tree *tree,
                                       struct dw_error *err);
void dw_family_done(struct dw_family *family);
const char *dw_family_name(const struct dw_family *family, uint32_t entry); /**< last component of its path */

/** Names as a byte string for each entry: 8.3 without version and final dot, or UCS-2 big-endian. */
struct dw_isonames { /* zeroed; free: dw_isonames_done() */
    char *text;
    uint32_t *at; /**< [entries + 1] */
    size_t text_cap;
    bool wide;      /**< two bytes for each character */
    size_t changed; /**< entries whose name is another one, not only in upper case */
};
DW_MUST_CHECK dw_status dw_isonames_init(struct dw_isonames *names, const struct dw_family *family,
                                         bool joliet, struct dw_error *err);
void dw_isonames_done(struct dw_isonames *names);
const char *dw_isonames_get(const struct dw_isonames *names, uint32_t entry, size_t *out_length);
/** Sort each folder's children by name (ECMA-119 9.3). */
void dw_isonames_sort(const struct dw_isonames *names, struct dw_family *family);

#endif
