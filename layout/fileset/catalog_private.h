/** Between the files of the catalog. */
#ifndef DW_LAYOUT_FILESET_CATALOG_PRIVATE_H
#define DW_LAYOUT_FILESET_CATALOG_PRIVATE_H
#include "layout/fileset/catalog.h"

/** A zeroed row at the end of one of the catalog's tables; NULL: out of memory. */
void *dw_catalog_append(void **table, uint32_t *count, uint32_t *cap, size_t row_size);
/** The series of an object, made with study and patient when it is the first. false: out of memory. */
bool dw_catalog_find_place(dw_catalog *catalog, const struct dw_object *object, uint32_t *out);
/** Byte for byte the same: by their hashes where both are known, else by reading both. */
bool dw_entry_same_content(const struct dw_entry *a, const struct dw_entry *b);
/** What lies on further volumes, now that everything is converted: objects of one SOP Instance UID that became the
 *  same are one, and the rest have layers without gaps, those of each patient by themselves. */
void dw_catalog_settle_twins(dw_catalog *catalog);
/** Judge an entry by the catalog's profile and give it its state. */
void dw_catalog_judge(dw_catalog *catalog, struct dw_entry *entry);
/** Entry i was found ready, and the profile cannot have it after all: as the opts want it. reason is copied. */
DW_MUST_CHECK dw_status dw_catalog_forbid(dw_catalog *catalog, uint32_t i, const char *reason,
                                          struct dw_error *err);
/** The profile takes such an object as it is. */
bool dw_catalog_would_take(const dw_catalog *catalog, const struct dw_object *object);

#endif
