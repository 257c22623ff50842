/** A tree as a folder instead of an image: the same files, the manifest included. */
#ifndef DW_LAYOUT_UNPACK_H
#define DW_LAYOUT_UNPACK_H
#include "burn/image/stream.h"
#include "burn/image/tree.h"

/** Copy every file of the tree below folder, which must exist and be empty. link_unless NULL: copies; else
 *  sources whose paths do not begin with it get one more name instead (hard link) where the file system can.
 *  Blocks on disk. DW_ERR_CONFLICT: a source changed since it was planned. On failure what was copied is
 *  left. */
DW_MUST_CHECK dw_status dw_unpack_tree(const dw_tree *tree, const char *folder,
                                       const char *link_unless, dw_progress_fn *progress, void *ctx,
                                       struct dw_error *err);

#endif
