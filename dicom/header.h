/** The head of one element: tag, VR and length in any of the encodings (PS3.5 7.1), with what
 * vendors make of it. Inside the scanner only. */
#ifndef DW_DICOM_HEADER_H
#define DW_DICOM_HEADER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DW_UNDEFINED_LENGTH 0xFFFFFFFFU
#define DW_HEADER_MIN 8
#define DW_HEADER_MAX 12

struct dw_vr_encoding {
    bool implicit, big_endian;
};
struct dw_header {
    uint16_t group, element;
    char vr[3];
    uint32_t length;
    unsigned size;   /**< of the head itself: 8 or 12 */
    bool encoded_un; /**< explicit VR, and it says UN: the content is implicit little endian */
};

uint16_t dw_header_u16(const uint8_t *p, bool big_endian);
uint32_t dw_header_u32(const uint8_t *p, bool big_endian);
/** Decode what begins at bytes[0]; left: bytes from there to the end of the data, to tell a length
 * from a VR. False: 12 bytes are needed and size is less (8 are always needed). */
bool dw_header_decode(const uint8_t *bytes, size_t size, struct dw_vr_encoding encoding,
                      uint64_t left, struct dw_header *out);
/** The encoding the first element is really in, when the declared one cannot be: implicit data
 * under an explicit transfer syntax and the other way round both occur. bytes holds 8. */
struct dw_vr_encoding dw_header_guess(const uint8_t *bytes, struct dw_vr_encoding declared,
                                      uint64_t left);

#endif
