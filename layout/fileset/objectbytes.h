/** A row of an object list as bytes: fixed order, no names, a fifth of the time of JSON. Only lists have it, and a
 *  list says which version it is of (layout/fileset/objects.c). */
#ifndef DW_LAYOUT_FILESET_OBJECTBYTES_H
#define DW_LAYOUT_FILESET_OBJECTBYTES_H
#include "base/text.h"
#include "layout/fileset/objects.h"

/** Append number, path, hash and object of row; the record goes elsewhere. Text that is not UTF-8 gets '?' for what
 *  is none, as in JSON. */
void dw_objectbytes_add(struct dw_buf *out, const struct dw_objects_row *row);
/** The way back: out->path lies in bytes, the object in *object. false: damaged; what was read is of no use. */
DW_MUST_CHECK bool dw_objectbytes_read(const uint8_t *bytes, size_t size, struct dw_objects_row *out,
                                       struct dw_object *object);

#endif
