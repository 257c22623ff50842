/** One page A4 that says what was judged, when, by what, and the verdict, to keep in a file. It shows no patient
 *  data: no place of a finding is on it either, as file names of other people's discs may name a patient. */
#ifndef DW_CHECK_CERTIFICATE_H
#define DW_CHECK_CERTIFICATE_H
#include <jansson.h>
#include "base/text.h"

/** head as dw_check_report_json() made it, with sha256 where there is one; judged_at in ISO 8601. The PDF goes
 *  to out. DW_ERR_INTERNAL: the page could not be drawn. */
DW_MUST_CHECK dw_status dw_certificate_draw(const json_t *head, const char *judged_at, struct dw_buf *out,
                                            struct dw_error *err);

#endif
