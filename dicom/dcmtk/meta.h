/** Preamble, "DICM" and group 0002 of a file that we write (PS3.10 7.1). */
#ifndef DW_DICOM_DCMTK_META_H
#define DW_DICOM_DCMTK_META_H
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dw_meta { /* plain data; strings borrowed; NULL or "" leaves an optional one out */
    const char *sop_class;
    const char *sop_instance;
    const char *transfer_syntax;
    const char *source_ae;    /**< (0002,0016): who wrote or sent the file */
    const char *sending_ae;   /**< (0002,0017): calling AE when it came over the network */
    const char *receiving_ae; /**< (0002,0018): called AE */
};
/** buf is reset and filled. DW_ERR_INVALID: a UID is missing or longer than 64 characters. */
DW_MUST_CHECK dw_status dw_meta_build(const struct dw_meta *meta, struct dw_buf *buf,
                                      struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
