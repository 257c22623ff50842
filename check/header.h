/** What one DICOM file of a disc says of itself, read back: identity, UIDs, and which keys a directory
 *  record of it would need. */
#ifndef DW_CHECK_HEADER_H
#define DW_CHECK_HEADER_H
#include "base/limits.h"
#include "check/image.h"
#include "check/meta.h"
#include "check/tape.h"
#include "check/value.h"

#define DW_CHECK_DATE_MAX 32 /* bytes of a birth date with the final zero, as in expect.json */

struct dw_check_header { /* plain data */
    struct dw_check_meta meta;
    char sop_class[DW_UID_MAX], sop_instance[DW_UID_MAX], study_uid[DW_UID_MAX],
        series_uid[DW_UID_MAX];
    char patient_id[DW_TEXT_MAX], issuer[DW_TEXT_MAX], patient_name[DW_TEXT_MAX],
        birth_date[DW_CHECK_DATE_MAX]; /**< UTF-8, trimmed; the date as dw_check_date() gives it */
    char study_date[16];         /**< as in the file, trimmed */
    uint32_t keys;               /**< bits of check/keys.h: keys the profile wants in its record */
    uint8_t has;                 /**< DW_HAS_ bits of check/nested.h */
    struct dw_check_image image;
    struct dw_check_values patient, study, series, instance; /**< what their records should say */
    struct dw_check_fault letters; /**< what is not in the set that (0008,0005) names */
    bool is_in_order;            /**< the elements of the data set are in the order of their tags */
    char begins[5];              /**< first bytes of a preamble that is used, as a text; "" if it is all 00 */
    bool has_preamble;           /**< it is used */
    bool scanned;                /**< the scanner reached the end of the file */
    char trouble[200];           /**< why not */
};
/** The tape stands at the start of the file; it is not wound to its end. */
void dw_check_header_read(dw_tape *tape, uint64_t size_bytes, struct dw_check_header *out);
/** The first four bytes of the preamble, if it is used; false: all of it is 00. */
bool dw_check_preamble(dw_tape *tape, char begins[5]);
/** Text of an element in UTF-8, both ends trimmed of spaces. */
void dw_check_text(char *out, size_t size, const char *charset, const void *value, size_t length,
                  bool is_person_name);
/** A date as a job has it: "19940130", also where it is written "1994.01.30" as ACR-NEMA did (PS3.5 6.2); '?' for
 *  what is no printable ASCII. */
void dw_check_date(char out[DW_CHECK_DATE_MAX], const void *value, size_t length);

#endif
