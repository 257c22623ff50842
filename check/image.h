/** What an image says of its pixels, and which demands of the profiles for modalities it breaks (PS3.11 A, B, C, E, I,
 *  N). */
#ifndef DW_CHECK_IMAGE_H
#define DW_CHECK_IMAGE_H
#include <stdbool.h>
#include <stdint.h>
#include "dicom/scan.h"

/** Demands a profile may have on an image; as a mask of those that an image breaks. */
enum {
    DW_IMAGE_512 = 0x001,      /**< at most 512 rows and columns (A.3.4) */
    DW_IMAGE_1024 = 0x002,     /**< at most 1024 (B.3.4) */
    DW_IMAGE_8_BITS = 0x004,   /**< 8 bits stored */
    DW_IMAGE_8_10_12 = 0x008,  /**< 8, 10 or 12 bits stored */
    DW_IMAGE_GREY2 = 0x010,    /**< one sample of MONOCHROME2 */
    DW_IMAGE_US_PAIR = 0x020,  /**< photometric interpretation and transfer syntax go together (Table C.3-2) */
    DW_IMAGE_REGIONS = 0x040,  /**< calibrated: units and deltas in each of its ultrasound regions (C.3) */
    DW_IMAGE_MOVES = 0x080,    /**< of several frames, if it is video (I, N) */
};
#define DW_IMAGE_BITS 8

struct dw_check_image { /* {0} before the first element; 0 and "" are: not there */
    uint16_t rows, columns, samples, bits_stored, bits_allocated;
    uint32_t pixel_bytes; /**< of native pixels; UINT32_MAX: encapsulated */
    uint32_t frames;
    char photometric[17];
    bool has_pixels;
    uint16_t regions, calibrated; /**< items of (0018,6011), and those with units and deltas */
    uint8_t seen;                 /* of a region */
};
/** An element at the top level, or with open 0x00186011 of an item there. */
void dw_check_image_element(struct dw_check_image *image, const struct dw_element *el, bool in_region);
void dw_check_image_region(struct dw_check_image *image, bool is_end); /**< an item of (0018,6011) begins or ends */
/** Bytes that native pixels must have; 0: there are none, or nothing can be said. */
uint64_t dw_check_image_bytes(const struct dw_check_image *image);
uint16_t dw_check_image_breaks(const struct dw_check_image *image, const char *transfer_syntax);
/** "more than 512 rows or columns" for one bit. */
const char *dw_check_image_says(unsigned bit);

#endif
