/** Objects written byte by byte, and the parts of their records as text, for tests of dicom/. */
#ifndef DW_TESTS_RECORD_FIXTURE_H
#define DW_TESTS_RECORD_FIXTURE_H
#include "dicom/record.h"
#include "dicom/scan.h"
#include "dicom/uid.h"
#include "dicom_bytes.h"
#include "test.h"

#define CT "1.2.840.10008.5.1.4.1.1.2"
#define SR "1.2.840.10008.5.1.4.1.1.88.11"

/* Begin an object: what every instance has. */
__attribute__((unused)) static void start_object(struct bytes *b, const char *charset, const char *sop_class)
{
    bytes_start(b);
    bytes_meta(b, DW_TS_EXPLICIT_LE);
    if (charset)
        bytes_text(b, 0x00080005, "CS", charset);
    bytes_text(b, 0x00080016, "UI", sop_class);
    bytes_text(b, 0x00080018, "UI", "2.25.100");
}

__attribute__((unused)) static void add_identity(struct bytes *b, const char *name)
{
    bytes_text(b, 0x00100010, "PN", name);
    bytes_text(b, 0x00100020, "LO", "P-1");
    bytes_text(b, 0x0020000D, "UI", "2.25.101");
    bytes_text(b, 0x0020000E, "UI", "2.25.102");
}

__attribute__((unused)) static dw_status scan(struct bytes *b, struct dw_buf *record, struct dw_error *err)
{
    struct dw_object object;
    int fd = bytes_file(b->out.data, b->out.size);
    dw_status st = dw_scan_object(fd, NULL, &object, record, err);
    close(fd);
    dw_buf_done(&b->out);
    return st;
}

__attribute__((unused)) static void put_hex(char *out, size_t size, const struct dw_key *key)
{
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%08X %s %u [", key->tag, key->vr, key->length);
    used = strlen(out);
    for (uint32_t i = 0; i < key->length && used + 4 < size; i++)
        used += (size_t)snprintf(out + used, size - used,
                                 key->value[i] >= 0x20 && key->value[i] < 0x7F ? "%c" : "<%02X>",
                                 key->value[i]);
    snprintf(out + used, size - used, "]\n");
}

/* A part as text, one element a line; sequences show the bytes of their items. */
__attribute__((unused)) static const char *part_text(const struct dw_buf *record, enum dw_record_part part)
{
    static char text[8192];
    const uint8_t *bytes = NULL;
    size_t size = 0, pos = 0;
    struct dw_error err = {0};
    struct dw_key key;
    text[0] = '\0';
    CHECK_OK(dw_record_part(record->data, record->size, part, &bytes, &size, &err), err);
    while (dw_key_next(bytes, size, &pos, &key))
        put_hex(text, sizeof text, &key);
    CHECK_INT(pos, size);
    return text;
}

/* As a directory writes them. */
__attribute__((unused)) static const char *keys_text(const struct dw_buf *record, enum dw_record_part part, bool augmented)
{
    static char text[8192];
    const uint8_t *bytes = NULL;
    size_t size = 0, pos = 0;
    struct dw_error err = {0};
    struct dw_buf joined = {0};
    struct dw_key key;
    text[0] = '\0';
    CHECK_OK(dw_record_keys(record->data, record->size, part, augmented, &joined, &bytes, &size, &err),
             err);
    while (dw_key_next(bytes, size, &pos, &key))
        put_hex(text, sizeof text, &key);
    CHECK_INT(pos, size);
    dw_buf_done(&joined);
    return text;
}

#endif
