/** What becomes of studies that nobody needs any more: by age and when the disk fills they are deleted, which hides
 *  them and can be taken back for the time of grace, then purged. Never one that is pinned, held, still
 *  receiving, or of a job that is not done or cancelled. Loop thread only. */
#ifndef DW_DAEMON_INTAKE_RETENTION_H
#define DW_DAEMON_INTAKE_RETENTION_H
#include "daemon/core.h"

typedef struct dw_retention dw_retention;
DW_MUST_CHECK dw_status dw_retention_new(const struct dw_core *core, dw_retention **out,
                                         struct dw_error *err);
void dw_retention_free(dw_retention *retention);
/** Begin to look, now and every DW_RETENTION_EVERY_MS; a purge that was interrupted goes on. */
void dw_retention_start(dw_retention *retention);
#define DW_RETENTION_EVERY_MS 10000

/** A person's orders. DW_ERR_CONFLICT: the study is pinned, or in a state that does not allow it, or a job of it
 *  is open. Its age counts anew from an undelete. */
DW_MUST_CHECK dw_status dw_retention_delete(const struct dw_core *core, int64_t study,
                                            struct dw_error *err);
DW_MUST_CHECK dw_status dw_retention_undelete(const struct dw_core *core, int64_t study,
                                              struct dw_error *err);
/** An object of that study has come, new or known: if it is deleted it is taken back, since the sender is told that
 *  it is here. Inside the caller's transaction. */
DW_MUST_CHECK dw_status dw_retention_take_back(const struct dw_core *core, const char *study_uid,
                                               struct dw_error *err);
DW_MUST_CHECK dw_status dw_retention_pin(const struct dw_core *core, int64_t study, bool pinned,
                                         struct dw_error *err);

#endif
