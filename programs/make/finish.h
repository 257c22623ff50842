/** How `disc` and `fileset` end: the report beside what was made, what a person is told, the exit code. */
#ifndef DW_PROGRAMS_MAKE_FINISH_H
#define DW_PROGRAMS_MAKE_FINISH_H
#include "layout/offline.h"

/** Write "<base>.json" (layout/offline.h); names[i] is where disc i lies. */
DW_MUST_CHECK dw_status dw_finish_report(const struct dw_offline *offline, const char *const *names,
                                         const char *base, struct dw_error *err);
/** Say what is not on the discs, and that a disc does not conform. 1 when something was left out, else 0. */
int dw_finish_tell(const struct dw_offline *offline, const char *base);

#endif
