/** When a study is complete, and what then happens by itself. Loop thread only. */
#ifndef DW_DAEMON_INTAKE_RULES_H
#define DW_DAEMON_INTAKE_RULES_H
#include "daemon/core.h"

typedef struct dw_rules dw_rules;
/** on_complete: the study is stored as complete; called once each time it becomes so. */
typedef void dw_rules_complete_fn(void *ctx, int64_t study);
DW_MUST_CHECK dw_status dw_rules_new(const struct dw_core *core, dw_rules_complete_fn *on_complete,
                                     void *ctx, dw_rules **out, struct dw_error *err);
void dw_rules_free(dw_rules *rules);
/** Objects arrived, or the daemon has just started: look when the next study may be due. */
void dw_rules_poke(dw_rules *rules);
/** A person does not want to wait. */
DW_MUST_CHECK dw_status dw_rules_complete(dw_rules *rules, int64_t study, struct dw_error *err);

#endif
