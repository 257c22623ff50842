/** A folder of anybody's as the tree of a disc: any names, empty folders, the files' own times. */
#ifndef DW_PROGRAMS_MAKE_MASTER_TREE_H
#define DW_PROGRAMS_MAKE_MASTER_TREE_H
#include "burn/image/tree.h"

struct master_folder {
    const char *dir;
    const char *out;     /**< must not be one of the files */
    int64_t latest_s;    /**< no file is younger than this on the disc */
    unsigned levels;     /**< filled in: of folders, the root is one */
};
/** Files of each folder before its folders, both in the order of their bytes: what lies in the root comes first.
 *  DW_ERR_UNSUPPORTED: symbolic links, devices, pipes or sockets; the sentence names the first and counts them.
 *  DW_ERR_INVALID: a name that is not UTF-8. DW_ERR_NOT_FOUND: nothing in it. */
DW_MUST_CHECK dw_status master_tree_fill(dw_tree *tree, struct master_folder *folder,
                                         struct dw_error *err);

#endif
