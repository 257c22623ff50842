#include "layout/fileset/manifest.h"

dw_status dw_manifest_add(dw_tree *tree, struct dw_error *err)
{
    return dw_tree_add_manifest(tree, DW_MANIFEST_PATH, err);
}

uint64_t dw_manifest_line_bytes(size_t disc_path_length)
{
    return 2 * DW_SHA256_SIZE + 2 + (disc_path_length - 1) + 2;
}
