/** Which elements a directory record of each type carries (PS3.3 F.5, PS3.11 D.3-2 and H.3-2): one
 * key set for every medium, as extra keys are allowed everywhere (PS3.11 D.3.3.1). Inside this
 * library. */
#ifndef DW_DICOM_KEYS_H
#define DW_DICOM_KEYS_H
#include <stddef.h>
#include <stdint.h>
#include "dicom/record.h"

enum dw_key_presence {
    DW_KEY_ALWAYS,  /**< type 1 and 2: of zero length when the object has none */
    DW_KEY_IF_VALUE /**< type 1C and 3: if the object has it with a value (a 1C key without one is not
                         legal, and DCMTK leaves it out too) */
};
struct dw_key_rule {
    uint32_t tag;
    enum dw_key_presence presence;
};
/** Rules in ascending tag order. record_type matters for DW_PART_INSTANCE only; NULL or unknown:
 * the least an instance record has. A rule of an augmented part may name what the plain part has
 * already. */
const struct dw_key_rule *dw_keys_of(enum dw_record_part part, const char *record_type,
                                     size_t *out_count);

#endif
