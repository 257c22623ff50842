/** Objects of invented patients with their record keys, for tests of layout/fileset. */
#ifndef DW_TESTS_FILESET_FIXTURE_H
#define DW_TESTS_FILESET_FIXTURE_H
#include <stdio.h>
#include <string.h>

#include "dicom/record.h"
#include "layout/fileset/catalog.h"

#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"
#define SR_CLASS "1.2.840.10008.5.1.4.1.1.88.11"
#define JPEG_LOSSLESS "1.2.840.10008.1.2.4.70"

static inline struct dw_object fixture_object(const char *patient, unsigned study, unsigned series,
                                              unsigned instance)
{
    struct dw_object o;
    dw_object_init(&o);
    snprintf(o.patient_name, sizeof o.patient_name, "Test^%s", patient);
    snprintf(o.patient_id, sizeof o.patient_id, "%s", patient);
    snprintf(o.study_uid, sizeof o.study_uid, "2.25.1%u", study);
    snprintf(o.study_date, sizeof o.study_date, "2026010%u", study % 10);
    snprintf(o.study_time, sizeof o.study_time, "101500");
    snprintf(o.study_id, sizeof o.study_id, "ST%u", study);
    snprintf(o.series_uid, sizeof o.series_uid, "2.25.2%u%u", study, series);
    snprintf(o.modality, sizeof o.modality, "CT");
    snprintf(o.sop_class, sizeof o.sop_class, CT_CLASS);
    snprintf(o.sop_instance, sizeof o.sop_instance, "2.25.3%u%u%06u", study, series, instance);
    snprintf(o.transfer_syntax, sizeof o.transfer_syntax, DW_TS_EXPLICIT_LE);
    o.series_number = series;
    o.instance_number = instance;
    o.rows = o.columns = 64;
    o.has_pixels = o.has_meta = true;
    o.size_bytes = 9000;
    return o;
}

static inline void fixture_part(struct dw_buf *record, const struct dw_buf *part)
{
    uint32_t n = (uint32_t)part->size;
    uint8_t length[4] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};
    dw_buf_add(record, length, 4);
    dw_buf_add(record, part->data, part->size);
}

static inline void fixture_text(struct dw_buf *part, uint32_t tag, const char *vr, const char *text)
{
    dw_key_add(part, tag, vr, text, strlen(text));
}

/* The record of an object as a receiver makes it; numbers that are absent become empty keys. */
static inline void fixture_record(const struct dw_object *o, const char *charset, struct dw_buf *out)
{
    struct dw_buf part = {0};
    char number[32];
    uint8_t us[2] = {(uint8_t)o->rows, (uint8_t)(o->rows >> 8)};
    dw_buf_reset(out);
    if (charset[0])
        fixture_text(&part, 0x00080005, "CS", charset);
    fixture_text(&part, 0x00100010, "PN", o->patient_name);
    fixture_text(&part, 0x00100020, "LO", o->patient_id);
    if (o->birth_date[0])
        fixture_text(&part, 0x00100030, "DA", o->birth_date);
    fixture_part(out, &part);
    dw_buf_reset(&part);
    fixture_text(&part, 0x00080020, "DA", o->study_date);
    fixture_text(&part, 0x00080030, "TM", o->study_time);
    fixture_text(&part, 0x00080050, "SH", o->accession);
    fixture_text(&part, 0x00081030, "LO", o->study_description);
    fixture_text(&part, 0x0020000D, "UI", o->study_uid);
    fixture_text(&part, 0x00200010, "SH", o->study_id);
    fixture_part(out, &part);
    dw_buf_reset(&part);
    fixture_text(&part, 0x00080060, "CS", o->modality);
    if (o->institution[0])
        fixture_text(&part, 0x00080080, "LO", o->institution);
    fixture_text(&part, 0x0020000E, "UI", o->series_uid);
    snprintf(number, sizeof number, "%lld", (long long)o->series_number);
    fixture_text(&part, 0x00200011, "IS", o->series_number == INT64_MIN ? "" : number);
    fixture_part(out, &part);
    dw_buf_reset(&part);
    snprintf(number, sizeof number, "%lld", (long long)o->instance_number);
    fixture_text(&part, 0x00200013, "IS", o->instance_number == INT64_MIN ? "" : number);
    dw_key_add(&part, 0x00280010, "US", us, o->rows ? 2 : 0);
    dw_key_add(&part, 0x00280011, "US", us, o->rows ? 2 : 0);
    fixture_part(out, &part);
    dw_buf_done(&part);
}

static inline dw_status fixture_add(dw_catalog *catalog, uint64_t number, const struct dw_object *o,
                                    struct dw_error *err)
{
    struct dw_buf record = {0};
    char path[64];
    fixture_record(o, "", &record);
    snprintf(path, sizeof path, "/nowhere/%llu", (unsigned long long)number);
    struct dw_objects_row row = {.number = number, .path = path, .object = o,
                                 .record = record.data, .record_size = record.size};
    dw_status st = dw_catalog_add(catalog, &row, err);
    dw_buf_done(&record);
    return st;
}

#endif
