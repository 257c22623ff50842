/** What work tasks made for a job, as rows and notes: conversions, previews, the plan. And what they are
 *  told. */
#ifndef DW_DAEMON_JOBS_MADE_H
#define DW_DAEMON_JOBS_MADE_H
#include <jansson.h>
#include "base/channel.h"
#include "daemon/jobs/batch.h"
#include "daemon/jobs/job.h"
#include "daemon/jobs/select.h"

DW_MUST_CHECK dw_status dw_made_folder(const struct dw_core *core, const char *kind,
                                       struct dw_error *err); /**< STATE/derived/<kind> is there */
/** Volume folders that an earlier attempt began: a plan wants to make them itself. */
DW_MUST_CHECK dw_status dw_made_remove_folders(const struct dw_core *core, int64_t job,
                                               struct dw_error *err);

json_t *dw_made_conversion_item(const struct dw_core *core, const char *kind, int64_t number);
/** The `item` message of a good one: a derived row with its own hash, description and record. */
DW_MUST_CHECK dw_status dw_made_store_conversion(const struct dw_core *core, const char *kind,
                                                 int64_t number,
                                                 const struct dw_message *msg, struct dw_error *err);
/** A derived row that says why there is none, so that it is not tried for every job; kind: a transfer syntax
 *  UID, an icon or a preview. */
DW_MUST_CHECK dw_status dw_made_store_failure(const struct dw_core *core, int64_t number,
                                              const char *kind, const struct dw_error *why,
                                              struct dw_error *err);
/** Before a person's second try: failed conversions and previews of the job's objects are tried again. */
DW_MUST_CHECK dw_status dw_made_forget_failures(const struct dw_core *core, int64_t job,
                                                struct dw_error *err);

json_t *dw_made_preview_item(const struct dw_core *core, const struct dw_batch_item *item,
                             int64_t max_edge);
DW_MUST_CHECK dw_status dw_made_store_preview(const struct dw_core *core,
                                              const struct dw_batch_item *item, dw_status st,
                                              const struct dw_error *why, struct dw_error *err);

#define DW_ICON_KIND_MAX 24
DW_MUST_CHECK dw_status dw_made_icon_kind(int64_t edge, char out[DW_ICON_KIND_MAX],
                                          struct dw_error *err); /**< "icon-64" */
json_t *dw_made_icon_item(const struct dw_core *core, int64_t number, int64_t edge);
/** A derived row without content of its own: an icon or a preview. */
DW_MUST_CHECK dw_status dw_made_store_picture(const struct dw_core *core, const char *kind,
                                              int64_t number, dw_status st,
                                              const struct dw_error *why, struct dw_error *err);

/** icons: kind of the icons that were made; "" none. */
DW_MUST_CHECK dw_status dw_made_plan_task(const struct dw_core *core, const struct dw_job *job,
                                          const char *icons, json_t **out, struct dw_error *err);
/** Volumes, what was left off and what was repaired, in one transaction. */
DW_MUST_CHECK dw_status dw_made_store_plan(const struct dw_core *core, const struct dw_job *job,
                                           const json_t *result, int64_t *out_volumes,
                                           struct dw_error *err);

#endif
