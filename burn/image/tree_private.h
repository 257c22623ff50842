/** What tree.c and tree_file.c share. */
#ifndef DW_BURN_IMAGE_TREE_PRIVATE_H
#define DW_BURN_IMAGE_TREE_PRIVATE_H
#include "burn/image/tree.h"

#define DW_TREE_LEVELS_MAX 8 /* folders and file name; the root is level 1 of ECMA-119's 8 (6.8.2.1) */
#define DW_TREE_LABEL_MAX 16
/* ECMA-119 9.1.5 counts years from 1900 in one byte, and libisofs takes 0 for "now". */
#define DW_TREE_TIME_MIN 1LL
#define DW_TREE_TIME_MAX 5869583999LL /* 2155-12-31T23:59:59Z */

#endif
