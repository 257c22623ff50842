#include "daemon/intake/told.h"

#include "base/text.h"
#include "dicom/command.h"

static const unsigned kinds[] = {
    DW_DIMSE_SUCCESS,           DW_DIMSE_PROCESSING_FAILURE,
    DW_DIMSE_INVALID_INSTANCE,  DW_DIMSE_CLASS_NOT_SUPPORTED,
    DW_DIMSE_NOT_AUTHORISED,    DW_DIMSE_UNRECOGNIZED,
    DW_DIMSE_OUT_OF_RESOURCES,  DW_DIMSE_NOT_THE_INSTANCE,
    DW_DIMSE_COERCED,           DW_DIMSE_NOT_THE_CLASS,
    DW_DIMSE_CANNOT_UNDERSTAND,
};
_Static_assert(DW_ARRAY_LEN(kinds) == DW_TOLD_KINDS, "a count of each status");

void dw_told_add(struct dw_told *told, unsigned status)
{
    for (size_t i = 0; i < DW_TOLD_KINDS; i++)
        if (kinds[i] == status)
            told->counts[i]++;
}

json_t *dw_told_to_json(const struct dw_told *told)
{
    json_t *json = json_object();
    for (size_t i = 0; i < DW_TOLD_KINDS; i++) {
        char name[8];
        if (told->counts[i] > 0 && dw_text_format(name, sizeof name, "%04X", kinds[i]))
            json_object_set_new(json, name, json_integer((json_int_t)told->counts[i]));
    }
    return json;
}
