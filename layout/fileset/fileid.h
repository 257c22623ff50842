/** File IDs (PS3.10 8.2, 8.5): where an instance lies on a disc, "DICOM\ST000001\SE000001\IM000001". One
 *  patient per disc, so no component names the patient; every folder counts from 1. */
#ifndef DW_LAYOUT_FILESET_FILEID_H
#define DW_LAYOUT_FILESET_FILEID_H
#include <stdbool.h>
#include <stdint.h>

#define DW_FILEID_LENGTH 32    /* of every File ID of ours; even, so it needs no padding */
#define DW_FILEID_MAX 999999   /* studies, series of a study, instances of a series */

/** study, series, instance: 1 to DW_FILEID_MAX. */
void dw_fileid_make(uint32_t study, uint32_t series, uint32_t instance,
                    char out[DW_FILEID_LENGTH + 1]);
/** The same place as the path of a file on the disc: "/DICOM/ST000001/SE000001/IM000001". */
void dw_fileid_to_path(const char fileid[DW_FILEID_LENGTH + 1], char out[DW_FILEID_LENGTH + 2]);
/** 1 to 8 components of 1 to 8 characters A-Z 0-9 _, separated by backslash. */
bool dw_fileid_is_legal(const char *fileid);
/** File-set ID and volume label: 0 to 16 characters A-Z 0-9 _ (PS3.10 8.1, 8.5). */
bool dw_fileset_id_is_legal(const char *fileset_id);

#endif
