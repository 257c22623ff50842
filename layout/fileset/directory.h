/** The DICOMDIR (PS3.10 8.6, PS3.3 F): ours, written in one pass. Record keys are bytes made at receipt;
 *  only the heads are made here, with offsets known before the first byte is written. */
#ifndef DW_LAYOUT_FILESET_DIRECTORY_H
#define DW_LAYOUT_FILESET_DIRECTORY_H
#include "base/file.h"
#include "layout/fileset/catalog.h"

struct dw_directory_opts {
    const char *fileset_id;  /**< 0 to 16 characters A-Z 0-9 _ */
    const char *fileset_uid; /**< SOP Instance UID of the DICOMDIR */
    const struct dw_disk *disk; /**< NULL: the real one */
    const char *descriptor_file_id; /**< File ID of a text beside the DICOMDIR, e.g. DW_MULTIVOLUME_FILE_ID;
                                         NULL: none */
    const char *charset;     /**< Specific Character Set of that text; NULL or "": plain ASCII */
};
/** Write the directory of a slice to path (replaced when there, not synced: what is on the disc is read
 *  back). File IDs are those of dw_fileid_make() counted in reading order. out_size and out_sha256 may be
 *  NULL. Icons (layout/fileset/icons.h) are read from their files one by one. DW_ERR_LIMIT: larger than
 *  offsets of 32 bits can say; DW_ERR_INVALID: no instance, or a File ID that is not legal. */
DW_MUST_CHECK dw_status dw_directory_save(const struct dw_slice *slice,
                                          const struct dw_directory_opts *opts, const char *path,
                                          uint64_t *out_size, uint8_t *out_sha256,
                                          struct dw_error *err);
/** Bytes of the record of one entry; of the records above it; of everything else in the file at most. */
uint32_t dw_directory_entry_bytes(const struct dw_entry *entry);
uint32_t dw_directory_series_bytes(const struct dw_series *series);
uint32_t dw_directory_study_bytes(const struct dw_study *study);
uint32_t dw_directory_patient_bytes(const struct dw_patient *patient);
#define DW_DIRECTORY_HEAD_MAX 1024

/** Step through a slice in reading order with the numbers that File IDs are made of. */
struct dw_slice_step {
    const struct dw_slice *slice;
    const struct dw_entry *entry;
    uint32_t i;                        /**< place in the slice */
    uint32_t study, series, instance;  /**< counted from 1 */
    bool new_study, new_series;        /**< the entry is the first of one */
};
void dw_slice_begin(const struct dw_slice *slice, struct dw_slice_step *out);
bool dw_slice_next(struct dw_slice_step *step); /**< false: behind the last */

#endif
