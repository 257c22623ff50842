/** What the modules of this folder know of a tree beyond its header. */
#ifndef DW_BURN_IMAGE_TREE_PRIVATE_H
#define DW_BURN_IMAGE_TREE_PRIVATE_H
#include "burn/image/tree.h"

#define DW_TREE_LEVELS_MAX 8 /* folders and file name; the root is level 1 of ECMA-119's 8 (6.8.2.1) */
#define DW_TREE_LABEL_MAX 16
/* ECMA-119 9.1.5 counts years from 1900 in one byte, and 0 is what many take for "now". */
#define DW_TREE_TIME_MIN 1LL
#define DW_TREE_TIME_MAX 5869583999LL /* 2155-12-31T23:59:59Z */

/** Number of the folder with the first length bytes of path as its path. */
bool dw_tree_find_folder(const dw_tree *tree, const char *path, size_t length, size_t *out_i);

#endif
