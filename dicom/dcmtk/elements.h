/** Making data sets of our own: elements in any order, written in ascending order as Explicit VR Little
 *  Endian (PS3.5 7.1). For synthetic objects; what came from outside is never written this way. */
#ifndef DW_DICOM_DCMTK_ELEMENTS_H
#define DW_DICOM_DCMTK_ELEMENTS_H
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dw_elements dw_elements;

dw_elements *dw_elements_new(void); /**< never NULL: out of memory shows in dw_elements_write() */
void dw_elements_free(dw_elements *set);
/** A tag that is there already is replaced. Values are copied. */
void dw_elements_text(dw_elements *set, uint32_t tag, const char vr[2], const char *text);
void dw_elements_textf(dw_elements *set, uint32_t tag, const char vr[2], const char *fmt, ...)
    DW_PRINTF(4, 5);
void dw_elements_u16(dw_elements *set, uint32_t tag, uint16_t value);  /**< US */
void dw_elements_u32(dw_elements *set, uint32_t tag, uint32_t value);  /**< UL */
void dw_elements_tag(dw_elements *set, uint32_t tag, uint32_t value);  /**< AT */
void dw_elements_bytes(dw_elements *set, uint32_t tag, const char vr[2], const void *data,
                       size_t size);
/** One more item of a sequence, which appears with its first; item is consumed. NULL: an empty sequence
 *  without items. */
void dw_elements_item(dw_elements *set, uint32_t tag, dw_elements *item);
/** A sequence of one coded concept (PS3.3 8). */
void dw_elements_code(dw_elements *set, uint32_t tag, const char *value, const char *scheme,
                      const char *meaning);
/** Append all to out (its max must allow it). DW_ERR_INTERNAL: something did not fit earlier. */
DW_MUST_CHECK dw_status dw_elements_write(dw_elements *set, struct dw_buf *out,
                                          struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
