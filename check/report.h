/** The judgement for people (and as JSON): grouped by area and code, a few places each, and what to do. It
 *  works on the JSON of the result, so that the program that reads outside bytes and the one that prints
 *  need not be the same. */
#ifndef DW_CHECK_REPORT_H
#define DW_CHECK_REPORT_H
#include <jansson.h>
#include "base/text.h"
#include "check/judge.h"

/** {conforms, profile, profile_inferred, files, dicom_files, records, bytes, errors, warnings,
 *   findings: [...], counts: {CODE: n}, dropped}: set in head. */
void dw_check_report_json(const struct dw_check_result *result, json_t *head);
/** head as above. Everything in it is escaped for a terminal. */
void dw_check_report_text(const json_t *head, const char *source, struct dw_buf *out);

#endif
