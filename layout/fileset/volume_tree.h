/** Between the files of layout/fileset/volume. */
#ifndef DW_LAYOUT_FILESET_VOLUME_TREE_H
#define DW_LAYOUT_FILESET_VOLUME_TREE_H
#include "layout/fileset/volume.h"

/* The descriptor file of so many discs, in whole blocks. */
#define DW_VOLUME_DESCRIPTOR_BYTES_MAX (DW_VOLUMES_PER_JOB_MAX * 256 + 2 * DW_BLOCK_SIZE)
/** The UDF revision of a disc: what somebody asked for, else the profile; 0: what the medium asks for. */
uint16_t dw_volume_udf_revision(const dw_catalog *catalog, const struct dw_volume_opts *opts);

#endif
