/** Between the files of layout/fileset/volume. */
#ifndef DW_LAYOUT_FILESET_VOLUME_TREE_H
#define DW_LAYOUT_FILESET_VOLUME_TREE_H
#include "base/limits.h"

/* The descriptor file of so many discs, in whole blocks. */
#define DW_VOLUME_DESCRIPTOR_BYTES_MAX (DW_VOLUMES_PER_JOB_MAX * 256 + 2 * DW_BLOCK_SIZE)

#endif
