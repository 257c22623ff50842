/** Tables of SOP classes and transfer syntaxes (PS3.4 B.5, PS3.5 10, PS3.3 F.4): ours, not DCMTK's. */
#ifndef DW_DICOM_UID_H
#define DW_DICOM_UID_H
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dw_sop_class {
    const char *uid;
    const char *name;        /**< as in PS3.6 */
    const char *record_type; /**< "IMAGE", "SR DOCUMENT" ...; NULL: has no legal record (retired) */
    bool is_image;           /**< carries Rows/Columns and pixels that a preview can show */
};
/** NULL: not a storage class we know. */
const struct dw_sop_class *dw_sop_class_find(const char *uid);
const struct dw_sop_class *dw_sop_class_table(size_t *out_count);

enum dw_encoding { DW_ENC_IMPLICIT_LE, DW_ENC_EXPLICIT_LE, DW_ENC_EXPLICIT_BE, DW_ENC_DEFLATED };
struct dw_transfer_syntax {
    const char *uid;
    const char *name;
    enum dw_encoding encoding; /**< of the data set around the pixels */
    bool encapsulated;         /**< pixel data is fragments */
    bool lossy;                /**< may be */
    bool video;
    bool decodable;            /**< dicom/dcmtk can make Explicit VR LE of it (codecs + OpenJPEG) */
};
const struct dw_transfer_syntax *dw_transfer_syntax_find(const char *uid);
const struct dw_transfer_syntax *dw_transfer_syntax_table(size_t *out_count);

#define DW_TS_IMPLICIT_LE "1.2.840.10008.1.2"
#define DW_TS_EXPLICIT_LE "1.2.840.10008.1.2.1"
#define DW_TS_DEFLATED "1.2.840.10008.1.2.1.99"
#define DW_TS_EXPLICIT_BE "1.2.840.10008.1.2.2"

bool dw_uid_is_valid(const char *uid); /**< PS3.5 9.1: digits and dots, no leading zeros, at most 64 */

#ifdef __cplusplus
}
#endif
#endif
