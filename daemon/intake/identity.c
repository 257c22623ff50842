#include "daemon/intake/identity.h"

#include <string.h>
#include "base/text.h"
#include "dicom/person.h"

void dw_identity_of(const struct dw_object *object, struct dw_identity *out)
{
    /* Same sizes on both sides: nothing can be cut. */
    dw_text_cut(out->patient_id, sizeof out->patient_id, object->patient_id);
    dw_text_cut(out->issuer, sizeof out->issuer, object->issuer);
    dw_text_cut(out->patient_name, sizeof out->patient_name, object->patient_name);
    dw_text_cut(out->birth_date, sizeof out->birth_date, object->birth_date);
}

static bool contradicts(const char *a, const char *b)
{
    return *a && *b && strcmp(a, b) != 0;
}

const char *dw_identity_difference(const struct dw_identity *locked, const struct dw_identity *other)
{
    if (strcmp(locked->patient_id, other->patient_id) != 0)
        return "Patient ID";
    if (contradicts(locked->issuer, other->issuer))
        return "issuer of Patient ID";
    if (!dw_person_equal(locked->patient_name, other->patient_name))
        return "patient's name";
    if (contradicts(locked->birth_date, other->birth_date))
        return "birth date";
    return NULL;
}
