/** The manifest: SHA-256 of every file of a disc, in the form that sha256sum -c reads. The stream writes it
 *  while it reads the files (burn/image/tree.h); here is where it lies and what it takes. */
#ifndef DW_LAYOUT_FILESET_MANIFEST_H
#define DW_LAYOUT_FILESET_MANIFEST_H
#include <stddef.h>
#include <stdint.h>
#include "burn/image/tree.h"

#define DW_MANIFEST_PATH "/MANIFEST.TXT"

DW_MUST_CHECK dw_status dw_manifest_add(dw_tree *tree, struct dw_error *err);
/** Bytes of the line of a file whose path on the disc has so many characters (with its first slash). */
uint64_t dw_manifest_line_bytes(size_t disc_path_length);

#endif
