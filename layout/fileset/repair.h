/** Directory keys of type 1 that an object does not have (PS3.11 D.3.3.1 note): filled in the directory
 *  only, the object stays as it was received. One table of rules; what was done is a bit per rule. */
#ifndef DW_LAYOUT_FILESET_REPAIR_H
#define DW_LAYOUT_FILESET_REPAIR_H
#include "layout/fileset/catalog.h"

/** Repair the keys of every node and of every entry in reading order; objects whose record cannot be made
 *  legal are left off. catalog->order is compacted. */
DW_MUST_CHECK dw_status dw_repair_catalog(dw_catalog *catalog, int64_t made_at_s,
                                          struct dw_error *err);
size_t dw_repair_rule_count(void); /**< at most 32 */
/** A sentence about so many objects (0: about a record above them): "Study ID (0020,0010) was missing; the
 *  directory has the number of the study in the directory". */
void dw_repair_describe(size_t rule, uint32_t objects, char *out, size_t size);

#endif
