/** SOP classes that a site adds to the table of dicom/uid.h or says otherwise (accept.classes), one a line:
 *
 *      uid|name|record type|kind
 *
 *  record type: as in a directory record (IMAGE, SR DOCUMENT ...), PRIVATE for a manufacturer's class, or
 *  none:retired, none:unconfirmed, none:foreign for what is received and never on a disc. kind: image (has
 *  pixels a preview can show), video, report (structured), data (everything else). '#' begins a comment. */
#ifndef DW_DICOM_CLASSES_H
#define DW_DICOM_CLASSES_H
#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_CLASSES_ROWS_MAX 1024
#define DW_CLASSES_FILE_MAX (256 * 1024)
#define DW_CLASSES_VARIABLE "DISCWRIGHT_CLASSES" /**< environment: path of the table our children use */

typedef struct dw_classes dw_classes;

/** A line that is wrong is DW_ERR_INVALID and one sentence that begins "PATH:LINE". free: dw_classes_free() */
DW_MUST_CHECK dw_status dw_classes_read(const char *path, dw_classes **out, struct dw_error *err);
void dw_classes_free(dw_classes *classes); /**< not while it is in use */
const char *dw_classes_text(const dw_classes *classes); /**< the file as it was read */
/** From now on dw_sop_class_find() asks these first. For main(), before anything asks; NULL: the table alone.
 *  What SOP classes there are is a fact about the world and not of any object, so it is asked like one. */
void dw_classes_use(const dw_classes *classes);
/** Read and use what DW_CLASSES_VARIABLE names; *out is NULL where it names nothing. To be freed after
 *  dw_classes_use(NULL). */
DW_MUST_CHECK dw_status dw_classes_use_environment(dw_classes **out, struct dw_error *err);
/** Every row of the program's own table in this format, with a head that explains it. */
void dw_classes_print(struct dw_buf *out);

#ifdef __cplusplus
}
#endif
#endif
