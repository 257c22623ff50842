/** Segmented palettes (PS3.3 C.7.9.2): colour tables that are stored as pieces. */
#ifndef DW_DICOM_DCMTK_PALETTE_H
#define DW_DICOM_DCMTK_PALETTE_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_PALETTE_ENTRIES_MAX 65536

/** Expand data (count values of a Segmented Palette Color Lookup Table Data) into out[entries]. width: bytes
 *  of a value, 1 or 2: the offset of an indirect segment counts bytes. DW_ERR_CORRUPT: an unknown piece, one
 *  that leaves the data, refers to another indirect one, or gives more or fewer than `entries`. */
DW_MUST_CHECK dw_status dw_palette_expand(const uint16_t *data, size_t count, unsigned width,
                                          uint16_t *out, size_t entries, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
