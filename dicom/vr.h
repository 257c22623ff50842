/** What a Value Representation says about bytes (PS3.5 6.2), and which one a tag has (PS3.6, what
 * we use of it): for implicit VR, for swapping and for padding. */
#ifndef DW_DICOM_VR_H
#define DW_DICOM_VR_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dw_vr_trait {
    DW_VR_UNIT = 0x0F, /**< mask: bytes that swap together, 1 for text */
    DW_VR_LONG = 0x10, /**< explicit VR: two reserved bytes, then a 32 bit length (PS3.5 7.1.2) */
    DW_VR_TEXT = 0x20, /**< in the Specific Character Set */
    DW_VR_ZERO_PAD = 0x40, /**< padded by 00H; the others by a space */
    DW_VR_FRAGMENTS =
        0x80 /**< of undefined length it is encapsulated, not a sequence (PS3.5 A.4) */
};
/** Traits of a VR; 0: not one of PS3.5. */
unsigned dw_vr_traits(const char vr[2]);
/** The VR of a tag, "UN" when we do not know; where PS3.6 leaves a choice, the one directories
 * need. */
const char *dw_vr_of_tag(uint32_t tag);
/** Copy a value from big to little endian. A rest that is no whole unit is copied as it is. */
void dw_vr_swap(const char vr[2], const uint8_t *value, size_t length, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
