/** Taking the files of a study away, a slice at a time. The study is 'purging' before the first file goes, so that
 *  whenever the appliance stops the rest follows after the next start, and what is gone is no alarm. */
#ifndef DW_DAEMON_INTAKE_PURGE_H
#define DW_DAEMON_INTAKE_PURGE_H
#include "daemon/core.h"

#define DW_PURGE_SLICE 200 /* objects in one transaction */

/** The next slice of a study in state purging: files, what was made of them, and of the rows what is no number.
 *  The last one also takes the folders of its jobs, and the study is purged: *out_done. */
DW_MUST_CHECK dw_status dw_purge_step(const struct dw_core *core, int64_t study, bool *out_done,
                                      struct dw_error *err);
/** An object of that study has come: what is being purged of it goes first and at once, so that old and new do
 *  not become one study. Inside the caller's transaction. */
DW_MUST_CHECK dw_status dw_purge_before(const struct dw_core *core, const char *study_uid,
                                        struct dw_error *err);
/** Quarantined objects of no study that came before that time, one slice; *out_more: there may be others. */
DW_MUST_CHECK dw_status dw_purge_strays(const struct dw_core *core, int64_t before_s, bool *out_more,
                                        struct dw_error *err);

#endif
