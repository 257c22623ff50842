#include "daemon/intake/identity.h"

#include <stddef.h>
#include <string.h>
#include "base/text.h"
#include "dicom/person.h"

enum { PATIENT_ID, ISSUER, PATIENT_NAME, BIRTH_DATE, SEX };

const struct dw_identity_field dw_identity_fields[DW_IDENTITY_FIELDS] = {
    [PATIENT_ID] = {"patient_id", "Patient ID", true},
    [ISSUER] = {"issuer", "issuer of Patient ID", true},
    [PATIENT_NAME] = {"patient_name", "patient's name", true},
    [BIRTH_DATE] = {"birth_date", "birth date", true},
    [SEX] = {"sex", "sex", false},
};

void dw_identity_of(const struct dw_object *object, struct dw_identity *out)
{
    /* Same sizes on both sides: nothing can be cut. */
    dw_text_cut(out->patient_id, sizeof out->patient_id, object->patient_id);
    dw_text_cut(out->issuer, sizeof out->issuer, object->issuer);
    dw_text_cut(out->patient_name, sizeof out->patient_name, object->patient_name);
    dw_text_cut(out->birth_date, sizeof out->birth_date, object->birth_date);
    dw_text_cut(out->sex, sizeof out->sex, object->sex);
}

const char *dw_identity_value(const struct dw_identity *identity, size_t field)
{
    const char *const values[DW_IDENTITY_FIELDS] = {
        [PATIENT_ID] = identity->patient_id,     [ISSUER] = identity->issuer,
        [PATIENT_NAME] = identity->patient_name, [BIRTH_DATE] = identity->birth_date,
        [SEX] = identity->sex,
    };
    return values[field];
}

bool dw_identity_differs(const struct dw_identity *locked, const struct dw_identity *other, size_t field)
{
    const char *a = dw_identity_value(locked, field), *b = dw_identity_value(other, field);
    if (field == PATIENT_ID)
        return strcmp(a, b) != 0;
    if (field == PATIENT_NAME)
        return !dw_person_equal(a, b);
    return *a && *b && strcmp(a, b) != 0;
}

const char *dw_identity_difference(const struct dw_identity *locked, const struct dw_identity *other)
{
    for (size_t i = 0; i < DW_IDENTITY_FIELDS; i++)
        if (dw_identity_differs(locked, other, i))
            return dw_identity_fields[i].title;
    return NULL;
}
