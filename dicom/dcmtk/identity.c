#include "dicom/dcmtk/identity.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/charset.h"
#include "dicom/scan.h"

struct wanted {
    uint32_t tag;
    size_t offset, size;
    bool is_text, is_person;
};
#define ASCII(tag, m)                                                                              \
    {tag, offsetof(struct dw_object, m), sizeof((struct dw_object *)0)->m, false, false}
#define TEXT(tag, m, person)                                                                       \
    {tag, offsetof(struct dw_object, m), sizeof((struct dw_object *)0)->m, true, person}

static const struct wanted wanted[] = {
    ASCII(0x00080005, charset),      ASCII(0x00080016, sop_class),
    ASCII(0x00080018, sop_instance), ASCII(0x00080020, study_date),
    ASCII(0x00080060, modality),     TEXT(0x00100010, patient_name, true),
    TEXT(0x00100020, patient_id, false), TEXT(0x00100021, issuer, false),
    ASCII(0x00100030, birth_date),   ASCII(0x00100040, sex),
    ASCII(0x0020000D, study_uid),    ASCII(0x0020000E, series_uid),
};

static void copy_ascii(const struct dw_element *el, char *out, size_t size)
{
    size_t n = el->length;
    while (n > 0 && (el->value[n - 1] == ' ' || el->value[n - 1] == 0))
        n--;
    if (n >= size)
        return; /* longer than its VR allows: as good as absent */
    for (size_t i = 0; i < n; i++)
        if (el->value[i] < 0x20 || el->value[i] > 0x7e)
            return;
    memcpy(out, el->value, n);
    out[n] = '\0';
}

static dw_status note(void *ctx, const struct dw_element *el, struct dw_error *err)
{
    struct dw_object *out = ctx;
    if (el->depth != 0 || !el->value)
        return DW_OK;
    uint32_t tag = (uint32_t)el->group << 16 | el->element;
    if (tag > 0x0020000E)
        return dw_error_set(err, DW_ERR_CANCELLED, "seen enough");
    for (size_t i = 0; i < DW_ARRAY_LEN(wanted); i++) {
        if (wanted[i].tag != tag)
            continue;
        char *member = (char *)out + wanted[i].offset;
        if (wanted[i].is_text)
            (void)dw_charset_to_utf8(out->charset, el->value, el->length, wanted[i].is_person,
                                     member, wanted[i].size);
        else
            copy_ascii(el, member, wanted[i].size);
    }
    return DW_OK;
}

bool dw_identity_read(int fd, struct dw_object *out)
{
    struct stat sb;
    dw_object_init(out);
    if (fstat(fd, &sb) == 0)
        out->size_bytes = (uint64_t)sb.st_size;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return false;
    (void)!dw_scan_fd(fd, NULL, note, out, NULL); /* its failure is why we are here */
    return out->sop_class[0] && out->sop_instance[0] && out->study_uid[0] &&
           (out->patient_id[0] || out->patient_name[0]);
}
