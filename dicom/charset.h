/** Specific Character Set to UTF-8 (PS3.3 C.12.1.1.2, PS3.5 6.1): single-byte sets, ISO 2022
 *  escapes, ISO_IR 192, GB18030, GBK. Conversion by iconv; escapes are ours. */
#ifndef DW_DICOM_CHARSET_H
#define DW_DICOM_CHARSET_H
#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Convert a value (not zero-terminated) declared as `charset` (the value of (0008,0005), may hold
 *  backslashes; "" = default repertoire) into out[size], trimmed of trailing spaces and zeros, always
 *  valid UTF-8, cut on a character border if it must be. Text that is wrongly declared is shown, never
 *  lost: valid UTF-8 is taken as it is, else ISO-8859-1. Returns false when it had to guess or cut.
 *  is_person_name: '^' and '=' reset the code elements (PS3.5 6.1.2.5.3). */
bool dw_charset_to_utf8(const char *charset, const void *value, size_t length, bool is_person_name,
                        char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
