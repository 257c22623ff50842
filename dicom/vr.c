#include "dicom/vr.h"
#include <string.h>

#define VR(a, b) ((unsigned)(a) << 8 | (unsigned)(b))

unsigned dw_vr_traits(const char vr[2])
{
    switch (VR((uint8_t)vr[0], (uint8_t)vr[1])) {
    case VR('A', 'E'):
    case VR('A', 'S'):
    case VR('C', 'S'):
    case VR('D', 'A'):
    case VR('D', 'S'):
    case VR('D', 'T'):
    case VR('I', 'S'):
    case VR('T', 'M'):
        return 1;
    case VR('L', 'O'):
    case VR('L', 'T'):
    case VR('P', 'N'):
    case VR('S', 'H'):
    case VR('S', 'T'):
        return 1 | DW_VR_TEXT;
    case VR('U', 'C'):
    case VR('U', 'T'):
        return 1 | DW_VR_LONG | DW_VR_TEXT;
    case VR('U', 'R'):
        return 1 | DW_VR_LONG;
    case VR('U', 'I'):
        return 1 | DW_VR_ZERO_PAD;
    case VR('A', 'T'):
    case VR('S', 'S'):
    case VR('U', 'S'):
        return 2 | DW_VR_ZERO_PAD;
    case VR('F', 'L'):
    case VR('S', 'L'):
    case VR('U', 'L'):
        return 4 | DW_VR_ZERO_PAD;
    case VR('F', 'D'):
        return 8 | DW_VR_ZERO_PAD;
    case VR('O', 'B'):
    case VR('O', 'W'):
        return (vr[1] == 'W' ? 2 : 1) | DW_VR_LONG | DW_VR_ZERO_PAD | DW_VR_FRAGMENTS;
    case VR('O', 'F'):
    case VR('O', 'L'):
        return 4 | DW_VR_LONG | DW_VR_ZERO_PAD | DW_VR_FRAGMENTS;
    case VR('O', 'D'):
    case VR('O', 'V'):
        return 8 | DW_VR_LONG | DW_VR_ZERO_PAD | DW_VR_FRAGMENTS;
    case VR('S', 'V'):
    case VR('U', 'V'):
        return 8 | DW_VR_LONG | DW_VR_ZERO_PAD;
    case VR('S', 'Q'):
    case VR('U', 'N'):
        return 1 | DW_VR_LONG | DW_VR_ZERO_PAD;
    default:
        return 0;
    }
}

void dw_vr_swap(const char vr[2], const uint8_t *value, size_t length, uint8_t *out)
{
    size_t unit = dw_vr_traits(vr) & DW_VR_UNIT, i = 0;
    for (; unit > 1 && i + unit <= length; i += unit)
        for (size_t k = 0; k < unit; k++)
            out[i + k] = value[i + unit - 1 - k];
    if (length > i)
        memcpy(out + i, value + i, length - i);
}
