/** Tables of SOP classes and transfer syntaxes (PS3.4 B.5, PS3.5 10, PS3.3 F.4): ours, not DCMTK's. */
#ifndef DW_DICOM_UID_H
#define DW_DICOM_UID_H
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why a SOP class has no directory record. */
enum dw_no_record {
    DW_RECORD_LEGAL,       /**< it has one */
    DW_RECORD_RETIRED,     /**< the record type it had is retired (PS3.3 F.4), or it never had one */
    DW_RECORD_UNCONFIRMED, /**< which one it is could not be confirmed: left off rather than filed wrongly */
    DW_RECORD_FOREIGN      /**< of DICOS or DICONDE: baggage and workpieces, nothing of a patient's */
};
struct dw_sop_class {
    const char *uid;
    const char *name;        /**< as in PS3.6; of a private one as its vendor calls it */
    const char *record_type; /**< "IMAGE", "SR DOCUMENT" ..., "PRIVATE"; NULL: see no_record */
    bool is_image;           /**< carries Rows/Columns and pixels that a preview can show */
    bool is_video;           /**< an image of moving pictures, which are compressed where they are made */
    bool is_slide;           /**< tiles of a whole slide, compressed where they are made, too: no CD holds them plain */
    bool is_report;          /**< a structured report; key objects are none */
    bool is_private;         /**< of a manufacturer; its record type is "PRIVATE" */
    enum dw_no_record no_record;
};
/** NULL: not a storage class we know. */
const struct dw_sop_class *dw_sop_class_find(const char *uid);
const struct dw_sop_class *dw_sop_class_table(size_t *out_count); /**< ours, without what a site adds */
/** Rows that are found before ours: sorted by UID, borrowed until others are set. dicom/classes reads them. */
void dw_sop_class_add(const struct dw_sop_class *rows, size_t count);
/** False: what its instances hold belongs to no patient (hanging protocols, palettes, implant templates,
 *  inventories; PS3.3 Table F.4-1 files them at the root), nor to a patient's disc. */
bool dw_sop_class_has_patient(const struct dw_sop_class *sop_class);

enum dw_encoding { DW_ENC_IMPLICIT_LE, DW_ENC_EXPLICIT_LE, DW_ENC_EXPLICIT_BE, DW_ENC_DEFLATED };
struct dw_transfer_syntax {
    const char *uid;
    const char *name;
    enum dw_encoding encoding; /**< of the data set around the pixels */
    bool encapsulated;         /**< pixel data is fragments */
    bool lossy;                /**< may be */
    bool video;
    bool decodable;            /**< dicom/dcmtk can make Explicit VR LE of it (codecs + OpenJPEG) */
    bool refused;              /**< never received: its pixels are elsewhere (JPIP, live video), or it is no
                                    data set */
};
const struct dw_transfer_syntax *dw_transfer_syntax_find(const char *uid);
const struct dw_transfer_syntax *dw_transfer_syntax_table(size_t *out_count);

#define DW_TS_IMPLICIT_LE "1.2.840.10008.1.2"
#define DW_TS_EXPLICIT_LE "1.2.840.10008.1.2.1"
#define DW_TS_DEFLATED "1.2.840.10008.1.2.1.99"
#define DW_TS_EXPLICIT_BE "1.2.840.10008.1.2.2"
#define DW_TS_JPEG_LOSSLESS "1.2.840.10008.1.2.4.70" /* process 14, selection value 1 */
#define DW_TS_J2K_LOSSLESS "1.2.840.10008.1.2.4.90"

bool dw_uid_is_valid(const char *uid); /**< PS3.5 9.1: digits and dots, no leading zeros, at most 64 */

#ifdef __cplusplus
}
#endif
#endif
