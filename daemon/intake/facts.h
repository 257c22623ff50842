/** What the tables know of a study, as rules ask for it. */
#ifndef DW_DAEMON_INTAKE_FACTS_H
#define DW_DAEMON_INTAKE_FACTS_H
#include "daemon/core.h"
#include "daemon/intake/rule.h"

/** out is {0}; free it with dw_facts_done() whatever comes back. Time and day are those of the newest object,
 *  in the time zone of the machine: the same study gives the same answer later on. */
DW_MUST_CHECK dw_status dw_facts_load(const struct dw_core *core, int64_t study,
                                      struct dw_facts *out, struct dw_error *err);
/** Which rule applies to a study as it is now, and what it wants. */
DW_MUST_CHECK dw_status dw_facts_decide(const struct dw_core *core, int64_t study,
                                        struct dw_decision *out, struct dw_error *err);

#endif
