/** What one DICOM object says of itself: enough to file it, order it and write its directory records
 *  without opening it again. All text is UTF-8 already; UIDs and codes are trimmed ASCII. */
#ifndef DW_DICOM_OBJECT_H
#define DW_DICOM_OBJECT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "base/error.h"
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
    char study_date[DW_CODE_MAX];   /**< (0008,0020); without one the date of series, acquisition or content */
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
    char body_part[DW_TEXT_MAX];    /**< Body Part Examined (0018,0015) */
    char station[DW_TEXT_MAX];      /**< Station Name (0008,1010) of the device */
    int64_t series_number;          /**< INT64_MIN: absent or not a number */
    /* instance */
    char sop_class[DW_UID_MAX];
    char sop_instance[DW_UID_MAX];
    char transfer_syntax[DW_UID_MAX]; /**< what the data set is in: guessed where no one says, and
                                           where uncompressed data is not as declared */
    char charset[DW_TEXT_MAX];      /**< (0008,0005) as it stands */
    int64_t instance_number;        /**< INT64_MIN: absent or not a number */
    uint32_t rows, columns;
    uint32_t frames;                /**< 1 when the object does not say */
    uint32_t bits_allocated, bits_stored, samples_per_pixel;
    char photometric[DW_CODE_MAX];  /**< Photometric Interpretation */
    bool has_us_regions;            /**< Sequence of Ultrasound Regions (0018,6011), not empty */
    bool has_pixels;                /**< (7FE0,0010), 0008 or 0009 is there */
    bool has_meta;                  /**< the file begins with preamble, DICM and group 0002 */
    uint64_t dataset_offset;        /**< first byte of the data set in the file */
    uint64_t size_bytes;            /**< of the file */
};

enum dw_member_type {
    DW_MEMBER_TEXT,    /**< char[], zero-terminated */
    DW_MEMBER_NUMBER,  /**< int64_t, INT64_MIN absent */
    DW_MEMBER_COUNT32, DW_MEMBER_COUNT64, /**< uint32_t, uint64_t */
    DW_MEMBER_FLAG,    /**< bool */
};
struct dw_object_member {
    const char *name; /**< travels between processes and is stored */
    enum dw_member_type type;
    size_t offset, size; /**< in struct dw_object */
};
/** Every member of struct dw_object, for those who write it down. */
const struct dw_object_member *dw_object_members(size_t *out_count);

/** Everything empty, frames 1, numbers absent. */
void dw_object_init(struct dw_object *object);
/** Members that say something, under their own names; always valid UTF-8 (bytes that are not become
 *  '?'). New reference; NULL only when out of memory. */
json_t *dw_object_to_json(const struct dw_object *object);
/** The way back; what is missing is as after dw_object_init(), unknown names are ignored.
 *  DW_ERR_CORRUPT: a member of the wrong type, longer than its place or out of range; *out untouched. */
DW_MUST_CHECK dw_status dw_object_from_json(const json_t *json, struct dw_object *out,
                                            struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
