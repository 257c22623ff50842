#include <string.h>
#include "check/bytes.h"
#include "check/meta.h"
#include "dicom/uid.h"

#define META_BYTES_MAX 4096 /* of an element we keep; private information (0002,0102) is passed over */

void dw_check_uid(char out[DW_UID_MAX], const void *value, size_t length)
{
    const char *text = value;
    while (length > 0 && (text[length - 1] == '\0' || text[length - 1] == ' '))
        length--;
    out[0] = '\0';
    if (length == 0 || length >= DW_UID_MAX || memchr(text, '\0', length))
        return;
    memcpy(out, text, length);
    out[length] = '\0';
}

static bool is_long_vr(const uint8_t *vr)
{
    static const char long_vrs[][3] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                       "SV", "UC", "UN", "UR", "UT", "UV"};
    for (size_t i = 0; i < DW_ARRAY_LEN(long_vrs); i++)
        if (memcmp(vr, long_vrs[i], 2) == 0)
            return true;
    return false;
}

/* PS3.10 Table 7.1-1; NULL: as it should be */
static const char *fault_of_vr(uint32_t element, const uint8_t *vr)
{
    static const struct {
        uint16_t element;
        char vr[3];
        const char *says;
    } forms[] = {{0x0000, "UL", "(0002,0000) is not of VR UL"}, {0x0001, "OB", "(0002,0001) is not of VR OB"},
                 {0x0002, "UI", "(0002,0002) is not of VR UI"}, {0x0003, "UI", "(0002,0003) is not of VR UI"},
                 {0x0010, "UI", "(0002,0010) is not of VR UI"}, {0x0012, "UI", "(0002,0012) is not of VR UI"},
                 {0x0013, "SH", "(0002,0013) is not of VR SH"}, {0x0016, "AE", "(0002,0016) is not of VR AE"}};
    for (size_t i = 0; i < DW_ARRAY_LEN(forms); i++)
        if (forms[i].element == element && memcmp(forms[i].vr, vr, 2) != 0)
            return forms[i].says;
    return NULL;
}

struct seen {
    bool length, version, sop_class, sop_instance, transfer_syntax, implementation;
    uint32_t declared; /* (0002,0000) */
    uint64_t begins;   /* first byte after it */
};

static void take(struct dw_check_meta *out, struct seen *seen, uint32_t element, const uint8_t *value,
                 uint32_t length)
{
    switch (element) {
    case 0x0001:
        seen->version = true;
        if (length != 2 || value[0] != 0 || value[1] != 1)
            out->problem = "(0002,0001) is not 00 01";
        break;
    case 0x0002:
        seen->sop_class = true;
        dw_check_uid(out->sop_class, value, length);
        break;
    case 0x0003:
        seen->sop_instance = true;
        dw_check_uid(out->sop_instance, value, length);
        break;
    case 0x0010:
        seen->transfer_syntax = true;
        dw_check_uid(out->transfer_syntax, value, length);
        break;
    case 0x0013:
        if (length > 16)
            out->blemish = "(0002,0013) is longer than 16";
        break;
    case 0x0016:
        if (length > 16)
            out->blemish = "(0002,0016) is longer than 16";
        break;
    case 0x0012:
        seen->implementation = true;
        dw_check_uid(out->implementation, value, length);
        break;
    default:
        break;
    }
}

static void judge_presence(struct dw_check_meta *out, const struct seen *seen, uint64_t end)
{
    if (out->problem)
        return;
    if (!seen->length)
        out->problem = "(0002,0000) is missing";
    else if (seen->begins + seen->declared != end)
        out->problem = "(0002,0000) is not the length of the group";
    else if (!seen->version)
        out->problem = "(0002,0001) is missing";
    else if (!seen->sop_class || !out->sop_class[0])
        out->problem = "(0002,0002) is missing or empty";
    else if (!seen->sop_instance || !out->sop_instance[0])
        out->problem = "(0002,0003) is missing or empty";
    else if (!seen->transfer_syntax || !out->transfer_syntax[0])
        out->problem = "(0002,0010) is missing or empty";
    else if (!seen->implementation || !out->implementation[0])
        out->problem = "(0002,0012) is missing or empty";
    else if (!dw_uid_is_valid(out->implementation))
        out->blemish = "(0002,0012) is not a legal UID";
}

void dw_check_meta_read(dw_tape *tape, uint64_t size_bytes, struct dw_check_meta *out)
{
    uint8_t head[12], value[META_BYTES_MAX];
    struct seen seen = {0};
    memset(out, 0, sizeof *out);
    if (size_bytes < 132 || dw_tape_pread(tape, head, 4, 128) != 4 || memcmp(head, "DICM", 4) != 0)
        return;
    out->part10 = true;
    uint64_t at = 132;
    uint32_t last = 0;
    while (dw_tape_pread(tape, head, 8, at) == 8 && dw_le16(head) == 0x0002) {
        uint32_t element = dw_le16(head + 2), length = dw_le16(head + 6);
        unsigned header = 8;
        if (is_long_vr(head + 4)) {
            if (dw_tape_pread(tape, head + 8, 4, at + 8) != 4)
                break;
            length = dw_le32(head + 8);
            header = 12;
        }
        if (memcmp(head + 4, "UN", 2) == 0)
            out->problem = "an element has VR UN";
        else if (!out->problem)
            out->problem = fault_of_vr(element, head + 4);
        if (element < last)
            out->problem = "the elements are not in order";
        if (length > size_bytes - at - header) {
            out->problem = "an element is longer than the file";
            return;
        }
        last = element + 1;
        at += header;
        if (length <= sizeof value && dw_tape_pread(tape, value, length, at) == (ssize_t)length) {
            if (element == 0x0000 && length == 4) {
                seen.length = true;
                seen.declared = dw_le32(value);
                seen.begins = at + length;
            }
            take(out, &seen, element, value, length);
        }
        at += length;
        if (at > 1u << 20) {
            out->problem = "it is larger than 1 MiB";
            return;
        }
    }
    judge_presence(out, &seen, at);
}
