/** Of an object that the scanner refuses: whose is it? Reads as far as it can. */
#ifndef DW_DICOM_DCMTK_IDENTITY_H
#define DW_DICOM_DCMTK_IDENTITY_H
#include <stdbool.h>
#include "dicom/object.h"

#ifdef __cplusplus
extern "C" {
#endif

/** out is filled with what the elements before the damage say. True: SOP class, SOP instance, study and
 *  patient (name or ID) are known, so a person can be asked about it. Moves the file position. */
bool dw_identity_read(int fd, struct dw_object *out);

#ifdef __cplusplus
}
#endif
#endif
