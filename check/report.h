/** The judgement for people (and as JSON): grouped by area and code, a few places each, and what to do. It
 *  works on the JSON of the result, so that the program that reads outside bytes and the one that prints
 *  need not be the same. */
#ifndef DW_CHECK_REPORT_H
#define DW_CHECK_REPORT_H
#include <jansson.h>
#include "base/text.h"
#include "check/judge.h"

/** {conforms, profile, profile_inferred, files, dicom_files, records, bytes, errors, warnings,
 *   findings: [...], counts: {CODE: n}, error_counts: {CODE: n}, dropped, and of the nameplate source_kind,
 *   label, label_withheld, fileset_uid, size_bytes, has_iso, has_udf, expected}: set in head. */
void dw_check_report_json(const struct dw_check_result *result, json_t *head);
/** The worst severity that the findings of head give to a code. */
enum dw_severity dw_check_report_severity(const json_t *head, enum dw_code code);
/** head as above. Everything in it is escaped for a terminal. */
void dw_check_report_text(const json_t *head, const char *source, struct dw_buf *out);

#endif
