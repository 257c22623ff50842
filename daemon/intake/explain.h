/** Why a study is treated as it is, for a person who asks: words that may name patients and doctors, so never
 *  for a log. */
#ifndef DW_DAEMON_INTAKE_EXPLAIN_H
#define DW_DAEMON_INTAKE_EXPLAIN_H
#include <jansson.h>
#include "daemon/core.h"
#include "daemon/intake/completion.h"

/** [{name, keys: {key: patterns} (those that are set), action, copies, media, profile, template, viewer,
 *  priority, quiet_s, supplement}], as typed: "" and null are inherited. New reference. */
json_t *dw_explain_rules(const struct dw_config *config);
/** {study, state, rules: [{name, fits, applied, key ("" when it fits), why}], decision: {rule, ae, action,
 *  copies, media, profile, template, viewer, priority, supplement}, decided: {rule, action} (when it was
 *  complete; "" "" until then), wait: {quiet_s, left_s, associations} (null unless it receives), job (newest,
 *  0 none)}. DW_ERR_NOT_FOUND. */
DW_MUST_CHECK dw_status dw_explain_study(const struct dw_core *core, dw_completion *completion,
                                         int64_t study, json_t **out, struct dw_error *err);
/** A study by what a person calls it: its number, else its accession number. DW_ERR_NOT_FOUND; DW_ERR_CONFLICT:
 *  several have this accession number. */
DW_MUST_CHECK dw_status dw_explain_find(const struct dw_core *core, const char *word, int64_t *out,
                                        struct dw_error *err);

#endif
