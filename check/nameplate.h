/** By what a person tells the disc that was judged from others, without saying whose it is: a label or path of
 *  somebody else's disc may hold the patient's name, which a certificate may not repeat. */
#ifndef DW_CHECK_NAMEPLATE_H
#define DW_CHECK_NAMEPLATE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/limits.h"

struct dw_check_nameplate { /* plain data; printable ASCII */
    char label[33];             /**< of the volume; "": it has none, or label_withheld */
    bool label_withheld;        /**< it repeats a part of a patient's name or ID, or none was there to compare */
    bool patient_seen;          /**< a name or ID could be compared */
    char fileset_uid[DW_UID_MAX];
    uint64_t size_bytes;        /**< of image or medium; of a folder its files together */
    bool is_folder, has_iso, has_udf;
    bool expected;              /**< it was compared with a job */
};

struct dw_judge;
void dw_nameplate_begin(struct dw_judge *judge); /**< what the volume says; once it is open */
/** Compare the label with what a record or a file says of its patient. */
void dw_nameplate_patient(struct dw_judge *judge, const char *patient_name, const char *patient_id);
void dw_nameplate_end(struct dw_judge *judge); /**< what the DICOMDIR says, when all files were read */

#endif
