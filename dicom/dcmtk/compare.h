/** Whether two objects of one SOP Instance UID say the same when one of them is compressed: whoever sends a study
 *  from the modality and again from the archive sends it in two transfer syntaxes. */
#ifndef DW_DICOM_DCMTK_COMPARE_H
#define DW_DICOM_DCMTK_COMPARE_H
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What all associations of one listener share, so that only DW_COMPARES_MAX of them decode at the same time; made
 *  before they are forked. -1: nothing is compared. close() */
int dw_compare_gate(void);
#define DW_COMPARES_MAX 2

/** Both are decoded by discwright-work, into files beside `fresh` that are gone afterwards, and their elements and
 *  pixels compared. False when they differ, and when that could not be told: the decoder refused or died, there
 *  was no turn, or they are large. Blocks up to 30 s. */
bool dw_compare_decoded(int gate, const char *here, const char *fresh);

#ifdef __cplusplus
}
#endif
#endif
