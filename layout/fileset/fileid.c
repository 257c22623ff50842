#include "layout/fileset/fileid.h"

#include <string.h>

#define COMPONENTS_MAX 8
#define COMPONENT_MAX 8
#define FILESET_ID_MAX 16

static void six_digits(char *at, uint32_t value)
{
    for (int i = 5; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void dw_fileid_make(uint32_t study, uint32_t series, uint32_t instance,
                    char out[DW_FILEID_LENGTH + 1])
{
    memcpy(out, "DICOM\\ST000000\\SE000000\\IM000000", DW_FILEID_LENGTH + 1);
    six_digits(out + 8, study);
    six_digits(out + 17, series);
    six_digits(out + 26, instance);
}

void dw_fileid_to_path(const char fileid[DW_FILEID_LENGTH + 1], char out[DW_FILEID_LENGTH + 2])
{
    *out++ = '/';
    for (; *fileid; fileid++)
        *out++ = *fileid == '\\' ? '/' : *fileid;
    *out = '\0';
}

static bool is_legal_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool dw_fileid_is_legal(const char *fileid)
{
    unsigned components = 1, length = 0;
    for (; *fileid; fileid++) {
        if (*fileid == '\\') {
            if (length == 0 || ++components > COMPONENTS_MAX)
                return false;
            length = 0;
        } else if (!is_legal_character(*fileid) || ++length > COMPONENT_MAX) {
            return false;
        }
    }
    return length > 0;
}

bool dw_fileset_id_is_legal(const char *fileset_id)
{
    unsigned length = 0;
    for (; *fileset_id; fileset_id++)
        if (!is_legal_character(*fileset_id) || ++length > FILESET_ID_MAX)
            return false;
    return true;
}
