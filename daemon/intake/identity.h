/** Who a study belongs to: locked by its first object (an issuer or birth date which that one left open, by
 *  the first that has one), compared with every later one. Promise 2 of the
 *  design: one disc never holds two patients. */
#ifndef DW_DAEMON_INTAKE_IDENTITY_H
#define DW_DAEMON_INTAKE_IDENTITY_H
#include <stdbool.h>
#include "dicom/object.h"

struct dw_identity { /* UTF-8; "" = not known */
    char patient_id[DW_TEXT_MAX];
    char issuer[DW_TEXT_MAX];
    char patient_name[DW_TEXT_MAX];
    char birth_date[DW_CODE_MAX];
};
void dw_identity_of(const struct dw_object *object, struct dw_identity *out);

/** NULL: the same person as far as these say. Else what differs, for a sentence: "Patient ID", "issuer of
 *  Patient ID", "patient's name", "birth date". The ID must be equal, also when one of them is empty; an
 *  issuer or birth date that only one side knows is no contradiction; names are compared folded
 *  (dicom/person.h), and a name on one side only is one. */
const char *dw_identity_difference(const struct dw_identity *locked, const struct dw_identity *other);

#endif
