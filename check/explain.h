/** What a code of the judge means, for people: works without a disc. */
#ifndef DW_CHECK_EXPLAIN_H
#define DW_CHECK_EXPLAIN_H
#include "check/finding.h"

/** Why a reader of the disc should care: one sentence, no final period. */
const char *dw_code_why(enum dw_code code);
/** Severity, clause, meaning, why and what to do of one code, case aside; "all": a line for each code, by
 *  group. DW_ERR_NOT_FOUND: there is no such code; the sentence names the nearest ones. */
DW_MUST_CHECK dw_status dw_check_explain(const char *code, struct dw_buf *out, struct dw_error *err);

#endif
