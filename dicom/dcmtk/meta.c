#include "dicom/dcmtk/meta.h"

#include <stdint.h>
#include <string.h>

#include "base/random.h"
#include "dicom/record.h"

#define AE_MAX 16 /* PS3.5 6.2 */

static void add_text(struct dw_buf *buf, uint32_t tag, const char vr[2], const char *text)
{
    if (text && *text)
        dw_key_add(buf, tag, vr, text, strlen(text));
}

static bool is_uid_size(const char *uid)
{
    return uid && *uid && strlen(uid) < DW_UID_MAX;
}

static bool is_ae_size(const char *ae)
{
    return !ae || strlen(ae) <= AE_MAX;
}

dw_status dw_meta_build(const struct dw_meta *meta, struct dw_buf *buf, struct dw_error *err)
{
    static const uint8_t version[2] = {0, 1};
    static const uint8_t zeros[128] = {0};
    if (!is_uid_size(meta->sop_class) || !is_uid_size(meta->sop_instance) ||
        !is_uid_size(meta->transfer_syntax))
        return dw_error_set(err, DW_ERR_INVALID, "a UID of the meta header is missing or too long");
    if (!is_ae_size(meta->source_ae) || !is_ae_size(meta->sending_ae) ||
        !is_ae_size(meta->receiving_ae))
        return dw_error_set(err, DW_ERR_INVALID, "an AE title is longer than 16 characters");

    dw_buf_reset(buf);
    dw_buf_add(buf, zeros, sizeof zeros);
    dw_buf_add(buf, "DICM", 4);
    dw_key_add(buf, 0x00020000, "UL", zeros, 4); /* the length, patched below */
    size_t start = buf->size;
    dw_key_add(buf, 0x00020001, "OB", version, sizeof version);
    add_text(buf, 0x00020002, "UI", meta->sop_class);
    add_text(buf, 0x00020003, "UI", meta->sop_instance);
    add_text(buf, 0x00020010, "UI", meta->transfer_syntax);
    add_text(buf, 0x00020012, "UI", DW_IMPLEMENTATION_CLASS_UID);
    add_text(buf, 0x00020013, "SH", DW_IMPLEMENTATION_VERSION_NAME);
    add_text(buf, 0x00020016, "AE", meta->source_ae);
    add_text(buf, 0x00020017, "AE", meta->sending_ae);
    add_text(buf, 0x00020018, "AE", meta->receiving_ae);
    dw_status st = dw_buf_check(buf, "meta header", err);
    if (st != DW_OK)
        return st;
    size_t length = buf->size - start;
    for (int i = 0; i < 4; i++)
        buf->data[start - 4 + (size_t)i] = (char)(length >> (8 * i));
    return DW_OK;
}
