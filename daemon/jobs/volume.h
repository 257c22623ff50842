/** Rows of volumes: what a plan task made. Immutable but for `planned -> ready` when the label is drawn. */
#ifndef DW_DAEMON_JOBS_VOLUME_H
#define DW_DAEMON_JOBS_VOLUME_H
#include <jansson.h>
#include "daemon/core.h"
#include "daemon/states.h"

struct dw_volume_row { /* plain data */
    int64_t id, job, n, of, blocks, objects;
    enum dw_volume_state state;
    char dir[64]; /**< relative to the state folder: "volumes/42-1" */
    char media[8], fileset_id[32];
};
/** One element of the plan's "volumes"; the objects of the folder's list become rows as well. In the
 *  caller's transaction. */
DW_MUST_CHECK dw_status dw_volume_row_insert(const struct dw_core *core, int64_t job, const char *media,
                                         const json_t *planned, struct dw_error *err);
/** Volume n of a job. DW_ERR_NOT_FOUND. */
DW_MUST_CHECK dw_status dw_volume_row_find(const struct dw_core *core, int64_t job, int64_t n,
                                       struct dw_volume_row *out, struct dw_error *err);
DW_MUST_CHECK dw_status dw_volume_row_load(const struct dw_core *core, int64_t id,
                                       struct dw_volume_row *out, struct dw_error *err);
DW_MUST_CHECK dw_status dw_volume_apply(const struct dw_core *core, int64_t id,
                                        enum dw_volume_event on, struct dw_error *err);

#endif
