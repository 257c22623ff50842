/** Icon images of directory records (PS3.3 F.7): pictures that somebody made beforehand, one file of
 *  edge * edge bytes for each object that has one, 8 bit, MONOCHROME2. Only their existence is kept; their
 *  bytes are read while the directory is written. */
#ifndef DW_LAYOUT_FILESET_ICONS_H
#define DW_LAYOUT_FILESET_ICONS_H
#include "layout/fileset/catalog.h"

#define DW_ICON_EDGE_MAX 128

/** Look for "<folder>/<number>" of every entry that may have an icon, and set entry.icon_edge: 64 or 128 by
 *  the size of the file, 0 when there is none or it is of another size. The folder's name is copied; NULL or
 *  "": nobody has an icon. Before arranging. DW_ERR_NOT_FOUND, DW_ERR_IO: the folder cannot be opened. */
DW_MUST_CHECK dw_status dw_icons_find(dw_catalog *catalog, const char *folder, struct dw_error *err);
/** The pixels of an entry whose icon_edge is not 0: icon_edge * icon_edge bytes. DW_ERR_CORRUPT: the file is
 *  of another size by now. */
DW_MUST_CHECK dw_status dw_icons_read(const dw_catalog *catalog, const struct dw_entry *entry,
                                      uint8_t out[DW_ICON_EDGE_MAX * DW_ICON_EDGE_MAX],
                                      struct dw_error *err);
/** True for record types that PS3.3 F.5 gives an Icon Image Sequence. */
bool dw_icons_suit(const char *record_type);

#endif
