/** Who a study belongs to: locked by its first object (an issuer, birth date or sex which that one left open, by
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
    char sex[DW_CODE_MAX];
};
void dw_identity_of(const struct dw_object *object, struct dw_identity *out);

struct dw_identity_field {
    const char *key;   /**< member of struct dw_identity: stored and shown to programs */
    const char *title; /**< for a sentence: "Patient ID", "issuer of Patient ID", "patient's name" ... */
    /** The disc's last gate compares it in every header: a disc with two values of it would be rejected. */
    bool gated;
};
#define DW_IDENTITY_FIELDS 5
extern const struct dw_identity_field dw_identity_fields[DW_IDENTITY_FIELDS];
const char *dw_identity_value(const struct dw_identity *identity, size_t field);

/** Does that field say that these are two people? The ID must be equal, also when one of them is empty; an
 *  issuer, birth date or sex that only one side knows is no contradiction; names are compared folded
 *  (dicom/person.h), and a name on one side only is one. */
bool dw_identity_differs(const struct dw_identity *locked, const struct dw_identity *other, size_t field);
/** NULL: the same person as far as these say. Else the title of the first field that differs. */
const char *dw_identity_difference(const struct dw_identity *locked, const struct dw_identity *other);

#endif
