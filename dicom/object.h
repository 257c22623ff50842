/** What one DICOM object says of itself: enough to file it, order it and write its directory records
 *  without opening it again. All text is UTF-8 already; UIDs and codes are trimmed ASCII. */
#ifndef DW_DICOM_OBJECT_H
#define DW_DICOM_OBJECT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/hash.h"
#include "base/limits.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_CODE_MAX 32 /* CS, SH-like codes, dates and times, in bytes with the zero */

struct dw_object { /* plain data; empty string = absent or empty in the object */
    /* patient */
    char patient_name[DW_TEXT_MAX]; /**< UTF-8, components as in the object: "Family^Given=..." */
    char patient_id[DW_TEXT_MAX];
    char issuer[DW_TEXT_MAX];       /**< (0010,0021) */
    char birth_date[DW_CODE_MAX];
    char sex[DW_CODE_MAX];
    /* study */
    char study_uid[DW_UID_MAX];
    char study_date[DW_CODE_MAX];
    char study_time[DW_CODE_MAX];
    char study_id[DW_TEXT_MAX];
    char accession[DW_TEXT_MAX];
    char study_description[DW_TEXT_MAX];
    char institution[DW_TEXT_MAX];
    char referring_physician[DW_TEXT_MAX];
    /* series */
    char series_uid[DW_UID_MAX];
    char modality[DW_CODE_MAX];
    char series_description[DW_TEXT_MAX];
    int64_t series_number;          /**< INT64_MIN: absent or not a number */
    /* instance */
    char sop_class[DW_UID_MAX];
    char sop_instance[DW_UID_MAX];
    char transfer_syntax[DW_UID_MAX];
    char charset[DW_TEXT_MAX];      /**< (0008,0005) as it stands */
    int64_t instance_number;        /**< INT64_MIN: absent or not a number */
    uint32_t rows, columns;
    uint32_t frames;                /**< 1 when the object does not say */
    uint32_t bits_allocated, samples_per_pixel;
    bool has_pixels;                /**< (7FE0,0010), 0008 or 0009 is there */
    bool has_meta;                  /**< the file begins with preamble, DICM and group 0002 */
    uint64_t dataset_offset;        /**< first byte of the data set in the file */
    uint64_t size_bytes;            /**< of the file */
};

#ifdef __cplusplus
}
#endif
#endif
